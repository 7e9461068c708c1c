//! Which answers still hold. Pure but for its locks, so that a model can try every order of events.
//!
//! A fill notes the ledger's time, reads, and says what it depended on; the answer is kept only where none of
//! that changed since. A kept answer holds a cell for each thing that it depends on; a change writes its time into
//! the cells. So to see that an answer holds costs one comparison where nothing changed, and a look at its cells
//! where something did.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::Hash;

use super::sync::{Arc, AtomicU64, Mutex, Ordering, PoisonError, Weak};

/// Changes that are remembered for fills that are under way. A fill that began before the oldest is not kept.
const REMEMBERED: usize = 1024;

/// Cells at which those that nobody holds are looked for at the earliest.
const PRUNED_AT: usize = 4096;

/// An answer that depends on more things depends on anything.
const MOST: usize = 512;

/// Which answers still hold.
pub struct Ledger<D> {
    /// Counts changes.
    time: AtomicU64,
    book: Mutex<Book<D>>,
    anything: D,
}

struct Book<D> {
    cells: HashMap<D, Weak<Cell>>,
    prune_at: usize,
    recent: VecDeque<(u64, Arc<HashSet<D>>)>,
}

struct Cell(AtomicU64);

/// When a fill began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp(u64);

/// What a kept answer holds: proof that it still does, or no more.
pub struct Ticket {
    cells: Box<[Arc<Cell>]>,
    made: u64,
    /// The time at which it was last seen to hold.
    seen: AtomicU64,
}

impl<D: Clone + Eq + Hash> Ledger<D> {
    /// One in which nothing happened yet. `anything` is what stands for all.
    pub fn new(anything: D) -> Self {
        let book = Book { cells: HashMap::new(), prune_at: PRUNED_AT, recent: VecDeque::new() };
        Self { time: AtomicU64::new(1), book: Mutex::new(book), anything }
    }

    /// Begins a fill: before its first read.
    pub fn begin(&self) -> Stamp {
        Stamp(self.time.load(Ordering::Acquire))
    }

    /// Ends a fill: a ticket where nothing changed since it began that it depends on.
    pub fn keep(&self, began: Stamp, deps: &HashSet<D>) -> Option<Ticket> {
        let is_wide = deps.len() > MOST || deps.contains(&self.anything);
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.time.load(Ordering::Acquire);
        if began.0 < now && (is_wide || book.changed_since(began.0, deps, &self.anything)) {
            return None;
        }
        let cells = if is_wide { Box::default() } else { deps.iter().chain([&self.anything]).map(|dep| book.cell(dep)).collect() };
        book.prune();
        Some(Ticket { cells, made: now, seen: AtomicU64::new(now) })
    }

    /// Whether an answer still holds.
    pub fn holds(&self, ticket: &Ticket) -> bool {
        let now = self.time.load(Ordering::Acquire);
        if ticket.seen.load(Ordering::Acquire) == now {
            return true;
        }
        // Without cells it depends on anything, and something changed.
        let unchanged = !ticket.cells.is_empty() && ticket.cells.iter().all(|cell| cell.0.load(Ordering::Acquire) <= ticket.made);
        if unchanged {
            ticket.seen.store(now, Ordering::Release);
        }
        unchanged
    }

    /// Notes a change: once this returns, nothing that depends on it holds.
    pub fn change(&self, deps: HashSet<D>) {
        if deps.is_empty() {
            return;
        }
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let time = self.time.load(Ordering::Acquire) + 1;
        if deps.contains(&self.anything) {
            for cell in book.cells.values().filter_map(Weak::upgrade) {
                cell.0.store(time, Ordering::Release);
            }
        } else {
            for cell in deps.iter().filter_map(|dep| book.cells.get(dep)?.upgrade()) {
                cell.0.store(time, Ordering::Release);
            }
        }
        book.recent.push_back((time, Arc::new(deps)));
        if book.recent.len() > REMEMBERED {
            book.recent.pop_front();
        }
        // Last: whoever sees this time sees the cells as well.
        self.time.store(time, Ordering::Release);
    }

    /// How many things kept answers depend on, for those who watch.
    pub fn watched(&self) -> usize {
        self.book.lock().unwrap_or_else(PoisonError::into_inner).cells.len()
    }
}

impl<D: Clone + Eq + Hash> Book<D> {
    fn cell(&mut self, dep: &D) -> Arc<Cell> {
        if let Some(cell) = self.cells.get(dep).and_then(Weak::upgrade) {
            return cell;
        }
        let cell = Arc::new(Cell(AtomicU64::new(0)));
        self.cells.insert(dep.clone(), Arc::downgrade(&cell));
        cell
    }

    fn changed_since(&self, began: u64, deps: &HashSet<D>, anything: &D) -> bool {
        if self.recent.front().is_none_or(|(oldest, _)| *oldest > began + 1) {
            return true;
        }
        let mut later = self.recent.iter().rev().take_while(|(time, _)| *time > began);
        later.any(|(_, changed)| {
            let (few, many) = if changed.len() < deps.len() { (&**changed, deps) } else { (deps, &**changed) };
            changed.contains(anything) || few.iter().any(|dep| many.contains(dep))
        })
    }

    /// Cells go when their last answer does; what is left of them goes here, seldom enough to cost nothing.
    fn prune(&mut self) {
        if self.cells.len() >= self.prune_at {
            self.cells.retain(|_, cell| cell.strong_count() > 0);
            self.prune_at = PRUNED_AT.max(self.cells.len() * 2);
        }
    }
}
