//! Where a comment's quote stands, or stood last, with some of the text around it.

use sea_orm::entity::prelude::*;

use crate::ids::{CommentId, DraftId, RevisionId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "comment_places")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub comment_id: CommentId,
    pub draft_id: DraftId,
    pub quote: String,
    pub revision_id: RevisionId,
    pub start_at: i32,
    pub end_at: i32,
    pub text_before: String,
    pub text_after: String,
    pub is_gone: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
