//! One row of the append-only log. `seq` is taken last in its transaction, under a lock, so its order is the order of commits. Never changed.

use sea_orm::entity::prelude::*;

use crate::enums::EventType;
use crate::ids::{ArticleId, DraftId, EventId, RevisionId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub id: EventId,
    pub kind: EventType,
    pub at: DateTimeUtc,
    pub actor_id: Option<UserId>,
    pub draft_id: Option<DraftId>,
    pub article_id: Option<ArticleId>,
    pub revision_id: Option<RevisionId>,
    pub summary: String,
    pub details: Json,
    /// What its transaction changed for readers, in words; kept with the last event of a transaction.
    pub changes: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
