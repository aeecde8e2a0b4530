//! A receiver of webhooks, in this process: when each came, and what of it matters here.

use crate::http::read_start;
use anyhow::{Context, Result};
use opencmp_domain::SimId;
use serde_json::Value;
use std::{
    io::{BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::mpsc::{Receiver, Sender, channel},
    time::Instant,
};

/// A webhook that came.
pub struct Hook {
    pub at: Instant,
    /// `alert.offline`.
    pub event: String,
    pub sim: Option<SimId>,
}

pub struct Hooks {
    pub address: SocketAddr,
    came: Receiver<Hook>,
}

impl Hooks {
    /// Takes every POST until this process ends.
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (tell, came) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let tell = tell.clone();
                std::thread::spawn(move || while_open(stream, &tell));
            }
        });
        Ok(Self { address, came })
    }

    /// Those that came since the last call.
    pub fn take(&self) -> Vec<Hook> {
        self.came.try_iter().collect()
    }
}

/// Answers what comes by a connection. A sender that goes away is none of our business.
fn while_open(stream: TcpStream, tell: &Sender<Hook>) {
    let mut stream = BufReader::new(stream);
    while let Ok(body) = request(&mut stream) {
        let at = Instant::now();
        if stream.get_mut().write_all(b"HTTP/1.1 204 No Content\r\n\r\n").is_err() {
            return;
        }
        let Ok(said) = serde_json::from_slice::<Value>(&body) else { continue };
        let event = said.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let sim = said.pointer("/data/sim").and_then(Value::as_i64).map(SimId);
        if tell.send(Hook { at, event, sim }).is_err() {
            return;
        }
    }
}

/// The body of the next request.
fn request(stream: &mut BufReader<TcpStream>) -> Result<Vec<u8>> {
    let (_, headers) = read_start(stream)?;
    let length =
        headers.iter().find(|(name, _)| name == "content-length").context("a body of unknown length")?;
    let mut body = vec![0; length.1.parse()?];
    stream.read_exact(&mut body)?;
    Ok(body)
}
