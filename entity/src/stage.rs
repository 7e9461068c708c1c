//! A kind of review that a draft needs, as the workflow has it today.

use sea_orm::entity::prelude::*;

use crate::enums::{Roles, StageCondition};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "stages")]
pub struct Model {
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
