//! A remark on a draft, pinned to a stretch of text where it has one.

use sea_orm::entity::prelude::*;

use crate::ids::{CommentId, DraftId, RevisionId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "comments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CommentId,
    pub draft_id: DraftId,
    pub author_id: UserId,
    pub parent_id: Option<CommentId>,
    pub body: String,
    pub anchor_revision_id: Option<RevisionId>,
    pub quote: Option<String>,
    pub start_at: Option<i32>,
    pub end_at: Option<i32>,
    pub suggestion: Option<String>,
    pub resolved_by: Option<UserId>,
    pub resolved_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub thread_id: Option<CommentId>,
    pub applied_revision_id: Option<RevisionId>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
