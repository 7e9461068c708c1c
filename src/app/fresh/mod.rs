//! What was read for readers is kept for as long as it holds, and not a moment longer.
//!
//! Whatever a query reads for readers says what it depends on ([`Reading`]); whatever a transaction changes for
//! them is in its event ([`crate::domain::dep::Changes`]). A read that says nothing makes the answer one that
//! is not kept.

pub mod ledger;
pub mod lease;
mod nodes;
mod shelf;

/// Locks and atomics, which a model replaces by its own.
mod sync {
    pub use std::sync::atomic::{AtomicU64, Ordering};
    pub use std::sync::{Arc, Mutex, PoisonError, Weak};
}

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use ledger::{Stamp, Ticket};
pub(crate) use nodes::everywhere;
pub use nodes::{LEASE, Nodes, attend, leave, listen};
pub use shelf::Rows;
pub(crate) use shelf::{gathered, spread};

use super::AppError;
use crate::store::{self, Database, Reader};
use crate::domain::dep::{Changes, Dep};
use ledger::Ledger;
use lease::Lease;

/// How long a replica that failed is left alone.
const REST: Duration = Duration::from_secs(5);

/// Numbers of own events that are remembered at the most.
const OWN: usize = 10_000;

/// How things are kept.
#[derive(Clone, Copy, Debug)]
pub struct Keeping {
    /// Bytes of rows in memory.
    pub rows: u64,
    /// Whether a change is answered once every server has heard of it.
    pub waits: bool,
}

/// What was kept, and whether it still holds.
pub struct Fresh {
    ledger: Ledger<Dep>,
    lease: Lease,
    /// From when the lease's nanoseconds count.
    origin: Instant,
    /// Numbers of events of this process whose changes are applied already.
    own: Mutex<HashSet<i64>>,
    /// The number of the last event with changes that was applied.
    applied: AtomicI64,
    /// What a replica was last seen to have.
    replayed: AtomicI64,
    /// Until when the replica is left alone.
    replica_rests: AtomicU64,
    nodes: Nodes,
    /// Rows that readers get.
    pub rows: Rows,
    /// Queries that a replica answered, for those who watch.
    pub from_replica: AtomicU64,
    /// Answers that were not kept since something changed meanwhile, for those who watch.
    pub raced: AtomicU64,
}

impl Fresh {
    /// Nothing is kept yet. `shared` is whether other servers write to the same database.
    #[must_use]
    pub fn new(shared: bool, keeping: Keeping) -> Self {
        Self {
            ledger: Ledger::new(Dep::Anything),
            lease: if shared { Lease::none() } else { Lease::endless() },
            origin: Instant::now(),
            own: Mutex::default(),
            applied: AtomicI64::new(0),
            replayed: AtomicI64::new(0),
            replica_rests: AtomicU64::new(0),
            nodes: Nodes::new(keeping.waits),
            rows: Rows::new(keeping.rows),
            from_replica: AtomicU64::new(0),
            raced: AtomicU64::new(0),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Whether what was kept may be served at all.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.lease.is_endless() || self.lease.holds(self.now())
    }

    /// Whether what was kept with this ticket may be served.
    #[must_use]
    pub fn holds(&self, ticket: &Ticket) -> bool {
        self.is_current() && self.ledger.holds(ticket)
    }

    /// Applies what a transaction of this process changed, right after it was committed.
    pub(crate) fn wrote(&self, seq: i64, changes: &Changes) {
        if changes.is_empty() {
            return;
        }
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.insert(seq);
        // One that was read from the log before this was noted is never taken out.
        if own.len() > OWN {
            own.retain(|known| *known > seq - i64::try_from(OWN / 2).unwrap_or(i64::MAX));
        }
        drop(own);
        self.apply(seq, changes);
    }

    /// Applies what the log says, unless it was applied when it was written. Gives whether that was so.
    pub(crate) fn read(&self, seq: i64, changes: &Changes) -> bool {
        let is_own = self.own.lock().unwrap_or_else(PoisonError::into_inner).remove(&seq);
        if !is_own && !changes.is_empty() {
            self.apply(seq, changes);
        }
        !is_own && !changes.is_empty()
    }

    fn apply(&self, seq: i64, changes: &Changes) {
        self.applied.fetch_max(seq, Ordering::AcqRel);
        self.ledger.change(changes.iter().cloned().collect());
    }

    /// The number of the last event with changes that was applied.
    pub(crate) fn applied(&self) -> i64 {
        self.applied.load(Ordering::Acquire)
    }

    /// Whether a replica that has this event and all before it has everything that was applied.
    pub(crate) fn is_replayed(&self) -> bool {
        self.replayed.load(Ordering::Acquire) >= self.applied()
    }

    /// Notes what a replica has.
    pub(crate) fn replayed(&self, seq: i64) {
        self.replayed.fetch_max(seq, Ordering::AcqRel);
    }

    /// The replica failed: for a while nothing is asked there.
    pub fn replica_failed(&self) {
        let until = self.now().saturating_add(u64::try_from(REST.as_nanos()).unwrap_or(u64::MAX));
        if self.replica_rests.swap(until, Ordering::AcqRel) < self.now() {
            tracing::warn!("the replica does not answer; for some seconds the database itself is asked");
        }
    }

    /// Whether a replica may be asked.
    fn has_replica(&self) -> bool {
        self.is_current() && self.replica_rests.load(Ordering::Acquire) <= self.now()
    }

    /// How many things kept answers depend on, for those who watch.
    #[must_use]
    pub fn watched(&self) -> usize {
        self.ledger.watched()
    }
}

/// What a request reads for readers.
pub struct Reading {
    fresh: Arc<Fresh>,
    began: Stamp,
    noted: Mutex<Noted>,
    /// Where it reads, unless that is the database itself.
    replica: Option<Reader>,
}

#[derive(Default)]
struct Noted {
    deps: Vec<Arc<[Dep]>>,
    /// Something was read that says nothing of what it depends on.
    is_private: bool,
}

impl Reading {
    /// Begins: before the first read.
    #[must_use]
    pub fn begin(fresh: &Arc<Fresh>) -> Arc<Self> {
        Arc::new(Self { fresh: Arc::clone(fresh), began: fresh.ledger.begin(), noted: Mutex::default(), replica: None })
    }

    /// Begins where there is a replica: reads there if it has all that was applied here, else where it was written.
    pub(super) async fn begin_at(fresh: &Arc<Fresh>, database: &Database) -> Arc<Self> {
        let mut began = Self { fresh: Arc::clone(fresh), began: fresh.ledger.begin(), noted: Mutex::default(), replica: None };
        if let Some(replica) = database.replica().filter(|_| fresh.has_replica()) {
            if !fresh.is_replayed() {
                match store::event::last_seq(replica).await {
                    Ok(seq) => fresh.replayed(seq),
                    Err(_) => fresh.replica_failed(),
                }
            }
            // What is applied from now on is not kept, wherever it is read.
            began.replica = Some(replica.clone()).filter(|_| fresh.is_replayed());
            fresh.from_replica.fetch_add(u64::from(began.replica.is_some()), Ordering::Relaxed);
        }
        Arc::new(began)
    }

    /// Whether it reads a replica.
    #[must_use]
    pub const fn is_of_replica(&self) -> bool {
        self.replica.is_some()
    }

    /// The replica that it reads, if it does.
    pub(crate) const fn replica(&self) -> Option<&Reader> {
        self.replica.as_ref()
    }

    /// Notes that something is read for this asker alone, or at this moment alone.
    pub(crate) fn private(&self) {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).is_private = true;
    }

    /// Notes what is depended on.
    pub(crate) fn depend(&self, deps: Arc<[Dep]>) {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).deps.push(deps);
    }

    /// Ends: a ticket for the whole of what was read, and what it depends on; nothing where it is not to be kept.
    #[must_use]
    pub fn end(&self) -> Option<(Ticket, Vec<Dep>)> {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.is_private {
            return None;
        }
        let deps: HashSet<Dep> = noted.deps.iter().flat_map(|deps| deps.iter().cloned()).collect();
        let ticket = self.fresh.ledger.keep(self.began, &deps);
        if ticket.is_none() {
            self.fresh.raced.fetch_add(1, Ordering::Relaxed);
        }
        Some((ticket?, deps.into_iter().collect()))
    }

    /// Whether something was read for its asker, or at its moment.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).is_private
    }

    fn keep(&self, deps: &[Dep]) -> Option<Ticket> {
        self.fresh.ledger.keep(self.began, &deps.iter().cloned().collect())
    }
}

