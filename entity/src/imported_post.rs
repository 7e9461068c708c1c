//! A post that was brought here from another system, by where it was there, so that bringing it again changes nothing.

use sea_orm::entity::prelude::*;

use crate::ids::{DraftId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "imported_posts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub source: String,
    pub draft_id: DraftId,
    pub fingerprint: Vec<u8>,
    pub is_linked: bool,
    pub imported_by: Option<UserId>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
