//! From when on a policy was that of a section, or of the whole site where no section is named.

use sea_orm::entity::prelude::*;

use crate::ids::{PolicyId, ScopeId, SectionId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "policy_scopes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ScopeId,
    pub section_id: Option<SectionId>,
    pub policy_id: Option<PolicyId>,
    pub since: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
