//! The tags of an article, with what lists of a tag's articles are ordered by.

use sea_orm::entity::prelude::*;

use crate::ids::{ArticleId, TagId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "article_tags")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: ArticleId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    pub tag_id: TagId,
    pub published_at: DateTimeUtc,
    pub is_listed: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
