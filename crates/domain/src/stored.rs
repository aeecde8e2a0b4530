//! The fleet's state as it is written and read back: what the applier's flush holds, row by row.
//!
//! `fleet` makes and takes these, `store` keeps them; neither knows the other.
//!
//! - [`packed`]: a SIM's live part and open sessions as octets.
//! - [`octets`]: numbers as octets.
//! - [`Usual`]: what a SIM uses on a day as a rule.

pub mod octets;
pub mod packed;
mod usual;

pub use packed::PackedSims;
pub use usual::Usual;

use crate::{
    alert::{StoredAlert, TurnOf},
    event::EventKind,
    identifier::{Apn, Imei, Imsi, Msisdn, Plmn},
    ids::{GroupId, NasId, NodeId, SessionId, SimId, TenantId, UsageClassId},
    node::Node,
    session::{CellId, EndCause},
    state::{LastMessage, RatType},
    time::{Day, Hour, Timestamp},
    usage::UpDown,
};
use smallvec::SmallVec;
use std::borrow::Cow;

/// Nobody listened in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence {
    pub began_at: Timestamp,
    pub ended_at: Timestamp,
}

impl Absence {
    /// Gateways send again for about this long: nothing is missed of what is shorter.
    pub const LEAST_SECS: i64 = 30;

    pub fn counts(&self) -> bool {
        self.ended_at.secs_since(self.began_at) >= Self::LEAST_SECS
    }
}

/// A place in the journal: everything before it is included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JournalPosition(pub u64);

/// What usage is booked under, besides time and SIM.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UsageClass {
    pub id: UsageClassId,
    pub apn: Option<Apn>,
    pub rat: Option<RatType>,
    pub plmn: Option<Plmn>,
}

/// The live part of a SIM.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSimLive {
    pub sim: SimId,
    pub last_message: Option<LastMessage>,
    pub last_access_at: Option<Timestamp>,
    /// The device last seen.
    pub imei: Option<Imei>,
    /// APN, radio access and network last seen.
    pub class: Option<UsageClassId>,
    /// The day that `today_octets` is of, in the tenant's zone.
    pub today: Day,
    pub today_octets: u64,
    /// First day of the cycle that `cycle_octets` is of.
    pub cycle_start: Day,
    pub cycle_octets: u64,
    /// Since the SIM was first heard of.
    pub total: UpDown,
    /// Learned interval between updates; 0 while unknown.
    pub update_interval_secs: u32,
    /// An open session's updates are overdue, and that has been told.
    pub unconfirmed: bool,
    /// While it has no open session: since when that counts, for alerts. `None`: it never had one, or the row is from before
    /// this was kept.
    pub offline_since: Option<Timestamp>,
    /// Learned time between two beginnings of a connection; 0 while unknown.
    pub gap_secs: u32,
    pub usual: Usual,
}

/// What is kept of a SIM in one row: its live part, and its open sessions by rising id.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSim {
    pub live: StoredSimLive,
    pub open: SmallVec<[StoredSession; 1]>,
}

/// A run of counters without a restart. Within one, usage is the highest value seen: order and repetition change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterSegment {
    /// When this run's clock (Acct-Session-Time) was zero, by the first record heard of it.
    pub origin_at: Timestamp,
    /// How far the gateway's clock has moved that instant since (drift, a step by NTP).
    pub clock_shift_secs: i32,
    /// Acct-Session-Time from which this run counts: not 0 where the counters restarted and the clock did not.
    pub from_secs: u32,
    /// Highest Acct-Session-Time heard of this run.
    pub last_secs: u32,
    pub uplink: u64,
    pub downlink: u64,
}

/// An Acct-Session-Id. Gateways use 16 octets; a flush of many sessions allocates nothing for them.
pub type SessionName = SmallVec<[u8; 24]>;

/// A data session with all that is needed to go on counting it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSession {
    /// Given out by the applier, rising.
    pub id: SessionId,
    pub sim: SimId,
    pub nas: NasId,
    /// The gateway behind the RADIUS client; `None` in rows from before it was noted.
    pub node: Option<NodeId>,
    /// Opaque octets of the gateway; stored as text by [`escape_octets`].
    pub acct_session_id: SessionName,
    pub started_at: Timestamp,
    /// Latest event time heard.
    pub last_update_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub end_cause: Option<EndCause>,
    /// Never empty; in order of `origin_at` and `from_secs`. Their sum is the session's usage.
    pub segments: SmallVec<[CounterSegment; 1]>,
    /// Acct-Session-Time of the latest record.
    pub session_secs: u32,
    pub class: Option<UsageClassId>,
    pub nsapi: Option<u8>,
    pub cell: Option<CellId>,
    pub imei: Option<Imei>,
    pub ipv4: Option<[u8; 4]>,
    pub ipv6_prefix: Option<([u8; 16], u8)>,
    /// [`crate::session::flags`].
    pub flags: u32,
}

impl StoredSession {
    pub fn usage(&self) -> UpDown {
        let mut sum = UpDown::default();
        for segment in &self.segments {
            sum += UpDown {
                uplink: crate::ByteCount(segment.uplink),
                downlink: crate::ByteCount(segment.downlink),
            };
        }
        sum
    }
}

/// Usage to add to what is already booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourIncrement {
    pub hour: Hour,
    pub sim: SimId,
    pub class: UsageClassId,
    pub uplink: u64,
    pub downlink: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayIncrement {
    pub day: Day,
    pub sim: SimId,
    pub class: UsageClassId,
    pub uplink: u64,
    pub downlink: u64,
}

/// The same, summed over the SIMs of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupHourIncrement {
    pub hour: Hour,
    pub group: GroupId,
    pub class: UsageClassId,
    pub uplink: u64,
    pub downlink: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupDayIncrement {
    pub day: Day,
    pub group: GroupId,
    pub class: UsageClassId,
    pub uplink: u64,
    pub downlink: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvent {
    pub sim: SimId,
    pub at: Timestamp,
    pub kind: EventKind,
    pub from: Option<String>,
    pub to: Option<String>,
}

/// Counts of a group at an instant, for the connected-over-time chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FleetSample {
    pub at: Timestamp,
    pub tenant: TenantId,
    pub group: GroupId,
    pub connected: u64,
    pub unconfirmed: u64,
    pub disconnected: u64,
}

/// What is known of a gateway from its packets.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredNasStatus {
    pub nas: NasId,
    pub last_heard_at: Option<Timestamp>,
    pub restarted_at: Option<Timestamp>,
    /// See [`crate::operator::GatewayStatus`].
    pub wrap_suspected_at: Option<Timestamp>,
    pub clock_offset_ms: Option<i64>,
    pub accepted: u64,
    pub duplicates: u64,
    pub secret_mismatches: u64,
    pub last_mismatch_at: Option<Timestamp>,
    pub malformed: u64,
    /// Packets whose gateway the client may not speak for.
    pub nodes_refused: u64,
}

/// A SIM that the network spoke of and the inventory doesn't know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnknownSubscriber {
    pub imsi: Option<Imsi>,
    pub msisdn: Option<Msisdn>,
    pub first_seen_at: Timestamp,
}

/// One transaction of the applier. Rows are sorted by their keys; increments are already coalesced.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlushBatch {
    /// The part of the journal that `position` is in; 0 where there is one.
    pub partition: u32,
    pub position: JournalPosition,
    /// The inventory that the groups of these sums were taken from; the flush is refused if it has moved on.
    pub inventory_version: i64,
    pub applied_at: Timestamp,
    pub classes: Vec<UsageClass>,
    pub sims: PackedSims,
    /// Those that ended, or changed since; and those that opened: the state of an open session is in its SIM's row.
    pub sessions: Vec<StoredSession>,
    pub hours: Vec<HourIncrement>,
    pub days: Vec<DayIncrement>,
    pub group_hours: Vec<GroupHourIncrement>,
    pub group_days: Vec<GroupDayIncrement>,
    pub events: Vec<StoredEvent>,
    pub samples: Vec<FleetSample>,
    pub nas: Vec<StoredNasStatus>,
    /// Gateways behind RADIUS clients that are new, or said something.
    pub nodes: Vec<Node>,
    /// Alerts that are new or changed, and their turns in the order in which they happened.
    pub alerts: Vec<StoredAlert>,
    pub turns: Vec<TurnOf>,
    /// Rows of causes that were looked at.
    pub causes: Vec<i64>,
}

/// Octets as text, reversibly: printable ASCII stays, a backslash is doubled, everything else is `\xNN`.
pub fn escape_octets(octets: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(octets)
        && octets.iter().all(|octet| matches!(octet, 0x20..=0x7E) && *octet != b'\\')
    {
        return text.into();
    }
    let mut text = String::with_capacity(octets.len());
    for &octet in octets {
        match octet {
            b'\\' => text.push_str("\\\\"),
            0x20..=0x7E => text.push(octet as char),
            _ => text.push_str(&format!("\\x{octet:02x}")),
        }
    }
    text.into()
}

/// The octets that [`escape_octets`] made `text` of; `None` if it didn't.
pub fn unescape_octets(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        if octet != b'\\' {
            octets.push(octet);
            continue;
        }
        match rest.next()? {
            b'\\' => octets.push(b'\\'),
            b'x' => {
                let digits = [rest.next()?, rest.next()?];
                octets.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
            }
            _ => return None,
        }
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn octets_survive_as_text(octets: Vec<u8>) {
            proptest::prop_assert_eq!(unescape_octets(&escape_octets(&octets)), Some(octets));
        }
    }
}
