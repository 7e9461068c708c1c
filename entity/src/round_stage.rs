//! A stage as it was when a round of review began; frozen with it.

use sea_orm::entity::prelude::*;

use crate::enums::{Roles, StageCondition};
use crate::ids::DraftId;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "round_stages")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub draft_id: DraftId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub round: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub position: i32,
    pub name: String,
    pub roles: Roles,
    pub approvals_needed: i32,
    pub applies_when: StageCondition,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
