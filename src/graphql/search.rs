//! Full-text search.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Object};
use async_trait::async_trait;
use entity::ids::ArticleId;

use super::article::{Article, ArticleFilter, filled};
use super::error::Result;
use super::loaders::{Batch, load};
use super::page::{self, Count, PageInfo};
use super::scalars::HTML;
use super::cx;
use crate::app::{self, AppError};
use crate::app::search::Search;
use crate::domain::page::{Cursor, Slice};

/// What readers find.
#[derive(Default)]
pub struct SearchQuery;

#[Object]
impl SearchQuery {
    /// Full-text search over live articles, best match first.
    async fn search(
        &self,
        ctx: &Context<'_>,
        query: String,
        filter: Option<ArticleFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<ArticleSearchConnection> {
        let page = page::page(first, after, None, None)?;
        let query = app::search::parse(cx(ctx), &query)?;
        let Some(filter) = filter.unwrap_or_default().resolve(ctx).await? else {
            return Ok(ArticleSearchConnection { slice: Slice::default(), search: Arc::default() });
        };
        let search = Search::new(query, filter);
        let slice = filled(ctx, app::search::find(cx(ctx), &search, &page).await?).await?;
        Ok(ArticleSearchConnection { slice, search: Arc::new(search) })
    }
}

/// One page of what was found.
pub struct ArticleSearchConnection {
    slice: Slice<Article>,
    search: Arc<Search>,
}

/// One page of what was found, in Relay's shape.
#[Object]
impl ArticleSearchConnection {
    /// Each article with its place and the passage that shows why it was found.
    async fn edges(&self) -> Vec<ArticleSearchEdge> {
        let edge = |(cursor, node): &(Cursor, Article)| ArticleSearchEdge { cursor: *cursor, node: node.clone(), search: Arc::clone(&self.search) };
        self.slice.items.iter().map(edge).collect()
    }

    /// The articles alone.
    async fn nodes(&self) -> Vec<Article> {
        self.slice.items.iter().map(|(_, node)| node.clone()).collect()
    }

    /// Where the page stands among all that was found.
    async fn page_info(&self) -> PageInfo {
        let (first, last) = (self.slice.items.first(), self.slice.items.last());
        page::info(first.map(|(cursor, _)| cursor), last.map(|(cursor, _)| cursor), self.slice.has_next, self.slice.has_previous)
    }

    /// How many articles were found, up to 10,000: of more, the newest 10,000 are ranked and counted.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i32> {
        Count::Found(Search::clone(&self.search)).get(ctx).await
    }
}

/// An article that was found.
pub struct ArticleSearchEdge {
    cursor: Cursor,
    node: Article,
    search: Arc<Search>,
}

/// An article that was found.
#[Object]
impl ArticleSearchEdge {
    /// For `after`.
    async fn cursor(&self) -> String {
        self.cursor.encode()
    }

    /// The article.
    async fn node(&self) -> Article {
        self.node.clone()
    }

    /// The best passage, matches in mark elements.
    async fn snippet(&self, ctx: &Context<'_>) -> Result<HTML> {
        let passage = load(ctx, PassageOf(Arc::clone(&self.search), self.node.0.id)).await?;
        // One that went away meanwhile has none.
        Ok(HTML(passage.unwrap_or_default()))
    }
}

/// The passage that shows why an article was found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct PassageOf(Arc<Search>, ArticleId);

#[async_trait]
impl Loader<PassageOf> for Batch {
    type Value = String;
    type Error = Arc<AppError>;
    async fn load(&self, keys: &[PassageOf]) -> std::result::Result<HashMap<PassageOf, String>, Arc<AppError>> {
        let mut searches: HashMap<&Arc<Search>, Vec<ArticleId>> = HashMap::new();
        for PassageOf(search, article) in keys {
            searches.entry(search).or_default().push(*article);
        }
        let mut found = HashMap::new();
        for (search, ids) in searches {
            let passages = app::search::passages(&self.0, search, &ids).await?;
            found.extend(passages.into_iter().map(|(article, passage)| (PassageOf(Arc::clone(search), article), passage)));
        }
        Ok(found)
    }
}
