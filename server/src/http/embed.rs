//! Life inside a portal's frame: tokens for the portal's backend, the frame's first page, and who a frame's request is from.
//!
//! A request of a frame is marked: by its path, or by a header that only our own script in the frame sends. For one that is
//! marked nothing counts but the frame's own proof, and for any other that counts nothing: whoever is signed in to the
//! platform in the same browser brings none of it into a frame.

use super::{AppState, Listed, access, caller::cookie, pages};
use axum::{
    Form, Json,
    body::Body,
    extract::{Request, State, rejection::JsonRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, SecondsFormat, Utc};
use opencmp_app::{prefs::Theme, request::Framed};
use opencmp_domain::{Lang, PortalId, portal::FRAME_ROOT};
use opencmp_service::{
    ServiceError,
    people::{Token, Visitor},
    portals::FrameAsk,
};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// What the script in a frame says with each of its requests.
const MARK: &str = "x-opencmp-frame";

pub fn routes() -> Listed {
    Listed::new().post("/embed/token", token).post("/embed/{portal}", enter)
}

/// Made by a frame.
pub fn is_marked(request: &Request) -> bool {
    let within = |path: &str| path.strip_prefix(FRAME_ROOT).is_some_and(|rest| rest.starts_with('/'));
    let path = request.uri().path();
    // A backend asks for tokens, not a frame.
    (within(path) && path != "/embed/token") || request.headers().contains_key(MARK)
}

/// Puts into a marked request how its page is shown; and the scope and the frame's token, if it was let in.
pub async fn attach(state: &AppState, request: &mut Request, visitor: &Visitor) -> Result<(), ServiceError> {
    let path = request.uri().path();
    let framed = match path.strip_prefix("/embed/").and_then(|id| id.parse().ok()) {
        Some(portal) => {
            first_page(state, PortalId(portal), request.uri().query().unwrap_or_default()).await?
        }
        None => let_in(state, request, visitor).await?,
    };
    request.extensions_mut().insert(Arc::new(framed));
    Ok(())
}

/// The first page has nothing of anybody in it: whichever of the portal's pages opens it may frame it.
async fn first_page(state: &AppState, portal: PortalId, query: &str) -> Result<Framed, ServiceError> {
    let said = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let portal = state.service.portal_framed_by(portal).await?;
    Ok(Framed {
        lang: said("lang").and_then(Lang::parse).unwrap_or_default(),
        theme: said("theme").and_then(Theme::parse).unwrap_or_default(),
        zone: portal.as_ref().map(|portal| state.service.calendar(Some(portal.tenant)).zone),
        framed_by: portal.map(|portal| portal.said.origins).unwrap_or_default(),
        ..Framed::default()
    })
}

async fn let_in(state: &AppState, request: &mut Request, visitor: &Visitor) -> Result<Framed, ServiceError> {
    let headers = request.headers();
    let bearer = headers.get(header::AUTHORIZATION).and_then(|said| said.to_str().ok());
    let bearer = bearer.and_then(|said| said.strip_prefix("Bearer ")).and_then(Token::parse);
    let kept = cookie(headers, state.cookie.name_of_frame()).and_then(Token::parse);
    let Some(token) = bearer.or(kept) else { return Ok(Framed::default()) };
    let Some(frame) = state.service.frame(&token).await? else { return Ok(Framed::default()) };
    request.extensions_mut().insert(state.service.scope_of_frame(&frame, visitor));
    request.extensions_mut().insert(token);
    Ok(Framed {
        lang: Lang::parse(&frame.let_in.lang).unwrap_or_default(),
        theme: Theme::parse(&frame.let_in.theme).unwrap_or_default(),
        framed_by: vec![frame.let_in.parent_origin.clone()],
        parent: Some(frame.let_in.parent_origin.clone()),
        ..Framed::default()
    })
}

/// For a portal's backend, which has no cookies and proves itself with its key.
async fn token(
    State(state): State<AppState>,
    axum::Extension(visitor): axum::Extension<Visitor>,
    headers: HeaderMap,
    ask: Result<Json<FrameAsk>, JsonRejection>,
) -> Response {
    let ask = match ask {
        Ok(Json(ask)) => ask,
        Err(rejection) => {
            return refused(StatusCode::BAD_REQUEST, "invalid", Some("body"), &rejection.body_text());
        }
    };
    let key = headers.get(header::AUTHORIZATION).and_then(|said| said.to_str().ok());
    let key = key.and_then(|said| said.strip_prefix("Bearer "));
    match state.service.frame_token(&visitor, key, &ask).await {
        Ok(granted) => {
            let (base, lang) = (&state.address, granted.lang.code());
            let page = format!("{base}/embed/{}?lang={lang}&theme={}", granted.portal, granted.theme);
            let expires_at: DateTime<Utc> = granted.expires_at.utc();
            let answer = json!({
                "token": granted.token,
                // The fragment stays in the browser: it is in no log.
                "url": format!("{page}#{}", granted.token),
                // For a form that posts the token instead.
                "action": page,
                "expires_at": expires_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            });
            ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
        }
        Err(error) => {
            let text = error.to_string();
            match error {
                ServiceError::Invalid { field, message } => {
                    refused(StatusCode::BAD_REQUEST, "invalid", Some(field), &message)
                }
                ServiceError::Forbidden => {
                    refused(StatusCode::UNAUTHORIZED, "key", None, "no portal has this key")
                }
                ServiceError::TooMany { .. } => {
                    refused(StatusCode::TOO_MANY_REQUESTS, "too_many", None, &text)
                }
                _ => refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable", None, &text),
            }
        }
    }
}

fn refused(status: StatusCode, error: &str, field: Option<&str>, message: &str) -> Response {
    let told = json!({ "error": error, "field": field, "message": message });
    (status, [(header::CACHE_CONTROL, "no-store")], Json(told)).into_response()
}

#[derive(Deserialize)]
struct Posted {
    token: String,
}

/// The first page with the token that a form posted. It comes from another site by its nature; what it brings is good
/// once, and the page does with it what it does with one from the address.
async fn enter(State(state): State<AppState>, mut request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let again = Request::from_parts(parts.clone(), body);
    let posted = match <Form<Posted> as axum::extract::FromRequest<_>>::from_request(again, &state).await {
        Ok(Form(posted)) => posted,
        Err(rejection) => return rejection.into_response(),
    };
    request = Request::from_parts(parts, Body::empty());
    *request.method_mut() = Method::GET;
    if let Some(framed) = request.extensions_mut().get_mut::<Arc<Framed>>() {
        Arc::make_mut(framed).token = Some(posted.token);
    }
    let mut response = pages::render(&state, request).await;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Pages that nobody may frame say so to old browsers as well; the others can't, since that header has no list.
pub async fn forbid_framing(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let policy = response.headers().get(header::CONTENT_SECURITY_POLICY).and_then(|said| said.to_str().ok());
    let may_be_framed = policy.is_some_and(|policy| {
        policy.contains("frame-ancestors") && !policy.contains("frame-ancestors 'none'")
    });
    if !may_be_framed {
        response.headers_mut().insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    response
}

/// What a frame may come to at an address that is open to everybody: the way in, and nothing that is about people.
pub fn may_come_in(path: &str) -> bool {
    path.starts_with("/embed/") || path == "/fn/embed_exchange"
}

/// A frame whose time is over, or a page that isn't for frames.
pub fn turn_away(request: &Request) -> Response {
    let signed_out = opencmp_app::api::ApiError::SignedOut;
    access::refuse(request, StatusCode::UNAUTHORIZED, &signed_out)
}
