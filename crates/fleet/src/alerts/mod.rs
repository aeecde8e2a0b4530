//! Alerts: what the rules make of records and of silence. Decided here, written by the applier's flush together with the
//! journal position, so that each is there once whatever happens.
//!
//! - [`rules`]: what is looked out for, by place. [`usage`], [`offline`], [`network`], [`device`], [`cause`]: conditions.
//! - [`common`]: what many that are offline have in common.
//! - [`held`]: the alerts that are remembered: those that go on, and those whose rule isn't armed anew yet.
//! - [`unwatched`]: alerts that no rule has come to look out for any more.
//! - [`limit`]: days before a state's time limit. [`due`]: what time brings about.
//!
//! A SIM of a place without rules costs a look at an empty list. Conditions are met by *transitions*: a rule that comes into
//! being says nothing of what has been so for long.

mod cause;
mod common;
mod device;
mod due;
mod held;
mod limit;
mod network;
mod offline;
mod rules;
mod unwatched;
mod usage;

pub(crate) use due::Due;
pub(crate) use held::{Alerts, Raised};
pub(crate) use rules::{Rules, Watch, aims_at};
pub(crate) use usage::Booked;

use crate::{Fleet, SimSlot, instant::secs};
use opencmp_domain::{
    AlertId, Timestamp,
    alert::{StoredAlert, TurnOf, rule::Rule},
};

impl Fleet {
    /// Sets the rules that hold, all tenants', as of `now`; at a start, as of when the rows were written. Groups of a target
    /// are given with all that is nested in them. Alerts of a rule that is gone, or no longer looks out for this, end without a
    /// word; SIMs that are offline are waited for under the new rules, but those that were already late for a rule when it came
    /// aren't.
    pub fn set_rules(&mut self, rules: Vec<Rule>, now: Timestamp) {
        let news = self.alerts.set_rules(Rules::new(rules), secs(now));
        self.placements.follow(self.alerts.rules());
        self.end_unwatched();
        self.wait_for_all_offline(&news);
        self.wait_for_all_limits(&news);
        self.sum_together(&news);
        let rules = self.alerts.rules();
        self.by_device.keep(rules.any_cloned() || rules.most_shared() > 0, &self.sims);
    }

    /// An alert of before this start: one that went on, or ended within the longest time that rules stay disarmed, or told of a
    /// stage that SIMs reached together ([`StoredAlert::is_stage_of_many`]) in the cycle that goes on. After the SIMs, the sessions, and the rules as of when the rows were written.
    pub fn restore_alert(&mut self, stored: &StoredAlert) {
        let sim = stored.sim.and_then(|sim| self.slot_of(sim)).map(|SimSlot(slot)| slot);
        self.alerts.restore(stored, sim);
        if stored.is_stage_of_many() && self.alerts.rules().is_version(stored.rule, stored.rule_version) {
            self.alerts.together.restore(stored.rule, &stored.facts);
        }
        sim.into_iter().for_each(|sim| self.end_unwatched_of(sim));
    }

    /// Ids of alerts are given out from here on (the highest stored one plus one).
    pub fn set_next_alert_id(&mut self, id: AlertId) {
        self.alerts.set_next_id(id);
    }

    /// Alerts that are new or changed since the last call, by rising id, and their turns in the order in which they
    /// happened. What was compared ([`StoredAlert::facts`]) is said once, when an alert is new.
    pub fn take_alerts(&mut self) -> (Vec<StoredAlert>, Vec<TurnOf>) {
        let sims = &self.sims;
        self.alerts.take_unsaved(|slot| sims.at(slot).id)
    }

    /// Alerts that wait to be taken.
    pub fn unsaved_alerts(&self) -> usize {
        self.alerts.unsaved()
    }

    /// Somebody is to be told of what waits to be taken.
    pub fn has_turns(&self) -> bool {
        self.alerts.has_turns()
    }

    /// Raises an alert of a SIM.
    pub(crate) fn raise(&mut self, sim: u32, raised: Raised) {
        let group = self.placements.at(self.sims.at(sim).placement).and_then(|place| place.group());
        self.alerts.raise(sim, group, raised);
    }
}
