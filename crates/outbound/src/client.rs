//! The HTTP client, its resolver, and bounded answers.

use crate::{Networks, provide_tls};
use reqwest::{
    Client, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use std::{net::SocketAddr, sync::Arc, time::Duration};

/// Without `networks` it connects anywhere. `whole`: until the end of the answer.
pub fn client(networks: Option<Networks>, connect: Duration, whole: Duration) -> reqwest::Result<Client> {
    provide_tls();
    let builder = Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .connect_timeout(connect)
        .timeout(whole)
        .user_agent(concat!("OpenCMP/", env!("CARGO_PKG_VERSION")));
    match networks {
        None => builder,
        Some(networks) => builder.dns_resolver(Arc::new(Only(Arc::new(networks)))),
    }
    .build()
}

/// The beginning of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    pub octets: Vec<u8>,
    /// There was more, which wasn't read.
    pub cut: bool,
}

/// Reads no more than `most` octets.
pub async fn body(answer: &mut Response, most: usize) -> reqwest::Result<Body> {
    let mut body = Body::default();
    while let Some(piece) = answer.chunk().await? {
        let room = most - body.octets.len();
        body.octets.extend(piece.iter().take(room));
        if piece.len() > room {
            body.cut = true;
            break;
        }
    }
    Ok(body)
}

/// A name all of whose addresses are elsewhere than one may connect to. It is in the chain of the request's error.
#[derive(Debug, thiserror::Error)]
#[error("{0} has no public address")]
pub struct Forbidden(String);

/// Looks names up, and keeps the addresses that may be connected to.
struct Only(Arc<Networks>);

impl Resolve for Only {
    fn resolve(&self, name: Name) -> Resolving {
        let networks = self.0.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let admitted: Vec<SocketAddr> = found.filter(|address| networks.admits(address.ip())).collect();
            if admitted.is_empty() {
                return Err(Forbidden(name.as_str().to_owned()).into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_of_this_machine_is_not_public() {
        let resolved = Only(Arc::new(Networks::public())).resolve("localhost".parse().unwrap()).await;
        assert!(resolved.is_err_and(|error| error.is::<Forbidden>()));
        let opened = Networks::public().with(["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()]);
        assert!(Only(Arc::new(opened)).resolve("localhost".parse().unwrap()).await.is_ok());
    }
}
