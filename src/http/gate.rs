//! How much one address or one credential may have: cost in a minute, and sockets at a time. Peers
//! on this machine are not limited.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::auth::{Accountable, Asker};
use crate::config::Wire;
use crate::domain::refusal::Refusal;
use crate::graphql::request::{Fault, Unfit};

/// How many are remembered before those are forgotten who have their whole budget again.
const REMEMBERED: usize = 10_000;

type Rate = Option<(DefaultKeyedRateLimiter<Accountable>, NonZeroU32)>;

/// Lets requests and sockets in.
pub(super) struct Gate {
    anonymous: Rate,
    staff: Rate,
    asked: AtomicUsize,
    sockets: Arc<Mutex<Sockets>>,
    most: Most,
}

struct Most {
    anonymous: usize,
    staff: usize,
    total: usize,
}

#[derive(Default)]
struct Sockets {
    total: usize,
    of: HashMap<Accountable, usize>,
}

/// A place for a socket, free again when it is dropped.
pub(super) struct Place {
    sockets: Arc<Mutex<Sockets>>,
    who: Option<Accountable>,
}

impl Gate {
    pub(super) fn new(wire: &Wire) -> Self {
        let rate = |most: u32| NonZeroU32::new(most).map(|most| (RateLimiter::keyed(Quota::per_minute(most)), most));
        Self {
            anonymous: rate(wire.rate_cost.anonymous),
            staff: rate(wire.rate_cost.staff),
            asked: AtomicUsize::new(0),
            sockets: Arc::default(),
            most: Most { anonymous: wire.sockets.anonymous, staff: wire.sockets.staff, total: wire.sockets_total },
        }
    }

    /// Takes something's cost from the asker's budget.
    pub(super) fn spend(&self, asker: &Asker, cost: u64) -> Result<(), Unfit> {
        let Some(who) = asker.accountable() else { return Ok(()) };
        let Some((rate, most)) = (if asker.is_staff() { &self.staff } else { &self.anonymous }) else { return Ok(()) };
        if self.asked.fetch_add(1, Ordering::Relaxed) % REMEMBERED == REMEMBERED - 1 {
            rate.retain_recent();
            rate.shrink_to_fit();
        }
        // What costs more than half a minute's budget takes half of it: all of it may never be there.
        let half = NonZeroU32::new(most.get() / 2).unwrap_or(*most);
        let cost = u32::try_from(cost).map_or(half, |cost| NonZeroU32::new(cost).map_or(NonZeroU32::MIN, |cost| cost.min(half)));
        match rate.check_key_n(&who, cost) {
            Ok(Err(early)) => {
                let wait = early.wait_time_from(DefaultClock::default().now());
                let retry_after = wait.as_secs().saturating_add(1);
                Err(Unfit::from(Refusal::RateLimited { retry_after }))
            }
            Ok(Ok(())) | Err(_) => Ok(()),
        }
    }

    /// Takes a place for a socket.
    pub(super) fn place(&self, asker: &Asker) -> Result<Place, Unfit> {
        let who = asker.accountable().map(|who| match who {
            Accountable::Credential(user, _) => Accountable::User(user),
            network => network,
        });
        let most = if asker.is_staff() { self.most.staff } else { self.most.anonymous };
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        let own = who.as_ref().and_then(|who| sockets.of.get(who)).copied().unwrap_or_default();
        if sockets.total >= self.most.total || (most > 0 && own >= most) {
            let message = "There are too many open WebSockets; close some, and try again.";
            return Err(Unfit::new(Fault::Early, "RATE_LIMITED", message).and("retryAfter", 10.into()));
        }
        sockets.total += 1;
        if let Some(who) = &who {
            *sockets.of.entry(who.clone()).or_default() += 1;
        }
        Ok(Place { sockets: Arc::clone(&self.sockets), who })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        sockets.total = sockets.total.saturating_sub(1);
        if let Some(who) = &self.who
            && let Some(own) = sockets.of.get_mut(who)
        {
            *own -= 1;
            if *own == 0 {
                sockets.of.remove(who);
            }
        }
    }
}
