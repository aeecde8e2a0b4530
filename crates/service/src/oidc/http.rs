//! How providers are asked. Who sets one up writes an address that this server then opens, so it opens little: TLS, or plain
//! HTTP on this machine; no redirects, no proxies, small answers, a short time. What tenants set up is asked at public
//! addresses only, so that nobody looks into the operator's network with it.

use futures::future::BoxFuture;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use std::{
    error::Error,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
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

/// The process's default ciphers, which whoever speaks TLS asks for; those that are there already are as good.
pub fn provide_tls() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

impl Http {
    pub fn new(reach: Reach) -> Result<Self, HttpError> {
        provide_tls();
        let builder = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .user_agent(concat!("OpenCMP/", env!("CARGO_PKG_VERSION")));
        let builder = match reach {
            Reach::Anywhere => builder,
            Reach::Public => builder.dns_resolver(Arc::new(PublicOnly)),
        };
        Ok(Self { client: builder.build()?, reach })
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
            (Reach::Public, "https", Some(Host::Ipv4(v4))) => is_public(v4.into()),
            (Reach::Public, "https", Some(Host::Ipv6(v6))) => is_public(v6.into()),
            (Reach::Public, "https", Some(Host::Domain(_))) => true,
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
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await? {
            if body.len() + piece.len() > MOST {
                return Err(HttpError::TooLong);
            }
            body.extend_from_slice(&piece);
        }
        kept.body(body).map_err(|error| HttpError::Written(Box::new(error)))
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

/// Names whose addresses are all private lead nowhere. The connection is made to what was looked at here, so that a name
/// can't mean something else a moment later.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(format!("{} has no public address", name.as_str()).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// What the whole Internet reaches (IANA's registries of special-purpose addresses).
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let special = v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_documentation()
        || v4.is_multicast()
        || a == 0
        || a >= 240
        || (a, b & 0xc0) == (100, 64)
        || (a, b & 0xfe) == (198, 18)
        || (a, b, c) == (192, 0, 0);
    !special
}

/// Global unicast, without documentation and without the forms that have an IPv4 address in them.
fn is_public_v6(v6: Ipv6Addr) -> bool {
    let [a, b, ..] = v6.segments();
    let special = (a, b) == (0x2001, 0xdb8) || (a, b) == (0x2001, 0) || a == 0x2002;
    a & 0xe000 == 0x2000 && !special
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

    #[test]
    fn public_is_what_everybody_reaches() {
        for (address, public) in [
            ("8.8.8.8", true),
            ("10.1.2.3", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("127.0.0.1", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("192.0.0.8", false),
            ("192.168.1.1", false),
            ("198.19.0.1", false),
            ("224.0.0.1", false),
            ("0.0.0.0", false),
            ("255.255.255.255", false),
            ("2606:4700::1111", true),
            ("::1", false),
            ("::", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("ff02::1", false),
            ("64:ff9b::7f00:1", false),
            ("2002:7f00:1::", false),
            ("::ffff:127.0.0.1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_not_public() {
        let resolved = PublicOnly.resolve("localhost".parse().unwrap()).await;
        assert!(resolved.is_err());
    }
}
