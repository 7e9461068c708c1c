//! What readers see, its body aside: the revision that was published last, flat, so that a list is one read.

use sea_orm::entity::prelude::*;

use crate::enums::{AffiliateFlag, ArticleState};
use crate::ids::{ArticleId, DraftId, EditionId, ImageId, PolicyId, RevisionId, SectionId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "articles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ArticleId,
    pub draft_id: DraftId,
    pub state: ArticleState,
    pub slug: String,
    pub edition_id: EditionId,
    pub edition_number: i32,
    pub revision_id: RevisionId,
    pub headline: String,
    pub dek: Option<String>,
    pub section_id: SectionId,
    pub hero_image_id: Option<ImageId>,
    pub seo_title: Option<String>,
    pub seo_description: Option<String>,
    pub canonical_url: Option<String>,
    pub has_disclosure: bool,
    pub affiliate_policy_id: Option<PolicyId>,
    pub published_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub unpublished_at: Option<DateTimeUtc>,
    pub redirect_to_id: Option<ArticleId>,
    pub retraction_notice: Option<String>,
    pub retracted_at: Option<DateTimeUtc>,
    pub affiliate_flag: AffiliateFlag,
    pub has_affiliate_links: bool,
    pub index_version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
