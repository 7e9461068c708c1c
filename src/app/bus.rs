//! Wakes whoever waits for events. A hint, never the data: listeners read the log.

use tokio::sync::{Notify, watch};

/// Tells the number of the newest event that this process knows of, that something was planned, and that link rules
/// changed.
#[derive(Debug)]
pub struct Bus {
    newest: watch::Sender<i64>,
    planned: Notify,
    ruled: Notify,
}

impl Bus {
    pub(super) fn new() -> Self {
        Self { newest: watch::Sender::new(0), planned: Notify::new(), ruled: Notify::new() }
    }

    pub(super) fn wake(&self, seq: i64) {
        self.newest.send_if_modified(|newest| {
            let later = seq > *newest;
            *newest = (*newest).max(seq);
            later
        });
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
}
