//! What has to come of a change to a draft: edits, merges, restored revisions, flags, suggestions.

use entity::enums::{DraftState, Role};

use super::act::{Act, Change, paragraphs};
use super::book::{Book, Cast, Content};
use super::rules::{Codes, Told, ensure, permitted, refused, told};
use crate::workflow::table::Deed;

/// Writes down a change, or says with which code it is refused.
pub fn write(book: &mut Book, cast: &Cast, act: &Act, who: usize) -> Result<Vec<Told>, Codes> {
    match act {
        Act::Legal { draft, base, needed } => legal(book, cast, who, *draft, *base, *needed),
        Act::Edit { draft, base, change, merges } => {
            let to = permitted(book.outcome(cast, *draft, who, Deed::Content))?;
            let after = edited(&book.sheets[*draft].revisions, *base, change, *merges)?;
            revise(book, *draft, after, vec![who], to)
        }
        Act::Restore { draft, base, number } => {
            let to = permitted(book.outcome(cast, *draft, who, Deed::Content))?;
            let sheet = &book.sheets[*draft];
            ensure(*base == sheet.number() && *number <= sheet.number(), "STALE_REVISION")?;
            let mut after = sheet.revisions[*number - 1].clone();
            if book.is_taken(&after.slug, *draft) {
                after.slug.clone_from(&sheet.newest().slug);
            }
            revise(book, *draft, after, vec![who], to)
        }
        Act::Flag { draft, base, flag, reason } => {
            let to = permitted(book.outcome(cast, *draft, who, Deed::Content))?;
            let sheet = &book.sheets[*draft];
            ensure(*base == sheet.number(), "STALE_REVISION")?;
            let after = Content { flag, reason: reason.clone(), ..sheet.newest().clone() };
            revise(book, *draft, after, vec![who], to)
        }
        Act::Apply { draft, base, remark } => {
            let to = permitted(book.outcome(cast, *draft, who, Deed::Content))?;
            let sheet = &book.sheets[*draft];
            ensure(*base == sheet.number(), "STALE_REVISION")?;
            let remark_at = &sheet.remarks[*remark];
            let Some(suggestion) = &remark_at.suggestion else { return refused("BAD_USER_INPUT") };
            let quote = remark_at.quote.clone().unwrap_or_default();
            ensure(sheet.newest().body.contains(&quote), "STALE_REVISION")?;
            let after = Content { body: sheet.newest().body.replacen(&quote, suggestion, 1), ..sheet.newest().clone() };
            let wrote = vec![who, remark_at.author];
            let events = revise(book, *draft, after, wrote, to)?;
            let remark = &mut book.sheets[*draft].remarks[*remark];
            (remark.is_resolved, remark.is_applied) = (true, true);
            Ok(events)
        }
        other => panic!("no change of content: {other:?}"),
    }
}

/// The content after an edit of some revision.
fn edited(revisions: &[Content], base: usize, change: &Change, merges: bool) -> Result<Content, Codes> {
    let newest = &revisions[revisions.len() - 1];
    if base == revisions.len() {
        return Ok(change.over(newest));
    }
    let Some(seen) = revisions.get(base - 1).filter(|_| merges) else { return refused("STALE_REVISION") };
    merged(seen, newest, &change.over(seen)).ok_or(vec!["STALE_REVISION"])
}

/// Two changes of one base joined; nothing where they touch the same field or paragraph.
fn merged(base: &Content, current: &Content, yours: &Content) -> Option<Content> {
    Some(Content {
        headline: joined(&base.headline, &current.headline, &yours.headline)?,
        dek: joined(&base.dek, &current.dek, &yours.dek)?,
        body: joined_bodies(&base.body, &current.body, &yours.body)?,
        slug: joined(&base.slug, &current.slug, &yours.slug)?,
        flag: joined(&base.flag, &current.flag, &yours.flag)?,
        reason: joined(&base.reason, &current.reason, &yours.reason)?,
    })
}

fn joined<T: PartialEq + Clone>(base: &T, current: &T, yours: &T) -> Option<T> {
    if base == yours || current == yours {
        Some(current.clone())
    } else if base == current {
        Some(yours.clone())
    } else {
        None
    }
}

fn joined_bodies(base: &str, current: &str, yours: &str) -> Option<String> {
    let whole = |text: &str| text.to_owned();
    if let Some(body) = joined(&whole(base), &whole(current), &whole(yours)) {
        return Some(body);
    }
    let [base, current, yours] = [base, current, yours].map(paragraphs);
    if base.len() != current.len() || base.len() != yours.len() {
        return None;
    }
    let each = base.iter().zip(&current).zip(&yours).map(|((base, current), yours)| joined(base, current, yours));
    Some(each.collect::<Option<Vec<&str>>>()?.join("\n\n"))
}

/// Writes a revision where the content is another one.
fn revise(book: &mut Book, draft: usize, after: Content, writers: Vec<usize>, to: DraftState) -> Result<Vec<Told>, Codes> {
    if after == *book.sheets[draft].newest() {
        return Ok(Vec::new());
    }
    ensure(after.slug == book.sheets[draft].newest().slug || !book.is_taken(&after.slug, draft), "SLUG_TAKEN")?;
    let sheet = &mut book.sheets[draft];
    sheet.revisions.push(after);
    sheet.writers.push(writers);
    sheet.state = to;
    told("DRAFT_UPDATED", draft)
}

/// 'Setting needsLegalReview in APPROVED goes back to IN_REVIEW; only EDITOR or LEGAL clears it.'
fn legal(book: &mut Book, cast: &Cast, who: usize, draft: usize, base: usize, needed: bool) -> Result<Vec<Told>, Codes> {
    let needs = book.sheets[draft].needs_legal;
    let clears = needs && !needed;
    let may_clear = cast.has(who, Role::Editor) || cast.has(who, Role::Legal);
    let deed = match (clears, needed && !needs) {
        (true, _) => Deed::ClearLegal,
        (_, true) => Deed::AskLegal,
        // Who may clear the flag may also find it cleared.
        _ if !needed && may_clear => Deed::ClearLegal,
        _ => Deed::Amend,
    };
    let mut to = permitted(book.outcome(cast, draft, who, deed))?;
    let sheet = &mut book.sheets[draft];
    ensure(base == sheet.number(), "STALE_REVISION")?;
    if needs == needed {
        return Ok(Vec::new());
    }
    sheet.needs_legal = needed;
    // The lawyer's word may have been what was missing last.
    if clears && sheet.state == DraftState::InReview && sheet.missing().is_empty() {
        to = DraftState::Approved;
    }
    sheet.state = to;
    told("DRAFT_UPDATED", draft)
}

