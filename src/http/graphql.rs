//! The GraphQL endpoint over HTTP, as the specification of GraphQL over HTTP has it.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, VARY};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationType};
use async_graphql::parser::{Error as ParseError, parse_query};
use async_graphql::{Request, Response, ServerError, Value, Variables};
use chrono::Utc;
use futures_util::FutureExt as _;
use serde::Serialize;
use tracing::Instrument as _;

use super::accept::{Media, must_be_json};
use super::auth::Asker;
use super::body::{self, Ask};
use super::request_id::{Loud, request_id};
use super::{Refused, State};
use crate::app::{Actor, Cx};
use crate::graphql::guard::{scan, weigh};
use crate::graphql::{self, Peer, error, shape, variables};

/// How long a request may run.
const LIMIT: Duration = Duration::from_secs(30);
/// Values that may be copied for a request: each place that uses a variable copies it.
const COPIES: usize = 2_000_000;
/// A header that a page elsewhere cannot send without asking first: it proves that nobody's
/// browser was made to send the request.
const PREFLIGHT: [&str; 2] = ["apollo-require-preflight", "x-apollo-operation-name"];

/// Answers POST: queries and mutations.
pub(super) async fn post(http: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let media = Media::wanted(&http);
    let outcome = async {
        let asker = async {
            media.ok_or_else(not_acceptable)?;
            must_be_json(&http)?;
            Asker::find(&state, &http, true, Utc::now(), &request_id(&http)).await
        };
        let asker = match asker.await {
            Ok(asker) => asker,
            Err(refused) => return Err(Refused { rest: Some(payload), ..refused }),
        };
        let body = body::read(&http, payload, asker.body_limit()).await?;
        let ask = Ask::from_json(&body)?;
        drop(body);
        run(&state, &http, asker, ask, media.unwrap_or(Media::Json)).await
    };
    outcome.await.unwrap_or_else(|refused| refused.answer(media.unwrap_or(Media::Json)))
}

/// Answers GET: queries, for the anonymous unless a header proves that no page elsewhere made
/// somebody's browser send it.
pub(super) async fn get(http: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let Some(media) = Media::wanted(&http) else { return not_acceptable().answer(Media::Json) };
    let outcome = async {
        let cookie = PREFLIGHT.iter().any(|name| http.headers().get(*name).is_some_and(|value| !value.is_empty()));
        let asker = Asker::find(&state, &http, cookie, Utc::now(), &request_id(&http)).await?;
        let ask = Ask::from_query_string(http.query_string())?;
        run(&state, &http, asker, ask, media).await
    };
    outcome.await.unwrap_or_else(|refused| refused.answer(media))
}

fn not_acceptable() -> Refused {
    let message = "Answers come as application/json or application/graphql-response+json; accept one of them.";
    Refused::new(StatusCode::NOT_ACCEPTABLE, "BAD_USER_INPUT", message)
}

async fn run(state: &State, http: &HttpRequest, asker: Asker, ask: Ask, media: Media) -> Result<HttpResponse, Refused> {
    let id = request_id(http);
    let by_get = http.method() == actix_web::http::Method::GET;
    let mut document = read(&ask, &asker)?;
    let kind = kind(&document, ask.operation_name.as_deref())?;
    match kind {
        OperationType::Subscription => {
            return Err(Refused::document("BAD_USER_INPUT", "Subscriptions need a WebSocket; open one at this path."));
        }
        OperationType::Mutation if by_get => {
            let message = "Mutations are sent by POST.";
            let refused = Refused::new(StatusCode::METHOD_NOT_ALLOWED, "BAD_USER_INPUT", message);
            return Err(Refused { allow: Some("POST"), ..refused });
        }
        OperationType::Mutation | OperationType::Query => {}
    }
    let public = by_get && !asker.is_staff();
    if let Err(refusal) = variables::settle(&mut document, ask.operation_name.as_deref(), &ask.variables) {
        return Ok(answer(error::finish(error::refused(refusal), &id), media, public));
    }
    let mut request = Request::new(ask.query).variables(ask.variables);
    request.operation_name.clone_from(&ask.operation_name);
    let mut typed = document.clone();
    shape::ask_types(&mut typed);
    request.set_parsed_query(typed);
    let request = request.data(Peer { address: asker.address, secure: state.secure() });
    // The clock is read again: the body may have been long in coming.
    let cx = Cx::new(state.desk.clone(), asker.actor, Utc::now());
    let mut response = execute(state, cx, request, kind, &id).await?;
    shape::restore(&mut response, &document, ask.operation_name.as_deref());
    if kind == OperationType::Mutation {
        http.extensions_mut().insert(Loud);
    }
    Ok(answer(error::finish(response, &id), media, public))
}

/// Asks our own schema as anybody would, for a page that we serve; gives the answer's data.
pub(super) async fn ask(state: &State, http: &HttpRequest, query: &str, variables: serde_json::Value) -> Result<serde_json::Value, Refused> {
    let id = request_id(http);
    let request = Request::new(query).variables(Variables::from_json(variables));
    let cx = Cx::new(state.desk.clone(), Actor::Anonymous, Utc::now());
    let response = error::finish(execute(state, cx, request, OperationType::Query, &id).await?, &id);
    let broken = |what: &str| Refused::broken(StatusCode::SERVICE_UNAVAILABLE, &id, what);
    if !response.errors.is_empty() {
        return Err(broken("This page cannot be shown right now; try again in a moment."));
    }
    response.data.into_json().map_err(|_| broken("This page cannot be shown."))
}

/// Parses the document, if it may be parsed.
fn read(ask: &Ask, asker: &Asker) -> Result<ExecutableDocument, Refused> {
    let scan = scan(&ask.query, asker.limits())?;
    if scan.variables.saturating_mul(scan.tokens.saturating_add(ask.bulk)) > COPIES {
        return Err(Refused::document("QUERY_TOO_COMPLEX", "The document uses large variables in too many places."));
    }
    let document = parse_query(&ask.query).map_err(|error| unparsable(&error))?;
    weigh(&document, asker.limits())?;
    Ok(document)
}

/// The library's message quotes the whole line, which the client has already.
fn unparsable(error: &ParseError) -> Refused {
    let text = error.to_string();
    let expected = text.rsplit_once("\n  = ").map_or(text.as_str(), |(_, expected)| expected);
    let short: String = expected.trim().chars().take(250).collect();
    let refused = Refused::document("GRAPHQL_PARSE_FAILED", format!("Syntax error: {short}."));
    Refused { at: error.positions().collect(), ..refused }
}

/// What the operation that is meant does.
fn kind(document: &ExecutableDocument, name: Option<&str>) -> Result<OperationType, Refused> {
    let operation = match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(operations), None) => operations.values().next().filter(|_| operations.len() == 1),
    };
    let message = "Say in operationName which operation of the document to execute.";
    operation.map(|operation| operation.node.ty).ok_or_else(|| Refused::document("GRAPHQL_VALIDATION_FAILED", message))
}

/// Executes the request: a query here, to end with its connection, a mutation at home, to run to
/// its end whoever still listens.
async fn execute(state: &State, cx: Cx, request: Request, kind: OperationType, id: &str) -> Result<Response, Refused> {
    let schema = state.schema.clone();
    let work = async move { tokio::time::timeout(LIMIT, graphql::execute(&schema, cx, request)).await };
    // A resolver that panics must not take the connection with it; the panic itself is in the log.
    let work = AssertUnwindSafe(work.in_current_span()).catch_unwind();
    let outcome = if kind == OperationType::Mutation {
        state.home.spawn(state.running.track_future(work)).await.ok()
    } else {
        Some(work.await)
    };
    match outcome {
        Some(Ok(Ok(response))) => Ok(response),
        Some(Ok(Err(_late))) => {
            tracing::warn!("a request ran into the time limit");
            let what = "The request took too long and was given up. Ask for less, or look what was done before you repeat it.";
            Err(Refused::broken(StatusCode::SERVICE_UNAVAILABLE, id, what))
        }
        Some(Err(_)) | None => {
            tracing::error!("a request panicked");
            let what = "Something is broken here. Tell whoever runs this server.";
            Err(Refused::broken(StatusCode::INTERNAL_SERVER_ERROR, id, what))
        }
    }
}

/// A response in the specification's order, and without data where nothing was executed.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    extensions: &'a std::collections::BTreeMap<String, Value>,
}

fn answer(response: Response, media: Media, public: bool) -> HttpResponse {
    // An error of a field has its path; data is null without one where there was no execution.
    let refused = response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty());
    let body = Body {
        errors: &response.errors,
        data: (!refused).then_some(&response.data),
        extensions: &response.extensions,
    };
    let Ok(body) = serde_json::to_vec(&body) else {
        let message = "The answer cannot be written.";
        return Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_SERVER_ERROR", message).answer(media);
    };
    let status = if refused { media.refusal() } else { StatusCode::OK };
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((CONTENT_TYPE, media.name()))
        .insert_header((CACHE_CONTROL, if public { "no-cache" } else { "no-store" }))
        .insert_header((VARY, "accept, accept-encoding"));
    for (name, value) in &response.http_headers {
        // The library's headers are of another version of the same crate.
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_str().as_bytes()), HeaderValue::from_bytes(value.as_bytes()))
        {
            answer.append_header((name, value));
        }
    }
    answer.body(body)
}
