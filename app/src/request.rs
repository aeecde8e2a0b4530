//! What a request brings along: cookies, the scope, the service. Server only.

use crate::api::ApiError;
use axum::http::{header::COOKIE, request::Parts};
use leptos::prelude::*;
use opencmp_domain::{Lang, Scope, Tz};
use opencmp_service::Service;
use std::sync::Arc;

/// The `Cookie` header of the request that is being answered.
pub struct Cookies(String);

impl Cookies {
    pub fn of_request() -> Self {
        let parts = use_context::<Parts>();
        let header = parts.as_ref().and_then(|parts| parts.headers.get(COOKIE)?.to_str().ok());
        Self(header.unwrap_or_default().to_owned())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.split(';').find_map(|pair| {
            let (found, value) = pair.trim().split_once('=')?;
            (found == name && !value.is_empty()).then_some(value)
        })
    }
}

/// The language that the request's answer is read in.
pub fn lang_of_request() -> Lang {
    Cookies::of_request().get("lang").and_then(Lang::parse).unwrap_or_default()
}

/// The service, and whose data this request may touch of it.
pub fn backend() -> Result<(Arc<Service>, Scope), ApiError> {
    let scope = use_context::<Scope>().ok_or(ApiError::Forbidden)?;
    let service = use_context::<Arc<Service>>().ok_or(ApiError::Unavailable)?;
    Ok((service, scope))
}

/// The zone of the tenant in reach, where there is exactly one.
pub fn tenant_zone() -> Option<Tz> {
    let (service, scope) = backend().ok()?;
    Some(service.calendar(Some(scope.only_tenant()?)).zone)
}

/// A page that can't be shown is answered with the status that says why.
pub fn set_status(error: &ApiError) {
    use axum::http::StatusCode;
    let status = match error {
        ApiError::NotFound => StatusCode::NOT_FOUND,
        ApiError::Forbidden => StatusCode::FORBIDDEN,
        ApiError::Invalid { .. } => StatusCode::BAD_REQUEST,
        ApiError::Unavailable | ApiError::Network => StatusCode::SERVICE_UNAVAILABLE,
    };
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(status);
    }
}
