//! What speaks HTTP: pages, server functions, downloads, the live stream, health and metrics.
//!
//! - [`caller`]: from a request to who is asking, and to the [`opencmp_domain::Scope`] that every operation takes.
//! - [`access`]: what each address asks of them. [`origin`]: changes come from our own pages.
//! - [`status`]: what errors are to HTTP.
//! - [`pages`]: the Leptos app and its files.
//! - [`oidc`]: to providers of OpenID Connect and back. [`embed`]: pages in portals' frames.
//! - [`live`]: server-sent events.
//! - [`health`]: `/healthz`, `/readyz`, `/metrics`.
//! - [`download`]: CSV, XLSX and PDF. [`upload`]: inventory files.

mod access;
mod caller;
mod download;
mod embed;
mod health;
mod live;
mod oidc;
mod origin;
mod pages;
mod pdf;
mod status;
mod upload;

use axum::{
    Router,
    extract::FromRef,
    http::{HeaderName, HeaderValue, Method, header},
    middleware,
    routing::{get, post},
};
use ipnet::IpNet;
use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::PrometheusHandle;
use opencmp_app::{api::people::DemoAccount, request::SignInCookie};
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

pub use access::access_text;

/// What handlers share.
#[derive(Clone)]
pub struct AppState {
    pub service: Arc<Service>,
    pub hub: Arc<Hub>,
    pub metrics: PrometheusHandle,
    pub options: LeptosOptions,
    pub cookie: SignInCookie,
    /// Where people find us, without a slash at its end.
    pub address: Arc<str>,
    /// Proxies in front of us, whose word of where a request comes from is believed.
    pub proxies: Arc<[IpNet]>,
    /// With what a program reads the metrics; `None`: none does.
    pub metrics_token: Option<Arc<str>>,
    /// Accounts of the demonstration; empty without `--demo`.
    pub demo: Arc<Vec<DemoAccount>>,
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

/// Routes with a list of their addresses, so that a test can go through all of them.
struct Listed {
    router: Router<AppState>,
    paths: Vec<(Method, String)>,
}

impl Listed {
    fn new() -> Self {
        Self { router: Router::new(), paths: Vec::new() }
    }

    fn get<H, T>(mut self, path: &str, handler: H) -> Self
    where
        H: axum::handler::Handler<T, AppState>,
        T: 'static,
    {
        self.router = self.router.route(path, get(handler));
        self.paths.push((Method::GET, path.to_owned()));
        self
    }

    fn post<H, T>(mut self, path: &str, handler: H) -> Self
    where
        H: axum::handler::Handler<T, AppState>,
        T: 'static,
    {
        self.router = self.router.route(path, post(handler));
        self.paths.push((Method::POST, path.to_owned()));
        self
    }
}

fn health() -> Listed {
    Listed::new()
        .get("/healthz", health::alive)
        .get("/readyz", health::ready)
        .get("/metrics", health::metrics)
}

fn streams() -> Listed {
    Listed::new().get("/live", live::stream)
}

/// Every address that answers, but for the files of the bundle: ours, the pages, the server functions.
pub fn addresses() -> Vec<(Method, String)> {
    let ours = [health(), streams(), oidc::routes(), embed::routes(), download::routes(), upload::routes()]
        .into_iter()
        .flat_map(|listed| listed.paths);
    ours.chain(pages::addresses()).collect()
}

pub fn router(state: AppState) -> Router {
    let guarded = |router: Router<AppState>| {
        router
            .route_layer(middleware::from_fn_with_state(state.clone(), access::guard))
            .layer(middleware::from_fn(status::of_functions))
            .layer(middleware::from_fn(origin::same_origin_only))
            .layer(middleware::from_fn_with_state(state.clone(), caller::attach))
    };
    let pages = pages::routes(&state)
        .merge(download::routes().router)
        .merge(oidc::routes().router)
        .merge(embed::routes().router)
        .merge(upload::routes().router)
        .merge(health().router);
    // Never compressed: a message would wait for the next one to fill a block.
    let live = guarded(streams().router);
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    // A browser that came over TLS once comes over nothing else for two years.
    let transport = state.cookie.secure.then_some("max-age=63072000");
    let files = pages::files(&state);
    let mut router = guarded(pages)
        .merge(files)
        .layer(CompressionLayer::new().compress_when(worth_compressing()))
        .merge(live)
        .with_state(state)
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "same-origin"))
        .layer(header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"))
        .layer(middleware::from_fn(embed::forbid_framing))
        .layer(TraceLayer::new_for_http());
    if let Some(transport) = transport {
        router = router.layer(header(header::STRICT_TRANSPORT_SECURITY, transport));
    }
    router
}
