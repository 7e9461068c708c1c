//! Nobody ever reads what was changed before they asked, whichever server they ask, while everything changes at full speed.
//!
//! Each thing that is changed carries the number of its change, and has one writer. A reader notes what was acknowledged
//! before it asks, and what was begun when its answer came: what it sees has to lie between. While a change is under
//! way, one reader may see it and the next one not yet: what is promised is promised from its answer on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Client, Live, TestDesk, both, is_full};

both![readers_see_every_change_that_was_answered, what_is_asked_again_is_what_it_was_made_of];

/// A thing that changes, by the numbers of its changes.
#[derive(Default)]
struct Register {
    begun: AtomicU64,
    /// Answered to its writer.
    known: AtomicU64,
}

impl Register {
    async fn change(&self, change: impl AsyncFnOnce(u64)) {
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        change(number).await;
        self.known.fetch_max(number, Ordering::SeqCst);
    }
}

/// All that is changed.
#[derive(Default)]
struct Registers {
    headline: Register,
    presence: Register,
    note: Register,
    author: Register,
    section: Register,
    policy: Register,
}

/// Where a register's number stands in an answer.
type Seen = (&'static str, fn(&Registers) -> &Register);

fn headline(registers: &Registers) -> &Register {
    &registers.headline
}
fn note(registers: &Registers) -> &Register {
    &registers.note
}
fn author(registers: &Registers) -> &Register {
    &registers.author
}
fn section(registers: &Registers) -> &Register {
    &registers.section
}
fn policy(registers: &Registers) -> &Register {
    &registers.policy
}

/// What readers ask, and what they see in it.
const QUESTIONS: &[(&str, &[Seen])] = &[
    (
        "{ article(slug: \"first\") { headline authors { name } section { name } related(suggest: false) { note } } }",
        &[("/article/headline", headline), ("/article/authors/0/name", author), ("/article/section/name", section), ("/article/related/0/note", note)],
    ),
    ("{ articles(orderBy: PUBLISHED_AT_ASC, first: 3) { nodes { headline authors { name } } totalCount } }", &[("/articles/nodes/0/headline", headline), ("/articles/nodes/0/authors/0/name", author)]),
    ("{ sections { name articles(last: 1) { nodes { headline } } } }", &[("/sections/0/name", section), ("/sections/0/articles/nodes/0/headline", headline)]),
    ("{ article(slug: \"other\") { linkedFrom { note title } } }", &[("/article/linkedFrom/0/note", note), ("/article/linkedFrom/0/title", headline)]),
    ("{ article(slug: \"second\") { body { html } related(suggest: false) { title } } }", &[("/article/related/0/title", headline)]),
    ("{ site { defaultAffiliatePolicy { name } } }", &[("/site/defaultAffiliatePolicy/name", policy)]),
    ("{ authors(first: 100) { nodes { name } } }", &[("/authors/nodes/0/name", author)]),
];

/// Whether an article is there, asked in several ways.
const PRESENCE: &[(&str, &str)] = &[
    ("{ article(slug: \"coming-and-going-0\") { headline } }", "/article/headline"),
    ("{ article(slug: \"second\") { related(suggest: false) { title target { ... on Article { slug } } } } }", "/article/related/1/title"),
    ("{ tag(slug: \"rare\") { name articles(first: 5) { nodes { headline } } } }", "/tag/articles/nodes/0/headline"),
];

fn numbered(text: Option<&str>) -> Option<u64> {
    text?.rsplit(' ').next()?.parse().ok()
}

/// Everything that the readers and writers share.
struct Newsroom {
    registers: Registers,
    doors: Vec<TestDesk>,
    is_over: AtomicBool,
    reads: AtomicU64,
}

impl Newsroom {
    fn goes_on(&self) -> bool {
        !self.is_over.load(Ordering::SeqCst)
    }

    /// Asks at one server after the other, by POST and by GET.
    async fn read(self: Arc<Self>, seed: usize) {
        let mut turn = seed;
        while self.goes_on() {
            turn += 1;
            let reader = self.doors[turn % self.doors.len()].anonymous();
            let which = turn % (QUESTIONS.len() + PRESENCE.len());
            if let Some((query, seen)) = QUESTIONS.get(which) {
                let before: Vec<u64> = seen.iter().map(|(_, of)| of(&self.registers).known.load(Ordering::SeqCst)).collect();
                let answer = ask(&reader, query, turn).await;
                for ((place, of), before) in seen.iter().zip(before) {
                    let register = of(&self.registers);
                    let number = numbered(answer.pointer(place).and_then(Value::as_str)).unwrap_or_else(|| panic!("no number at {place}: {answer}"));
                    let begun = register.begun.load(Ordering::SeqCst);
                    assert!(before <= number && number <= begun, "{number} at {place} was read after {before} was known ({begun} begun): {query}");
                }
            } else {
                let (query, place) = PRESENCE[which - QUESTIONS.len()];
                let register = &self.registers.presence;
                let before = register.known.load(Ordering::SeqCst);
                let answer = ask(&reader, query, turn).await;
                let begun = register.begun.load(Ordering::SeqCst);
                let is_there = answer.pointer(place).is_some_and(Value::is_string);
                // Even numbers brought it, odd ones took it away.
                let fits = (before..=begun).any(|number| is_there == (number % 2 == 0));
                assert!(fits, "whether it is there was read as {is_there}, and was changed by {before}: {query}");
            }
            self.reads.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn ask(reader: &Client, query: &str, turn: usize) -> Value {
    let answer = if turn.is_multiple_of(3) { reader.get(query).await } else { reader.ask(query).await };
    answer.data().clone()
}

async fn readers_see_every_change_that_was_answered(desk: TestDesk) {
    let other = desk.elsewhere().await;
    let scene = set(&desk, &other).await;
    let newsroom = Arc::clone(&scene.newsroom);
    let long = if is_full() { Duration::from_secs(60) } else { Duration::from_secs(6) };

    let readers = (0..6).map(|seed| tokio::spawn(Arc::clone(&newsroom).read(seed * 7 + 1)));
    let readers: Vec<_> = readers.collect();
    let over = Arc::clone(&newsroom);
    let timer = tokio::spawn(async move {
        tokio::time::sleep(long).await;
        over.is_over.store(true, Ordering::SeqCst);
    });
    write(&scene).await;

    timer.await.unwrap();
    for reader in join_all(readers).await {
        reader.unwrap();
    }
    let changes: Vec<u64> = [headline, note, author, section, policy].iter().map(|of| of(&newsroom.registers).begun.load(Ordering::SeqCst)).collect();
    let (reads, kept) = (newsroom.reads.load(Ordering::Relaxed), desk.desk.fresh.watched());
    eprintln!("freshness: {reads} reads while {changes:?} changes were made; {kept} things watched");
    assert!(changes.iter().all(|count| *count > 1) && reads > 100, "too little happened: {changes:?}, {reads} reads");
}

/// A newsroom in which everything has the number of its last change.
struct Scene {
    newsroom: Arc<Newsroom>,
    first: Live,
    other: Live,
    fleeting: Live,
    policy: String,
}

async fn set(desk: &TestDesk, second: &TestDesk) -> Scene {
    desk.editor().update_author(json!({ "authorId": desk.cast.author, "name": "Ann 0" })).await.data();
    desk.editor().update_section(json!({ "sectionId": desk.cast.section, "name": "News 0" })).await.data();
    let policies = desk.commerce().ask("{ affiliatePolicies { id } }").await;
    let policy = policies.text("/affiliatePolicies/0/id");
    rename(desk, &policy, 0).await;
    let first = desk.published_with("First 0", json!({ "slug": "first" })).await;
    let other = desk.published_with("Other", json!({ "slug": "other" })).await;
    let fleeting = desk.published_with("Coming and going 0", json!({ "tags": ["rare"] })).await;
    let body = "Read [the first](/first/) and [what comes and goes](/coming-and-going-0/).";
    let reading = desk.published_with("Second", json!({ "slug": "second", "body": body })).await;
    let links = json!([{ "draftId": first.draft.id }, { "draftId": fleeting.draft.id }]);
    desk.editor().relate(&reading.draft, links).await.data();
    relate(desk, &first, &other, 0).await;
    let newsroom = Newsroom {
        registers: Registers::default(),
        doors: vec![desk.clone(), second.clone()],
        is_over: AtomicBool::new(false),
        reads: AtomicU64::new(0),
    };
    Scene { newsroom: Arc::new(newsroom), first, other, fleeting, policy }
}

async fn rename(desk: &TestDesk, policy: &str, number: u64) {
    let input = json!({ "policyId": policy, "name": format!("Policy {number}") });
    desk.commerce().act("updateAffiliatePolicy", "affiliatePolicy { id }", input).await.data();
}

async fn relate(desk: &TestDesk, from: &Live, to: &Live, number: u64) {
    desk.editor().relate(&from.draft, json!([{ "draftId": to.draft.id, "note": format!("Note {number}") }])).await.data();
}

/// Changes everything, each thing by a writer of its own, now at this server and now at that one.
async fn write(scene: &Scene) {
    let newsroom = &scene.newsroom;
    let door = |number: u64| newsroom.doors[usize::try_from(number).unwrap() % newsroom.doors.len()].clone();
    let registers = &newsroom.registers;
    let headlines = async {
        while newsroom.goes_on() {
            registers.headline.change(async |number| drop(door(number).next_edition(&scene.first, json!({ "headline": format!("First {number}") })).await)).await;
        }
    };
    let presences = async {
        while newsroom.goes_on() {
            registers.presence.change(async |number| drop(door(number).publisher().unpublish(&scene.fleeting.draft, json!({ "reason": "It goes." })).await.draft())).await;
            registers.presence.change(async |number| {
                let draft = door(number).writer().read(&scene.fleeting.draft).await;
                drop(door(number).publisher().publish(&draft).await.draft());
            }).await;
        }
    };
    let notes = async {
        while newsroom.goes_on() {
            registers.note.change(async |number| relate(&door(number), &scene.first, &scene.other, number).await).await;
        }
    };
    let profiles = async {
        while newsroom.goes_on() {
            let rename = async |number: u64| {
                let desk = door(number);
                desk.editor().update_author(json!({ "authorId": desk.cast.author, "name": format!("Ann {number}") })).await.data();
            };
            registers.author.change(rename).await;
        }
    };
    let sections = async {
        while newsroom.goes_on() {
            let rename = async |number: u64| {
                let desk = door(number);
                desk.editor().update_section(json!({ "sectionId": desk.cast.section, "name": format!("News {number}") })).await.data();
            };
            registers.section.change(rename).await;
            // What all depends on must not change all the time, or nothing else would be kept.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let policies = async {
        while newsroom.goes_on() {
            registers.policy.change(async |number| rename(&door(number), &scene.policy, number).await).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::join!(headlines, presences, notes, profiles, sections, policies);
}

async fn what_is_asked_again_is_what_it_was_made_of(desk: TestDesk) {
    let live: Live = desk.published_with("Once 0", json!({ "slug": "once" })).await;
    let query = "{ article(slug: \"once\") { headline } }";
    let first = desk.anonymous().get(query).await;
    let again = desk.anonymous().get(query).await;
    assert_eq!(first.body, again.body);

    desk.next_edition(&live, json!({ "headline": "Once 1" })).await;

    assert_eq!(desk.anonymous().get(query).await.at("/article/headline"), "Once 1");
}
