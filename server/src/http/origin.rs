//! Changes come from our own pages only (cross-site request forgery). Browsers say where a request comes from in
//! `Sec-Fetch-Site`, older ones in `Origin`; a page elsewhere can write neither. Programs that are no browsers send
//! neither, and have no cookies that somebody else could use.

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

pub async fn same_origin_only(request: Request, next: Next) -> Response {
    // A portal's page posts a token into its frame, which proves more than where it comes from.
    let from_a_portal =
        request.extensions().get::<MatchedPath>().is_some_and(|path| path.as_str() == "/embed/{portal}");
    let harmless = from_a_portal || matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if harmless || is_own(request.headers()) {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, "this request comes from another site\n").into_response()
}

fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("-"));
    match text(header::HeaderName::from_static("sec-fetch-site")) {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => match (text(header::ORIGIN), text(header::HOST)) {
            (None, _) => true,
            (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, of)| of == host),
            (Some(_), None) => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_sites_requests_are_known() {
        let own = |pairs: &[(&'static str, &'static str)]| {
            let pairs = pairs.iter().map(|(name, value)| {
                (header::HeaderName::from_static(name), header::HeaderValue::from_static(value))
            });
            is_own(&pairs.collect())
        };
        assert!(own(&[]));
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[("sec-fetch-site", "none")]));
        assert!(!own(&[("sec-fetch-site", "same-site")]));
        assert!(!own(&[("sec-fetch-site", "cross-site"), ("origin", "https://cmp.tw"), ("host", "cmp.tw")]));
        assert!(own(&[("origin", "https://cmp.tw"), ("host", "cmp.tw")]));
        assert!(!own(&[("origin", "https://evil.tw"), ("host", "cmp.tw")]));
        assert!(!own(&[("origin", "null"), ("host", "cmp.tw")]));
        assert!(!own(&[("origin", "https://cmp.tw:8443"), ("host", "cmp.tw")]));
    }
}
