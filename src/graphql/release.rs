//! Several drafts that go live together or not at all.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::ids::DraftId;
use entity::release;

use super::draft::Draft;
use super::error::Result;
use super::loaders::{MembersOf, load, load_all, present};
use super::page::{Count, ReleaseConnection};
use super::scalars::{Parse, Time};
use super::{cx, page, words};
use crate::app;

/// Several drafts that go live together or not at all.
#[derive(Clone)]
pub struct Release(pub release::Model);

/// Several drafts that go live together or not at all.
#[Object]
impl Release {
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn drafts(&self, ctx: &Context<'_>) -> Result<Vec<Draft>> {
        let ids = load(ctx, MembersOf(self.0.id)).await?.unwrap_or_default();
        Ok(load_all(ctx, ids).await?.into_iter().map(Draft).collect())
    }

    async fn publish_at(&self) -> Option<Time> {
        self.0.publish_at.map(Into::into)
    }

    async fn state(&self) -> words::ReleaseState {
        self.0.state.into()
    }
}

/// What staff ask of releases.
#[derive(Default)]
pub struct ReleaseQuery;

#[Object]
impl ReleaseQuery {
    /// Every release, oldest first.
    async fn releases(&self, ctx: &Context<'_>, first: Option<i32>, after: Option<String>) -> Result<ReleaseConnection> {
        let page = page::page(first, after, None, None)?;
        let slice = app::release::list(cx(ctx), &page).await?.map(Release);
        Ok(ReleaseConnection { slice, count: Count::Releases })
    }
}

/// A new release.
#[derive(InputObject)]
pub struct CreateReleaseInput {
    name: String,
    publish_at: Option<Time>,
    draft_ids: Option<Vec<ID>>,
}

/// The drafts of a release, in place of those it had.
#[derive(InputObject)]
pub struct SetReleaseDraftsInput {
    release_id: ID,
    draft_ids: Vec<ID>,
}

/// The release to send to its readers.
#[derive(InputObject)]
pub struct PublishReleaseInput {
    release_id: ID,
}

/// The release as it is now.
#[derive(SimpleObject)]
pub struct ReleasePayload {
    release: Release,
}

/// What publishers do with releases.
#[derive(Default)]
pub struct ReleaseMutation;

#[Object]
impl ReleaseMutation {
    /// Makes a release. With `publishAt` it goes live by itself.
    async fn create_release(&self, ctx: &Context<'_>, input: CreateReleaseInput) -> Result<Option<ReleasePayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let publish_at = input.publish_at.as_ref().and_then(|time| parse.time("publishAt", time));
        let drafts: Vec<DraftId> = parse.ids("draftIds", input.draft_ids.as_deref().unwrap_or_default());
        parse.done()?;
        let release = Release(app::release::create(cx(ctx), &input.name, publish_at, &drafts).await?);
        Ok(Some(ReleasePayload { release }))
    }

    /// Replaces the drafts of a release.
    async fn set_release_drafts(&self, ctx: &Context<'_>, input: SetReleaseDraftsInput) -> Result<Option<ReleasePayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id = parse.id("releaseId", &input.release_id);
        let drafts: Vec<DraftId> = parse.ids("draftIds", &input.draft_ids);
        parse.done()?;
        let release = Release(app::release::set_drafts(cx(ctx), present(id, "release id")?, &drafts).await?);
        Ok(Some(ReleasePayload { release }))
    }

    /// All of its drafts go live in one transaction, or none does.
    async fn publish_release(&self, ctx: &Context<'_>, input: PublishReleaseInput) -> Result<Option<ReleasePayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id = parse.id("releaseId", &input.release_id);
        parse.done()?;
        let release = Release(app::release::publish(cx(ctx), present(id, "release id")?).await?);
        Ok(Some(ReleasePayload { release }))
    }
}
