//! What speaks HTTP: pages, server functions, downloads, the live stream, health and metrics.
//!
//! - [`scope`]: from a request to the [`opencmp_domain::Scope`] that every operation takes; the one place that builds one.
//! - [`pages`]: the Leptos app and its files.
//! - [`live`]: server-sent events.
//! - [`health`]: `/healthz`, `/readyz`, `/metrics`.
//! - [`download`]: CSV, XLSX and PDF.

mod download;
mod health;
mod live;
mod pages;
mod pdf;
mod scope;

use axum::{
    Router,
    extract::FromRef,
    http::{HeaderName, HeaderValue, header},
    middleware,
    routing::get,
};
use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::PrometheusHandle;
use opencmp_live::Hub;
use opencmp_service::Service;
use std::sync::Arc;
use tower_http::{
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
    set_header::SetResponseHeaderLayer,
    trace::TraceLayer,
};

/// What handlers share.
#[derive(Clone)]
pub struct AppState {
    pub service: Arc<Service>,
    pub hub: Arc<Hub>,
    pub metrics: PrometheusHandle,
    pub options: LeptosOptions,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.options.clone()
    }
}

/// PDF and XLSX are compressed inside already: once more would take longer than it saves.
fn worth_compressing() -> impl Predicate {
    DefaultPredicate::new()
        .and(NotForContentType::const_new("application/pdf"))
        .and(NotForContentType::const_new("application/vnd.openxmlformats"))
}

pub fn router(state: AppState) -> Router {
    let scoped = middleware::from_fn_with_state(state.clone(), scope::attach);
    let pages = pages::routes(&state).merge(download::routes()).layer(scoped.clone());
    // Never compressed: a message would wait for the next one to fill a block.
    let live = Router::new().route("/live", get(live::stream)).layer(scoped);
    let open = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics));
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    pages
        .merge(open)
        .layer(CompressionLayer::new().compress_when(worth_compressing()))
        .merge(live)
        .with_state(state)
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "same-origin"))
        .layer(header(header::X_FRAME_OPTIONS, "DENY"))
        .layer(TraceLayer::new_for_http())
}
