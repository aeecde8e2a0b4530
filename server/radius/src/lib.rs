//! The RADIUS accounting listener: datagrams in, verified records out, answers back once they are durable.
//!
//! A datagram's way, on the thread of its socket ([`listener`]):
//! 1. [`batch`] receives up to 64 in one system call.
//! 2. [`clients`] finds the NAS by source address (RFC 2865 §3), [`door`] remembers it; the codec checks structure and hashes. What fails is
//!    counted by [`counters`] and never answered.
//! 3. [`duplicates`] drops what is in flight and answers again what was answered (RFC 5080 §2.2.2).
//! 4. What is new goes to the [`Sink`] as a [`Batch`]. The sink makes it durable and calls [`Replies::send`], which
//!    signs the Accounting-Responses and sends them from the sink's own thread. What isn't replied to is silence, and the
//!    gateway tries again.
//!
//! [`socket`] opens the sockets, [`precedence`] lets others give way to these threads. Threads, not tasks: the work is hashing and
//! system calls. Nothing is allocated per packet once buffers have grown, and locks are taken per batch.

mod batch;
mod clients;
mod counters;
mod door;
mod duplicates;
mod listener;
mod nodes;
pub mod precedence;
mod records;
mod replies;
mod socket;

pub use clients::{Client, Clients};
pub use counters::{Counters, Outcome, SourceSnapshot};
pub use listener::{ListenerConfig, ListenerHandle, spawn};
pub use nodes::AllowedNodes;
pub use records::{Batch, Received};
pub use replies::Replies;

/// Where verified records go.
pub trait Sink: Send + Sync + 'static {
    /// Takes the records. The sink makes them durable and then calls [`Replies::send`]; a batch that is dropped without
    /// is silence, and its records are taken as new when the gateway sends them again.
    fn submit(&self, batch: Batch) -> Result<(), Busy>;
}

/// The sink can't take more now. Not an error towards the gateway: it hears nothing and tries again (RFC 2866 §2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("busy")]
pub struct Busy;

/// Microseconds since 1970 UTC, handed in so that tests own the time.
pub type Clock = std::sync::Arc<dyn Fn() -> i64 + Send + Sync>;
