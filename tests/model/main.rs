//! Models of what keeps readers from old answers: every order of events that a scheduler thinks of is tried on the
//! very code that runs, its locks and atomics replaced by the scheduler's.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and says where")]

mod sync {
    pub use shuttle::sync::atomic::{AtomicU64, Ordering};
    pub use shuttle::sync::{Arc, Mutex, Weak};
    pub use std::sync::PoisonError;
}

#[expect(dead_code, unreachable_pub, reason = "the model needs less of it than the server")]
#[path = "../../src/app/fresh/ledger.rs"]
mod ledger;

#[expect(dead_code, unreachable_pub, reason = "the model needs less of it than the server")]
#[path = "../../src/app/fresh/lease.rs"]
mod lease;

use std::collections::HashSet;

use ledger::{Ledger, Ticket};
use lease::Lease;
use shuttle::thread;
use sync::{Arc, AtomicU64, Mutex, Ordering};

/// Orders of events that are tried.
const TRIES: usize = 20_000;
/// Steps at which a thread is overtaken, at the most.
const DEPTH: usize = 5;

/// What stands for everything.
const ANYTHING: u8 = 0;

fn one(dep: u8) -> HashSet<u8> {
    HashSet::from([dep])
}

/// A row that is changed, what was acknowledged of it, and what is kept of it.
struct Server {
    row: Mutex<u64>,
    acknowledged: AtomicU64,
    ledger: Ledger<u8>,
    kept: Mutex<Option<(u64, Arc<Ticket>)>>,
}

impl Server {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            row: Mutex::new(0),
            acknowledged: AtomicU64::new(0),
            ledger: Ledger::new(ANYTHING),
            kept: Mutex::new(None),
        })
    }

    fn change(&self, told_as: u8) {
        let mut row = self.row.lock().unwrap();
        *row += 1;
        let now = *row;
        drop(row);
        self.ledger.change(one(told_as));
        self.acknowledged.fetch_max(now, Ordering::SeqCst);
    }

    fn read(&self) -> u64 {
        let kept = self.kept.lock().unwrap().clone();
        if let Some((value, ticket)) = kept
            && self.ledger.holds(&ticket)
        {
            return value;
        }
        let began = self.ledger.begin();
        let value = *self.row.lock().unwrap();
        if let Some(ticket) = self.ledger.keep(began, &one(1)) {
            *self.kept.lock().unwrap() = Some((value, Arc::new(ticket)));
        }
        value
    }

    fn read_and_check(&self) {
        let before = self.acknowledged.load(Ordering::SeqCst);
        let value = self.read();
        assert!(value >= before, "{value} was read after {before} had been acknowledged");
    }
}

fn race(told_as: u8) {
    let server = Server::new();
    let mut threads: Vec<_> = (0..2)
        .map(|_| {
            let server = Arc::clone(&server);
            thread::spawn(move || (0..3).for_each(|_| server.read_and_check()))
        })
        .collect();
    let writer = Arc::clone(&server);
    threads.push(thread::spawn(move || (0..2).for_each(|_| writer.change(told_as))));
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    server.read_and_check();
}

#[test]
fn no_order_of_fills_and_changes_leaves_an_old_answer() {
    shuttle::check_random(|| race(1), TRIES);
    shuttle::check_pct(|| race(1), TRIES, DEPTH);
}

#[test]
fn a_change_of_anything_is_a_change_of_each_thing() {
    shuttle::check_pct(|| race(ANYTHING), TRIES, DEPTH);
}

#[test]
fn an_answer_stays_while_other_things_change() {
    shuttle::check_random(
        || {
            let server = Server::new();
            server.read();
            server.change(2);
            let (_, ticket) = server.kept.lock().unwrap().clone().unwrap();
            assert!(server.ledger.holds(&ticket));
        },
        100,
    );
}

/// How long a lease is for the database, and how long its server trusts it.
const LENGTH: u64 = 6;
const TRUSTED: u64 = 5;

/// A database with a log, that another server follows.
struct Shared {
    clock: AtomicU64,
    base: Mutex<Base>,
    acknowledged: AtomicU64,
}

#[derive(Default)]
struct Base {
    /// As many events as there were changes.
    events: u64,
    lease_until: u64,
    applied: u64,
}

/// The other server.
struct Follower {
    ledger: Ledger<u8>,
    lease: Lease,
    applied: AtomicU64,
    kept: Mutex<Option<(u64, Arc<Ticket>)>>,
}

impl Follower {
    fn follow(&self, shared: &Shared) {
        let events = shared.base.lock().unwrap().events;
        if events > self.applied.load(Ordering::SeqCst) {
            self.ledger.change(one(1));
            self.applied.store(events, Ordering::SeqCst);
        }
    }

    /// What `nodes::attend` does.
    fn attend(&self, shared: &Shared) {
        self.follow(shared);
        let asked = shared.clock.load(Ordering::SeqCst);
        let applied = self.applied.load(Ordering::SeqCst);
        let mut base = shared.base.lock().unwrap();
        base.applied = applied;
        base.lease_until = shared.clock.load(Ordering::SeqCst) + LENGTH;
        drop(base);
        self.follow(shared);
        self.lease.renew(asked, TRUSTED);
    }

    fn read(&self, shared: &Shared) -> u64 {
        let kept = self.kept.lock().unwrap().clone();
        if let Some((value, ticket)) = kept
            && self.lease.holds(shared.clock.load(Ordering::SeqCst))
            && self.ledger.holds(&ticket)
        {
            return value;
        }
        let began = self.ledger.begin();
        let value = shared.base.lock().unwrap().events;
        if let Some(ticket) = self.ledger.keep(began, &one(1)) {
            *self.kept.lock().unwrap() = Some((value, Arc::new(ticket)));
        }
        value
    }
}

/// What `nodes::everywhere` does: an event is acknowledged once the other server has applied it, or its lease is over.
fn publish(shared: &Shared) {
    let mut base = shared.base.lock().unwrap();
    base.events += 1;
    let seq = base.events;
    drop(base);
    loop {
        let base = shared.base.lock().unwrap();
        if base.lease_until <= shared.clock.load(Ordering::SeqCst) || base.applied >= seq {
            break;
        }
        drop(base);
        thread::yield_now();
    }
    shared.acknowledged.fetch_max(seq, Ordering::SeqCst);
}

fn two_servers() {
    let shared = Arc::new(Shared { clock: AtomicU64::new(1), base: Mutex::default(), acknowledged: AtomicU64::new(0) });
    let follower = Arc::new(Follower {
        ledger: Ledger::new(ANYTHING),
        lease: Lease::none(),
        applied: AtomicU64::new(0),
        kept: Mutex::new(None),
    });
    let ticking = Arc::clone(&shared);
    let time = thread::spawn(move || {
        for _ in 0..20 {
            ticking.clock.fetch_add(1, Ordering::SeqCst);
            thread::yield_now();
        }
    });
    let (base, other) = (Arc::clone(&shared), Arc::clone(&follower));
    let attending = thread::spawn(move || {
        for _ in 0..4 {
            other.attend(&base);
            thread::yield_now();
        }
        // It leaves: else who publishes would wait for a clock that has stopped.
        other.lease.end();
        base.base.lock().unwrap().lease_until = 0;
    });
    let base = Arc::clone(&shared);
    let publishing = thread::spawn(move || (0..2).for_each(|_| publish(&base)));
    let (base, other) = (Arc::clone(&shared), Arc::clone(&follower));
    let reading = thread::spawn(move || {
        for _ in 0..5 {
            let before = base.acknowledged.load(Ordering::SeqCst);
            let value = other.read(&base);
            assert!(value >= before, "{value} was read after {before} had been acknowledged");
        }
    });
    for thread in [time, attending, publishing, reading] {
        thread.join().unwrap();
    }
}

#[test]
fn no_order_of_leases_and_changes_shows_an_old_answer_on_another_server() {
    shuttle::check_random(two_servers, TRIES);
    shuttle::check_pct(two_servers, TRIES, DEPTH);
}
