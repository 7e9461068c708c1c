//! Requests that are sent again under the same key: done once, answered alike.
//!
//! The key is taken in the transaction of what it is used for, with the numbers of its events: whatever
//! is killed when, either both are there or neither. The answer is kept after it.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use entity::answer;
use entity::event;
use entity::ids::UserId;

use super::{AppError, Cx};
use crate::domain::refusal::Refusal;
use crate::store;

/// How long a key is known.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// Longer answers are not kept, but made anew of what was changed.
const LONGEST: usize = 256 << 10;

/// A request under a key.
#[derive(Debug)]
pub struct Claim {
    /// Whose key.
    pub user: UserId,
    /// The key's hash.
    pub key_hash: Vec<u8>,
    /// The request's.
    pub request_hash: Vec<u8>,
    taken: AtomicBool,
}

/// What was done under a key before.
pub enum Done {
    /// This was answered.
    Answered(Vec<u8>),
    /// These events were written, and the answer is not known.
    Wrote(Vec<event::Model>),
}

impl Claim {
    /// A request that comes under a key.
    #[must_use]
    pub const fn new(user: UserId, key_hash: Vec<u8>, request_hash: Vec<u8>) -> Self {
        Self { user, key_hash, request_hash, taken: AtomicBool::new(false) }
    }

    /// Whether a transaction took the key in this request.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.taken.load(Ordering::Acquire)
    }

    pub(super) fn take(&self) {
        self.taken.store(true, Ordering::Release);
    }

    pub(super) fn row(&self, now: DateTime<Utc>) -> answer::Model {
        answer::Model {
            user_id: self.user,
            key_hash: self.key_hash.clone(),
            request_hash: self.request_hash.clone(),
            first_seq: None,
            last_seq: None,
            body: None,
            created_at: now,
        }
    }
}

/// What was done under the key before.
///
/// # Errors
/// `Conflict` where it was used for another request.
pub async fn before(cx: &Cx, claim: &Claim) -> Result<Option<Done>, AppError> {
    let Some(row) = store::answer::get(cx.reader(), claim.user, &claim.key_hash).await? else { return Ok(None) };
    if row.created_at < cx.now - KEPT {
        return Ok(None);
    }
    if row.request_hash != claim.request_hash {
        let message = "This Idempotency-Key was used for another request; send a new one with each request that is new.";
        return Err(Refusal::Conflict(message.into()).into());
    }
    match (row.body, row.first_seq, row.last_seq) {
        (Some(body), _, _) => Ok(Some(Done::Answered(body))),
        (None, Some(first), Some(last)) => Ok(Some(Done::Wrote(store::answer::events(cx.reader(), first, last).await?))),
        (None, _, _) => Ok(None),
    }
}

/// Keeps an answer.
///
/// # Errors
/// When the database does not answer.
pub async fn keep(cx: &Cx, claim: &Claim, body: &[u8]) -> Result<(), AppError> {
    if body.len() > LONGEST {
        return Ok(());
    }
    let tx = cx.begin().await?;
    if claim.is_taken() {
        store::answer::keep(&tx, claim.user, &claim.key_hash, body.to_vec()).await?;
    } else {
        store::answer::keep_new(&tx, answer::Model { body: Some(body.to_vec()), ..claim.row(cx.now) }).await?;
    }
    Ok(tx.commit_unlogged().await?)
}

/// Forgets keys that nobody will send again.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(cx: &Cx) -> Result<u64, AppError> {
    let tx = cx.begin_long().await?;
    let swept = store::answer::sweep(&tx, cx.now - KEPT).await?;
    tx.commit_unlogged().await?;
    Ok(swept)
}
