//! Several servers on one database: none serves what another has changed.
//!
//! A server serves what it keeps while its lease holds. It renews the lease by saying so in the database, then reads
//! the log to its end: what was written before others could see the lease is applied by then. Whoever changes
//! something for readers answers once every server whose lease holds has applied it; so a server either has
//! heard of a change that was answered, or may not serve.

use std::time::Duration;

use tokio::sync::Notify;
use uuid::Uuid;

use crate::app::{AppError, Cx, Desk, feed};
use crate::store::node::{Ear, Heard};

/// How long a lease is, by the database's clock.
pub const LEASE: Duration = Duration::from_secs(2);
/// How long a server trusts it, by its own: clocks may not run at one speed.
const TRUSTED: Duration = Duration::from_millis(1_800);
/// How often it is renewed.
const RENEWED: Duration = Duration::from_millis(500);
/// How long a change waits for a server that does not answer: its lease is over by then.
const PATIENCE: Duration = Duration::from_secs(4);
/// How often it looks meanwhile, where nobody tells it anything.
const LOOK: Duration = Duration::from_millis(20);
/// How long to wait before listening again after the connection was lost.
const AGAIN: Duration = Duration::from_millis(500);

/// This server among others.
pub struct Nodes {
    id: Uuid,
    /// Whether a change waits for the others.
    waits: bool,
    /// When the others were told last.
    told: std::sync::Mutex<Option<u64>>,
    heard: Notify,
}

impl Nodes {
    pub(super) fn new(waits: bool) -> Self {
        Self { id: Uuid::now_v7(), waits, told: std::sync::Mutex::default(), heard: Notify::new() }
    }

    fn told(&self) -> Option<u64> {
        *self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Reads what is new in the log; where there may be other servers, tells them, and renews the lease.
pub async fn attend(cx: &Cx) -> Result<(), AppError> {
    let (fresh, database) = (&cx.desk.fresh, &cx.desk.database);
    let began = cx.desk.feed.newest().is_some();
    let mut foreign = began && feed::follow(cx).await?;
    if !database.is_shared() {
        if !began {
            feed::follow(cx).await?;
        }
        return Ok(());
    }
    // More may come meanwhile; what is told last is what was read last.
    for _ in 0..4 {
        let (asked, told, newest) = (fresh.now(), fresh.nodes.told(), cx.desk.feed.newest().unwrap_or(0));
        let is_due = told.is_none_or(|at| asked.saturating_sub(at) >= nanos(RENEWED));
        if !is_due && !foreign {
            break;
        }
        database.attend(fresh.nodes.id, newest, LEASE).await?;
        *fresh.nodes.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(asked);
        foreign = feed::follow(cx).await? || cx.desk.feed.newest() > Some(newest) && told.is_none();
        fresh.lease.renew(asked, nanos(TRUSTED));
    }
    Ok(())
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Waits until every other server has heard of an event, or may not serve what it keeps.
pub(crate) async fn everywhere(desk: &Desk, seq: i64) {
    let nodes = &desk.fresh.nodes;
    if !nodes.waits || !desk.database.is_shared() {
        return;
    }
    let heard = async {
        loop {
            let told = nodes.heard.notified();
            match desk.database.is_unheard(nodes.id, seq).await {
                Ok(false) => return,
                Ok(true) => {}
                Err(error) => tracing::debug!(%error, "cannot see who has heard of a change"),
            }
            let _ = tokio::time::timeout(LOOK, told).await;
        }
    };
    if tokio::time::timeout(PATIENCE, heard).await.is_err() {
        tracing::warn!(seq, "another server did not say that it heard of a change; its lease is over by now");
    }
}

/// Listens to the others until the future is dropped.
pub async fn listen(desk: &Desk, url: &str) {
    loop {
        match Ear::open(url).await {
            Ok(mut ear) => {
                while let Ok(heard) = ear.hear().await {
                    match heard {
                        Heard::Log => desk.bus.stir(),
                        Heard::Applied => desk.fresh.nodes.heard.notify_waiters(),
                    }
                }
            }
            Err(error) => tracing::debug!(%error, "cannot listen to other servers; looking by oneself"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Gives the lease back, so that nobody waits for this server.
pub async fn leave(desk: &Desk) {
    if desk.database.is_shared() {
        desk.fresh.lease.end();
        if let Err(error) = desk.database.leave(desk.fresh.nodes.id).await {
            tracing::debug!(%error, "the lease could not be given back");
        }
    }
}
