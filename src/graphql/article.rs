//! What readers see, and what puts it before them.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::enums::ArticleState;
use entity::ids::ArticleId;
use entity::{affiliate_policy, edition, tag};

use super::affiliate::{AffiliateDisclosure, Under, policy_for};
use super::author::{Author, Image};
use super::body::Body;
use super::draft::Draft;
use super::earning::ShownThen;
use super::error::Result;
use super::inverse::{InverseLink, Series};
use super::loaders::{
    AuthorPage, BylineOf, CorrectionsOf, EditionPage, RelatedOf, RevisionBylineOf, SectionPage, TagPage, TagsOf, load, load_all, present,
};
use super::page::{ArticleConnection, Count, EditionConnection};
use super::related::RelatedLink;
use super::revision::Revision;
use super::scalars::{Address, Parse, Time};
use super::section::{Section, Tag};
use super::seo::Seo;
use super::{cx, page, words};
use crate::app::article::Row;
use crate::app;
use crate::app::preview::Shown;
use crate::domain::page::{Page, Slice};

/// A live article: its latest edition, exactly the revision that was published.
#[derive(Clone)]
pub struct Article(pub Row, Option<Arc<Shown>>);

impl Article {
    /// One that readers have.
    pub fn live(row: impl Into<Row>) -> Self {
        Self(row.into(), None)
    }

    /// One as readers would have it.
    pub fn previewed(shown: Shown) -> Self {
        Self(shown.article.clone().into(), Some(Arc::new(shown)))
    }

    /// The article that readers have of it: of a preview there may be none.
    pub fn live_id(&self) -> ArticleId {
        self.1.as_ref().and_then(|shown| shown.live).unwrap_or(self.0.id)
    }

    /// The article that suggestions are kept for: of a preview there may be none.
    pub fn kept_id(&self) -> Option<ArticleId> {
        match &self.1 {
            Some(shown) => shown.live,
            None => Some(self.0.id),
        }
    }

    /// Its tags, in its order.
    pub async fn subjects(&self, ctx: &Context<'_>) -> Result<Vec<tag::Model>> {
        match &self.1 {
            Some(shown) => Ok(shown.tags.clone()),
            None => Ok(load(ctx, TagsOf(self.0.id)).await?.unwrap_or_default()),
        }
    }

    /// Where readers find it.
    pub fn address(&self, site: &app::Site) -> String {
        self.0.canonical_url.clone().unwrap_or_else(|| site.page(&self.0.slug))
    }

    /// The byline, in its order.
    pub async fn byline(&self, ctx: &Context<'_>) -> Result<Vec<Author>> {
        let ids = match &self.1 {
            Some(shown) => load(ctx, RevisionBylineOf(shown.revision.id)).await?,
            None => load(ctx, BylineOf(self.0.id)).await?,
        }
        .unwrap_or_default();
        Ok(load_all(ctx, ids).await?.into_iter().map(Author).collect())
    }

    /// The policy whose disclosure is due.
    pub async fn disclosure(&self, ctx: &Context<'_>) -> Result<Option<affiliate_policy::Model>> {
        if !self.0.has_disclosure || self.0.state != ArticleState::Live {
            return Ok(None);
        }
        policy_for(ctx, Under::article(&self.0)).await
    }

    /// The notes to readers, oldest first.
    pub async fn notes(&self, ctx: &Context<'_>) -> Result<Vec<Correction>> {
        let rows = load(ctx, CorrectionsOf(self.live_id())).await?.unwrap_or_default();
        Ok(rows.iter().filter_map(correction).collect())
    }
}

/// A live article: its latest edition, exactly the revision that was published.
#[Object]
impl Article {
    pub(crate) async fn id(&self) -> ID {
        self.1.as_ref().map_or_else(|| self.0.id.to_string(), |shown| shown.id.to_string()).into()
    }

    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Where readers find it: the site's URL and the slug, unless the editors set a canonical one.
    async fn url(&self, ctx: &Context<'_>) -> Address {
        self.address(&cx(ctx).desk.site).into()
    }

    async fn headline(&self) -> &str {
        &self.0.headline
    }

    /// The line under the headline (standfirst).
    async fn dek(&self) -> Option<&str> {
        self.0.dek.as_deref().filter(|_| self.0.state != ArticleState::Retracted)
    }

    /// With the affiliate disclosure in its place where one is due, so that a page that shows the body shows it too; false leaves it out.
    async fn body(&self, ctx: &Context<'_>, #[graphql(default_with = "Some(true)")] include_disclosure: Option<bool>) -> Result<Body> {
        if let Some(notice) = &self.0.retraction_notice {
            return Body::notice(ctx, notice).await;
        }
        let due = self.0.has_disclosure && include_disclosure.unwrap_or(true);
        Body::of(ctx, self.0.revision_id, Under::article(&self.0), |_| due).await
    }

    async fn hero_image(&self, ctx: &Context<'_>) -> Result<Option<Image>> {
        Image::find(ctx, self.0.hero_image_id).await
    }

    /// The byline, in its order.
    async fn authors(&self, ctx: &Context<'_>) -> Result<Vec<Author>> {
        self.byline(ctx).await
    }

    async fn section(&self, ctx: &Context<'_>) -> Result<Section> {
        Ok(Section(present(load(ctx, self.0.section_id).await?, "section")?))
    }

    async fn tags(&self, ctx: &Context<'_>) -> Result<Vec<Tag>> {
        Ok(self.subjects(ctx).await?.into_iter().map(Tag).collect())
    }

    /// When it first went live.
    async fn published_at(&self) -> Time {
        self.0.published_at.into()
    }

    /// When its latest edition went live.
    async fn updated_at(&self) -> Time {
        self.0.updated_at.into()
    }

    /// 1 for the first edition.
    async fn edition(&self) -> i32 {
        self.0.edition_number
    }

    async fn editions(&self, ctx: &Context<'_>, first: Option<i32>, after: Option<String>) -> Result<EditionConnection> {
        let page = page::page(first, after, None, None)?;
        let slice = load(ctx, EditionPage(self.live_id(), page)).await?.unwrap_or_default();
        Ok(EditionConnection { slice: slice.map(Edition), count: Count::Editions(self.live_id()) })
    }

    /// Notes to readers on what was corrected or added, oldest first.
    async fn corrections(&self, ctx: &Context<'_>) -> Result<Vec<Correction>> {
        self.notes(ctx).await
    }

    /// Null where no disclosure is due.
    async fn affiliate_disclosure(&self, ctx: &Context<'_>) -> Result<Option<AffiliateDisclosure>> {
        Ok(self.disclosure(ctx).await?.as_ref().map(AffiliateDisclosure::today))
    }

    /// Set once the article is retracted: its URL still answers, with this notice in place of dek and body; it is in no list, feed, search or related link.
    async fn retraction(&self) -> Option<Retraction> {
        let (notice, at) = self.0.retraction_notice.clone().zip(self.0.retracted_at)?;
        Some(Retraction { notice, at: at.into() })
    }

    /// Live targets only. Curated links come first, in the editors' order; suggestions fill up to `first` where `suggest` is true.
    async fn related(
        &self,
        ctx: &Context<'_>,
        kinds: Option<Vec<words::RelatedKind>>,
        #[graphql(default_with = "Some(5)")] first: Option<i32>,
        #[graphql(default_with = "Some(true)")] suggest: Option<bool>,
    ) -> Result<Vec<RelatedLink>> {
        let most = Page::parse(first.or(Some(5)), None, None, None)?.limit;
        let links = load(ctx, RelatedOf(self.0.draft_id)).await?.unwrap_or_default();
        let kinds = kinds.map(|kinds| kinds.into_iter().map(Into::into).collect());
        super::related::for_readers(ctx, self, links, kinds, most, suggest.unwrap_or(true)).await
    }

    /// What it is to other live articles whose editors link to it, newest of those first: the other way round of `related`, derived when asked.
    async fn linked_from(
        &self,
        ctx: &Context<'_>,
        kinds: Option<Vec<words::RelatedKind>>,
        #[graphql(default_with = "Some(5)")] first: Option<i32>,
    ) -> Result<Vec<InverseLink>> {
        let most = Page::parse(first.or(Some(5)), None, None, None)?.limit;
        let kinds = kinds.map(|kinds| kinds.into_iter().map(Into::into).collect());
        super::inverse::links(ctx, self, kinds, most).await
    }

    /// The series that it is a part of; null where none.
    async fn series(&self, ctx: &Context<'_>) -> Result<Option<Series>> {
        super::inverse::series(ctx, self).await
    }

    /// What readers were shown of it at a time: staff only; null for readers, and before it first went live.
    async fn shown_at(&self, ctx: &Context<'_>, at: Time) -> Result<Option<ShownThen>> {
        ShownThen::find(ctx, Some(self.live_id()), &at).await
    }

    async fn seo(&self) -> Seo {
        Seo(self.clone())
    }

    /// Staff only; null for readers.
    async fn draft(&self, ctx: &Context<'_>) -> Result<Option<Draft>> {
        Ok(load(ctx, self.0.draft_id).await?.map(Draft))
    }
}

/// What a retracted article says to those who come for it.
#[derive(SimpleObject)]
pub struct Retraction {
    notice: String,
    at: Time,
}

/// One publishing. `affiliateDisclosure` is what readers were shown then.
#[derive(Clone)]
pub struct Edition(pub edition::Model);

/// One publishing. `affiliateDisclosure` is what readers were shown then.
#[Object]
impl Edition {
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn number(&self) -> i32 {
        self.0.number
    }

    async fn published_at(&self) -> Time {
        self.0.published_at.into()
    }

    async fn headline(&self) -> &str {
        &self.0.headline
    }

    async fn correction(&self) -> Option<Correction> {
        correction(&self.0)
    }

    async fn affiliate_disclosure(&self) -> Option<AffiliateDisclosure> {
        AffiliateDisclosure::shown(&self.0)
    }

    /// Staff only.
    async fn revision(&self, ctx: &Context<'_>) -> Result<Option<Revision>> {
        Ok(load(ctx, self.0.revision_id).await?.map(Revision))
    }
}

/// A note to readers on what is new in an edition.
#[derive(SimpleObject)]
pub struct Correction {
    /// What it tells of.
    pub kind: words::CorrectionKind,
    /// In words.
    pub note: String,
    /// When.
    pub at: Time,
    /// In which edition.
    pub edition: i32,
}

fn correction(row: &edition::Model) -> Option<Correction> {
    let (kind, note) = row.correction_kind.zip(row.correction_note.clone())?;
    Some(Correction { kind: kind.into(), note, at: row.published_at.into(), edition: row.number })
}

/// Which live articles are asked for.
#[derive(InputObject, Default)]
pub struct ArticleFilter {
    section_slug: Option<String>,
    tag_slug: Option<String>,
    author_slug: Option<String>,
    published_after: Option<Time>,
    published_before: Option<Time>,
    has_affiliate_disclosure: Option<bool>,
}

impl ArticleFilter {
    /// The filter by ids; `None` where it names what is not there, so that nothing can fit it.
    pub(super) async fn resolve(self, ctx: &Context<'_>) -> Result<Option<app::article::Filter>> {
        let mut parse = Parse::default();
        let published_after = self.published_after.as_ref().and_then(|time| parse.time("filter.publishedAfter", time));
        let published_before = self.published_before.as_ref().and_then(|time| parse.time("filter.publishedBefore", time));
        parse.done()?;
        let mut filter = app::article::Filter {
            published_after,
            published_before,
            has_disclosure: self.has_affiliate_disclosure,
            ..app::article::Filter::default()
        };
        if let Some(slug) = self.section_slug {
            let Some(section) = app::section::by_slug(cx(ctx), &slug).await? else { return Ok(None) };
            filter.section = Some(section.id);
        }
        if let Some(slug) = self.tag_slug {
            let Some(tag) = app::section::tag_by_slug(cx(ctx), &slug).await? else { return Ok(None) };
            filter.tag = Some(tag.id);
        }
        if let Some(slug) = self.author_slug {
            let Some(author) = app::author::by_slug(cx(ctx), &slug).await? else { return Ok(None) };
            filter.author = Some(author.id);
        }
        Ok(Some(filter))
    }
}

/// A page of an author's articles.
pub async fn of_author(ctx: &Context<'_>, id: entity::ids::AuthorId, page: Page) -> Result<ArticleConnection> {
    let slice = load(ctx, AuthorPage(id, page)).await?.unwrap_or_default();
    Ok(ArticleConnection { slice: filled(ctx, slice).await?, count: Count::OfAuthor(id) })
}

/// A page of a tag's articles.
pub async fn of_tag(ctx: &Context<'_>, id: entity::ids::TagId, page: Page) -> Result<ArticleConnection> {
    let slice = load(ctx, TagPage(id, page)).await?.unwrap_or_default();
    Ok(ArticleConnection { slice: filled(ctx, slice).await?, count: Count::OfTag(id) })
}

/// A page of a section's articles.
pub async fn of_section(ctx: &Context<'_>, id: entity::ids::SectionId, page: Page) -> Result<ArticleConnection> {
    let slice = load(ctx, SectionPage(id, page)).await?.unwrap_or_default();
    Ok(ArticleConnection { slice: slice.map(Article::live), count: Count::OfSection(id) })
}

pub(super) async fn filled(ctx: &Context<'_>, slice: Slice<ArticleId>) -> Result<Slice<Article>> {
    let ids = slice.items.iter().map(|(_, id)| *id).collect();
    let rows = load_all(ctx, ids).await?;
    let items = slice.items.into_iter().filter_map(|(cursor, id)| {
        let row = rows.iter().find(|row| row.id == id && row.state == ArticleState::Live)?;
        Some((cursor, Article::live(row.clone())))
    });
    Ok(Slice { items: items.collect(), has_next: slice.has_next, has_previous: slice.has_previous })
}

/// What readers ask of articles.
#[derive(Default)]
pub struct ArticleQuery;

#[Object]
impl ArticleQuery {
    /// A live article by its slug. A former slug finds the same article: compare `slug` to redirect.
    async fn article(&self, ctx: &Context<'_>, slug: String) -> Result<Option<Article>> {
        Ok(load(ctx, super::loaders::ArticleAt(slug)).await?.map(Article::live))
    }

    /// Live articles.
    #[expect(clippy::too_many_arguments, reason = "the contract has as many")]
    async fn articles(
        &self,
        ctx: &Context<'_>,
        filter: Option<ArticleFilter>,
        #[graphql(default_with = "Some(words::ArticleOrder::PublishedDesc)")] order_by: Option<words::ArticleOrder>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<ArticleConnection> {
        let page = page::page(first, after, last, before)?;
        let order = order_by.unwrap_or(words::ArticleOrder::PublishedDesc).into();
        match filter.unwrap_or_default().resolve(ctx).await? {
            Some(filter) => {
                let slice = app::article::list(cx(ctx), &filter, order, &page).await?.map(Article::live);
                Ok(ArticleConnection { slice, count: Count::Articles(filter) })
            }
            None => Ok(ArticleConnection { slice: Slice::default(), count: Count::Nothing }),
        }
    }

    /// What readers know the site by.
    async fn site(&self) -> super::section::Site {
        super::section::Site
    }
}
