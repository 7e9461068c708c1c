//! Hosts whose links are to be judged anew, since link rules changed.

use sea_orm::entity::prelude::*;

use crate::ids::{ArticleId, PolicyId, RuleChangeId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rule_changes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RuleChangeId,
    pub policy_id: PolicyId,
    pub hosts: Json,
    pub reached: Option<ArticleId>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
