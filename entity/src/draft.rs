//! The working copy of one article. Title, section and `needs_commerce` repeat what its newest revision says, so that queues are one indexed read.

use sea_orm::entity::prelude::*;

use crate::enums::DraftState;
use crate::ids::{ArticleId, DraftId, RevisionId, SectionId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "drafts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DraftId,
    pub state: DraftState,
    pub revision_id: RevisionId,
    pub revision_number: i32,
    pub headline: String,
    pub section_id: Option<SectionId>,
    pub slug: String,
    pub needs_commerce: bool,
    pub owner_id: Option<UserId>,
    pub needs_legal_review: bool,
    pub due_at: Option<DateTimeUtc>,
    pub due_order: DateTimeUtc,
    pub round: i32,
    pub article_id: Option<ArticleId>,
    pub is_live: bool,
    pub published_revision: Option<i32>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
