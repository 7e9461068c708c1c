//! One immutable version of a draft's content, its body aside. The database refuses to change one.

use sea_orm::entity::prelude::*;

use crate::enums::AffiliateFlag;
use crate::ids::{DraftId, ImageId, PolicyId, RevisionId, SectionId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "revisions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RevisionId,
    pub draft_id: DraftId,
    pub number: i32,
    pub headline: String,
    pub dek: Option<String>,
    pub slug: String,
    pub section_id: Option<SectionId>,
    pub tags: Json,
    pub hero_image_id: Option<ImageId>,
    pub seo_title: Option<String>,
    pub seo_description: Option<String>,
    pub canonical_url: Option<String>,
    pub affiliate_flag: AffiliateFlag,
    pub affiliate_reason: Option<String>,
    pub affiliate_policy_id: Option<PolicyId>,
    pub has_affiliate_links: bool,
    pub has_body: bool,
    pub images_without_alt: i32,
    pub created_by: Option<UserId>,
    pub suggested_by: Option<UserId>,
    pub created_at: DateTimeUtc,
    pub note: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
