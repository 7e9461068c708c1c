//! Who is asking, and who works here.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::ids::UserId;
use entity::{api_token, session, user};

use super::author::Author;
use super::error::Result;
use super::loaders::{ProfileOf, load, present};
use super::page::{Count, UserConnection};
use super::scalars::{Parse, Time, instant};
use super::{Peer, cx, page, words};
use crate::app::account::{Client, NewUser, UserChange};
use crate::app::{self, Credential};

/// The cookie that carries a browser's session.
pub const COOKIE: &str = "copydesk_session";

/// Somebody who works here.
#[derive(Clone)]
pub struct User(pub user::Model);

impl User {
    /// The user with this id, as far as the asker may see users.
    pub async fn find(ctx: &Context<'_>, id: Option<UserId>) -> Result<Option<Self>> {
        match id {
            Some(id) => Ok(load(ctx, id).await?.map(Self)),
            None => Ok(None),
        }
    }
}

/// Somebody who works here.
#[Object]
impl User {
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn email(&self) -> &str {
        &self.0.email
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn roles(&self) -> Vec<words::Role> {
        self.0.roles.iter().map(Into::into).collect()
    }

    async fn is_active(&self) -> bool {
        self.0.is_active
    }

    /// The viewer's own sessions, newest first; none for anybody else's eyes.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>> {
        Ok(app::account::sessions(cx(ctx), self.0.id).await?.into_iter().map(Session).collect())
    }

    /// The viewer's own API tokens that open something, newest first; none for anybody else's eyes.
    async fn api_tokens(&self, ctx: &Context<'_>) -> Result<Vec<ApiToken>> {
        Ok(app::account::tokens(cx(ctx), self.0.id).await?.into_iter().map(ApiToken).collect())
    }

    /// The profile that bylines name.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Author>> {
        Ok(load(ctx, ProfileOf(self.0.id)).await?.map(Author::from))
    }
}

/// A key for a program.
#[derive(Clone)]
pub struct ApiToken(pub api_token::Model);

/// A key for a program.
#[Object]
impl ApiToken {
    pub(crate) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn roles(&self) -> Vec<words::Role> {
        self.0.roles.iter().map(Into::into).collect()
    }

    async fn created_at(&self) -> Time {
        self.0.created_at.into()
    }

    async fn last_used_at(&self) -> Option<Time> {
        self.0.last_used_at.map(Into::into)
    }

    async fn expires_at(&self) -> Option<Time> {
        self.0.expires_at.map(Into::into)
    }
}

/// A sign-in that has not ended.
#[derive(Clone)]
pub struct Session(pub session::Model);

/// A sign-in that has not ended.
#[Object]
impl Session {
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    async fn created_at(&self) -> Time {
        self.0.created_at.into()
    }

    /// To the hour.
    async fn last_used_at(&self) -> Option<Time> {
        self.0.seen_at.map(Into::into)
    }

    async fn expires_at(&self) -> Time {
        self.0.expires_at.into()
    }

    /// The IP address that it was begun from.
    async fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    /// The program that it was begun with, as it calls itself.
    async fn user_agent(&self) -> Option<&str> {
        self.0.agent.as_deref()
    }

    /// Whether this request came with it.
    async fn is_current(&self, ctx: &Context<'_>) -> bool {
        cx(ctx).staff().is_some_and(|staff| staff.credential == Credential::Session(self.0.id))
    }
}

/// What is asked of accounts.
#[derive(Default)]
pub struct AccountQuery;

#[Object]
impl AccountQuery {
    /// Who is asking; null when anonymous.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<User> {
        cx(ctx).staff().map(|staff| User(staff.user.clone()))
    }

    /// Everybody who works here, oldest first.
    async fn users(&self, ctx: &Context<'_>, first: Option<i32>, after: Option<String>) -> Result<UserConnection> {
        cx(ctx).signed_in()?;
        let page = page::page(first, after, None, None)?;
        let slice = app::account::list(cx(ctx), &page).await?.map(User);
        Ok(UserConnection { slice, count: Count::Users })
    }
}

/// Address and password.
#[derive(InputObject)]
pub struct SignInInput {
    email: String,
    #[graphql(secret)]
    password: String,
}

/// A session that just began.
#[derive(SimpleObject)]
pub struct SignInPayload {
    viewer: User,
    /// For the Authorization header of clients that keep no cookies.
    token: String,
    expires_at: Time,
}

/// Whether it was done.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    ok: bool,
}

/// A new key.
#[derive(InputObject)]
pub struct CreateApiTokenInput {
    name: String,
    roles: Vec<words::Role>,
    expires_at: Option<Time>,
}

/// A new key, with its secret.
#[derive(SimpleObject)]
pub struct CreateApiTokenPayload {
    api_token: ApiToken,
    /// Shown this once.
    secret: String,
}

/// A key to revoke.
#[derive(InputObject)]
pub struct RevokeApiTokenInput {
    token_id: ID,
}

/// The key that opens nothing any more.
#[derive(SimpleObject)]
pub struct RevokeApiTokenPayload {
    api_token: ApiToken,
}

/// A session to end.
#[derive(InputObject)]
pub struct RevokeSessionInput {
    session_id: ID,
}

/// The session that has ended.
#[derive(SimpleObject)]
pub struct RevokeSessionPayload {
    revoked_session_id: ID,
    /// Whose it was, with the sessions that are left; null where that was this one.
    viewer: Option<User>,
}

/// A new password for the viewer.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    #[graphql(secret)]
    current_password: String,
    #[graphql(secret)]
    new_password: String,
}

/// A new user.
#[derive(InputObject)]
pub struct CreateUserInput {
    email: String,
    name: String,
    #[graphql(secret)]
    password: String,
    roles: Vec<words::Role>,
}

/// What changes of a user.
#[derive(InputObject)]
pub struct UpdateUserInput {
    user_id: ID,
    name: Option<String>,
    #[graphql(secret)]
    password: Option<String>,
    roles: Option<Vec<words::Role>>,
    is_active: Option<bool>,
}

/// The user as it is now.
#[derive(SimpleObject)]
pub struct UserPayload {
    user: User,
}

fn roles(roles: Vec<words::Role>) -> entity::enums::Roles {
    roles.into_iter().map(entity::enums::Role::from).collect()
}

/// A session cookie: for the server alone, kept from other sites' requests, and to https where the site has it.
fn cookie(secure: bool, token: &str, max_age: i64) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}")
}

/// What is done with accounts.
#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Begins a session: browsers get a cookie, other clients use the token.
    async fn sign_in(&self, ctx: &Context<'_>, input: SignInInput) -> Result<Option<SignInPayload>> {
        let peer = ctx.data_opt::<Peer>().cloned().unwrap_or_default();
        let client = Client { address: peer.address, agent: peer.agent };
        let signed = app::account::sign_in(cx(ctx), &input.email, &input.password, client).await?;
        let max_age = (signed.expires_at - cx(ctx).now).num_seconds();
        ctx.append_http_header("set-cookie", cookie(peer.secure, &signed.token, max_age));
        tracing::info!(user = %signed.user.id, until = %instant(signed.expires_at), "signed in");
        Ok(Some(SignInPayload {
            viewer: User(signed.user),
            token: signed.token,
            expires_at: signed.expires_at.into(),
        }))
    }

    /// Ends the session that the request came with.
    async fn sign_out(&self, ctx: &Context<'_>) -> Result<Option<SignOutPayload>> {
        app::account::sign_out(cx(ctx)).await?;
        let peer = ctx.data_opt::<Peer>().cloned().unwrap_or_default();
        ctx.append_http_header("set-cookie", cookie(peer.secure, "", 0));
        Ok(Some(SignOutPayload { ok: true }))
    }

    /// Makes a key for a program, with a subset of the viewer's roles.
    async fn create_api_token(&self, ctx: &Context<'_>, input: CreateApiTokenInput) -> Result<Option<CreateApiTokenPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let expires_at = input.expires_at.as_ref().and_then(|time| parse.time("expiresAt", time));
        parse.done()?;
        let (row, secret) = app::account::create_token(cx(ctx), &input.name, roles(input.roles), expires_at).await?;
        Ok(Some(CreateApiTokenPayload { api_token: ApiToken(row), secret }))
    }

    /// Revokes a key at once.
    async fn revoke_api_token(&self, ctx: &Context<'_>, input: RevokeApiTokenInput) -> Result<Option<RevokeApiTokenPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id = parse.id("tokenId", &input.token_id);
        parse.done()?;
        let row = app::account::revoke_token(cx(ctx), present(id, "token id")?).await?;
        Ok(Some(RevokeApiTokenPayload { api_token: ApiToken(row) }))
    }

    /// Ends a session at once, with all that it listens to.
    async fn revoke_session(&self, ctx: &Context<'_>, input: RevokeSessionInput) -> Result<Option<RevokeSessionPayload>> {
        let staff = cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id = parse.id("sessionId", &input.session_id);
        parse.done()?;
        let row = app::account::revoke_session(cx(ctx), present(id, "session id")?).await?;
        let viewer = (staff.credential != Credential::Session(row.id)).then(|| User(staff.user.clone()));
        Ok(Some(RevokeSessionPayload { revoked_session_id: row.id.to_string().into(), viewer }))
    }

    /// Changes the viewer's own password, and ends their other sessions.
    async fn change_password(&self, ctx: &Context<'_>, input: ChangePasswordInput) -> Result<Option<UserPayload>> {
        let address = ctx.data_opt::<Peer>().and_then(|peer| peer.address.as_deref());
        let user = app::account::change_password(cx(ctx), &input.current_password, &input.new_password, address).await?;
        Ok(Some(UserPayload { user: User(user) }))
    }

    /// Adds a user.
    async fn create_user(&self, ctx: &Context<'_>, input: CreateUserInput) -> Result<Option<UserPayload>> {
        let new = NewUser { email: input.email, name: input.name, password: input.password, roles: roles(input.roles) };
        let user = User(app::account::create(cx(ctx), new).await?);
        Ok(Some(UserPayload { user }))
    }

    /// Changes a user.
    async fn update_user(&self, ctx: &Context<'_>, input: UpdateUserInput) -> Result<Option<UserPayload>> {
        cx(ctx).signed_in()?;
        let mut parse = Parse::default();
        let id = parse.id("userId", &input.user_id);
        parse.done()?;
        let change = UserChange {
            name: input.name,
            password: input.password,
            roles: input.roles.map(roles),
            is_active: input.is_active,
        };
        let user = User(app::account::update(cx(ctx), present(id, "user id")?, change).await?);
        Ok(Some(UserPayload { user }))
    }
}
