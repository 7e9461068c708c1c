//! Who somebody is: signing in, API tokens, and the users that an administrator keeps.

mod attempts;
mod session;
mod token;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::{EventType, Role, Roles};
use entity::ids::{SessionId, UserId};
use entity::{api_token, user};
use sha2::{Digest, Sha256};

pub(super) use attempts::Attempts;
pub use attempts::{Patience, network};
pub use session::{Client, SignedIn, change_password, revoke_session, sessions, sign_in, sign_out};
pub use token::{create_token, revoke_token, token, tokens};

use super::{Actor, AppError, Credential, Cx, Desk, Staff};
use crate::domain::event::NewEvent;
use crate::domain::page::{Page, Slice};
use crate::domain::policy::Task;
use crate::domain::refusal::Complaints;
use crate::domain::{account, text};
use crate::store;

/// What every bearer token begins with; API tokens say what they are.
const API_TOKEN: &str = "cdk_";

/// Finds out who sends a bearer token or a session cookie. A token that is not good (any more) is nobody's.
///
/// # Errors
/// When the database does not answer.
pub async fn authenticate(desk: &Desk, token: &str, now: DateTime<Utc>) -> Result<Actor, AppError> {
    let hash = hash_of(token);
    let reader = desk.database.reader();
    let found = if token.starts_with(API_TOKEN) {
        of_token(store::account::token_by_hash(reader, &hash).await?, now)
    } else {
        of_session(store::account::session(reader, &hash).await?, now)
    };
    let Some(found) = found else { return Ok(Actor::Anonymous) };
    // Once an hour is enough to see which are in use, and costs no write a request.
    if found.seen_at.is_none_or(|at| now - at > TimeDelta::hours(1)) {
        let tx = desk.database.begin().await?;
        match found.staff.credential {
            Credential::Token(id) => store::account::touch_token(&tx, id, now).await?,
            Credential::Session(id) => store::account::touch_session(&tx, id, now).await?,
            Credential::Console => {}
        }
        tx.commit_unlogged().await?;
    }
    Ok(Actor::Staff(found.staff))
}

/// Looks again at who proved before who they are: as they are now, or nobody.
///
/// # Errors
/// When the database does not answer.
pub async fn again(desk: &Desk, actor: &Actor, now: DateTime<Utc>) -> Result<Actor, AppError> {
    let Actor::Staff(staff) = actor else { return Ok(Actor::Anonymous) };
    let reader = desk.database.aside();
    let found = match staff.credential {
        Credential::Token(id) => of_token(store::account::token_by_id(reader, id).await?, now),
        Credential::Session(id) => of_session(store::account::session_by_id(reader, id).await?, now),
        Credential::Console => return Ok(actor.clone()),
    };
    Ok(found.map_or(Actor::Anonymous, |found| Actor::Staff(found.staff)))
}

/// Somebody whose credential is good.
struct Found {
    staff: Arc<Staff>,
    seen_at: Option<DateTime<Utc>>,
}

fn of_token(found: Option<(api_token::Model, user::Model)>, now: DateTime<Utc>) -> Option<Found> {
    let (row, user) = found?;
    let good = row.revoked_at.is_none() && row.expires_at.is_none_or(|at| at > now) && user.is_active;
    let roles = row.roles.and(user.roles);
    let staff = || Arc::new(Staff { user, roles, credential: Credential::Token(row.id) });
    good.then(|| Found { staff: staff(), seen_at: row.last_used_at })
}

fn of_session(found: Option<(entity::session::Model, user::Model)>, now: DateTime<Utc>) -> Option<Found> {
    let (row, user) = found?;
    let good = row.expires_at > now && user.is_active;
    let roles = user.roles;
    let staff = || Arc::new(Staff { user, roles, credential: Credential::Session(row.id) });
    good.then(|| Found { staff: staff(), seen_at: row.seen_at.or(Some(row.created_at)) })
}

/// The user with this address as the one who sits at the machine: for commands.
///
/// # Errors
/// `NotFound` when there is none, or none that is active.
pub async fn at_console(desk: &Desk, email: &str) -> Result<Actor, AppError> {
    let user = store::account::by_email(desk.database.reader(), &email.trim().to_lowercase()).await?;
    let user = user.filter(|user| user.is_active).ok_or_else(|| AppError::not_found("active user"))?;
    let roles = user.roles;
    Ok(staff(user, roles, Credential::Console))
}

fn staff(user: user::Model, roles: Roles, credential: Credential) -> Actor {
    Actor::Staff(Arc::new(Staff { user, roles, credential }))
}

/// What an administrator says of a new user.
pub struct NewUser {
    /// Address to sign in with.
    pub email: String,
    /// For people.
    pub name: String,
    /// To sign in with.
    pub password: String,
    /// What they may do.
    pub roles: Roles,
}

/// Adds a user.
///
/// # Errors
/// `Forbidden` unless ADMIN; `BadInput`, also for an address that somebody has.
pub async fn create(cx: &Cx, new: NewUser) -> Result<user::Model, AppError> {
    cx.may(Task::KeepUsers)?;
    add(cx, new).await
}

async fn add(cx: &Cx, new: NewUser) -> Result<user::Model, AppError> {
    let mut complaints = Complaints::default();
    let email = complaints.take("email", account::email(&new.email));
    let name = complaints.take("name", text::line(&new.name, 200));
    complaints.take("password", account::password(&new.password));
    complaints.refuse()?;
    let (email, email_key) = email.unwrap_or_default();
    let password_hash = cx.desk.passwords.hash(&new.password).await?;
    let tx = cx.begin().await?;
    let row = user::Model {
        id: UserId::new(),
        email,
        email_key,
        name: name.unwrap_or_default(),
        password_hash,
        roles: new.roles,
        is_active: true,
        created_at: cx.now,
        updated_at: cx.now,
    };
    let row = store::account::insert(&tx, row).await.map_err(|error| match error {
        store::StoreError::Constraint("uq_users_email") => {
            AppError::field("email", "belongs to a user already; change that user instead")
        }
        other => other.into(),
    })?;
    let event = changed(&row, format!("{} joined", row.name));
    cx.commit(tx, event).await?;
    Ok(row)
}

/// Adds a user from the machine that the server runs on, where nobody has to sign in.
///
/// # Errors
/// `BadInput`, also for an address that somebody has.
pub async fn add_at_console(cx: &Cx, new: NewUser) -> Result<user::Model, AppError> {
    add(cx, new).await
}

/// What an administrator changes of a user; what is left out stays.
#[derive(Default)]
pub struct UserChange {
    /// For people.
    pub name: Option<String>,
    /// Ends every session of the user.
    pub password: Option<String>,
    /// What they may do.
    pub roles: Option<Roles>,
    /// Whether they may sign in.
    pub is_active: Option<bool>,
}

/// Changes a user. The last administrator stays one.
///
/// # Errors
/// `Forbidden` unless ADMIN; `NotFound`; `BadInput`.
pub async fn update(cx: &Cx, id: UserId, change: UserChange) -> Result<user::Model, AppError> {
    let staff = cx.signed_in()?;
    let hashed = match &change.password {
        Some(password) if cx.is_admin() && account::password(password).is_ok() => Some(cx.desk.passwords.hash(password).await?),
        _ => None,
    };
    let tx = cx.begin().await?;
    let seen = store::account::get(&tx, id).await?.ok_or_else(|| AppError::not_found("user"))?;
    cx.may(Task::KeepUsers)?;
    let mut complaints = Complaints::default();
    let mut next = seen.clone();
    if let Some(name) = &change.name {
        next.name = complaints.take("name", text::line(name, 200)).unwrap_or_default();
    }
    if let Some(password) = &change.password {
        complaints.take("password", account::password(password));
    }
    next.roles = change.roles.unwrap_or(seen.roles);
    next.is_active = change.is_active.unwrap_or(seen.is_active);
    let was_admin = seen.is_active && seen.roles.has(Role::Admin);
    let is_admin = next.is_active && next.roles.has(Role::Admin);
    if was_admin && !is_admin && !store::account::another_admin(&tx, id).await? {
        let path = if next.is_active { "roles" } else { "isActive" };
        complaints.add(path, "would leave the newsroom without an administrator; make somebody else one first");
    }
    complaints.refuse()?;
    if let Some(hashed) = hashed {
        next.password_hash = hashed;
    }
    if next == seen {
        return Ok(seen);
    }
    next.updated_at = cx.now;
    let next_is_active = next.is_active;
    let ends_sessions = change.password.is_some() || !next_is_active;
    let row = store::account::update(&tx, next).await?;
    if ends_sessions {
        store::account::close_sessions(&tx, id, own_session(staff).filter(|_| next_is_active && staff.user.id == id)).await?;
    }
    let event = changed(&row, format!("{} changed the user {}", staff.user.name, row.name));
    cx.commit(tx, event).await?;
    cx.desk.bus.doubt();
    Ok(row)
}

fn changed(row: &user::Model, summary: String) -> NewEvent {
    let roles: Vec<&str> = row.roles.iter().map(Role::as_str).collect();
    NewEvent::new(EventType::UserChanged, summary)
        .detail("userId", row.id.to_string())
        .detail("roles", roles)
        .detail("isActive", row.is_active)
}

/// The session that somebody came with.
fn own_session(staff: &Staff) -> Option<SessionId> {
    match staff.credential {
        Credential::Session(id) => Some(id),
        Credential::Token(_) | Credential::Console => None,
    }
}

/// One page of all users.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub async fn list(cx: &Cx, page: &Page) -> Result<Slice<user::Model>, AppError> {
    cx.may(Task::ReadDesk)?;
    Ok(store::account::list(cx.reader(), page).await?)
}

/// How many users there are.
///
/// # Errors
/// `Unauthenticated` or `Forbidden`.
pub async fn count(cx: &Cx) -> Result<u64, AppError> {
    cx.may(Task::ReadDesk)?;
    Ok(store::account::count(cx.reader()).await?)
}

/// Users by their ids; none for the anonymous.
///
/// # Errors
/// When the database does not answer.
pub async fn many(cx: &Cx, ids: &[UserId]) -> Result<Vec<user::Model>, AppError> {
    if !cx.reads_desk() {
        return Ok(cx.staff().filter(|staff| ids.contains(&staff.user.id)).map(|staff| staff.user.clone()).into_iter().collect());
    }
    Ok(store::account::many(cx.reader(), ids).await?)
}

/// Where there is no user at all, makes an administrator, and gives the address and password to
/// print once.
///
/// # Errors
/// When the database does not answer.
pub async fn first_administrator(cx: &Cx) -> Result<Option<(String, String)>, AppError> {
    if store::account::count(cx.reader()).await? > 0 {
        return Ok(None);
    }
    let email = "admin@copydesk.example".to_owned();
    let password: String = secret()?.chars().take(20).collect();
    let new = NewUser {
        email: email.clone(),
        name: "Administrator".into(),
        password: password.clone(),
        roles: Roles::from_iter([Role::Admin]),
    };
    match add(cx, new).await {
        Ok(_) => Ok(Some((email, password))),
        // Another server started at the same moment, and prints its password.
        Err(AppError::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Forgets sessions that have expired.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(cx: &Cx) -> Result<u64, AppError> {
    let tx = cx.begin().await?;
    let swept = store::account::sweep_sessions(&tx, cx.now).await?;
    tx.commit_unlogged().await?;
    Ok(swept)
}

/// 256 random bits, as text.
pub(super) fn secret() -> Result<String, AppError> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| AppError::Fault(format!("no randomness to be had: {error}")))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What is kept of a secret. It has 256 random bits, so a plain hash cannot be searched, and a
/// look-up by it tells nothing by its time.
pub(super) fn hash_of(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
