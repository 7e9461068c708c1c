//! Who asks, and from where.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, USER_AGENT};
use chrono::{DateTime, Utc};
use entity::ids::UserId;

use super::State;
use crate::app::{Actor, Credential, account};
use crate::config::Wire;
use crate::graphql::request::Unfit;

/// The cookie that signIn sets.
const COOKIE: &str = "copydesk_session";
/// No token of ours is longer.
const LONGEST: usize = 512;
/// As much of a program's name as is kept.
const AGENT: usize = 200;

/// Who asks.
#[derive(Clone)]
pub(super) struct Asker {
    pub(super) actor: Actor,
    from: Option<IpAddr>,
    /// The program that they use, as it calls itself.
    pub(super) agent: Option<String>,
}

impl Asker {
    /// Finds out. A token that is not good is nobody's: what needs a sign-in will say so.
    /// `cookie` is whether a cookie counts.
    pub(super) async fn find(
        state: &State,
        http: &HttpRequest,
        cookie: bool,
        now: DateTime<Utc>,
        request_id: &str,
    ) -> Result<Self, Unfit> {
        let mut asker = Self::anonymous(state, http);
        if let Some(token) = token(http, cookie) {
            asker.sign_in(state, &token, now, request_id).await?;
        }
        Ok(asker)
    }

    /// Who has not said yet who they are.
    pub(super) fn anonymous(state: &State, http: &HttpRequest) -> Self {
        let from = address(http, &state.wire.trusted_proxies, &state.wire.proxy_header);
        let agent = http.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
        let agent = agent.map(|agent| agent.chars().take(AGENT).collect());
        Self { actor: Actor::Anonymous, from, agent }
    }

    /// Whoever this token is for; nobody where it is not good.
    pub(super) async fn sign_in(&mut self, state: &State, token: &str, now: DateTime<Utc>, request_id: &str) -> Result<(), Unfit> {
        let found = account::authenticate(&state.desk, token, now).await;
        self.actor = found.map_err(|error| Unfit::away(&error, request_id))?;
        Ok(())
    }

    pub(super) const fn is_staff(&self) -> bool {
        matches!(self.actor, Actor::Staff(_))
    }

    /// The user, if they are signed in.
    pub(super) fn user_id(&self) -> Option<UserId> {
        match &self.actor {
            Actor::Staff(staff) => Some(staff.user.id),
            Actor::Anonymous => None,
        }
    }

    /// Their IP address.
    pub(super) fn address(&self) -> Option<String> {
        self.from.map(|address| address.to_string())
    }

    /// Whom limits hold to account; nobody where the peer is this very machine.
    pub(super) fn accountable(&self) -> Option<Accountable> {
        let from = self.from.filter(|address| !address.is_loopback())?;
        Some(match &self.actor {
            Actor::Staff(staff) => Accountable::Credential(staff.user.id, staff.credential),
            Actor::Anonymous => Accountable::Network(account::network(from)),
        })
    }

    /// How many bytes of body they may send.
    pub(super) const fn body_limit(&self, wire: &Wire) -> usize {
        if self.is_staff() { wire.body.staff } else { wire.body.anonymous }
    }
}

/// Whom limits hold to account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Accountable {
    Network(IpAddr),
    Credential(UserId, Credential),
    User(UserId),
}

/// The bearer token, else the cookie's. Another scheme is some proxy's in front of us.
fn token(http: &HttpRequest, cookie: bool) -> Option<String> {
    let header = http.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = match header.and_then(bearer) {
        Some(token) => Some(token),
        None if cookie => http.cookie_raw(COOKIE).map(|cookie| cookie.value().to_owned()),
        None => None,
    };
    token.filter(|token| !token.is_empty() && token.len() <= LONGEST)
}

/// The token of a value such as `Bearer TOKEN`.
pub(super) fn bearer(value: &str) -> Option<String> {
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// The peer's address; where that is a proxy that we trust, the last one that no such proxy has.
fn address(http: &HttpRequest, trusted: &[IpAddr], header: &str) -> Option<IpAddr> {
    let mut address = http.peer_addr()?.ip().to_canonical();
    let lines: Vec<&str> =
        http.headers().get_all(header).filter_map(|value| value.to_str().ok()).collect();
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !trusted.contains(&address) {
            break;
        }
        let Ok(hop) = hop.trim().parse::<IpAddr>() else { break };
        address = hop.to_canonical();
    }
    Some(address)
}

#[cfg(test)]
mod tests {
    use actix_web::cookie::Cookie;
    use actix_web::test::TestRequest;

    use super::{address, token};

    #[test]
    fn a_bearer_token_goes_before_the_cookie() {
        let request = || TestRequest::default().cookie(Cookie::new("copydesk_session", "c"));
        let with = |value: &str| request().insert_header(("authorization", value)).to_http_request();
        assert_eq!(token(&with("Bearer t"), true).as_deref(), Some("t"));
        assert_eq!(token(&with("bEARER  t "), false).as_deref(), Some("t"));
        assert_eq!(token(&with("Basic x"), true).as_deref(), Some("c"));
        assert_eq!(token(&with("Bearer "), true).as_deref(), Some("c"));
        assert_eq!(token(&request().to_http_request(), true).as_deref(), Some("c"));
        assert_eq!(token(&request().to_http_request(), false), None);
        assert_eq!(token(&with(&format!("Bearer {}", "x".repeat(600))), true), None);
    }

    #[test]
    fn only_a_trusted_proxy_says_whom_it_asks_for() {
        let from = |peer: &str, forwarded: &str| {
            let peer = peer.parse().expect("an address");
            let request = TestRequest::default().peer_addr(peer).insert_header(("x-forwarded-for", forwarded));
            let trusted = ["10.0.0.1".parse().expect("an address"), "10.0.0.2".parse().expect("an address")];
            address(&request.to_http_request(), &trusted, "x-forwarded-for").expect("there is one").to_string()
        };
        assert_eq!(from("192.0.2.9:1", "198.51.100.7"), "192.0.2.9");
        assert_eq!(from("10.0.0.1:1", "1.1.1.1, 198.51.100.7"), "198.51.100.7");
        assert_eq!(from("[::ffff:10.0.0.1]:1", "198.51.100.7, 10.0.0.2"), "198.51.100.7");
        assert_eq!(from("10.0.0.1:1", "nonsense"), "10.0.0.1");
    }
}
