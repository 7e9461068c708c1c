//! Wakes whoever waits for events. A hint, never the data: listeners read the log.

use tokio::sync::{Notify, watch};

/// Tells the number of the newest event that this process knows of, that something was planned, and that link rules
/// changed.
#[derive(Debug)]
pub struct Bus {
    newest: watch::Sender<i64>,
    planned: Notify,
    ruled: Notify,
    doubts: watch::Sender<u64>,
    woken: Notify,
}

impl Bus {
    pub(super) fn new() -> Self {
        Self { newest: watch::Sender::new(0), planned: Notify::new(), ruled: Notify::new(), doubts: watch::Sender::new(0), woken: Notify::new() }
    }

    pub(super) fn wake(&self, seq: i64) {
        self.newest.send_if_modified(|newest| {
            let later = seq > *newest;
            *newest = (*newest).max(seq);
            later
        });
        self.woken.notify_one();
    }

    /// Another server wrote events.
    pub(super) fn stir(&self) {
        self.woken.notify_one();
    }

    /// Waits until there are events that this process wrote.
    pub async fn woken(&self) {
        self.woken.notified().await;
    }

    /// Hears of every later event, several at once where they come fast.
    #[must_use]
    pub fn listen(&self) -> watch::Receiver<i64> {
        self.newest.subscribe()
    }

    /// Something may be due sooner than was thought.
    pub(super) fn plan(&self) {
        self.planned.notify_one();
    }

    /// Waits until something is planned.
    pub async fn planned(&self) {
        self.planned.notified().await;
    }

    /// Link rules changed, and live articles do not know yet.
    pub(super) fn rule(&self) {
        self.ruled.notify_one();
    }

    /// Waits until link rules change.
    pub async fn ruled(&self) {
        self.ruled.notified().await;
    }

    /// Somebody's credential may not be good any more, or not for the same.
    pub(super) fn doubt(&self) {
        self.doubts.send_modify(|doubts| *doubts += 1);
    }

    /// Hears when credentials have to be looked at again.
    #[must_use]
    pub fn doubts(&self) -> watch::Receiver<u64> {
        self.doubts.subscribe()
    }
}
