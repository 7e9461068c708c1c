//! What a request was answered, and how it is written down.

use async_graphql::{Response, ServerError, Value};
use serde::Serialize;
use serde_json::json;

/// An answer in the specification's order, and without data where nothing was executed.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    extensions: &'a std::collections::BTreeMap<String, Value>,
}

/// What a request was answered.
#[derive(Debug)]
pub struct Answer(pub(super) Response);

impl Answer {
    /// Whether nothing was executed: an error of a field has its path; data is null without one
    /// where there was no execution.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        let response = &self.0;
        response.data == Value::Null && !response.errors.is_empty() && response.errors.iter().all(|error| error.path.is_empty())
    }

    /// The errors alone, as JSON.
    #[must_use]
    pub fn errors(&self) -> Vec<serde_json::Value> {
        self.0.errors.iter().map(|error| json!(error)).collect()
    }

    /// Whether anything went wrong.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        !self.0.errors.is_empty()
    }

    /// Whether the same request would be answered alike later: nothing was broken, and nobody has to wait.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        let passing = ["INTERNAL_SERVER_ERROR", "RATE_LIMITED", "UNAUTHENTICATED"].map(Value::from);
        let code = |error: &ServerError| error.extensions.as_ref().and_then(|extensions| extensions.get("code")).cloned();
        !self.0.errors.iter().filter_map(code).any(|code| passing.contains(&code))
    }

    /// What is sent, as JSON.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        let errors = &self.0.errors;
        let data = (!self.is_refusal()).then_some(&self.0.data);
        // Values of our own making can be written.
        serde_json::to_vec(&Body { errors, data, extensions: &self.0.extensions }).unwrap_or_default()
    }

    /// Headers that the operation asked for, as bytes.
    pub fn headers(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.http_headers.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()))
    }

    /// What was asked for, where nothing failed.
    #[must_use]
    pub fn into_data(self) -> Option<serde_json::Value> {
        if self.0.errors.is_empty() { self.0.data.into_json().ok() } else { None }
    }
}
