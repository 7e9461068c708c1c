//! Wakes whoever waits for events. A hint, never the data: listeners read the log.

use tokio::sync::watch;

/// Tells the number of the newest event that this process knows of.
#[derive(Debug)]
pub struct Bus(watch::Sender<i64>);

impl Bus {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    pub(super) fn wake(&self, seq: i64) {
        self.0.send_if_modified(|newest| {
            let later = seq > *newest;
            *newest = (*newest).max(seq);
            later
        });
    }

    /// Hears of every later event, several at once where they come fast.
    #[must_use]
    pub fn listen(&self) -> watch::Receiver<i64> {
        self.0.subscribe()
    }
}
