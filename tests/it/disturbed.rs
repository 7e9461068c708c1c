//! Two servers on one PostgreSQL, and what they hear of each other by breaks. Changes are slower then, or refused; what
//! was answered is never unread.
//!
//! As in the tests of freshness, what is changed carries the number of its change: a reader sees no lower one than
//! was acknowledged before it asked, and no higher one than was begun when its answer came.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use tokio::time::sleep;

use crate::support::{Engine, House, on, run_killed};

const READ: &str = "{ article(slug: \"first\") { authors { name } } articles(first: 2) { nodes { authors { name } } } }";
const RENAME: &str = "mutation ($input: UpdateAuthorInput!) { updateAuthor(input: $input) { author { name } } }";
/// What a change may take while another server does not answer: its lease, and what a busy machine adds.
const SLOWEST: Duration = Duration::from_secs(20);

#[derive(Default)]
struct Register {
    begun: AtomicU64,
    known: AtomicU64,
    reads: AtomicU64,
    refused: AtomicU64,
    is_over: AtomicBool,
}

/// Changes, and reads at both servers, until the disturbance has ended.
async fn while_disturbed<F: Future<Output = ()>>(house: Arc<House>, disturb: impl FnOnce(Arc<House>, Arc<Register>) -> F) {
    house.prepare(async |desk| drop(desk.published_with("First", json!({ "slug": "first" })).await)).await;
    house.start_all().await;
    let register = Arc::new(Register::default());
    rename(&house, &register).await;
    let writer = {
        let (house, register) = (Arc::clone(&house), Arc::clone(&register));
        tokio::spawn(async move {
            while !register.is_over.load(Ordering::SeqCst) {
                rename(&house, &register).await;
                sleep(Duration::from_millis(3)).await;
            }
        })
    };
    let readers: Vec<_> = (0..4)
        .map(|number| {
            let (house, register) = (Arc::clone(&house), Arc::clone(&register));
            tokio::spawn(async move {
                while !register.is_over.load(Ordering::SeqCst) {
                    read(&house, &register, number % house.nodes).await;
                }
            })
        })
        .collect();

    disturb(Arc::clone(&house), Arc::clone(&register)).await;

    let calm = register.known.load(Ordering::SeqCst);
    let deadline = Instant::now() + SLOWEST;
    while register.known.load(Ordering::SeqCst) < calm + 10 {
        assert!(Instant::now() < deadline, "changes did not go on after the disturbance");
        sleep(Duration::from_millis(20)).await;
    }
    register.is_over.store(true, Ordering::SeqCst);
    writer.await.unwrap();
    join_all(readers).await.into_iter().for_each(|reader| reader.unwrap());
    let count = |of: &AtomicU64| of.load(Ordering::SeqCst);
    let (reads, known, refused) = (count(&register.reads), count(&register.known), count(&register.refused));
    eprintln!("disturbed: {reads} reads, {known} changes, {refused} requests without an answer to judge");
    assert!(reads > 50 && known > 10, "too little happened: {reads} reads, {known} changes");
}

async fn rename(house: &House, register: &Register) {
    let number = register.begun.fetch_add(1, Ordering::SeqCst) + 1;
    let input = json!({ "input": { "authorId": house.cast.author, "name": format!("Ann {number}") } });
    let began = Instant::now();
    let answer = house.attempt_at(0, Some(house.token("EDITOR", 0)), RENAME, input).await;
    assert!(began.elapsed() < SLOWEST, "a change was answered after {:?}", began.elapsed());
    if answer.is_some_and(|answer| answer.is_ok()) {
        register.known.fetch_max(number, Ordering::SeqCst);
    } else {
        register.refused.fetch_add(1, Ordering::SeqCst);
    }
}

async fn read(house: &House, register: &Register, place: usize) {
    let before = register.known.load(Ordering::SeqCst);
    let Some(answer) = house.attempt_at(place, None, READ, json!({})).await.filter(|answer| answer.is_ok()) else {
        register.refused.fetch_add(1, Ordering::SeqCst);
        return sleep(Duration::from_millis(10)).await;
    };
    let begun = register.begun.load(Ordering::SeqCst);
    for at in ["/article/authors/0/name", "/articles/nodes/0/authors/0/name"] {
        let name = answer.text(at);
        let number: u64 = name.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no number: {answer}"));
        assert!(before <= number && number <= begun, "server {place} said {number} at {at} when {before} was known and {begun} begun");
    }
    register.reads.fetch_add(1, Ordering::SeqCst);
}

#[test]
fn whoever_cannot_hear_looks() {
    run_killed(Engine::Postgres, async |house| {
        while_disturbed(house, async |house, _| {
            // Who listens for news of the log loses the connection over and over.
            let deaf = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
            for _ in 0..40 {
                on(house.url(), deaf).await;
                sleep(Duration::from_millis(100)).await;
            }
        })
        .await;
    });
}

#[test]
fn whoever_slept_past_its_lease_serves_nothing_that_it_kept() {
    run_killed(Engine::Postgres, async |house| {
        while_disturbed(house, async |house, register| {
            for _ in 0..2 {
                let before = register.known.load(Ordering::SeqCst);
                house.signal(1, "STOP");
                sleep(Duration::from_secs(6)).await;
                // The other server's changes went on, once the lease of the one that sleeps was over.
                let known = register.known.load(Ordering::SeqCst);
                house.signal(1, "CONT");
                join_all((0..20).map(|_| read(&house, &register, 1))).await;
                assert!(known > before, "no change was answered while a server slept");
            }
        })
        .await;
    });
}

#[test]
fn whoever_lost_the_database_comes_back_to_it() {
    run_killed(Engine::Postgres, async |house| {
        while_disturbed(house, async |house, _| {
            let (address, _) = house.url().split_once('?').unwrap();
            let (_, name) = address.rsplit_once('/').unwrap();
            let maintenance = house.url().replacen(&format!("/{name}?"), "/postgres?", 1);
            for outage in [100, 3_000] {
                on(&maintenance, &format!("ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS false")).await;
                on(&maintenance, &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;
                sleep(Duration::from_millis(outage)).await;
                on(&maintenance, &format!("ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS true")).await;
                sleep(Duration::from_millis(1_500)).await;
            }
        })
        .await;
    });
}
