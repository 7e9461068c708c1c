//! The byline of an article, with what lists of an author's articles are ordered by.

use sea_orm::entity::prelude::*;

use crate::ids::{ArticleId, AuthorId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "article_authors")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub article_id: ArticleId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    pub author_id: AuthorId,
    pub published_at: DateTimeUtc,
    pub is_listed: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
