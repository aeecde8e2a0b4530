//! A SIM in memory: 112 octets, so that a million fit.

use crate::NONE;
use opencmp_domain::{ConnectionState, LastMessage, stored::Usual};

/// Identifiers are in their packed form, instants in seconds; 0 stands for absent throughout.
pub(crate) struct Sim {
    pub id: i64,
    pub imsi: u64,
    pub msisdn: u64,
    /// The device last seen; implausible ones aren't.
    pub imei: u64,
    pub uplink: u64,
    pub downlink: u64,
    /// Usage of the day `today` and of the cycle that began on `cycle_start`: those of the latest booked usage.
    pub today_octets: u64,
    pub cycle_octets: u64,
    pub today: i32,
    pub cycle_start: i32,
    pub last_access: u32,
    pub class: u32,
    /// Learned interval between updates.
    pub interval: u32,
    /// Head of its sessions, the one opened last first.
    pub sessions: u32,
    /// Where it belongs: tenant, group, tags.
    pub placement: u32,
    /// While it has no open session: since when that counts; 0: it never had one, it isn't known, or it isn't in service, and
    /// wasn't when it went offline.
    pub offline_since: u32,
    /// Learned time between two beginnings of a connection, seconds.
    pub gap: u32,
    /// What it uses on a day as a rule.
    pub usual: Usual,
    /// Open sessions that its connection state follows, and how many of those are overdue.
    pub open: u16,
    pub overdue: u16,
    /// Open sessions, secondary bearers included.
    pub open_all: u16,
    pub last_message: u8,
    pub marks: u8,
}

/// In the current batch's effects.
pub(crate) const TOUCHED: u8 = 1;
/// In the list of what has to be written.
pub(crate) const UNSAVED: u8 = 2;
/// In the inventory: it has a tenant.
pub(crate) const INVENTORY: u8 = 4;
/// In a state in which it isn't used: nobody waits for it.
pub(crate) const OUT_OF_SERVICE: u8 = 8;

impl Default for Sim {
    fn default() -> Self {
        Self {
            id: 0,
            imsi: 0,
            msisdn: 0,
            imei: 0,
            uplink: 0,
            downlink: 0,
            today_octets: 0,
            cycle_octets: 0,
            today: i32::MIN,
            cycle_start: i32::MIN,
            last_access: 0,
            class: 0,
            interval: 0,
            sessions: NONE,
            placement: 0,
            offline_since: 0,
            gap: 0,
            usual: Usual::default(),
            open: 0,
            overdue: 0,
            open_all: 0,
            last_message: 0,
            marks: 0,
        }
    }
}

impl Sim {
    pub fn connection(&self) -> ConnectionState {
        match (self.open, self.overdue) {
            (0, _) => ConnectionState::Disconnected,
            (open, overdue) if overdue >= open => ConnectionState::Unconfirmed,
            _ => ConnectionState::Connected,
        }
    }

    pub fn last_message(&self) -> Option<LastMessage> {
        LastMessage::from_code(self.last_message)
    }

    /// The day that was is over. Days without usage since then count as well, but no more than a week's.
    fn learn_usual(&mut self, day: i32) {
        if self.today == i32::MIN {
            return;
        }
        let silent = day.saturating_sub(self.today).clamp(1, 8) - 1;
        self.usual = (0..silent).fold(self.usual.learn(self.today_octets), |usual, _| usual.learn(0));
    }

    pub fn in_inventory(&self) -> bool {
        self.marks & INVENTORY != 0
    }

    pub fn in_service(&self) -> bool {
        self.marks & OUT_OF_SERVICE == 0
    }

    /// Adds usage to the day and cycle that it is booked to, unless later ones have begun.
    pub fn book(&mut self, day: i32, cycle_start: i32, octets: u64) {
        if day > self.today {
            self.learn_usual(day);
            self.today = day;
            self.today_octets = 0;
        }
        if day == self.today {
            self.today_octets = self.today_octets.saturating_add(octets);
        }
        if cycle_start > self.cycle_start {
            self.cycle_start = cycle_start;
            self.cycle_octets = 0;
        }
        if cycle_start == self.cycle_start {
            self.cycle_octets = self.cycle_octets.saturating_add(octets);
        }
    }
}
