//! A look at one revision for whoever holds the token, until it expires.

use sea_orm::entity::prelude::*;

use crate::ids::{DraftId, PreviewId, RevisionId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "previews")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PreviewId,
    pub token_hash: Vec<u8>,
    pub draft_id: DraftId,
    pub revision_id: RevisionId,
    pub created_by: UserId,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
