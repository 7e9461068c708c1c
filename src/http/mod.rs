//! The HTTP edge: bytes in, bytes out. What a request means is decided below.

mod accept;
mod auth;
mod body;
mod gate;
mod graphql;
mod health;
mod hot;
mod landing;
mod preview;
mod repeat;
mod request_id;
mod socket;

use std::sync::Arc;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, CACHE_CONTROL, CONTENT_ENCODING, HeaderValue};
use actix_web::http::{StatusCode, header};
use actix_web::web::{self, ServiceConfig};
use actix_cors::Cors;
use actix_web::middleware::{Compress, Condition, Next, from_fn};
use actix_web::{Error, HttpResponse, guard};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::app::Desk;
use crate::config::{Origins, Wire};
use crate::graphql::endpoint::Endpoint;
use crate::graphql::request::{Fault, Unfit};
use accept::Media;
use gate::Gate;
use repeat::Turns;

/// Answers with fewer bytes are sent as they are.
const SMALL: u64 = 1024;

/// What every request may use.
pub struct State {
    desk: Arc<Desk>,
    endpoint: Arc<Endpoint>,
    wire: Wire,
    gate: Gate,
    turns: Turns,
    /// Hashes requests, under a key of this process.
    hasher: siphasher::sip128::SipHasher13,
    /// Cancelled when the server stops.
    stop: CancellationToken,
}

impl State {
    /// What requests to this endpoint may use.
    #[must_use]
    pub fn new(endpoint: Endpoint, wire: Wire, stop: CancellationToken) -> Self {
        let gate = Gate::new(&wire);
        Self { desk: Arc::clone(&endpoint.desk), endpoint: Arc::new(endpoint), wire, gate, turns: Turns::new(), hasher: hot::hasher(), stop }
    }

    /// Whether readers reach the site by https.
    fn secure(&self) -> bool {
        self.desk.site.url.scheme() == "https"
    }
}

/// Lets pages of other origins use the API, as far as the settings have it.
fn cors(origins: &Origins) -> Condition<Cors> {
    let cors = Cors::default()
        .allowed_methods(["GET", "POST"])
        .allow_any_header()
        .expose_headers(["idempotency-replayed", "retry-after", "x-request-id"])
        .max_age(3600);
    match origins {
        Origins::Any => Condition::new(true, cors.allow_any_origin().send_wildcard()),
        Origins::Only(origins) => {
            let cors = origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin));
            Condition::new(!origins.is_empty(), cors.supports_credentials())
        }
    }
}

/// Every path there is, and what surrounds them all.
pub fn routes(config: &mut ServiceConfig, wire: &Wire) {
    let read = || web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
    let all = web::scope("")
        .wrap(from_fn(spare))
        .wrap(Compress::default())
        .wrap(cors(&wire.cors_origins))
        .wrap(from_fn(request_id::layer))
        .wrap(from_fn(hot::layer))
        .service(
            web::resource("/graphql")
                .route(web::get().guard(guard::fn_guard(asks_for_a_socket)).to(socket::open))
                .route(web::post().to(graphql::post))
                .route(web::get().to(graphql::get))
                .default_service(web::to(|| async { not_allowed("GET, POST") })),
        )
        .service(resource("/healthz", read().to(health::alive)))
        .service(resource("/readyz", read().to(health::ready)))
        .service(resource("/preview/{token}", read().to(preview::page)))
        .service(resource("/", read().to(landing::page)))
        .service(resource("/favicon.ico", read().to(landing::icon)))
        .service(resource("/landing.js", read().to(landing::script)))
        .service(resource("/landing.css", read().to(landing::style)))
        .default_service(web::to(nothing_here));
    config.service(all);
}

fn asks_for_a_socket(context: &guard::GuardContext<'_>) -> bool {
    let upgrade = context.head().headers().get(header::UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

fn resource(path: &'static str, route: actix_web::Route) -> actix_web::Resource {
    web::resource(path).route(route).default_service(web::to(|| async { not_allowed("GET, HEAD") }))
}

/// Keeps small answers from being compressed: what that saves is less than it costs.
async fn spare(request: ServiceRequest, next: Next<impl MessageBody>) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    // What was packed already says so, however short it became.
    let is_packed = response.headers().contains_key(CONTENT_ENCODING);
    if !is_packed && matches!(response.response().body().size(), BodySize::Sized(length) if length < SMALL) {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
    }
    Ok(response)
}

async fn nothing_here() -> HttpResponse {
    let refused = Refused::new(StatusCode::NOT_FOUND, "NOT_FOUND", "There is nothing at this path; the API is at /graphql.");
    refused.answer(Media::Json)
}

fn not_allowed(allowed: &'static str) -> HttpResponse {
    let message = format!("This method is not for this path; send one of {allowed}.");
    Refused { allow: Some(allowed), ..Refused::new(StatusCode::METHOD_NOT_ALLOWED, "BAD_USER_INPUT", message) }
        .answer(Media::Json)
}

/// A request that gets no further than here.
struct Refused {
    unfit: Box<Unfit>,
    /// None where the sort of request says it.
    status: Option<StatusCode>,
    allow: Option<&'static str>,
    /// The rest of a body that nobody wants.
    rest: Option<Box<web::Payload>>,
}

impl Refused {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let unfit = Unfit::new(Fault::Malformed, code, message);
        let unfit = if code == "BAD_USER_INPUT" { unfit.and("fields", json!([])) } else { unfit };
        Self { status: Some(status), ..Self::from(unfit) }
    }

    fn answer(self, media: Media) -> HttpResponse {
        let status = self.status.unwrap_or(match self.unfit.fault {
            Fault::Malformed => StatusCode::BAD_REQUEST,
            Fault::Document => media.refusal(),
            // As Apollo's own server has it: whoever asks for what it does not know sends it next.
            Fault::NotKnown => StatusCode::OK,
            Fault::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Fault::Early => StatusCode::TOO_MANY_REQUESTS,
            Fault::Away => StatusCode::SERVICE_UNAVAILABLE,
            Fault::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        });
        let mut answer = HttpResponse::build(status);
        answer.insert_header((header::CONTENT_TYPE, media.name())).insert_header((CACHE_CONTROL, "no-store"));
        answer.insert_header((header::VARY, "accept, accept-encoding"));
        if let Some(allow) = self.allow {
            answer.insert_header((ALLOW, allow));
        }
        if let Some((_, wait)) = self.unfit.more.iter().find(|(key, _)| *key == "retryAfter") {
            answer.insert_header((header::RETRY_AFTER, wait.to_string()));
        }
        let body = json!({ "errors": self.unfit.errors() }).to_string();
        match self.rest {
            None => answer.body(body),
            Some(rest) => answer.body(body::Last::new(body, *rest)).map_into_boxed_body(),
        }
    }
}

impl From<Unfit> for Refused {
    fn from(unfit: Unfit) -> Self {
        Self { unfit: Box::new(unfit), status: None, allow: None, rest: None }
    }
}
