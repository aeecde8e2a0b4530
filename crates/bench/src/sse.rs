//! The live stream as a browser reads it.

use anyhow::{Context, Result, bail, ensure};
use opencmp_domain::live::LiveUpdate;
use std::{
    io::{BufRead, BufReader, ErrorKind, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// One open stream.
pub struct Stream {
    lines: BufReader<TcpStream>,
    held: String,
}

impl Stream {
    pub fn open(address: SocketAddr, path: &str, cookie: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(request(address, path, cookie).as_bytes())?;
        let mut lines = BufReader::new(stream);
        let mut line = String::new();
        lines.read_line(&mut line)?;
        ensure!(line.contains(" 200 "), "GET {path}: {}", line.trim());
        Ok(Self { lines, held: String::new() })
    }

    pub fn set_timeout(&self, timeout: Duration) -> Result<()> {
        Ok(self.lines.get_ref().set_read_timeout(Some(timeout))?)
    }

    /// The next update; `None` when the time set for that is over.
    pub fn next(&mut self) -> Result<Option<LiveUpdate>> {
        loop {
            // What was read of a line before the time was over stays in `held`.
            match self.lines.read_line(&mut self.held) {
                Ok(0) => bail!("the stream has ended"),
                Ok(_) => {
                    let line = std::mem::take(&mut self.held);
                    if let Some(data) = line.strip_prefix("data:") {
                        return serde_json::from_str(data.trim())
                            .map(Some)
                            .context("an update that can't be read");
                    }
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return Ok(None);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

pub fn request(address: SocketAddr, path: &str, cookie: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\nCookie: {cookie}\r\n\r\n")
}

/// The snapshot that a stream begins with.
pub fn first(address: SocketAddr, path: &str, cookie: &str) -> Result<LiveUpdate> {
    Stream::open(address, path, cookie)?.next()?.with_context(|| format!("GET {path}: no snapshot came"))
}
