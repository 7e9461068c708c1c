//! When a draft goes live, and when its article stops being.

use sea_orm::entity::prelude::*;

use crate::enums::CorrectionKind;
use crate::ids::{DraftId, RevisionId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "schedules")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub draft_id: DraftId,
    pub revision_id: Option<RevisionId>,
    pub publish_at: Option<DateTimeUtc>,
    pub unpublish_at: Option<DateTimeUtc>,
    pub correction_kind: Option<CorrectionKind>,
    pub correction_note: Option<String>,
    pub scheduled_by: UserId,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
