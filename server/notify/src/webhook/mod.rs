//! HTTP webhooks as in Standard Webhooks 1.0.0.
//!
//! - [`sign`]: secrets and signatures.
//! - Here: where endpoints may be, the request, and what an answer means.
//!
//! Who sets an endpoint up writes an address that this server then opens. It opens the addresses of [`HookPolicy`], over a
//! client without redirects and proxies (`crates/outbound`).

mod sign;

pub use sign::{InvalidSecret, SigningSecret};

use crate::{
    http::{Answer, ask},
    outcome::{Detail, Outcome, Why},
    outgoing::{EventType, Hook, MessageId, Outgoing},
};
use chrono::SecondsFormat;
use opencmp_domain::{Timestamp, delivery::Failure};
use opencmp_outbound::{Networks, client};
use reqwest::{
    Client, Method, Request, StatusCode,
    header::{CONTENT_TYPE, HeaderName, HeaderValue},
};
use serde::Serialize;
use std::time::Duration;
use url::Url;

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");
/// Octets. Receivers are promised about 20 kB; nothing of ours comes near this.
const MOST_BODY: usize = 64 * 1024;
/// Secrets of one endpoint: more than one only while it changes.
const MOST_SECRETS: usize = 4;

/// Where endpoints may be, and how long they may take.
#[derive(Clone, Debug)]
pub struct HookPolicy {
    pub networks: Networks,
    pub ports: Vec<u16>,
    /// Without TLS too: the signature holds, but everybody on the way reads along.
    pub plain_http: bool,
    pub connect: Duration,
    /// From the first packet to the end of the answer.
    pub whole: Duration,
}

impl Default for HookPolicy {
    fn default() -> Self {
        Self {
            networks: Networks::public(),
            ports: vec![80, 443, 8080, 8443],
            plain_http: false,
            connect: Duration::from_secs(5),
            whole: Duration::from_secs(15),
        }
    }
}

/// The client that posts couldn't be made.
#[derive(Debug, thiserror::Error)]
#[error("the client that posts to webhooks")]
pub struct WebhooksError(#[from] reqwest::Error);

pub struct Webhooks {
    client: Client,
    policy: HookPolicy,
}

#[derive(Serialize)]
struct Payload<'a> {
    r#type: &'a str,
    timestamp: String,
    data: &'a serde_json::Value,
}

impl Webhooks {
    pub fn new(policy: HookPolicy) -> Result<Self, WebhooksError> {
        let client = client(Some(policy.networks.clone()), policy.connect, policy.whole)?;
        Ok(Self { client, policy })
    }

    /// Whether an endpoint may be there, for whoever sets one up. A name passes, and is looked at when it is looked up.
    pub fn check(&self, url: &Url) -> Result<(), Why> {
        let scheme = match url.scheme() {
            "https" => true,
            "http" => self.policy.plain_http,
            _ => false,
        };
        if !scheme {
            return Err(Why::new(Failure::Address, url.scheme()));
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(Why::new(Failure::Address, ""));
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Why::new(Failure::Address, "@"));
        }
        if !self.policy.ports.contains(&port) {
            return Err(Why::new(Failure::Forbidden, format!(":{port}")));
        }
        if !self.policy.networks.admits_host(&host) {
            return Err(Why::new(Failure::Forbidden, host));
        }
        Ok(())
    }

    /// One attempt, at `now`.
    pub async fn send(&self, outgoing: &Outgoing, hook: &Hook, now: Timestamp) -> Outcome {
        if let Err(why) = self.check(&hook.url) {
            return Outcome::Refused { why };
        }
        let request = match request(outgoing, hook, now) {
            Ok(request) => request,
            Err(why) => return Outcome::Refused { why },
        };
        match ask(&self.client, request, now).await {
            Ok(answer) => outcome(&answer),
            // Where a name leads can change.
            Err(failed) => Outcome::again(failed.code, failed.detail),
        }
    }
}

/// The same body at every attempt; the time, and so the signature, of this one.
fn request(outgoing: &Outgoing, hook: &Hook, now: Timestamp) -> Result<Request, Why> {
    let body = body(&outgoing.event, outgoing.at, &hook.data)?;
    let signature = signature(&outgoing.id, now, &body, &hook.secrets)?;
    let mut request = Request::new(Method::POST, hook.url.clone());
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(TIMESTAMP, now.secs().into());
    for (name, value) in [(ID, outgoing.id.as_str()), (SIGNATURE, &signature)] {
        let value = HeaderValue::from_str(value).map_err(|error| Why::new(Failure::Address, error))?;
        headers.insert(name, value);
    }
    *request.body_mut() = Some(body.into());
    Ok(request)
}

fn body(event: &EventType, at: Timestamp, data: &serde_json::Value) -> Result<Vec<u8>, Why> {
    let timestamp = at.utc().to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let payload = Payload { r#type: event.as_str(), timestamp, data };
    let body = serde_json::to_vec(&payload).map_err(|error| Why::new(Failure::Rejected, error))?;
    if body.len() > MOST_BODY {
        return Err(Why::new(Failure::TooLong, format!("{} > {MOST_BODY}", body.len())));
    }
    Ok(body)
}

/// By each secret, so that a receiver with any of them is content.
fn signature(id: &MessageId, now: Timestamp, body: &[u8], secrets: &[SigningSecret]) -> Result<String, Why> {
    if secrets.is_empty() {
        return Err(Why::new(Failure::Credentials, ""));
    }
    let each = secrets.iter().take(MOST_SECRETS).map(|secret| secret.sign(id, now.secs(), body));
    Ok(each.collect::<Vec<_>>().join(" "))
}

/// Success is 2xx and nothing else. Whatever else an endpoint says, its owner may mend; except that it is gone.
fn outcome(answer: &Answer) -> Outcome {
    let code = match answer.status {
        status if status.is_success() => return Outcome::Delivered { answer: Detail::new(&answer.text) },
        StatusCode::GONE => return Outcome::Gone { why: Why::new(Failure::Gone, answer.said()) },
        StatusCode::TOO_MANY_REQUESTS => Failure::Throttled,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            Failure::Busy
        }
        status if status.is_redirection() => Failure::Redirect,
        _ => Failure::Status,
    };
    Outcome::Again { why: Why::new(code, answer.said()), not_before: answer.retry_after }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_where_they_may_be() {
        let policy = HookPolicy {
            networks: Networks::public().with(["10.1.0.0/16".parse().unwrap()]),
            plain_http: true,
            ..HookPolicy::default()
        };
        let hooks = Webhooks::new(policy).unwrap();
        let strict = Webhooks::new(HookPolicy::default()).unwrap();
        for (url, refused, by_the_strict) in [
            ("https://example.com/hook", None, None),
            ("https://example.com:8443/hook", None, None),
            ("http://example.com/hook", None, Some(Failure::Address)),
            ("https://10.1.2.3/", None, Some(Failure::Forbidden)),
            ("https://10.2.2.3/", Some(Failure::Forbidden), Some(Failure::Forbidden)),
            ("https://0x0a020203/", Some(Failure::Forbidden), Some(Failure::Forbidden)),
            ("https://[::ffff:127.0.0.1]/", Some(Failure::Forbidden), Some(Failure::Forbidden)),
            ("https://[64:ff9b::7f00:1]/", Some(Failure::Forbidden), Some(Failure::Forbidden)),
            ("https://example.com:22/", Some(Failure::Forbidden), Some(Failure::Forbidden)),
            ("https://u:p@example.com/", Some(Failure::Address), Some(Failure::Address)),
            ("ftp://example.com/", Some(Failure::Address), Some(Failure::Address)),
            ("file:///etc/passwd", Some(Failure::Address), Some(Failure::Address)),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(hooks.check(&url).err().map(|why| why.code), refused, "{url}");
            assert_eq!(strict.check(&url).err().map(|why| why.code), by_the_strict, "{url}");
        }
    }

    #[test]
    fn the_body_is_the_convention_of_standard_webhooks() {
        let event = EventType::try_from("alert.device_offline".to_owned()).unwrap();
        let data = serde_json::json!({ "msisdn": "886400010123456" });
        let body = body(&event, Timestamp::from_secs(1_614_145_368), &data).unwrap();
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"type":"alert.device_offline","timestamp":"2021-02-24T05:42:48Z","data":{"msisdn":"886400010123456"}}"#
        );
        let long = serde_json::json!("x".repeat(MOST_BODY));
        assert_eq!(super::body(&event, Timestamp(0), &long).unwrap_err().code, Failure::TooLong);
    }

    #[test]
    fn only_2xx_is_a_success_and_only_410_is_the_end() {
        let outcome_of = |status: u16| {
            let status = StatusCode::from_u16(status).unwrap();
            outcome(&Answer { status, retry_after: Some(Duration::from_secs(9)), text: "x\r\ny".to_owned() })
        };
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(outcome_of(status), Outcome::Delivered { answer: Detail::new("x y") }, "{status}");
        }
        assert!(matches!(outcome_of(410), Outcome::Gone { .. }));
        for (status, code) in [
            (301, Failure::Redirect),
            (307, Failure::Redirect),
            (400, Failure::Status),
            (404, Failure::Status),
            (429, Failure::Throttled),
            (500, Failure::Status),
            (502, Failure::Busy),
            (503, Failure::Busy),
            (504, Failure::Busy),
        ] {
            let why = Why::new(code, format!("HTTP {status}: x y"));
            assert_eq!(
                outcome_of(status),
                Outcome::Again { why, not_before: Some(Duration::from_secs(9)) },
                "{status}"
            );
        }
    }
}
