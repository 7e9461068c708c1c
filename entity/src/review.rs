//! One reviewer's verdict on one revision at one stage. Never changed: a new revision or round leaves it stale.

use sea_orm::entity::prelude::*;

use crate::enums::Verdict;
use crate::ids::{DraftId, ReviewId, RevisionId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "reviews")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReviewId,
    pub draft_id: DraftId,
    pub revision_id: RevisionId,
    pub revision_number: i32,
    pub round: i32,
    pub stage_key: String,
    pub reviewer_id: UserId,
    pub verdict: Verdict,
    pub summary: Option<String>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
