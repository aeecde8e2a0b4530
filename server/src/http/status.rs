//! Errors of server functions, all of which come as 500, get the status that says what they are.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::Response,
};
use opencmp_app::{api::ApiError, request::status_of};

/// Octets of an error.
const MOST: usize = 64 * 1024;

pub async fn of_functions(request: Request, next: Next) -> Response {
    let function = request.uri().path().starts_with("/fn/");
    let response = next.run(request).await;
    if !function || response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let octets = to_bytes(body, MOST).await.unwrap_or_default();
    if let Ok(error) = serde_json::from_slice::<ApiError>(&octets) {
        parts.status = status_of(&error);
    }
    Response::from_parts(parts, Body::from(octets))
}
