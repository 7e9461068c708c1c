//! A disclosure that readers are owed, as it is today.

use sea_orm::entity::prelude::*;

use crate::enums::DisclosurePlacement;
use crate::ids::PolicyId;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "affiliate_policies")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PolicyId,
    pub name: String,
    pub version: i32,
    pub disclosure: String,
    pub disclosure_html: String,
    pub disclosure_text: String,
    pub policy_url: Option<String>,
    pub placement: DisclosurePlacement,
    pub rel: Json,
    pub rules: Json,
    pub is_default: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
