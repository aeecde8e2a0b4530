//! Whose data a request may touch. The only place that builds a [`Scope`].
//!
//! Until there is sign-in the server listens on loopback only, and a cookie says which customer one looks at as:
//! `tenant=ID`, or `tenant=operator`. Without it, the first customer; without customers, the operator.

use super::AppState;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, header::COOKIE},
    middleware::Next,
    response::Response,
};
use opencmp_domain::{Scope, TenantId};

pub async fn attach(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let scope = of_request(&state, request.headers());
    request.extensions_mut().insert(scope);
    next.run(request).await
}

fn of_request(state: &AppState, headers: &HeaderMap) -> Scope {
    let tenants = state.service.tenants(&Scope::operator());
    match cookie(headers, "tenant") {
        Some("operator") => Scope::operator(),
        wanted => {
            let wanted = wanted.and_then(|id| id.parse::<TenantId>().ok());
            let chosen = tenants.iter().find(|tenant| Some(tenant.id) == wanted).or(tenants.first());
            chosen.map_or_else(Scope::operator, |tenant| Scope::tenant(tenant.id))
        }
    }
}

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|text| text.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(held, _)| *held == name)
        .map(|(_, value)| value)
}
