//! Releases and their members.

use entity::enums::ReleaseState;
use entity::ids::{DraftId, ReleaseId};
use entity::release::{Column, Entity, Model};
use entity::release_draft;
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::page::{self, By, padded};
use super::{Source, StoreError, Tx};
use crate::domain::page::{Page, Slice};

/// Releases by their ids.
pub async fn many(source: &impl Source, ids: &[ReleaseId]) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().filter(Column::Id.is_in(padded(ids))).all(source.connection()).await?)
}

/// One release, which nobody else may change until the transaction ends.
pub async fn lock(tx: &Tx, id: ReleaseId) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(tx.connection()).await?)
}

/// Adds a release.
pub async fn insert(tx: &Tx, row: Model) -> Result<Model, StoreError> {
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(row)
}

/// Writes a release as `next`, if it is still in the state it was `seen` in.
pub async fn take(tx: &Tx, seen: ReleaseState, next: Model) -> Result<Model, StoreError> {
    let taken = Entity::update_many()
        .set(next.clone().into_active_model().reset_all())
        .filter(Column::Id.eq(next.id))
        .filter(Column::State.eq(seen))
        .exec(tx.connection())
        .await?;
    if taken.rows_affected == 1 { Ok(next) } else { Err(StoreError::Moved) }
}

/// Replaces a release's members.
pub async fn set_members(tx: &Tx, release: ReleaseId, drafts: &[DraftId]) -> Result<(), StoreError> {
    let db = tx.connection();
    release_draft::Entity::delete_many().filter(release_draft::Column::ReleaseId.eq(release)).exec(db).await?;
    let rows: Vec<_> = (0..)
        .zip(drafts)
        .map(|(position, draft_id)| {
            release_draft::Model { release_id: release, draft_id: *draft_id, position }.into_active_model()
        })
        .collect();
    if !rows.is_empty() {
        release_draft::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// The members of these releases, each release's in its order.
pub async fn members(source: &impl Source, releases: &[ReleaseId]) -> Result<Vec<(ReleaseId, DraftId)>, StoreError> {
    let rows = release_draft::Entity::find()
        .filter(release_draft::Column::ReleaseId.is_in(padded(releases)))
        .order_by_asc(release_draft::Column::Position)
        .all(source.connection())
        .await?;
    Ok(rows.into_iter().map(|row| (row.release_id, row.draft_id)).collect())
}

/// The planned releases that these drafts are in, soonest first.
pub async fn planned(source: &impl Source, drafts: &[DraftId]) -> Result<Vec<(DraftId, Model)>, StoreError> {
    let rows = release_draft::Entity::find()
        .filter(release_draft::Column::DraftId.is_in(padded(drafts)))
        .all(source.connection())
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<ReleaseId> = rows.iter().map(|row| row.release_id).collect();
    let mut releases = many(source, &ids).await?;
    releases.retain(|release| release.state == ReleaseState::Scheduled);
    releases.sort_by_key(|release| release.publish_at);
    let of = |release: &Model| rows.iter().filter(|row| row.release_id == release.id).map(|row| row.draft_id).collect::<Vec<_>>();
    Ok(releases.iter().flat_map(|release| of(release).into_iter().map(|draft| (draft, release.clone()))).collect())
}

/// One page of releases, oldest first.
pub async fn list(source: &impl Source, page: &Page) -> Result<Slice<Model>, StoreError> {
    let rows = By::time(Column::CreatedAt, Column::Id, false).cut(Entity::find(), page).all(source.connection()).await?;
    Ok(Slice::of(rows, page, |row| page::at_time(row.created_at, row.id.0)))
}

/// How many releases there are.
pub async fn count(source: &impl Source) -> Result<u64, StoreError> {
    Ok(Entity::find().count(source.connection()).await?)
}
