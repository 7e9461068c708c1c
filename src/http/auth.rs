//! Who asks, and from where.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use chrono::{DateTime, Utc};

use super::{Refused, State};
use crate::app::{Actor, account};
use crate::graphql::guard::Limits;

/// The cookie that signIn sets.
const COOKIE: &str = "copydesk_session";
/// No token of ours is longer.
const LONGEST: usize = 512;

/// Who asks.
pub(super) struct Asker {
    pub(super) actor: Actor,
    /// Their IP address.
    pub(super) address: Option<String>,
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
    ) -> Result<Self, Refused> {
        let actor = match token(http, cookie) {
            None => Actor::Anonymous,
            Some(token) => account::authenticate(&state.desk, &token, now)
                .await
                .map_err(|error| Refused::fault(&error, request_id))?,
        };
        let address = address(http, &state.trusted_proxies).map(|address| address.to_string());
        Ok(Self { actor, address })
    }

    pub(super) const fn is_staff(&self) -> bool {
        matches!(self.actor, Actor::Staff(_))
    }

    /// How many bytes of body they may send.
    pub(super) const fn body_limit(&self) -> usize {
        if self.is_staff() { 4 << 20 } else { 256 << 10 }
    }

    /// What documents they may send.
    pub(super) const fn limits(&self) -> &'static Limits {
        if self.is_staff() { &Limits::STAFF } else { &Limits::ANONYMOUS }
    }
}

/// The bearer token, else the cookie's. Another scheme is some proxy's in front of us.
fn token(http: &HttpRequest, cookie: bool) -> Option<String> {
    let header = http.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = header.and_then(|value| {
        let (scheme, token) = value.trim().split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    let token = match bearer {
        Some(token) => Some(token),
        None if cookie => http.cookie_raw(COOKIE).map(|cookie| cookie.value().to_owned()),
        None => None,
    };
    token.filter(|token| !token.is_empty() && token.len() <= LONGEST)
}

/// The peer's address; where that is a proxy that we trust, the last one that no such proxy has.
fn address(http: &HttpRequest, trusted: &[IpAddr]) -> Option<IpAddr> {
    let mut address = http.peer_addr()?.ip().to_canonical();
    let lines: Vec<&str> =
        http.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok()).collect();
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
            address(&request.to_http_request(), &trusted).expect("there is one").to_string()
        };
        assert_eq!(from("192.0.2.9:1", "198.51.100.7"), "192.0.2.9");
        assert_eq!(from("10.0.0.1:1", "1.1.1.1, 198.51.100.7"), "198.51.100.7");
        assert_eq!(from("[::ffff:10.0.0.1]:1", "198.51.100.7, 10.0.0.2"), "198.51.100.7");
        assert_eq!(from("10.0.0.1:1", "nonsense"), "10.0.0.1");
    }
}
