//! Small doors to the browser. Called from effects and event handlers only; the server never runs these,
//! but for those about addresses.

use leptos::{leptos_dom::helpers::document, prelude::*};
use opencmp_domain::{Timestamp, portal::FRAME_ROOT};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

const YEAR_SECS: u32 = 365 * 86_400;

/// An attribute of `<html>`, where the server leaves what it decided.
pub fn page_attribute(name: &str) -> Option<String> {
    document().document_element()?.get_attribute(name)
}

pub fn set_page_attribute(name: &str, value: &str) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute(name, value);
    }
}

/// This page is in a portal's frame.
pub fn is_framed() -> bool {
    #[cfg(feature = "ssr")]
    return crate::request::framed().is_some();
    #[cfg(not(feature = "ssr"))]
    page_attribute("data-frame").is_some()
}

/// Where a page of ours is: in a portal's frame, within it. Of `/sims`, `/sims/7`, `/usage` and `/alerts`; frames have no
/// others.
pub fn at(path: &str) -> String {
    if is_framed() { format!("{FRAME_ROOT}{path}") } else { path.to_owned() }
}

/// The browser's own clock.
pub fn browser_now() -> Timestamp {
    Timestamp((js_sys::Date::now() * 1000.0) as i64)
}

pub fn set_cookie(name: &str, value: &str) {
    let page: web_sys::HtmlDocument = document().unchecked_into();
    let _ = page.set_cookie(&format!("{name}={value}; path=/; max-age={YEAR_SECS}; samesite=lax"));
}

/// The address's path.
pub fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// Loads the same address again, for what is fixed while a page lives.
pub fn reload() {
    let _ = window().location().reload();
}

/// Loads another address as a new page.
pub fn load(address: &str) {
    let _ = window().location().set_href(address);
}

/// True while nobody can see the page: its tab is in the background.
pub fn is_hidden() -> bool {
    document().hidden()
}

pub fn focus(selector: &str) -> bool {
    match document().query_selector(selector) {
        Ok(Some(found)) => found.dyn_into::<HtmlElement>().is_ok_and(|element| element.focus().is_ok()),
        _ => false,
    }
}

/// True while keys belong to a field or a dialog, not to the page.
pub fn is_typing(event: &web_sys::KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else {
        return false;
    };
    target.closest("input, textarea, select, dialog, [contenteditable]").is_ok_and(|found| found.is_some())
}

/// Text safe in a URL's query.
pub fn url_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b',' => {
                out.push(byte as char);
            }
            _ => {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                out.push('%');
                out.push(HEX[usize::from(byte >> 4)] as char);
                out.push(HEX[usize::from(byte & 15)] as char);
            }
        }
    }
    out
}

/// `path?a=1&b=2`; the path alone without pairs.
pub fn url(path: &str, pairs: &[(&str, String)]) -> String {
    let query: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{name}={}", url_encode(value))).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_query_survives_in_a_url() {
        let url = super::url("/sims", &[("q", "桃園 1&2".into()), ("cols", "a,b".into())]);
        assert_eq!(url, "/sims?q=%E6%A1%83%E5%9C%92%201%262&cols=a,b");
        assert_eq!(super::url("/sims", &[]), "/sims");
    }
}
