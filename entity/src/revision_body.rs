//! What the compiler made of a revision's Markdown. A cache: rewritten when the compiler is newer.

use sea_orm::entity::prelude::*;

use crate::ids::RevisionId;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "revision_bodies")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision_id: RevisionId,
    pub compiler_version: i32,
    pub blocks: String,
    pub text: String,
    pub word_count: i32,
    pub terms: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
