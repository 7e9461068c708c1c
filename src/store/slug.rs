//! Slugs: each names one draft's article for as long as its newest revision holds it, and for
//! ever once it was live.

use entity::ids::DraftId;
use entity::slug::{ActiveModel, Column, Entity, Model};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, QueryOrder};

use super::page::padded;
use super::{Source, StoreError, Tx};
use crate::domain::slug::Slug;

/// Whose a slug is.
pub async fn find(source: &impl Source, slug: &str) -> Result<Option<Model>, StoreError> {
    Ok(Entity::find_by_id(slug.to_owned()).one(source.connection()).await?)
}

/// Whose each of several slugs is.
pub async fn many(source: &impl Source, slugs: &[String]) -> Result<Vec<Model>, StoreError> {
    Ok(Entity::find().filter(Column::Slug.is_in(padded(slugs))).all(source.connection()).await?)
}

/// Takes a slug for a draft, if nobody has it. Says whether the draft has it now.
pub async fn take(tx: &Tx, slug: &Slug, draft: DraftId) -> Result<bool, StoreError> {
    let row = Model { slug: slug.as_str().to_owned(), draft_id: draft, was_live: false };
    let row: ActiveModel = row.into_active_model();
    let untouched = OnConflict::column(Column::Slug).do_nothing().to_owned();
    Entity::insert(row).on_conflict(untouched).try_insert().exec_without_returning(tx.connection()).await?;
    Ok(find(tx, slug.as_str()).await?.is_some_and(|row| row.draft_id == draft))
}

/// The first of `slug`, `slug-2`, `slug-3` … that is free for the draft, without taking it.
pub async fn free(source: &impl Source, slug: &Slug, draft: Option<DraftId>) -> Result<Slug, StoreError> {
    let (stem, end) = super::page::numbered_range(slug.as_str());
    let rows: Vec<Model> = Entity::find()
        .filter(Column::Slug.gte(stem))
        .filter(Column::Slug.lt(end))
        .order_by_asc(Column::Slug)
        .limit(10_000)
        .all(source.connection())
        .await?;
    let taken: std::collections::HashSet<&str> =
        rows.iter().filter(|row| Some(row.draft_id) != draft).map(|row| row.slug.as_str()).collect();
    if !taken.contains(slug.as_str()) {
        return Ok(slug.clone());
    }
    let mut number = 2;
    loop {
        let candidate = slug.numbered(number);
        if !taken.contains(candidate.as_str()) {
            return Ok(candidate);
        }
        number += 1;
    }
}

/// Lets go of the slugs that a draft no longer holds and that readers never saw.
pub async fn release(tx: &Tx, draft: DraftId, held: &str) -> Result<(), StoreError> {
    Entity::delete_many()
        .filter(Column::DraftId.eq(draft))
        .filter(Column::WasLive.eq(false))
        .filter(Column::Slug.ne(held))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Notes that readers see the slug: it is never anybody else's again.
pub async fn went_live(tx: &Tx, slug: &str) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::WasLive, Expr::value(true))
        .filter(Column::Slug.eq(slug))
        .exec(tx.connection())
        .await?;
    Ok(())
}
