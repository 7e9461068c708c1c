//! Links from article to article inside the site: which do not lead where they say, and which would not if
//! an article went away.

use async_graphql::{Context, ID, Object};
use entity::enums::SiteLinkState;
use entity::ids::{ArticleId, DraftId};
use entity::site_link;

use super::article::Article;
use super::error::Result;
use super::loaders::{ArticleAt, load, load_all};
use super::page::{ArticleConnection, Count, SiteLinkConnection};
use super::scalars::Address;
use super::{cx, page, words};
use crate::app::article::Row;
use crate::app;
use crate::app::bearing::Way;
use crate::domain::page::Slice;
use crate::domain::policy::Task;

/// That a live article links to another page of the site.
#[derive(Clone)]
pub struct SiteLink(pub site_link::Model, Row);

/// That a live article links to another page of the site.
#[Object]
impl SiteLink {
    /// Where the link stands.
    async fn article(&self) -> Article {
        Article::live(self.1.clone())
    }

    /// The slug that it names.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The address that it names.
    async fn url(&self, ctx: &Context<'_>) -> Address {
        cx(ctx).desk.site.page(&self.0.slug).into()
    }

    /// How often the article links there.
    async fn links(&self) -> i32 {
        self.0.links
    }

    /// What readers find there.
    async fn state(&self) -> words::SiteLinkState {
        self.0.state.into()
    }

    /// The article that readers get instead; null where there is none.
    async fn leads_to(&self, ctx: &Context<'_>) -> Result<Option<Article>> {
        Ok(load(ctx, ArticleAt(self.0.slug.clone())).await?.map(Article::live))
    }
}

/// Who would lose a link if an article went away.
pub struct UnpublishImpact(DraftId);

/// Who would lose a link if an article went away.
#[Object]
impl UnpublishImpact {
    /// Live articles whose editors set a related link to it, oldest first. Their readers see one link less.
    async fn related(&self, ctx: &Context<'_>, first: Option<i32>, after: Option<String>) -> Result<ArticleConnection> {
        linking(ctx, self.0, Way::Related, first, after).await
    }

    /// Live articles that link to it in their bodies, oldest first. Their links would be dead.
    async fn in_body(&self, ctx: &Context<'_>, first: Option<i32>, after: Option<String>) -> Result<ArticleConnection> {
        linking(ctx, self.0, Way::Body, first, after).await
    }
}

async fn linking(ctx: &Context<'_>, draft: DraftId, way: Way, first: Option<i32>, after: Option<String>) -> Result<ArticleConnection> {
    let page = page::page(first, after, None, None)?;
    let slice: Slice<ArticleId> = app::bearing::linking(cx(ctx), draft, way, &page).await?;
    let rows = load_all(ctx, slice.items.iter().map(|(_, id)| *id).collect()).await?;
    let slice = slice.keep(|id| rows.iter().find(|row| row.id == id).cloned().map(Article::live));
    Ok(ArticleConnection { slice, count: Count::Linking(draft, way) })
}

/// What staff ask of links inside the site.
#[derive(Default)]
pub struct SiteLinkQuery;

#[Object]
impl SiteLinkQuery {
    /// Links in live articles to other pages of the site that stand like one of these, oldest first: those that lead nowhere or by a detour, where nothing is asked. Staff only.
    async fn site_links(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(vec![words::SiteLinkState::Redirected, words::SiteLinkState::Gone, words::SiteLinkState::Retracted, words::SiteLinkState::Unknown])")]
        states: Option<Vec<words::SiteLinkState>>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<SiteLinkConnection> {
        cx(ctx).may(Task::ReadDesk)?;
        let page = page::page(first, after, last, before)?;
        let mut states: Vec<SiteLinkState> = match states {
            Some(states) => states.into_iter().map(Into::into).collect(),
            None => SiteLinkState::ALL.iter().copied().filter(|state| *state != SiteLinkState::Fine).collect(),
        };
        states.sort_unstable();
        states.dedup();
        let slice = app::bearing::site_links(cx(ctx), &states, &page).await?;
        let rows = load_all(ctx, slice.items.iter().map(|(_, row)| row.article_id).collect()).await?;
        // An article may go away between the two looks.
        let slice = slice.keep(|row| {
            let article = rows.iter().find(|article: &&Row| article.id == row.article_id)?.clone();
            Some(SiteLink(row, article))
        });
        Ok(SiteLinkConnection { slice, count: Count::SiteLinks(states) })
    }

    /// Who would lose a link if this draft's article went away; null where there is no such draft. Staff only.
    async fn unpublish_impact(&self, ctx: &Context<'_>, draft_id: ID) -> Result<Option<UnpublishImpact>> {
        cx(ctx).may(Task::ReadDesk)?;
        let Ok(id) = draft_id.parse::<DraftId>() else { return Ok(None) };
        Ok(load(ctx, id).await?.map(|draft| UnpublishImpact(draft.id)))
    }
}
