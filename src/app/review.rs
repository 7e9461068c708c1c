//! Reviewing: to the reviewers, back from them, and what they say.

use chrono::TimeDelta;
use entity::enums::{DraftState, EventType, Role, Verdict};
use entity::ids::{DraftId, ReviewId};
use entity::{draft, review};

use super::facts;
use super::{AppError, Cx};
use crate::domain::event::NewEvent;
use crate::domain::page::{Page, Slice};
use crate::domain::refusal::{Complaints, Refusal};
use crate::domain::review::{self as rules, Approval, Stage};
use crate::domain::text;
use crate::domain::workflow::{DraftAction, Move};
use crate::store;

/// Hands a draft to its reviewers: a new round begins, with the workflow's stages as they are now.
///
/// # Errors
/// `NotFound`, `Forbidden`, `InvalidTransition`, `StaleRevision`, `BadInput`, `ChecksFailed`.
pub async fn submit(cx: &Cx, id: DraftId, seen: i32, note: Option<String>) -> Result<draft::Model, AppError> {
    let staff = cx.signed_in()?;
    let tx = cx.begin().await?;
    let facts = facts::locked(&tx, id).await?;
    let step = facts.step(staff, Move::Submit)?;
    facts.must_be_at(&tx, seen).await?;
    let note = text::optional_prose(note.as_deref(), 2000).map_err(|message| AppError::field("note", message))?;
    let stages = store::review::stages(&tx).await?;
    let mut complaints = Complaints::default();
    // The round that begins has the workflow's stages, whatever the last one had.
    facts::must_cover(&stages, facts.revision.affiliate_flag, &mut complaints);
    complaints.refuse()?;
    facts.refuse_blockers()?;
    let mut next = facts.draft.clone();
    next.round += 1;
    // Link rules may have changed since the revision was written.
    next.needs_commerce = facts.needs_commerce();
    next.updated_at = cx.now.max(facts.draft.updated_at + TimeDelta::microseconds(1));
    store::review::freeze(&tx, id, next.round, &stages).await?;
    let draft = store::draft::take(&tx, &facts.draft, next, step).await?;
    let event = NewEvent::new(EventType::DraftSubmitted, format!("{} submitted revision {}", staff.user.name, draft.revision_number))
        .draft(id)
        .article(draft.article_id)
        .revision(draft.revision_id)
        .detail("revision", draft.revision_number)
        .detail("round", draft.round)
        .detail("note", note);
    cx.commit(tx, event).await?;
    Ok(draft)
}

/// Takes a draft back from its reviewers.
///
/// # Errors
/// `NotFound`, `Forbidden`, `InvalidTransition`, `BadInput`.
pub async fn recall(cx: &Cx, id: DraftId, note: Option<String>) -> Result<draft::Model, AppError> {
    super::draft::step(cx, id, Move::Recall, note, EventType::DraftRecalled, "took the draft back from its reviewers").await
}

/// What a reviewer says of a revision.
pub struct Judgement {
    /// The revision that was read.
    pub revision: i32,
    /// At which stage.
    pub stage: String,
    /// What it comes to.
    pub verdict: Verdict,
    /// In words.
    pub summary: Option<String>,
}

/// Records a verdict. A second approval of the same revision by the same person at the same stage
/// changes nothing and gives the first.
///
/// # Errors
/// `NotFound`, `Forbidden`, `InvalidTransition`, `StaleRevision`, `SelfApproval`, `BadInput`.
pub async fn judge(cx: &Cx, id: DraftId, judgement: Judgement) -> Result<(review::Model, draft::Model), AppError> {
    let staff = cx.signed_in()?;
    let tx = cx.begin().await?;
    let facts = facts::locked(&tx, id).await?;
    facts.permit(staff, DraftAction::Review)?;
    let stage = facts.stages.iter().find(|stage| stage.key == judgement.stage);
    let holds = |stage: &Stage| staff.roles.has(Role::Admin) || !stage.roles.and(staff.roles).is_empty();
    if let Some(stage) = stage.filter(|stage| !holds(stage)) {
        let roles: Vec<&str> = stage.roles.iter().map(Role::as_str).collect();
        let why = format!("Reviewing {} takes one of the roles: {}.", stage.key, roles.join(", "));
        return Err(AppError::Refused(Refusal::Forbidden(why)));
    }
    let given = Approval { review: ReviewId::new(), stage: judgement.stage.clone(), reviewer: staff.user.id };
    let approvals = || facts.progress.iter().flat_map(|progress| progress.approvals.iter().cloned());
    let after: Vec<Approval> = approvals().chain([given.clone()]).collect();
    let (commerce, legal) = (facts.draft.needs_commerce, facts.draft.needs_legal_review);
    let progress = rules::progress(&facts.stages, commerce, legal, &after, &facts.writers);
    let by = match judgement.verdict {
        Verdict::Approve => Move::Approve { complete: rules::missing(&progress).is_empty() },
        Verdict::RequestChanges => Move::RequestChanges,
        Verdict::Comment => Move::Remark,
    };
    let twin = approvals().find(|approval| approval.stage == given.stage && approval.reviewer == given.reviewer);
    let in_review = facts.draft.state == DraftState::InReview;
    let approves = judgement.verdict == Verdict::Approve && judgement.revision == facts.draft.revision_number;
    let repeated = twin.filter(|_| in_review && approves);
    if let Some(twin) = repeated
        && let Some(review) = store::review::many(&tx, &[twin.review]).await?.pop()
    {
        return Ok((review, facts.draft));
    }
    let step = facts.decide(staff, by)?;
    facts.must_be_at(&tx, judgement.revision).await?;
    if judgement.verdict == Verdict::Approve && facts.writers.contains(&staff.user.id) {
        return Err(AppError::Refused(Refusal::SelfApproval));
    }
    if !facts.progress.iter().any(|progress| progress.stage.key == judgement.stage) {
        let needed: Vec<&str> = facts.progress.iter().map(|progress| progress.stage.key.as_str()).collect();
        let message = format!("is no stage that this revision needs; it needs {}", needed.join(", "));
        return Err(AppError::field("stage", message));
    }
    let summary = text::optional_prose(judgement.summary.as_deref(), 20_000)
        .map_err(|message| AppError::field("summary", message))?;

    let mut next = facts.draft.clone();
    next.updated_at = cx.now.max(facts.draft.updated_at + TimeDelta::microseconds(1));
    let row = review::Model {
        id: given.review,
        draft_id: id,
        revision_id: facts.revision.id,
        revision_number: facts.revision.number,
        round: facts.draft.round,
        stage_key: judgement.stage,
        reviewer_id: staff.user.id,
        verdict: judgement.verdict,
        summary,
        created_at: next.updated_at,
    };
    let review = store::review::insert(&tx, row).await?;
    let draft = store::draft::take(&tx, &facts.draft, next, step).await?;
    let (kind, verb) = match by {
        Move::Approve { complete: true } => (EventType::DraftApproved, "approved"),
        Move::Approve { complete: false } => (EventType::ReviewAdded, "approved"),
        Move::RequestChanges => (EventType::ChangesRequested, "asked for changes to"),
        _ => (EventType::ReviewAdded, "commented on"),
    };
    let summary = format!("{} {verb} revision {} at {}", staff.user.name, review.revision_number, review.stage_key);
    let event = NewEvent::new(kind, summary)
        .draft(id)
        .article(draft.article_id)
        .revision(draft.revision_id)
        .detail("reviewId", review.id.to_string())
        .detail("stage", review.stage_key.clone())
        .detail("verdict", review.verdict.as_str())
        .detail("revision", review.revision_number)
        .detail("round", review.round);
    cx.commit(tx, event).await?;
    Ok((review, draft))
}

/// The stages as they were frozen for these rounds, each round's in order.
///
/// # Errors
/// When the database does not answer.
pub async fn frozen(cx: &Cx, rounds: &[(DraftId, i32)]) -> Result<Vec<(DraftId, i32, Stage)>, AppError> {
    Ok(store::review::frozen(cx.reader(), rounds).await?)
}

/// Reviews by their ids; none for who may not read them.
///
/// # Errors
/// When the database does not answer.
pub async fn many(cx: &Cx, ids: &[ReviewId]) -> Result<Vec<review::Model>, AppError> {
    if !cx.reads_desk() {
        return Ok(Vec::new());
    }
    Ok(store::review::many(cx.reader(), ids).await?)
}

/// A page of the reviews of each draft.
///
/// # Errors
/// When the database does not answer.
pub async fn pages(cx: &Cx, drafts: &[DraftId], page: &Page) -> Result<Vec<(DraftId, Slice<review::Model>)>, AppError> {
    Ok(store::review::pages(cx.reader(), drafts, page).await?)
}

/// How many reviews each of these drafts has.
///
/// # Errors
/// When the database does not answer.
pub async fn counts(cx: &Cx, drafts: &[DraftId]) -> Result<Vec<(DraftId, u64)>, AppError> {
    Ok(store::review::counts(cx.reader(), drafts).await?)
}
