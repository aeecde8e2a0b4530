//! How providers are asked. Who sets one up writes an address that this server then opens, so it opens little: TLS, or plain
//! HTTP on this machine; no redirects, no proxies, small answers, a short time. What tenants set up is asked at public
//! addresses only, so that nobody looks into the operator's network with it.

use futures::future::BoxFuture;
use opencmp_outbound::{Networks, body, client};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use std::{error::Error, time::Duration};
use url::{Host, Url};

const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(10);
/// Octets of an answer. A set of keys has some thousands.
const MOST: usize = 512 * 1024;

/// Where a provider may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// In private networks and on this machine too: the operator says so.
    Anywhere,
    Public,
}

pub struct Http {
    client: reqwest::Client,
    reach: Reach,
}

#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("{0} is not an address that providers are asked at")]
    Address(String),
    #[error("the request")]
    Request(#[from] reqwest::Error),
    #[error("the answer has more than {MOST} octets")]
    TooLong,
    #[error("the request can't be written")]
    Written(#[source] Box<dyn Error + Send + Sync>),
}

impl Http {
    pub fn new(reach: Reach) -> Result<Self, HttpError> {
        let networks = match reach {
            Reach::Anywhere => None,
            Reach::Public => Some(Networks::public()),
        };
        Ok(Self { client: client(networks, CONNECT, WHOLE)?, reach })
    }

    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Refuses what is neither TLS nor plain HTTP on this machine.
    pub fn allowed(&self, url: &Url) -> Result<(), HttpError> {
        let named = url.username().is_empty() && url.password().is_none();
        let ok = match (self.reach, url.scheme(), url.host()) {
            (_, "https", None) => false,
            (Reach::Anywhere, "https", Some(_)) => true,
            (Reach::Anywhere, "http", Some(host)) => is_loopback(&host),
            (Reach::Public, "https", Some(host)) => Networks::public().admits_host(&host),
            _ => false,
        };
        if named && ok { Ok(()) } else { Err(HttpError::Address(url.to_string())) }
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        self.allowed(request.url())?;
        let mut answer = self.client.execute(request).await?;
        let mut kept = openidconnect::http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            kept = kept.header(name, value);
        }
        let read = body(&mut answer, MOST).await?;
        if read.cut {
            return Err(HttpError::TooLong);
        }
        kept.body(read.octets).map_err(|error| HttpError::Written(Box::new(error)))
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = BoxFuture<'c, Result<HttpResponse, HttpError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.exchange(request))
    }
}

fn is_loopback<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Ipv4(v4) => v4.is_loopback(),
        Host::Ipv6(v6) => v6.is_loopback(),
        Host::Domain(name) => name.as_ref() == "localhost",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_some_addresses_are_opened() {
        let (anywhere, public) = (Http::new(Reach::Anywhere).unwrap(), Http::new(Reach::Public).unwrap());
        for (url, by_the_operator, by_a_tenant) in [
            ("https://id.example.com/realm", true, true),
            ("https://8.8.8.8/", true, true),
            ("https://10.0.0.1/", true, false),
            ("https://[::1]/", true, false),
            ("https://[::ffff:10.0.0.1]/", true, false),
            ("https://169.254.169.254/", true, false),
            ("http://127.0.0.1:3000/", true, false),
            ("http://localhost:3000/", true, false),
            ("http://id.example.com/", false, false),
            ("http://10.0.0.1/", false, false),
            ("https://user:password@id.example.com/", false, false),
            ("file:///etc/passwd", false, false),
            ("javascript:alert(1)", false, false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(anywhere.allowed(&url).is_ok(), by_the_operator, "{url}");
            assert_eq!(public.allowed(&url).is_ok(), by_a_tenant, "{url}");
        }
    }
}
