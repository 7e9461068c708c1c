//! A typed, ordered link from an article to another or to a page elsewhere.

use sea_orm::entity::prelude::*;

use crate::enums::RelatedKind;
use crate::ids::{DraftId, RelatedLinkId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "related_links")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RelatedLinkId,
    pub draft_id: DraftId,
    pub position: i32,
    pub kind: RelatedKind,
    pub target_draft_id: Option<DraftId>,
    pub url: Option<String>,
    pub title: Option<String>,
    pub note: Option<String>,
    pub network: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
