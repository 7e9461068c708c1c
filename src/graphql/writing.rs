//! What writers do with drafts.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::ids::DraftId;

use super::draft::Draft;
use super::error::Result;
use super::loaders::present;
use super::scalars::{Address, Markdown, Parse, Sent, Time};
use super::{cx, words};
use crate::app;
use crate::app::draft::{Change, Typed};

/// A new draft.
#[derive(InputObject)]
pub struct CreateDraftInput {
    headline: String,
    dek: Option<String>,
    body: Option<Markdown>,
    /// Made from the headline where left out.
    slug: Option<String>,
    section_id: Option<ID>,
    tags: Option<Vec<String>>,
    /// The viewer's own author profile where left out and there is one.
    author_ids: Option<Vec<ID>>,
    hero_image_id: Option<ID>,
    seo_title: Option<String>,
    seo_description: Option<String>,
    canonical_url: Option<Address>,
    needs_legal_review: Option<bool>,
    due_at: Option<Time>,
    note: Option<String>,
}

/// What changes of a draft: absent fields stay as they are; null clears an optional one.
#[derive(InputObject)]
pub struct UpdateDraftInput {
    draft_id: ID,
    /// The revision number that the change was made on. Where the draft has moved on, it is refused with STALE_REVISION, or merged.
    base_revision: i32,
    #[graphql(default_with = "Some(words::ConflictPolicy::Reject)")]
    on_conflict: Option<words::ConflictPolicy>,
    headline: MaybeUndefined<String>,
    dek: MaybeUndefined<String>,
    body: MaybeUndefined<Markdown>,
    slug: MaybeUndefined<String>,
    section_id: MaybeUndefined<ID>,
    tags: MaybeUndefined<Vec<String>>,
    author_ids: MaybeUndefined<Vec<ID>>,
    hero_image_id: MaybeUndefined<ID>,
    seo_title: MaybeUndefined<String>,
    seo_description: MaybeUndefined<String>,
    canonical_url: MaybeUndefined<Address>,
    needs_legal_review: MaybeUndefined<bool>,
    due_at: MaybeUndefined<Time>,
    owner_id: MaybeUndefined<ID>,
    note: Option<String>,
}

/// An earlier revision to go back to.
#[derive(InputObject)]
pub struct RestoreRevisionInput {
    draft_id: ID,
    base_revision: i32,
    revision: i32,
}

/// A draft, and why.
#[derive(InputObject)]
pub struct DraftActionInput {
    /// The draft.
    pub draft_id: ID,
    /// Why.
    pub note: Option<String>,
}

/// The draft as it is now.
#[derive(SimpleObject)]
pub struct DraftPayload {
    /// The draft as it is now.
    pub draft: Draft,
}

/// The id of the draft that a mutation means.
pub(crate) fn draft_id(ctx: &Context<'_>, id: &ID) -> Result<DraftId> {
    cx(ctx).signed_in()?;
    let mut parse = Parse::default();
    let parsed = parse.id("draftId", id);
    parse.done()?;
    present(parsed, "draft id")
}

/// What writers do.
#[derive(Default)]
pub struct DraftMutation;

#[Object]
impl DraftMutation {
    /// Begins a draft.
    async fn create_draft(&self, ctx: &Context<'_>, input: CreateDraftInput) -> Result<Option<DraftPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let typed = Typed {
            headline: Some(Some(input.headline)),
            dek: Some(input.dek),
            body: Some(input.body.map(|body| body.0)),
            slug: Some(input.slug),
            section: Some(input.section_id.as_ref().and_then(|id| parse.id("sectionId", id))),
            tags: Some(input.tags),
            authors: input.author_ids.map(|ids| Some(parse.ids("authorIds", &ids))),
            hero_image: Some(input.hero_image_id.as_ref().and_then(|id| parse.id("heroImageId", id))),
            seo_title: Some(input.seo_title),
            seo_description: Some(input.seo_description),
            canonical_url: Some(input.canonical_url.as_ref().and_then(|url| parse.url("canonicalUrl", url))),
            needs_legal_review: Some(input.needs_legal_review),
            due_at: Some(input.due_at.as_ref().and_then(|time| parse.time("dueAt", time))),
            owner: None,
            note: input.note,
            affiliate: None,
        };
        parse.done()?;
        let draft = Draft(app::draft::create(cx(ctx), typed).await?);
        Ok(Some(DraftPayload { draft }))
    }

    /// Writes a new revision. Absent fields stay as they are; null clears an optional one.
    async fn update_draft(&self, ctx: &Context<'_>, input: UpdateDraftInput) -> Result<Option<DraftPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id = parse.id("draftId", &input.draft_id);
        let typed = Typed {
            headline: input.headline.sent(),
            dek: input.dek.sent(),
            body: input.body.sent().map(|body| body.map(|body| body.0)),
            slug: input.slug.sent(),
            section: input.section_id.sent().map(|id| id.as_ref().and_then(|id| parse.id("sectionId", id))),
            tags: input.tags.sent(),
            authors: input.author_ids.sent().map(|ids| ids.map(|ids| parse.ids("authorIds", &ids))),
            hero_image: input.hero_image_id.sent().map(|id| id.as_ref().and_then(|id| parse.id("heroImageId", id))),
            seo_title: input.seo_title.sent(),
            seo_description: input.seo_description.sent(),
            canonical_url: input.canonical_url.sent().map(|url| url.as_ref().and_then(|url| parse.url("canonicalUrl", url))),
            needs_legal_review: input.needs_legal_review.sent(),
            due_at: input.due_at.sent().map(|time| time.as_ref().and_then(|time| parse.time("dueAt", time))),
            owner: input.owner_id.sent().map(|id| id.as_ref().and_then(|id| parse.id("ownerId", id))),
            note: input.note,
            affiliate: None,
        };
        parse.done()?;
        let merge = input.on_conflict == Some(words::ConflictPolicy::Merge);
        let change = Change::Edit { typed: Box::new(typed), merge };
        let draft = app::draft::revise(cx(ctx), present(id, "draft id")?, input.base_revision, change).await?;
        Ok(Some(DraftPayload { draft: Draft(draft) }))
    }

    /// Writes a new revision with the content of an earlier one.
    async fn restore_revision(&self, ctx: &Context<'_>, input: RestoreRevisionInput) -> Result<Option<DraftPayload>> {
        let id = draft_id(ctx, &input.draft_id)?;
        let draft = app::draft::revise(cx(ctx), id, input.base_revision, Change::Restore(input.revision)).await?;
        Ok(Some(DraftPayload { draft: Draft(draft) }))
    }

    /// Lays a draft aside.
    async fn archive_draft(&self, ctx: &Context<'_>, input: DraftActionInput) -> Result<Option<DraftPayload>> {
        let id = draft_id(ctx, &input.draft_id)?;
        let draft = Draft(app::draft::archive(cx(ctx), id, input.note).await?);
        Ok(Some(DraftPayload { draft }))
    }

    /// Takes a draft up again.
    async fn reopen_draft(&self, ctx: &Context<'_>, input: DraftActionInput) -> Result<Option<DraftPayload>> {
        let id = draft_id(ctx, &input.draft_id)?;
        let draft = Draft(app::draft::reopen(cx(ctx), id, input.note).await?);
        Ok(Some(DraftPayload { draft }))
    }
}
