//! The Leptos app: its routes, its server functions, its files.

use super::AppState;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, generate_route_list, render_app_async_with_context};
use opencmp_app::{prefs::Prefs, shell};
use opencmp_domain::Scope;
use std::path::Path;
use tower_http::{services::ServeDir, set_header::SetResponseHeader};

pub fn routes(state: &AppState) -> Router<AppState> {
    let options = state.options.clone();
    let app = move || shell(options.clone());
    let routes = generate_route_list(|| opencmp_app::App(opencmp_app::AppProps { prefs: Prefs::current() }));
    let site = Path::new(state.options.site_root.as_ref()).to_owned();
    // Names of files don't change with their content: browsers ask each time and are told when nothing changed.
    let bundle = SetResponseHeader::overriding(
        ServeDir::new(site.join(state.options.site_pkg_dir.as_ref())).precompressed_br().precompressed_gzip(),
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache"),
    );
    Router::new()
        .leptos_routes_with_context(state, routes, contexts(state), app)
        .nest_service("/pkg", bundle)
        .fallback(file_or_not_found)
}

/// What components and server functions ask for: the service, and the scope that the request came with.
fn contexts(state: &AppState) -> impl Fn() + Clone + Send + Sync + 'static {
    let service = state.service.clone();
    move || {
        provide_context(service.clone());
        let scope = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Scope>().cloned());
        if let Some(scope) = scope {
            provide_context(scope);
        }
    }
}

/// A file of `public/`, or else the app's own page for what isn't there.
async fn file_or_not_found(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let lookup = Request::from_parts(parts.clone(), Body::empty());
    let mut files = ServeDir::new(state.options.site_root.as_ref()).append_index_html_on_directories(false);
    match files.try_call(lookup).await {
        Ok(found) if found.status() != StatusCode::NOT_FOUND => found.into_response(),
        _ => {
            let options = state.options.clone();
            let page = render_app_async_with_context(contexts(&state), move || shell(options.clone()));
            let mut response = page(Request::from_parts(parts, body)).await;
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
    }
}
