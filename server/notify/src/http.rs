//! What both HTTP channels share: one request, one bounded answer, and what an error means.

use crate::schedule::MOST_RETRY_AFTER;
use opencmp_domain::{Timestamp, delivery::Failure};
use opencmp_outbound::{Forbidden, body};
use reqwest::{Client, Request, Response, StatusCode, header::RETRY_AFTER};
use std::{
    error::Error,
    io,
    iter::successors,
    time::{Duration, UNIX_EPOCH},
};

/// Octets of an answer that are read.
const MOST_ANSWER: usize = 8 * 1024;

pub(crate) struct Answer {
    pub status: StatusCode,
    /// From now; bounded.
    pub retry_after: Option<Duration>,
    /// As far as it was read.
    pub text: String,
}

pub(crate) struct Failed {
    pub code: Failure,
    pub detail: String,
    /// There was no connection: the peer has nothing of it.
    pub unsent: bool,
}

/// Once there is a status there is an answer, whatever becomes of the rest.
pub(crate) async fn ask(client: &Client, request: Request, now: Timestamp) -> Result<Answer, Failed> {
    let mut response = client.execute(request).await.map_err(failed)?;
    let read = body(&mut response, MOST_ANSWER).await.unwrap_or_default();
    Ok(Answer {
        status: response.status(),
        retry_after: retry_after(&response, now),
        text: String::from_utf8_lossy(&read.octets).into_owned(),
    })
}

impl Answer {
    /// `HTTP 503: what it said`.
    pub fn said(&self) -> String {
        let code = self.status.as_u16();
        if self.text.trim().is_empty() {
            format!("HTTP {code}")
        } else {
            format!("HTTP {code}: {}", self.text)
        }
    }
}

fn retry_after(response: &Response, now: Timestamp) -> Option<Duration> {
    let said = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    wait(said, now)
}

/// Seconds or a date (RFC 9110 §10.2.3), no more than [`MOST_RETRY_AFTER`].
fn wait(said: &str, now: Timestamp) -> Option<Duration> {
    let said = said.trim();
    let wait = if !said.is_empty() && said.bytes().all(|octet| octet.is_ascii_digit()) {
        // What doesn't fit is longer than long.
        said.parse().map_or(Duration::MAX, Duration::from_secs)
    } else {
        let until = httpdate::parse_http_date(said).ok()?.duration_since(UNIX_EPOCH).ok()?;
        until.saturating_sub(Duration::from_micros(now.0.try_into().ok()?))
    };
    Some(wait.min(MOST_RETRY_AFTER))
}

/// What an error means. The address isn't in it: there may be a key in its query.
fn failed(error: reqwest::Error) -> Failed {
    let unsent = error.is_connect() || error.is_builder();
    let (timeout, malformed) = (error.is_timeout(), error.is_builder());
    let error = error.without_url();
    // Of a chain that has no end, its beginning.
    let causes: Vec<Cause> = successors(error.source(), |cause| below(*cause)).take(16).collect();
    let is = |matches: fn(Cause) -> bool| causes.iter().any(|cause| matches(*cause));
    let code = if is(|cause| cause.is::<Forbidden>()) {
        Failure::Forbidden
    } else if is(|cause| cause.is::<rustls::Error>()) {
        Failure::Tls
    } else if timeout {
        Failure::Timeout
    } else if malformed {
        Failure::Address
    } else if unsent {
        // The system's resolver has no type of its own for its errors.
        let lookup = causes.iter().any(|cause| cause.to_string().contains("dns error"));
        if lookup { Failure::Resolve } else { Failure::Connect }
    } else {
        Failure::Broken
    };
    let detail = causes.last().map_or_else(|| error.to_string(), |cause| cause.to_string());
    Failed { code, detail, unsent }
}

type Cause<'e> = &'e (dyn Error + 'static);

/// An I/O error's own cause is what it was made of, which `source` passes over.
fn below(cause: Cause<'_>) -> Option<Cause<'_>> {
    match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(made_of) => Some(made_of),
        None => cause.source(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_ask_for_patience_in_two_ways_and_in_bounds() {
        let now = Timestamp::from_secs(1_614_265_330);
        for (said, secs) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("999999999", Some(86_400)),
            ("99999999999999999999999", Some(86_400)),
            ("Thu, 25 Feb 2021 15:03:10 GMT", Some(60)),
            ("Thu, 25 Feb 2021 15:00:00 GMT", Some(0)),
            ("Tue, 25 Feb 2031 15:00:00 GMT", Some(86_400)),
            ("soon", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(wait(said, now), secs.map(Duration::from_secs), "{said}");
        }
    }
}
