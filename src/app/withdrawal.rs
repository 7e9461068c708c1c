//! Away from the readers: for now, or for good with a notice in the article's place.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::{ArticleState, EventType};
use entity::ids::{ArticleId, DraftId};
use entity::{article, draft};

use super::bearing::{self, Moved};
use super::facts::{self, Facts};
use super::{AppError, Cx};
use crate::domain::event::NewEvent;
use crate::domain::refusal::Complaints;
use crate::domain::text;
use crate::domain::workflow::{Move, Step};
use crate::store::{self, Tx};

/// The longest reason or notice, in characters.
const LONGEST: usize = 2000;

/// Takes an article away from readers; its slug may lead to another live article instead.
///
/// # Errors
/// `NotFound`, `Forbidden`, `InvalidTransition`, `BadInput`.
pub async fn unpublish(cx: &Cx, id: DraftId, reason: &str, redirect: Option<ArticleId>) -> Result<draft::Model, AppError> {
    let staff = cx.signed_in()?;
    let tx = cx.begin().await?;
    let facts = facts::locked(&tx, id).await?;
    let target = match redirect {
        Some(target) => {
            let live = store::article::many(&tx, &[target]).await?.pop().filter(|row| row.state == ArticleState::Live);
            Some(live.ok_or_else(|| AppError::not_found("live article"))?)
        }
        None => None,
    };
    let step = facts.step(staff, Move::Unpublish)?;
    let mut complaints = Complaints::default();
    let reason = complaints.take("reason", text::prose(reason, LONGEST));
    if target.as_ref().is_some_and(|target| target.draft_id == id) {
        complaints.add("redirectToArticleId", "is the article itself; name another one");
    }
    complaints.refuse()?;
    let summary = format!("{} unpublished the article: {}", staff.user.name, reason.as_deref().unwrap_or_default());
    let (draft, away, event) = take_away(&tx, &facts, step, target.as_ref(), summary, cx.now).await?;
    let event = event.detail("reason", reason);
    bearing::commit(cx, tx, &[away], vec![event]).await?;
    Ok(draft)
}

/// Takes an article away, and strikes that it was to go away by itself; gives what the log is to be told.
pub(crate) async fn take_away(
    tx: &Tx,
    facts: &Facts,
    step: Step,
    target: Option<&article::Model>,
    summary: String,
    at: DateTime<Utc>,
) -> Result<(draft::Model, Moved, NewEvent), AppError> {
    let (id, article) = (facts.draft.id, article_of(tx, facts).await?);
    let at = at.max(facts.draft.updated_at + TimeDelta::microseconds(1));
    store::publishing::unpublish(tx, article.id, target.map(|target| target.id), at).await?;
    if facts.schedule.as_ref().is_some_and(|schedule| schedule.publish_at.is_none()) {
        store::schedule::strike(tx, id).await?;
    }
    let next = draft::Model { is_live: false, updated_at: at, ..facts.draft.clone() };
    let draft = store::draft::take(tx, &facts.draft, next, step).await?;
    let event = NewEvent::new(EventType::ArticleUnpublished, summary)
        .draft(id)
        .article(Some(article.id))
        .revision(draft.revision_id)
        .detail("redirectToArticleId", target.map(|target| target.id.to_string()));
    let event = bearing::left_behind(tx, id, event).await?;
    Ok((draft, Moved::Away { article, at }, event))
}

/// Puts a notice in an article's place, for good. Nothing that was planned for it happens any more.
///
/// # Errors
/// `NotFound`, `Forbidden`, `InvalidTransition`, `BadInput`.
pub async fn retract(cx: &Cx, id: DraftId, notice: &str) -> Result<draft::Model, AppError> {
    let staff = cx.signed_in()?;
    let tx = cx.begin().await?;
    let facts = facts::locked(&tx, id).await?;
    let step = facts.step(staff, Move::Retract)?;
    let notice = text::prose(notice, LONGEST).map_err(|message| AppError::field("notice", message))?;
    let article = article_of(&tx, &facts).await?;
    let at = cx.now.max(facts.draft.updated_at + TimeDelta::microseconds(1));
    store::publishing::retract(&tx, article.id, &notice, at).await?;
    store::schedule::strike(&tx, id).await?;
    let next = draft::Model { is_live: false, updated_at: at, ..facts.draft.clone() };
    let draft = store::draft::take(&tx, &facts.draft, next, step).await?;
    let event = NewEvent::new(EventType::ArticleRetracted, format!("{} retracted the article", staff.user.name))
        .draft(id)
        .article(Some(article.id))
        .revision(draft.revision_id)
        .detail("notice", notice);
    let event = bearing::left_behind(&tx, id, event).await?;
    bearing::commit(cx, tx, &[Moved::Away { article, at }], vec![event]).await?;
    Ok(draft)
}

async fn article_of(tx: &Tx, facts: &Facts) -> Result<article::Model, AppError> {
    let article = store::article::of_draft(tx, facts.draft.id).await?;
    article.ok_or_else(|| AppError::Fault(format!("{} is live without an article", facts.draft.id)))
}
