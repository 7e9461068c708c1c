//! Full-text search over live articles.

use std::sync::Arc;

use entity::article;
use entity::enums::{ArticleState, EventType};
use entity::ids::{ArticleId, RevisionId};

use super::article::Row;
use super::{AppError, Cx};
use crate::domain::dep::Dep;
use crate::domain::event::NewEvent;
use crate::domain::page::{Page, Slice};
use crate::domain::search::{Document, Passages, Query, passage, place};
use crate::store::article::Filter;
use crate::store::{self, Tx};

/// What readers asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Search {
    query: Arc<Query>,
    filter: Filter,
}

/// Reads what readers ask for.
///
/// # Errors
/// `BadInput` where it is too long.
pub fn parse(cx: &Cx, query: &str) -> Result<Query, AppError> {
    Ok(Query::parse(query, &cx.desk.lexer)?)
}

impl Search {
    /// For this, among these.
    #[must_use]
    pub fn new(query: Query, filter: Filter) -> Self {
        Self { query: Arc::new(query), filter }
    }
}

/// A page of the live articles that have all words, best match first.
///
/// # Errors
/// When the database does not answer.
pub async fn find(cx: &Cx, search: &Search, page: &Page) -> Result<Slice<ArticleId>, AppError> {
    if search.query.is_empty() {
        return Ok(Slice::default());
    }
    Ok(store::search::find(cx.reader_of([Dep::Articles]), &search.query, &search.filter, page).await?)
}

/// How many live articles have all words, as far as they are counted.
///
/// # Errors
/// When the database does not answer.
pub async fn count(cx: &Cx, search: &Search) -> Result<u64, AppError> {
    if search.query.is_empty() {
        return Ok(0);
    }
    Ok(store::search::count(cx.reader_of([Dep::Articles]), &search.query, &search.filter).await?)
}

/// The best passage of each of these articles, as HTML.
///
/// # Errors
/// When the database does not answer.
pub async fn passages(cx: &Cx, search: &Search, ids: &[ArticleId]) -> Result<Vec<(ArticleId, String)>, AppError> {
    let mut rows = super::article::many(cx, ids).await?;
    rows.retain(|row| row.state == ArticleState::Live);
    let revisions: Vec<RevisionId> = rows.iter().map(|row| row.revision_id).collect();
    let texts = if rows.is_empty() { Vec::new() } else { store::revision::plain(cx.reader_of(revisions.iter().map(|id| Dep::Body(*id))), &revisions).await? };
    let shown = |row: &Row| {
        let text = texts.iter().find(|(id, _)| *id == row.revision_id).map_or("", |(_, text)| text);
        let texts = Passages { headline: &row.headline, dek: row.dek.as_deref().unwrap_or_default(), text };
        (row.id, passage(texts, &search.query, &cx.desk.lexer))
    };
    Ok(rows.iter().map(shown).collect())
}

/// Makes these live articles be found by what they say now. `is_known` says of which of them something may be
/// kept already.
pub(crate) async fn index(cx: &Cx, tx: &Tx, came: &[&article::Model], is_known: impl Fn(&article::Model) -> bool) -> Result<(), AppError> {
    if came.is_empty() {
        return Ok(());
    }
    let (revisions, ids): (Vec<RevisionId>, Vec<ArticleId>) = came.iter().map(|row| (row.revision_id, row.id)).unzip();
    let texts = store::revision::plain(tx, &revisions).await?;
    let facets = store::search::facets(tx, &ids).await?;
    for row in came {
        let text = texts.iter().find(|(id, _)| *id == row.revision_id).map_or("", |(_, text)| text);
        let entry = store::search::Entry {
            article: row.id,
            place: place(row.published_at.timestamp(), row.id.0.as_bytes()),
            maker: cx.desk.lexer.mark(),
            has_disclosure: row.has_disclosure,
            section: row.section_id,
            facets: facets.iter().filter(|(of, _)| *of == row.id).map(|(_, facet)| *facet).collect(),
            document: Document::of(&row.headline, row.dek.as_deref().unwrap_or_default(), text, &cx.desk.lexer),
        };
        store::search::keep(tx, entry, is_known(row)).await?;
    }
    Ok(())
}

/// How many articles are indexed anew at a time.
const BATCH: u64 = 50;

/// Indexes articles anew whose words were made in another language, or by an older version of this program. Says
/// whether there were any.
///
/// # Errors
/// When the database does not answer.
pub async fn catch_up(cx: &Cx) -> Result<bool, AppError> {
    let mark = cx.desk.lexer.mark();
    if store::search::made_otherwise(cx.aside(), &mark, 1).await?.is_empty() {
        return Ok(false);
    }
    let tx = cx.begin().await?;
    let ids = store::search::made_otherwise(&tx, &mark, BATCH).await?;
    let rows = super::bearing::taken(&tx, &ids, Vec::new()).await?;
    tx.alone().await?;
    index(cx, &tx, &rows.iter().collect::<Vec<_>>(), |_| true).await?;
    let summary = format!("The server noted anew what {} article(s) are found by", ids.len());
    cx.commit(tx, NewEvent::new(EventType::ArticlesIndexed, summary).detail("articles", ids.len())).await?;
    Ok(true)
}
