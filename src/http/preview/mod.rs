//! What one unpublished revision would look like to readers, for whoever has its link.
//!
//! Invariant: the page runs no script and loads nothing from another host. Its address holds the
//! token, so browsers are told to name it to nobody.

mod data;
mod page;
mod rewrite;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse, web};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lol_html::errors::RewritingError;
use chrono::Utc;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use data::{Article, Data, QUERY, Site};

use super::accept::Media;
use super::request_id::request_id;
use super::{Refused, State};
use crate::graphql::request::Unfit;
use crate::app::AppError;

/// What stands in the page's only `<style>`.
const STYLE: &str = include_str!("style.css");

/// Of styles only ours: its hash is that of what stands between the tags.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; img-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// Why there is no page: something is broken here, not in the request.
#[derive(Debug, thiserror::Error)]
enum Fault {
    /// The schema answered something else than was asked.
    #[error("the preview's data cannot be read: {0}")]
    Data(#[from] serde_json::Error),
    /// The schema's HTML is not as the sanitiser writes it.
    #[error("the preview's HTML cannot be rewritten: {0}")]
    Html(#[from] RewritingError),
}

/// Answers with the page of what a token shows.
pub(super) async fn page(http: HttpRequest, token: web::Path<String>, state: web::Data<State>) -> HttpResponse {
    let id = request_id(&http);
    let asked = state.endpoint.ask(QUERY, json!({ "token": token.into_inner() }), Utc::now(), &id).await;
    let answered = asked.and_then(|data| answer(data).map_err(|fault| Unfit::away(&AppError::Fault(fault.to_string()), &id)));
    answered.unwrap_or_else(|unfit| Refused::from(unfit).answer(Media::Json))
}

/// Answers with what the schema gave as `data` for [`QUERY`].
///
/// # Errors
/// When the data is not what was asked for.
fn answer(data: serde_json::Value) -> Result<HttpResponse, Fault> {
    let Data { preview, site } = serde_json::from_value(data)?;
    match preview {
        Some(article) => found(&article, &site),
        None => Ok(missing()),
    }
}

/// The page of a revision.
fn found(article: &Article, site: &Site) -> Result<HttpResponse, Fault> {
    Ok(respond(StatusCode::OK, page::article(article, site)?))
}

/// The page for every token that leads nowhere. Nothing in it depends on the token, so nobody
/// learns whether there ever was one.
fn missing() -> HttpResponse {
    respond(StatusCode::NOT_FOUND, page::missing())
}

fn respond(status: StatusCode, page: String) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY.as_str()))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header(("x-robots-tag", "noindex, nofollow"))
        .body(page)
}
