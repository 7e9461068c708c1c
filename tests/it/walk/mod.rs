//! Random walks through the lives of three drafts at once, on the real server, by everybody who works
//! there. The walk keeps a ledger of its own (`book`), which knows by product.md what has to come of
//! each act (`rules`, `content`) and of each time that comes (`clock`). After each step it is held
//! beside what staff see (`staff`) and what readers see by every way there is (`readers`): every line
//! of 'What always holds' that shows through GraphQL.

mod act;
mod book;
mod choose;
mod clock;
mod content;
mod readers;
mod rules;
mod staff;
mod step;
mod turn;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use entity::enums::{Role, Roles};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use serde_json::json;

use self::book::{Book, Cast, Content, Sheet};
use self::readers::Place;
use self::step::Walk;
use self::turn::{Turn, turn};
use crate::support::{Client, TestDesk, both, is_full};

both![what_always_holds_holds_on_every_way];

/// How many drafts a walk goes on with at once.
const DRAFTS: usize = 3;
/// How many people take part.
const PEOPLE: usize = 10;
/// How many turns a walk has.
const TURNS: usize = 40;
/// How many steps are promised.
const STEPS: usize = 10_000;

/// What was covered, over all walks.
#[derive(Default)]
pub struct Covered {
    pub steps: AtomicUsize,
    pub walks: AtomicUsize,
    /// How often each act was taken, and how often refused.
    pub acts: Mutex<BTreeMap<String, [usize; 2]>>,
    /// How often a draft was in each state when something was done to it.
    pub states: Mutex<BTreeMap<String, usize>>,
    /// What the server did by itself.
    pub fired: Mutex<BTreeMap<String, usize>>,
    /// The codes of refusals.
    pub codes: Mutex<BTreeMap<String, usize>>,
}

async fn what_always_holds_holds_on_every_way(desk: TestDesk) {
    let cast = Arc::new(cast(&desk).await);
    let policy = desk.commerce().ask("{ affiliatePolicies { id } }").await.text("/affiliatePolicies/0/id");
    let covered = Arc::new(Covered::default());
    let cases = if is_full() { STEPS / TURNS + 30 } else { 5 };
    let config = Config { cases: u32::try_from(cases).unwrap(), failure_persistence: None, max_shrink_iters: 1, ..Config::default() };

    // proptest knows nothing of futures, so it runs on a thread where blocking is allowed.
    let seen = Arc::clone(&covered);
    let outcome = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Handle::current();
        let walk = |turns: Vec<Turn>| runtime.block_on(walk(&desk, &cast, &policy, &seen, &turns)).map_err(TestCaseError::fail);
        TestRunner::new(config).run(&prop::collection::vec(turn(), TURNS), walk)
    });

    match outcome.await.unwrap() {
        Ok(()) => {}
        Err(TestError::Fail(why, turns)) => panic!("{why}\nthe shortest way there that was found: {turns:?}"),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
    covered.tell();
    if is_full() {
        covered.must_be_all();
    }
}

async fn cast(desk: &TestDesk) -> Cast {
    let (bylined, author) = desk.bylined("WRITER").await;
    let people: [(Client, &[Role]); PEOPLE] = [
        (desk.writer(), &[Role::Writer]),
        (desk.editor(), &[Role::Editor]),
        (desk.another("EDITOR").await, &[Role::Editor]),
        (desk.publisher(), &[Role::Publisher]),
        (desk.staff(&["WRITER", "EDITOR"]).await, &[Role::Writer, Role::Editor]),
        (desk.legal(), &[Role::Legal]),
        (desk.commerce(), &[Role::Commerce]),
        (desk.admin(), &[Role::Admin]),
        (desk.another("WRITER").await, &[Role::Writer]),
        (bylined, &[Role::Writer]),
    ];
    let roles = people.iter().map(|(_, roles)| roles.iter().copied().collect::<Roles>()).collect();
    Cast { people: people.into_iter().map(|(person, _)| person).collect(), roles, bylined: PEOPLE - 1, author }
}

/// Who begins each of the drafts.
const OWNERS: [usize; DRAFTS] = [0, 4, 0];

/// One walk: three new drafts with a section, an author and a tag of their own, and what becomes of them.
async fn walk(desk: &TestDesk, cast: &Cast, policy: &str, covered: &Covered, turns: &[Turn]) -> Result<(), String> {
    let number = covered.walks.fetch_add(1, Ordering::Relaxed);
    let editor = desk.editor();
    let section = editor.create_section(json!({ "name": format!("Section {number}") })).await;
    let author = editor.create_author(json!({ "name": format!("Walker {number}") })).await;
    let author_id = author.text("/createAuthor/author/id");
    let place = Place {
        section: section.text("/createSection/section/id"),
        section_slug: section.text("/createSection/section/slug"),
        authors: [author_id.clone(), cast.author.clone()],
        author_slug: author.text("/createAuthor/author/slug"),
        tag: format!("tag-{number}"),
    };
    let wording = format!("We earn something, as of walk {number}.");
    let input = json!({ "policyId": policy, "disclosure": wording });
    desk.commerce().act("updateAffiliatePolicy", "affiliatePolicy { id }", input).await.data();
    let mut sheets = Vec::new();
    for (draft, owner) in OWNERS.into_iter().enumerate() {
        let mark = format!("{number}-{draft}");
        let content = Content {
            headline: format!("Headline {mark}"),
            dek: format!("Dek {mark}"),
            body: format!("First {mark}.\n\nSecond {mark}.\n\nThird {mark}."),
            slug: format!("walk-{number}-{draft}"),
            flag: "AUTO",
            reason: None,
        };
        let input = json!({
            "headline": content.headline, "dek": content.dek, "body": content.body, "slug": content.slug,
            "sectionId": place.section, "authorIds": place.authors, "tags": [place.tag],
        });
        let id = cast.people[owner].create(input).await.draft().id;
        sheets.push(Sheet::new(id, owner, content));
    }
    let book = Book { sheets, releases: Vec::new(), wording };
    let cursor = staff::end_of_log(&desk.admin()).await;
    let mut walk = Walk { desk, cast, policy, covered, place, number, book, cursor, story: Vec::new() };
    walk.go(turns).await
}

impl Covered {
    fn count(of: &Mutex<BTreeMap<String, usize>>, key: &str) {
        *of.lock().unwrap().entry(key.to_owned()).or_default() += 1;
    }

    /// Tells whoever asks for the test's output what was walked.
    fn tell(&self) {
        println!("{} steps in {} walks", self.steps.load(Ordering::Relaxed), self.walks.load(Ordering::Relaxed));
        println!("acts, taken and refused: {:?}", self.acts.lock().unwrap());
        println!("states: {:?}", self.states.lock().unwrap());
        println!("by the server: {:?}", self.fired.lock().unwrap());
        println!("refusals: {:?}", self.codes.lock().unwrap());
    }

    /// The walks of a full run are long enough that all of this happened many times.
    fn must_be_all(&self) {
        let steps = self.steps.load(Ordering::Relaxed);
        assert!(steps >= STEPS, "{steps} steps were walked, and {STEPS} are promised");
        let acts = self.acts.lock().unwrap();
        assert!(acts.len() >= 26 && acts.values().all(|[taken, _]| *taken > 0), "not everything was done: {acts:?}");
        let states = self.states.lock().unwrap();
        assert_eq!(states.len(), entity::enums::DraftState::ALL.len(), "not every state was reached: {states:?}");
        let fired = self.fired.lock().unwrap();
        for kind in ["ARTICLE_PUBLISHED", "ARTICLE_UPDATED", "ARTICLE_UNPUBLISHED", "RELEASE_PUBLISHED", "PUBLISH_FAILED"] {
            assert!(fired.contains_key(kind), "the server never did this by itself: {kind}, {fired:?}");
        }
        let codes = self.codes.lock().unwrap();
        let all = [
            "FORBIDDEN", "INVALID_TRANSITION", "APPROVALS_MISSING", "STALE_REVISION", "SELF_APPROVAL", "BAD_USER_INPUT", "SLUG_TAKEN",
            "CHECKS_FAILED", "NOT_FOUND",
        ];
        assert!(all.iter().all(|code| codes.contains_key(*code)), "not every refusal was met: {codes:?}");
    }
}
