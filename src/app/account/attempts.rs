//! Sign-in is limited for each account and each address; only failures count.

use std::time::{Duration, Instant};

use crate::domain::refusal::Refusal;

/// How many failures an account may have within [`WINDOW`].
const OF_ACCOUNT: u32 = 10;
/// How many failures may come from one address within [`WINDOW`]: a whole office may share one.
const OF_ADDRESS: u32 = 100;
/// How long failures are remembered.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// What counts a try, and how many of its failures are too many.
pub(super) type Try = (String, u32);

/// Remembers failed tries to sign in; successes cost nothing.
pub struct Attempts(moka::sync::Cache<String, (u32, Instant)>);

impl Attempts {
    /// What counts a try at this account from this address: the account first.
    pub(super) fn of(account: &str, address: Option<&str>) -> Vec<Try> {
        // Who sits at the machine itself is not kept out by others who do.
        let is_local = |address: &&str| address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        let from = address.filter(|address| !is_local(address)).map(|address| (format!("address {address}"), OF_ADDRESS));
        std::iter::once((format!("account {account}"), OF_ACCOUNT)).chain(from).collect()
    }

    pub(in crate::app) fn new() -> Self {
        Self(moka::sync::Cache::builder().max_capacity(100_000).time_to_live(WINDOW).build())
    }

    pub(super) fn check(&self, keys: &[Try]) -> Result<(), Refusal> {
        for (key, most) in keys {
            if let Some((failures, since)) = self.0.get(key)
                && failures >= *most
            {
                let retry_after = WINDOW.saturating_sub(since.elapsed()).as_secs().max(1);
                return Err(Refusal::RateLimited { retry_after });
            }
        }
        Ok(())
    }

    pub(super) fn failed(&self, keys: &[Try]) {
        for (key, _) in keys {
            let (failures, since) = self.0.get(key).unwrap_or((0, Instant::now()));
            self.0.insert(key.clone(), (failures + 1, since));
        }
    }

    /// Forgets the failures of the account that is tried: whoever signs in has proved enough.
    pub(super) fn forget(&self, tries: &[Try]) {
        if let Some((account, _)) = tries.first() {
            self.0.invalidate(account);
        }
    }
}
