//! The way of a gateway's records to the server.
//!
//! - [`timer`] – when to send again (RFC 5080 §2.2.1).
//! - [`client`] – one gateway's RADIUS client: identifiers, retransmission, acknowledgements. No socket, no clock.
//! - [`living`] – a thread that runs a [`Core`](crate::Core) in step with a clock and its clients over UDP.

pub mod client;
pub mod living;
pub mod timer;

pub use client::{Client, Stats};
pub use living::{Living, Pace};
use std::net::SocketAddr;

/// The simulated network speaks to this machine only: its packets look like an operator's.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not a loopback address; the simulated network sends to 127.0.0.0/8 only")]
pub struct NotLoopback(pub SocketAddr);

/// Lets loopback targets through. Sources are of IPv4, so the target is too.
pub fn require_loopback(target: SocketAddr) -> Result<SocketAddr, NotLoopback> {
    if target.is_ipv4() && target.ip().is_loopback() { Ok(target) } else { Err(NotLoopback(target)) }
}
