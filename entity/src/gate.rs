//! The proof that a revision may go to readers: its approvals, an override with its reason, or an import. The database refuses one whose approvals are not there.

use sea_orm::entity::prelude::*;

use crate::enums::GateKind;
use crate::ids::{DraftId, GateId, RevisionId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "gates")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GateId,
    pub draft_id: DraftId,
    pub revision_id: RevisionId,
    pub kind: GateKind,
    pub round: i32,
    pub reason: Option<String>,
    pub passed_by: Option<UserId>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
