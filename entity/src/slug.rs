//! Every slug that a draft's newest revision holds or that was ever live, and whose it is.

use sea_orm::entity::prelude::*;

use crate::ids::DraftId;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "slugs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub slug: String,
    pub draft_id: DraftId,
    pub was_live: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
