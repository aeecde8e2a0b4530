//! The stream that SMTP is spoken on. TLS is ours and not the mail library's: what a relay, or somebody on the way, says in
//! the clear after the answer to STARTTLS must not be taken for something that came through TLS (RFC 3207 §6).

use crate::{Failure, Why};
use lettre::transport::smtp::client::AsyncTokioStream;
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

/// Octets of a line, and lines of an answer (RFC 5321 §4.5.3.1).
const MOST_LINE: u64 = 1_000;
const MOST_LINES: usize = 100;

/// Through TLS. After STARTTLS a relay doesn't greet again, which the mail library waits for: so it is greeted here.
#[derive(Debug)]
pub(super) struct Secured {
    stream: TlsStream<TcpStream>,
    greeting: &'static [u8],
}

impl Secured {
    pub fn from_the_first_octet(stream: TlsStream<TcpStream>) -> Self {
        Self { stream, greeting: b"" }
    }

    pub fn after_starttls(stream: TlsStream<TcpStream>) -> Self {
        Self { stream, greeting: b"220 TLS\r\n" }
    }
}

/// As far as the relay's yes to STARTTLS.
pub(super) async fn start_tls(stream: TcpStream, hello: &str) -> Result<TcpStream, Why> {
    let mut stream = BufReader::new(stream);
    answer(&mut stream, "220").await?;
    say(&mut stream, &format!("EHLO {hello}\r\n")).await?;
    let offered = answer(&mut stream, "250").await?;
    if !offered.iter().any(|line| line.eq_ignore_ascii_case("STARTTLS")) {
        return Err(Why::new(Failure::Tls, "STARTTLS"));
    }
    say(&mut stream, "STARTTLS\r\n").await?;
    answer(&mut stream, "220").await?;
    if !stream.buffer().is_empty() {
        return Err(Why::new(Failure::Tls, String::from_utf8_lossy(stream.buffer())));
    }
    Ok(stream.into_inner())
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str) -> Result<(), Why> {
    stream.get_mut().write_all(line.as_bytes()).await.map_err(|error| Why::new(Failure::Broken, error))
}

/// The lines of an answer without their code, which must be `code`.
async fn answer(stream: &mut BufReader<TcpStream>, code: &str) -> Result<Vec<String>, Why> {
    let mut lines = Vec::new();
    while lines.len() < MOST_LINES {
        let mut line = Vec::new();
        let read = (&mut *stream).take(MOST_LINE).read_until(b'\n', &mut line).await;
        read.map_err(|error| Why::new(Failure::Broken, error))?;
        let line = String::from_utf8_lossy(&line);
        let Some(text) = line.trim_end().strip_prefix(code).filter(|_| line.ends_with('\n')) else {
            let refused = line.starts_with(['4', '5']);
            return Err(Why::new(if refused { Failure::Busy } else { Failure::Broken }, line));
        };
        let last = !text.starts_with('-');
        lines.push(text.get(1..).unwrap_or_default().to_owned());
        if last {
            return Ok(lines);
        }
    }
    Err(Why::new(Failure::Broken, format!("> {MOST_LINES}")))
}

impl AsyncTokioStream for Secured {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.get_ref().0.peer_addr()
    }
}

impl AsyncRead for Secured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.greeting.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, into);
        }
        let (now, later) = self.greeting.split_at(self.greeting.len().min(into.remaining()));
        into.put_slice(now);
        self.greeting = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Secured {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
