//! Sign-in is held back for each account, and limited for each address; only failures count.
//!
//! An account that is guessed at answers later with each failure, and is never shut: whoever knows the
//! password gets in. An address is shut out for a while, from the account that it guesses at, then from
//! all; peers on this machine are not.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::sync::Cache;

use crate::domain::refusal::Refusal;

/// Failures of an account before its answers come later.
const FREE: u32 = 5;
/// How much later the first of those comes; the next twice as much.
const FIRST: Duration = Duration::from_millis(250);
/// No answer comes later than this.
const LONGEST: Duration = Duration::from_secs(4);
/// How long failures are remembered.
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// Failures since the first of them.
type Failures = (u32, Instant);

/// How many failures an address may have.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// With one account; 0 is without limit.
    pub of_account: u32,
    /// In all; 0 is without limit.
    pub of_address: u32,
}

/// Remembers failed tries to sign in; successes cost nothing.
pub struct Attempts {
    failures: Arc<Cache<String, Failures>>,
    patience: Patience,
}

/// What one subscriber of a provider has: an address, or 64 bits of one.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
    }
}

/// A try that may be made. It counts as failed until it succeeds: of a thousand at once, each waits for
/// those before it.
pub(super) struct Try {
    failures: Arc<Cache<String, Failures>>,
    keys: Vec<String>,
    before: u32,
}

impl Attempts {
    pub(in crate::app) fn new(patience: Patience) -> Self {
        let failures = Cache::builder().max_capacity(100_000).time_to_live(WINDOW).build();
        Self { failures: Arc::new(failures), patience }
    }

    /// Begins a try at an account from an address.
    pub(super) fn begin(&self, account: &str, address: Option<&str>) -> Result<Try, Refusal> {
        // Nobody has a longer address; whatever is longer counts as one account.
        let account: String = account.chars().take(320).collect();
        let address = address.and_then(|address| address.parse().ok()).filter(|address: &IpAddr| !address.is_loopback());
        let limited = address.map(network).map(|address| {
            [
                (format!("pair {address} {account}"), self.patience.of_account),
                (format!("address {address}"), self.patience.of_address),
            ]
        });
        let mut keys = vec![format!("account {account}")];
        for (key, most) in limited.into_iter().flatten() {
            if let Some((failures, since)) = self.failures.get(&key)
                && most > 0
                && failures >= most
            {
                let retry_after = WINDOW.saturating_sub(since.elapsed()).as_secs().max(1);
                return Err(Refusal::RateLimited { retry_after });
            }
            keys.push(key);
        }
        let counts: Vec<u32> = keys.iter().map(|key| self.count(key)).collect();
        let before = counts.first().copied().unwrap_or_default();
        Ok(Try { failures: Arc::clone(&self.failures), keys, before })
    }

    /// Counts a failure; gives how many there were before.
    fn count(&self, key: &str) -> u32 {
        let entry = self.failures.entry_by_ref(key).and_upsert_with(|known| {
            known.map_or((1, Instant::now()), |known| {
                let (failures, since) = known.into_value();
                (failures.saturating_add(1), since)
            })
        });
        entry.into_value().0.saturating_sub(1)
    }
}

impl Try {
    /// How long to wait before the password is looked at.
    pub(super) fn delay(&self) -> Duration {
        match self.before.checked_sub(FREE) {
            None => Duration::ZERO,
            Some(more) => FIRST.saturating_mul(1 << more.min(10)).min(LONGEST),
        }
    }

    /// Forgets the failures of the account: whoever signs in has proved enough. Those of the address stay.
    pub(super) fn succeeded(self) {
        for (key, is_address) in self.keys.iter().zip([false, false, true]) {
            if !is_address {
                self.failures.invalidate(key);
                continue;
            }
            self.failures.entry_by_ref(key).and_compute_with(|known| match known.map(moka::Entry::into_value) {
                Some((failures, since)) if failures > 1 => moka::ops::compute::Op::Put((failures - 1, since)),
                _ => moka::ops::compute::Op::Remove,
            });
        }
    }
}
