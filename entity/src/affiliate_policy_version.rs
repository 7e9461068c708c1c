//! Every wording that a policy ever had.

use sea_orm::entity::prelude::*;

use crate::enums::DisclosurePlacement;
use crate::ids::{PolicyId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "affiliate_policy_versions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub policy_id: PolicyId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    pub disclosure: String,
    pub policy_url: Option<String>,
    pub placement: DisclosurePlacement,
    pub rel: Json,
    pub rules: Json,
    pub valid_from: DateTimeUtc,
    pub changed_by: Option<UserId>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
