//! A link in a revision's body, and the network that it earns from.

use sea_orm::entity::prelude::*;

use crate::ids::RevisionId;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "revision_links")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision_id: RevisionId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    pub url: String,
    pub text: String,
    pub network: Option<String>,
    pub certainty: Option<String>,
    pub why: Option<String>,
    pub block: i32,
    pub own_slug: Option<String>,
    pub domain: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
