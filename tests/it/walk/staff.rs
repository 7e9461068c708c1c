//! What staff see of the drafts, beside what the book says they have to see.

use serde_json::{Value, json};

use super::act::written;
use super::book::{Book, Cast, Edition, Link, Sheet, Time};
use super::clock::Event;
use crate::support::Client;
use crate::workflow::table::At;
use entity::enums::DraftState::*;

const DRAFT: &str = "id state needsLegalReview owner { id }
    article { id edition retraction { notice } editions(first: 100) { nodes { number revision { number } } } }
    revision { number headline dek slug affiliateFlag createdBy { id } body { markdown } }
    schedule { publishAt unpublishAt revision { number } scheduledBy { id } }
    stages { stage { key } isComplete approvals { reviewer { id } } assignments { reviewer { id } } }
    checks { code passed } affiliate { flag reason disclosureRequired }
    relatedLinks { isLive target { ... on Draft { id } ... on ExternalPage { url } } }
    comments(first: 100) { nodes { id resolvedAt anchor { quote start end isOutdated } } }
    reviews(last: 30) { totalCount nodes { isStale verdict reviewer { id } revision { number } stage { key } } }
    history { totalCount }";

const LOG: &str = "events(after: $after, first: 100) {
    nodes { type at actor { id } draft { id } details } pageInfo { endCursor hasNextPage } }";

/// What somebody of the desk was answered.
pub struct Desk {
    drafts: Vec<Value>,
    releases: Vec<Value>,
    pub log: Log,
}

/// What is new in the log.
pub struct Log {
    pub events: Vec<Event>,
    pub end: Option<String>,
}

impl Desk {
    /// How many releases were asked for.
    pub fn releases(&self) -> usize {
        self.releases.len()
    }
}

impl Log {
    fn of(connection: &Value) -> Self {
        assert_eq!(connection["pageInfo"]["hasNextPage"], false, "more happened in one step than a page holds");
        let events = connection["nodes"].as_array().unwrap().iter().map(Event::of).collect();
        Self { events, end: connection["pageInfo"]["endCursor"].as_str().map(str::to_owned) }
    }
}

/// Everything about these drafts and releases, and the log since a place in it.
pub async fn look(who: &Client, book: &Book, after: &str) -> Desk {
    let drafts: Vec<&str> = book.sheets.iter().map(|sheet| sheet.id.as_str()).collect();
    // A walk makes no more releases than a page of nodes holds.
    let releases: Vec<&str> = book.releases.iter().map(|release| release.id.as_str()).collect();
    let query = format!(
        "query($drafts: [ID!]!, $releases: [ID!]!, $after: String) {{ {LOG}
            drafts: nodes(ids: $drafts) {{ ... on Draft {{ {DRAFT} }} }}
            releases: nodes(ids: $releases) {{ ... on Release {{ state drafts {{ id }} }} }} }}"
    );
    let answer = who.send(&query, json!({ "drafts": drafts, "releases": releases, "after": after })).await;
    let list = |place: &str| answer.list(place).to_vec();
    Desk { drafts: list("/drafts"), releases: list("/releases"), log: Log::of(answer.at("/events")) }
}

/// What somebody may do with each draft, and what is new in the log by then.
pub async fn ask(who: &Client, book: &Book, after: &str) -> (Vec<Value>, Log) {
    let drafts: Vec<&str> = book.sheets.iter().map(|sheet| sheet.id.as_str()).collect();
    let query = format!(
        "query($drafts: [ID!]!, $after: String) {{ {LOG}
            nodes(ids: $drafts) {{ ... on Draft {{ allowedActions actions {{ action isAllowed code }} }} }} }}"
    );
    let answer = who.send(&query, json!({ "drafts": drafts, "after": after })).await;
    (answer.list("/nodes").to_vec(), Log::of(answer.at("/events")))
}

/// What is new in the log.
pub async fn news(who: &Client, after: &str) -> Log {
    let answer = who.send(&format!("query($after: String) {{ {LOG} }}"), json!({ "after": after })).await;
    Log::of(answer.at("/events"))
}

/// Where the log ends now.
pub async fn end_of_log(who: &Client) -> String {
    who.ask("{ events(last: 1) { pageInfo { endCursor } } }").await.text("/events/pageInfo/endCursor")
}

/// What is offered is what would be taken, and what is not is told with its code.
pub fn check_actions(book: &Book, cast: &Cast, who: usize, seen: &[Value]) -> Result<(), String> {
    for (draft, seen) in seen.iter().enumerate() {
        let mut allowed = Vec::new();
        for status in seen["actions"].as_array().unwrap() {
            let action = status["action"].as_str().unwrap();
            let owed = book.action(cast, draft, who, action);
            if status["code"] != json!(owed) || status["isAllowed"] != json!(owed.is_none()) {
                return Err(format!("allowedActions: {action} of draft {draft} is told as {status}, and {owed:?} would come of it"));
            }
            allowed.extend(owed.is_none().then_some(action));
        }
        if seen["allowedActions"] != json!(allowed) {
            return Err(format!("allowedActions of draft {draft}: {} instead of {allowed:?}", seen["allowedActions"]));
        }
    }
    Ok(())
}

/// The same as the book has it, or where not.
pub fn check(book: &Book, cast: &Cast, desk: &Desk, asked_at: Time) -> Result<(), String> {
    book.overdue(asked_at)?;
    for (place, seen) in desk.drafts.iter().enumerate() {
        check_draft(book, cast, place, seen).map_err(|why| format!("draft {place}: {why}"))?;
    }
    for (release, seen) in book.releases.iter().zip(&desk.releases) {
        let drafts: Vec<Value> = release.drafts.iter().map(|draft| json!({ "id": book.sheets[*draft].id })).collect();
        same("the release", &json!({ "state": release.state, "drafts": drafts }), seen)?;
    }
    Ok(())
}

pub fn same(what: &str, owed: &Value, seen: &Value) -> Result<(), String> {
    if owed == seen { Ok(()) } else { Err(format!("{what} should be {owed} and is {seen}")) }
}

/// The ids of articles, which the server chose: each is the same for ever.
pub fn learn(book: &mut Book, desk: &Desk) -> Result<(), String> {
    for (sheet, seen) in book.sheets.iter_mut().zip(&desk.drafts) {
        let Some(id) = seen["article"]["id"].as_str() else { continue };
        let known = sheet.article.get_or_insert_with(|| id.to_owned());
        if known != id {
            return Err(format!("line 10: the article {known} became {id}"));
        }
    }
    Ok(())
}

fn check_draft(book: &Book, cast: &Cast, place: usize, seen: &Value) -> Result<(), String> {
    let sheet = &book.sheets[place];
    let newest = sheet.newest();
    let person = |who: usize| cast.people[who].id();
    same("state", &json!(sheet.state.as_str()), &seen["state"])?;
    same("needsLegalReview", &json!(sheet.needs_legal), &seen["needsLegalReview"])?;
    same("owner", &json!(person(sheet.owner)), &seen["owner"]["id"])?;
    let revision = json!({
        "number": sheet.number(), "headline": newest.headline, "dek": newest.dek, "slug": newest.slug, "affiliateFlag": newest.flag,
        "createdBy": { "id": person(sheet.writers[sheet.number() - 1][0]) }, "body": { "markdown": newest.body },
    });
    same("line 5: the newest revision", &revision, &seen["revision"])?;
    check_article(sheet, &seen["article"])?;
    let plan = sheet.plan.as_ref().map(|plan| {
        let (from, until) = (plan.publish_at.map(written), plan.unpublish_at.map(written));
        let revision = json!({ "number": plan.revision });
        json!({ "publishAt": from, "unpublishAt": until, "revision": revision, "scheduledBy": { "id": person(plan.by) } })
    });
    same("line 6: the schedule", &json!(plan), &seen["schedule"])?;
    let is_scheduled = sheet.plan.as_ref().is_some_and(|plan| plan.publish_at.is_some());
    let At { state, .. } = sheet.at();
    if (state == Scheduled) != is_scheduled {
        return Err(format!("line 6: {state} with {:?}", sheet.plan));
    }
    check_stages(sheet, cast, seen)?;
    let affiliate = json!({ "flag": newest.flag, "reason": newest.reason, "disclosureRequired": newest.is_disclosure_due() });
    same("line 7: the assessment", &affiliate, &seen["affiliate"])?;
    let links = sheet.links.iter().map(|link| match link {
        Link::To(target) => json!({ "isLive": book.sheets[*target].is_live, "target": { "id": book.sheets[*target].id } }),
        Link::Page(url) => json!({ "isLive": true, "target": { "url": url } }),
    });
    same("line 8: the related links", &json!(links.collect::<Vec<_>>()), &seen["relatedLinks"])?;
    check_checks(book, place, &seen["checks"])?;
    check_remarks(sheet, &seen["comments"]["nodes"])?;
    same("line 9: the number of events", &json!(sheet.events), &seen["history"]["totalCount"])
}

fn check_article(sheet: &Sheet, seen: &Value) -> Result<(), String> {
    if !sheet.is_live && sheet.state != Retracted {
        return same("line 4: the article of what is not live", &Value::Null, seen);
    }
    let retraction = sheet.notice.as_ref().map(|notice| json!({ "notice": notice }));
    same("the retraction", &json!(retraction), &seen["retraction"])?;
    let kept = |(number, edition): (usize, &Edition)| json!({ "number": number, "revision": { "number": edition.revision } });
    let editions: Vec<Value> = (1..).zip(&sheet.editions).map(kept).collect();
    same("line 1: the editions' revisions", &json!(editions), &seen["editions"]["nodes"])?;
    same("the edition", &json!(editions.len()), &seen["edition"])
}

/// Lines 2 and 3: what counts of the verdicts, and what no longer does.
fn check_stages(sheet: &Sheet, cast: &Cast, seen: &Value) -> Result<(), String> {
    let ids = |of: &Value| {
        let reviewer = |one: &Value| one["reviewer"]["id"].as_str().unwrap().to_owned();
        let mut ids: Vec<String> = of.as_array().unwrap().iter().map(reviewer).collect();
        ids.sort();
        ids
    };
    let named = |people: &mut dyn Iterator<Item = usize>| {
        let mut ids: Vec<String> = people.map(|who| cast.people[who].id().to_owned()).collect();
        ids.sort();
        ids
    };
    let shown = seen["stages"].as_array().unwrap();
    let keys: Vec<&Value> = shown.iter().map(|stage| &stage["stage"]["key"]).collect();
    same("the stages", &json!(sheet.stages()), &json!(keys))?;
    for (stage, shown) in sheet.stages().into_iter().zip(shown) {
        let owed = named(&mut sheet.approvals(stage).into_iter());
        let approvals = ids(&shown["approvals"]);
        let counts = matches!(sheet.state, InReview | Approved | Scheduled);
        if (counts && approvals != owed) || !approvals.iter().all(|id| owed.contains(id)) {
            return Err(format!("lines 2 and 3: at {stage} the approvals of {approvals:?} count instead of those of {owed:?}"));
        }
        same("isComplete", &json!(!approvals.is_empty()), &shown["isComplete"])?;
        let asked = named(&mut sheet.asked.iter().filter(|(of, _)| *of == stage).map(|(_, who)| *who));
        same("the assignments", &json!(asked), &json!(ids(&shown["assignments"])))?;
    }
    if matches!(sheet.state, Approved | Scheduled) && !sheet.missing().is_empty() {
        return Err(format!("line 1: {} without an approval at {:?}", sheet.state, sheet.missing()));
    }
    let given: Vec<Value> = sheet.verdicts.iter().rev().take(30).rev().map(|given| {
        let is_stale = given.revision != sheet.number() || given.round != sheet.round;
        json!({ "isStale": is_stale, "verdict": given.verdict, "reviewer": { "id": cast.people[given.who].id() },
                "revision": { "number": given.revision }, "stage": { "key": given.stage } })
    }).collect();
    same("line 2: the reviews", &json!({ "totalCount": sheet.verdicts.len(), "nodes": given }), &seen["reviews"])
}

fn check_checks(book: &Book, place: usize, seen: &Value) -> Result<(), String> {
    let sheet = &book.sheets[place];
    let targets_are_live = sheet.links.iter().all(|link| match link {
        Link::To(target) => book.sheets[*target].is_live,
        Link::Page(_) => true,
    });
    for check in seen.as_array().unwrap() {
        let owed = match check["code"].as_str().unwrap() {
            "BODY" => !sheet.newest().is_hollow(),
            "RELATED_LIVE" => targets_are_live,
            "OPEN_COMMENTS" => sheet.open_remarks() == 0,
            // Whose approvals count out of review is for the stages to say.
            "APPROVALS" if matches!(sheet.state, InReview | Approved | Scheduled) => sheet.missing().is_empty(),
            "APPROVALS" => continue,
            _ => true,
        };
        if check["passed"] != json!(owed) {
            return Err(format!("the check {check} should have passed: {owed}"));
        }
    }
    Ok(())
}

fn check_remarks(sheet: &Sheet, seen: &Value) -> Result<(), String> {
    let seen = seen.as_array().unwrap();
    if seen.len() != sheet.remarks.len() {
        return Err(format!("{} comments instead of {}", seen.len(), sheet.remarks.len()));
    }
    for (remark, seen) in sheet.remarks.iter().zip(seen) {
        same("the comment", &json!(remark.id), &seen["id"])?;
        same("whether the comment is resolved", &json!(remark.is_resolved), &json!(!seen["resolvedAt"].is_null()))?;
        let anchor = match remark.place(&sheet.revisions) {
            None if remark.quote.is_none() => Value::Null,
            None => continue,
            Some(Some((start, end))) => json!({ "quote": remark.quote, "start": start, "end": end, "isOutdated": false }),
            Some(None) => json!({ "quote": remark.quote, "start": null, "end": null, "isOutdated": true }),
        };
        same("the anchor", &anchor, &seen["anchor"])?;
    }
    Ok(())
}
