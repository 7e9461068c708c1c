//! Previews: who holds the token sees one revision.

use chrono::{DateTime, Utc};
use entity::preview::{Column, Entity, Model};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::{Source, StoreError, Tx};

/// Adds a preview.
pub async fn insert(tx: &Tx, row: Model) -> Result<Model, StoreError> {
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(row)
}

/// The preview whose token has this hash, expired or not.
pub async fn by_hash(source: &impl Source, hash: &[u8]) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find().filter(Column::TokenHash.eq(hash)).one(source.connection()).await?)
}

/// Removes the previews that expired before `now`; how many there were.
pub async fn sweep(tx: &Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(tx.connection()).await?.rows_affected)
}
