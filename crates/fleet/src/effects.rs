//! What a record did. The lists are reused from batch to batch: [`crate::Fleet::settle`] empties them.

use crate::{SessionSlot, SimSlot};
use opencmp_domain::{
    Day, Hour, NasId, Timestamp, UsageClassId, event::EventKind, session::EndCause, stored::UsageClass,
};

/// What came of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It said something new.
    Applied,
    /// All of it was known: a repetition, or overtaken by a later record.
    Repeated,
    /// Neither IMSI nor MSISDN, nor a known session. Kept raw, nothing follows.
    Unidentified,
    /// Accounting-On or -Off: so many sessions went with the gateway. See [`Effects::restarts`].
    GatewayRestarted { closed: u32 },
    /// A status that no state follows.
    NoState,
}

/// Everything touched since [`crate::Fleet::settle`]. A SIM or session that was touched twice is listed once.
#[derive(Debug, Default)]
pub struct Effects {
    pub sims: Vec<SimSlot>,
    pub sessions: Vec<SessionSlot>,
    /// To be added to what is booked. Not coalesced: the same hour, SIM and class may come again.
    pub usage: Vec<UsagePiece>,
    pub events: Vec<FleetEvent>,
    /// Heard of for the first time: they have no id until [`crate::Fleet::assign_id`].
    pub new_sims: Vec<SimSlot>,
    pub new_classes: Vec<UsageClass>,
    pub restarts: Vec<GatewayRestart>,
    /// Gateways whose counters seem to wrap at 32 bits and which aren't marked so.
    pub wraps: Vec<GatewayWrap>,
    /// For who watches now. [`crate::Fleet::turn_event`] makes an event of one.
    pub turns: Vec<SessionTurn>,
}

/// Usage of one SIM within one hour and one local day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsagePiece {
    pub sim: SimSlot,
    pub hour: Hour,
    /// In the tenant's zone.
    pub day: Day,
    pub class: UsageClassId,
    pub uplink: u64,
    pub downlink: u64,
}

/// Something for the SIM's time line. Beginnings and ends of sessions are not among them: the session rows say those,
/// and a gateway's restart is one [`GatewayRestart`], not an event for each of its SIMs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetEvent {
    pub sim: SimSlot,
    pub at: Timestamp,
    pub kind: EventKind,
    pub from: Option<String>,
    pub to: Option<String>,
}

/// A session began or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTurn {
    pub session: SessionSlot,
    pub ended: bool,
}

/// A counter fell from above 2³¹ while its session went on, and the record carried no Gigawords (sanity list 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GatewayWrap {
    pub nas: NasId,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GatewayRestart {
    pub nas: NasId,
    pub at: Timestamp,
    /// [`EndCause::NAS_REBOOT`] (On) or [`EndCause::ADMIN_REBOOT`] (Off).
    pub cause: EndCause,
    /// Sessions that it ended; 0 when it was repeated.
    pub closed: u32,
}
