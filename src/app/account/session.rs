//! Sessions: beginning one, seeing which there are, and ending them.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::EventType;
use entity::ids::SessionId;
use entity::{session, user};

use super::{changed, hash_of, own_session, secret, staff};
use crate::app::{AppError, Credential, Cx, Staff};
use crate::domain::account;
use crate::domain::event::NewEvent;
use crate::domain::refusal::{Complaints, Refusal};
use crate::store;

/// How long a session is good for.
const SESSION: TimeDelta = TimeDelta::days(14);
/// Sessions that somebody may have; a further one ends the oldest.
const MOST: u64 = 50;

/// A session that just began.
pub struct SignedIn {
    /// Who signed in.
    pub user: user::Model,
    /// What proves it from now on; kept nowhere but with the client.
    pub token: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// What is known of who signs in.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Where from.
    pub address: Option<String>,
    /// With which program, as it calls itself.
    pub agent: Option<String>,
}

/// Begins a session.
///
/// # Errors
/// `Unauthenticated` for a wrong address or password, alike in words and time; `RateLimited`.
pub async fn sign_in(cx: &Cx, email: &str, password: &str, client: Client) -> Result<SignedIn, AppError> {
    let key = email.trim().to_lowercase();
    let tried = cx.desk.attempts.begin(&key, client.address.as_deref())?;
    // Whoever guesses waits longer each time. So does the one whom they guess at, who gets in all the same.
    tokio::time::sleep(tried.delay()).await;
    let found = store::account::by_email(cx.reader(), &key).await?;
    let usable = found.as_ref().filter(|user| user.is_active && password.len() <= account::MAX_PASSWORD);
    let matches = cx.desk.passwords.verify(password, usable.map(|user| user.password_hash.as_str())).await?;
    let Some(user) = usable.filter(|_| matches).cloned() else {
        let tx = cx.begin().await?;
        let event = NewEvent::new(EventType::SignInFailed, "Somebody failed to sign in")
            .detail("userId", found.map(|user| user.id.to_string()))
            .detail("address", client.address);
        cx.commit(tx, event).await?;
        return Err(AppError::Refused(Refusal::SignInFailed));
    };
    tried.succeeded();
    let token = secret()?;
    let expires_at = cx.now + SESSION;
    let tx = cx.begin().await?;
    store::account::sweep_sessions(&tx, cx.now).await?;
    for surplus in store::account::sessions(&tx, user.id, cx.now, MOST + 10).await?.iter().skip(MOST as usize - 1) {
        store::account::close_session(&tx, surplus.id).await?;
    }
    let row = session::Model {
        id: SessionId::new(),
        user_id: user.id,
        token_hash: hash_of(&token),
        created_at: cx.now,
        expires_at,
        seen_at: Some(cx.now),
        address: client.address,
        agent: client.agent,
    };
    let id = row.id;
    store::account::open_session(&tx, row).await?;
    let roles = user.roles;
    let signed_in = Cx { actor: staff(user.clone(), roles, Credential::Session(id)), ..cx.clone() };
    let event = NewEvent::new(EventType::SignedIn, format!("{} signed in", user.name)).detail("sessionId", id.to_string());
    signed_in.commit(tx, event).await?;
    Ok(SignedIn { user, token, expires_at })
}

/// Ends the session that the request came with. A request with an API token ends nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_out(cx: &Cx) -> Result<bool, AppError> {
    let Some(staff @ Staff { credential: Credential::Session(id), .. }) = cx.staff() else { return Ok(false) };
    end(cx, *id, format!("{} signed out", staff.user.name)).await?;
    Ok(true)
}

async fn end(cx: &Cx, id: SessionId, summary: String) -> Result<(), AppError> {
    let tx = cx.begin().await?;
    store::account::close_session(&tx, id).await?;
    let event = NewEvent::new(EventType::TokenRevoked, summary).detail("sessionId", id.to_string());
    cx.commit(tx, event).await?;
    cx.desk.bus.doubt();
    Ok(())
}

/// Ends a session: one's own, or anybody's as an administrator.
///
/// # Errors
/// `NotFound` where there is none that the asker may end.
pub async fn revoke_session(cx: &Cx, id: SessionId) -> Result<session::Model, AppError> {
    let staff = cx.signed_in()?;
    let found = store::account::session_by_id(cx.reader(), id).await?.map(|(row, _)| row);
    let row = found
        .filter(|row| row.user_id == staff.user.id || cx.is_admin())
        .ok_or_else(|| AppError::not_found("session"))?;
    end(cx, id, format!("{} ended a session", staff.user.name)).await?;
    Ok(row)
}

/// The asker's own sessions, newest first; of the user with this id alone.
///
/// # Errors
/// When the database does not answer.
pub async fn sessions(cx: &Cx, of: entity::ids::UserId) -> Result<Vec<session::Model>, AppError> {
    if cx.user_id() != Some(of) {
        return Ok(Vec::new());
    }
    Ok(store::account::sessions(cx.reader(), of, cx.now, MOST).await?)
}

/// Changes the asker's own password, and ends their other sessions.
///
/// # Errors
/// `Unauthenticated`; `BadInput` for a wrong current password or a weak new one; `RateLimited`.
pub async fn change_password(cx: &Cx, current: &str, new: &str, address: Option<&str>) -> Result<user::Model, AppError> {
    let asker = cx.signed_in()?;
    let mut complaints = Complaints::default();
    complaints.take("newPassword", account::password(new));
    let user = store::account::get(cx.reader(), asker.user.id).await?.ok_or_else(|| AppError::not_found("user"))?;
    let tried = cx.desk.attempts.begin(&user.email_key, address)?;
    tokio::time::sleep(tried.delay()).await;
    let fits = current.len() <= account::MAX_PASSWORD;
    if cx.desk.passwords.verify(current, Some(user.password_hash.as_str()).filter(|_| fits)).await? {
        tried.succeeded();
    } else {
        complaints.add("currentPassword", "is not your password");
    }
    complaints.refuse()?;
    let password_hash = cx.desk.passwords.hash(new).await?;
    let tx = cx.begin().await?;
    let seen = store::account::get(&tx, user.id).await?.ok_or_else(|| AppError::not_found("user"))?;
    let row = store::account::update(&tx, user::Model { password_hash, updated_at: cx.now, ..seen }).await?;
    store::account::close_sessions(&tx, row.id, own_session(asker)).await?;
    cx.commit(tx, changed(&row, format!("{} changed their password", row.name))).await?;
    cx.desk.bus.doubt();
    Ok(row)
}
