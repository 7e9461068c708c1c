//! Stages, verdicts, and what reviewers do.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{review, review_assignment};

use super::account::User;
use super::draft::{Draft, DraftActionInput, DraftPayload, draft_id};
use super::error::Result;
use super::loaders::{StagesOf, load, load_all, present};
use super::scalars::{Markdown, Time};
use super::{Revision, cx, words};
use crate::app;
use crate::app::facts::Facts;
use crate::app::review::Judgement;
use crate::domain::review::Stage;

/// The stages that drafts go through.
pub struct Workflow(Vec<Stage>);

/// The stages that drafts go through.
#[Object]
impl Workflow {
    async fn stages(&self) -> Vec<ReviewStage> {
        self.0.iter().cloned().map(ReviewStage).collect()
    }
}

/// A kind of review.
#[derive(Clone)]
pub struct ReviewStage(Stage);

/// A kind of review.
#[Object]
impl ReviewStage {
    /// Such as EDIT; unique.
    async fn key(&self) -> &str {
        &self.0.key
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn roles(&self) -> Vec<words::Role> {
        self.0.roles.iter().map(Into::into).collect()
    }

    async fn approvals_needed(&self) -> i32 {
        self.0.approvals_needed
    }

    async fn applies_when(&self) -> words::StageCondition {
        self.0.applies_when.into()
    }
}

/// How far a stage has come.
pub struct StageProgress {
    progress: crate::domain::review::Progress,
    assignments: Vec<review_assignment::Model>,
}

/// The stages that a draft's newest revision needs, in order.
pub fn stages(facts: &Facts) -> Vec<StageProgress> {
    let of = |progress: &crate::domain::review::Progress| StageProgress {
        progress: progress.clone(),
        assignments: facts.assignments.iter().filter(|row| row.stage_key == progress.stage.key).cloned().collect(),
    };
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

    async fn assignments(&self) -> Vec<ReviewAssignment> {
        self.assignments.iter().cloned().map(ReviewAssignment).collect()
    }
}

/// Who was asked to review, by when. Anyone with a role of the stage may still review.
pub struct ReviewAssignment(review_assignment::Model);

/// Who was asked to review, by when. Anyone with a role of the stage may still review.
#[Object]
impl ReviewAssignment {
    async fn reviewer(&self, ctx: &Context<'_>) -> Result<User> {
        present(User::find(ctx, Some(self.0.reviewer_id)).await?, "reviewer")
    }

    async fn due_at(&self) -> Option<Time> {
        self.0.due_at.map(Into::into)
    }

    async fn assigned_by(&self, ctx: &Context<'_>) -> Result<User> {
        present(User::find(ctx, Some(self.0.assigned_by)).await?, "user")
    }

    async fn is_overdue(&self, ctx: &Context<'_>) -> bool {
        self.0.due_at.is_some_and(|due| due < cx(ctx).now)
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

/// What staff ask of the workflow.
#[derive(Default)]
pub struct WorkflowQuery;

#[Object]
impl WorkflowQuery {
    /// The stages that drafts go through.
    async fn workflow(&self, ctx: &Context<'_>) -> Result<Workflow> {
        Ok(Workflow(app::review::workflow(cx(ctx)).await?))
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
