//! The HTTP edge: bytes in, bytes out. What a request means is decided below.

mod accept;
mod auth;
mod body;
mod graphql;
mod health;
mod landing;
mod preview;
mod request_id;

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, CACHE_CONTROL, CONTENT_ENCODING, HeaderValue};
use actix_web::http::{StatusCode, header};
use actix_web::web::{self, ServiceConfig};
use actix_web::middleware::{Compress, Next, from_fn};
use actix_web::{Error, HttpResponse, guard};
use serde_json::json;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

use crate::app::{AppError, Desk};
use crate::graphql::{DeskSchema, Pos, error, guard::Excess};
use accept::Media;

/// Answers with fewer bytes are sent as they are.
const SMALL: u64 = 1024;

/// What every request may use.
pub struct State {
    /// The desk.
    pub desk: Arc<Desk>,
    /// What can be asked of it.
    pub schema: DeskSchema,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Where mutations run, which go on when their client is gone.
    pub home: Handle,
    /// The mutations that run.
    pub running: TaskTracker,
}

impl State {
    /// Whether readers reach the site by https.
    fn secure(&self) -> bool {
        self.desk.site.url.scheme() == "https"
    }
}

/// Every path there is, and what surrounds them all.
pub fn routes(config: &mut ServiceConfig) {
    let read = || web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
    let all = web::scope("")
        .wrap(from_fn(spare))
        .wrap(Compress::default())
        .wrap(from_fn(request_id::layer))
        .service(
            web::resource("/graphql")
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

fn resource(path: &'static str, route: actix_web::Route) -> actix_web::Resource {
    web::resource(path).route(route).default_service(web::to(|| async { not_allowed("GET, HEAD") }))
}

/// Keeps small answers from being compressed: what that saves is less than it costs.
async fn spare(request: ServiceRequest, next: Next<impl MessageBody>) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    if matches!(response.response().body().size(), BodySize::Sized(length) if length < SMALL) {
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
    /// None where the answer is GraphQL's: then the media type decides.
    status: Option<StatusCode>,
    code: &'static str,
    message: String,
    at: Vec<Pos>,
    allow: Option<&'static str>,
    /// The rest of a body that nobody wants.
    rest: Option<web::Payload>,
}

impl Refused {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status: Some(status), code, message: message.into(), at: Vec::new(), allow: None, rest: None }
    }

    /// A request that is none.
    fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message)
    }

    /// A well-formed request with a document that cannot be executed.
    fn document(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: None, ..Self::new(StatusCode::OK, code, message) }
    }

    fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message)
    }

    /// Something is broken here; the log knows what.
    fn broken(status: StatusCode, request_id: &str, what: &str) -> Self {
        Self::new(status, "INTERNAL_SERVER_ERROR", format!("{what} (request {request_id})"))
    }

    /// What the desk could not do, told to the log and not to the client.
    fn fault(error: &AppError, request_id: &str) -> Self {
        tracing::error!(%error, "a request failed");
        let what = "The newsroom's database does not answer; try again in a moment.";
        Self::broken(StatusCode::SERVICE_UNAVAILABLE, request_id, what)
    }

    fn answer(self, media: Media) -> HttpResponse {
        let mut body = error::fault(self.code, &self.message);
        if let Some(first) = body.pointer_mut("/errors/0").and_then(|first| first.as_object_mut())
            && !self.at.is_empty()
        {
            let at: Vec<_> = self.at.iter().map(|at| json!({"line": at.line, "column": at.column})).collect();
            first.insert("locations".into(), at.into());
        }
        let mut answer = HttpResponse::build(self.status.unwrap_or(media.refusal()));
        answer.insert_header((header::CONTENT_TYPE, media.name())).insert_header((CACHE_CONTROL, "no-store"));
        if let Some(allow) = self.allow {
            answer.insert_header((ALLOW, allow));
        }
        match self.rest {
            None => answer.body(body.to_string()),
            Some(rest) => answer.body(body::Last::new(body.to_string(), rest)).map_into_boxed_body(),
        }
    }
}

impl From<Excess> for Refused {
    fn from(excess: Excess) -> Self {
        match excess {
            Excess::TooLarge(message) => Self::too_large(message),
            other => Self::document(other.code(), other.message()),
        }
    }
}
