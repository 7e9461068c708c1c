//! Stages, verdicts, and what reviewers do.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{review, review_assignment};

use super::account::User;
use super::draft::Draft;
use super::error::Result;
use super::loaders::{StagesOf, load, load_all, present};
use super::scalars::{Markdown, Parse, Time};
use super::workflow::ReviewStage;
use super::writing::{DraftActionInput, DraftPayload, draft_id};
use super::{Revision, cx, words};
use crate::app;
use crate::app::assignment::Asked;
use crate::app::facts::Facts;
use crate::app::review::Judgement;
use crate::domain::review::Progress;

/// How far a stage has come.
pub struct StageProgress {
    progress: Progress,
    facts: Arc<Facts>,
}

/// The stages that a draft's newest revision needs, in order.
pub fn stages(facts: &Arc<Facts>) -> Vec<StageProgress> {
    let of = |progress: &Progress| StageProgress { progress: progress.clone(), facts: Arc::clone(facts) };
    facts.progress.iter().map(of).collect()
}

/// How far a stage has come.
#[Object]
impl StageProgress {
    async fn stage(&self) -> ReviewStage {
        ReviewStage(self.progress.stage.clone())
    }

    async fn is_complete(&self) -> bool {
        self.progress.is_complete()
    }

    async fn approvals(&self, ctx: &Context<'_>) -> Result<Vec<Review>> {
        let ids = self.progress.approvals.iter().map(|approval| approval.review).collect();
        Ok(load_all(ctx, ids).await?.into_iter().map(Review).collect())
    }

    async fn approvals_needed(&self) -> i32 {
        self.progress.stage.approvals_needed
    }

    async fn assignments(&self, ctx: &Context<'_>) -> Vec<ReviewAssignment> {
        let own = self.facts.assignments.iter().filter(|row| row.stage_key == self.progress.stage.key);
        own.map(|row| ReviewAssignment {
            is_overdue: app::assignment::is_overdue(cx(ctx), row, &self.progress, &self.facts),
            row: row.clone(),
        })
        .collect()
    }
}

/// Who was asked to review, by when. Anyone with a role of the stage may still review.
pub struct ReviewAssignment {
    row: review_assignment::Model,
    is_overdue: bool,
}

/// Who was asked to review, by when. Anyone with a role of the stage may still review.
#[Object]
impl ReviewAssignment {
    async fn reviewer(&self, ctx: &Context<'_>) -> Result<User> {
        present(User::find(ctx, Some(self.row.reviewer_id)).await?, "reviewer")
    }

    async fn due_at(&self) -> Option<Time> {
        self.row.due_at.map(Into::into)
    }

    async fn assigned_by(&self, ctx: &Context<'_>) -> Result<User> {
        present(User::find(ctx, Some(self.row.assigned_by)).await?, "user")
    }

    /// Whether its time has passed and the stage still waits for it.
    async fn is_overdue(&self) -> bool {
        self.is_overdue
    }
}

/// One reviewer's verdict on one revision at one stage.
#[derive(Clone)]
pub struct Review(pub review::Model);

/// One reviewer's verdict on one revision at one stage.
#[Object]
impl Review {
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn revision(&self, ctx: &Context<'_>) -> Result<Revision> {
        Ok(Revision(present(load(ctx, self.0.revision_id).await?, "revision")?))
    }

    async fn stage(&self, ctx: &Context<'_>) -> Result<ReviewStage> {
        let stages = load(ctx, StagesOf(self.0.draft_id, self.0.round)).await?.unwrap_or_default();
        let stage = stages.into_iter().find(|stage| stage.key == self.0.stage_key);
        Ok(ReviewStage(present(stage, "stage")?))
    }

    async fn reviewer(&self, ctx: &Context<'_>) -> Result<User> {
        present(User::find(ctx, Some(self.0.reviewer_id)).await?, "reviewer")
    }

    async fn verdict(&self) -> words::Verdict {
        self.0.verdict.into()
    }

    async fn summary(&self) -> Option<Markdown> {
        self.0.summary.clone().map(Markdown)
    }

    async fn created_at(&self) -> Time {
        self.0.created_at.into()
    }

    /// True once the draft has a newer revision, or was submitted anew: it no longer counts.
    async fn is_stale(&self, ctx: &Context<'_>) -> Result<bool> {
        let draft = present(load(ctx, self.0.draft_id).await?, "draft")?;
        Ok(draft.revision_id != self.0.revision_id || draft.round != self.0.round)
    }
}

/// To the reviewers.
#[derive(InputObject)]
pub struct SubmitDraftInput {
    draft_id: ID,
    revision: i32,
    note: Option<String>,
}

/// A verdict.
#[derive(InputObject)]
pub struct ReviewDraftInput {
    draft_id: ID,
    revision: i32,
    stage: String,
    verdict: words::Verdict,
    summary: Option<Markdown>,
}

/// Whom to ask for a review, by when; or whom no longer.
#[derive(InputObject)]
pub struct AssignReviewInput {
    draft_id: ID,
    stage: String,
    reviewer_id: ID,
    due_at: Option<Time>,
    #[graphql(default_with = "Some(false)")]
    remove: Option<bool>,
}

/// A verdict, and the draft as it stands after it.
#[derive(SimpleObject)]
pub struct ReviewPayload {
    review: Review,
    draft: Draft,
}

/// What reviewers do.
#[derive(Default)]
pub struct ReviewMutation;

#[Object]
impl ReviewMutation {
    /// Hands a draft to its reviewers.
    async fn submit_draft(&self, ctx: &Context<'_>, input: SubmitDraftInput) -> Result<Option<DraftPayload>> {
        let id = draft_id(ctx, &input.draft_id)?;
        let draft = Draft(app::review::submit(cx(ctx), id, input.revision, input.note).await?);
        Ok(Some(DraftPayload { draft }))
    }

    /// Takes a draft back from its reviewers.
    async fn recall_draft(&self, ctx: &Context<'_>, input: DraftActionInput) -> Result<Option<DraftPayload>> {
        let id = draft_id(ctx, &input.draft_id)?;
        let draft = Draft(app::review::recall(cx(ctx), id, input.note).await?);
        Ok(Some(DraftPayload { draft }))
    }

    /// Asks a user to review a stage, or with `remove` takes that back. One may assign oneself: that is how a review is claimed.
    async fn assign_review(&self, ctx: &Context<'_>, input: AssignReviewInput) -> Result<Option<DraftPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id = parse.id("draftId", &input.draft_id);
        let reviewer = parse.id("reviewerId", &input.reviewer_id);
        let due_at = input.due_at.as_ref().and_then(|time| parse.time("dueAt", time));
        parse.done()?;
        let asked = Asked {
            stage: input.stage,
            reviewer: present(reviewer, "user id")?,
            due_at,
            remove: input.remove.unwrap_or(false),
        };
        let draft = Draft(app::assignment::assign(cx(ctx), present(id, "draft id")?, asked).await?);
        Ok(Some(DraftPayload { draft }))
    }

    /// Records a verdict on one revision at one stage.
    async fn review_draft(&self, ctx: &Context<'_>, input: ReviewDraftInput) -> Result<Option<ReviewPayload>> {
        let id = draft_id(ctx, &input.draft_id)?;
        let judgement = Judgement {
            revision: input.revision,
            stage: input.stage,
            verdict: input.verdict.into(),
            summary: input.summary.map(|summary| summary.0),
        };
        let (review, draft) = app::review::judge(cx(ctx), id, judgement).await?;
        Ok(Some(ReviewPayload { review: Review(review), draft: Draft(draft) }))
    }
}
