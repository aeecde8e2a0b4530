//! The fleet in memory, and everything that may be asked of it.

use crate::{AccountingRecord, Effects, FleetConfig, Outcome, SessionSlot, SimSlot};
use opencmp_domain::{
    ConnectionState, Day, Imei, Imsi, LastMessage, Msisdn, NasId, SessionId, SimId, Timestamp, Tz, UsageClassId,
    sim::SimInventory,
    stored::{StoredSession, StoredSimLive, UsageClass},
    usage::UpDown,
};

/// See the crate's documentation for the order of calls.
pub struct Fleet {
    config: FleetConfig,
}

/// What the directory's live columns need of a SIM. `today` and `cycle` are those of its last booked usage: a reader
/// whose day or cycle is later reads 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimView {
    pub id: Option<SimId>,
    pub connection: ConnectionState,
    pub last_message: Option<LastMessage>,
    pub last_access_at: Option<Timestamp>,
    pub today: Day,
    pub today_octets: u64,
    pub cycle_start: Day,
    pub cycle_octets: u64,
    pub total: UpDown,
    /// APN, radio access and network last seen.
    pub class: Option<UsageClassId>,
    pub imei: Option<Imei>,
    pub update_interval_secs: Option<u32>,
    /// All that are open, secondary bearers included.
    pub open_sessions: u32,
}

/// Who a SIM is by its records, for registering it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownSim {
    pub slot: SimSlot,
    pub imsi: Option<Imsi>,
    pub msisdn: Option<Msisdn>,
}

impl Fleet {
    pub fn new(config: FleetConfig) -> Self {
        Self { config }
    }

    // --- Loading, in this order: classes, SIMs, their live rows, sessions, then the marks. ---

    pub fn restore_class(&mut self, class: &UsageClass) {}

    /// Loads or changes a SIM of the inventory, and adopts one that was heard of before it was in the inventory.
    /// After a change of zone or cycle day, today's and the cycle's figures are those of the old ones until
    /// [`Self::restore_sim`] sets them.
    pub fn upsert_sim(&mut self, sim: &SimInventory, zone: Tz, cycle_day: u32) -> SimSlot {
        SimSlot(0)
    }

    /// Sets the live part of a SIM that [`Self::upsert_sim`] loaded; `None` if it wasn't.
    pub fn restore_sim(&mut self, live: &StoredSimLive) -> Option<SimSlot> {
        None
    }

    /// Loads a session: the open ones and those closed within the horizon at start, and any that
    /// [`Self::needs_history`] asked for. One that is in memory already stays as it is. `None`: its SIM isn't loaded.
    pub fn restore_session(&mut self, session: &StoredSession) -> Option<SessionSlot> {
        None
    }

    /// The latest restart of a gateway, so that records from before it that come late are closed by it.
    pub fn restore_gateway(&mut self, nas: NasId, restarted_at: Timestamp) {}

    /// Sessions that were last heard of before this instant may be missing from memory: those closed before the
    /// cut-off of loading.
    pub fn set_forgotten_until(&mut self, at: Timestamp) {}

    /// Ids of sessions are given out from here on (the highest stored one plus one).
    pub fn set_next_session_id(&mut self, id: SessionId) {}

    // --- Running. ---

    /// True when the record's session is not in memory but may have been once: look it up by gateway and
    /// Acct-Session-Id, [`Self::restore_session`] all that are found, then [`Self::apply`]. Otherwise a very late
    /// repetition would count twice. False without a look at memory for most records.
    pub fn needs_history(&self, record: &AccountingRecord<'_>) -> bool {
        false
    }

    pub fn apply(&mut self, record: &AccountingRecord<'_>, effects: &mut Effects) -> Outcome {
        Outcome::NoState
    }

    /// Follows the silence: marks sessions whose updates are overdue, closes those not heard of for too long and forgets
    /// those closed long ago. `now` is the instant up to which everything received has been applied, never the wall
    /// clock while records wait: else a backlog looks like silence.
    pub fn sweep(&mut self, now: Timestamp, effects: &mut Effects) {}

    /// Ends a batch: empties the effects, so that what is touched next is listed again.
    pub fn settle(&mut self, effects: &mut Effects) {}

    /// Everything that changed since the last call, each once, for writing. The slots are good until the next
    /// [`Self::sweep`]: make the rows ([`Self::stored_sim`], [`Self::stored_session`]) before it.
    pub fn take_unsaved(&mut self, sims: &mut Vec<SimSlot>, sessions: &mut Vec<SessionSlot>) {}

    /// Gives a SIM that was heard of for the first time its id.
    pub fn assign_id(&mut self, slot: SimSlot, id: SimId) {}

    // --- Asking. ---

    pub fn slot_of(&self, sim: SimId) -> Option<SimSlot> {
        None
    }

    /// `None` without an id.
    pub fn stored_sim(&self, slot: SimSlot) -> Option<StoredSimLive> {
        None
    }

    /// `None` for a forgotten session and while its SIM has no id.
    pub fn stored_session(&self, slot: SessionSlot) -> Option<StoredSession> {
        None
    }

    pub fn sim_view(&self, slot: SimSlot) -> Option<SimView> {
        None
    }

    /// Identifiers of a SIM without an id.
    pub fn unknown_sim(&self, slot: SimSlot) -> Option<UnknownSim> {
        None
    }

    /// The SIM that a session is of.
    pub fn session_sim(&self, slot: SessionSlot) -> Option<SimSlot> {
        None
    }

    pub fn class(&self, id: UsageClassId) -> Option<&UsageClass> {
        None
    }

    /// Open sessions of a gateway.
    pub fn open_sessions(&self, nas: NasId) -> u64 {
        0
    }

    pub fn sims(&self) -> usize {
        0
    }

    /// Sessions in memory, open and closed.
    pub fn sessions(&self) -> usize {
        0
    }
}
