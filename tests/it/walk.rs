//! Random walks through a draft's life on the real server, on which 'What always holds' is
//! asserted after each step: lines 1 to 5, 9 and 10 of product.md.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};

use crate::support::{Answer, Client, Draft, TestDesk, both, is_full};

both![what_always_holds_holds_on_every_way];

/// Who takes part, by place.
const PEOPLE: usize = 8;
const LEGAL: usize = 5;

#[derive(Clone, Debug)]
enum Step {
    Edit { slug: bool },
    Legal(bool),
    Submit,
    Recall,
    Review { stage: &'static str, verdict: &'static str },
    Publish { with_override: bool },
    Unpublish,
    Archive,
    Reopen,
    Relate,
}

#[derive(Clone, Debug)]
struct Turn {
    who: usize,
    step: Step,
    /// Names the revision before the newest, as a client does that looked too early.
    stale: bool,
}

fn turn() -> impl Strategy<Value = Turn> {
    let step = prop_oneof![
        4 => any::<bool>().prop_map(|slug| Step::Edit { slug }),
        1 => any::<bool>().prop_map(Step::Legal),
        5 => Just(Step::Submit),
        1 => Just(Step::Recall),
        6 => (prop_oneof![4 => Just("EDIT"), 2 => Just("LEGAL")], prop_oneof![5 => Just("APPROVE"), 1 => Just("REQUEST_CHANGES"), 1 => Just("COMMENT")])
            .prop_map(|(stage, verdict)| Step::Review { stage, verdict }),
        5 => prop_oneof![5 => Just(false), 1 => Just(true)].prop_map(|with_override| Step::Publish { with_override }),
        2 => Just(Step::Unpublish),
        1 => Just(Step::Archive),
        1 => Just(Step::Reopen),
        1 => Just(Step::Relate),
    ];
    (0..PEOPLE, step, prop::bool::weighted(0.1)).prop_map(|(who, step, stale)| Turn { who, step, stale })
}

/// What an editor sees of the draft between two steps.
#[derive(Clone, Debug, PartialEq)]
struct View {
    draft: Draft,
    dek: Value,
    markdown: String,
    needs_legal: bool,
    events: i64,
    last: (String, String),
}

/// What the walk itself remembers, without asking the server.
#[derive(Default)]
struct Ledger {
    round: usize,
    /// Who wrote each revision.
    writers: BTreeMap<i64, String>,
    /// Approvals as (revision, round, stage, who).
    approvals: Vec<(i64, usize, String, String)>,
    /// The revision that readers saw last.
    shown: i64,
    /// What readers are to see of it, while it is live.
    live: Option<Value>,
    article: Option<String>,
    slugs: Vec<String>,
}

async fn what_always_holds_holds_on_every_way(desk: TestDesk) {
    let both = desk.staff(&["WRITER", "EDITOR"]).await;
    let people =
        vec![desk.writer(), desk.editor(), desk.another("EDITOR").await, desk.publisher(), both, desk.legal(), desk.admin(), desk.another("WRITER").await];
    assert_eq!((people.len(), people[LEGAL].id()), (PEOPLE, desk.legal().id()));
    let config = Config { cases: if is_full() { 60 } else { 5 }, failure_persistence: None, max_shrink_iters: 40, ..Config::default() };

    // proptest knows nothing of futures, so it runs on a thread where blocking is allowed.
    let outcome = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Handle::current();
        TestRunner::new(config).run(&prop::collection::vec(turn(), 30), |turns| runtime.block_on(walk(&desk, &people, &turns)))
    });
    if let Err(failure) = outcome.await.unwrap() {
        panic!("{failure}");
    }
}

async fn view(desk: &TestDesk, draft: &Draft) -> View {
    let seen = desk
        .editor()
        .look(draft, "needsLegalReview revision { dek body { markdown } } history(last: 1) { totalCount nodes { type actor { id } } }")
        .await;
    let last = &seen["history"]["nodes"][0];
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    View {
        draft: desk.editor().read(draft).await,
        dek: seen["revision"]["dek"].clone(),
        markdown: word(&seen["revision"]["body"]["markdown"]),
        needs_legal: seen["needsLegalReview"] == true,
        events: seen["history"]["totalCount"].as_i64().unwrap(),
        last: (word(&last["type"]), word(&last["actor"]["id"])),
    }
}

async fn walk(desk: &TestDesk, people: &[Client], turns: &[Turn]) -> Result<(), TestCaseError> {
    let draft = desk.draft("A long way").await;
    let mut ledger = Ledger::default();
    ledger.writers.insert(1, desk.writer().id().to_owned());
    for (place, turn) in turns.iter().enumerate() {
        let before = view(desk, &draft).await;
        let who = &people[turn.who];
        let allowed = who.look(&draft, "allowedActions").await["allowedActions"].clone();

        let answer = act(who, &before, turn, place).await;
        let after = view(desk, &draft).await;

        let told = format!("step {place} {turn:?}\nbefore {before:?}\nafter {after:?}\nallowed {allowed}\n{answer}\n");
        check(&mut ledger, who, turn, &before, &after, &allowed, &answer).map_err(|why| TestCaseError::fail(format!("{why}\n{told}")))?;
        readers(desk, &ledger).await.map_err(|why| TestCaseError::fail(format!("{why}\n{told}")))?;
    }
    for slug in &ledger.slugs {
        let taken = desk.writer().create(json!({ "headline": "Too late", "slug": slug })).await;
        prop_assert_eq!(taken.code(), "SLUG_TAKEN", "line 10: {} was live", slug);
    }
    Ok(())
}

async fn act(who: &Client, before: &View, turn: &Turn, place: usize) -> Answer {
    let draft = Draft { revision: before.draft.revision - i64::from(turn.stale), ..before.draft.clone() };
    match &turn.step {
        Step::Edit { slug } => {
            let mut change = json!({ "dek": format!("Dek {place}"), "body": format!("Body {place} of {}", draft.id) });
            if *slug {
                change["slug"] = json!(format!("{} {place}", draft.id));
            }
            who.update(&draft, change).await
        }
        Step::Legal(needed) => who.update(&draft, json!({ "needsLegalReview": needed })).await,
        Step::Submit => who.submit(&draft).await,
        Step::Recall => who.recall(&draft).await,
        Step::Review { stage, verdict } => who.review(&draft, stage, verdict).await,
        Step::Publish { with_override: true } => who.publish_with(&draft, json!({ "override": { "reason": "It cannot wait." } })).await,
        Step::Publish { with_override: false } => who.publish(&draft).await,
        Step::Unpublish => who.unpublish(&draft, json!({})).await,
        Step::Archive => who.archive(&draft).await,
        Step::Reopen => who.reopen(&draft).await,
        Step::Relate => who.relate(&draft, json!([{ "url": format!("https://a.example/{place}"), "title": "A page" }])).await,
    }
}

fn action(step: &Step) -> &'static str {
    match step {
        Step::Edit { .. } | Step::Legal(_) => "UPDATE",
        Step::Submit => "SUBMIT",
        Step::Recall => "RECALL",
        Step::Review { .. } => "REVIEW",
        Step::Publish { with_override: false } => "PUBLISH",
        Step::Publish { with_override: true } => "PUBLISH_OVERRIDE",
        Step::Unpublish => "UNPUBLISH",
        Step::Archive => "ARCHIVE",
        Step::Reopen => "REOPEN",
        Step::Relate => "SET_RELATED_LINKS",
    }
}

/// Judges one step, then writes it down.
fn check(ledger: &mut Ledger, who: &Client, turn: &Turn, before: &View, after: &View, allowed: &Value, answer: &Answer) -> Result<(), String> {
    let ensure = |holds: bool, line: &str| if holds { Ok(()) } else { Err(line.to_owned()) };
    let listed = allowed.as_array().is_some_and(|allowed| allowed.contains(&json!(action(&turn.step))));
    ensure(answer.is_ok() || answer.code() != "INTERNAL_SERVER_ERROR", "a fault")?;
    if !answer.is_ok() {
        ensure(before == after, "lines 5 and 9: what was refused left a trace")?;
        let named = turn.stale && before.draft.revision > 1;
        let judged = matches!(answer.code().as_str(), "SELF_APPROVAL" | "FORBIDDEN" | "BAD_USER_INPUT" | "INVALID_TRANSITION") && matches!(turn.step, Step::Review { .. });
        let legal = matches!(turn.step, Step::Legal(_)) && answer.code() == "FORBIDDEN";
        return ensure(!listed || named || turn.stale || judged || legal, "an action that was offered is refused");
    }
    if before == after {
        return Ok(());
    }
    ensure(after.events == before.events + 1, "line 9: a change is one event")?;
    ensure(after.last.1 == who.id(), "line 9: an event has its actor")?;
    let clears = matches!(turn.step, Step::Legal(false));
    ensure(listed || clears, "an action that was not offered is taken")?;
    let revised = after.draft.revision != before.draft.revision;
    ensure(after.draft.revision == before.draft.revision + i64::from(revised), "numbers grow by one")?;
    ensure(!revised || matches!(turn.step, Step::Edit { .. }) && !turn.stale, "line 5: only a change on the newest revision writes one")?;
    if revised {
        ledger.writers.insert(after.draft.revision, who.id().to_owned());
    }
    match &turn.step {
        Step::Submit => ledger.round += 1,
        Step::Review { stage, verdict: "APPROVE" } => {
            let wrote = ledger.writers.iter().any(|(number, writer)| *number > ledger.shown && writer == who.id());
            ensure(!wrote, "line 3: nobody approves what they wrote")?;
            ledger.approvals.push((before.draft.revision, ledger.round, (*stage).to_owned(), who.id().to_owned()));
        }
        Step::Publish { with_override } => {
            let returns = before.draft.state == "UNPUBLISHED";
            ensure(*with_override || returns || proven(ledger, before), "lines 1 and 2: published without its approvals")?;
            ensure(before.draft.revision == after.draft.revision && before.markdown == after.markdown, "line 1: another text")?;
            ledger.shown = before.draft.revision;
            ledger.live = Some(json!({ "dek": before.dek, "body": { "markdown": before.markdown }, "slug": before.draft.slug }));
            ledger.article.clone_from(&after.draft.article);
            if !ledger.slugs.contains(&before.draft.slug) {
                ledger.slugs.push(before.draft.slug.clone());
            }
        }
        Step::Unpublish => ledger.live = None,
        _ => {}
    }
    if after.draft.state == "APPROVED" {
        ensure(proven(ledger, after), "line 2: approved without approvals of this revision in this round")?;
    }
    Ok(())
}

/// Whether the walk itself saw every approval that the newest revision needs.
fn proven(ledger: &Ledger, of: &View) -> bool {
    let has = |stage: &str| {
        ledger.approvals.iter().any(|(revision, round, at, who)| {
            let wrote = ledger.writers.iter().any(|(number, writer)| *number > ledger.shown && writer == who);
            *revision == of.draft.revision && *round == ledger.round && at == stage && !wrote
        })
    };
    has("EDIT") && (!of.needs_legal || has("LEGAL"))
}

/// What readers see is what was published last, to the byte, by every slug it ever had, or nothing.
async fn readers(desk: &TestDesk, ledger: &Ledger) -> Result<(), String> {
    let reader = desk.anonymous();
    for slug in &ledger.slugs {
        let seen = reader.article(slug, "dek body { markdown } slug").await;
        if seen != ledger.live.clone().unwrap_or(Value::Null) {
            return Err(format!("lines 1, 4 and 10: by {slug} readers see {seen}"));
        }
    }
    if let Some(article) = &ledger.article {
        let node = reader.send("query($id: ID!) { node(id: $id) { id } }", json!({ "id": article })).await;
        if node.at("/node").is_null() != ledger.live.is_none() {
            return Err(format!("line 4: node says {node}"));
        }
    }
    Ok(())
}
