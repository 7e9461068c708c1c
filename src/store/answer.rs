//! What requests under an idempotency key were answered.

use chrono::{DateTime, Utc};
use entity::answer::{ActiveModel, Column, Entity, Model};
use entity::event;
use entity::ids::UserId;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::{Source, StoreError, Tx};

/// Events of one request that are looked through for what it changed.
const EVENTS: u64 = 200;

/// What a key was used for.
pub async fn get(source: &impl Source, user: UserId, key_hash: &[u8]) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find_by_id((user, key_hash.to_vec())).one(source.connection()).await?)
}

/// Takes a key, in the transaction of what it is used for. One that is taken ends the transaction.
pub(super) async fn take(tx: &Tx, row: Model) -> Result<(), StoreError> {
    Entity::insert(row.into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Keeps the answer of a key that its transaction took.
pub async fn keep(tx: &Tx, user: UserId, key_hash: &[u8], body: Vec<u8>) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::Body, Expr::value(body))
        .filter(Column::UserId.eq(user))
        .filter(Column::KeyHash.eq(key_hash.to_vec()))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Keeps the answer of a key that nothing was changed under, if nobody took it meanwhile.
pub async fn keep_new(tx: &Tx, row: Model) -> Result<(), StoreError> {
    let key = OnConflict::columns([Column::UserId, Column::KeyHash]).do_nothing().to_owned();
    Entity::insert::<ActiveModel>(row.into_active_model()).on_conflict(key).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// The events of a key's transaction.
pub async fn events(source: &impl Source, first: i64, last: i64) -> Result<Vec<event::Model>, StoreError> {
    let rows = event::Entity::find().filter(event::Column::Seq.between(first, last)).order_by_asc(event::Column::Seq);
    Ok(rows.limit(EVENTS).all(source.connection()).await?)
}

/// Forgets what is older.
pub async fn sweep(tx: &Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    let swept = Entity::delete_many().filter(Column::CreatedAt.lt(before)).exec(tx.connection()).await?;
    Ok(swept.rows_affected)
}
