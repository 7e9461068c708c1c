//! Relay's connections, all of one shape, and their counts, which are asked for all of a list's
//! parents at once and only where a client wants them.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Object, SimpleObject};
use async_trait::async_trait;
use entity::ids::{ArticleId, AuthorId, DraftId, SectionId, TagId};

use super::error::Result;
use super::loaders::{Batch, load};
use crate::app::{self, AppError};
use crate::domain::page::{Cursor, Page};
use crate::domain::refusal::Refusal;

/// Where a page stands in its list.
#[derive(SimpleObject)]
pub struct PageInfo {
    /// Whether more come after.
    pub has_next_page: bool,
    /// Whether more came before.
    pub has_previous_page: bool,
    /// The first edge's cursor.
    pub start_cursor: Option<String>,
    /// The last edge's cursor.
    pub end_cursor: Option<String>,
}

/// What a list holds, all pages together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Count {
    /// Live articles.
    Articles(app::article::Filter),
    /// Live articles of an author.
    OfAuthor(AuthorId),
    /// Live articles of a section.
    OfSection(SectionId),
    /// Live articles of a tag.
    OfTag(TagId),
    /// Editions of an article.
    Editions(ArticleId),
    /// Authors.
    Authors,
    /// Drafts.
    Drafts(app::draft::Filter),
    /// Revisions of a draft.
    Revisions(DraftId),
    /// Reviews of a draft.
    Reviews(DraftId),
    /// Comments of a draft: all, or those of resolved or of open threads.
    Comments(DraftId, Option<bool>),
    /// Releases.
    Releases,
    /// Events of a draft.
    History(DraftId),
    /// Events.
    Events(app::event::Filter),
    /// Users.
    Users,
    /// Live articles by where they earn.
    Earning(app::affiliate::Wanted),
    /// Live articles that link to a draft's article.
    Linking(DraftId, app::bearing::Way),
    /// Live articles that have what readers search for.
    Found(app::search::Search),
    /// Links inside the site.
    SiteLinks(Vec<entity::enums::SiteLinkState>),
    /// Drafts whose related links point to a draft.
    LinkedFrom(DraftId),
    /// Nothing: the list was asked of something that is not there.
    Nothing,
}

impl Count {
    /// The number, as far as GraphQL's Int goes.
    pub async fn get(&self, ctx: &Context<'_>) -> Result<i32> {
        let count = load(ctx, self.clone()).await?.unwrap_or_default();
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }
}

#[async_trait]
impl Loader<Count> for Batch {
    type Value = u64;
    type Error = Arc<AppError>;
    async fn load(&self, keys: &[Count]) -> std::result::Result<HashMap<Count, u64>, Arc<AppError>> {
        let cx = &self.0;
        let (mut authors, mut sections, mut tags, mut editions) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut revisions, mut reviews, mut histories, mut pointed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut comments: HashMap<Option<bool>, Vec<DraftId>> = HashMap::new();
        let mut counts = HashMap::new();
        for key in keys {
            match key {
                Count::OfAuthor(id) => authors.push(*id),
                Count::OfSection(id) => sections.push(*id),
                Count::OfTag(id) => tags.push(*id),
                Count::Editions(id) => editions.push(*id),
                Count::Revisions(id) => revisions.push(*id),
                Count::Reviews(id) => reviews.push(*id),
                Count::History(id) => histories.push(*id),
                Count::LinkedFrom(id) => pointed.push(*id),
                Count::Earning(wanted) => {
                    counts.insert(key.clone(), app::affiliate::count_articles(cx, wanted).await?);
                }
                Count::Linking(draft, way) => {
                    counts.insert(key.clone(), app::bearing::count_linking(cx, *draft, *way).await?);
                }
                Count::Found(search) => {
                    counts.insert(key.clone(), app::search::count(cx, search).await?);
                }
                Count::SiteLinks(states) => {
                    counts.insert(key.clone(), app::bearing::count_site_links(cx, states).await?);
                }
                Count::Comments(id, resolved) => comments.entry(*resolved).or_default().push(*id),
                Count::Releases => {
                    counts.insert(key.clone(), app::release::count(cx).await?);
                }
                Count::Articles(filter) => {
                    counts.insert(key.clone(), app::article::count(cx, filter).await?);
                }
                Count::Authors => {
                    counts.insert(key.clone(), app::author::count(cx).await?);
                }
                Count::Drafts(filter) => {
                    counts.insert(key.clone(), app::draft::count(cx, filter).await?);
                }
                Count::Events(filter) => {
                    counts.insert(key.clone(), app::event::count(cx, filter).await?);
                }
                Count::Nothing => {
                    counts.insert(key.clone(), 0);
                }
                Count::Users => {
                    counts.insert(key.clone(), app::account::count(cx).await?);
                }
            }
        }
        if !authors.is_empty() {
            let rows = app::article::counts_of_authors(cx, &authors).await?;
            counts.extend(rows.into_iter().map(|(id, rows)| (Count::OfAuthor(id), rows)));
        }
        if !sections.is_empty() {
            let rows = app::article::counts_of_sections(cx, &sections).await?;
            counts.extend(rows.into_iter().map(|(id, rows)| (Count::OfSection(id), rows)));
        }
        if !tags.is_empty() {
            let rows = app::article::counts_of_tags(cx, &tags).await?;
            counts.extend(rows.into_iter().map(|(id, rows)| (Count::OfTag(id), rows)));
        }
        if !editions.is_empty() {
            let rows = app::article::counts_of_editions(cx, &editions).await?;
            counts.extend(rows.into_iter().map(|(id, rows)| (Count::Editions(id), rows)));
        }
        if !revisions.is_empty() {
            let rows = app::revision::counts(cx, &revisions).await?;
            counts.extend(rows.into_iter().map(|(id, rows)| (Count::Revisions(id), rows)));
        }
        if !reviews.is_empty() {
            let rows = app::review::counts(cx, &reviews).await?;
            counts.extend(rows.into_iter().map(|(id, rows)| (Count::Reviews(id), rows)));
        }
        if !pointed.is_empty() {
            let rows = app::related::counts_pointing_to(cx, &pointed).await?;
            counts.extend(rows.into_iter().map(|(id, rows)| (Count::LinkedFrom(id), rows)));
        }
        for (resolved, ids) in comments {
            let rows = app::comment::counts(cx, &ids, resolved).await?;
            counts.extend(rows.into_iter().map(|(id, rows)| (Count::Comments(id, resolved), rows)));
        }
        if !histories.is_empty() {
            let rows = app::event::counts(cx, &histories).await?;
            counts.extend(rows.into_iter().map(|(id, rows)| (Count::History(id), rows)));
        }
        Ok(counts)
    }
}

/// The four arguments of a page.
pub fn page(first: Option<i32>, after: Option<String>, last: Option<i32>, before: Option<String>) -> std::result::Result<Page, Refusal> {
    Page::parse(first, after.as_deref(), last, before.as_deref())
}

/// The place of a page whose edges have these cursors.
#[must_use]
pub fn info(first: Option<&Cursor>, last: Option<&Cursor>, has_next: bool, has_previous: bool) -> PageInfo {
    PageInfo {
        has_next_page: has_next,
        has_previous_page: has_previous,
        start_cursor: first.map(Cursor::encode),
        end_cursor: last.map(Cursor::encode),
    }
}

macro_rules! connections {
    ($($connection:ident, $edge:ident, $node:ident;)*) => {$(
        /// One page of a list.
        pub struct $connection {
            /// The page.
            pub slice: crate::domain::page::Slice<super::$node>,
            /// The list that it is cut from.
            pub count: Count,
        }

        /// A node and its place in the list.
        pub struct $edge(Cursor, super::$node);

        /// A node and its place in the list.
        #[Object]
        impl $edge {
            /// For `after` and `before`.
            async fn cursor(&self) -> String {
                self.0.encode()
            }

            /// What stands there.
            async fn node(&self) -> super::$node {
                self.1.clone()
            }
        }

        /// One page of a list, in Relay's shape.
        #[Object]
        impl $connection {
            /// Each node with its place.
            async fn edges(&self) -> Vec<$edge> {
                self.slice.items.iter().map(|(cursor, node)| $edge(*cursor, node.clone())).collect()
            }

            /// The nodes alone.
            async fn nodes(&self) -> Vec<super::$node> {
                self.slice.items.iter().map(|(_, node)| node.clone()).collect()
            }

            /// Where the page stands in its list.
            async fn page_info(&self) -> PageInfo {
                let ends = |item: Option<&(Cursor, super::$node)>| item.map(|(cursor, _)| *cursor);
                let (first, last) = (ends(self.slice.items.first()), ends(self.slice.items.last()));
                info(first.as_ref(), last.as_ref(), self.slice.has_next, self.slice.has_previous)
            }

            /// How many nodes all pages hold together.
            async fn total_count(&self, ctx: &Context<'_>) -> Result<i32> {
                self.count.get(ctx).await
            }
        }
    )*};
}

connections! {
    ArticleConnection, ArticleEdge, Article;
    AuthorConnection, AuthorEdge, Author;
    DraftConnection, DraftEdge, Draft;
    RevisionConnection, RevisionEdge, Revision;
    ReviewConnection, ReviewEdge, Review;
    CommentConnection, CommentEdge, Comment;
    ReleaseConnection, ReleaseEdge, Release;
    EditionConnection, EditionEdge, Edition;
    EventConnection, EventEdge, Event;
    UserConnection, UserEdge, User;
    AffiliateArticleConnection, AffiliateArticleEdge, AffiliateArticle;
    SiteLinkConnection, SiteLinkEdge, SiteLink;
}
