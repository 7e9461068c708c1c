//! Users, their sessions and their API tokens.

use chrono::{DateTime, Utc};
use entity::enums::Role;
use entity::ids::{SessionId, TokenId, UserId};
use entity::{api_token, session, user};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use super::page::{self, By};
use super::{Source, StoreError, Tx};
use crate::domain::page::{Page, Slice};

/// A user by e-mail address, compared without case.
pub async fn by_email(source: &impl Source, key: &str) -> Result<Option<user::Model>, StoreError> {
    Ok(user::Entity::find().filter(user::Column::EmailKey.eq(key)).one(source.connection()).await?)
}

/// One user.
pub async fn get(source: &impl Source, id: UserId) -> Result<Option<user::Model>, StoreError> {
    Ok(user::Entity::find_by_id(id).one(source.connection()).await?)
}

/// Users by their ids.
pub async fn many(source: &impl Source, ids: &[UserId]) -> Result<Vec<user::Model>, StoreError> {
    Ok(user::Entity::find().filter(user::Column::Id.is_in(page::padded(ids))).all(source.connection()).await?)
}

/// One page of all users, oldest first.
pub async fn list(source: &impl Source, page: &Page) -> Result<Slice<user::Model>, StoreError> {
    let by = By::time(user::Column::CreatedAt, user::Column::Id, false);
    let rows = by.cut(user::Entity::find(), page).all(source.connection()).await?;
    Ok(Slice::of(rows, page, |row| page::at_time(row.created_at, row.id.0)))
}

/// How many users there are.
pub async fn count(source: &impl Source) -> Result<u64, StoreError> {
    Ok(user::Entity::find().count(source.connection()).await?)
}

/// Adds a user.
pub async fn insert(tx: &Tx, row: user::Model) -> Result<user::Model, StoreError> {
    user::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(row)
}

/// Writes a user as it is now.
pub async fn update(tx: &Tx, row: user::Model) -> Result<user::Model, StoreError> {
    Ok(row.into_active_model().reset_all().update(tx.connection()).await?)
}

/// Whether somebody other than this user is an active administrator.
pub async fn another_admin(tx: &Tx, user: UserId) -> Result<bool, StoreError> {
    let admin = 1 << Role::Admin as i32;
    let others = user::Entity::find()
        .filter(user::Column::Id.ne(user))
        .filter(user::Column::IsActive.eq(true))
        .filter(Expr::col(user::Column::Roles).bit_and(admin).ne(0))
        .count(tx.connection())
        .await?;
    Ok(others > 0)
}

/// Adds a session.
pub async fn open_session(tx: &Tx, row: session::Model) -> Result<(), StoreError> {
    session::Entity::insert(row.into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// The session whose token has this hash, with its user.
pub async fn session(source: &impl Source, token_hash: &[u8]) -> Result<Option<(session::Model, user::Model)>, StoreError> {
    let db = source.connection();
    let found = session::Entity::find().filter(session::Column::TokenHash.eq(token_hash.to_vec())).one(db).await?;
    let Some(session) = found else { return Ok(None) };
    Ok(get(source, session.user_id).await?.map(|user| (session, user)))
}

/// Ends a session.
pub async fn close_session(tx: &Tx, id: SessionId) -> Result<(), StoreError> {
    session::Entity::delete_by_id(id).exec(tx.connection()).await?;
    Ok(())
}

/// Ends all sessions of a user but this one.
pub async fn close_sessions(tx: &Tx, user: UserId, but: Option<SessionId>) -> Result<(), StoreError> {
    let own = session::Entity::delete_many().filter(session::Column::UserId.eq(user));
    own.apply_if(but, |own, but| own.filter(session::Column::Id.ne(but))).exec(tx.connection()).await?;
    Ok(())
}

/// One session, with its user.
pub async fn session_by_id(source: &impl Source, id: SessionId) -> Result<Option<(session::Model, user::Model)>, StoreError> {
    let Some(session) = session::Entity::find_by_id(id).one(source.connection()).await? else { return Ok(None) };
    Ok(get(source, session.user_id).await?.map(|user| (session, user)))
}

/// The newest sessions of a user, newest first.
pub async fn sessions(source: &impl Source, user: UserId, now: DateTime<Utc>, most: u64) -> Result<Vec<session::Model>, StoreError> {
    let own = session::Entity::find().filter(session::Column::UserId.eq(user)).filter(session::Column::ExpiresAt.gt(now));
    let newest = own.order_by_desc(session::Column::CreatedAt).order_by_desc(session::Column::Id).limit(most);
    Ok(newest.all(source.connection()).await?)
}

/// Notes that a session is in use.
pub async fn touch_session(tx: &Tx, id: SessionId, at: DateTime<Utc>) -> Result<(), StoreError> {
    session::Entity::update_many()
        .col_expr(session::Column::SeenAt, Expr::value(at))
        .filter(session::Column::Id.eq(id))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// The newest API tokens of a user that open something, newest first.
pub async fn tokens(source: &impl Source, user: UserId, now: DateTime<Utc>, most: u64) -> Result<Vec<api_token::Model>, StoreError> {
    let lasting = Condition::any().add(api_token::Column::ExpiresAt.is_null()).add(api_token::Column::ExpiresAt.gt(now));
    let own = api_token::Entity::find().filter(api_token::Column::UserId.eq(user));
    let good = own.filter(api_token::Column::RevokedAt.is_null()).filter(lasting);
    let newest = good.order_by_desc(api_token::Column::CreatedAt).order_by_desc(api_token::Column::Id).limit(most);
    Ok(newest.all(source.connection()).await?)
}

/// An API token by its id, with its user.
pub async fn token_by_id(source: &impl Source, id: TokenId) -> Result<Option<(api_token::Model, user::Model)>, StoreError> {
    let Some(token) = token(source, id).await? else { return Ok(None) };
    Ok(get(source, token.user_id).await?.map(|user| (token, user)))
}

/// Forgets sessions that have expired.
pub async fn sweep_sessions(tx: &Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    let swept = session::Entity::delete_many().filter(session::Column::ExpiresAt.lte(now)).exec(tx.connection()).await?;
    Ok(swept.rows_affected)
}

/// Adds an API token.
pub async fn insert_token(tx: &Tx, row: api_token::Model) -> Result<api_token::Model, StoreError> {
    api_token::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.connection()).await?;
    Ok(row)
}

/// One API token.
pub async fn token(source: &impl Source, id: TokenId) -> Result<Option<api_token::Model>, StoreError> {
    Ok(api_token::Entity::find_by_id(id).one(source.connection()).await?)
}

/// The API token with this hash, with its user.
pub async fn token_by_hash(source: &impl Source, token_hash: &[u8]) -> Result<Option<(api_token::Model, user::Model)>, StoreError> {
    let db = source.connection();
    let found = api_token::Entity::find().filter(api_token::Column::TokenHash.eq(token_hash.to_vec())).one(db).await?;
    let Some(token) = found else { return Ok(None) };
    Ok(get(source, token.user_id).await?.map(|user| (token, user)))
}

/// Revokes an API token. Says whether it was good until now.
pub async fn revoke_token(tx: &Tx, id: TokenId, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let revoked = api_token::Entity::update_many()
        .col_expr(api_token::Column::RevokedAt, Expr::value(at))
        .filter(api_token::Column::Id.eq(id))
        .filter(api_token::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(revoked.rows_affected == 1)
}

/// Notes that a token was used.
pub async fn touch_token(tx: &Tx, id: TokenId, at: DateTime<Utc>) -> Result<(), StoreError> {
    api_token::Entity::update_many()
        .col_expr(api_token::Column::LastUsedAt, Expr::value(at))
        .filter(api_token::Column::Id.eq(id))
        .exec(tx.connection())
        .await?;
    Ok(())
}
