//! A gateway for short messages that takes a POST.

use super::{SmsGateway, Unanswered, template::Values};
use crate::{
    Failure, Login, MessageId, Outcome, Secret, Sms, Why,
    http::{Answer, Failed, ask},
    outcome::Detail,
};
use futures::future::{BoxFuture, FutureExt};
use opencmp_domain::Timestamp;
use opencmp_outbound::{Networks, client};
use reqwest::{
    Client, Method, Request, StatusCode,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use std::time::Duration;
use url::Url;

/// Characters of a text. More is no alarm any more.
const MOST_TEXT: usize = 1_600;

/// `{to}`, `{text}` and `{id}` stand for the number (digits, with the country's code), the text and the message's id; `{user}` and
/// `{password}` for `login`.
#[derive(Clone, Debug)]
pub struct HttpSmsConfig {
    /// Names in its path and query.
    pub url: Url,
    /// Such as `authorization`.
    pub headers: Vec<(String, Secret)>,
    pub body: BodyTemplate,
    pub login: Option<Login>,
    /// What an answer with a 2xx status has in it if the message was taken; left out: the status is enough.
    pub accepted_if: Option<String>,
    /// Where in an answer of JSON the gateway's own id is (RFC 6901), such as `/messages/0/id`.
    pub id_at: Option<String>,
    pub unanswered: Unanswered,
    /// Where the gateway may be; left out: anywhere.
    pub networks: Option<Networks>,
    pub connect: Duration,
    pub whole: Duration,
}

#[derive(Clone, Debug)]
pub enum BodyTemplate {
    /// Names in its strings.
    Json(serde_json::Value),
    /// Names in its values.
    Form(Vec<(String, String)>),
}

#[derive(Debug, thiserror::Error)]
pub enum HttpSmsConfigError {
    #[error("{0} is not an address that messages are posted to")]
    Url(String),
    #[error("the header {0:?} can't be sent")]
    Header(String),
    #[error("the client that posts messages")]
    Client(#[from] reqwest::Error),
}

pub struct HttpSms {
    client: Client,
    headers: HeaderMap,
    config: HttpSmsConfig,
}

impl HttpSms {
    pub fn new(config: HttpSmsConfig) -> Result<Self, HttpSmsConfigError> {
        if !matches!(config.url.scheme(), "http" | "https") || config.url.host().is_none() {
            return Err(HttpSmsConfigError::Url(config.url.scheme().to_owned()));
        }
        let mut headers = HeaderMap::new();
        let content_type = match config.body {
            BodyTemplate::Json(_) => "application/json",
            BodyTemplate::Form(_) => "application/x-www-form-urlencoded",
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        for (name, value) in &config.headers {
            let unfit = || HttpSmsConfigError::Header(name.clone());
            let mut value = HeaderValue::from_str(value.expose()).map_err(|_| unfit())?;
            value.set_sensitive(true);
            headers.insert(HeaderName::try_from(name.as_str()).map_err(|_| unfit())?, value);
        }
        let client = client(config.networks.clone(), config.connect, config.whole)?;
        Ok(Self { client, headers, config })
    }

    async fn attempt(&self, id: &MessageId, sms: &Sms, now: Timestamp) -> Outcome {
        let length = sms.text.chars().count();
        if length > MOST_TEXT {
            return Outcome::refused(Failure::TooLong, format!("{length} > {MOST_TEXT}"));
        }
        let request = self.request(id, sms);
        let forbidden =
            |networks: &Networks| request.url().host().is_some_and(|host| !networks.admits_host(&host));
        if self.config.networks.as_ref().is_some_and(forbidden) {
            return Outcome::refused(Failure::Forbidden, "");
        }
        match ask(&self.client, request, now).await {
            Ok(answer) => self.outcome(&answer),
            Err(Failed { code, detail, unsent: true }) => Outcome::again(code, self.hushed(&detail)),
            Err(failed) => self.unanswered(self.hushed(&failed.detail)),
        }
    }

    fn request(&self, id: &MessageId, sms: &Sms) -> Request {
        let to = sms.to.to_string();
        let (user, password) = match &self.config.login {
            Some(login) => (login.name.as_str(), login.password.expose()),
            None => ("", ""),
        };
        let values = Values { to: &to, text: &sms.text, id: id.as_str(), user, password };
        let mut request = Request::new(Method::POST, values.url(&self.config.url));
        *request.headers_mut() = self.headers.clone();
        let body = match &self.config.body {
            BodyTemplate::Json(template) => values.json(template).to_string(),
            BodyTemplate::Form(template) => values.form(template),
        };
        *request.body_mut() = Some(body.into());
        request
    }

    fn outcome(&self, answer: &Answer) -> Outcome {
        let said = self.hushed(&answer.said());
        let again = |code| Outcome::Again { why: Why::new(code, &said), not_before: answer.retry_after };
        match answer.status {
            status if status.is_success() => match &self.config.accepted_if {
                Some(mark) if !answer.text.contains(mark.as_str()) => {
                    Outcome::refused(Failure::Rejected, said)
                }
                _ => Outcome::Delivered { answer: Detail::new(self.hushed(&self.own_id(answer))) },
            },
            StatusCode::TOO_MANY_REQUESTS => again(Failure::Throttled),
            StatusCode::SERVICE_UNAVAILABLE => again(Failure::Busy),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => again(Failure::Credentials),
            status if status.is_redirection() => again(Failure::Redirect),
            // Whoever stands before the gateway doesn't know what it did.
            status if status.is_server_error() => self.unanswered(said),
            _ => Outcome::refused(Failure::Rejected, said),
        }
    }

    fn unanswered(&self, detail: String) -> Outcome {
        let why = Why::new(Failure::Unanswered, detail);
        match self.config.unanswered {
            Unanswered::Leave => Outcome::Uncertain { why },
            Unanswered::SendAgain => Outcome::Again { why, not_before: None },
        }
    }

    /// What the gateway calls the message, else the beginning of what it said.
    fn own_id(&self, answer: &Answer) -> String {
        let found = self.config.id_at.as_ref().and_then(|pointer| {
            let document: serde_json::Value = serde_json::from_str(&answer.text).ok()?;
            match document.pointer(pointer)? {
                serde_json::Value::String(id) => Some(id.clone()),
                other => Some(other.to_string()),
            }
        });
        found.unwrap_or_else(|| answer.text.clone())
    }

    /// What a gateway says may repeat what it was sent; what is secret isn't repeated further.
    fn hushed(&self, said: &str) -> String {
        let secrets = self.config.headers.iter().map(|(_, value)| value.expose());
        // `Bearer KEY`: the key by itself too.
        let secrets = secrets.flat_map(|value| [Some(value), value.split_once(' ').map(|(_, key)| key)]);
        let password = self.config.login.iter().map(|login| login.password.expose());
        let secrets = secrets.flatten().chain(password).filter(|secret| secret.len() >= 4);
        secrets.fold(said.to_owned(), |said, secret| said.replace(secret, "…"))
    }
}

impl SmsGateway for HttpSms {
    fn send<'a>(&'a self, id: &'a MessageId, sms: &'a Sms, now: Timestamp) -> BoxFuture<'a, Outcome> {
        self.attempt(id, sms, now).boxed()
    }
}
