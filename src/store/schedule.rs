//! When drafts go live, when articles stop being, and what is due.

use chrono::{DateTime, Utc};
use entity::enums::ReleaseState;
use entity::ids::{DraftId, ReleaseId};
use entity::release;
use entity::schedule::{Column, Entity, Model};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, Iterable, QueryFilter, QueryOrder, QuerySelect};

use super::page::padded;
use super::{Reader, Source, StoreError, Tx};

/// What these drafts have before them.
pub async fn of(source: &impl Source, drafts: &[DraftId]) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().filter(Column::DraftId.is_in(padded(drafts))).all(source.connection()).await?)
}

/// Keeps what a draft has before it, in place of what it had.
pub async fn keep(tx: &Tx, row: Model) -> Result<(), StoreError> {
    let every = Column::iter().filter(|column| !matches!(column, Column::DraftId));
    let newer = OnConflict::column(Column::DraftId).update_columns(every).to_owned();
    Entity::insert(row.into_active_model()).on_conflict(newer).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Strikes what a draft has before it.
pub async fn strike(tx: &Tx, draft: DraftId) -> Result<(), StoreError> {
    Entity::delete_by_id(draft).exec(tx.connection()).await?;
    Ok(())
}

/// The article went live: what is left is when it goes away, if it does.
pub async fn went_live(tx: &Tx, row: &Model) -> Result<(), StoreError> {
    if row.unpublish_at.is_none() {
        return strike(tx, row.draft_id).await;
    }
    keep(tx, Model { publish_at: None, correction_kind: None, correction_note: None, ..row.clone() }).await
}

/// Drafts that have something due, most overdue first, at most `most`.
pub async fn due(source: &impl Source, now: DateTime<Utc>, most: u64) -> Result<Vec<DraftId>, StoreError> {
    let mut drafts = Vec::new();
    for column in [Column::PublishAt, Column::UnpublishAt] {
        let list = Entity::find().select_only().column(Column::DraftId).filter(column.lte(now)).order_by_asc(column).limit(most);
        let ids: Vec<DraftId> = list.into_tuple().all(source.connection()).await?;
        drafts.extend(ids.into_iter().filter(|id| !drafts.contains(id)).collect::<Vec<_>>());
    }
    Ok(drafts)
}

/// Releases whose time has come.
pub async fn due_releases(source: &impl Source, now: DateTime<Utc>) -> Result<Vec<ReleaseId>, StoreError> {
    let list = release::Entity::find()
        .select_only()
        .column(release::Column::Id)
        .filter(Condition::all().add(release::Column::State.eq(ReleaseState::Scheduled)).add(release::Column::PublishAt.lte(now)))
        .order_by_asc(release::Column::PublishAt);
    Ok(list.into_tuple().all(source.connection()).await?)
}

/// The next time after this one at which something is due.
pub async fn next(source: &impl Source, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
    let db = source.connection();
    let mut next: Option<DateTime<Utc>> = None;
    let mut sooner = |time: Option<DateTime<Utc>>| next = next.into_iter().chain(time).min();
    for column in [Column::PublishAt, Column::UnpublishAt] {
        let list = Entity::find().select_only().column(column).filter(column.gt(after)).order_by_asc(column).limit(1);
        sooner(list.into_tuple::<Option<DateTime<Utc>>>().one(db).await?.flatten());
    }
    let list = release::Entity::find()
        .select_only()
        .column(release::Column::PublishAt)
        .filter(Condition::all().add(release::Column::State.eq(ReleaseState::Scheduled)).add(release::Column::PublishAt.gt(after)))
        .order_by_asc(release::Column::PublishAt)
        .limit(1);
    sooner(list.into_tuple::<Option<DateTime<Utc>>>().one(db).await?.flatten());
    Ok(next)
}

/// What time it is for everybody who shares the database: PostgreSQL says, since the clocks of several
/// nodes differ; on SQLite there is one node, whose own clock counts.
pub async fn clock(reader: &Reader, own: DateTime<Utc>) -> Result<DateTime<Utc>, StoreError> {
    use sea_orm::{ConnectionTrait, DbBackend};
    let db = reader.connection();
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(own);
    }
    let statement = sea_orm::sea_query::Query::select().expr(Expr::cust("clock_timestamp()")).to_owned();
    let row = db.query_one_raw(db.get_database_backend().build(&statement)).await?;
    row.map_or(Ok(own), |row| row.try_get_by_index(0).map_err(StoreError::from))
}
