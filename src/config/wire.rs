//! What the endpoint lets through: every limit, and who is trusted with more.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::{ConfigError, Sources};
use crate::graphql::guard::Limits;

/// A limit for the anonymous and one for staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Both<T> {
    /// For who is not signed in.
    pub anonymous: T,
    /// For who is.
    pub staff: T,
}

/// Whose pages may use the API from a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// Those of these origins, with credentials.
    Only(Vec<String>),
    /// Anybody's, without credentials.
    Any,
}

/// What the endpoint lets through.
#[derive(Clone, Debug)]
pub struct Wire {
    /// Peers whose word on whom they ask for is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// The header in which they say it, in lower case.
    pub proxy_header: String,
    /// Whose pages may use the API from a browser.
    pub cors_origins: Origins,
    /// The manifest of the documents that the anonymous may send; any where there is none.
    pub trusted_documents: Option<PathBuf>,
    /// Bytes of a request.
    pub body: Both<usize>,
    /// What documents may be.
    pub documents: Both<Limits>,
    /// How long a request may run.
    pub patience: Duration,
    /// Cost in a minute, for an address or a credential; 0 is without limit.
    pub rate_cost: Both<u32>,
    /// Failed sign-ins that are let pass: of one account from one address, and of one address in all.
    pub rate_sign_in: (u32, u32),
    /// Sockets of an address or a user; 0 is without limit.
    pub sockets: Both<usize>,
    /// Sockets in all.
    pub sockets_total: usize,
    /// Operations of a socket at a time.
    pub operations: Both<usize>,
    /// Bytes of parsed documents in memory.
    pub cache_documents: u64,
    /// Bytes of persisted queries in memory.
    pub cache_persisted: u64,
    /// Bytes of answers to readers in memory.
    pub cache_answers: u64,
    /// Bytes of rows that readers get in memory.
    pub cache_rows: u64,
    /// Seconds that a CDN may keep answers to GET.
    pub edge_seconds: u64,
    /// Whether a change is answered once every server has heard of it.
    pub wait_for_servers: bool,
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            proxy_header: "x-forwarded-for".into(),
            cors_origins: Origins::Only(Vec::new()),
            trusted_documents: None,
            body: Both { anonymous: 256 << 10, staff: 4 << 20 },
            documents: Both { anonymous: Limits::ANONYMOUS, staff: Limits::STAFF },
            patience: Duration::from_secs(30),
            rate_cost: Both { anonymous: 3_000_000, staff: 12_000_000 },
            rate_sign_in: (10, 100),
            sockets: Both { anonymous: 100, staff: 100 },
            sockets_total: 20_000,
            operations: Both { anonymous: 50, staff: 100 },
            cache_documents: 16 << 20,
            cache_persisted: 16 << 20,
            cache_answers: 128 << 20,
            cache_rows: 64 << 20,
            edge_seconds: 0,
            wait_for_servers: true,
        }
    }
}

impl Wire {
    pub(super) fn load(sources: &Sources<'_>) -> Result<Self, ConfigError> {
        let usual = Self::default();
        let both = |key, usual: Both<u64>, most: u64| {
            sources.take(key, |text| both(text, most)).map(|given| given.unwrap_or(usual))
        };
        let one = |key, usual, least, most| {
            sources.take(key, |text| number(text, least, most)).map(|given| given.unwrap_or(usual))
        };
        let spread = |of: fn(&Limits) -> u64| Both { anonymous: of(&Limits::ANONYMOUS), staff: of(&Limits::STAFF) };
        let bytes = both("limit_document", spread(|limits| limits.bytes as u64), 16 << 20)?;
        let tokens = both("limit_tokens", spread(|limits| limits.tokens as u64), 1_000_000)?;
        let depth = both("limit_depth", spread(|limits| limits.depth.into()), 30)?;
        let aliases = both("limit_aliases", spread(|limits| limits.aliases), 20_000)?;
        let directives = both("limit_directives", spread(|limits| limits.directives as u64), 20_000)?;
        let cost = both("limit_cost", spread(|limits| limits.cost), u64::from(u32::MAX))?;
        let limits = |of: fn(Both<u64>) -> u64| Limits {
            bytes: size(of(bytes)),
            tokens: size(of(tokens)),
            depth: u32::try_from(of(depth)).unwrap_or(u32::MAX),
            aliases: of(aliases),
            directives: size(of(directives)),
            cost: of(cost),
        };
        let rate = both("rate_cost", usual.rate_cost.map(u64::from), u64::from(u32::MAX))?;
        let sign_in = both("rate_sign_in", Both { anonymous: usual.rate_sign_in.0.into(), staff: usual.rate_sign_in.1.into() }, 1_000_000)?;
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(Self {
            trusted_proxies: sources.take("trusted_proxies", addresses)?.unwrap_or(usual.trusted_proxies),
            proxy_header: sources.take("proxy_header", header)?.unwrap_or(usual.proxy_header),
            cors_origins: sources.take("cors_origins", origins)?.unwrap_or(usual.cors_origins),
            trusted_documents: sources.take("trusted_documents", |text| Ok(text.into()))?,
            body: both("limit_body", usual.body.map(|bytes| bytes as u64), 1 << 30)?.map(size),
            documents: Both { anonymous: limits(|both| both.anonymous), staff: limits(|both| both.staff) },
            patience: Duration::from_secs(one("limit_seconds", usual.patience.as_secs(), 1, 3600)?),
            rate_cost: rate.map(small),
            rate_sign_in: (small(sign_in.anonymous), small(sign_in.staff)),
            sockets: both("limit_sockets", usual.sockets.map(|number| number as u64), 1_000_000)?.map(size),
            sockets_total: size(one("limit_sockets_total", usual.sockets_total as u64, 1, 1_000_000)?),
            operations: both("limit_operations", usual.operations.map(|number| number as u64), 10_000)?.map(size),
            cache_documents: one("cache_documents", usual.cache_documents, 0, 1 << 40)?,
            cache_persisted: one("cache_persisted", usual.cache_persisted, 0, 1 << 40)?,
            cache_answers: one("cache_answers", usual.cache_answers, 0, 1 << 40)?,
            cache_rows: one("cache_rows", usual.cache_rows, 0, 1 << 40)?,
            edge_seconds: one("edge_seconds", usual.edge_seconds, 0, 31_536_000)?,
            wait_for_servers: sources.take("wait_for_servers", yes_or_no)?.unwrap_or(usual.wait_for_servers),
        })
    }
}

impl Wire {
    /// Whether pages of other origins may use the API.
    #[must_use]
    pub fn has_cors(&self) -> bool {
        !matches!(&self.cors_origins, Origins::Only(origins) if origins.is_empty())
    }
}

impl<T> Both<T> {
    fn map<U>(self, change: impl Fn(T) -> U) -> Both<U> {
        Both { anonymous: change(self.anonymous), staff: change(self.staff) }
    }
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.trim() {
        "yes" => Ok(true),
        "no" => Ok(false),
        other => Err(format!("'{other}' is neither yes nor no")),
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn number(text: &str, least: u64, most: u64) -> Result<u64, String> {
    let number = text.trim().parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("'{text}' is no whole number from {least} to {most}"))
}

/// Two numbers, or one that holds for both.
fn both(text: &str, most: u64) -> Result<Both<u64>, String> {
    let (anonymous, staff) = text.split_once(',').unwrap_or((text, text));
    Ok(Both { anonymous: number(anonymous, 0, most)?, staff: number(staff, 0, most)? })
}

fn addresses(text: &str) -> Result<Vec<IpAddr>, String> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| part.parse().map_err(|_| format!("'{part}' is no IP address; write them as 10.0.0.2, 10.0.0.3")))
        .collect()
}

fn header(text: &str) -> Result<String, String> {
    let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if fits { Ok(text.to_ascii_lowercase()) } else { Err(format!("'{text}' is no name of a header; write one such as x-real-ip")) }
}

fn origins(text: &str) -> Result<Origins, String> {
    if text == "*" {
        return Ok(Origins::Any);
    }
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let origins: Result<Vec<String>, String> = parts.map(origin).collect();
    origins.map(Origins::Only)
}

fn origin(text: &str) -> Result<String, String> {
    let origin = url::Url::parse(text).ok().map(|url| url.origin()).filter(url::Origin::is_tuple).map(|origin| origin.ascii_serialization());
    let origin = origin.filter(|origin| origin == text.trim_end_matches('/'));
    origin.ok_or_else(|| format!("'{text}' is no origin; write scheme, host and port alone, such as https://www.example.org"))
}
