//! The right to serve what was kept, where other servers may change it: lost when it is not renewed in time.

use super::sync::{AtomicU64, Ordering};

/// The right to serve what was kept. Times are nanoseconds of a clock of the caller's that only goes forward.
pub struct Lease {
    until: AtomicU64,
}

impl Lease {
    /// One that never ends: no other server changes what is kept.
    pub const fn endless() -> Self {
        Self { until: AtomicU64::new(u64::MAX) }
    }

    /// One that was not given yet.
    pub const fn none() -> Self {
        Self { until: AtomicU64::new(0) }
    }

    /// Whether it holds.
    pub fn holds(&self, now: u64) -> bool {
        now < self.until.load(Ordering::Acquire)
    }

    /// Whether the clock has to be looked at at all.
    pub fn is_endless(&self) -> bool {
        self.until.load(Ordering::Acquire) == u64::MAX
    }

    /// It was renewed by a request that was sent at `asked`, for so long. What other servers wrote until then is
    /// applied already.
    pub fn renew(&self, asked: u64, length: u64) {
        self.until.fetch_max(asked.saturating_add(length), Ordering::AcqRel);
    }

    /// It is given back.
    pub fn end(&self) {
        self.until.store(0, Ordering::Release);
    }
}
