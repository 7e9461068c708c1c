//! Authors, sections and tags: what bylines and pages are made of.

use entity::ids::{AuthorId, ImageId, SectionId, TagId, UserId};
use entity::{author, image, section, tag};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder};

use super::page::{self, By, padded};
use super::{Source, StoreError, Tx};
use crate::domain::dep::Dep;
use crate::domain::page::{Page, Slice};

/// Authors by their ids.
pub async fn many(source: &impl Source, ids: &[AuthorId]) -> Result<Vec<author::Model>, StoreError> {
    Ok(author::Entity::find().filter(author::Column::Id.is_in(padded(ids))).all(source.connection()).await?)
}

/// One author.
pub async fn get(source: &impl Source, id: AuthorId) -> Result<Option<author::Model>, StoreError> {
    Ok(author::Entity::find_by_id(id).one(source.connection()).await?)
}

/// An author by slug.
pub async fn by_slug(source: &impl Source, slug: &str) -> Result<Option<author::Model>, StoreError> {
    Ok(author::Entity::find().filter(author::Column::Slug.eq(slug)).one(source.connection()).await?)
}

/// The authors that these users are.
pub async fn of_users(source: &impl Source, users: &[UserId]) -> Result<Vec<author::Model>, StoreError> {
    Ok(author::Entity::find().filter(author::Column::UserId.is_in(padded(users))).all(source.connection()).await?)
}

/// One page of all authors, oldest first.
pub async fn list(source: &impl Source, page: &Page) -> Result<Slice<author::Model>, StoreError> {
    let by = By::time(author::Column::CreatedAt, author::Column::Id, false);
    let rows = by.cut(author::Entity::find(), page).all(source.connection()).await?;
    Ok(Slice::of(rows, page, |row| page::at_time(row.created_at, row.id.0)))
}

/// How many authors there are.
pub async fn count(source: &impl Source) -> Result<u64, StoreError> {
    Ok(author::Entity::find().count(source.connection()).await?)
}

/// Slugs of authors that begin like this one.
pub async fn slugs_like(source: &impl Source, slug: &str) -> Result<Vec<String>, StoreError> {
    let beginning = slug.get(..100).unwrap_or(slug);
    let list = author::Entity::find().filter(author::Column::Slug.starts_with(beginning));
    let rows = list.all(source.connection()).await?;
    Ok(rows.into_iter().map(|row| row.slug).collect())
}

/// Adds an author.
pub async fn insert(tx: &Tx, row: author::Model) -> Result<author::Model, StoreError> {
    tx.touch([Dep::Authors, Dep::Author(row.id), Dep::AuthorAt(row.slug.as_str().into())]);
    author::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(row)
}

/// Writes an author, if it is still the version that was read.
pub async fn update(tx: &Tx, seen: i32, row: author::Model) -> Result<author::Model, StoreError> {
    tx.touch([Dep::Authors, Dep::Author(row.id), Dep::AuthorAt(row.slug.as_str().into())]);
    let updated = author::Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(author::Column::Id.eq(row.id))
        .filter(author::Column::Version.eq(seen))
        .exec(tx.connection())
        .await?;
    if updated.rows_affected == 1 { Ok(row) } else { Err(StoreError::Moved) }
}

/// Sections by their ids.
pub async fn sections(source: &impl Source, ids: &[SectionId]) -> Result<Vec<section::Model>, StoreError> {
    Ok(section::Entity::find().filter(section::Column::Id.is_in(padded(ids))).all(source.connection()).await?)
}

/// One section.
pub async fn section(source: &impl Source, id: SectionId) -> Result<Option<section::Model>, StoreError> {
    Ok(section::Entity::find_by_id(id).one(source.connection()).await?)
}

/// A section by slug.
pub async fn section_by_slug(source: &impl Source, slug: &str) -> Result<Option<section::Model>, StoreError> {
    Ok(section::Entity::find().filter(section::Column::Slug.eq(slug)).one(source.connection()).await?)
}

/// Every section, oldest first.
pub async fn all_sections(source: &impl Source) -> Result<Vec<section::Model>, StoreError> {
    let list = section::Entity::find().order_by_asc(section::Column::CreatedAt).order_by_asc(section::Column::Id);
    Ok(list.all(source.connection()).await?)
}

/// Adds a section.
pub async fn insert_section(tx: &Tx, row: section::Model) -> Result<section::Model, StoreError> {
    tx.touch([Dep::Sections]);
    section::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(row)
}

/// Writes a section, if it is still the version that was read.
pub async fn update_section(tx: &Tx, seen: i32, row: section::Model) -> Result<section::Model, StoreError> {
    tx.touch([Dep::Sections, Dep::Policies]);
    let updated = section::Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(section::Column::Id.eq(row.id))
        .filter(section::Column::Version.eq(seen))
        .exec(tx.connection())
        .await?;
    if updated.rows_affected == 1 { Ok(row) } else { Err(StoreError::Moved) }
}

/// Tags by their ids.
pub async fn tags(source: &impl Source, ids: &[TagId]) -> Result<Vec<tag::Model>, StoreError> {
    Ok(tag::Entity::find().filter(tag::Column::Id.is_in(padded(ids))).all(source.connection()).await?)
}

/// Tags by slug.
pub async fn tags_by_slugs(source: &impl Source, slugs: &[String]) -> Result<Vec<tag::Model>, StoreError> {
    Ok(tag::Entity::find().filter(tag::Column::Slug.is_in(padded(slugs))).all(source.connection()).await?)
}

/// A tag by slug.
pub async fn tag_by_slug(source: &impl Source, slug: &str) -> Result<Option<tag::Model>, StoreError> {
    Ok(tag::Entity::find().filter(tag::Column::Slug.eq(slug)).one(source.connection()).await?)
}

/// The rows of these tags; those that are new are made.
pub async fn take_tags(tx: &Tx, tags: Vec<tag::Model>) -> Result<Vec<tag::Model>, StoreError> {
    if tags.is_empty() {
        return Ok(Vec::new());
    }
    let slugs: Vec<String> = tags.iter().map(|tag| tag.slug.clone()).collect();
    let known = || tag::Entity::find().filter(tag::Column::Slug.is_in(padded(&slugs)));
    let mut rows = known().all(tx.connection()).await?;
    let mut missing: Vec<tag::Model> =
        tags.into_iter().filter(|tag| !rows.iter().any(|row| row.slug == tag.slug)).collect();
    if !missing.is_empty() {
        tx.touch(missing.iter().map(|tag| Dep::TagAt(tag.slug.as_str().into())));
        // In one order, whoever asks: two that bring the same new tags then wait for each other instead of dying of it.
        missing.sort_by(|one, other| one.slug.cmp(&other.slug));
        let missing = missing.into_iter().map(IntoActiveModel::into_active_model);
        let untouched = OnConflict::column(tag::Column::Slug).do_nothing().to_owned();
        tag::Entity::insert_many(missing).on_conflict(untouched).try_insert().exec_without_returning(tx.connection()).await?;
        rows = known().all(tx.connection()).await?;
    }
    rows.sort_by_key(|row| slugs.iter().position(|slug| *slug == row.slug));
    Ok(rows)
}

/// Images by their ids.
pub async fn images(source: &impl Source, ids: &[ImageId]) -> Result<Vec<image::Model>, StoreError> {
    Ok(image::Entity::find().filter(image::Column::Id.is_in(padded(ids))).all(source.connection()).await?)
}
