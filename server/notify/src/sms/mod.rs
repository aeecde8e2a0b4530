//! Short messages, by one gateway.
//!
//! - [`alphabet`]: how text becomes octets and parts (3GPP TS 23.038, TS 23.040).
//! - [`smpp`]: a short message centre, by SMPP 3.4. It says later what became of each part: a [`Receipt`].
//! - [`http`]: a gateway that takes a POST, by [`template`].
//!
//! A gateway that is asked and doesn't answer may have sent the message. A second copy of an alarm costs money and trust, so
//! by default nothing is sent again then ([`Unanswered`]).

mod alphabet;
pub mod http;
pub mod smpp;
mod template;

pub use alphabet::{Concatenation, parts};

use crate::{MessageId, Outcome, Sms};
use futures::future::BoxFuture;
use opencmp_domain::Timestamp;

pub trait SmsGateway: Send + Sync {
    /// One attempt, at `now`. If it is dropped on its way, the gateway may have the message.
    fn send<'a>(&'a self, id: &'a MessageId, sms: &'a Sms, now: Timestamp) -> BoxFuture<'a, Outcome>;
}

/// What is done about a message that was sent and not answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unanswered {
    /// [`Outcome::Uncertain`]: at most once.
    #[default]
    Leave,
    /// [`Outcome::Again`]: at least once, or where the gateway knows a message by its id.
    SendAgain,
}

/// What became of a part that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// One of [`Outcome::Accepted`]'s.
    pub id: String,
    pub state: ReceiptState,
    /// The network's own code, where there is one.
    pub error: Option<String>,
}

/// SMPP 3.4 §5.2.28.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReceiptState {
    /// On its way; another receipt follows.
    EnRoute,
    Delivered,
    Expired,
    Deleted,
    Undeliverable,
    /// Read by somebody on the subscriber's behalf.
    Accepted,
    Unknown,
    Rejected,
}

impl ReceiptState {
    pub const ALL: [Self; 8] = [
        Self::EnRoute,
        Self::Delivered,
        Self::Expired,
        Self::Deleted,
        Self::Undeliverable,
        Self::Accepted,
        Self::Unknown,
        Self::Rejected,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::EnRoute => "en_route",
            Self::Delivered => "delivered",
            Self::Expired => "expired",
            Self::Deleted => "deleted",
            Self::Undeliverable => "undeliverable",
            Self::Accepted => "accepted",
            Self::Unknown => "unknown",
            Self::Rejected => "rejected",
        }
    }

    /// Nothing more is heard of it.
    pub fn is_final(self) -> bool {
        self != Self::EnRoute
    }

    pub fn arrived(self) -> bool {
        matches!(self, Self::Delivered | Self::Accepted)
    }
}

/// Where receipts go.
pub trait Receipts: Send + Sync + 'static {
    /// Keeps a receipt; `false`: not now, and the message centre sends it again later. It may come before
    /// [`Outcome::Accepted`] was recorded, and more than once.
    fn take(&self, receipt: Receipt) -> BoxFuture<'_, bool>;
}
