//! A receiver of webhooks, in this process: when each came, and what of it matters here.

use anyhow::Result;
use opencmp_domain::SimId;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
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
    while let Ok(Some(body)) = request(&mut stream) {
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

/// The body of the next request; `None`: the connection is over.
fn request(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<u8>>> {
    let mut length = 0;
    let mut any = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap_or(0);
            }
            None if line.trim_end().is_empty() && any => break,
            _ => {}
        }
        any = true;
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Some(body))
}
