//! The times of a record, as the steps use them.

use crate::{AccountingRecord, FleetConfig, StatusType, instant::secs};

#[derive(Clone, Copy, Debug)]
pub(crate) struct When {
    /// Event time.
    pub at: u32,
    pub received: u32,
    /// Acct-Session-Time; a Start without one is at 0.
    pub session_secs: Option<u32>,
    /// The event time by the gateway's clock, which isn't trusted.
    stated: Option<u32>,
    /// How far apart the origins of one run's records may be.
    pub tolerance: u64,
    /// The same for two event times of the same event.
    pub slack: u64,
}

impl When {
    pub fn of(record: &AccountingRecord<'_>, config: &FleetConfig) -> Self {
        let start = record.status == StatusType::Start;
        let session_secs = record.session_secs.or(start.then_some(0));
        // Clocks of gateways drift: an hour's session may be off by a second, a month's by ten minutes.
        let drift = session_secs.map_or(0, |secs| u64::from(secs) / 4096);
        let (tolerance, slack) = match record.clock_trusted {
            true => (config.origin_tolerance_secs, 1),
            false => (config.origin_tolerance_untrusted_secs, config.origin_tolerance_untrusted_secs),
        };
        Self {
            at: secs(record.event_at),
            received: secs(record.received_at),
            session_secs,
            stated: record.stated_at.map(secs),
            tolerance: u64::from(tolerance) + drift,
            slack: u64::from(slack),
        }
    }

    /// When the session's clock was at 0, by this record.
    pub fn origin(&self) -> Option<i64> {
        self.session_secs.map(|secs| i64::from(self.at) - i64::from(secs))
    }

    /// The same by a clock of the gateway's that isn't trusted.
    pub fn stated_origin(&self) -> Option<i64> {
        Some(i64::from(self.stated?) - i64::from(self.session_secs?))
    }
}
