//! Immutable versions of a draft's content.

use async_graphql::{Context, ID, Object};
use entity::revision;

use super::account::User;
use super::affiliate::{Under, policies};
use super::author::{Author, Image};
use super::body::Body;
use super::diff::RevisionDiff;
use super::error::Result;
use super::loaders::{RelatedOf, RevisionBylineOf, load, load_all};
use super::scalars::{Address, Time};
use super::section::Section;
use super::words;
use crate::app;

/// One immutable version of a draft's content.
#[derive(Clone)]
pub struct Revision(pub revision::Model);

/// One immutable version of a draft's content.
#[Object]
impl Revision {
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// 1 for the first; each change adds one.
    async fn number(&self) -> i32 {
        self.0.number
    }

    async fn headline(&self) -> &str {
        &self.0.headline
    }

    async fn dek(&self) -> Option<&str> {
        self.0.dek.as_deref()
    }

    /// As readers would see it today.
    async fn body(&self, ctx: &Context<'_>) -> Result<Body> {
        let (flag, under) = (self.0.affiliate_flag, Under::revision(&self.0));
        let related = load(ctx, RelatedOf(self.0.draft_id)).await?.unwrap_or_default();
        let rules = under.rules(&*policies(ctx).await?);
        let elsewhere = related.iter().filter_map(|link| link.url.as_deref()).any(|url| app::affiliate::network_of(url, &rules).is_some());
        Body::of(ctx, self.0.id, under, |earns| app::affiliate::is_due(flag, earns || elsewhere)).await
    }

    async fn slug(&self) -> &str {
        &self.0.slug
    }

    async fn section(&self, ctx: &Context<'_>) -> Result<Option<Section>> {
        match self.0.section_id {
            Some(id) => Ok(load(ctx, id).await?.map(Section)),
            None => Ok(None),
        }
    }

    async fn tags(&self) -> Vec<String> {
        app::revision::tags(&self.0)
    }

    /// The byline, in its order.
    async fn authors(&self, ctx: &Context<'_>) -> Result<Vec<Author>> {
        let ids = load(ctx, RevisionBylineOf(self.0.id)).await?.unwrap_or_default();
        Ok(load_all(ctx, ids).await?.into_iter().map(Author).collect())
    }

    async fn hero_image(&self, ctx: &Context<'_>) -> Result<Option<Image>> {
        Image::find(ctx, self.0.hero_image_id).await
    }

    async fn seo_title(&self) -> Option<&str> {
        self.0.seo_title.as_deref()
    }

    async fn seo_description(&self) -> Option<&str> {
        self.0.seo_description.as_deref()
    }

    async fn canonical_url(&self) -> Option<Address> {
        self.0.canonical_url.clone().map(Into::into)
    }

    async fn affiliate_flag(&self) -> words::AffiliateFlag {
        self.0.affiliate_flag.into()
    }

    /// Null for what an import wrote.
    async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        User::find(ctx, self.0.created_by).await
    }

    async fn created_at(&self) -> Time {
        self.0.created_at.into()
    }

    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// What changed since revision `from` (the one before, where left out).
    async fn diff(&self, ctx: &Context<'_>, from: Option<i32>) -> Result<RevisionDiff> {
        RevisionDiff::since(ctx, self.0.clone(), from).await
    }
}
