//! Changes of SIMs that are wanted and not yet so: 異動需求.

use crate::{
    identifier::Msisdn,
    ids::{AlertId, ChangeId, PlanId, RuleId, SimId, TenantId},
    state::coded,
    time::{Cycle, Day, Timestamp, Tz},
};
use serde::{Deserialize, Serialize};

coded! {
    /// What is to become of a SIM.
    ChangeKind {
        /// 暫停
        Suspend = 1 "suspend",
        /// 停用
        Deactivate = 2 "deactivate",
        /// Its sessions are cut; it may connect again.
        Disconnect = 3 "disconnect",
        /// 鎖定 IMEI: it is let in from the device that it is in, and from no other.
        LockImei = 4 "lock_imei",
        /// Another rate plan.
        ChangePlan = 5 "change_plan",
    }
}

coded! {
    ChangeWhen {
        Now = 1 "now",
        /// When the tenant's next day begins.
        NextDay = 2 "next_day",
        /// When the tenant's next cycle begins.
        NextCycle = 3 "next_cycle",
    }
}

coded! {
    ChangeState {
        /// It isn't due, or whoever carries it out wasn't asked yet.
        Wanted = 1 "wanted",
        /// It was due, and nothing carries such changes out yet. It isn't made up for later.
        NotConnected = 2 "not_connected",
        Done = 3 "done",
        Refused = 4 "refused",
        /// Somebody took it back.
        Withdrawn = 5 "withdrawn",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedChange {
    pub what: ChangeKind,
    /// The plan that it is to have, if it is to have another.
    #[serde(default)]
    pub plan: Option<PlanId>,
    pub when: ChangeWhen,
    /// It is undone when the next cycle begins.
    pub undo: bool,
}

impl WantedChange {
    /// What can't be undone isn't to be, and a plan is named where one is changed.
    pub fn is_sound(self) -> bool {
        !(self.undo && self.what == ChangeKind::Disconnect)
            && self.plan.is_some() == (self.what == ChangeKind::ChangePlan)
    }

    /// When it is due, and when it is undone. Days and cycles are the tenant's; cycles begin on `cycle_day` (1 to 28).
    pub fn due(self, now: Timestamp, zone: Tz, cycle_day: u32) -> (Timestamp, Option<Timestamp>) {
        let next_cycle = |at| Cycle::of(Day::of(at, zone), cycle_day).end_day(cycle_day).start(zone);
        let due = match self.when {
            ChangeWhen::Now => now,
            ChangeWhen::NextDay => Day::of(now, zone).next().start(zone),
            ChangeWhen::NextCycle => next_cycle(now),
        };
        (due, self.undo.then(|| next_cycle(due)))
    }
}

/// A change of a SIM that somebody or something wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRequest {
    pub id: ChangeId,
    pub tenant: TenantId,
    pub sim: SimId,
    /// `None`: the SIM isn't the tenant's any more.
    pub msisdn: Option<Msisdn>,
    pub what: ChangeKind,
    pub plan: Option<PlanId>,
    pub plan_name: Option<String>,
    pub due_at: Timestamp,
    pub undo_at: Option<Timestamp>,
    pub state: ChangeState,
    /// Why it was refused.
    pub answer: String,
    /// The alert that wants it, and its rule.
    pub alert: AlertId,
    pub rule: RuleId,
    pub rule_name: Option<String>,
    pub created_at: Timestamp,
    /// When it came to the state that it is in, if it isn't wanted any more.
    pub closed_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangePage {
    /// Newest first.
    pub lines: Vec<ChangeRequest>,
    /// Where the next page begins; `None`: there is no older one.
    pub next: Option<ChangeId>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DEFAULT_ZONE;

    #[test]
    fn due_by_the_tenants_days_and_cycles() {
        let at = |text: &str| {
            Timestamp::from_secs(chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp())
        };
        let now = at("2026-11-27T23:30:00+08:00");
        for (when, due, undo) in [
            (ChangeWhen::Now, now, "2026-12-05T00:00:00+08:00"),
            (ChangeWhen::NextDay, at("2026-11-28T00:00:00+08:00"), "2026-12-05T00:00:00+08:00"),
            (ChangeWhen::NextCycle, at("2026-12-05T00:00:00+08:00"), "2027-01-05T00:00:00+08:00"),
        ] {
            let wanted = WantedChange { what: ChangeKind::Suspend, plan: None, when, undo: true };
            assert_eq!(wanted.due(now, DEFAULT_ZONE, 5), (due, Some(at(undo))));
            let stays = WantedChange { undo: false, ..wanted };
            assert_eq!(stays.due(now, DEFAULT_ZONE, 5), (due, None));
        }
    }
}
