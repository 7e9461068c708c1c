//! Servers killed at any moment, and started again: what was due happens once, what was acknowledged
//! is there, nothing is half there.

mod writes;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::support::{Answer, Chance, Draft, House, TestDesk, both_killed, instant, is_full};

both_killed![
    every_schedule_fires_once_whatever_is_killed,
    what_fell_due_while_no_server_ran_goes_live_at_once,
];

/// How late what is promised within a second may be here, where the machine does much else.
const LATE: TimeDelta = TimeDelta::seconds(10);

/// Tells a figure past the capture of test output, which shows nothing of a test that passes.
fn tell(figure: &str) {
    let _ = writeln!(std::io::stderr(), "crash on {figure}");
}

/// Now, as exactly as the server keeps it.
fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// A time as clients write it.
fn typed(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Waits until a query's numbers are at least these.
async fn until(house: &House, query: &str, variables: Value, places: &[(&str, usize)]) {
    let token = house.token("ADMIN", 0);
    let deadline = Utc::now() + TimeDelta::seconds(60);
    loop {
        let answer = house.insist(Some(token), query, variables.clone()).await;
        let missing = places.iter().find(|(place, wanted)| answer.number(place) < i64::try_from(*wanted).unwrap());
        let Some((place, wanted)) = missing else { return };
        assert!(Utc::now() < deadline, "{place} never came to {wanted}: {answer}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Something with a time, as it was sent and taken.
#[derive(Clone)]
struct Plan {
    draft: Draft,
    at: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
}

/// A release with a time, of drafts that can all go live, or of which one cannot.
struct Planned {
    name: String,
    drafts: Vec<Draft>,
    at: DateTime<Utc>,
    fits: bool,
}

async fn look(house: &House, draft: &str, selection: &str) -> Value {
    let query = format!("query($id: ID!) {{ draft(id: $id) {{ {selection} }} }}");
    house.insist(Some(house.token("EDITOR", 0)), &query, json!({ "id": draft })).await.at("/draft").clone()
}

/// A slow machine may send a time too late; nothing else is to be refused.
fn must_have_passed(answer: &Answer) {
    assert!(answer.fields().iter().all(|path| path == "publishAt" || path == "unpublishAt"), "{answer}");
}

/// Schedules a draft, through every kill, until it is known to be scheduled.
async fn schedule(house: &House, draft: Draft, mut at: DateTime<Utc>, stay: Option<TimeDelta>) -> Plan {
    const SCHEDULE: &str = "mutation($input: ScheduleDraftInput!) { scheduleDraft(input: $input) { draft { state } } }";
    let mut unsure = None;
    loop {
        let plan = Plan { draft: draft.clone(), at, until: stay.map(|stay| at + stay) };
        let input = json!({ "draftId": draft.id, "revision": draft.revision, "publishAt": typed(at), "unpublishAt": plan.until.map(typed) });
        match house.attempt(Some(house.token("PUBLISHER", 0)), SCHEDULE, json!({ "input": input })).await {
            Some(answer) if answer.is_ok() => return plan,
            Some(answer) if answer.code() == "INVALID_TRANSITION" => return unsure.unwrap_or_else(|| panic!("{answer}")),
            Some(answer) => must_have_passed(&answer),
            None => {
                house.whole().await;
                if look(house, &draft.id, "state").await["state"] != "APPROVED" {
                    return plan;
                }
                unsure = Some(plan);
            }
        }
        at = now() + TimeDelta::milliseconds(400);
    }
}

/// Makes a release with a time, through every kill, until it is known to be there, once.
async fn release(house: &House, name: String, drafts: Vec<Draft>, mut at: DateTime<Utc>, fits: bool) -> Planned {
    const CREATE: &str = "mutation($input: CreateReleaseInput!) { createRelease(input: $input) { release { state } } }";
    const LOG: &str = "{ events(filter: { types: [RELEASE_CHANGED] }, last: 10) { nodes { details } } }";
    let ids: Vec<&str> = drafts.iter().map(|draft| draft.id.as_str()).collect();
    loop {
        let input = json!({ "name": name, "publishAt": typed(at), "draftIds": ids });
        let answer = house.attempt(Some(house.token("PUBLISHER", 0)), CREATE, json!({ "input": input })).await;
        let is_there = match answer {
            Some(answer) if answer.is_ok() => true,
            Some(answer) => {
                must_have_passed(&answer);
                false
            }
            None => {
                house.whole().await;
                let log = house.insist(Some(house.token("ADMIN", 0)), LOG, json!({})).await;
                log.list("/events/nodes").iter().any(|event| event["details"]["name"] == name.as_str())
            }
        };
        if is_there {
            return Planned { name, drafts, at, fits };
        }
        at = now() + TimeDelta::milliseconds(400);
    }
}

/// Reads what is live as readers do, again and again, and notes when each article was there first.
async fn readers(house: Arc<House>, since: DateTime<Utc>, together: Vec<BTreeSet<String>>, stop: CancellationToken) -> BTreeMap<String, DateTime<Utc>> {
    const LIVE: &str = "query($since: DateTime!) { articles(first: 100, filter: { publishedAfter: $since }) { nodes { slug } } }";
    let mut first = BTreeMap::new();
    while let Some(answer) = stop.run_until_cancelled(house.attempt(None, LIVE, json!({ "since": typed(since) }))).await {
        if let Some(answer) = answer {
            let live: BTreeSet<String> = answer.texts("/articles/nodes", "slug").into_iter().collect();
            for set in &together {
                let shown = set.intersection(&live).count();
                assert!(shown == 0 || shown == set.len(), "readers see {shown} of a release of {}", set.len());
            }
            for slug in live {
                first.entry(slug).or_insert_with(Utc::now);
            }
        }
        sleep(Duration::from_millis(15)).await;
    }
    first
}

/// What came of one round.
struct Round {
    plans: Vec<Plan>,
    releases: Vec<Planned>,
    seen: BTreeMap<String, DateTime<Utc>>,
}

const SINGLE: usize = 20;
const TOGETHER: usize = 3;

const DONE: &str = "query($since: DateTime!) {
    live: events(first: 1, filter: { since: $since, types: [ARTICLE_PUBLISHED] }) { totalCount }
    gone: events(first: 1, filter: { since: $since, types: [ARTICLE_UNPUBLISHED] }) { totalCount }
    failed: events(first: 1, filter: { since: $since, types: [PUBLISH_FAILED] }) { totalCount } }";

/// The slugs that readers are to see together.
fn slugs(drafts: &[Draft]) -> BTreeSet<String> {
    drafts.iter().map(|draft| draft.slug.clone()).collect()
}

async fn round(house: &Arc<House>, chance: &mut Chance, name: &str, mut drafts: Vec<Draft>, times: u64) -> Round {
    let since = now();
    let unfit = drafts.split_off(SINGLE + TOGETHER);
    let fit = drafts.split_off(SINGLE);
    let slugs = slugs(&fit);
    let stop = CancellationToken::new();
    let reading = tokio::spawn(readers(Arc::clone(house), since, vec![slugs], stop.clone()));

    // Half of them at one instant, around which the first kill may fall; the others at any moment near it.
    let rush = 800 + chance.below(400);
    let mut due = || since + if chance.below(2) == 0 { TimeDelta::milliseconds(rush.cast_signed()) } else { chance.within(600..1_600) };
    let releases = [
        release(house, format!("{name}, complete"), fit, due(), true),
        release(house, format!("{name}, incomplete"), unfit, due(), false),
    ];
    let times_due: Vec<DateTime<Utc>> = drafts.iter().map(|_| due()).collect();
    let planning: Vec<_> = drafts
        .into_iter()
        .zip(times_due)
        .map(|(draft, at)| schedule(house, draft, at, (chance.below(2) == 0).then(|| chance.within(1..600))))
        .collect();
    let moment = if chance.below(2) == 0 { rush..rush + 300 } else { 0..1_700 };
    let (plans, releases, ()) = tokio::join!(join_all(planning), join_all(releases), house.killed(chance, times, moment));

    let gone = plans.iter().filter(|plan| plan.until.is_some()).count();
    let wanted = [("/live/totalCount", SINGLE + TOGETHER), ("/gone/totalCount", gone), ("/failed/totalCount", 2)];
    until(house, DONE, json!({ "since": typed(since) }), &wanted).await;
    stop.cancel();
    Round { plans, releases, seen: reading.await.unwrap() }
}

/// Lateness, worst first in mind: of the log, and of what readers saw.
#[derive(Default)]
struct Late {
    told: TimeDelta,
    seen: TimeDelta,
}

impl Late {
    /// What was due is neither early nor later than there was a server to do it.
    fn judge(&mut self, house: &House, due: DateTime<Utc>, event: &Value, seen: Option<&DateTime<Utc>>) {
        let at = instant(&event["at"]);
        assert!(at >= due, "early by {}: {event}", due - at);
        let late = house.served_between(due, at);
        assert!(late <= LATE, "{} seconds late: {event}", late.as_seconds_f64());
        self.told = self.told.max(late);
        if let Some(seen) = seen {
            assert!(*seen >= due, "readers saw it {} early: {event}", due - *seen);
            let late = house.served_between(due, *seen);
            assert!(late <= LATE, "readers saw it {} seconds late: {event}", late.as_seconds_f64());
            self.seen = self.seen.max(late);
        }
    }
}

const WHOLE: &str = "state schedule { publishAt } article { edition publishedAt editions(first: 5) { totalCount } } history(first: 20) { totalCount nodes { type at details } }";
const APPROVED: [&str; 3] = ["DRAFT_CREATED", "DRAFT_SUBMITTED", "DRAFT_APPROVED"];

fn types(seen: &Value) -> Vec<&str> {
    seen["history"]["nodes"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect()
}

/// A schedule fired once, at its time, and left the draft and its article whole.
async fn judge_plan(house: &House, plan: &Plan, round: &Round, late: &mut Late) {
    let seen = look(house, &plan.draft.id, WHOLE).await;
    let mut wanted = APPROVED.to_vec();
    wanted.extend(["ARTICLE_SCHEDULED", "ARTICLE_PUBLISHED"]);
    wanted.extend(plan.until.map(|_| "ARTICLE_UNPUBLISHED"));
    assert_eq!(types(&seen), wanted, "{}", plan.draft.headline);
    let events = seen["history"]["nodes"].as_array().unwrap();
    assert_eq!(events[3]["details"]["publishAt"], typed(plan.at));
    assert_eq!(events[4]["details"]["edition"], 1);
    late.judge(house, plan.at, &events[4], round.seen.get(&plan.draft.slug));
    assert!(seen["schedule"].is_null(), "{seen}");
    let by_slug = house.insist(None, "query($slug: String!) { article(slug: $slug) { edition } }", json!({ "slug": plan.draft.slug })).await;
    if let Some(until) = plan.until {
        late.judge(house, until, &events[5], None);
        assert_eq!((&seen["state"], &seen["article"]), (&json!("UNPUBLISHED"), &json!(null)));
        assert!(by_slug.at("/article").is_null(), "{by_slug}");
    } else {
        assert_eq!(seen["state"], "PUBLISHED");
        assert_eq!((&seen["article"]["edition"], &seen["article"]["editions"]["totalCount"]), (&json!(1), &json!(1)));
        assert!(instant(&seen["article"]["publishedAt"]) >= plan.at);
        assert_eq!(by_slug.at("/article/edition"), 1);
    }
}

/// Every draft of a release went live in one moment, or none did.
async fn judge_release(house: &House, release: &Planned, round: &Round, outcomes: &[&Value], late: &mut Late) {
    let told: Vec<&&Value> = outcomes.iter().filter(|event| event["details"]["name"] == release.name.as_str()).collect();
    let [told] = told.as_slice() else { panic!("'{}' came out {} times", release.name, told.len()) };
    assert_eq!(told["type"], if release.fits { "RELEASE_PUBLISHED" } else { "PUBLISH_FAILED" });
    late.judge(house, release.at, told, None);
    for draft in &release.drafts {
        let seen = look(house, &draft.id, WHOLE).await;
        let published: Vec<&Value> = seen["history"]["nodes"].as_array().unwrap().iter().filter(|event| event["type"] == "ARTICLE_PUBLISHED").collect();
        assert_eq!(published.len(), usize::from(release.fits), "{}: {seen}", draft.headline);
        assert_eq!(seen["article"].is_object(), release.fits, "{seen}");
        for event in published {
            assert_eq!((&event["at"], &seen["state"]), (&told["at"], &json!("PUBLISHED")), "all in one moment");
            late.judge(house, release.at, event, round.seen.get(&draft.slug));
        }
    }
}

/// The whole log, page by page.
async fn log(house: &House) -> Vec<Value> {
    const PAGE: &str = "query($after: String) { events(first: 100, after: $after) { totalCount nodes { id type at draft { id } details } pageInfo { hasNextPage endCursor } } }";
    let (mut all, mut after) = (Vec::new(), json!(null));
    loop {
        let page: Answer = house.insist(Some(house.token("ADMIN", 0)), PAGE, json!({ "after": after })).await;
        all.extend(page.list("/events/nodes").iter().cloned());
        if page.at("/events/pageInfo/hasNextPage") == false {
            let ids: BTreeSet<&str> = all.iter().map(|event| event["id"].as_str().unwrap()).collect();
            assert_eq!((ids.len(), page.number("/events/totalCount")), (all.len(), i64::try_from(all.len()).unwrap()));
            return all;
        }
        after = page.at("/events/pageInfo/endCursor").clone();
    }
}

/// What became of releases.
fn outcomes(log: &[Value]) -> Vec<&Value> {
    log.iter().filter(|event| ["RELEASE_PUBLISHED", "PUBLISH_FAILED"].iter().any(|kind| event["type"] == *kind) && event["draft"].is_null()).collect()
}

/// Drafts that only wait for their time.
async fn approved(desk: &TestDesk, name: &str, number: usize) -> Vec<Draft> {
    let headlines: Vec<String> = (0..number).map(|place| format!("{name} {place}")).collect();
    join_all(headlines.iter().map(|headline| desk.approved(headline))).await
}

async fn every_schedule_fires_once_whatever_is_killed(house: Arc<House>) {
    let mut chance = Chance::new();
    let rounds = if is_full() { 50 } else { 4 };
    let ready: Vec<Vec<Draft>> = house
        .prepare(|desk| async move {
            let mut ready = Vec::new();
            for round in 0..rounds {
                let mut drafts = approved(&desk, &format!("Round {round}, draft"), SINGLE + 2 * TOGETHER - 1).await;
                drafts.push(desk.submitted(&format!("Round {round}, not approved")).await);
                ready.push(drafts);
            }
            ready
        })
        .await;
    house.start_all().await;

    let (mut done, mut killed) = (Vec::new(), 0);
    for (number, drafts) in ready.into_iter().enumerate() {
        let times = if is_full() { 1 + chance.below(3) } else { 2 };
        done.push(round(&house, &mut chance, &format!("Round {number}"), drafts, times).await);
        killed += times;
    }
    // Whoever starts now finds nothing left to do.
    house.kill_all();
    house.start_all().await;

    let mut late = Late::default();
    let log = log(&house).await;
    let outcomes = outcomes(&log);
    for round in &done {
        for plan in &round.plans {
            judge_plan(&house, plan, round, &mut late).await;
        }
        for release in &round.releases {
            judge_release(&house, release, round, &outcomes, &mut late).await;
        }
    }
    let count = |kind: &str| log.iter().filter(|event| event["type"] == kind).count();
    assert_eq!(count("ARTICLE_PUBLISHED"), rounds * (SINGLE + TOGETHER));
    assert_eq!((count("ARTICLE_SCHEDULED"), count("RELEASE_CHANGED")), (rounds * SINGLE, rounds * 2));
    assert_eq!((count("RELEASE_PUBLISHED"), count("PUBLISH_FAILED")), (rounds, rounds * 2));
    tell(&format!(
        "{}: {killed} kills, {} schedules, {} releases; at worst {} ms late in the log, {} ms for readers",
        house.name,
        rounds * SINGLE,
        rounds * 2,
        late.told.num_milliseconds(),
        late.seen.num_milliseconds()
    ));
}

async fn what_fell_due_while_no_server_ran_goes_live_at_once(house: Arc<House>) {
    let drafts = house
        .prepare(|desk| async move { approved(&desk, "Overdue", 2 + TOGETHER).await })
        .await;
    let [stays, goes, together @ ..] = drafts.as_slice() else { panic!("{drafts:?}") };
    house.start_all().await;
    let at = now() + TimeDelta::seconds(3);
    let stays = schedule(&house, stays.clone(), at, None).await;
    let goes = schedule(&house, goes.clone(), at, Some(TimeDelta::milliseconds(1))).await;
    let together = release(&house, "Overdue".to_owned(), together.to_vec(), at, true).await;
    house.kill_all();
    assert!(Utc::now() < at, "they were killed before anything was due");

    sleep((at + TimeDelta::milliseconds(10) - Utc::now()).to_std().unwrap_or_default()).await;
    house.start_all().await;
    let (since, stop) = (at, CancellationToken::new());
    let reading = tokio::spawn(readers(Arc::clone(&house), since, vec![slugs(&together.drafts)], stop.clone()));
    until(&house, DONE, json!({ "since": typed(since) }), &[("/live/totalCount", 2 + TOGETHER), ("/gone/totalCount", 1)]).await;
    while house.attempt(None, "{ articles { totalCount } }", json!({})).await.is_none_or(|live| live.number("/articles/totalCount") < 4) {}
    stop.cancel();

    let round = Round { plans: vec![stays, goes], releases: vec![together], seen: reading.await.unwrap() };
    let mut late = Late::default();
    let log = log(&house).await;
    for plan in &round.plans {
        judge_plan(&house, plan, &round, &mut late).await;
    }
    judge_release(&house, &round.releases[0], &round, &outcomes(&log), &mut late).await;
}
