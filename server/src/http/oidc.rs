//! To providers of OpenID Connect and back. What fails leads to the sign-in page, which says why.
//!
//! The way back is a navigation from another site by its nature. What proves that this browser began it is a cookie that
//! only we set, beside the state in the address.

use super::{
    AppState, Listed,
    caller::{cookie, lang},
};
use axum::{
    Form,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use opencmp_app::pages::door::way_on;
use opencmp_domain::provider::Refusal;
use opencmp_service::{
    oidc::{Answer, Finished},
    people::{Token, Visitor},
};
use serde::Deserialize;

/// As long as the way to a provider and back may take.
const ON_THE_WAY_SECS: i64 = 600;
const YEAR_SECS: i64 = 365 * 86_400;

pub fn routes() -> Listed {
    Listed::new()
        .get("/sign-in/oidc/callback", back)
        .get("/sign-in/oidc/{provider}", away)
        .post("/sign-in/oidc/{provider}/logout", logout)
}

#[derive(Deserialize)]
struct Wanted {
    /// Where to, once signed in.
    to: Option<String>,
}

async fn away(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    Query(wanted): Query<Wanted>,
    request: Request,
) -> Response {
    let (headers, visitor) = (request.headers(), visitor(&request));
    // A page elsewhere may lead people here, but neither ask in the background nor in frames of its own (Fetch Metadata): each
    // way that is begun counts for the network that its people are in.
    let said_otherwise = |name: &str, wanted: &str| headers.get(name).is_some_and(|said| said != wanted);
    if said_otherwise("sec-fetch-mode", "navigate") || said_otherwise("sec-fetch-dest", "document") {
        return StatusCode::FORBIDDEN.into_response();
    }
    let on_the_way = state.cookie.name_on_the_way();
    // One for all tabs of a browser: the states tell them apart.
    let browser = cookie(headers, on_the_way).and_then(Token::parse);
    let lang = lang(headers);
    let way_on = way_on(wanted.to);
    match state.service.provider_begin(&visitor, &slug, &way_on, browser, lang.tag()).await {
        Ok(begun) => {
            let kept = state.cookie.set(on_the_way, begun.browser.expose(), ON_THE_WAY_SECS);
            lead(&begun.address, &[kept])
        }
        Err(refusal) => refused(refusal, Some(&slug)),
    }
}

async fn back(State(state): State<AppState>, Query(answer): Query<Answer>, request: Request) -> Response {
    let on_the_way = state.cookie.name_on_the_way();
    let browser = cookie(request.headers(), on_the_way).and_then(Token::parse);
    match state.service.provider_finish(&visitor(&request), browser, answer).await {
        Ok(Finished { token, stage, way_on, slug }) => {
            let to = match stage {
                opencmp_domain::people::Stage::Full => way_on,
                _ => format!("/sign-in?to={}", opencmp_app::dom::url_encode(&way_on)),
            };
            let signed_in = state.cookie.set(state.cookie.name(), token.expose(), state.cookie.longest_secs);
            // The page offers the same way next time.
            let with = state.cookie.set("with", &slug, YEAR_SECS);
            lead(&to, &[signed_in, with, state.cookie.set(on_the_way, "", 0)])
        }
        Err(failed) => refused(failed.refusal, failed.slug.as_deref()),
    }
}

#[derive(Deserialize)]
struct LogoutForm {
    logout_token: String,
}

/// Asked by the provider itself, not by a browser (Back-Channel Logout 1.0 §2.5 and §2.8).
async fn logout(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    axum::Extension(visitor): axum::Extension<Visitor>,
    Form(form): Form<LogoutForm>,
) -> Response {
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    match state.service.provider_logout(&visitor, &slug, &form.logout_token).await {
        Ok(()) => (StatusCode::OK, no_store).into_response(),
        Err(Refusal::TooMany) => (StatusCode::TOO_MANY_REQUESTS, no_store).into_response(),
        Err(Refusal::Unavailable | Refusal::Unreachable) => {
            (StatusCode::SERVICE_UNAVAILABLE, no_store).into_response()
        }
        Err(_) => (StatusCode::BAD_REQUEST, no_store).into_response(),
    }
}

fn visitor(request: &Request) -> Visitor {
    request.extensions().get::<Visitor>().cloned().unwrap_or_default()
}

fn refused(refusal: Refusal, slug: Option<&str>) -> Response {
    let with = slug.map(|slug| format!("&with={}", opencmp_app::dom::url_encode(slug)));
    lead(&format!("/sign-in?failed={}{}", refusal.code(), with.unwrap_or_default()), &[])
}

/// Codes and states are in these addresses: nobody keeps the answer.
fn lead(to: &str, cookies: &[String]) -> Response {
    let Ok(to) = HeaderValue::from_str(&ascii(to)) else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::LOCATION, to);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for kept in cookies.iter().filter_map(|kept| HeaderValue::from_str(kept).ok()) {
        headers.append(header::SET_COOKIE, kept);
    }
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// An address as a header may hold it: what isn't ASCII is escaped, and so are blanks.
fn ascii(address: &str) -> String {
    address.bytes().fold(String::with_capacity(address.len()), |mut out, octet| {
        match octet {
            b'!'..=b'~' => out.push(char::from(octet)),
            _ => out.push_str(&format!("%{octet:02X}")),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_chinese_goes_into_a_header() {
        let answer = lead("/sims?q=\u{5317} x", &[]);
        assert_eq!(answer.headers()[header::LOCATION], "/sims?q=%E5%8C%97%20x");
    }
}
