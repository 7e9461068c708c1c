//! Who was asked to review a stage, and by when.

use sea_orm::entity::prelude::*;

use crate::ids::{AssignmentId, DraftId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "review_assignments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssignmentId,
    pub draft_id: DraftId,
    pub stage_key: String,
    pub reviewer_id: UserId,
    pub due_at: Option<DateTimeUtc>,
    pub assigned_by: UserId,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
