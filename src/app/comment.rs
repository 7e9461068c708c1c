//! Comments: what colleagues say of a draft, pinned to the words they mean.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::EventType;
use entity::ids::{CommentId, DraftId, RevisionId, UserId};
use entity::{comment, comment_place, draft};

use super::facts;
use super::{AppError, Cx};
use crate::domain::anchor::{self, Passage, Place, Span};
use crate::domain::event::NewEvent;
use crate::domain::page::{Page, Slice};
use crate::domain::refusal::Complaints;
use crate::domain::text;
use crate::domain::workflow::Move;
use crate::store::{self, Source, Tx};

/// The longest comment, in characters.
const LONGEST: usize = 20_000;
/// The longest quote, in characters.
const LONGEST_QUOTE: usize = 100_000;
/// How many revisions a quote is followed through one by one; further ones are taken in one leap.
const MOST_STEPS: usize = 50;

/// A stretch of a revision's Markdown, as somebody names it.
#[derive(Clone, Debug)]
pub struct Pin {
    /// The revision that was read.
    pub revision: i32,
    /// The words.
    pub quote: String,
    /// Which of several places with these words; 0 is the first.
    pub occurrence: i32,
}

/// A comment as somebody types it.
#[derive(Clone, Debug)]
pub struct Typed {
    /// Markdown.
    pub body: String,
    /// The comment that it answers.
    pub parent: Option<CommentId>,
    /// What it is about.
    pub pin: Option<Pin>,
    /// What the words should be instead.
    pub suggestion: Option<String>,
}

/// Adds a comment. One that answers a resolved thread opens it again.
///
/// # Errors
/// `NotFound`, `InvalidTransition`, `StaleRevision` where the anchor's revision does not exist, `BadInput`.
pub async fn add(cx: &Cx, id: DraftId, typed: Typed) -> Result<(comment::Model, draft::Model), AppError> {
    let staff = cx.signed_in()?;
    loop {
        let read = store::draft::get(cx.reader(), id).await?.ok_or_else(|| AppError::not_found("draft"))?;
        let mut complaints = Complaints::default();
        let found = match &typed.pin {
            Some(pin) => Some(locate(cx, &read, pin, &mut complaints).await?),
            None => None,
        };
        let tx = cx.begin().await?;
        let facts = facts::locked(&tx, id).await?;
        let parent = parent_of(&tx, id, typed.parent).await?;
        let step = facts.step(staff, Move::Annotate)?;
        if facts.draft.revision_id != read.revision_id {
            continue;
        }
        if matches!(found, Some(None)) {
            return Err(facts.stale(&tx, Vec::new()).await);
        }
        let pinned = found.flatten();
        let body = complaints.take("body", text::prose(&typed.body, LONGEST)).unwrap_or_default();
        let suggestion = typed.suggestion.as_deref().and_then(|typed| complaints.take("suggestion", text::body(typed)));
        if suggestion.is_some() && typed.pin.is_none() {
            complaints.add("suggestion", "replaces the words of an anchor; give the anchor too");
        }
        if pinned.as_ref().is_some_and(|pinned| suggestion.as_ref() == Some(&pinned.place.quote)) {
            complaints.add("suggestion", "is the very text that stands there; suggest another one");
        }
        complaints.refuse()?;

        let mut next = facts.draft.clone();
        next.updated_at = cx.now.max(facts.draft.updated_at + TimeDelta::microseconds(1));
        let thread = parent.as_ref().map(|parent| parent.thread_id.unwrap_or(parent.id));
        let reopens = parent.as_ref().is_some_and(|parent| parent.resolved_at.is_some());
        let row = comment::Model {
            id: CommentId::new(),
            draft_id: id,
            author_id: staff.user.id,
            parent_id: typed.parent,
            body,
            anchor_revision_id: pinned.as_ref().map(|pinned| pinned.made_on),
            quote: pinned.as_ref().map(|pinned| pinned.place.quote.clone()),
            start_at: pinned.as_ref().map(|pinned| whole(pinned.first.start)),
            end_at: pinned.as_ref().map(|pinned| whole(pinned.first.end)),
            suggestion,
            resolved_by: None,
            resolved_at: None,
            created_at: next.updated_at,
            thread_id: thread,
            applied_revision_id: None,
        };
        let place = pinned.map(|pinned| comment_place::Model { comment_id: row.id, ..pinned.place });
        let row = store::comment::insert(&tx, row, place).await?;
        if let Some(thread) = thread.filter(|_| reopens) {
            store::comment::resolve(&tx, thread, None).await?;
        }
        let draft = store::draft::take(&tx, &facts.draft, next, step).await?;
        let what = match (&row.suggestion, row.parent_id, &row.quote) {
            (Some(_), ..) => "suggested other words",
            (None, Some(_), _) => "answered a comment",
            (None, None, Some(_)) => "commented on a passage",
            (None, None, None) => "commented",
        };
        let event = told(EventType::CommentAdded, format!("{} {what}", staff.user.name), &draft, &row)
            .detail("parentId", row.parent_id.map(|id| id.to_string()))
            .detail("reopens", reopens)
            .detail("suggests", row.suggestion.is_some());
        cx.commit(tx, event).await?;
        return Ok((row, draft));
    }
}

/// Resolves the thread that a comment is in, or opens it again. Where it is so already, nothing is written.
///
/// # Errors
/// `NotFound`, `InvalidTransition`.
pub async fn resolve(cx: &Cx, id: CommentId, resolved: bool) -> Result<(comment::Model, draft::Model), AppError> {
    let staff = cx.signed_in()?;
    let named = store::comment::many(cx.reader(), &[id]).await?.pop().ok_or_else(|| AppError::not_found("comment"))?;
    let tx = cx.begin().await?;
    let facts = facts::locked(&tx, named.draft_id).await?;
    let step = facts.step(staff, Move::Annotate)?;
    let row = one(&tx, id).await?;
    if row.resolved_at.is_some() == resolved {
        return Ok((row, facts.draft));
    }
    let mut next = facts.draft.clone();
    next.updated_at = cx.now.max(facts.draft.updated_at + TimeDelta::microseconds(1));
    let by = resolved.then_some((staff.user.id, next.updated_at));
    store::comment::resolve(&tx, row.thread_id.unwrap_or(row.id), by).await?;
    let row = one(&tx, id).await?;
    let draft = store::draft::take(&tx, &facts.draft, next, step).await?;
    let what = if resolved { "resolved a comment" } else { "opened a comment again" };
    let event = told(EventType::CommentResolved, format!("{} {what}", staff.user.name), &draft, &row).detail("resolved", resolved);
    cx.commit(tx, event).await?;
    Ok((row, draft))
}

fn told(kind: EventType, summary: String, draft: &draft::Model, row: &comment::Model) -> NewEvent {
    NewEvent::new(kind, summary)
        .draft(draft.id)
        .article(draft.article_id)
        .revision(row.anchor_revision_id.unwrap_or(draft.revision_id))
        .detail("commentId", row.id.to_string())
}

async fn one(source: &impl Source, id: CommentId) -> Result<comment::Model, AppError> {
    store::comment::many(source, &[id]).await?.pop().ok_or_else(|| AppError::not_found("comment"))
}

/// The comment that is answered, which has to be one of this draft.
async fn parent_of(tx: &Tx, draft: DraftId, id: Option<CommentId>) -> Result<Option<comment::Model>, AppError> {
    let Some(id) = id else { return Ok(None) };
    let row = one(tx, id).await?;
    if row.draft_id == draft { Ok(Some(row)) } else { Err(AppError::not_found("comment on this draft")) }
}

/// Where a pin stands, on the revision that it was made on and on the newest.
struct Pinned {
    made_on: RevisionId,
    first: Span,
    place: comment_place::Model,
}

/// Finds the words of a pin; `None` where its revision does not exist.
async fn locate(cx: &Cx, draft: &draft::Model, pin: &Pin, complaints: &mut Complaints) -> Result<Option<Pinned>, AppError> {
    let rows = store::revision::between(cx.reader(), draft.id, pin.revision, draft.revision_number).await?;
    let Some(made_on) = rows.first().filter(|row| row.number == pin.revision).map(|row| row.id) else { return Ok(None) };
    let steps: Vec<RevisionId> = match rows.as_slice() {
        [first, .., last] if rows.len() > MOST_STEPS => vec![first.id, last.id],
        all => all.iter().map(|row| row.id).collect(),
    };
    let texts = store::revision::texts(cx.reader(), &steps).await?;
    let texts: Vec<(RevisionId, String)> = steps
        .into_iter()
        .filter_map(|id| texts.iter().find(|text| text.revision_id == id).map(|text| (id, text.markdown.clone())))
        .collect();
    let markdown = texts.first().map(|(_, markdown)| markdown.as_str()).unwrap_or_default();
    let quote = pin.quote.clone();
    let Some(first) = found(markdown, pin, complaints) else {
        // What is wrong is in the complaints, which refuse before anything is written.
        let place = blank(draft, quote, made_on);
        return Ok(Some(Pinned { made_on, first: Span { start: 0, end: 1 }, place }));
    };
    let blank = blank(draft, quote, made_on);
    let follow = move || {
        let mut place = standing(blank, made_on, &anchor::place(texts.first().map(|(_, text)| text.as_str()).unwrap_or_default(), first));
        for pair in texts.windows(2) {
            if let [(_, old), (id, new)] = pair {
                place = follow(&Passage::between(old, new), place, *id);
            }
        }
        place
    };
    let place = tokio::task::spawn_blocking(follow).await.map_err(|error| AppError::Fault(format!("following failed: {error}")))?;
    Ok(Some(Pinned { made_on, first, place }))
}

fn found(markdown: &str, pin: &Pin, complaints: &mut Complaints) -> Option<Span> {
    if pin.quote.is_empty() {
        complaints.add("anchor.quote", "is empty; quote the words that you mean");
        return None;
    }
    if pin.quote.chars().count() > LONGEST_QUOTE {
        complaints.add("anchor.quote", format!("is longer than {LONGEST_QUOTE} characters; quote its beginning"));
        return None;
    }
    let span = usize::try_from(pin.occurrence).ok().and_then(|occurrence| anchor::find(markdown, &pin.quote, occurrence));
    if span.is_none() {
        match anchor::occurrences(markdown, &pin.quote) {
            0 => complaints.add("anchor.quote", format!("does not stand in revision {}; quote its Markdown exactly", pin.revision)),
            times => complaints.add("anchor.occurrence", format!("is {}, but the quote stands there {times} time(s), counted from 0", pin.occurrence)),
        }
    }
    span
}

fn blank(draft: &draft::Model, quote: String, revision: RevisionId) -> comment_place::Model {
    comment_place::Model {
        comment_id: CommentId::default(),
        draft_id: draft.id,
        quote,
        revision_id: revision,
        start_at: 0,
        end_at: 1,
        text_before: String::new(),
        text_after: String::new(),
        is_gone: false,
    }
}

fn whole(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn place_of(row: &comment_place::Model) -> Place {
    let at = |number: i32| usize::try_from(number).unwrap_or_default();
    Place {
        span: Span { start: at(row.start_at), end: at(row.end_at) },
        before: row.text_before.clone(),
        after: row.text_after.clone(),
    }
}

fn standing(row: comment_place::Model, revision: RevisionId, place: &Place) -> comment_place::Model {
    comment_place::Model {
        revision_id: revision,
        start_at: whole(place.span.start),
        end_at: whole(place.span.end),
        text_before: place.before.clone(),
        text_after: place.after.clone(),
        is_gone: false,
        ..row
    }
}

/// Where a quote stands after one more revision; where it stood last, once its text is gone.
fn follow(passage: &Passage<'_>, row: comment_place::Model, revision: RevisionId) -> comment_place::Model {
    let from = place_of(&row);
    let found = if row.is_gone { passage.find_again(&row.quote, &from) } else { passage.follow(&row.quote, &from) };
    match found {
        Some(place) => standing(row, revision, &place),
        None => comment_place::Model { is_gone: true, ..row },
    }
}

/// Where quotes stand once the body changes from `before` to `after`. Their revision is for the caller to set.
pub(crate) async fn followed(
    before: String,
    after: String,
    places: Vec<comment_place::Model>,
) -> Result<Vec<comment_place::Model>, AppError> {
    if places.is_empty() {
        return Ok(places);
    }
    let work = move || {
        let passage = Passage::between(&before, &after);
        places.into_iter().map(|row| { let revision = row.revision_id; follow(&passage, row, revision) }).collect()
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| AppError::Fault(format!("following failed: {error}")))
}

/// The body with other words where a quote stands; `None` where it does not stand there.
pub(crate) fn replaced(body: &str, row: &comment_place::Model, words: &str) -> Option<String> {
    let span = place_of(row).span;
    let byte = |at: usize| body.char_indices().map(|(byte, _)| byte).chain([body.len()]).nth(at);
    let (start, end) = (byte(span.start)?, byte(span.end)?);
    if body.get(start..end)? != row.quote {
        return None;
    }
    Some(format!("{}{words}{}", body.get(..start)?, body.get(end..)?))
}

/// A suggestion went into a revision: its thread is done with.
pub(crate) async fn applied(tx: &Tx, id: CommentId, revision: RevisionId, by: UserId, at: DateTime<Utc>) -> Result<(), AppError> {
    store::comment::apply(tx, id, revision).await?;
    let row = one(tx, id).await?;
    if row.resolved_at.is_none() {
        store::comment::resolve(tx, row.thread_id.unwrap_or(row.id), Some((by, at))).await?;
    }
    Ok(())
}

/// The draft that a comment is on.
///
/// # Errors
/// `Unauthenticated`; `NotFound`.
pub async fn draft_of(cx: &Cx, id: CommentId) -> Result<DraftId, AppError> {
    cx.signed_in()?;
    Ok(one(cx.reader(), id).await?.draft_id)
}

/// Comments by their ids; none for who may not read them.
///
/// # Errors
/// When the database does not answer.
pub async fn many(cx: &Cx, ids: &[CommentId]) -> Result<Vec<comment::Model>, AppError> {
    if !cx.reads_desk() {
        return Ok(Vec::new());
    }
    Ok(store::comment::many(cx.reader(), ids).await?)
}

/// Where the quotes of these comments stand.
///
/// # Errors
/// When the database does not answer.
pub async fn places(cx: &Cx, ids: &[CommentId]) -> Result<Vec<comment_place::Model>, AppError> {
    Ok(store::comment::places(cx.reader(), ids).await?)
}

/// A page of the comments of each draft, oldest first: all, or those of resolved or of open threads.
///
/// # Errors
/// When the database does not answer.
pub async fn pages(
    cx: &Cx,
    drafts: &[DraftId],
    resolved: Option<bool>,
    page: &Page,
) -> Result<Vec<(DraftId, Slice<comment::Model>)>, AppError> {
    Ok(store::comment::pages(cx.reader(), drafts, resolved, page).await?)
}

/// How many comments each of these drafts has.
///
/// # Errors
/// When the database does not answer.
pub async fn counts(cx: &Cx, drafts: &[DraftId], resolved: Option<bool>) -> Result<Vec<(DraftId, u64)>, AppError> {
    Ok(store::comment::counts(cx.reader(), drafts, resolved).await?)
}
