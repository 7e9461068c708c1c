//! The log as it grows: what happened since an event, then what happens, each event once and in order.
//!
//! One reader a process looks into the database and keeps the newest events; listeners take them from
//! there, and from the database where they are further back.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use entity::enums::EventType;
use entity::event::Model;
use entity::ids::{DraftId, EventId};
use tokio::sync::watch;

use super::{AppError, Cx, Desk};
use crate::domain::dep::Changes;
use crate::domain::policy::Task;
use crate::domain::refusal::Refusal;
use crate::store;
use crate::store::event::Filter;

/// The newest events that are kept.
const RECENT: usize = 2_000;
/// Events that are read at a time.
const BATCH: u64 = 200;

/// The events that made an edition.
const EDITIONS: [EventType; 4] =
    [EventType::ArticlePublished, EventType::ArticleUpdated, EventType::PublishOverridden, EventType::ArticleImported];

/// The newest events of the log.
#[derive(Debug)]
pub struct Feed {
    recent: Mutex<VecDeque<Arc<Model>>>,
    /// The number of the newest event that was read; nothing until the first look.
    newest: watch::Sender<Option<i64>>,
}

/// What somebody listens for.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// Events of the log.
    Events(Filter),
    /// What happens to a draft.
    Draft(DraftId),
    /// Editions.
    Editions,
}

/// Somebody who listens.
pub struct Listener {
    wanted: Wanted,
    filter: Filter,
    /// The number of the last event that was looked at.
    at: i64,
    heard: watch::Receiver<Option<i64>>,
    waiting: VecDeque<Arc<Model>>,
}

impl Feed {
    pub(super) fn new() -> Self {
        Self { recent: Mutex::default(), newest: watch::Sender::new(None) }
    }

    /// The number of the newest event that was read.
    pub(super) fn newest(&self) -> Option<i64> {
        *self.newest.borrow()
    }

    /// What came after a number; nothing where that is too far back.
    fn since(&self, at: i64) -> Option<Vec<Arc<Model>>> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let first = recent.front()?.seq;
        // Numbers have no gaps, and few listeners are far behind.
        let known = recent.partition_point(|event| event.seq <= at);
        (first <= at + 1).then(|| recent.range(known..).cloned().collect())
    }

    fn push(&self, events: Vec<Model>) {
        let Some(last) = events.last().map(|event| event.seq) else { return };
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.extend(events.into_iter().map(Arc::new));
        let surplus = recent.len().saturating_sub(RECENT);
        recent.drain(..surplus);
        drop(recent);
        self.newest.send_replace(Some(last));
    }
}

/// Reads what is new in the log, whoever wrote it. Gives whether another process changed something for readers.
///
/// # Errors
/// When the database does not answer.
pub async fn follow(cx: &Cx) -> Result<bool, AppError> {
    let feed = &cx.desk.feed;
    let known = *feed.newest.borrow();
    let Some(mut at) = known else {
        let newest = store::event::last_seq(cx.aside()).await?;
        feed.newest.send_replace(Some(newest));
        return Ok(true);
    };
    let mut foreign = false;
    loop {
        let events = store::event::after(cx.aside(), &Filter::default(), at, i64::MAX, BATCH).await?;
        let (count, last) = (events.len(), events.last().map_or(at, |event| event.seq));
        if events.iter().any(|event| matches!(event.kind, EventType::UserChanged | EventType::TokenRevoked)) {
            cx.desk.bus.doubt();
        }
        for event in &events {
            foreign |= cx.desk.fresh.read(event.seq, &Changes::from_words(event.changes.as_deref()));
        }
        feed.push(events);
        at = last;
        if (count as u64) < BATCH {
            return Ok(foreign);
        }
    }
}

/// Begins to listen: from now on, or from right after an event.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`; `NotFound` for a draft that is not there, `BadInput` for an event that is not.
pub async fn listen(cx: &Cx, wanted: Wanted, after: Option<EventId>) -> Result<Listener, AppError> {
    let filter = match &wanted {
        Wanted::Events(filter) => {
            cx.may(Task::ReadDesk)?;
            filter.clone()
        }
        Wanted::Draft(id) => {
            cx.may(Task::ReadDesk)?;
            store::draft::get(cx.reader(), *id).await?.ok_or_else(|| AppError::not_found("draft"))?;
            Filter { draft: Some(*id), ..Filter::default() }
        }
        Wanted::Editions => Filter { kinds: Some(EDITIONS.to_vec()), ..Filter::default() },
    };
    let at = match after {
        Some(id) => {
            let found = store::event::many(cx.reader(), &[id]).await?.pop();
            found.map(|event| event.seq).ok_or_else(|| AppError::field("after", "names no event; leave it out to begin now"))?
        }
        None => store::event::last_seq(cx.reader()).await?,
    };
    Ok(Listener { wanted, filter, at, heard: cx.desk.feed.newest.subscribe(), waiting: VecDeque::new() })
}

impl Listener {
    /// What is listened for.
    #[must_use]
    pub const fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Waits for the next event. One that was given out is not given out again.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn next(&mut self, desk: &Desk) -> Result<Arc<Model>, AppError> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Ok(event);
            }
            let newest = *self.heard.borrow_and_update();
            match newest {
                Some(newest) if newest > self.at => self.read(desk, newest).await?,
                _ => self.heard.changed().await.map_err(|_| AppError::Unavailable("the server stops".into()))?,
            }
        }
    }

    async fn read(&mut self, desk: &Desk, newest: i64) -> Result<(), AppError> {
        if let Some(recent) = desk.feed.since(self.at) {
            self.at = recent.last().map_or(self.at, |event| event.seq);
            self.waiting.extend(recent.into_iter().filter(|event| self.filter.fits(event)));
            return Ok(());
        }
        let read = store::event::after(desk.database.aside(), &self.filter, self.at, newest, BATCH).await?;
        let is_whole = (read.len() as u64) < BATCH;
        self.at = if is_whole { newest } else { read.last().map_or(newest, |event| event.seq) };
        self.waiting.extend(read.into_iter().map(Arc::new));
        Ok(())
    }
}

/// Whether the asker may hear of an event that was listened for. Asked for each one, as rights change.
///
/// # Errors
/// `Unauthenticated` or `Forbidden` for who may hear nothing any more.
pub fn hears(cx: &Cx, wanted: &Wanted, event: &Model) -> Result<bool, Refusal> {
    let may = |task| match cx.may(task) {
        Ok(_) => Ok(()),
        Err(AppError::Refused(refusal)) => Err(refusal),
        Err(_) => Err(Refusal::Unauthenticated),
    };
    match wanted {
        Wanted::Events(_) => {
            may(Task::ReadDesk)?;
            let is_own = event.actor_id.is_some() && event.actor_id == cx.user_id();
            Ok(cx.is_admin() || is_own || !store::event::is_private(event.kind))
        }
        Wanted::Draft(_) => may(Task::ReadDesk).map(|()| true),
        Wanted::Editions => Ok(true),
    }
}
