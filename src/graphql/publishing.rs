//! What puts articles before readers, and takes them away.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::ids::DraftId;

use super::article::Article;
use super::draft::Draft;
use super::error::Result;
use super::loaders::present;
use super::scalars::{Parse, Time};
use super::writing::{DraftActionInput, DraftPayload, draft_id};
use super::{cx, words};
use crate::app;
use crate::app::publishing::Correction as Note;

/// A note to readers on what is new.
#[derive(InputObject)]
pub struct CorrectionInput {
    kind: words::CorrectionKind,
    note: String,
}

impl From<CorrectionInput> for Note {
    fn from(typed: CorrectionInput) -> Self {
        Self { kind: typed.kind.into(), note: typed.note }
    }
}

/// Publishes without the approvals, for a reason.
#[derive(InputObject)]
pub struct OverrideInput {
    reason: String,
}

/// `override` publishes without the approvals: PUBLISHER only, recorded with its reason. Content checks still hold.
#[derive(InputObject)]
pub struct PublishDraftInput {
    draft_id: ID,
    revision: i32,
    correction: Option<CorrectionInput>,
    r#override: Option<OverrideInput>,
}

/// Takes an article away from readers.
#[derive(InputObject)]
pub struct UnpublishArticleInput {
    draft_id: ID,
    reason: String,
    /// Another live article that readers are sent to.
    redirect_to_article_id: Option<ID>,
}

/// When an approved revision goes live.
#[derive(InputObject)]
pub struct ScheduleDraftInput {
    draft_id: ID,
    revision: i32,
    publish_at: Time,
    unpublish_at: Option<Time>,
    correction: Option<CorrectionInput>,
}

/// What stands in a retracted article's place.
#[derive(InputObject)]
pub struct RetractArticleInput {
    draft_id: ID,
    notice: String,
}

/// An article as it went live.
#[derive(SimpleObject)]
pub struct PublishPayload {
    article: Article,
    draft: Draft,
}

/// What puts articles before readers, and takes them away.
#[derive(Default)]
pub struct PublishingMutation;

#[Object]
impl PublishingMutation {
    /// Puts the newest revision before readers.
    async fn publish_draft(&self, ctx: &Context<'_>, input: PublishDraftInput) -> Result<Option<PublishPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id: Option<DraftId> = parse.id("draftId", &input.draft_id);
        parse.done()?;
        let correction = input.correction.map(Note::from);
        let reason = input.r#override.map(|typed| typed.reason);
        let id = present(id, "draft id")?;
        let (article, draft) = app::publishing::publish(cx(ctx), id, input.revision, correction, reason).await?;
        Ok(Some(PublishPayload { article: Article::live(article), draft: Draft(draft) }))
    }

    /// Takes the article away from readers.
    async fn unpublish_article(&self, ctx: &Context<'_>, input: UnpublishArticleInput) -> Result<Option<DraftPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id: Option<DraftId> = parse.id("draftId", &input.draft_id);
        let redirect = input.redirect_to_article_id.as_ref().and_then(|id| parse.id("redirectToArticleId", id));
        parse.done()?;
        let draft = app::withdrawal::unpublish(cx(ctx), present(id, "draft id")?, &input.reason, redirect).await?;
        Ok(Some(DraftPayload { draft: Draft(draft) }))
    }

    /// Puts an approved revision before readers at its time, and takes it away again at another.
    async fn schedule_draft(&self, ctx: &Context<'_>, input: ScheduleDraftInput) -> Result<Option<DraftPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id: Option<DraftId> = parse.id("draftId", &input.draft_id);
        let publish_at = parse.time("publishAt", &input.publish_at);
        let unpublish_at = input.unpublish_at.as_ref().and_then(|time| parse.time("unpublishAt", time));
        parse.done()?;
        let plan = app::schedule::Plan {
            revision: input.revision,
            publish_at: present(publish_at, "time")?,
            unpublish_at,
            correction: input.correction.map(Note::from),
        };
        let draft = app::schedule::plan(cx(ctx), present(id, "draft id")?, plan).await?;
        Ok(Some(DraftPayload { draft: Draft(draft) }))
    }

    /// Takes back what was scheduled: a draft that waits is APPROVED again, a live article stays.
    async fn cancel_schedule(&self, ctx: &Context<'_>, input: DraftActionInput) -> Result<Option<DraftPayload>> {
        let id = draft_id(ctx, &input.draft_id)?;
        let draft = Draft(app::schedule::cancel(cx(ctx), id, input.note).await?);
        Ok(Some(DraftPayload { draft }))
    }

    /// For good: readers get the notice at the article's URL.
    async fn retract_article(&self, ctx: &Context<'_>, input: RetractArticleInput) -> Result<Option<DraftPayload>> {
        let id = draft_id(ctx, &input.draft_id)?;
        let draft = Draft(app::withdrawal::retract(cx(ctx), id, &input.notice).await?);
        Ok(Some(DraftPayload { draft }))
    }
}
