//! One table of public codes. Whatever a client is refused passes here; matches have no `_`, so a
//! new refusal does not build until it has its code.

use std::sync::Arc;

use async_graphql::{Error, ErrorExtensions, Response, ServerError, Value};
use serde_json::json;

use crate::app::AppError;
use crate::domain::refusal::{Held, Refusal};

/// How many errors an answer has at the most.
const MOST: usize = 20;
/// How long a message is at the most, in characters.
const LONGEST: usize = 300;

/// Why a resolver did not answer. It has no `Display` on purpose: async-graphql turns whatever
/// displays itself into an error without a code.
pub struct Problem(pub Arc<AppError>);

/// What resolvers give back.
pub type Result<T> = std::result::Result<T, Problem>;

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        Self(Arc::new(error))
    }
}

impl From<Arc<AppError>> for Problem {
    fn from(error: Arc<AppError>) -> Self {
        Self(error)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        AppError::Refused(refusal).into()
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        match &*problem.0 {
            AppError::Refused(refusal) => {
                Error::new(refusal.message()).extend_with(|_, extensions| {
                    extensions.set("code", code(refusal));
                    for (key, value) in described(refusal) {
                        if let Ok(value) = Value::from_json(value) {
                            extensions.set(key, value);
                        }
                    }
                })
            }
            AppError::Unavailable(cause) => {
                tracing::error!(%cause, "the database did not answer");
                Error::new("The database does not answer right now; try again in a moment.")
                    .extend_with(|_, extensions| extensions.set("code", "INTERNAL_SERVER_ERROR"))
            }
            AppError::Fault(cause) => {
                tracing::error!(%cause, "a request failed");
                Error::new("Something went wrong here.")
                    .extend_with(|_, extensions| extensions.set("code", "INTERNAL_SERVER_ERROR"))
            }
        }
    }
}

/// The public code of a refusal.
#[must_use]
pub fn code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Unauthenticated | Refusal::SignInFailed => "UNAUTHENTICATED",
        Refusal::Forbidden(_) => "FORBIDDEN",
        Refusal::NotFound(_) => "NOT_FOUND",
        Refusal::BadInput(_) => "BAD_USER_INPUT",
        Refusal::StaleRevision { .. } => "STALE_REVISION",
        Refusal::InvalidTransition { .. } => "INVALID_TRANSITION",
        Refusal::ApprovalsMissing(_) => "APPROVALS_MISSING",
        Refusal::ReleaseHeld(held) => match first(held) {
            Some(held) => code(&held.why),
            None => "INVALID_TRANSITION",
        },
        Refusal::ReleaseOver(_) => "INVALID_TRANSITION",
        Refusal::SelfApproval => "SELF_APPROVAL",
        Refusal::SlugTaken { .. } => "SLUG_TAKEN",
        Refusal::ChecksFailed(_) => "CHECKS_FAILED",
        Refusal::Conflict(_) => "CONFLICT",
        Refusal::RateLimited { .. } => "RATE_LIMITED",
        Refusal::TooMuch(_) => "QUERY_TOO_COMPLEX",
    }
}

/// The member whose refusal goes before the others', as the order of codes has it.
fn first(held: &[Held]) -> Option<&Held> {
    held.iter().min_by_key(|held| held.why.rank())
}

/// What the code of a refusal promises for programs to read, beside itself.
pub(super) fn described(refusal: &Refusal) -> Vec<(&'static str, serde_json::Value)> {
    match refusal {
        Refusal::Unauthenticated
        | Refusal::SignInFailed
        | Refusal::Forbidden(_)
        | Refusal::NotFound(_)
        | Refusal::SelfApproval
        | Refusal::TooMuch(_)
        | Refusal::Conflict(_) => Vec::new(),
        Refusal::BadInput(fields) => {
            let fields = fields.iter().map(|field| json!({ "path": field.path, "message": field.message }));
            vec![("fields", fields.collect())]
        }
        Refusal::StaleRevision { current, changed_by, changed_at, conflicts } => {
            let conflicts = conflicts.iter().map(|at| {
                json!({ "field": at.field, "base": at.base, "current": at.current, "yours": at.yours })
            });
            vec![
                ("currentRevision", json!(current)),
                ("changedBy", json!(changed_by)),
                ("changedAt", json!(super::scalars::instant(*changed_at))),
                ("conflicts", conflicts.collect()),
            ]
        }
        Refusal::InvalidTransition { state, allowed, .. } => vec![
            ("state", json!(state.as_str())),
            ("allowedActions", allowed.iter().map(|action| action.as_str()).collect()),
        ],
        Refusal::ApprovalsMissing(stages) => vec![("stages", json!(stages))],
        Refusal::ReleaseHeld(held) => {
            let each = held.iter().map(|held| {
                json!({
                    "draftId": held.draft.to_string(), "headline": held.headline,
                    "code": code(&held.why), "message": held.why.message(),
                })
            });
            let mut described = vec![("drafts", each.collect())];
            described.extend(first(held).map(|first| self::described(&first.why)).unwrap_or_default());
            described
        }
        Refusal::ReleaseOver(state) => vec![("state", json!(state.as_str())), ("allowedActions", json!([]))],
        Refusal::SlugTaken { suggestion } => vec![("suggestion", json!(suggestion))],
        Refusal::ChecksFailed(checks) => {
            let checks = checks.iter().map(|check| {
                json!({ "code": check.code.as_str(), "severity": check.severity.as_str(), "message": check.message })
            });
            vec![("checks", checks.collect())]
        }
        Refusal::RateLimited { retry_after } => vec![("retryAfter", json!(retry_after))],
    }
}

/// Makes what is not there and what may not be touched one, for somebody who may see neither.
pub fn veil(response: &mut Response) {
    let hidden = ["FORBIDDEN", "NOT_FOUND"].map(Value::from);
    for error in &mut response.errors {
        let Some(extensions) = &mut error.extensions else { continue };
        if extensions.get("code").is_some_and(|code| hidden.contains(code)) {
            extensions.set("code", "FORBIDDEN");
            error.message = "Your account has no role in this newsroom that lets you do this; an administrator can give you one.".into();
        }
    }
}

/// Gives every error of an answer its public code, says where to look a fault up, and bounds what
/// a client can make us say.
#[must_use]
pub fn finish(mut response: Response, request_id: &str) -> Response {
    response.errors.truncate(MOST);
    for error in &mut response.errors {
        finish_one(error, request_id);
    }
    response
}

fn finish_one(error: &mut ServerError, request_id: &str) {
    let coded = error.extensions.as_ref().and_then(|extensions| extensions.get("code")).cloned();
    let code = match coded {
        Some(Value::String(code)) => code,
        _ => library_code(error).to_owned(),
    };
    if code == "BAD_USER_INPUT" && error.extensions.is_none() {
        let path = error.path.iter().map(|part| match part {
            async_graphql::PathSegment::Field(name) => name.clone(),
            async_graphql::PathSegment::Index(index) => index.to_string(),
        });
        let path = path.collect::<Vec<_>>().join(".");
        let fields = json!([{ "path": path, "message": shorten(&error.message) }]);
        if let Ok(fields) = Value::from_json(fields) {
            error.extensions.get_or_insert_with(Default::default).set("fields", fields);
        }
    }
    if code == "INTERNAL_SERVER_ERROR" {
        tracing::error!(message = %error.message, path = ?error.path, "answered with a fault");
        if !error.message.starts_with("The database does not answer") {
            error.message = format!("Something went wrong here. Ask for the log entry of request {request_id}.");
        }
        error.extensions.get_or_insert_with(Default::default).set("requestId", request_id);
    }
    error.extensions.get_or_insert_with(Default::default).set("code", code);
    error.message = shorten(&error.message);
}

/// The code of an error that the GraphQL library made itself: before execution the document does
/// not fit the schema; during execution a value did not parse.
fn library_code(error: &ServerError) -> &'static str {
    if error.path.is_empty() {
        "GRAPHQL_VALIDATION_FAILED"
    } else if ["Failed to parse", "Invalid value for", "Expected input type"].iter().any(|begin| error.message.starts_with(begin)) {
        "BAD_USER_INPUT"
    } else {
        "INTERNAL_SERVER_ERROR"
    }
}

/// As much of a message as a client can make us say.
pub(super) fn shorten(message: &str) -> String {
    match message.char_indices().nth(LONGEST) {
        Some(_) => message.chars().take(LONGEST - 1).chain(['…']).collect(),
        None => message.to_owned(),
    }
}
