//! Writing: drafts begin, change, are laid aside and taken up again.

mod revise;
mod typed;

use chrono::{DateTime, Utc};
use entity::draft;
use entity::enums::{AffiliateFlag, DraftState, EventType};
use entity::ids::{DraftId, UserId};

pub use revise::{Change, revise};
pub use typed::Typed;

use super::facts;
use super::{AppError, Cx, affiliate, revision};
use crate::domain::checks::CheckCode;
use crate::domain::draft::Content;
use crate::domain::event::NewEvent;
use crate::domain::page::{Page, Slice};
use crate::domain::policy::Task;
use crate::domain::refusal::{Complaints, Refusal};
use crate::domain::slug::Slug;
use crate::domain::text;
use crate::domain::workflow::Move;
pub use crate::store::draft::{Filter, Order};
use crate::store::failing::{Failing, Wanting};
use crate::store::{self, Tx};

/// Begins a draft: its first revision, owned by the asker.
///
/// # Errors
/// `Forbidden` unless WRITER or EDITOR; `NotFound`; `BadInput`; `SlugTaken`.
pub async fn create(cx: &Cx, mut typed: Typed) -> Result<draft::Model, AppError> {
    let staff = cx.signed_in()?;
    let authors = typed.authors.clone().flatten().unwrap_or_default();
    revision::must_exist(cx.reader(), typed.section.flatten(), &authors, typed.hero_image.flatten()).await?;
    cx.may(Task::CreateDraft)?;
    if typed.authors.is_none() {
        let own = store::author::of_users(cx.reader(), &[staff.user.id]).await?;
        typed.authors = Some(Some(own.into_iter().map(|author| author.id).collect()));
    }
    // A slug that was typed as null is one that was left out.
    typed.slug = typed.slug.filter(Option::is_some);
    let empty = Content {
        headline: String::new(),
        dek: None,
        body: String::new(),
        slug: Slug::from_headline(typed.headline.as_ref().and_then(Option::as_deref).unwrap_or_default()),
        section: None,
        tags: Vec::new(),
        authors: Vec::new(),
        hero_image: None,
        seo_title: None,
        seo_description: None,
        canonical_url: None,
        affiliate_flag: AffiliateFlag::Auto,
        affiliate_reason: None,
        affiliate_policy: None,
    };
    let mut complaints = Complaints::default();
    let note = complaints.take("note", text::optional_prose(typed.note.as_deref(), 2000)).flatten();
    let mut content = typed.over(empty, &mut complaints);
    complaints.refuse()?;
    let rules = affiliate::policies(cx).await?.rules(content.affiliate_policy, content.section);
    let compiled = revision::compile(cx, content.body.clone(), rules).await?;
    let tx = cx.begin().await?;
    let begun = Begun {
        owner: Some(staff.user.id),
        needs_legal_review: typed.needs_legal_review.flatten().unwrap_or(false),
        due_at: typed.due_at.flatten(),
        slug_is_typed: typed.slug.is_some(),
        written_by: Some(staff.user.id),
        note,
    };
    let (draft, _) = begin(cx, &tx, &mut content, compiled, begun).await?;
    let event = NewEvent::new(EventType::DraftCreated, format!("{} began the draft", staff.user.name))
        .draft(draft.id)
        .revision(draft.revision_id);
    cx.commit(tx, event).await?;
    Ok(draft)
}

/// What a new draft begins with, its content aside.
pub(crate) struct Begun {
    pub(crate) owner: Option<UserId>,
    pub(crate) needs_legal_review: bool,
    pub(crate) due_at: Option<DateTime<Utc>>,
    pub(crate) slug_is_typed: bool,
    pub(crate) written_by: Option<UserId>,
    pub(crate) note: Option<String>,
}

/// Writes a new draft and its first revision, without an event; its slug may be another than asked for.
pub(crate) async fn begin(
    cx: &Cx,
    tx: &Tx,
    content: &mut Content,
    compiled: revision::CompiledBody,
    begun: Begun,
) -> Result<(draft::Model, entity::revision::Model), AppError> {
    let id = DraftId::new();
    content.slug = take_slug(tx, &content.slug, id, begun.slug_is_typed).await?;
    let written = revision::Written { draft: id, number: 1, by: begun.written_by, suggested_by: None, at: cx.now, note: begun.note };
    let revision = revision::write(tx, written, content, compiled).await?;
    let draft = draft::Model {
        id,
        state: DraftState::Drafting,
        revision_id: revision.id,
        revision_number: 1,
        headline: revision.headline.clone(),
        section_id: revision.section_id,
        slug: revision.slug.clone(),
        needs_commerce: revision::needs_commerce(&revision),
        owner_id: begun.owner,
        needs_legal_review: begun.needs_legal_review,
        due_at: begun.due_at,
        due_order: store::draft::due_order(begun.due_at),
        round: 0,
        article_id: None,
        is_live: false,
        published_revision: None,
        created_at: cx.now,
        updated_at: cx.now,
    };
    store::draft::insert(tx, draft.clone()).await?;
    Ok((draft, revision))
}

/// Takes a slug for a draft: the very one that was typed, or the next free one like it.
async fn take_slug(tx: &Tx, slug: &Slug, draft: DraftId, is_typed: bool) -> Result<Slug, AppError> {
    if store::slug::take(tx, slug, draft).await? {
        return Ok(slug.clone());
    }
    // Somebody else may take the free one first; then the next is looked for.
    for _ in 0..100 {
        let free = store::slug::free(tx, slug, Some(draft)).await?;
        if is_typed {
            return Err(AppError::Refused(Refusal::SlugTaken { suggestion: free.as_str().to_owned() }));
        }
        if store::slug::take(tx, &free, draft).await? {
            return Ok(free);
        }
    }
    Err(AppError::Fault(format!("no slug like {slug} is to be had")))
}

/// Lays a draft aside.
///
/// # Errors
/// `NotFound`, `Forbidden`, `InvalidTransition`, `BadInput`.
pub async fn archive(cx: &Cx, id: DraftId, note: Option<String>) -> Result<draft::Model, AppError> {
    step(cx, id, Move::Archive, note, EventType::DraftArchived, "laid the draft aside").await
}

/// Takes a draft up again.
///
/// # Errors
/// `NotFound`, `Forbidden`, `InvalidTransition`, `BadInput`.
pub async fn reopen(cx: &Cx, id: DraftId, note: Option<String>) -> Result<draft::Model, AppError> {
    step(cx, id, Move::Reopen, note, EventType::DraftReopened, "took the draft up again").await
}

/// A step that changes nothing but the state.
pub(crate) async fn step(
    cx: &Cx,
    id: DraftId,
    by: Move,
    note: Option<String>,
    kind: EventType,
    what: &str,
) -> Result<draft::Model, AppError> {
    let staff = cx.signed_in()?;
    let tx = cx.begin().await?;
    let facts = facts::locked(&tx, id).await?;
    let step = facts.step(staff, by)?;
    let note = text::optional_prose(note.as_deref(), 2000).map_err(|message| AppError::field("note", message))?;
    let mut next = facts.draft.clone();
    next.updated_at = cx.now.max(facts.draft.updated_at + chrono::TimeDelta::microseconds(1));
    let draft = store::draft::take(&tx, &facts.draft, next, step).await?;
    let event = NewEvent::new(kind, format!("{} {what}", staff.user.name))
        .draft(draft.id)
        .article(draft.article_id)
        .revision(draft.revision_id)
        .detail("note", note);
    cx.commit(tx, event).await?;
    Ok(draft)
}

/// Drafts by their ids; none for who may not read them.
///
/// # Errors
/// When the database does not answer.
pub async fn many(cx: &Cx, ids: &[DraftId]) -> Result<Vec<draft::Model>, AppError> {
    if !cx.reads_desk() {
        return Ok(Vec::new());
    }
    Ok(store::draft::many(cx.reader(), ids).await?)
}

/// The check that drafts are asked to fail, with what has to be known to judge it.
///
/// # Errors
/// When the database does not answer.
pub async fn failing(cx: &Cx, code: CheckCode) -> Result<Failing, AppError> {
    let wanting = match code {
        CheckCode::AffiliateDisclosure => affiliate::wanting(cx).await?,
        _ => Wanting::default(),
    };
    Ok(Failing { code, wanting })
}

/// One page of a queue.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub async fn list(cx: &Cx, filter: &Filter, order: Order, page: &Page) -> Result<Slice<draft::Model>, AppError> {
    cx.may(Task::ReadDesk)?;
    Ok(store::draft::list(cx.reader(), filter, order, page).await?)
}

/// How many stand in a queue.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub async fn count(cx: &Cx, filter: &Filter) -> Result<u64, AppError> {
    cx.may(Task::ReadDesk)?;
    Ok(store::draft::count(cx.reader(), filter).await?)
}

/// Who waits for drafts to review, and at which stages: administrators at all of them.
#[must_use]
pub fn reviewer(staff: &super::Staff) -> (UserId, entity::enums::Roles) {
    let roles = if staff.roles.has(entity::enums::Role::Admin) { entity::enums::Roles::ALL } else { staff.roles };
    (staff.user.id, roles)
}
