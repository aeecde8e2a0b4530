//! Files to keep: the SIM list and the event history as CSV or XLSX, a SIM's sessions and time line as CSV, the usage page as PDF or CSV.
//!
//! - [`sims`], [`alerts`], [`sessions`], [`events`], [`usage`], [`audit`], [`cells`]: what the files hold.
//! - [`stream`]: how files of any size leave without being in memory.
//!
//! Language and time zone are the page's, by the same cookies; formats are `opencmp_service::export`'s.

mod alerts;
mod audit;
mod cells;
mod events;
mod sessions;
mod sims;
mod stream;
mod usage;

use super::{
    Listed,
    caller::{cookie, lang},
};
use axum::{
    Extension,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use opencmp_app::{
    api::ApiError,
    i18n::{Texts, texts_in},
    request::status_of,
};
use opencmp_domain::{Day, Scope, SimId, Timestamp, Tz, time::offered_zone};
use opencmp_service::{Service, ServiceError, export::Identifiers};
use std::collections::HashMap;

pub fn routes() -> Listed {
    let mut listed = Listed::new()
        .get("/download/sims.csv", sims::csv)
        .get("/download/cells.csv", cells::csv)
        .get("/download/sims.xlsx", sims::xlsx)
        .get("/download/alerts.csv", alerts::csv)
        .get("/download/alerts.xlsx", alerts::xlsx)
        .get("/download/sessions.csv", sessions::csv)
        .get("/download/events.csv", events::csv)
        .get("/download/usage.csv", usage::csv)
        .get("/download/usage.pdf", usage::pdf)
        .get("/download/audit.jsonl", audit::jsonl);
    listed.router = listed.router.route_layer(middleware::from_fn(in_words));
    listed
}

/// A query's pairs.
type Pairs = HashMap<String, String>;

/// In which words and whose time a file is written.
#[derive(Clone, Copy)]
struct Reader {
    texts: &'static Texts,
    zone: Tz,
}

impl Reader {
    fn of(headers: &HeaderMap, service: &Service, scope: &Scope) -> Self {
        let zone = cookie(headers, "tz").and_then(offered_zone);
        Self {
            texts: texts_in(lang(headers)),
            zone: zone.unwrap_or_else(|| service.calendar(scope.only_tenant()).zone),
        }
    }

    fn local(&self, at: Timestamp) -> chrono::NaiveDateTime {
        at.utc().with_timezone(&self.zone).naive_local()
    }
}

fn sim_of(pairs: &Pairs) -> Result<SimId, Refusal> {
    let text = pairs.get("sim").map(String::as_str).unwrap_or_default();
    text.parse().map_err(|_| invalid("sim", format!("{text:?} is not a SIM's id")))
}

fn day_of(pairs: &Pairs, name: &str) -> Result<Option<Day>, Refusal> {
    let Some(text) = pairs.get(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    text.parse().map(Some).map_err(|message: String| invalid(name, message))
}

/// `plain=1`: identifiers as bare digits, for programs rather than spreadsheets.
fn identifiers(pairs: &Pairs) -> Identifiers {
    match pairs.get("plain").map(String::as_str) {
        Some("1") => Identifiers::Plain,
        _ => Identifiers::ForSpreadsheets,
    }
}

/// Why there is no file.
enum Refusal {
    Said(ApiError),
    Broken,
}

fn invalid(field: &str, message: String) -> Refusal {
    Refusal::Said(ApiError::Invalid { field: field.to_owned(), message })
}

/// What a query says of one of its parameters: `name: what is wrong with it`.
fn named(said: String) -> Refusal {
    let (field, message) = said.split_once(": ").unwrap_or(("", &said));
    invalid(field, message.to_owned())
}

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Self {
        Self::Said(error.into())
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Said(error)
    }
}

impl IntoResponse for Refusal {
    /// [`in_words`] says it.
    fn into_response(self) -> Response {
        let (status, error) = match self {
            Self::Said(error) => (status_of(&error), error),
            Self::Broken => (StatusCode::INTERNAL_SERVER_ERROR, ApiError::Unavailable),
        };
        (status, Extension(Refused(error))).into_response()
    }
}

#[derive(Clone)]
struct Refused(ApiError);

/// A person followed the link, or a program did: a refusal is a line in the page's language.
async fn in_words(request: Request, next: Next) -> Response {
    let texts = texts_in(lang(request.headers()));
    let response = next.run(request).await;
    let Some(Refused(error)) = response.extensions().get() else { return response };
    (response.status(), format!("{}\n", texts.error(error))).into_response()
}

/// A file's name in the reader's words, and in ASCII for programs that know no other.
struct FileName {
    full: String,
    ascii: String,
}

impl FileName {
    /// `kind` in both languages, then parts that are the same in either.
    fn new(texts: &Texts, kind: (&str, &str), rest: &str) -> Self {
        let (chinese, english) = kind;
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
        let chosen = if texts.is_chinese() { chinese } else { english };
        Self {
            full: format!("{chosen}{rest}"),
            ascii: format!("{english}{rest}").chars().map(plain).collect(),
        }
    }

    /// Headers of a file with this name (RFC 6266, RFC 8187).
    fn headers(&self, kind: &'static str) -> [(header::HeaderName, String); 3] {
        let mut encoded = String::with_capacity(self.full.len() * 3);
        for octet in self.full.bytes() {
            match octet {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' => encoded.push(octet as char),
                _ => encoded.push_str(&format!("%{octet:02X}")),
            }
        }
        let disposition = format!("attachment; filename=\"{}\"; filename*=UTF-8''{encoded}", self.ascii);
        [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
            // What is in the file is as old as the request.
            (header::CACHE_CONTROL, "private, no-store".to_owned()),
        ]
    }
}

/// A part of a file's name: what file systems object to becomes a hyphen.
fn name_part(text: &str) -> String {
    let kept: String = text
        .chars()
        .map(|c| if c.is_control() || "\\/:*?\"<>|".contains(c) || c.is_whitespace() { '-' } else { c })
        .take(40)
        .collect();
    kept.trim_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_app::i18n::Lang;

    #[test]
    fn a_files_name_may_be_chinese() {
        let rest = format!("-{}.csv", name_part("北區/台北 監測"));
        let name = FileName::new(texts_in(Lang::ZhTw), ("用量", "usage"), &rest);
        assert_eq!(
            name.headers("text/csv")[1].1,
            "attachment; filename=\"usage-__-__-__.csv\"; filename*=UTF-8''%E7%94%A8%E9%87%8F-\
             %E5%8C%97%E5%8D%80-%E5%8F%B0%E5%8C%97-%E7%9B%A3%E6%B8%AC.csv"
        );
        assert_eq!(FileName::new(texts_in(Lang::En), ("用量", "usage"), "-a.csv").full, "usage-a.csv");
        assert_eq!(name_part("../../etc"), "etc");
    }
}
