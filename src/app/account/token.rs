//! API tokens: keys for programs, each with a subset of its maker's roles.

use chrono::{DateTime, Utc};
use entity::api_token;
use entity::enums::{EventType, Roles};
use entity::ids::TokenId;

use super::{API_TOKEN, hash_of, secret};
use crate::app::{AppError, Cx};
use crate::domain::event::NewEvent;
use crate::domain::policy::Task;
use crate::domain::refusal::Complaints;
use crate::domain::text;
use crate::store;

/// How many are listed.
const MOST: u64 = 100;

/// Makes an API token of the asker's, with its secret, which is shown this once.
///
/// # Errors
/// `BadInput` for roles that the asker does not have, or an expiry that has passed.
pub async fn create_token(
    cx: &Cx,
    name: &str,
    roles: Roles,
    expires_at: Option<DateTime<Utc>>,
) -> Result<(api_token::Model, String), AppError> {
    let staff = cx.may(Task::CreateToken)?;
    let mut complaints = Complaints::default();
    let name = complaints.take("name", text::line(name, 200));
    if roles.is_empty() {
        complaints.add("roles", "is empty; name at least one role");
    }
    if roles.and(staff.roles) != roles {
        complaints.add("roles", "has roles that you do not have; a token carries a subset of yours");
    }
    if expires_at.is_some_and(|at| at <= cx.now) {
        complaints.add("expiresAt", "has passed; choose a later time or leave it out");
    }
    complaints.refuse()?;
    let token = format!("{API_TOKEN}{}", secret()?);
    let tx = cx.begin().await?;
    let row = api_token::Model {
        id: TokenId::new(),
        user_id: staff.user.id,
        name: name.unwrap_or_default(),
        roles,
        token_hash: hash_of(&token),
        created_at: cx.now,
        last_used_at: None,
        expires_at,
        revoked_at: None,
    };
    let row = store::account::insert_token(&tx, row).await?;
    let event = NewEvent::new(EventType::TokenCreated, format!("{} made the API token '{}'", staff.user.name, row.name))
        .detail("tokenId", row.id.to_string());
    cx.commit(tx, event).await?;
    Ok((row, token))
}

/// Revokes an API token: one's own, or anybody's as an administrator.
///
/// # Errors
/// `NotFound` where there is none that the asker may revoke.
pub async fn revoke_token(cx: &Cx, id: TokenId) -> Result<api_token::Model, AppError> {
    let staff = cx.signed_in()?;
    let tx = cx.begin().await?;
    let found = store::account::token(&tx, id).await?;
    let row = found
        .filter(|row| row.user_id == staff.user.id || cx.is_admin())
        .ok_or_else(|| AppError::not_found("API token"))?;
    if store::account::revoke_token(&tx, id, cx.now).await? {
        let event = NewEvent::new(EventType::TokenRevoked, format!("{} revoked the API token '{}'", staff.user.name, row.name))
            .detail("tokenId", row.id.to_string());
        cx.commit(tx, event).await?;
        cx.desk.bus.doubt();
    }
    Ok(row)
}

/// The asker's own API tokens that open something, newest first; of the user with this id alone.
///
/// # Errors
/// When the database does not answer.
pub async fn tokens(cx: &Cx, of: entity::ids::UserId) -> Result<Vec<api_token::Model>, AppError> {
    if cx.user_id() != Some(of) {
        return Ok(Vec::new());
    }
    Ok(store::account::tokens(cx.reader(), of, cx.now, MOST).await?)
}

/// An API token: one's own, or anybody's for an administrator.
///
/// # Errors
/// When the database does not answer.
pub async fn token(cx: &Cx, id: TokenId) -> Result<Option<api_token::Model>, AppError> {
    let found = store::account::token(cx.reader(), id).await?;
    Ok(found.filter(|row| cx.is_admin() || cx.user_id() == Some(row.user_id)))
}
