//! What a request brings along: cookies, who is asking and what they reach, the service. Server only.

use crate::{api::ApiError, prefs::Theme};
use axum::http::{
    HeaderValue, StatusCode,
    header::{COOKIE, SET_COOKIE},
    request::Parts,
};
use leptos::prelude::*;
use opencmp_domain::{Lang, Reason, Scope, Tz};
use opencmp_service::{
    Service,
    people::{Caller, Token, Visitor},
};
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

/// A request of a portal's frame: how its page is shown. Where it is in the context, the page has nothing around it, its
/// links stay within `/embed`, and nothing of a person's sign-in or preferences counts.
#[derive(Clone, Default)]
pub struct Framed {
    pub lang: Lang,
    pub theme: Theme,
    /// Of the portal's tenant, until the scope says it.
    pub zone: Option<Tz>,
    /// Whose pages may frame this one; none: nobody's.
    pub framed_by: Vec<String>,
    /// Whom the page speaks to, once the frame is let in.
    pub parent: Option<String>,
    /// A token that a form brought here.
    pub token: Option<String>,
}

pub fn framed() -> Option<Arc<Framed>> {
    use_context::<Arc<Framed>>()
}

/// The language that the request's answer is read in.
pub fn lang_of_request() -> Lang {
    if let Some(framed) = framed() {
        return framed.lang;
    }
    Cookies::of_request().get("lang").and_then(Lang::parse).unwrap_or_default()
}

/// How the cookie that people are signed in by is called and set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInCookie {
    /// Pages come over TLS: the cookie is for nothing else then.
    pub secure: bool,
    pub longest_secs: i64,
}

impl SignInCookie {
    pub fn name(self) -> &'static str {
        // The prefix makes browsers refuse it from anywhere but this host, over TLS (RFC 6265bis §4.1.3.2).
        if self.secure { "__Host-opencmp" } else { "opencmp" }
    }

    /// What a browser is known by on its way to a provider and back.
    pub fn name_on_the_way(self) -> &'static str {
        if self.secure { "__Host-opencmp-way" } else { "opencmp-way" }
    }

    /// What a browser is known by to the throttle, once somebody has signed in there.
    pub fn name_of_browser(self) -> &'static str {
        if self.secure { "__Host-opencmp-browser" } else { "opencmp-browser" }
    }

    /// What a portal's frame is known by.
    pub fn name_of_frame(self) -> &'static str {
        if self.secure { "__Host-opencmp-frame" } else { "opencmp-frame" }
    }

    /// `Set-Cookie` for a frame: one for each site that it is framed by (CHIPS). `None`: without TLS browsers take none that
    /// comes along within another site's page.
    pub fn set_framed(self, value: &str, secs: i64) -> Option<String> {
        let name = self.name_of_frame();
        self.secure.then(|| {
            format!("{name}={value}; Path=/; Max-Age={secs}; HttpOnly; Secure; SameSite=None; Partitioned")
        })
    }

    /// `Set-Cookie` for any other. Lax: it comes along when a provider's page leads here.
    pub fn set(self, name: &str, value: &str, secs: i64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; Max-Age={secs}; HttpOnly; SameSite=Lax{secure}")
    }
}

pub fn service() -> Result<Arc<Service>, ApiError> {
    use_context::<Arc<Service>>().ok_or(ApiError::Unavailable)
}

/// The service, and whose data this request may touch of it.
pub fn backend() -> Result<(Arc<Service>, Scope), ApiError> {
    let scope = use_context::<Scope>().ok_or(ApiError::SignedOut)?;
    Ok((service()?, scope))
}

/// The same, and why, as who asks says.
pub fn backend_because(why: Option<Reason>) -> Result<(Arc<Service>, Scope), ApiError> {
    let (service, scope) = backend()?;
    Ok((service, scope.because(why)))
}

/// Who is asking, signed in altogether.
pub fn signed_in() -> Result<Arc<Caller>, ApiError> {
    use_context::<Scope>().and_then(|_| use_context::<Arc<Caller>>()).ok_or(ApiError::SignedOut)
}

pub fn visitor() -> Visitor {
    use_context::<Visitor>().unwrap_or_default()
}

/// A person's; a frame is nobody's.
pub fn token_of_request() -> Option<Token> {
    if framed().is_some() {
        return None;
    }
    let cookie = use_context::<SignInCookie>()?;
    Token::parse(Cookies::of_request().get(cookie.name())?)
}

/// The answer gives the browser this token, in place of the one that it has.
pub fn keep_token(token: &Token) {
    if let Some(cookie) = use_context::<SignInCookie>() {
        set_cookie(&cookie.set(cookie.name(), token.expose(), cookie.longest_secs));
    }
}

pub fn forget_token() {
    if let Some(cookie) = use_context::<SignInCookie>() {
        set_cookie(&cookie.set(cookie.name(), "", 0));
    }
}

pub fn set_cookie(value: &str) {
    let response = use_context::<leptos_axum::ResponseOptions>();
    if let (Some(response), Ok(value)) = (response, HeaderValue::from_str(value)) {
        response.append_header(SET_COOKIE, value);
    }
}

/// The zone of the tenant in reach, where there is exactly one.
pub fn tenant_zone() -> Option<Tz> {
    let (service, scope) = backend().ok()?;
    Some(service.calendar(Some(scope.only_tenant()?)).zone)
}

/// What an error is to HTTP.
pub fn status_of(error: &ApiError) -> StatusCode {
    match error {
        ApiError::NotFound => StatusCode::NOT_FOUND,
        ApiError::SignedOut => StatusCode::UNAUTHORIZED,
        ApiError::Forbidden => StatusCode::FORBIDDEN,
        ApiError::Invalid { .. } => StatusCode::BAD_REQUEST,
        ApiError::Taken { .. } => StatusCode::CONFLICT,
        ApiError::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        ApiError::Unavailable | ApiError::Network => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// A page that can't be shown is answered with the status that says why.
pub fn set_status(error: &ApiError) {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(status_of(error));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_a_cookie_for_each_site_around_it_or_none() {
        let cookie = |secure| SignInCookie { secure, longest_secs: 60 };
        let set = cookie(true).set_framed("abc", 60).unwrap();
        assert!(set.starts_with("__Host-opencmp-frame=abc; Path=/; "), "{set}");
        for part in ["HttpOnly", "Secure", "SameSite=None", "Partitioned"] {
            assert!(set.split("; ").any(|said| said == part), "{part} in {set}");
        }
        assert_eq!(cookie(false).set_framed("abc", 60), None);
    }
}
