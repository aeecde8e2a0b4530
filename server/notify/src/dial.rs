//! Connections to peers that an installation names itself: its mail relay, its message centre.

use crate::{Failure, Why};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem, pem::PemObject},
};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// For each of a name's addresses.
const EACH: Duration = Duration::from_secs(5);

/// TLS can't be set up as the configuration says.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("the certificates to trust")]
    Pem(#[source] pem::Error),
    #[error("TLS")]
    Tls(#[from] rustls::Error),
}

/// Trusts the public authorities, and the certificates in `roots` (PEM).
pub(crate) fn tls(roots: Option<&str>) -> Result<Arc<ClientConfig>, TlsError> {
    let mut store = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in CertificateDer::pem_slice_iter(roots.unwrap_or_default().as_bytes()) {
        store.add(certificate.map_err(TlsError::Pem)?)?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    Ok(Arc::new(builder.with_root_certificates(store).with_no_client_auth()))
}

/// The first address that answers. Packets leave at once.
pub(crate) async fn dial(host: &str, port: u16) -> Result<TcpStream, Why> {
    let found = lookup_host((host, port)).await.map_err(|error| Why::new(Failure::Resolve, error))?;
    let mut why = Why::new(Failure::Resolve, "");
    for address in found {
        match timeout(EACH, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                stream.set_nodelay(true).map_err(|error| Why::new(Failure::Connect, error))?;
                return Ok(stream);
            }
            Ok(Err(error)) => why = Why::new(Failure::Connect, error),
            Err(_) => why = Why::new(Failure::Timeout, format!("{EACH:?}")),
        }
    }
    Err(why)
}

pub(crate) async fn secure(
    tls: &Arc<ClientConfig>,
    host: &str,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, Why> {
    let name = ServerName::try_from(host.to_owned()).map_err(|error| Why::new(Failure::Address, error))?;
    TlsConnector::from(tls.clone()).connect(name, stream).await.map_err(|error| {
        let code =
            if error.kind() == io::ErrorKind::ConnectionReset { Failure::Broken } else { Failure::Tls };
        Why::new(code, error)
    })
}
