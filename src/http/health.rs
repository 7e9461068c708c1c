//! Whether the server lives, and whether it can serve.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use serde_json::json;

use super::State;
use crate::app::AppError;

/// How long the database may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process answers.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("text/plain; charset=utf-8")
        .body("ok")
}

/// The database answers too, and its schema is this program's.
pub(super) async fn ready(state: web::Data<State>) -> HttpResponse {
    let (status, body) = match tokio::time::timeout(PATIENCE, state.desk.ready()).await {
        Ok(Ok(())) => (StatusCode::OK, json!({"ready": true})),
        Ok(Err(AppError::Unavailable(missing))) => (StatusCode::SERVICE_UNAVAILABLE, json!({"ready": false, "missing": missing})),
        Ok(Err(error)) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, json!({"ready": false, "missing": "the database refuses to answer; the log says why"}))
        }
        Err(_late) => (StatusCode::SERVICE_UNAVAILABLE, json!({"ready": false, "missing": "the database does not answer"})),
    };
    HttpResponse::build(status).insert_header((CACHE_CONTROL, "no-store")).json(body)
}
