//! TLS of our own, and the token with which a program reads the metrics.

use crate::support::{Site, eventually};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::{io::Write, process::Stdio, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer},
};

/// Writes a certificate for localhost and its key; who trusts it.
fn certify(site: &Site) -> TlsConnector {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    // The key first: the two are read when the certificate has changed, too.
    std::fs::write(site.path("key.pem"), signing_key.serialize_pem()).unwrap();
    std::fs::write(site.path("certificate.pem"), cert.pem()).unwrap();
    trust(cert.der())
}

fn trust(certificate: &CertificateDer<'static>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// The whole answer; `None`: no connection, or not to whom the connector trusts.
async fn ask(site: &Site, by: &TlsConnector, request: &str) -> Option<String> {
    let connection = TcpStream::connect(site.http).await.ok()?;
    let mut stream = by.connect("localhost".try_into().unwrap(), connection).await.ok()?;
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    // A server that closes without saying so has still answered.
    let _ = stream.read_to_end(&mut answer).await;
    Some(String::from_utf8_lossy(&answer).into_owned())
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

#[tokio::test]
async fn pages_come_over_tls_and_a_renewed_certificate_is_taken() {
    let site = Site::new();
    let site = {
        let (certificate, key) = (site.path("certificate.pem"), site.path("key.pem"));
        site.with("OPENCMP_HTTP__TLS_CERTIFICATE", certificate.to_str().unwrap())
            .with("OPENCMP_HTTP__TLS_KEY", key.to_str().unwrap())
    };
    let client = certify(&site);
    site.import("大甲水務", "imsi,msisdn\n001010000000001,0400010000001\n");
    let server = site.spawn();
    eventually("it is ready", async || {
        let answer = ask(&site, &client, &get("/readyz")).await;
        answer.is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
    })
    .await;
    let answer = ask(&site, &client, &get("/sign-in")).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age="), "{answer}");
    let mut add =
        site.command(&["person", "add", "root@example.com", "--name", "Root", "--role", "tenant_viewer"]);
    let add = add.args(["--tenant", "大甲水務", "--password-stdin"]).stdin(Stdio::piped());
    let mut add = add.stdout(Stdio::null()).spawn().unwrap();
    add.stdin.take().unwrap().write_all(b"three quiet herons\n").unwrap();
    assert!(add.wait().unwrap().success());
    let body = r#"{"email":"root@example.com","password":"three quiet herons"}"#;
    let request = format!(
        "POST /fn/sign_in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nOrigin: https://localhost\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = ask(&site, &client, &request).await.unwrap();
    let cookie =
        answer.lines().find(|line| line.starts_with("set-cookie: ")).unwrap_or_else(|| panic!("{answer}"));
    assert!(
        cookie.contains("__Host-") && cookie.contains("Secure") && cookie.contains("HttpOnly"),
        "{cookie}"
    );
    assert!(server.said().contains("https://127.0.0.1:"), "{}", server.said());

    let plain = server.http.try_get("/readyz").await;
    assert!(plain.is_none_or(|answer| answer.status != 200), "nothing is said in the clear");

    let renewed = certify(&site);
    eventually("the new certificate is in use", async || {
        ask(&site, &renewed, &get("/readyz")).await.is_some()
    })
    .await;
    assert!(ask(&site, &client, &get("/readyz")).await.is_none(), "the old one isn't");

    // A broken one changes nothing.
    std::fs::write(site.path("certificate.pem"), "nonsense").unwrap();
    eventually("it is told", async || server.said().contains("can't be used")).await;
    assert!(ask(&site, &renewed, &get("/readyz")).await.is_some());
}

#[tokio::test]
async fn a_program_reads_the_metrics_with_their_token_and_nothing_else() {
    let site = Site::new().with("OPENCMP_HTTP__METRICS_TOKEN", "a token of its own");
    let server = site.start().await;
    let with = |said: &str| server.http.with_header(said);
    let answer = with("Authorization: Bearer a token of its own").get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("opencmp_radius_packets_total"), "{}", answer.text());
    for said in ["Authorization: Bearer another", "Authorization: Bearer ", "X-Nothing: 1"] {
        assert_eq!(with(said).get("/metrics").await.status, 401, "{said}");
    }
    for path in ["/fn/operator_status", "/download/sims.csv"] {
        let answer = with("Authorization: Bearer a token of its own").get(path).await;
        assert_ne!(answer.status, 200, "{path}");
    }
}
