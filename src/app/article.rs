//! What readers see.

use std::collections::HashMap;

use entity::ids::{ArticleId, AuthorId, DraftId, EditionId, SectionId, TagId};
use entity::{article, edition};

use super::{AppError, Cx};
use crate::domain::page::{Page, Slice};
use crate::domain::slug::Slug;
use crate::store;
pub use crate::store::article::{Filter, Order};

/// Articles by their ids, as far as readers may have them.
///
/// # Errors
/// When the database does not answer.
pub async fn many(cx: &Cx, ids: &[ArticleId]) -> Result<Vec<article::Model>, AppError> {
    Ok(store::article::many(cx.reader(), ids).await?)
}

/// The articles that these slugs lead to, now or ever.
///
/// # Errors
/// When the database does not answer.
pub async fn by_slugs(cx: &Cx, slugs: &[String]) -> Result<HashMap<String, article::Model>, AppError> {
    let slugs: Vec<String> = slugs.iter().filter(|slug| Slug::is_one(slug)).cloned().collect();
    if slugs.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(store::article::by_slugs(cx.reader(), &slugs).await?)
}

/// The live articles of these drafts.
///
/// # Errors
/// When the database does not answer.
pub async fn live_of_drafts(cx: &Cx, drafts: &[DraftId]) -> Result<Vec<article::Model>, AppError> {
    Ok(store::article::live_of_drafts(cx.reader(), drafts).await?)
}

/// One page of live articles.
///
/// # Errors
/// When the database does not answer.
pub async fn list(cx: &Cx, filter: &Filter, order: Order, page: &Page) -> Result<Slice<article::Model>, AppError> {
    Ok(store::article::list(cx.reader(), filter, order, page).await?)
}

/// How many live articles there are.
///
/// # Errors
/// When the database does not answer.
pub async fn count(cx: &Cx, filter: &Filter) -> Result<u64, AppError> {
    Ok(store::article::count(cx.reader(), filter).await?)
}

/// A page of the live articles of each section, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_sections(cx: &Cx, ids: &[SectionId], page: &Page) -> Result<Vec<(SectionId, Slice<article::Model>)>, AppError> {
    Ok(store::article::of_sections(cx.reader(), ids, page).await?)
}

/// A page of the live articles of each author, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_authors(cx: &Cx, ids: &[AuthorId], page: &Page) -> Result<Vec<(AuthorId, Slice<ArticleId>)>, AppError> {
    Ok(store::article::of_authors(cx.reader(), ids, page).await?)
}

/// A page of the live articles of each tag, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_tags(cx: &Cx, ids: &[TagId], page: &Page) -> Result<Vec<(TagId, Slice<ArticleId>)>, AppError> {
    Ok(store::article::of_tags(cx.reader(), ids, page).await?)
}

/// How many live articles each of these authors has.
///
/// # Errors
/// When the database does not answer.
pub async fn counts_of_authors(cx: &Cx, ids: &[AuthorId]) -> Result<Vec<(AuthorId, u64)>, AppError> {
    Ok(store::article::counts_of_authors(cx.reader(), ids).await?)
}

/// How many live articles each of these tags has.
///
/// # Errors
/// When the database does not answer.
pub async fn counts_of_tags(cx: &Cx, ids: &[TagId]) -> Result<Vec<(TagId, u64)>, AppError> {
    Ok(store::article::counts_of_tags(cx.reader(), ids).await?)
}

/// How many live articles each of these sections has.
///
/// # Errors
/// When the database does not answer.
pub async fn counts_of_sections(cx: &Cx, ids: &[SectionId]) -> Result<Vec<(SectionId, u64)>, AppError> {
    Ok(store::article::counts_of_sections(cx.reader(), ids).await?)
}

/// The bylines of these articles, each in its order.
///
/// # Errors
/// When the database does not answer.
pub async fn bylines(cx: &Cx, ids: &[ArticleId]) -> Result<Vec<(ArticleId, AuthorId)>, AppError> {
    let rows = store::article::bylines(cx.reader(), ids).await?;
    Ok(rows.into_iter().map(|row| (row.article_id, row.author_id)).collect())
}

/// The tags of these articles, each article's in its order.
///
/// # Errors
/// When the database does not answer.
pub async fn tags_of(cx: &Cx, ids: &[ArticleId]) -> Result<Vec<(ArticleId, entity::tag::Model)>, AppError> {
    let rows = store::article::tags_of(cx.reader(), ids).await?;
    let tag_ids: Vec<TagId> = rows.iter().map(|row| row.tag_id).collect();
    let tags = if tag_ids.is_empty() { Vec::new() } else { store::author::tags(cx.reader(), &tag_ids).await? };
    Ok(rows
        .into_iter()
        .filter_map(|row| tags.iter().find(|tag| tag.id == row.tag_id).map(|tag| (row.article_id, tag.clone())))
        .collect())
}

/// A page of the editions of each article, first one first.
///
/// # Errors
/// When the database does not answer.
pub async fn editions(cx: &Cx, ids: &[ArticleId], page: &Page) -> Result<Vec<(ArticleId, Slice<edition::Model>)>, AppError> {
    Ok(store::article::editions(cx.reader(), ids, page).await?)
}

/// How many editions each of these articles has.
///
/// # Errors
/// When the database does not answer.
pub async fn counts_of_editions(cx: &Cx, ids: &[ArticleId]) -> Result<Vec<(ArticleId, u64)>, AppError> {
    Ok(store::article::counts_of_editions(cx.reader(), ids).await?)
}

/// Editions by their ids, of articles that readers may have; for staff all.
///
/// # Errors
/// When the database does not answer.
pub async fn editions_many(cx: &Cx, ids: &[EditionId]) -> Result<Vec<edition::Model>, AppError> {
    let rows = store::article::editions_many(cx.reader(), ids).await?;
    if cx.reads_desk() || rows.is_empty() {
        return Ok(rows);
    }
    let articles: Vec<ArticleId> = rows.iter().map(|row| row.article_id).collect();
    let visible = store::article::many(cx.reader(), &articles).await?;
    Ok(rows.into_iter().filter(|row| visible.iter().any(|article| article.id == row.article_id)).collect())
}

/// The editions of these articles that carry a note to readers, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn corrections(cx: &Cx, ids: &[ArticleId]) -> Result<Vec<edition::Model>, AppError> {
    Ok(store::article::corrections(cx.reader(), ids).await?)
}
