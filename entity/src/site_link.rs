//! That a live article links to another page of the site, and what readers find there.

use sea_orm::entity::prelude::*;

use crate::enums::SiteLinkState;
use crate::ids::{ArticleId, SiteLinkId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "site_links")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SiteLinkId,
    pub article_id: ArticleId,
    pub slug: String,
    pub links: i32,
    pub state: SiteLinkState,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
