//! What was brought here from other systems.

use entity::ids::DraftId;
use entity::imported_post::{Column, Entity, Model};
use sea_orm::sea_query::Expr;
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

/// Notes that the links of these drafts' posts are related links now.
pub async fn linked(tx: &Tx, drafts: &[DraftId]) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::IsLinked, Expr::value(true))
        .filter(Column::DraftId.is_in(super::page::padded(drafts)))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Notes that a post was brought here.
pub async fn note(tx: &Tx, row: Model) -> Result<(), StoreError> {
    Entity::insert(row.into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(())
}
