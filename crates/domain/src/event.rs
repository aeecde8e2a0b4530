//! What happened to a SIM: one time line of sessions, network and device changes, findings.

use crate::{ids::SimId, state::coded, time::Timestamp};
use serde::{Deserialize, Serialize};

coded! {
    EventKind {
        SessionStarted = 1 "session_started",
        SessionEnded = 2 "session_ended",
        /// Serving PLMN changed within or between sessions. `from`, `to`: PLMN.
        NetworkChanged = 3 "network_changed",
        /// Radio access changed. `from`, `to`: RAT number.
        RatChanged = 4 "rat_changed",
        /// Another device in the SIM: the first 14 digits differ. `from`, `to`: IMEI.
        DeviceChanged = 5 "device_changed",
        /// Same device, other software version. `from`, `to`: IMEISV.
        SoftwareChanged = 6 "software_changed",
        /// The gateway restarted or shut down (Accounting-On, -Off) and the session with it.
        GatewayRestarted = 7 "gateway_restarted",
        /// Updates are overdue.
        Unconfirmed = 8 "unconfirmed",
        /// Heard of again after being unconfirmed.
        Confirmed = 9 "confirmed",
        /// Closed because nothing was heard for too long.
        StaleClosed = 10 "stale_closed",
        /// Records after the Stop: the session went on.
        Reopened = 11 "reopened",
        /// Counters restarted within a session.
        CounterReset = 12 "counter_reset",
        /// IMSI and MSISDN of a record belong to different SIMs; the IMSI was believed.
        IdentityConflict = 13 "identity_conflict",
        /// Counters grew faster than the radio can carry: kept, flagged.
        ImplausibleRate = 14 "implausible_rate",
        /// The SIM was taken into the inventory.
        Adopted = 15 "adopted",
    }
}

/// Where a page of a time line ends: after `shown` of the events of the instant `at`. An instant may have more events than
/// fit on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineCursor {
    pub at: Timestamp,
    pub shown: u32,
}

impl TimelineCursor {
    /// After the last of `events`, which are newest first.
    pub fn after(events: &[TimelineEvent]) -> Option<Self> {
        let at = events.last()?.at;
        let shown = events.iter().rev().take_while(|event| event.at == at).count();
        Some(Self { at, shown: u32::try_from(shown).unwrap_or(u32::MAX) })
    }

    /// After a page that was asked for with `asked`: an instant may go over several pages.
    pub fn after_page(asked: Option<Self>, page: &[TimelineEvent]) -> Option<Self> {
        let last = Self::after(page)?;
        let before = asked.filter(|asked| asked.at == last.at).map_or(0, |asked| asked.shown);
        Some(Self { shown: last.shown.saturating_add(before), ..last })
    }
}

/// Which events of a SIM's time line are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineFilter {
    /// Those of this kind only.
    pub kind: Option<EventKind>,
    /// Bounds of `at`: `from` included, `until` not.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl TimelineFilter {
    pub fn shows(&self, kind: EventKind) -> bool {
        self.kind.is_none_or(|only| only == kind)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineEvent {
    pub at: Timestamp,
    pub sim: SimId,
    /// The SIM's number, name included, so that a fleet-wide list needs no second look-up.
    pub msisdn: Option<crate::identifier::Msisdn>,
    pub name: Option<String>,
    pub kind: EventKind,
    pub from: Option<String>,
    pub to: Option<String>,
}
