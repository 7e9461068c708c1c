//! Changing a draft: an edit, a restored revision, an applied suggestion. All of them are written here.

use chrono::TimeDelta;
use entity::comment_place;
use entity::draft;
use entity::enums::EventType;
use entity::ids::{CommentId, DraftId, UserId};

use super::typed::Typed;
use crate::app::facts::{self, Facts};
use crate::app::{AppError, Cx, Staff, affiliate, comment, revision};
use crate::domain::draft::{Content, changed, merged};
use crate::domain::event::NewEvent;
use crate::domain::policy::{Relation, Task};
use crate::domain::refusal::{Complaints, Conflict, Refusal};
use crate::domain::slug::Slug;
use crate::domain::text;
use crate::domain::workflow::{DraftAction, Move};
use crate::store::{self, Tx};

/// What is to become of a draft.
#[derive(Clone, Debug)]
pub enum Change {
    /// What somebody typed.
    Edit {
        /// The fields that change.
        typed: Box<Typed>,
        /// Whether to join it with what others wrote since the base.
        merge: bool,
    },
    /// The content of the revision with this number.
    Restore(i32),
    /// The suggestion of this comment, in place of the text it is pinned to.
    Apply(CommentId),
}

impl Change {
    /// What somebody typed, for the very revision that they saw.
    #[must_use]
    pub fn edit(typed: Typed) -> Self {
        Self::Edit { typed: Box::new(typed), merge: false }
    }
}

/// Changes a draft. A change of content writes a revision; one that changes nothing writes nothing.
///
/// # Errors
/// As the contract has them, in the order of product.md: `NotFound`, `Forbidden`,
/// `InvalidTransition`, `StaleRevision`, `BadInput`, `SlugTaken`.
pub async fn revise(cx: &Cx, id: DraftId, base: i32, change: Change) -> Result<draft::Model, AppError> {
    cx.signed_in()?;
    loop {
        let draft = store::draft::get(cx.reader(), id).await?.ok_or_else(|| AppError::not_found("draft"))?;
        let read = draft.revision_number;
        if let Some(changed) = attempt(cx, draft, base, &change).await? {
            return Ok(changed);
        }
        tracing::debug!(%id, read, "the draft moved while its next revision was compiled");
    }
}

/// A change as it looks on the newest revision.
#[derive(Default)]
struct Plan {
    typed: Typed,
    after: Option<Content>,
    /// What is wrong with the input, told once rights, state and base are in order.
    complaints: Complaints,
    /// What makes the base count as stale although its number may be right.
    is_stale: bool,
    conflicts: Vec<Conflict>,
    note: Option<String>,
    suggested_by: Option<UserId>,
    applies: Option<CommentId>,
    restores: Option<i32>,
    merges: bool,
}

impl Plan {
    async fn make(cx: &Cx, draft: &draft::Model, newest: &Content, base: i32, change: &Change) -> Result<Self, AppError> {
        match change {
            Change::Edit { typed, merge } => Self::edit(cx, draft, newest, base, typed, *merge).await,
            Change::Restore(number) => Self::restore(cx, draft, newest, *number).await,
            Change::Apply(id) => Self::apply(cx, draft, newest, *id).await,
        }
    }

    async fn edit(cx: &Cx, draft: &draft::Model, newest: &Content, base: i32, typed: &Typed, merge: bool) -> Result<Self, AppError> {
        let mut plan = Self { typed: typed.clone(), ..Self::default() };
        plan.note = plan.complaints.take("note", text::optional_prose(typed.note.as_deref(), 2000)).flatten();
        if base == draft.revision_number {
            plan.after = Some(typed.over(newest.clone(), &mut plan.complaints));
            return Ok(plan);
        }
        plan.is_stale = true;
        if let Some(row) = store::revision::numbered(cx.reader(), draft.id, base).await? {
            let seen = revision::content(cx.reader(), &row).await?;
            let yours = typed.over(seen.clone(), &mut plan.complaints);
            let current = newest.clone();
            let joined = tokio::task::spawn_blocking(move || merged(&seen, &current, &yours));
            let (after, conflicts) = joined.await.map_err(|error| AppError::Fault(format!("merging failed: {error}")))?;
            plan.is_stale = !merge || !conflicts.is_empty();
            plan.merges = true;
            plan.conflicts = conflicts;
            plan.after = Some(after);
        }
        Ok(plan)
    }

    async fn restore(cx: &Cx, draft: &draft::Model, newest: &Content, number: i32) -> Result<Self, AppError> {
        let Some(row) = store::revision::numbered(cx.reader(), draft.id, number).await? else {
            return Ok(Self { is_stale: true, ..Self::default() });
        };
        let mut after = revision::content(cx.reader(), &row).await?;
        let owner = store::slug::find(cx.reader(), after.slug.as_str()).await?;
        if owner.is_some_and(|row| row.draft_id != draft.id) {
            after.slug.clone_from(&newest.slug);
        }
        let note = Some(format!("Restored from revision {number}."));
        Ok(Self { after: Some(after), note, restores: Some(number), ..Self::default() })
    }

    async fn apply(cx: &Cx, draft: &draft::Model, newest: &Content, id: CommentId) -> Result<Self, AppError> {
        let found = store::comment::many(cx.reader(), &[id]).await?.pop();
        let row = found.ok_or_else(|| AppError::not_found("comment"))?;
        let mut plan = Self { applies: Some(id), suggested_by: Some(row.author_id), ..Self::default() };
        let Some(suggestion) = row.suggestion else {
            plan.complaints.add("commentId", "is a comment without a suggestion; there is nothing to apply");
            return Ok(plan);
        };
        let place = store::comment::places(cx.reader(), &[id]).await?.pop();
        let standing = place.filter(|place| !place.is_gone && place.revision_id == draft.revision_id);
        match standing.and_then(|place| comment::replaced(&newest.body, &place, &suggestion)) {
            None => {
                plan.is_stale = true;
                plan.conflicts = vec![Conflict { field: "body", base: row.quote, current: None, yours: Some(suggestion) }];
            }
            Some(_) if row.applied_revision_id.is_some() => {
                plan.complaints.add("commentId", "was applied already; a suggestion goes in once");
            }
            Some(body) => {
                let body = plan.complaints.take("commentId", text::body(&body)).unwrap_or_default();
                plan.after = Some(Content { body, ..newest.clone() });
                let by = store::account::get(cx.reader(), row.author_id).await?;
                plan.note = by.map(|by| format!("As {} suggested.", by.name));
            }
        }
        Ok(plan)
    }
}

/// One try; `None` when the draft moved on after it was read, so that it has to be read again.
async fn attempt(cx: &Cx, read: draft::Model, base: i32, change: &Change) -> Result<Option<draft::Model>, AppError> {
    let staff = cx.signed_in()?;
    let newest = store::revision::many(cx.reader(), &[read.revision_id]).await?.pop();
    let newest = newest.ok_or_else(|| AppError::Fault(format!("{} has lost its revision", read.id)))?;
    let before = revision::content(cx.reader(), &newest).await?;
    let plan = Plan::make(cx, &read, &before, base, change).await?;
    let after = plan.after.clone().filter(|after| *after != before);
    let places = store::comment::places_of(cx.reader(), read.id).await?;
    let work = match after.clone().filter(|_| !plan.is_stale) {
        Some(after) => {
            let rules = affiliate::policies(cx).await?.rules(after.affiliate_policy, after.section);
            let moved = comment::followed(before.body.clone(), after.body.clone(), places.clone()).await?;
            Some((revision::compile(cx, after.body.clone(), rules).await?, moved))
        }
        None => None,
    };

    let tx = cx.begin().await?;
    let facts = facts::locked(&tx, read.id).await?;
    must_exist(&tx, &plan.typed).await?;
    let by = permitted(staff, &facts, &plan.typed, after.is_some())?;
    let step = facts.decide(staff, by)?;
    if facts.draft.revision_number != read.revision_number || store::comment::places_of(&tx, read.id).await? != places {
        return Ok(None);
    }
    if plan.is_stale || (base != facts.draft.revision_number && !plan.merges) {
        return Err(facts.stale(&tx, plan.conflicts).await);
    }
    let mut complaints = plan.complaints;
    if plan.typed.owner == Some(None) {
        complaints.add("ownerId", "is null; a draft always has an owner, so name one");
    }
    if let Some(after) = after.as_ref().filter(|after| after.affiliate_flag != before.affiliate_flag) {
        facts::must_cover(&facts.stages, after.affiliate_flag, &mut complaints);
    }
    complaints.refuse()?;

    let seen = facts.draft.clone();
    let mut next = seen.clone();
    next.due_at = plan.typed.due_at.unwrap_or(seen.due_at);
    next.owner_id = plan.typed.owner.flatten().or(seen.owner_id);
    next.needs_legal_review = plan.typed.needs_legal_review.flatten().unwrap_or(seen.needs_legal_review);
    let mut fields: Vec<&str> = amended(&seen, &next);
    if after.is_none() && fields.is_empty() {
        return Ok(Some(seen));
    }
    next.updated_at = cx.now.max(seen.updated_at + TimeDelta::microseconds(1));
    if let Some((after, (compiled, moved))) = after.zip(work) {
        if after.slug != before.slug && !take_slug(&tx, &after.slug, seen.id, plan.restores.is_none()).await? {
            return Ok(None);
        }
        fields.splice(0..0, changed(&before, &after));
        let written = revision::Written {
            draft: seen.id,
            number: seen.revision_number + 1,
            by: Some(staff.user.id),
            suggested_by: plan.suggested_by,
            at: next.updated_at,
            note: plan.note,
        };
        let revision = revision::write(&tx, written, &after, compiled).await?;
        store::slug::release(&tx, seen.id, &revision.slug).await?;
        let moved = moved.into_iter().map(|place| comment_place::Model { revision_id: if place.is_gone { place.revision_id } else { revision.id }, ..place });
        store::comment::keep_places(&tx, moved.collect()).await?;
        if let Some(comment) = plan.applies {
            comment::applied(&tx, comment, revision.id, staff.user.id, next.updated_at).await?;
        }
        next.revision_id = revision.id;
        next.revision_number = revision.number;
        next.headline.clone_from(&revision.headline);
        next.section_id = revision.section_id;
        next.slug.clone_from(&revision.slug);
        next.needs_commerce = revision::needs_commerce(&revision);
    }
    let draft = store::draft::take(&tx, &seen, next, step).await?;
    let what = match (plan.restores, plan.applies) {
        (Some(number), _) => format!("restored revision {number} as revision {}", draft.revision_number),
        (_, Some(_)) => format!("applied a suggestion as revision {}", draft.revision_number),
        _ if draft.revision_number == seen.revision_number => format!("changed {}", fields.join(", ")),
        _ => format!("wrote revision {}: {}", draft.revision_number, fields.join(", ")),
    };
    let event = NewEvent::new(EventType::DraftUpdated, format!("{} {what}", staff.user.name))
        .draft(draft.id)
        .article(draft.article_id)
        .revision(draft.revision_id)
        .detail("revision", draft.revision_number)
        .detail("base", base)
        .detail("fields", fields)
        .detail("state", draft.state.as_str())
        .detail("restored", plan.restores)
        .detail("merged", plan.merges)
        .detail("commentId", plan.applies.map(|id| id.to_string()))
        .detail("suggestedBy", plan.suggested_by.map(|id| id.to_string()));
    cx.commit(tx, event).await?;
    Ok(Some(draft))
}

/// The move that the change is, for who may make it.
fn permitted(staff: &Staff, facts: &Facts, typed: &Typed, revises: bool) -> Result<Move, Refusal> {
    let asks = typed.needs_legal_review.flatten();
    let clears = asks == Some(false) && facts.draft.needs_legal_review;
    let may_clear = Task::ClearLegal.who().fits(staff.roles, Relation::default());
    if clears && !may_clear {
        return Err(Refusal::Forbidden(Task::ClearLegal.refusal().to_owned()));
    }
    if !(may_clear && typed.only_clears_legal()) {
        facts.permit(staff, DraftAction::Update)?;
    }
    Ok(if revises {
        Move::Revise
    } else if clears {
        Move::ClearLegal { complete: complete_without_legal(facts) }
    } else if asks == Some(true) && !facts.draft.needs_legal_review {
        Move::AskLegal
    } else {
        Move::Amend
    })
}

/// What changes of a draft beside its content, as the input names it.
fn amended(seen: &draft::Model, next: &draft::Model) -> Vec<&'static str> {
    let changes = [
        ("dueAt", seen.due_at != next.due_at),
        ("ownerId", seen.owner_id != next.owner_id),
        ("needsLegalReview", seen.needs_legal_review != next.needs_legal_review),
    ];
    changes.into_iter().filter(|(_, changed)| *changed).map(|(field, _)| field).collect()
}

/// Takes a slug for a draft. One that was typed is refused when it is taken; otherwise `false` says so.
async fn take_slug(tx: &Tx, slug: &Slug, draft: DraftId, is_typed: bool) -> Result<bool, AppError> {
    if is_typed {
        return super::take_slug(tx, slug, draft, true).await.map(|_| true);
    }
    Ok(store::slug::take(tx, slug, draft).await?)
}

async fn must_exist(tx: &Tx, typed: &Typed) -> Result<(), AppError> {
    let authors = typed.authors.clone().flatten().unwrap_or_default();
    revision::must_exist(tx, typed.section.flatten(), &authors, typed.hero_image.flatten()).await?;
    if let Some(owner) = typed.owner.flatten() {
        let user = store::account::get(tx, owner).await?;
        user.filter(|user| user.is_active).ok_or_else(|| AppError::not_found("active user"))?;
    }
    if let Some((_, _, Some(Some(policy)))) = &typed.affiliate {
        store::affiliate::get(tx, *policy).await?.ok_or_else(|| AppError::not_found("affiliate policy"))?;
    }
    Ok(())
}

/// Whether nothing but the lawyer's word was missing. Only then does dropping it complete the draft.
fn complete_without_legal(facts: &Facts) -> bool {
    let others = facts.progress.iter().filter(|p| p.stage.applies_when != entity::enums::StageCondition::Legal);
    others.clone().count() > 0 && others.into_iter().all(crate::domain::review::Progress::is_complete)
}
