//! What became of telling somebody: a delivery, and its attempts.

use super::channel::ChannelKind;
use crate::{
    ids::{AlertId, ChannelId, DeliveryId},
    state::coded,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

coded! {
    DeliveryState {
        /// It is due at `not_before`, for the first time or again.
        Waiting = 1 "waiting",
        /// A process is at it; another may take over when the lease has run out.
        Leased = 2 "leased",
        /// The peer took it.
        Delivered = 3 "delivered",
        /// The peer took it and says later whether it arrived (SMS).
        Accepted = 4 "accepted",
        /// Given up: shown, told by another channel, and sent again by a button.
        Dead = 5 "dead",
        /// Not sent: what it would have said was no longer so when it might have been said.
        Dropped = 6 "dropped",
        /// The peer may have it. It isn't sent again by itself, because it might come twice: told by another channel, and sent again
        /// by a button.
        Uncertain = 7 "uncertain",
    }
}

impl DeliveryState {
    /// Nobody can count on it: somebody else is told, and a button sends it again.
    pub const fn is_lost(self) -> bool {
        matches!(self, Self::Dead | Self::Uncertain)
    }

    /// Nothing more becomes of it by itself.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Waiting | Self::Leased | Self::Accepted)
    }
}

/// What a message says, in words already: kept with it, so that what is sent again is what was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    Mail {
        subject: String,
        text: String,
        html: String,
    },
    Sms {
        text: String,
    },
    /// `event`: `alert.offline`. `data`: JSON.
    Hook {
        event: String,
        at: Timestamp,
        data: String,
    },
}

impl Content {
    pub const fn kind(&self) -> ChannelKind {
        match self {
            Self::Mail { .. } => ChannelKind::Email,
            Self::Sms { .. } => ChannelKind::Sms,
            Self::Hook { .. } => ChannelKind::Http,
        }
    }
}

/// A line of the delivery log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeliveryLine {
    pub id: DeliveryId,
    pub channel: ChannelId,
    pub channel_name: String,
    /// The address, number or URL. `None`: not for whoever asks.
    pub to: Option<String>,
    pub state: DeliveryState,
    /// Alerts that it is about: several in a digest.
    pub alerts: Vec<AlertId>,
    /// What it said, in a line.
    pub subject: String,
    pub created_at: Timestamp,
    pub not_before: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub attempts: Vec<Attempt>,
}

impl DeliveryLine {
    /// Before it: a page after this begins with it.
    pub const fn before(&self) -> DeliveryCursor {
        DeliveryCursor { created_at: self.created_at, id: DeliveryId(self.id.0 + 1) }
    }
}

/// A page of the delivery log, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DeliveryPage {
    pub lines: Vec<DeliveryLine>,
    pub next: Option<DeliveryCursor>,
}

/// Where a page of the delivery log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryCursor {
    pub created_at: Timestamp,
    pub id: DeliveryId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// 1 for the first.
    pub number: u32,
    pub at: Timestamp,
    pub took_ms: u32,
    /// What the peer said, or why nobody could be asked.
    pub outcome: String,
    pub ok: bool,
}
