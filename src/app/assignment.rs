//! Who is asked to review what, and by when.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::{EventType, Role, Roles};
use entity::ids::{AssignmentId, DraftId, UserId};
use entity::{draft, review_assignment};

use super::facts::{self, Facts};
use super::{AppError, Cx};
use crate::domain::event::NewEvent;
use crate::domain::policy::ASSIGNERS;
use crate::domain::refusal::{Complaints, Refusal};
use crate::domain::review::{Progress, Stage};
use crate::domain::workflow::Move;
use crate::store;

/// Whom to ask for what.
#[derive(Clone, Debug)]
pub struct Asked {
    /// At which stage.
    pub stage: String,
    /// Who is to review.
    pub reviewer: UserId,
    /// By when.
    pub due_at: Option<DateTime<Utc>>,
    /// Whether that is taken back.
    pub remove: bool,
}

/// Asks somebody to review a stage, claims it for oneself, or takes that back. Where it is so already,
/// nothing is written.
///
/// # Errors
/// `NotFound`; `Forbidden` unless owner, EDITOR, ADMIN or for oneself; `InvalidTransition`; `BadInput`.
pub async fn assign(cx: &Cx, id: DraftId, asked: Asked) -> Result<draft::Model, AppError> {
    let staff = cx.signed_in()?;
    let tx = cx.begin().await?;
    let facts = facts::locked(&tx, id).await?;
    let reviewer = store::account::get(&tx, asked.reviewer).await?.ok_or_else(|| AppError::not_found("user"))?;
    let is_own = reviewer.id == staff.user.id;
    let stage = facts.stages.iter().find(|stage| stage.key == asked.stage);
    let may_give = |roles: Roles, stage: &Stage| roles.has(Role::Admin) || !stage.roles.and(roles).is_empty();
    let takes_own = is_own && (asked.remove || stage.is_none_or(|stage| may_give(staff.roles, stage)));
    if !facts.fits(staff, ASSIGNERS) && !takes_own {
        let why = if is_own { "You can take a review that one of your roles may give." } else { "Its owner, an editor or an administrator asks others to review." };
        return Err(AppError::Refused(Refusal::Forbidden(why.into())));
    }
    let step = facts.decide(staff, Move::Annotate)?;
    let known = facts.assignments.iter().find(|row| row.stage_key == asked.stage && row.reviewer_id == reviewer.id);
    let mut complaints = Complaints::default();
    match stage {
        None if known.is_none() => {
            let keys: Vec<&str> = facts.stages.iter().map(|stage| stage.key.as_str()).collect();
            complaints.add("stage", format!("is no stage of this draft; it has {}", keys.join(", ")));
        }
        Some(stage) if !(asked.remove || reviewer.is_active && may_give(reviewer.roles, stage)) => {
            let roles: Vec<&str> = stage.roles.iter().map(Role::as_str).collect();
            complaints.add("reviewerId", format!("may not review {}; that takes an active user with one of: {}", stage.key, roles.join(", ")));
        }
        _ => {}
    }
    complaints.refuse()?;

    let what = match known {
        Some(known) if asked.remove => {
            store::review::unassign(&tx, known.id).await?;
            if is_own { "gave back the review".to_owned() } else { format!("no longer asks {} to review", reviewer.name) }
        }
        None if asked.remove => return Ok(facts.draft),
        Some(known) if known.due_at == asked.due_at => return Ok(facts.draft),
        _ => {
            let row = review_assignment::Model {
                id: known.map_or_else(AssignmentId::new, |known| known.id),
                draft_id: id,
                stage_key: asked.stage.clone(),
                reviewer_id: reviewer.id,
                due_at: asked.due_at,
                assigned_by: staff.user.id,
                created_at: known.map_or(cx.now, |known| known.created_at),
            };
            store::review::assign(&tx, row).await?;
            if is_own { "took the review".to_owned() } else { format!("asked {} to review", reviewer.name) }
        }
    };
    let due = asked.due_at.filter(|_| !asked.remove);
    let by = due.map(|due| format!(", by {}", due.format("%Y-%m-%d %H:%M UTC"))).unwrap_or_default();
    let mut next = facts.draft.clone();
    next.updated_at = cx.now.max(facts.draft.updated_at + TimeDelta::microseconds(1));
    let draft = store::draft::take(&tx, &facts.draft, next, step).await?;
    let event = NewEvent::new(EventType::ReviewAssigned, format!("{} {what} at {}{by}", staff.user.name, asked.stage))
        .draft(id)
        .article(draft.article_id)
        .revision(draft.revision_id)
        .detail("stage", asked.stage)
        .detail("reviewerId", reviewer.id.to_string())
        .detail("dueAt", due.map(|due| due.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)))
        .detail("removed", asked.remove);
    cx.commit(tx, event).await?;
    Ok(draft)
}

/// Whether a review is still owed although its time has passed.
#[must_use]
pub fn is_overdue(cx: &Cx, row: &review_assignment::Model, progress: &Progress, facts: &Facts) -> bool {
    let is_given = progress.approvals.iter().any(|approval| approval.reviewer == row.reviewer_id);
    let is_owed = !progress.is_complete() && !is_given && facts.draft.published_revision != Some(facts.draft.revision_number);
    is_owed && row.due_at.is_some_and(|due| due < cx.now)
}
