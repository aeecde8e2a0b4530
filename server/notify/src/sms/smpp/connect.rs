//! From nothing to a bound link.

use super::{
    config::SmppConfig,
    pdu::{self, Bind, Body, Pdu, status},
};
use crate::{
    Failure, Why,
    dial::{dial, secure},
};
use bytes::BytesMut;
use std::sync::Arc;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::timeout,
};

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A link that was bound by request 1, and what came with the answer.
pub(super) struct Bound {
    pub stream: Box<dyn Stream>,
    pub input: BytesMut,
}

pub(super) async fn connect(
    config: &SmppConfig,
    tls: Option<&Arc<rustls::ClientConfig>>,
) -> Result<Bound, Why> {
    let waited = |limit| move |_| Why::new(Failure::Timeout, format!("{limit:?}"));
    let limit = config.timing.connect;
    let mut stream = timeout(limit, open(config, tls)).await.map_err(waited(limit))??;
    let limit = config.timing.response;
    let input = timeout(limit, bind(config, &mut stream)).await.map_err(waited(limit))??;
    Ok(Bound { stream, input })
}

async fn open(config: &SmppConfig, tls: Option<&Arc<rustls::ClientConfig>>) -> Result<Box<dyn Stream>, Why> {
    let stream = dial(&config.host, config.port).await?;
    match tls {
        None => Ok(Box::new(stream)),
        Some(tls) => Ok(Box::new(secure(tls, &config.host, stream).await?)),
    }
}

async fn bind(config: &SmppConfig, stream: &mut Box<dyn Stream>) -> Result<BytesMut, Why> {
    let broken = |error: std::io::Error| Why::new(Failure::Broken, error);
    let mut octets = BytesMut::new();
    let bind = Bind {
        system_id: config.login.name.clone(),
        password: config.login.password.expose().to_owned(),
        system_type: config.system_type.clone(),
    };
    Pdu::request(1, Body::BindTransceiver(bind)).write(&mut octets);
    stream.write_all(&octets).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let mut input = BytesMut::new();
    loop {
        let taken = pdu::take(&mut input).map_err(|error| Why::new(Failure::Broken, error))?;
        match taken {
            Some(Pdu { status: status::OK, body: Body::BindTransceiverResp(_), .. }) => return Ok(input),
            Some(Pdu { status, body: Body::BindTransceiverResp(_) | Body::GenericNack, .. }) => {
                return Err(refused(status));
            }
            // Nothing else means anything before that.
            Some(_) => {}
            None => {
                if stream.read_buf(&mut input).await.map_err(broken)? == 0 {
                    return Err(Why::new(Failure::Broken, ""));
                }
            }
        }
    }
}

fn refused(code: u32) -> Why {
    let why = match code {
        status::BIND_FAILED | status::INVALID_PASSWORD | status::INVALID_SYSTEM_ID => Failure::Credentials,
        status::ALREADY_BOUND | status::SYSTEM | status::THROTTLED => Failure::Busy,
        _ => Failure::Rejected,
    };
    Why::new(why, super::status_name(code))
}
