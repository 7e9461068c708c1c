//! From a turn to an act: which texts, which times, which of several, as the drafts stand.

use chrono::TimeDelta;
use entity::enums::DraftState::*;

use super::act::{Act, Change, paragraphs};
use super::book::{Book, Cast, Link, STAGES, Sheet, Time};
use super::clock::ENDED;
use super::rules::Taken;
use super::turn::{Step, Turn};

/// What an act is made with: a mark that is in no other text of the database, and the time.
pub struct With<'a> {
    pub mark: &'a str,
    pub slugs: &'a str,
    pub now: Time,
}

/// The act that a turn comes to, and who does it. Where it is to fit, that is on the first draft where
/// somebody may; where nobody may anywhere, it is done by somebody who could in another state.
pub fn choose(turn: &Turn, book: &Book, cast: &Cast, with: &With<'_>) -> (Act, usize) {
    let drafts = (0..book.sheets.len()).map(|more| (turn.draft + more) % book.sheets.len());
    let acts: Vec<Act> = drafts.map(|draft| act(turn, draft, book, cast, with)).collect();
    if turn.fit {
        let could = |taken: &Taken| !matches!(taken, Err(codes) if codes.contains(&"FORBIDDEN"));
        for is_good in [|taken: &Taken| taken.is_ok(), could] {
            for act in &acts {
                let able: Vec<usize> = (0..cast.people.len()).filter(|who| is_good(&book.take(cast, act, *who, ""))).collect();
                if let Some(who) = one(&able, turn.who) {
                    return (act.clone(), who);
                }
            }
        }
    }
    // Of those who do not fit, whoever would approve their own work is the most dangerous.
    let tempted = match &acts[0] {
        Act::Review { draft, stage, verdict: "APPROVE", .. } => {
            (0..cast.people.len()).filter(|who| book.sheets[*draft].wrote(*who) && cast.judges(*who, stage)).collect()
        }
        _ => Vec::new(),
    };
    (acts[0].clone(), one(&tempted, turn.who).unwrap_or(turn.who))
}

/// One of several.
fn one<T: Copy>(of: &[T], number: usize) -> Option<T> {
    if of.is_empty() { None } else { Some(of[number % of.len()]) }
}

fn act(turn: &Turn, draft: usize, book: &Book, cast: &Cast, with: &With<'_>) -> Act {
    let drafts = book.sheets.len();
    let (sheet, number, mark) = (&book.sheets[draft], turn.number, with.mark);
    let seen = match (turn.stale, sheet.number()) {
        (false, newest) => newest,
        (true, 1) => 2,
        (true, newest) => newest - 1,
    };
    let edit = |change| Act::Edit { draft, base: seen, change, merges: false };
    match turn.step {
        Step::Wait if book.next_due(with.now).is_some() => Act::Wait,
        // Where nothing is due there is nothing to wait for.
        Step::Advance | Step::Wait => advance(turn, book, cast, with, draft),
        Step::Edit => edit(change(sheet, with, number)),
        Step::Merge => {
            let base = sheet.number().saturating_sub(number % 4).max(1);
            Act::Edit { draft, base, change: change(sheet, with, number / 4), merges: true }
        }
        Step::Restore => Act::Restore { draft, base: seen, number: 1 + number % (sheet.number() + number % 7 / 6) },
        Step::Flag => {
            let flag = ["REQUIRED", "AUTO", "EXEMPT"][number % 3];
            Act::Flag { draft, base: seen, flag, reason: (flag != "AUTO").then(|| format!("Because of {}.", number % 5)) }
        }
        Step::Legal => Act::Legal { draft, base: seen, needed: number.is_multiple_of(2) },
        Step::Submit => Act::Submit { draft, revision: seen },
        Step::Recall => Act::Recall { draft },
        Step::Review => {
            let stage = one(&sheet.missing(), number).filter(|_| turn.fit).unwrap_or(STAGES[number % 3]);
            let verdict = ["APPROVE", "APPROVE", "APPROVE", "APPROVE", "REQUEST_CHANGES", "COMMENT"][number / 3 % 6];
            Act::Review { draft, revision: seen, stage, verdict }
        }
        Step::Publish => Act::Publish { draft, revision: seen, overrides: false, note: note(number, mark) },
        Step::Override => Act::Publish { draft, revision: seen, overrides: true, note: note(number, mark) },
        Step::Schedule => schedule(draft, seen, number, with),
        Step::Cancel => Act::Cancel { draft },
        Step::Unpublish => {
            let known = |target: &usize| book.sheets[*target].article.is_some();
            let redirect = one(&(0..drafts).filter(known).collect::<Vec<_>>(), number / 3).filter(|_| number.is_multiple_of(3));
            Act::Unpublish { draft, redirect }
        }
        Step::Retract => Act::Retract { draft, notice: format!("It was not so, {mark}.") },
        Step::Archive => Act::Archive { draft },
        Step::Reopen => Act::Reopen { draft },
        Step::Relate => Act::Relate { draft, links: links(drafts, draft, number, mark) },
        Step::Comment => comment(sheet, draft, number, with),
        Step::Resolve => match one(&(0..sheet.remarks.len()).collect::<Vec<_>>(), number / 4) {
            Some(remark) => Act::Resolve { draft, remark, resolved: !number.is_multiple_of(4) },
            None => comment(sheet, draft, number, with),
        },
        Step::Apply => apply(sheet, draft, seen, number).unwrap_or_else(|| comment(sheet, draft, number | 1, with)),
        Step::Assign => assign(sheet, cast, draft, number),
        Step::Preview => Act::Preview { draft, revision: if number.is_multiple_of(4) { seen } else { sheet.number() } },
        Step::Gather => Act::Gather { publish_at: soon(number, with.now), drafts: members(book, number / 2) },
        Step::Regather => match one(&(0..book.releases.len()).collect::<Vec<_>>(), number) {
            Some(release) => Act::Regather { release, drafts: members(book, number / 2) },
            None => Act::Gather { publish_at: soon(number, with.now), drafts: members(book, number / 2) },
        },
        Step::Launch => {
            let all: Vec<usize> = (0..book.releases.len()).collect();
            let goes = |place: &usize| {
                let release = &book.releases[*place];
                release.state != "PUBLISHED" && release.drafts.iter().all(|draft| book.is_ready(*draft))
            };
            let going: Vec<usize> = all.iter().copied().filter(goes).collect();
            match one(if turn.fit { &going } else { &all }, number) {
                Some(release) => Act::Launch { release },
                None => Act::Gather { publish_at: None, drafts: members(book, number / 2) },
            }
        }
        Step::Reword => Act::Reword { text: format!("We earn something, as of {mark}.") },
    }
}

/// What brings a draft nearer to its readers.
fn advance(turn: &Turn, book: &Book, cast: &Cast, with: &With<'_>, draft: usize) -> Act {
    let (sheet, number) = (&book.sheets[draft], turn.number);
    let revision = sheet.number();
    let edit = || Act::Edit { draft, base: revision, change: change(sheet, with, number), merges: false };
    match sheet.state {
        Drafting | ChangesRequested if sheet.newest().is_hollow() => edit(),
        Drafting | ChangesRequested => Act::Submit { draft, revision },
        InReview => {
            let has_judge = |stage: &&str| (0..cast.people.len()).any(|who| cast.judges(who, stage) && !sheet.wrote(who));
            Act::Review { draft, revision, stage: sheet.missing().into_iter().find(has_judge).unwrap_or("EDIT"), verdict: "APPROVE" }
        }
        Approved if sheet.newest().is_hollow() => Act::Review { draft, revision, stage: "EDIT", verdict: "REQUEST_CHANGES" },
        Approved if number.is_multiple_of(3) => schedule(draft, revision, number / 3, with),
        Approved | Unpublished => Act::Publish { draft, revision, overrides: false, note: note(number / 3, with.mark) },
        Scheduled => if number.is_multiple_of(3) { Act::Wait } else { Act::Preview { draft, revision } },
        Published => edit(),
        Archived => Act::Reopen { draft },
        Retracted => Act::Comment { draft, revision, quote: None, suggestion: None },
    }
}

const LINK: &str = "https://rover.ebay.com/rover/1/711";

/// A change on the newest revision or on an older one: each text is new.
fn change(sheet: &Sheet, with: &With<'_>, number: usize) -> Change {
    let mark = with.mark;
    let earning = format!("Buy [it]({LINK}?tag=desk-20) today, {mark}.");
    if sheet.newest().is_hollow() {
        let second = if number.is_multiple_of(2) { earning } else { format!("Second {mark}.") };
        return Change::Body(format!("First {mark}.\n\n{second}\n\nThird {mark}."));
    }
    match number % 12 {
        0 | 1 => Change::Headline(format!("Headline {mark}")),
        2 | 3 => Change::Dek(format!("Dek {mark}")),
        4 | 5 => Change::Slug(format!("{}-{}", with.slugs, number / 12 % 5)),
        6 => Change::Paragraph(0, format!("First {mark}.")),
        7 => Change::Paragraph(1, format!("Second {mark}.")),
        8 => Change::Paragraph(2, format!("Third {mark}.")),
        9 => Change::Paragraph(1, earning),
        10 => Change::DekAndParagraph(format!("Dek {mark}"), number / 12 % 3, format!("Both {mark}.")),
        _ => Change::Body(String::new()),
    }
}

fn note(number: usize, mark: &str) -> Option<String> {
    number.is_multiple_of(4).then(|| format!("Put right, {mark}."))
}

/// A time that comes while the walk goes on; sometimes one that does not come, sometimes none.
fn soon(number: usize, now: Time) -> Option<Time> {
    match number % 5 {
        0 => Some(now + TimeDelta::days(2)),
        1 | 2 => Some(now + milliseconds(120 + number % 280)),
        _ => None,
    }
}

fn milliseconds(number: usize) -> TimeDelta {
    TimeDelta::milliseconds(i64::try_from(number).unwrap_or_default())
}

fn schedule(draft: usize, revision: usize, number: usize, with: &With<'_>) -> Act {
    let publish_at = with.now + if number.is_multiple_of(6) { TimeDelta::days(1) } else { milliseconds(100 + number % 300) };
    let unpublish_at = match number % 4 {
        0 => Some(publish_at + milliseconds(60 + number % 300)),
        1 => Some(publish_at + TimeDelta::days(1)),
        _ => None,
    };
    Act::Schedule { draft, revision, publish_at, unpublish_at, note: note(number / 4, with.mark) }
}

fn links(drafts: usize, draft: usize, number: usize, mark: &str) -> Vec<Link> {
    let others = (0..drafts).filter(|other| *other != draft && (number >> other) % 2 == 1).map(Link::To);
    let page = (number / 8).is_multiple_of(3).then(|| Link::Page(format!("https://a.example/{mark}")));
    others.chain(page).collect()
}

fn comment(sheet: &Sheet, draft: usize, number: usize, with: &With<'_>) -> Act {
    let revision = if number.is_multiple_of(5) { sheet.number().saturating_sub(1).max(1) } else { sheet.number() };
    let quote = one(&paragraphs(&sheet.revisions[revision - 1].body), number / 2);
    let quote = quote.filter(|_| !number.is_multiple_of(4)).map(str::to_owned);
    let link = if (number / 8).is_multiple_of(3) { format!(" with [a link]({LINK}?tag=desk-21)") } else { String::new() };
    let suggestion = quote.as_ref().filter(|_| number % 2 == 1).map(|_| format!("Suggested{link} {}.", with.mark));
    Act::Comment { draft, revision, quote, suggestion }
}

/// Applies a suggestion: mostly one whose words still stand. Of words that were lost and came back nothing is promised.
fn apply(sheet: &Sheet, draft: usize, base: usize, number: usize) -> Option<Act> {
    let known = |remark: &usize| {
        let remark = &sheet.remarks[*remark];
        remark.quote.is_none() || remark.place(&sheet.revisions).is_some()
    };
    let stands = |remark: &usize| {
        let remark = &sheet.remarks[*remark];
        remark.suggestion.is_some() && matches!(remark.place(&sheet.revisions), Some(Some(_)))
    };
    let all: Vec<usize> = (0..sheet.remarks.len()).filter(known).collect();
    let standing: Vec<usize> = all.iter().copied().filter(stands).collect();
    let remark = if number.is_multiple_of(6) { one(&all, number / 6) } else { one(&standing, number / 6) };
    remark.map(|remark| Act::Apply { draft, base, remark })
}

fn assign(sheet: &Sheet, cast: &Cast, draft: usize, number: usize) -> Act {
    let asked: Vec<_> = sheet.asked.iter().copied().collect();
    if let Some((stage, reviewer)) = one(&asked, number / 3).filter(|_| number.is_multiple_of(3)) {
        return Act::Assign { draft, stage, reviewer, remove: true };
    }
    let stage = STAGES[number % 3];
    let judges: Vec<usize> = (0..cast.people.len()).filter(|who| cast.judges(*who, stage)).collect();
    let reviewer = if number.is_multiple_of(5) { number % cast.people.len() } else { judges[number / 3 % judges.len()] };
    Act::Assign { draft, stage, reviewer, remove: false }
}

/// One to three drafts, mostly such as could go live.
fn members(book: &Book, number: usize) -> Vec<usize> {
    let all: Vec<usize> = (0..book.sheets.len()).filter(|draft| !ENDED.contains(&book.sheets[*draft].state)).collect();
    let ready: Vec<usize> = all.iter().copied().filter(|draft| book.is_ready(*draft)).collect();
    let mut of = if ready.is_empty() || number.is_multiple_of(4) { all } else { ready };
    let most = of.len().max(1);
    of.rotate_left(number % most);
    of.truncate(1 + number / 4 % most);
    if of.is_empty() { vec![0] } else { of }
}
