//! Requests that were answered before, byte for byte the same: answered again before anything else looks at them.
//!
//! Only who shows no credential is served here, and only what [`crate::graphql::kept`] holds for everybody.

use std::hash::Hasher as _;
use std::time::Duration;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, ETAG, HeaderMap,
    HeaderName, HeaderValue, IF_NONE_MATCH, ORIGIN, UPGRADE, VARY,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{Error, HttpMessage as _, HttpResponse, web};
use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};
use siphasher::sip128::{Hasher128 as _, SipHasher13};
use uuid::Uuid;

use super::accept::Media;
use super::graphql::PREFLIGHT;
use super::{State, request_id};
use crate::graphql::kept::{Kept, Packing};

/// Requests with more bytes are read where limits are told in words.
const LARGEST: usize = 16 << 10;

/// How long a short body may take before it is passed on to where its being late is told.
const PATIENCE: Duration = Duration::from_secs(1);

const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");
const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");
const SURROGATE_CONTROL: HeaderName = HeaderName::from_static("surrogate-control");
const CDN_CACHE_CONTROL: HeaderName = HeaderName::from_static("cdn-cache-control");

/// The request's bytes, hashed: another request has the same only by finding the key.
#[derive(Clone, Copy)]
pub(super) struct Name(pub(super) u128);

/// A hasher with a key that nobody knows.
pub(super) fn hasher() -> SipHasher13 {
    let (one, other) = (Uuid::new_v4().as_u64_pair(), Uuid::new_v4().as_u64_pair());
    SipHasher13::new_with_keys(one.0 ^ other.1, one.1 ^ other.0)
}

/// Answers at once what was answered before; lets everything else pass.
pub(super) async fn layer<B: MessageBody + 'static>(mut request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<EitherBody<BoxBody, B>>, Error> {
    if request.path() == "/graphql"
        && let Some(state) = request.app_data::<web::Data<State>>().cloned()
        && let Some((media, by_get)) = plain(&request, &state)
    {
        let mut hasher = state.hasher;
        hasher.write_u8(u8::from(by_get));
        let mut body = Bytes::new();
        if by_get {
            hasher.write(request.query_string().as_bytes());
        } else {
            let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
            match arrived(request.take_payload(), length.unwrap_or(usize::MAX)).await {
                Ok(bytes) => body = bytes,
                Err(payload) => {
                    request.set_payload(payload);
                    return Ok(next.call(request).await?.map_into_right_body());
                }
            }
            hasher.write(&body);
        }
        let name = hasher.finish128().as_u128();
        if let Some(kept) = state.endpoint.answers.to_request(name) {
            let mut response = respond(request.headers(), &kept, media, by_get, state.wire.edge_seconds);
            let headers = response.headers_mut();
            request_id::harden(headers);
            let mut new = Uuid::encode_buffer();
            let given = request_id::given(request.headers());
            let id = given.as_deref().unwrap_or_else(|| Uuid::now_v7().as_hyphenated().encode_lower(&mut new));
            if let Ok(id) = HeaderValue::from_str(id) {
                headers.insert(request_id::NAME, id);
            }
            return Ok(request.into_response(response).map_into_left_body());
        }
        request.extensions_mut().insert(Name(name));
        if !by_get {
            request.set_payload(Payload::from(body));
        }
    }
    Ok(next.call(request).await?.map_into_right_body())
}

/// Whether a request is one that could be answered here, and how.
fn plain(request: &ServiceRequest, state: &State) -> Option<(Media, bool)> {
    let headers = request.headers();
    let by_get = match *request.method() {
        Method::POST => false,
        Method::GET if !headers.contains_key(UPGRADE) => true,
        _ => return None,
    };
    // A cookie counts where no page elsewhere can have made a browser send it.
    let is_signed = headers.contains_key(AUTHORIZATION)
        || headers.contains_key(COOKIE) && (!by_get || PREFLIGHT.iter().any(|name| headers.contains_key(*name)));
    let is_foreign = headers.contains_key(ORIGIN) && state.wire.has_cors();
    let is_json = by_get || headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json") && !headers.contains_key(CONTENT_ENCODING);
    if is_signed || is_foreign || !is_json || !state.endpoint.answers.is_used() {
        return None;
    }
    let media = if headers.contains_key(ACCEPT) { Media::wanted(headers)? } else { Media::Json };
    Some((media, by_get))
}

/// The whole of a short body; else what to read it from. One that is long, late or broken is read, and
/// refused, where that is told in words.
async fn arrived(mut payload: Payload, length: usize) -> Result<Bytes, Payload> {
    if length > LARGEST {
        return Err(payload);
    }
    // What came with the head is handed over once this has been asked for the first time.
    tokio::task::yield_now().await;
    let first = match payload.next().now_or_never() {
        Some(Some(Ok(bytes))) if bytes.len() == length => return Ok(bytes),
        Some(Some(Ok(bytes))) => bytes,
        Some(Some(Err(broken))) => return Err(again(Bytes::new(), stream::iter([Err(broken)]))),
        Some(None) => return Err(again(Bytes::new(), stream::empty())),
        None => Bytes::new(),
    };
    let mut whole = BytesMut::from(first);
    let rest = async {
        while whole.len() < length {
            match payload.next().await {
                Some(Ok(bytes)) => whole.extend_from_slice(&bytes),
                Some(Err(broken)) => return Err(Some(broken)),
                None => return Err(None),
            }
        }
        Ok(())
    };
    let outcome = tokio::time::timeout(PATIENCE, rest).await;
    let bytes = whole.freeze();
    match outcome {
        Ok(Ok(())) if bytes.len() == length => Ok(bytes),
        Ok(Err(Some(broken))) => Err(again(bytes, stream::iter([Err(broken)]))),
        Ok(Err(None)) => Err(again(bytes, stream::empty())),
        Ok(Ok(())) | Err(_) => Err(again(bytes, payload)),
    }
}

/// A body from its beginning.
fn again(bytes: Bytes, rest: impl Stream<Item = Result<Bytes, PayloadError>> + 'static) -> Payload {
    Payload::Stream { payload: Box::pin(stream::iter([Ok(bytes)]).chain(rest)) }
}

/// An answer that is kept, packed as the client takes it.
pub(super) fn respond(asked: &HeaderMap, kept: &Kept, media: Media, by_get: bool, edge_seconds: u64) -> HttpResponse {
    let (body, packing) = kept.packed(packing(asked));
    let mut response = HttpResponse::build(StatusCode::OK);
    response.insert_header((VARY, HeaderValue::from_static("accept, accept-encoding")));
    if by_get {
        let etag = kept.etag(packing);
        let is_known = asked.get_all(IF_NONE_MATCH).any(|known| known.to_str().is_ok_and(|known| names(known, &etag)));
        response.insert_header((CACHE_CONTROL, HeaderValue::from_static("public, no-cache")));
        response.insert_header((ETAG, etag));
        response.insert_header((SURROGATE_KEY, kept.keys.as_str()));
        response.insert_header((CACHE_TAG, kept.keys.replace(' ', ",")));
        if edge_seconds > 0 {
            response.insert_header((SURROGATE_CONTROL, format!("max-age={edge_seconds}")));
            response.insert_header((CDN_CACHE_CONTROL, format!("max-age={edge_seconds}")));
        }
        if is_known {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
    } else {
        response.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
    }
    response.insert_header((CONTENT_TYPE, HeaderValue::from_static(media.name())));
    // Also what is sent as it is says so, that nothing packs it again.
    let encoding = match packing {
        Packing::Plain => "identity",
        Packing::Gzip => "gzip",
        Packing::Brotli => "br",
    };
    response.insert_header((CONTENT_ENCODING, HeaderValue::from_static(encoding)));
    response.body(body)
}

/// How the client takes bytes that were packed beforehand.
fn packing(asked: &HeaderMap) -> Packing {
    let mut packing = Packing::Plain;
    for line in asked.get_all(ACCEPT_ENCODING).filter_map(|line| line.to_str().ok()) {
        for part in line.split(',').take(20) {
            let (name, quality) = part.split_once(';').map_or((part, ""), |(name, quality)| (name, quality.trim()));
            let is_refused = quality.strip_prefix("q=").is_some_and(|quality| quality.parse::<f32>().is_ok_and(|quality| quality == 0.0));
            match name.trim() {
                "br" if !is_refused => return Packing::Brotli,
                "gzip" if !is_refused => packing = Packing::Gzip,
                _ => {}
            }
        }
    }
    packing
}

/// Whether a list of entity tags names this one; they are compared weakly, as the specification has it for reading.
fn names(list: &str, etag: &str) -> bool {
    list.split(',').map(str::trim).any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn the_best_packing_that_is_taken_is_chosen() {
        let chosen = |accept| packing(&with(ACCEPT_ENCODING, accept));
        assert_eq!(packing(&HeaderMap::new()), Packing::Plain);
        assert_eq!(chosen("gzip, deflate, br"), Packing::Brotli);
        assert_eq!(chosen("gzip, br;q=0"), Packing::Gzip);
        assert_eq!(chosen("gzip;q=0, br;q=0.0, identity"), Packing::Plain);
        assert_eq!(chosen("zstd"), Packing::Plain);
    }

    #[test]
    fn a_list_of_entity_tags_is_read_weakly() {
        assert!(names("\"a\", W/\"b.br\"", "\"b.br\""));
        assert!(names("*", "\"x\""));
        assert!(!names("\"b\"", "\"b.br\""));
    }
}
