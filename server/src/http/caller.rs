//! Who a request comes from, and what they reach. The only place where a request gets a [`opencmp_domain::Scope`].

use super::{AppState, embed};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{COOKIE, SET_COOKIE, USER_AGENT},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use ipnet::IpNet;
use opencmp_domain::Lang;
use opencmp_service::{
    ServiceError,
    people::{Token, Visitor},
};
use std::net::{IpAddr, SocketAddr};

/// How long a browser is known.
const BROWSER_SECS: i64 = 400 * 86_400;

/// Puts into the request: the visitor; the person and their scope, if somebody is signed in. For a frame's request its own
/// scope, and no person ([`embed`]).
pub async fn attach(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let (browser, given) = match browser(&state, &request) {
        Ok(known) => known,
        Err(error) => return (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response(),
    };
    let visitor = Visitor {
        address: peer.map(|peer| address(peer, request.headers(), &state.proxies)),
        agent: agent.unwrap_or_default().to_owned(),
        browser,
    };
    if embed::is_marked(&request) {
        if let Err(error) = embed::attach(&state, &mut request, &visitor).await {
            return (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response();
        }
    } else if let Some(token) = cookie(request.headers(), state.cookie.name()).and_then(Token::parse) {
        match state.service.caller(&token).await {
            Ok(Some(caller)) => {
                if let Some(scope) = state.service.scope_of(&caller, &visitor) {
                    request.extensions_mut().insert(scope);
                }
                request.extensions_mut().insert(caller);
                request.extensions_mut().insert(token);
            }
            Ok(None) => {}
            // Not signed out: nobody knows at the moment.
            Err(error) => return (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response(),
        }
    }
    request.extensions_mut().insert(visitor);
    let mut response = next.run(request).await;
    if let Some(given) = given {
        response.headers_mut().append(SET_COOKIE, given);
    }
    response
}

/// What the browser is known by, as a hash; and the cookie that it gets where somebody signs in, if it has none.
fn browser(
    state: &AppState,
    request: &Request,
) -> Result<(Option<String>, Option<HeaderValue>), ServiceError> {
    let name = state.cookie.name_of_browser();
    if let Some(known) = cookie(request.headers(), name).and_then(Token::parse) {
        return Ok((Some(known.hash()), None));
    }
    if request.uri().path() != "/fn/sign_in" || embed::is_marked(request) {
        return Ok((None, None));
    }
    let token = Token::random()?;
    let given = HeaderValue::from_str(&state.cookie.set(name, token.expose(), BROWSER_SECS));
    Ok((Some(token.hash()), Some(given.map_err(|_| ServiceError::Unavailable)?)))
}

/// The client's address: the peer's, or what proxies that are ours say it is. Anybody can write that header, so it is read
/// from its end, as long as who wrote the entry is ours.
fn address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let ours = |address: IpAddr| proxies.iter().any(|proxy| proxy.contains(&address.to_canonical()));
    let said = headers.get_all("x-forwarded-for").iter().filter_map(|header| header.to_str().ok());
    let said: Vec<&str> = said.flat_map(|text| text.split(',')).map(str::trim).collect();
    let mut address = peer;
    for entry in said.into_iter().rev() {
        if !ours(address) {
            break;
        }
        let Ok(before) = entry.parse() else { break };
        address = before;
    }
    address.to_canonical()
}

/// What the page is in, which what isn't a page speaks too.
pub fn lang(headers: &HeaderMap) -> Lang {
    cookie(headers, "lang").and_then(Lang::parse).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_proxies_are_believed() {
        let proxies = ["10.0.0.0/8".parse().unwrap()];
        let of = |peer: &str, said: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", said.parse().unwrap());
            address(peer.parse().unwrap(), &headers, &proxies).to_string()
        };
        assert_eq!(of("192.0.2.1", "198.51.100.7"), "192.0.2.1");
        assert_eq!(of("10.0.0.1", "198.51.100.7"), "198.51.100.7");
        assert_eq!(of("10.0.0.1", "203.0.113.9, 198.51.100.7"), "198.51.100.7");
        assert_eq!(of("10.0.0.1", "198.51.100.7, 10.0.0.2"), "198.51.100.7");
        assert_eq!(of("10.0.0.1", "nonsense"), "10.0.0.1");
        assert_eq!(of("::ffff:10.0.0.1", "198.51.100.7"), "198.51.100.7");
    }
}
