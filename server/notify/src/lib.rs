//! The channels by which an alert reaches people and programs. Somebody else leases a delivery, calls the channel and
//! records the attempt; nothing here knows of rules, leases or a database.
//!
//! - [`outgoing`]: what is sent, in words already. [`outcome`]: what became of an attempt. [`schedule`]: when the next one is.
//! - [`channels`]: the channels that an installation has, and one attempt by one of them.
//! - [`email`]: SMTP. [`sms`]: SMPP, or an HTTP gateway. [`webhook`]: HTTP, signed.
//! - [`http`]: what the channels over HTTP share; where they may connect to is `crates/outbound`'s business. [`dial`]: connections
//!   to the peers that an installation names itself.
//!
//! An attempt is a future that can be dropped at any time: what it had begun is given up, and nothing that is shared is left
//! half-way; but the peer may have the message by then, as when the process ends. Every attempt ends by itself, every answer
//! is read up to a bound, and nothing that a peer says is a panic.

mod channels;
mod dial;
pub mod email;
mod http;
pub mod outcome;
pub mod outgoing;
pub mod schedule;
mod secret;
pub mod sms;
pub mod webhook;

pub use channels::Channels;
pub use dial::TlsError;
pub use opencmp_domain::delivery::Failure;
pub use outcome::{Detail, Outcome, Why};
pub use outgoing::{Content, EventType, Hook, InvalidName, Login, Mail, MessageId, Outgoing, Sms};
pub use schedule::{Next, Schedule};
pub use secret::Secret;
