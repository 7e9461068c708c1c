//! `Idempotency-Key`: a mutation that is sent again under the same key gets the first answer, and is not
//! done again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::web::Bytes;
use chrono::Utc;
use entity::ids::UserId;
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};

use super::State;
use super::auth::Asker;
use crate::app::repeat::{self, Claim, Done};
use crate::app::{AppError, Cx};
use crate::domain::refusal::Refusal;
use crate::graphql::Peer;
use crate::graphql::endpoint::Prepared;
use crate::graphql::request::Unfit;

const NAME: &str = "idempotency-key";
/// How long a request waits for the one before it under the same key.
const PATIENCE: Duration = Duration::from_secs(25);
/// How long answers are remembered that are shown once, and how many.
const SECRETS: (Duration, u64) = (Duration::from_secs(24 * 3600), 1_000);

type Key = (UserId, Vec<u8>);

/// Requests under keys take turns, and answers that must not be written down are remembered.
pub(super) struct Turns {
    running: Mutex<HashMap<Key, Arc<tokio::sync::Mutex<()>>>>,
    secrets: Cache<Key, (Vec<u8>, Bytes)>,
}

impl Turns {
    pub(super) fn new() -> Self {
        let secrets = Cache::builder().time_to_live(SECRETS.0).max_capacity(SECRETS.1).build();
        Self { running: Mutex::default(), secrets }
    }

    fn of(&self, key: &Key) -> Arc<tokio::sync::Mutex<()>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(running.entry(key.clone()).or_default())
    }
}

/// A mutation's answer, and whether it was given before.
pub(super) struct Given {
    pub(super) body: Bytes,
    pub(super) headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) is_replayed: bool,
}

/// The key that a request comes under.
pub(super) fn key(http: &HttpRequest, asker: &Asker, prepared: &Prepared) -> Result<Option<Claim>, Unfit> {
    // Who is not signed in has nothing that could be done twice.
    let (Some(key), Some(user)) = (http.headers().get(NAME), asker.user_id()) else { return Ok(None) };
    let key = key.as_bytes();
    if !(1..=255).contains(&key.len()) || !key.iter().all(u8::is_ascii_graphic) {
        return Err(Unfit::field("Idempotency-Key", "has to be 1 to 255 visible ASCII characters, such as a UUID"));
    }
    if !prepared.is_single() {
        return Err(Unfit::field("Idempotency-Key", "is for one mutation a request; send the others in requests of their own"));
    }
    if http.headers().get_all(NAME).count() > 1 {
        return Err(Unfit::field("Idempotency-Key", "is there more than once; send one"));
    }
    // With the key, which is not kept itself: a request may hold a password, and its hash must not tell.
    let request = Sha256::new().chain_update(key).chain_update(prepared.fingerprint()).finalize();
    Ok(Some(Claim::new(user, Sha256::digest(key).to_vec(), request.to_vec())))
}

/// Executes a mutation under its key, unless that was done.
pub(super) async fn execute(state: &State, asker: Asker, claim: Claim, prepared: &Prepared, id: &str) -> Result<Given, Unfit> {
    let key = (claim.user, claim.key_hash.clone());
    let turn = state.turns.of(&key);
    let Ok(_turn) = tokio::time::timeout(PATIENCE, turn.lock()).await else {
        let message = "A request under this Idempotency-Key is still being worked on; ask again in a moment.";
        return Err(Refusal::Conflict(message.into()).into());
    };
    let peer = Peer { address: asker.address(), agent: asker.agent.clone(), secure: state.secure() };
    let cx = Cx::new(Arc::clone(&state.desk), asker.actor, Utc::now());
    if let Some(given) = done(state, &cx, &claim, prepared, id).await? {
        return Ok(given);
    }
    let claim = Arc::new(claim);
    let under = Cx { claim: Some(Arc::clone(&claim)), ..cx.clone() };
    let answer = state.endpoint.execute(prepared, under, peer, id).await?;
    if !claim.is_taken() {
        // Another server may have been first, and what this one saw was its work.
        if let Some(given) = done(state, &cx, &claim, prepared, id).await? {
            return Ok(given);
        }
    }
    let headers = answer.headers().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
    let body = Bytes::from(answer.body());
    if prepared.is_secret() {
        state.turns.secrets.insert(key, (claim.request_hash.clone(), body.clone()));
    } else if (claim.is_taken() || answer.is_lasting())
        && let Err(error) = repeat::keep(&cx, &claim, &body).await
    {
        // The work is done: a retry makes the answer anew.
        tracing::warn!(%error, "an answer was not kept");
    }
    Ok(Given { body, headers, is_replayed: false })
}

async fn done(state: &State, cx: &Cx, claim: &Claim, prepared: &Prepared, id: &str) -> Result<Option<Given>, Unfit> {
    let replayed = |body| Some(Given { body, headers: Vec::new(), is_replayed: true });
    let before = repeat::before(cx, claim).await.map_err(|error| match error {
        AppError::Refused(refusal) => refusal.into(),
        other => Unfit::away(&other, id),
    })?;
    let events = match before {
        None => return Ok(None),
        Some(Done::Answered(body)) => return Ok(replayed(body.into())),
        Some(Done::Wrote(events)) => events,
    };
    let secret = state.turns.secrets.get(&(claim.user, claim.key_hash.clone()));
    if let Some((_, body)) = secret.filter(|(request, _)| *request == claim.request_hash) {
        return Ok(replayed(body));
    }
    if let Some(answer) = state.endpoint.replay(prepared, cx.clone(), &events, id).await? {
        return Ok(replayed(answer.body().into()));
    }
    let message = "This was done before, and its answer is not to be had any more: look at what it changed.";
    Err(Refusal::Conflict(message.into()).into())
}
