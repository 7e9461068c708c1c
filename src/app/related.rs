//! Related links: what readers go on with.

use chrono::TimeDelta;
use entity::enums::{EventType, RelatedKind};
use entity::ids::{DraftId, RelatedLinkId};
use entity::{draft, related_link};

use super::{AppError, Cx, facts};
use crate::domain::event::NewEvent;
use crate::domain::refusal::Complaints;
use crate::domain::workflow::Move;
use crate::domain::{related, text};
use crate::store;

/// A link as somebody types it.
#[derive(Clone, Debug)]
pub struct Typed {
    /// What the target is to the article.
    pub kind: RelatedKind,
    /// The draft of the article that is meant.
    pub draft: Option<DraftId>,
    /// A page elsewhere; parsed already.
    pub url: Option<String>,
    /// In place of the target's own.
    pub title: Option<String>,
    /// For readers.
    pub note: Option<String>,
}

/// Replaces a draft's related links. Readers see the new list at once.
///
/// # Errors
/// `NotFound`, `Forbidden`, `InvalidTransition`, `BadInput`.
pub async fn set(cx: &Cx, id: DraftId, typed: Vec<Typed>) -> Result<draft::Model, AppError> {
    let staff = cx.signed_in()?;
    let tx = cx.begin().await?;
    let facts = facts::locked(&tx, id).await?;
    let targets: Vec<DraftId> = typed.iter().filter_map(|link| link.draft).collect();
    let known = if targets.is_empty() { Vec::new() } else { store::draft::many(&tx, &targets).await? };
    if targets.iter().any(|target| !known.iter().any(|draft| draft.id == *target)) {
        return Err(AppError::not_found("draft"));
    }
    let step = facts.step(staff, Move::Relate)?;
    let links = parse(id, &typed)?;

    let before = store::related::of(&tx, &[id]).await?;
    let same = before.len() == links.len()
        && before.iter().zip(&links).all(|(old, new)| related_link::Model { id: old.id, ..new.clone() } == *old);
    if same {
        return Ok(facts.draft);
    }
    let count = links.len();
    store::related::replace(&tx, id, links).await?;
    let mut next = facts.draft.clone();
    next.updated_at = cx.now.max(facts.draft.updated_at + TimeDelta::microseconds(1));
    let draft = store::draft::take(&tx, &facts.draft, next, step).await?;
    let summary = format!("{} set {count} related link(s)", staff.user.name);
    let event = NewEvent::new(EventType::RelatedLinksChanged, summary)
        .draft(id)
        .article(draft.article_id)
        .revision(draft.revision_id)
        .detail("links", count);
    cx.commit(tx, event).await?;
    Ok(draft)
}

fn parse(id: DraftId, typed: &[Typed]) -> Result<Vec<related_link::Model>, AppError> {
    let mut complaints = Complaints::default();
    if typed.len() > related::MOST {
        complaints.add("links", format!("has {} links; at most {} are taken", typed.len(), related::MOST));
    }
    let mut links: Vec<related_link::Model> = Vec::new();
    for (position, link) in (0..).zip(typed) {
        let at = |field: &str| format!("links.{position}{field}");
        if link.draft.is_some() == link.url.is_some() {
            complaints.add(at(""), "needs exactly one of draftId and url");
        }
        if link.draft == Some(id) {
            complaints.add(at(".draftId"), "is the draft itself; name another one");
        }
        if links.iter().any(|known| known.target_draft_id == link.draft && known.url == link.url) {
            complaints.add(at(""), "is in the list twice; keep one of them");
        }
        let title = complaints.take(&at(".title"), text::optional_line(link.title.as_deref(), 300)).flatten();
        let note = complaints.take(&at(".note"), text::optional_line(link.note.as_deref(), 1000)).flatten();
        links.push(related_link::Model {
            id: RelatedLinkId::new(),
            draft_id: id,
            position,
            kind: link.kind,
            target_draft_id: link.draft,
            url: link.url.clone(),
            title,
            note,
        });
    }
    complaints.refuse()?;
    Ok(links)
}

/// The related links of these drafts, each draft's in its order.
///
/// # Errors
/// When the database does not answer.
pub async fn of(cx: &Cx, drafts: &[DraftId]) -> Result<Vec<related_link::Model>, AppError> {
    Ok(store::related::of(cx.reader(), drafts).await?)
}
