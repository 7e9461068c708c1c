//! That a live article links through a network, to a host, or to an address, and how often.

use sea_orm::entity::prelude::*;

use crate::enums::LinkUse;
use crate::ids::ArticleId;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "link_uses")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: ArticleId,
    pub kind: LinkUse,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub links: i32,
    pub published_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
