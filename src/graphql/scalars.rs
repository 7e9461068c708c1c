//! The contract's scalars. A text that does not parse is kept until its field is known, so that the
//! refusal can say where it stands.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, Datelike, SecondsFormat, SubsecRound, Utc};

use crate::domain::refusal::{Complaints, Refusal};

/// A time as the contract prints it: six fraction digits and Z.
#[must_use]
pub fn instant(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// An instant.
#[derive(Clone, Debug)]
pub struct Time(Result<DateTime<Utc>, String>);

impl From<DateTime<Utc>> for Time {
    fn from(time: DateTime<Utc>) -> Self {
        Self(Ok(time))
    }
}

impl Time {
    /// The time, if the text was one.
    pub fn parsed(&self) -> Result<DateTime<Utc>, String> {
        self.0.clone()
    }

    /// The time, or a refusal that names the field.
    pub fn at(&self, path: &str) -> Result<DateTime<Utc>, Refusal> {
        self.parsed().map_err(|message| Refusal::field(path, message))
    }
}

/// An instant, RFC 3339 in UTC, with six fraction digits and Z.
#[Scalar(name = "DateTime")]
impl ScalarType for Time {
    fn parse(value: Value) -> InputValueResult<Self> {
        let parsed = match value {
            Value::String(text) => DateTime::parse_from_rfc3339(&text).ok(),
            _ => None,
        };
        let parsed = parsed.map(|time| time.with_timezone(&Utc).trunc_subsecs(6));
        // Four digits of year are what both databases and RFC 3339 hold; no clock of a reader's knows a second 60.
        let parsed = parsed.filter(|time| (1..=9999).contains(&time.year()) && time.timestamp_subsec_nanos() < 1_000_000_000);
        Ok(Self(parsed.ok_or_else(|| "is no instant; write it like 2026-05-03T09:00:00Z".to_owned())))
    }

    fn to_value(&self) -> Value {
        match &self.0 {
            Ok(time) => Value::String(instant(*time)),
            Err(_) => Value::Null,
        }
    }
}

/// An absolute http or https URL.
#[derive(Clone, Debug)]
pub struct Address(Result<String, String>);

impl From<String> for Address {
    fn from(url: String) -> Self {
        Self(Ok(url))
    }
}

impl Address {
    /// The URL, if the text was one.
    pub fn parsed(&self) -> Result<String, String> {
        self.0.clone()
    }
}

/// An absolute http or https URL.
#[Scalar(name = "URL")]
impl ScalarType for Address {
    fn parse(value: Value) -> InputValueResult<Self> {
        let parsed = match &value {
            Value::String(text) => absolute(text.trim()),
            _ => None,
        };
        Ok(Self(parsed.ok_or_else(|| "is no absolute http or https URL; write it like https://example.org/page".to_owned())))
    }

    fn to_value(&self) -> Value {
        match &self.0 {
            Ok(url) => Value::String(url.clone()),
            Err(_) => Value::Null,
        }
    }
}

/// The URL as it was typed, or in its escaped form where it has characters that a page could stumble over.
fn absolute(typed: &str) -> Option<String> {
    let beginning = typed.get(..8).unwrap_or(typed).to_ascii_lowercase();
    let is_absolute = beginning.starts_with("http://") || beginning.starts_with("https://");
    if !is_absolute || typed.len() > 2048 || typed.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return None;
    }
    let url = url::Url::parse(typed).ok().filter(url::Url::has_host)?;
    let is_plain = typed.bytes().all(|b| b.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&b));
    Some(if is_plain { typed.to_owned() } else { url.to_string() })
}

macro_rules! text_scalar {
    ($(#[doc = $doc:literal])* $name:ident = $spelled:literal) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub struct $name(pub String);

        $(#[doc = $doc])*
        #[Scalar(name = $spelled)]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                string(value).map(Self)
            }

            fn to_value(&self) -> Value {
                Value::String(self.0.clone())
            }
        }
    };
}

text_scalar! {
    /// CommonMark with GitHub's tables, strikethrough, autolinks and footnotes. A supported URL alone on a line is an embed.
    Markdown = "Markdown"
}
text_scalar! {
    /// Sanitised HTML: safe to insert into a page as it is.
    HTML = "HTML"
}

fn string<T: async_graphql::InputType>(value: Value) -> Result<String, InputValueError<T>> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(InputValueError::expected_type(other)),
    }
}

/// Parses ids, times and URLs of one input, so that all that does not parse is told at once, before
/// anything else is looked at.
#[derive(Default)]
pub struct Parse(Complaints);

impl Parse {
    /// An id of the type that the field wants.
    pub fn id<I: std::str::FromStr>(&mut self, path: &str, id: &async_graphql::ID) -> Option<I>
    where
        I::Err: std::fmt::Display,
    {
        self.0.take(path, id.parse().map_err(|error: I::Err| format!("is {error}; copy it from an answer")))
    }

    /// Ids of the type that the field wants.
    pub fn ids<I: std::str::FromStr>(&mut self, path: &str, ids: &[async_graphql::ID]) -> Vec<I>
    where
        I::Err: std::fmt::Display,
    {
        ids.iter().enumerate().filter_map(|(index, id)| self.id(&format!("{path}.{index}"), id)).collect()
    }

    /// A time.
    pub fn time(&mut self, path: &str, time: &Time) -> Option<DateTime<Utc>> {
        self.0.take(path, time.parsed())
    }

    /// One line to look for; blanks alone look for nothing.
    pub fn line(&mut self, path: &str, typed: &str) -> Option<String> {
        self.0.take(path, crate::domain::text::optional_line(Some(typed), 300)).flatten()
    }

    /// A URL.
    pub fn url(&mut self, path: &str, url: &Address) -> Option<String> {
        self.0.take(path, url.parsed())
    }

    /// Refuses if anything did not parse.
    pub fn done(self) -> Result<(), Refusal> {
        self.0.refuse()
    }
}

/// What a client sent for a field that may be absent, null or a value.
pub trait Sent<T> {
    /// `None` where it is absent, `Some(None)` where it is null.
    fn sent(self) -> Option<Option<T>>;
}

impl<T> Sent<T> for async_graphql::MaybeUndefined<T> {
    fn sent(self) -> Option<Option<T>> {
        match self {
            Self::Undefined => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }
}
