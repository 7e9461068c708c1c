//! What was brought here from other systems.

use entity::imported_post::{Column, Entity, Model};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::{Source, StoreError, Tx};

/// The posts that were brought here before, of these.
pub async fn known(source: &impl Source, sources: &[String]) -> Result<Vec<Model>, StoreError> {
    let mut rows = Vec::new();
    for sources in sources.chunks(500) {
        let list = Entity::find().filter(Column::Source.is_in(super::page::padded(sources)));
        rows.extend(list.all(source.connection()).await?);
    }
    Ok(rows)
}

/// Notes that a post was brought here.
pub async fn note(tx: &Tx, row: Model) -> Result<(), StoreError> {
    Entity::insert(row.into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(())
}
