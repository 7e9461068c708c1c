//! Related links.

use entity::ids::DraftId;
use entity::related_link::{Column, Entity, Model};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder};

use super::page::padded;
use super::{Source, StoreError, Tx};

/// The related links of these drafts, each draft's in its order.
pub async fn of(source: &impl Source, drafts: &[DraftId]) -> Result<Vec<Model>, StoreError> {
    let list = Entity::find().filter(Column::DraftId.is_in(padded(drafts))).order_by_asc(Column::Position);
    Ok(list.all(source.connection()).await?)
}

/// The links that point to these drafts.
pub async fn pointing_to(source: &impl Source, drafts: &[DraftId]) -> Result<Vec<Model>, StoreError> {
    let list = Entity::find().filter(Column::TargetDraftId.is_in(padded(drafts))).order_by_asc(Column::DraftId);
    Ok(list.all(source.connection()).await?)
}

/// How many drafts point to this one.
pub async fn count_pointing_to(source: &impl Source, draft: DraftId) -> Result<u64, StoreError> {
    Ok(Entity::find().filter(Column::TargetDraftId.eq(draft)).count(source.connection()).await?)
}

/// Puts a list in the place of a draft's links.
pub async fn replace(tx: &Tx, draft: DraftId, links: Vec<Model>) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::DraftId.eq(draft)).exec(tx.connection()).await?;
    if !links.is_empty() {
        let rows = links.into_iter().map(IntoActiveModel::into_active_model);
        Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}
