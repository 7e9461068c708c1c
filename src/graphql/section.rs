//! Sections, tags and the site itself.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::{section, tag};

use super::affiliate::{AffiliatePolicy, policies};
use super::author::kept;
use super::error::Result;
use super::loaders::present;
use super::page::ArticleConnection;
use super::scalars::{Address, Parse, Sent};
use super::{article, cx, page};
use crate::app;
use crate::app::section::Typed;

/// A part of the site.
#[derive(Clone)]
pub struct Section(pub section::Model);

/// A part of the site.
#[Object]
impl Section {
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn slug(&self) -> &str {
        &self.0.slug
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Each change adds one.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// The policy of its articles that name no other; null where the default one holds.
    async fn affiliate_policy(&self, ctx: &Context<'_>) -> Result<Option<AffiliatePolicy>> {
        Ok(policies(ctx).await?.of_section(self.0.id).cloned().map(AffiliatePolicy))
    }

    /// Live articles, newest first.
    async fn articles(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<ArticleConnection> {
        article::of_section(ctx, self.0.id, page::page(first, after, last, before)?).await
    }
}

/// A subject that articles share.
#[derive(Clone)]
pub struct Tag(pub tag::Model);

/// A subject that articles share.
#[Object]
impl Tag {
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn slug(&self) -> &str {
        &self.0.slug
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Live articles, newest first.
    async fn articles(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<ArticleConnection> {
        article::of_tag(ctx, self.0.id, page::page(first, after, last, before)?).await
    }
}

/// What readers know the site by.
pub struct Site;

/// What readers know the site by.
#[Object]
impl Site {
    async fn name<'a>(&self, ctx: &Context<'a>) -> &'a str {
        &cx(ctx).desk.site.name
    }

    async fn url(&self, ctx: &Context<'_>) -> Address {
        cx(ctx).desk.site.url.to_string().into()
    }

    /// The policy of every article that names no other.
    async fn default_affiliate_policy(&self, ctx: &Context<'_>) -> Result<Option<AffiliatePolicy>> {
        Ok(policies(ctx).await?.usual().cloned().map(AffiliatePolicy))
    }
}

/// What readers ask of sections and tags.
#[derive(Default)]
pub struct SectionQuery;

#[Object]
impl SectionQuery {
    /// A section by slug.
    async fn section(&self, ctx: &Context<'_>, slug: String) -> Result<Option<Section>> {
        Ok(app::section::by_slug(cx(ctx), &slug).await?.map(Section))
    }

    /// Every section, oldest first.
    async fn sections(&self, ctx: &Context<'_>) -> Result<Vec<Section>> {
        Ok(app::section::all(cx(ctx)).await?.into_iter().map(Section).collect())
    }

    /// A tag by slug, where a live article has it.
    async fn tag(&self, ctx: &Context<'_>, slug: String) -> Result<Option<Tag>> {
        Ok(app::section::tag_by_slug(cx(ctx), &slug).await?.map(Tag))
    }
}

/// A new section.
#[derive(InputObject)]
pub struct CreateSectionInput {
    name: String,
    slug: Option<String>,
    description: Option<String>,
}

/// With `baseVersion`, refused with CONFLICT where the section has changed since.
#[derive(InputObject)]
pub struct UpdateSectionInput {
    section_id: ID,
    base_version: Option<i32>,
    name: MaybeUndefined<String>,
    slug: MaybeUndefined<String>,
    description: MaybeUndefined<String>,
}

/// The section as it is now.
#[derive(SimpleObject)]
pub struct SectionPayload {
    /// As it is now.
    pub section: Section,
}

/// What changes sections.
#[derive(Default)]
pub struct SectionMutation;

#[Object]
impl SectionMutation {
    /// Adds a section.
    async fn create_section(&self, ctx: &Context<'_>, input: CreateSectionInput) -> Result<Option<SectionPayload>> {
        let typed = Typed { name: Some(input.name), slug: input.slug, description: Some(input.description) };
        let section = Section(app::section::create(cx(ctx), typed).await?);
        Ok(Some(SectionPayload { section }))
    }

    /// Changes a section: absent fields stay as they are; null clears an optional one.
    async fn update_section(&self, ctx: &Context<'_>, input: UpdateSectionInput) -> Result<Option<SectionPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id = parse.id("sectionId", &input.section_id);
        parse.done()?;
        let typed = Typed { name: kept(input.name), slug: kept(input.slug), description: input.description.sent() };
        let row = app::section::update(cx(ctx), present(id, "section id")?, input.base_version, typed).await?;
        Ok(Some(SectionPayload { section: Section(row) }))
    }
}
