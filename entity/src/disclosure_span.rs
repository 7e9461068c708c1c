//! From when on an article was shown under which edition and policy, and whether a disclosure was due.

use sea_orm::entity::prelude::*;

use crate::ids::{ArticleId, EditionId, PolicyId, SectionId, SpanId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "disclosure_spans")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SpanId,
    pub article_id: ArticleId,
    pub since: DateTimeUtc,
    pub edition_id: EditionId,
    pub section_id: SectionId,
    pub policy_id: Option<PolicyId>,
    pub is_live: bool,
    pub is_due: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
