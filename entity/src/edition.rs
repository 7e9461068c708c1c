//! One publishing of an article, with the note and the disclosure that its readers were shown. Never changed.

use sea_orm::entity::prelude::*;

use crate::enums::{CorrectionKind, DisclosurePlacement};
use crate::ids::{ArticleId, EditionId, GateId, PolicyId, RevisionId, UserId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "editions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EditionId,
    pub article_id: ArticleId,
    pub number: i32,
    pub revision_id: RevisionId,
    pub gate_id: GateId,
    pub headline: String,
    pub published_at: DateTimeUtc,
    pub published_by: Option<UserId>,
    pub correction_kind: Option<CorrectionKind>,
    pub correction_note: Option<String>,
    pub disclosure_policy_id: Option<PolicyId>,
    pub disclosure_version: Option<i32>,
    pub disclosure_html: Option<String>,
    pub disclosure_text: Option<String>,
    pub disclosure_url: Option<String>,
    pub disclosure_placement: Option<DisclosurePlacement>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
