//! A picture and what is said of it.

use sea_orm::entity::prelude::*;

use crate::ids::{ImageId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "images")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ImageId,
    pub alt: String,
    pub caption: Option<String>,
    pub credit: Option<String>,
    pub width: i32,
    pub height: i32,
    pub mime: String,
    pub storage_key: String,
    pub bytes: i64,
    pub created_by: Option<UserId>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
