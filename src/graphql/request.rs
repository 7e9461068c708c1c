//! A request as any transport brings it, and why one goes no further.

use async_graphql::{Pos, Variables};
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::error;
use super::guard::Excess;
use crate::app::AppError;
use crate::domain::refusal::Refusal;

/// A request that asks for a document by its SHA-256 sum names it here.
const PERSISTED: &str = "persistedQuery";
/// Where tools put the id of a document that the server knows already.
const DOCUMENT_IDS: [&str; 3] = ["documentId", "doc_id", "id"];

/// A request, not yet understood.
#[derive(Debug)]
pub struct Ask {
    /// The document's text.
    pub query: Option<String>,
    /// Which of its operations is meant.
    pub operation_name: Option<String>,
    /// What its variables are.
    pub variables: Variables,
    /// The document's SHA-256 sum in hexadecimal digits, or the id of a trusted document.
    pub known_as: Option<KnownAs>,
    /// How much copying the variables once costs, in values.
    pub bulk: usize,
}

/// The name of a document that the server may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownAs {
    /// Its SHA-256 sum, or what a manifest has for one: Apollo's handshake.
    Sum(String),
    /// Its id in a manifest.
    Id(String),
}

impl Ask {
    /// Reads a request's parts.
    ///
    /// # Errors
    /// `Malformed` for parts of the wrong type, or a request without any document.
    pub fn from_parts(mut parts: Map<String, Value>, bulk: usize) -> Result<Self, Unfit> {
        let mut take = |name| parts.remove(name).unwrap_or_default();
        let operation_name = match take("operationName") {
            Value::Null => None,
            Value::String(name) => Some(name),
            _ => return Err(Unfit::field("operationName", "has to be text")),
        };
        let variables = match take("variables") {
            Value::Null => Variables::default(),
            object @ Value::Object(_) => Variables::from_json(object),
            _ => return Err(Unfit::field("variables", "has to be an object")),
        };
        let sum = match take("extensions") {
            Value::Null => None,
            Value::Object(mut extensions) => sum(extensions.remove(PERSISTED))?,
            _ => return Err(Unfit::field("extensions", "has to be an object")),
        };
        let query = match take("query") {
            Value::String(query) => Some(query),
            Value::Null => None,
            _ => return Err(Unfit::field("query", "has to be text: a GraphQL document")),
        };
        let known_as = sum.map(KnownAs::Sum).or_else(|| {
            let id = DOCUMENT_IDS.iter().find_map(|name| take(name).as_str().map(str::to_owned));
            id.filter(|_| query.is_none()).map(KnownAs::Id)
        });
        if query.is_none() && known_as.is_none() {
            return Err(Unfit::field("query", "is missing; send the GraphQL document under that key"));
        }
        Ok(Self { query, operation_name, variables, known_as, bulk })
    }
}

fn sum(persisted: Option<Value>) -> Result<Option<String>, Unfit> {
    let Some(persisted) = persisted.filter(|value| !value.is_null()) else { return Ok(None) };
    if persisted.get("version").and_then(Value::as_i64).is_some_and(|version| version != 1) {
        return Err(Unfit::field("extensions.persistedQuery.version", "has to be 1"));
    }
    let sum = persisted.get("sha256Hash").and_then(Value::as_str).filter(|sum| (1..=256).contains(&sum.len()));
    match sum {
        Some(sum) => Ok(Some(sum.to_owned())),
        None => Err(Unfit::field("extensions.persistedQuery.sha256Hash", "has to be the document's SHA-256 sum")),
    }
}

/// What sort of request is not executed: transports answer each in their own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is no request.
    Malformed,
    /// It is one, with a document that cannot be executed.
    Document,
    /// Its document is not known here, and has to be sent.
    NotKnown,
    /// It is too large.
    TooLarge,
    /// Its sender has to wait.
    Early,
    /// Something here is not there for the moment.
    Away,
    /// Something here is broken.
    Broken,
}

/// Why a request goes no further.
#[derive(Debug)]
pub struct Unfit {
    /// What sort of request.
    pub fault: Fault,
    /// The public code.
    pub code: &'static str,
    /// What a person reads.
    pub message: String,
    /// Where in the document.
    pub at: Vec<Pos>,
    /// What else the code promises.
    pub more: Vec<(&'static str, Value)>,
    /// The errors as they are sent, where they were made already.
    pub made: Vec<Value>,
}

impl Unfit {
    /// Something about the request that has this code.
    pub fn new(fault: Fault, code: &'static str, message: impl Into<String>) -> Self {
        Self { fault, code, message: message.into(), at: Vec::new(), more: Vec::new(), made: Vec::new() }
    }

    /// A request with a document that cannot be executed.
    pub fn document(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Fault::Document, code, message)
    }

    /// A request that is none, whatever of it is to blame.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(Fault::Malformed, "BAD_USER_INPUT", message).and("fields", json!([]))
    }

    /// A request with a part that cannot be.
    pub fn field(path: &str, message: &str) -> Self {
        Self::new(Fault::Malformed, "BAD_USER_INPUT", format!("{path} {message}."))
            .and("fields", json!([{ "path": path, "message": message }]))
    }

    /// Whether the request has no document at all.
    #[must_use]
    pub fn lacks_query(&self) -> bool {
        self.more.iter().any(|(key, fields)| *key == "fields" && fields.pointer("/0/path").is_some_and(|path| path == "query"))
    }

    /// The same with something more for programs to read.
    #[must_use]
    pub fn and(mut self, key: &'static str, value: Value) -> Self {
        self.more.push((key, value));
        self
    }

    /// A request that was executed as far as its first field, and refused there.
    #[must_use]
    pub fn answered(answer: &Answer) -> Self {
        Self { made: answer.errors(), ..Self::document("BAD_USER_INPUT", "The operation was refused.") }
    }

    /// Something that is broken here; the log knows what.
    pub fn broken(fault: Fault, request_id: &str, what: &str) -> Self {
        Self::new(fault, "INTERNAL_SERVER_ERROR", format!("{what} (request {request_id})")).and("requestId", json!(request_id))
    }

    /// What the desk could not do, told to the log and not to the client.
    pub fn away(error: &AppError, request_id: &str) -> Self {
        tracing::error!(%error, "a request failed");
        Self::broken(Fault::Away, request_id, "The newsroom's database does not answer; try again in a moment.")
    }

    /// What a client is told: the errors of an answer.
    #[must_use]
    pub fn errors(&self) -> Value {
        if self.made.is_empty() { Value::Array(vec![self.error()]) } else { Value::Array(self.made.clone()) }
    }

    fn error(&self) -> Value {
        let mut extensions = Map::from_iter([("code".to_owned(), json!(self.code))]);
        extensions.extend(self.more.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        let mut error = json!({ "message": error::shorten(&self.message), "extensions": extensions });
        if !self.at.is_empty()
            && let Some(error) = error.as_object_mut()
        {
            let at = self.at.iter().map(|at| json!({ "line": at.line, "column": at.column }));
            error.insert("locations".into(), at.collect());
        }
        error
    }
}

impl From<Excess> for Unfit {
    fn from(excess: Excess) -> Self {
        let fault = if matches!(excess, Excess::TooLarge(_)) { Fault::TooLarge } else { Fault::Document };
        Self::new(fault, excess.code(), excess.message())
    }
}

impl From<Refusal> for Unfit {
    fn from(refusal: Refusal) -> Self {
        let fault = if matches!(refusal, Refusal::RateLimited { .. }) { Fault::Early } else { Fault::Document };
        let mut unfit = Self::new(fault, error::code(&refusal), refusal.message());
        let described = error::described(&refusal);
        for (key, value) in described {
            unfit = unfit.and(key, value);
        }
        unfit
    }
}
