//! The GraphQL endpoint over HTTP, as the specification of GraphQL over HTTP has it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, VARY};
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use chrono::Utc;

use super::accept::{Media, must_be_json};
use super::auth::Asker;
use super::request_id::{Loud, request_id};
use super::{Refused, State, body, hot, repeat};
use crate::app::Cx;
use crate::graphql::Peer;
use crate::graphql::answer::Answer;
use crate::graphql::endpoint::{Kind, Prepared, Read};
use crate::graphql::kept::Kept;
use crate::graphql::request::{Ask, Unfit};

/// A header that a page elsewhere cannot send without asking first: it proves that nobody's
/// browser was made to send the request.
pub(super) const PREFLIGHT: [&str; 2] = ["apollo-require-preflight", "x-apollo-operation-name"];

/// Answers POST: queries and mutations.
pub(super) async fn post(http: HttpRequest, payload: web::Payload, state: web::Data<State>) -> HttpResponse {
    let media = Media::wanted(http.headers());
    let outcome = async {
        let asker = async {
            media.ok_or_else(not_acceptable)?;
            must_be_json(&http)?;
            Ok(Asker::find(&state, &http, true, Utc::now(), &request_id(&http)).await?)
        };
        let asker = match asker.await {
            Ok(asker) => asker,
            Err::<_, Refused>(refused) => return Err(Refused { rest: Some(Box::new(payload)), ..refused }),
        };
        let body = body::read(&http, payload, asker.body_limit(&state.wire)).await?;
        state.gate.spend(&asker, body.len() as u64 / BYTES_A_FIELD + 1)?;
        let ask = body::from_json(&body)?;
        drop(body);
        run(&state, &http, asker, ask, media.unwrap_or(Media::Json)).await
    };
    outcome.await.unwrap_or_else(|refused| refused.answer(media.unwrap_or(Media::Json)))
}

/// Answers GET: queries, for the anonymous unless a header proves that no page elsewhere made
/// somebody's browser send it.
pub(super) async fn get(http: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let Some(media) = Media::wanted(http.headers()) else { return not_acceptable().answer(Media::Json) };
    let outcome = async {
        let cookie = PREFLIGHT.iter().any(|name| http.headers().get(*name).is_some_and(|value| !value.is_empty()));
        let asker = Asker::find(&state, &http, cookie, Utc::now(), &request_id(&http)).await?;
        state.gate.spend(&asker, http.query_string().len() as u64 / BYTES_A_FIELD + 1)?;
        let ask = body::from_query_string(http.query_string())?;
        run(&state, &http, asker, ask, media).await
    };
    outcome.await.unwrap_or_else(|refused| refused.answer(media))
}

/// Tells that an answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Bytes of a request whose reading takes as long as answering a field.
const BYTES_A_FIELD: u64 = 50;

fn not_acceptable() -> Refused {
    let message = "Answers come as application/json or application/graphql-response+json; accept one of them.";
    Refused::new(StatusCode::NOT_ACCEPTABLE, "BAD_USER_INPUT", message)
}

async fn run(state: &State, http: &HttpRequest, asker: Asker, ask: Ask, media: Media) -> Result<HttpResponse, Refused> {
    let id = request_id(http);
    let by_get = http.method() == actix_web::http::Method::GET;
    let question = if asker.is_staff() { None } else { state.endpoint.question(&ask) };
    let sent_whole = ask.query.is_none() || ask.known_as.is_none();
    // A document that comes with its sum is remembered by it first, whatever is kept.
    if let Some(kept) = question.filter(|_| sent_whole).and_then(|question| state.endpoint.answers.to_question(question)) {
        return Ok(told(state, http, &kept, media, by_get, sent_whole));
    }
    let prepared = state.endpoint.prepare(ask, &asker.actor).await?;
    match prepared.kind {
        Kind::Subscription => {
            let message = "Subscriptions need a WebSocket; open one at this path, with the protocol graphql-transport-ws.";
            return Err(Unfit::document("BAD_USER_INPUT", message).into());
        }
        Kind::Mutation if by_get => {
            let refused = Refused::new(StatusCode::METHOD_NOT_ALLOWED, "BAD_USER_INPUT", "Mutations are sent by POST.");
            return Err(Refused { allow: Some("POST"), ..refused });
        }
        Kind::Mutation | Kind::Query => {}
    }
    state.gate.spend(&asker, prepared.cost)?;
    let public = by_get && !asker.is_staff();
    if prepared.kind == Kind::Mutation {
        http.extensions_mut().insert(Loud);
        if let Some(claim) = repeat::key(http, &asker, &prepared)? {
            let given = repeat::execute(state, asker, claim, &prepared, &id).await?;
            let headers = given.headers.iter().map(|(name, value)| (name.as_slice(), value.as_slice()));
            let mut response = respond(given.body, headers, StatusCode::OK, media, public);
            if given.is_replayed {
                response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
            }
            return Ok(response);
        }
    }
    if prepared.kind == Kind::Query && !asker.is_staff() {
        let peer = peer(state, &asker);
        let cx = Cx::new(state.desk.clone(), asker.actor, Utc::now());
        match state.endpoint.read(question, &prepared, cx, peer, &id).await? {
            Read::Kept(kept) => return Ok(told(state, http, &kept, media, by_get, sent_whole)),
            Read::Made(answer) => return Ok(given(&answer, media, by_get)),
        }
    }
    let answer = execute(state, asker, &prepared, &id).await?;
    Ok(given(&answer, media, public))
}

fn given(answer: &Answer, media: Media, public: bool) -> HttpResponse {
    let status = if answer.is_refusal() { media.refusal() } else { StatusCode::OK };
    respond(answer.body().into(), answer.headers(), status, media, public)
}

/// An answer that is kept, as this client wants it; the same bytes will find it at once from now on.
fn told(state: &State, http: &HttpRequest, kept: &Arc<Kept>, media: Media, by_get: bool, sent_whole: bool) -> HttpResponse {
    // A document that comes with its sum has to be seen each time: it may be sent so since its sum was forgotten.
    if let Some(name) = http.extensions().get::<hot::Name>().filter(|_| sent_whole) {
        state.endpoint.answers.name(name.0, kept);
    }
    hot::respond(http.headers(), kept, media, by_get, state.wire.edge_seconds)
}

fn peer(state: &State, asker: &Asker) -> Peer {
    Peer { address: asker.address(), agent: asker.agent.clone(), secure: state.secure() }
}

async fn execute(state: &State, asker: Asker, prepared: &Prepared, id: &str) -> Result<Answer, Unfit> {
    let peer = peer(state, &asker);
    // The clock is read again: the body may have been long in coming.
    let cx = Cx::new(state.desk.clone(), asker.actor, Utc::now());
    state.endpoint.execute(prepared, cx, peer, id).await
}

fn respond<'a>(
    body: Bytes,
    headers: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    status: StatusCode,
    media: Media,
    public: bool,
) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((CONTENT_TYPE, media.name()))
        .insert_header((CACHE_CONTROL, if public { "no-cache" } else { "no-store" }))
        .insert_header((VARY, "accept, accept-encoding"));
    for (name, value) in headers {
        // The library's headers are of another version of the same crate.
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            response.append_header((name, value));
        }
    }
    response.body(body)
}
