//! What readers see.

use std::collections::HashMap;
use std::sync::Arc;

use entity::ids::{ArticleId, AuthorId, DraftId, EditionId, SectionId, TagId};
use entity::{article, edition};

use super::fresh::{gathered, spread};
use super::{AppError, Cx};
use crate::domain::dep::Dep;
use crate::domain::page::{Page, Slice};
use crate::domain::slug::Slug;
use crate::store::{self, Reader};
pub use crate::store::article::{Filter, Order};

/// An article's row, as many share it.
pub type Row = Arc<article::Model>;

/// Articles by their ids, as far as readers may have them.
///
/// # Errors
/// When the database does not answer.
pub async fn many(cx: &Cx, ids: &[ArticleId]) -> Result<Vec<Row>, AppError> {
    let load = async |reader: &Reader, ids: Vec<ArticleId>| {
        Ok(store::article::many(reader, &ids).await?.into_iter().map(|row| (row.id, Arc::new(row))).collect())
    };
    let found = cx.desk.fresh.rows.articles.many(cx, ids, |id, _| vec![Dep::Article(*id)], load).await?;
    Ok(found.into_iter().map(|(_, row)| row).collect())
}

/// The articles that these slugs lead to, now or ever.
///
/// # Errors
/// When the database does not answer.
pub async fn by_slugs(cx: &Cx, slugs: &[String]) -> Result<HashMap<String, Row>, AppError> {
    let slugs: Vec<String> = slugs.iter().filter(|slug| Slug::is_one(slug)).cloned().collect();
    if slugs.is_empty() {
        return Ok(HashMap::new());
    }
    let deps = |slug: &String, row: Option<&Row>| {
        let at = Dep::Slug(slug.as_str().into());
        row.map(|row| Dep::Article(row.id)).into_iter().chain([at]).collect()
    };
    let load = async |reader: &Reader, slugs: Vec<String>| {
        Ok(store::article::by_slugs(reader, &slugs).await?.into_iter().map(|(slug, row)| (slug, Arc::new(row))).collect())
    };
    Ok(cx.desk.fresh.rows.at_slugs.many(cx, &slugs, deps, load).await?.into_iter().collect())
}

/// The live articles of these drafts.
///
/// # Errors
/// When the database does not answer.
pub async fn live_of_drafts(cx: &Cx, drafts: &[DraftId]) -> Result<Vec<Row>, AppError> {
    let deps = |draft: &DraftId, row: Option<&Row>| {
        row.map(|row| Dep::Article(row.id)).into_iter().chain([Dep::Of(*draft)]).collect()
    };
    let load = async |reader: &Reader, drafts: Vec<DraftId>| {
        Ok(store::article::live_of_drafts(reader, &drafts).await?.into_iter().map(|row| (row.draft_id, Arc::new(row))).collect())
    };
    let found = cx.desk.fresh.rows.of_drafts.many(cx, drafts, deps, load).await?;
    Ok(found.into_iter().map(|(_, row)| row).collect())
}

/// One page of live articles.
///
/// # Errors
/// When the database does not answer.
pub async fn list(cx: &Cx, filter: &Filter, order: Order, page: &Page) -> Result<Slice<Row>, AppError> {
    let deps = |(filter, ..): &(Filter, Order, Page), slice: Option<&Slice<Row>>| {
        slice.map(shown_in).unwrap_or_default().into_iter().chain([listed_by(filter)]).collect()
    };
    let load = async |reader: &Reader, (filter, order, page): (Filter, Order, Page)| {
        Ok(Some(store::article::list(reader, &filter, order, &page).await?.map(Arc::new)))
    };
    let key = (filter.clone(), order, *page);
    Ok(cx.desk.fresh.rows.lists.one(cx, key, deps, load).await?.unwrap_or_default())
}

/// How many live articles there are.
///
/// # Errors
/// When the database does not answer.
pub async fn count(cx: &Cx, filter: &Filter) -> Result<u64, AppError> {
    let deps = |filter: &Filter, _: Option<&u64>| vec![listed_by(filter)];
    let load = async |reader: &Reader, filter: Filter| Ok(Some(store::article::count(reader, &filter).await?));
    Ok(cx.desk.fresh.rows.counts.one(cx, filter.clone(), deps, load).await?.unwrap_or_default())
}

/// A page of the live articles of each section, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_sections(cx: &Cx, ids: &[SectionId], page: &Page) -> Result<Vec<(SectionId, Slice<Row>)>, AppError> {
    let keys: Vec<(SectionId, Page)> = ids.iter().map(|id| (*id, *page)).collect();
    let deps = |(id, _): &(SectionId, Page), slice: Option<&Slice<Row>>| {
        slice.map(shown_in).unwrap_or_default().into_iter().chain([Dep::In(*id)]).collect()
    };
    let load = async |reader: &Reader, keys: Vec<(SectionId, Page)>| {
        let ids: Vec<SectionId> = keys.iter().map(|(id, _)| *id).collect();
        let slices = store::article::of_sections(reader, &ids, page).await?;
        Ok(slices.into_iter().map(|(id, slice)| ((id, *page), slice.map(Arc::new))).collect())
    };
    let found = cx.desk.fresh.rows.in_sections.many(cx, &keys, deps, load).await?;
    Ok(found.into_iter().map(|((id, _), slice)| (id, slice)).collect())
}

/// A page of the live articles of each author, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_authors(cx: &Cx, ids: &[AuthorId], page: &Page) -> Result<Vec<(AuthorId, Slice<ArticleId>)>, AppError> {
    let keys: Vec<(AuthorId, Page)> = ids.iter().map(|id| (*id, *page)).collect();
    let deps = |(id, _): &(AuthorId, Page), _: Option<&Slice<ArticleId>>| {
        vec![Dep::By(*id)]
    };
    let load = async |reader: &Reader, keys: Vec<(AuthorId, Page)>| {
        let ids: Vec<AuthorId> = keys.iter().map(|(id, _)| *id).collect();
        let slices = store::article::of_authors(reader, &ids, page).await?;
        Ok(slices.into_iter().map(|(id, slice)| ((id, *page), slice)).collect())
    };
    let found = cx.desk.fresh.rows.by_authors.many(cx, &keys, deps, load).await?;
    Ok(found.into_iter().map(|((id, _), slice)| (id, slice)).collect())
}

/// A page of the live articles of each tag, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_tags(cx: &Cx, ids: &[TagId], page: &Page) -> Result<Vec<(TagId, Slice<ArticleId>)>, AppError> {
    let keys: Vec<(TagId, Page)> = ids.iter().map(|id| (*id, *page)).collect();
    let deps = |(id, _): &(TagId, Page), _: Option<&Slice<ArticleId>>| {
        vec![Dep::Tagged(*id)]
    };
    let load = async |reader: &Reader, keys: Vec<(TagId, Page)>| {
        let ids: Vec<TagId> = keys.iter().map(|(id, _)| *id).collect();
        let slices = store::article::of_tags(reader, &ids, page).await?;
        Ok(slices.into_iter().map(|(id, slice)| ((id, *page), slice)).collect())
    };
    let found = cx.desk.fresh.rows.tagged.many(cx, &keys, deps, load).await?;
    Ok(found.into_iter().map(|((id, _), slice)| (id, slice)).collect())
}

/// How many live articles each of these authors has.
///
/// # Errors
/// When the database does not answer.
pub async fn counts_of_authors(cx: &Cx, ids: &[AuthorId]) -> Result<Vec<(AuthorId, u64)>, AppError> {
    let reader = cx.reader_of(ids.iter().map(|id| Dep::By(*id)));
    Ok(store::article::counts_of_authors(reader, ids).await?)
}

/// How many live articles each of these tags has.
///
/// # Errors
/// When the database does not answer.
pub async fn counts_of_tags(cx: &Cx, ids: &[TagId]) -> Result<Vec<(TagId, u64)>, AppError> {
    let reader = cx.reader_of(ids.iter().map(|id| Dep::Tagged(*id)));
    Ok(store::article::counts_of_tags(reader, ids).await?)
}

/// How many live articles each of these sections has.
///
/// # Errors
/// When the database does not answer.
pub async fn counts_of_sections(cx: &Cx, ids: &[SectionId]) -> Result<Vec<(SectionId, u64)>, AppError> {
    let reader = cx.reader_of(ids.iter().map(|id| Dep::In(*id)));
    Ok(store::article::counts_of_sections(reader, ids).await?)
}

/// The bylines of these articles, each in its order.
///
/// # Errors
/// When the database does not answer.
pub async fn bylines(cx: &Cx, ids: &[ArticleId]) -> Result<Vec<(ArticleId, AuthorId)>, AppError> {
    let load = async |reader: &Reader, ids: Vec<ArticleId>| {
        let rows = store::article::bylines(reader, &ids).await?;
        Ok(gathered(&ids, rows.into_iter().map(|row| (row.article_id, row.author_id))))
    };
    let found = cx.desk.fresh.rows.bylines.many(cx, ids, |id, _| vec![Dep::Article(*id)], load).await?;
    Ok(spread(found))
}

/// The tags of these articles, each article's in its order.
///
/// # Errors
/// When the database does not answer.
pub async fn tags_of(cx: &Cx, ids: &[ArticleId]) -> Result<Vec<(ArticleId, entity::tag::Model)>, AppError> {
    let load = async |reader: &Reader, ids: Vec<ArticleId>| {
        let rows = store::article::tags_of(reader, &ids).await?;
        let tag_ids: Vec<TagId> = rows.iter().map(|row| row.tag_id).collect();
        let tags = if tag_ids.is_empty() { Vec::new() } else { store::author::tags(reader, &tag_ids).await? };
        let tag = |id| tags.iter().find(|tag| tag.id == id).cloned();
        Ok(gathered(&ids, rows.into_iter().filter_map(|row| Some((row.article_id, tag(row.tag_id)?)))))
    };
    let found = cx.desk.fresh.rows.tags.many(cx, ids, |id, _| vec![Dep::Article(*id)], load).await?;
    Ok(spread(found))
}

/// The list that a filter's articles stand in.
fn listed_by(filter: &Filter) -> Dep {
    // Of a list that is narrowed by more than one thing either one will do: whatever changes in it is in both. Whether
    // a disclosure is due changes without a change of any list.
    match filter {
        Filter { has_disclosure: Some(_), .. } => Dep::Articles,
        Filter { author: Some(id), .. } => Dep::By(*id),
        Filter { tag: Some(id), .. } => Dep::Tagged(*id),
        Filter { section: Some(id), .. } => Dep::In(*id),
        _ => Dep::Articles,
    }
}

fn shown_in(slice: &Slice<Row>) -> Vec<Dep> {
    slice.items.iter().map(|(_, row)| Dep::Article(row.id)).collect()
}

/// A page of the editions of each article, first one first.
///
/// # Errors
/// When the database does not answer.
pub async fn editions(cx: &Cx, ids: &[ArticleId], page: &Page) -> Result<Vec<(ArticleId, Slice<edition::Model>)>, AppError> {
    let reader = cx.reader_of(ids.iter().map(|id| Dep::Article(*id)));
    Ok(store::article::editions(reader, ids, page).await?)
}

/// How many editions each of these articles has.
///
/// # Errors
/// When the database does not answer.
pub async fn counts_of_editions(cx: &Cx, ids: &[ArticleId]) -> Result<Vec<(ArticleId, u64)>, AppError> {
    let reader = cx.reader_of(ids.iter().map(|id| Dep::Article(*id)));
    Ok(store::article::counts_of_editions(reader, ids).await?)
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
    let load = async |reader: &Reader, ids: Vec<ArticleId>| {
        let rows = store::article::corrections(reader, &ids).await?;
        Ok(gathered(&ids, rows.into_iter().map(|row| (row.article_id, row))))
    };
    let found = cx.desk.fresh.rows.corrections.many(cx, ids, |id, _| vec![Dep::Article(*id)], load).await?;
    Ok(found.into_iter().flat_map(|(_, rows)| rows).collect())
}
