//! A server that takes records and hands them over, in this process: for filling the peer's table with just the sessions
//! that the load generator believes to be open.

use crate::floor;
use anyhow::{Context, Result};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

pub struct Sink<T> {
    pub address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<T>,
}

impl<T: Send + 'static> Sink<T> {
    /// Answers every record; `take` sees each datagram, repeated ones too.
    pub fn start(secret: &str, mut state: T, take: fn(&mut T, &[u8])) -> Result<Self> {
        let socket = floor::socket()?;
        socket.set_read_timeout(Some(Duration::from_millis(20)))?;
        let address = socket.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, secret) = (stop.clone(), secret.as_bytes().to_vec());
        let thread = std::thread::spawn(move || {
            let mut packet = [0; 4096];
            while !stopped.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut packet) else { continue };
                let Some(datagram) = packet.get(..length) else { continue };
                if let Some(answer) = floor::answer(datagram, &secret) {
                    take(&mut state, datagram);
                    let _ = socket.send_to(&answer, from);
                }
            }
            state
        });
        Ok(Self { address, stop, thread })
    }

    pub fn finish(self) -> Result<T> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().ok().context("the sink's thread broke off")
    }
}
