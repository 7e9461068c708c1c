//! What surrounds every request: an id that its client and its log lines share, a line in the log,
//! and the headers that every answer has.

use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CONTENT_ENCODING, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest};
use tracing::Instrument as _;
use uuid::Uuid;

pub(super) const NAME: HeaderName = HeaderName::from_static("x-request-id");
/// An answer that took longer is worth a line.
const SLOW: Duration = Duration::from_secs(1);

#[derive(Clone)]
struct RequestId(String);

/// Marks a request whose answer is logged even if all went well: it changed something.
pub(super) struct Loud;

/// The request's id.
pub(super) fn request_id(http: &HttpRequest) -> String {
    http.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

/// Surrounds a request. The log has the route and not the path, as a path may hold a secret.
pub(super) async fn layer(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = given(request.headers()).unwrap_or_else(|| Uuid::now_v7().to_string());
    let route = request.match_pattern().unwrap_or_else(|| "none".into());
    let span = tracing::info_span!("request", %id, method = %request.method(), route);
    request.extensions_mut().insert(RequestId(id.clone()));
    let started = Instant::now();
    let mut response = next.call(request).instrument(span.clone()).await?;
    let took = started.elapsed();
    let loud = response.request().extensions().get::<Loud>().is_some();
    span.in_scope(|| tell(response.status().as_u16(), took, loud));
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(NAME, id);
    }
    harden(headers);
    Ok(response)
}

/// An id that the client chose, if it can stand in a log line.
pub(super) fn given(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(NAME)?.to_str().ok()?;
    let fits = (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    fits.then(|| id.to_owned())
}

/// A line for each request would cost more than many of them, so at the usual level only those
/// are told that changed something, went wrong or took long.
fn tell(status: u16, took: Duration, loud: bool) {
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    if status >= 500 || took > SLOW {
        tracing::warn!(status, ms, "answered");
    } else if status >= 400 || loud {
        tracing::info!(status, ms, "answered");
    } else {
        tracing::debug!(status, ms, "answered");
    }
}

pub(super) fn harden(headers: &mut HeaderMap) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
        headers.insert(CONTENT_SECURITY_POLICY, nothing);
    }
    // How small answers tell the layer below not to compress them.
    if headers.get(CONTENT_ENCODING).is_some_and(|value| value == "identity") {
        headers.remove(CONTENT_ENCODING);
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderValue};

    use super::{NAME, given};

    #[test]
    fn an_id_is_the_clients_own_if_it_can_stand_in_a_log_line() {
        let with = |id: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(NAME, HeaderValue::from_str(id).expect("a header"));
            given(&headers)
        };
        assert_eq!(with("a-B_9.z").as_deref(), Some("a-B_9.z"));
        for id in ["", "a b", "a=1", &"x".repeat(65)] {
            assert_eq!(with(id), None);
        }
    }
}
