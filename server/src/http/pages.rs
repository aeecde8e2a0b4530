//! The Leptos app: its routes, its server functions, its files.

use super::{AppState, access, caller, embed};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    handler::Handler,
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    middleware,
    response::{IntoResponse, Response},
};
use leptos::{
    nonce::{provide_nonce, use_nonce},
    prelude::{provide_context, use_context},
    server_fn::axum::server_fn_paths,
};
use leptos_axum::{
    AxumRouteListing, LeptosRoutes, ResponseOptions, generate_route_list, render_app_async_with_context,
};
use opencmp_app::{prefs::Prefs, request::Framed, shell};
use opencmp_domain::Scope;
use opencmp_service::people::{Caller, Visitor};
use std::{path::Path, sync::Arc};
use tower_http::{services::ServeDir, set_header::SetResponseHeader};

/// The pages, and the server functions that they call.
pub fn routes(state: &AppState) -> Router<AppState> {
    let options = state.options.clone();
    let app = move || shell(options.clone());
    Router::new().leptos_routes_with_context(state, page_routes(), contexts(state), app)
}

fn page_routes() -> Vec<AxumRouteListing> {
    generate_route_list(|| opencmp_app::App(opencmp_app::AppProps { prefs: Prefs::current() }))
}

/// Where [`routes`] answers.
pub fn addresses() -> Vec<(Method, String)> {
    let pages = page_routes().into_iter().map(|route| (Method::GET, route.path().to_owned()));
    let functions = server_fn_paths().map(|(path, method)| (method, path.to_owned()));
    pages.chain(functions).collect()
}

/// The bundle, other files, and the page for what isn't there.
pub fn files(state: &AppState) -> Router<AppState> {
    let site = Path::new(state.options.site_root.as_ref()).to_owned();
    // Names of files don't change with their content: browsers ask each time and are told when nothing changed.
    let bundle = SetResponseHeader::overriding(
        ServeDir::new(site.join(state.options.site_pkg_dir.as_ref())).precompressed_br().precompressed_gzip(),
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache"),
    );
    let attach = middleware::from_fn_with_state(state.clone(), caller::attach);
    Router::new().nest_service("/pkg", bundle).fallback(file_or_not_found.layer(attach))
}

/// What components and server functions ask for: the service, who asks, and what they reach.
fn contexts(state: &AppState) -> impl Fn() + Clone + Send + Sync + 'static {
    let (service, cookie, demo) = (state.service.clone(), state.cookie, state.demo.clone());
    move || {
        provide_context(service.clone());
        provide_context(cookie);
        provide_context(demo.clone());
        let framed = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Arc<Framed>>().cloned());
        let framed_by =
            framed.as_ref().map(|framed| framed.framed_by.join(" ")).filter(|origins| !origins.is_empty());
        if let Some(framed) = framed {
            provide_context(framed);
        }
        if let Some(parts) = use_context::<Parts>() {
            hand_on::<Visitor>(&parts);
            hand_on::<Arc<Caller>>(&parts);
            hand_on::<Scope>(&parts);
        }
        provide_nonce();
        if let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) {
            // Attributes alone may carry styles: widths of bars. The program for the browser is WebAssembly.
            let policy = format!(
                "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
                 style-src-attr 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
                 form-action 'self'; frame-ancestors {}",
                framed_by.as_deref().unwrap_or("'none'")
            );
            if let Ok(policy) = HeaderValue::from_str(&policy) {
                response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
            }
        }
    }
}

/// What the request brought along.
fn hand_on<T: Clone + Send + Sync + 'static>(parts: &Parts) {
    if let Some(held) = parts.extensions.get::<T>().cloned() {
        provide_context(held);
    }
}

/// A file of `public/`, or else the app's own page for what isn't there.
async fn file_or_not_found(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let lookup = Request::from_parts(parts.clone(), Body::empty());
    let mut files = ServeDir::new(state.options.site_root.as_ref()).append_index_html_on_directories(false);
    match files.try_call(lookup).await {
        Ok(found) if ![StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED].contains(&found.status()) => {
            let mut found = found.into_response();
            // It speaks with the program of the bundle: one isn't older than the other.
            if parts.uri.path().ends_with(".js") {
                found.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            }
            found
        }
        _ if parts.extensions.get::<Arc<Framed>>().is_some() => {
            embed::turn_away(&Request::from_parts(parts, body))
        }
        _ if parts.extensions.get::<Scope>().is_none() => {
            access::turn_away(&Request::from_parts(parts, body))
        }
        _ => {
            let mut response = render(&state, Request::from_parts(parts, body)).await;
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
    }
}

/// The page at a request's address.
pub async fn render(state: &AppState, request: Request) -> Response {
    let options = state.options.clone();
    let page = render_app_async_with_context(contexts(state), move || shell(options.clone()));
    page(request).await
}
