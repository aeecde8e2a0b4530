//! For load balancers and monitoring: alive, ready, metrics.

use super::AppState;
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};

/// The process runs and answers.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// Accounting is taken and the figures are current. The body says what is wrong.
pub async fn ready(State(state): State<AppState>) -> impl IntoResponse {
    let status = state.service.ingest_status();
    match status.trouble {
        None if status.ready => (StatusCode::OK, "ready\n".to_owned()),
        None => (StatusCode::SERVICE_UNAVAILABLE, "starting\n".to_owned()),
        Some(trouble) => (StatusCode::SERVICE_UNAVAILABLE, format!("{trouble:?}\n")),
    }
}

/// Prometheus text format.
pub async fn metrics(State(state): State<AppState>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], state.metrics.render())
}
