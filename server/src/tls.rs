//! TLS of our own, for an installation without a proxy in front.

use anyhow::{Context, Result};
use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use axum_server::{Handle, tls_rustls::RustlsConfig};
use std::{
    future::Future,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};
use tokio::net::TcpListener;

/// A renewed certificate is in use after this long.
const LOOK_EVERY: Duration = Duration::from_secs(10);

pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    config: RustlsConfig,
    changed_at: Option<SystemTime>,
}

impl Tls {
    pub async fn load(certificate: &Path, key: &Path) -> Result<Self> {
        opencmp_outbound::provide_tls();
        let config = RustlsConfig::from_pem_file(certificate, key).await.with_context(|| {
            format!("http.tls_certificate {} with http.tls_key {}", certificate.display(), key.display())
        })?;
        let (certificate, key) = (certificate.to_owned(), key.to_owned());
        let changed_at = changed_at(&certificate, &key);
        Ok(Self { certificate, key, config, changed_at })
    }

    /// Until `stop`; then what is open may end.
    pub async fn serve(
        mut self,
        listener: TcpListener,
        router: IntoMakeServiceWithConnectInfo<axum::Router, SocketAddr>,
        stop: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let handle = Handle::new();
        let server = axum_server::from_tcp_rustls(listener.into_std()?, self.config.clone())?;
        let serving = server.handle(handle.clone()).serve(router);
        tokio::pin!(serving, stop);
        loop {
            tokio::select! {
                done = &mut serving => return done,
                () = &mut stop => break,
                () = tokio::time::sleep(LOOK_EVERY) => self.renew().await,
            }
        }
        handle.graceful_shutdown(None);
        serving.await
    }

    /// Takes certificate and key again if they are others. What can't be read is told, and the old ones go on.
    async fn renew(&mut self) {
        let changed_at = changed_at(&self.certificate, &self.key);
        if changed_at == self.changed_at {
            return;
        }
        match self.config.reload_from_pem_file(&self.certificate, &self.key).await {
            Ok(()) => {
                self.changed_at = changed_at;
                tracing::info!(certificate = %self.certificate.display(), "the certificate was renewed");
            }
            Err(error) => {
                tracing::warn!(%error, certificate = %self.certificate.display(), "the new certificate can't be used");
            }
        }
    }
}

/// Of the two files, the later; `None` while one of them isn't there.
fn changed_at(certificate: &Path, key: &Path) -> Option<SystemTime> {
    let of = |path: &Path| path.metadata().and_then(|file| file.modified()).ok();
    Some(of(certificate)?.max(of(key)?))
}
