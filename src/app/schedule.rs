//! What happens at its time: planned by a publisher, done by the server, once.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::EventType;
use entity::ids::{DraftId, UserId};
use entity::{draft, schedule};

use super::facts::{self, Facts};
use super::publishing::{self, Correction, Going, With};
use super::bearing::{self, Moved};
use super::{AppError, Credential, Cx, Staff, release, withdrawal};
use crate::domain::event::NewEvent;
use crate::domain::refusal::{Complaints, Refusal};
use crate::domain::text;
use crate::domain::workflow::{DraftAction, Move};
use crate::store::{self, Source};

/// How much is looked up at a time.
const BATCH: u64 = 50;
/// How far ahead a time may be.
const FARTHEST: TimeDelta = TimeDelta::days(3660);

/// When to go live, and when to go away.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The revision that is meant.
    pub revision: i32,
    /// When it goes live.
    pub publish_at: DateTime<Utc>,
    /// When its article goes away, if it does.
    pub unpublish_at: Option<DateTime<Utc>>,
    /// What readers are told of the edition.
    pub correction: Option<Correction>,
}

/// Gives an approved revision the time at which it goes live. What was planned before is replaced.
///
/// # Errors
/// As the contract has them, in the order of product.md.
pub async fn plan(cx: &Cx, id: DraftId, plan: Plan) -> Result<draft::Model, AppError> {
    let staff = cx.signed_in()?;
    let tx = cx.begin().await?;
    let facts = facts::locked(&tx, id).await?;
    let step = facts.step(staff, Move::Schedule)?;
    facts.must_be_at(&tx, plan.revision).await?;
    let mut complaints = Complaints::default();
    let correction = plan.correction.and_then(|typed| typed.parse(&mut complaints));
    to_come(cx, "publishAt", plan.publish_at, &mut complaints);
    if let Some(unpublish_at) = plan.unpublish_at {
        to_come(cx, "unpublishAt", unpublish_at, &mut complaints);
        if unpublish_at <= plan.publish_at {
            complaints.add("unpublishAt", "is not after publishAt; readers would never see it");
        }
    }
    complaints.refuse()?;
    facts.refuse_blockers()?;
    let replaced = facts.schedule.as_ref().and_then(|row| row.unpublish_at);
    let row = schedule::Model {
        draft_id: id,
        revision_id: Some(facts.revision.id),
        publish_at: Some(plan.publish_at),
        unpublish_at: plan.unpublish_at,
        correction_kind: correction.as_ref().map(|correction| correction.kind),
        correction_note: correction.map(|correction| correction.note),
        scheduled_by: staff.user.id,
        created_at: cx.now,
    };
    store::schedule::keep(&tx, row).await?;
    let mut next = facts.draft.clone();
    next.updated_at = cx.now.max(facts.draft.updated_at + TimeDelta::microseconds(1));
    let draft = store::draft::take(&tx, &facts.draft, next, step).await?;
    let until = plan.unpublish_at.map(|at| format!(", until {}", minute(at))).unwrap_or_default();
    let summary = format!("{} scheduled revision {} for {}{until}", staff.user.name, draft.revision_number, minute(plan.publish_at));
    let event = NewEvent::new(EventType::ArticleScheduled, summary)
        .draft(id)
        .article(draft.article_id)
        .revision(draft.revision_id)
        .detail("revision", draft.revision_number)
        .detail("publishAt", instant(plan.publish_at))
        .detail("unpublishAt", plan.unpublish_at.map(instant))
        .detail("replacedUnpublishAt", replaced.map(instant));
    cx.commit(tx, event).await?;
    cx.desk.bus.plan();
    Ok(draft)
}

/// Complains of a time that has passed, or that nobody will see.
pub(crate) fn to_come(cx: &Cx, path: &str, at: DateTime<Utc>, complaints: &mut Complaints) {
    if at <= cx.now {
        complaints.add(path, "has passed; choose a later time, or publish now");
    } else if at > cx.now + FARTHEST {
        complaints.add(path, "is more than ten years ahead; choose an earlier time");
    }
}

pub(crate) fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// Takes a plan back: a draft that waits for its time is APPROVED again, a live article stays.
///
/// # Errors
/// `NotFound`, `Forbidden`, `InvalidTransition`, `BadInput`.
pub async fn cancel(cx: &Cx, id: DraftId, note: Option<String>) -> Result<draft::Model, AppError> {
    let staff = cx.signed_in()?;
    let tx = cx.begin().await?;
    let facts = facts::locked(&tx, id).await?;
    let step = facts.step(staff, Move::CancelSchedule)?;
    let note = text::optional_prose(note.as_deref(), 2000).map_err(|message| AppError::field("note", message))?;
    store::schedule::strike(&tx, id).await?;
    let mut next = facts.draft.clone();
    next.updated_at = cx.now.max(facts.draft.updated_at + TimeDelta::microseconds(1));
    let draft = store::draft::take(&tx, &facts.draft, next, step).await?;
    let event = NewEvent::new(EventType::ScheduleCancelled, format!("{} cancelled the schedule", staff.user.name))
        .draft(id)
        .article(draft.article_id)
        .revision(draft.revision_id)
        .detail("publishAt", facts.schedule.as_ref().and_then(|row| row.publish_at).map(instant))
        .detail("unpublishAt", facts.schedule.as_ref().and_then(|row| row.unpublish_at).map(instant))
        .detail("note", note);
    cx.commit(tx, event).await?;
    Ok(draft)
}

/// What these drafts have before them.
///
/// # Errors
/// When the database does not answer.
pub async fn of(cx: &Cx, drafts: &[DraftId]) -> Result<Vec<schedule::Model>, AppError> {
    Ok(store::schedule::of(cx.reader(), drafts).await?)
}

/// What time it is for all servers of this database, given this one's own.
///
/// # Errors
/// When the database does not answer.
pub async fn clock(cx: &Cx) -> Result<DateTime<Utc>, AppError> {
    Ok(store::schedule::clock(cx.aside(), cx.now).await?)
}

/// When something is due next. What was due and could not be done is not: it is tried again, but only
/// as often as the publisher looks.
///
/// # Errors
/// When the database does not answer.
pub async fn next(cx: &Cx) -> Result<Option<DateTime<Utc>>, AppError> {
    Ok(store::schedule::next(cx.aside(), cx.now).await?)
}

/// Does what is due, each in a transaction of its own, and says how much that was. What fails for
/// another reason than the rules is told to the server's log, and is due still.
///
/// # Errors
/// When the database does not answer.
pub async fn fire_due(cx: &Cx) -> Result<usize, AppError> {
    let mut fired = 0;
    for id in store::schedule::due(cx.aside(), cx.now, BATCH).await? {
        match fire(cx, id).await {
            Ok(()) => fired += 1,
            Err(error) => tracing::error!(%error, draft = %id, "what was due did not happen; it is tried again"),
        }
    }
    for id in store::schedule::due_releases(cx.aside(), cx.now).await? {
        match release::fire(cx, id).await {
            Ok(()) => fired += 1,
            Err(error) => tracing::error!(%error, release = %id, "a release that was due did not happen; it is tried again"),
        }
    }
    Ok(fired)
}

/// Does what a draft has due. Whoever comes second, in this process or another, finds nothing. What is
/// refused is told by the transaction that judged it.
async fn fire(cx: &Cx, id: DraftId) -> Result<(), AppError> {
    let tx = cx.begin().await?;
    let facts = facts::locked(&tx, id).await?;
    let Some(row) = facts.schedule.clone() else { return Ok(()) };
    let is_due = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at <= cx.now);
    if is_due(row.publish_at) {
        let mark = tx.mark().await?;
        match go_live(cx, &tx, &facts, &row).await {
            Ok((moved, event)) => bearing::commit(cx, tx, &[moved], vec![event]).await,
            Err(AppError::Refused(why)) => {
                tx.back(mark).await?;
                misfire(cx, tx, &facts, &row, &why).await
            }
            Err(other) => Err(other),
        }
    } else if is_due(row.unpublish_at) {
        go_away(cx, tx, &facts, &row).await
    } else {
        Ok(())
    }
}

async fn go_live(cx: &Cx, tx: &store::Tx, facts: &Facts, row: &schedule::Model) -> Result<(Moved, NewEvent), AppError> {
    let by = planner(tx, row.scheduled_by).await?;
    facts.permit(&by, DraftAction::Schedule)?;
    let step = facts.decide(&by, Move::Fire)?;
    let correction = row.correction_kind.zip(row.correction_note.clone()).map(|(kind, note)| Correction { kind, note });
    let going = Going { by: &by, step, reason: None, correction, with: With::Schedule, at: cx.now };
    let (article, _, event) = publishing::go_live(cx, tx, facts, going).await?;
    store::schedule::went_live(tx, row).await?;
    Ok((Moved::live(&article), event.detail("publishAt", row.publish_at.map(instant))))
}

/// Whoever planned something, with the rights that they have today.
pub(crate) async fn planner(source: &impl Source, id: UserId) -> Result<Staff, AppError> {
    let user = store::account::get(source, id).await?.filter(|user| user.is_active);
    let user = user.ok_or_else(|| Refusal::Forbidden("Whoever planned it is no longer an active user.".into()))?;
    Ok(Staff { roles: user.roles, user, credential: Credential::Console })
}

/// The gate refused: the draft is APPROVED again, and its editors are told why.
async fn misfire(cx: &Cx, tx: store::Tx, facts: &Facts, row: &schedule::Model, why: &Refusal) -> Result<(), AppError> {
    store::schedule::strike(&tx, facts.draft.id).await?;
    let event = failed(facts, why).detail("publishAt", row.publish_at.map(instant));
    if let Ok(step) = crate::domain::workflow::decide(facts.standing(), Move::Misfire) {
        let updated_at = cx.now.max(facts.draft.updated_at + TimeDelta::microseconds(1));
        store::draft::take(&tx, &facts.draft, draft::Model { updated_at, ..facts.draft.clone() }, step).await?;
    }
    cx.commit(tx, event).await
}

/// What editors are told of a draft that did not go live at its time.
pub(crate) fn failed(facts: &Facts, why: &Refusal) -> NewEvent {
    let summary = format!("Revision {} did not go live at its time: {}", facts.revision.number, why.message());
    NewEvent::new(EventType::PublishFailed, summary)
        .draft(facts.draft.id)
        .article(facts.draft.article_id)
        .revision(facts.revision.id)
        .detail("revision", facts.revision.number)
        .detail("why", why.message())
}

async fn go_away(cx: &Cx, tx: store::Tx, facts: &Facts, row: &schedule::Model) -> Result<(), AppError> {
    let Ok(step) = crate::domain::workflow::decide(facts.standing(), Move::Unpublish) else {
        // Somebody took it away before; there is nothing left to do or to tell.
        store::schedule::strike(&tx, facts.draft.id).await?;
        return Ok(tx.commit_unlogged().await?);
    };
    let summary = "The server unpublished the article, as it was scheduled".to_owned();
    let (_, away, event) = withdrawal::take_away(&tx, facts, step, None, summary, cx.now).await?;
    store::schedule::strike(&tx, facts.draft.id).await?;
    let event = event
        .detail("unpublishAt", row.unpublish_at.map(instant))
        .detail("scheduledBy", row.scheduled_by.to_string());
    bearing::commit(cx, tx, &[away], vec![event]).await
}
