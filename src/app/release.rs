//! Releases: several drafts go live in one transaction, or none does.

use chrono::{DateTime, Utc};
use entity::enums::{EventType, ReleaseState};
use entity::ids::{DraftId, ReleaseId};
use entity::release;

use super::bearing::{self, Moved};
use super::facts::{self, Facts};
use super::publishing::{self, Going, With};
use super::schedule::{self, instant, minute};
use super::{AppError, Cx, Staff};
use crate::domain::event::NewEvent;
use crate::domain::page::{Page, Slice};
use crate::domain::policy::Task;
use crate::domain::refusal::{Complaints, Held, Refusal};
use crate::domain::text;
use crate::domain::workflow::Move;
use crate::store::{self, Source, Tx};

/// The most drafts of a release: all of them go live in one transaction.
const MOST: usize = 100;

/// Makes a release, which goes live at its time or by a publisher's word.
///
/// # Errors
/// `NotFound`; `Forbidden` unless PUBLISHER; `BadInput`.
pub async fn create(cx: &Cx, name: &str, publish_at: Option<DateTime<Utc>>, drafts: &[DraftId]) -> Result<release::Model, AppError> {
    cx.signed_in()?;
    let tx = cx.begin().await?;
    must_exist(&tx, drafts).await?;
    let staff = cx.may(Task::KeepReleases)?;
    let mut complaints = Complaints::default();
    let name = complaints.take("name", text::line(name, 200)).unwrap_or_default();
    if let Some(at) = publish_at {
        schedule::to_come(cx, "publishAt", at, &mut complaints);
    }
    members(drafts, &mut complaints);
    complaints.refuse()?;
    let row = release::Model {
        id: ReleaseId::new(),
        name,
        state: if publish_at.is_some() { ReleaseState::Scheduled } else { ReleaseState::Open },
        publish_at,
        created_by: staff.user.id,
        created_at: cx.now,
        updated_at: cx.now,
    };
    let row = store::release::insert(&tx, row).await?;
    store::release::set_members(&tx, row.id, drafts).await?;
    let at = publish_at.map(|at| format!(", for {}", minute(at))).unwrap_or_default();
    let summary = format!("{} made the release '{}' of {} draft(s){at}", staff.user.name, row.name, drafts.len());
    cx.commit(tx, told(EventType::ReleaseChanged, summary, &row, drafts)).await?;
    cx.desk.bus.plan();
    Ok(row)
}

/// Replaces a release's drafts. Where they are the same, nothing is written; one that failed is open again.
///
/// # Errors
/// `NotFound`; `Forbidden` unless PUBLISHER; `ReleaseOver`; `BadInput`.
pub async fn set_drafts(cx: &Cx, id: ReleaseId, drafts: &[DraftId]) -> Result<release::Model, AppError> {
    cx.signed_in()?;
    let tx = cx.begin().await?;
    let row = store::release::lock(&tx, id).await?.ok_or_else(|| AppError::not_found("release"))?;
    must_exist(&tx, drafts).await?;
    let staff = cx.may(Task::KeepReleases)?;
    must_be_to_come(&row)?;
    let mut complaints = Complaints::default();
    members(drafts, &mut complaints);
    complaints.refuse()?;
    let before: Vec<DraftId> = store::release::members(&tx, &[id]).await?.into_iter().map(|(_, draft)| draft).collect();
    if before == drafts {
        return Ok(row);
    }
    store::release::set_members(&tx, id, drafts).await?;
    let state = if row.state == ReleaseState::Failed { ReleaseState::Open } else { row.state };
    let row = store::release::take(&tx, row.state, release::Model { state, updated_at: cx.now, ..row.clone() }).await?;
    let summary = format!("{} set the drafts of the release '{}': {}", staff.user.name, row.name, drafts.len());
    cx.commit(tx, told(EventType::ReleaseChanged, summary, &row, drafts)).await?;
    Ok(row)
}

/// Sends every draft of a release to its readers, or none.
///
/// # Errors
/// `NotFound`; `Forbidden` unless PUBLISHER; `ReleaseOver`; `ReleaseHeld`, which names each draft that
/// cannot go live; `BadInput` for a release without drafts.
pub async fn publish(cx: &Cx, id: ReleaseId) -> Result<release::Model, AppError> {
    let staff = cx.signed_in()?;
    let tx = cx.begin().await?;
    let row = store::release::lock(&tx, id).await?.ok_or_else(|| AppError::not_found("release"))?;
    cx.may(Task::KeepReleases)?;
    let members = locked(&tx, id).await?;
    let gone = go_live(cx, &tx, row, &members, staff).await?;
    bearing::commit(cx, tx, &gone.moved, gone.events).await?;
    Ok(gone.row)
}

/// A release that went live, and what is to be told of it.
struct Gone {
    row: release::Model,
    moved: Vec<Moved>,
    events: Vec<NewEvent>,
}

async fn go_live(cx: &Cx, tx: &Tx, row: release::Model, members: &[Facts], by: &Staff) -> Result<Gone, AppError> {
    must_be_to_come(&row)?;
    if members.is_empty() {
        return Err(AppError::field("releaseId", "has no drafts; add some with setReleaseDrafts"));
    }
    let drafts: Vec<DraftId> = members.iter().map(|facts| facts.draft.id).collect();
    let mut held = Vec::new();
    for facts in members {
        if let Err(why) = ready(facts, by) {
            held.push(Held { draft: facts.draft.id, headline: facts.revision.headline.clone(), why });
        }
    }
    if !held.is_empty() {
        return Err(AppError::Refused(Refusal::ReleaseHeld(held)));
    }
    publishing::take_all_tags(cx, tx, members).await?;
    let mut events = Vec::with_capacity(members.len() + 1);
    let mut moved = Vec::with_capacity(members.len());
    for facts in members {
        let step = facts.step(by, Move::Publish)?;
        let going = Going { by, step, reason: None, correction: None, with: With::Release(&row), at: cx.now };
        match publishing::go_live(cx, tx, facts, going).await {
            Ok((article, _, event)) => {
                moved.push(Moved::live(&article));
                events.push(event);
            }
            Err(AppError::Refused(why)) => {
                let held = Held { draft: facts.draft.id, headline: facts.revision.headline.clone(), why };
                return Err(AppError::Refused(Refusal::ReleaseHeld(vec![held])));
            }
            Err(other) => return Err(other),
        }
    }
    let next = release::Model { state: ReleaseState::Published, updated_at: cx.now, ..row.clone() };
    let row = store::release::take(tx, row.state, next).await?;
    let who = if cx.user_id().is_some() { by.user.name.as_str() } else { "The server" };
    let summary = format!("{who} published the release '{}' of {} draft(s)", row.name, drafts.len());
    events.push(told(EventType::ReleasePublished, summary, &row, &drafts));
    Ok(Gone { row, moved, events })
}

/// Whether a member could go live now: the gate is asked again when it does.
fn ready(facts: &Facts, by: &Staff) -> Result<(), Refusal> {
    facts.step(by, Move::Publish)?;
    facts.refuse_blockers()
}

/// A release's drafts, in its order, each of them locked: in the order of their ids, so that two
/// releases with common drafts wait for each other instead of dying of it.
async fn locked(tx: &Tx, id: ReleaseId) -> Result<Vec<Facts>, AppError> {
    let order: Vec<DraftId> = store::release::members(tx, &[id]).await?.into_iter().map(|(_, draft)| draft).collect();
    let mut sorted = order.clone();
    sorted.sort_unstable();
    let mut drafts = Vec::with_capacity(sorted.len());
    for draft in sorted {
        drafts.extend(store::draft::lock(tx, draft).await?);
    }
    drafts.sort_by_key(|draft| order.iter().position(|id| *id == draft.id));
    facts::load(tx, drafts).await
}

/// Does what is due of a release. Whoever comes second finds nothing. Where it is refused, that is told by
/// the transaction that judged it: nobody can change a member in between.
pub(crate) async fn fire(cx: &Cx, id: ReleaseId) -> Result<(), AppError> {
    let tx = cx.begin().await?;
    let Some(row) = store::release::lock(&tx, id).await?.filter(|row| is_due(cx, row)) else { return Ok(()) };
    let members = locked(&tx, id).await?;
    let mark = tx.mark().await?;
    let tried = match schedule::planner(&tx, row.created_by).await {
        Ok(by) if Task::KeepReleases.who().fits(by.roles, crate::domain::policy::Relation::default()) => {
            go_live(cx, &tx, row.clone(), &members, &by).await
        }
        Ok(_) => Err(Refusal::Forbidden(Task::KeepReleases.refusal().to_owned()).into()),
        Err(error) => Err(error),
    };
    match tried {
        Ok(gone) => bearing::commit(cx, tx, &gone.moved, gone.events).await,
        Err(AppError::Refused(why)) => {
            tx.back(mark).await?;
            misfire(cx, tx, row, &members, why).await
        }
        Err(other) => Err(other),
    }
}

fn is_due(cx: &Cx, row: &release::Model) -> bool {
    row.state == ReleaseState::Scheduled && row.publish_at.is_some_and(|at| at <= cx.now)
}

/// None of its drafts went live; they are as they were, and their editors are told.
async fn misfire(cx: &Cx, tx: Tx, row: release::Model, members: &[Facts], why: Refusal) -> Result<(), AppError> {
    let drafts: Vec<DraftId> = members.iter().map(|facts| facts.draft.id).collect();
    let next = release::Model { state: ReleaseState::Failed, updated_at: cx.now, ..row.clone() };
    let row = store::release::take(&tx, row.state, next).await?;
    let summary = format!("The release '{}' did not go live at its time: {}", row.name, why.message());
    let mut events = vec![told(EventType::PublishFailed, summary, &row, &drafts).detail("why", why.message())];
    let held = if let Refusal::ReleaseHeld(held) = why { held } else { Vec::new() };
    for held in held {
        if let Some(facts) = members.iter().find(|facts| facts.draft.id == held.draft) {
            events.push(schedule::failed(facts, &held.why).detail("releaseId", row.id.to_string()));
        }
    }
    cx.commit_all(tx, events).await
}

fn must_be_to_come(row: &release::Model) -> Result<(), Refusal> {
    if row.state == ReleaseState::Published { Err(Refusal::ReleaseOver(row.state)) } else { Ok(()) }
}

async fn must_exist(source: &impl Source, drafts: &[DraftId]) -> Result<(), AppError> {
    let known = if drafts.is_empty() { Vec::new() } else { store::draft::many(source, drafts).await? };
    let all = drafts.iter().all(|id| known.iter().any(|draft| draft.id == *id));
    if all { Ok(()) } else { Err(AppError::not_found("draft")) }
}

fn members(drafts: &[DraftId], complaints: &mut Complaints) {
    if drafts.len() > MOST {
        complaints.add("draftIds", format!("names {} drafts; at most {MOST} are taken", drafts.len()));
    }
    for (index, draft) in drafts.iter().enumerate() {
        if drafts.iter().take(index).any(|earlier| earlier == draft) {
            complaints.add(format!("draftIds.{index}"), "is in the list twice; name each draft once");
        }
    }
}

fn told(kind: EventType, summary: String, row: &release::Model, drafts: &[DraftId]) -> NewEvent {
    let ids: Vec<String> = drafts.iter().map(ToString::to_string).collect();
    NewEvent::new(kind, summary)
        .detail("releaseId", row.id.to_string())
        .detail("name", row.name.clone())
        .detail("state", row.state.as_str())
        .detail("publishAt", row.publish_at.map(instant))
        .detail("draftIds", ids)
}

/// Releases by their ids; none for who may not read them.
///
/// # Errors
/// When the database does not answer.
pub async fn many(cx: &Cx, ids: &[ReleaseId]) -> Result<Vec<release::Model>, AppError> {
    if !cx.reads_desk() {
        return Ok(Vec::new());
    }
    Ok(store::release::many(cx.reader(), ids).await?)
}

/// The drafts of these releases, each release's in its order.
///
/// # Errors
/// When the database does not answer.
pub async fn drafts_of(cx: &Cx, ids: &[ReleaseId]) -> Result<Vec<(ReleaseId, DraftId)>, AppError> {
    Ok(store::release::members(cx.reader(), ids).await?)
}

/// One page of releases, oldest first.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub async fn list(cx: &Cx, page: &Page) -> Result<Slice<release::Model>, AppError> {
    cx.may(Task::ReadDesk)?;
    Ok(store::release::list(cx.reader(), page).await?)
}

/// How many releases there are.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub async fn count(cx: &Cx) -> Result<u64, AppError> {
    cx.may(Task::ReadDesk)?;
    Ok(store::release::count(cx.reader()).await?)
}
