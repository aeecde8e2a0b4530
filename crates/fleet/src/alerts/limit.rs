//! Ahead of a state's time limit (SIM卡生命週期通知): a SIM may be suspended or deactivated for so long, and people are told some days
//! before. Kept of SIMs in such states alone.

use super::{Due, Raised, rules::Limits};
use crate::{
    Fleet,
    instant::{secs, timestamp},
};
use opencmp_domain::{
    Day, RuleId, ServiceState,
    alert::{AlertKind, Facts},
    sim::SimInventory,
    state::state_limit,
};
use rustc_hash::FxHashSet;
use smallvec::SmallVec;

/// A state that ends some day, and since when a SIM is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limited {
    state: ServiceState,
    since: u32,
    /// When it is looked at next; 0: it isn't.
    armed: u32,
}

impl Fleet {
    /// The inventory says which state a SIM is in.
    pub(crate) fn limit_state(&mut self, slot: u32, inventory: &SimInventory) {
        let state = inventory.service_state;
        let since = inventory.state_changed_at.filter(|_| state.most_months().is_some()).map(secs);
        let held = self.alerts.limited.get(&slot).map(|held| (held.state, held.since));
        match since {
            None => drop(self.alerts.limited.remove(&slot)),
            Some(since) if held == Some((state, since)) => {}
            Some(since) => {
                self.alerts.limited.insert(slot, Limited { state, since, armed: 0 });
                self.wait_for_limit(slot, self.alerts.now);
            }
        }
    }

    /// Waits for the days before the limits of all SIMs that have one, if rules are new here.
    pub(super) fn wait_for_all_limits(&mut self, news: &FxHashSet<RuleId>) {
        if news.is_empty() {
            return;
        }
        let slots: Vec<u32> = self.alerts.limited.keys().copied().collect();
        slots.into_iter().for_each(|slot| self.wait_for_limit(slot, self.alerts.now));
    }

    /// The SIM is in another place, where other rules hold.
    pub(super) fn limit_moved(&mut self, slot: u32) {
        self.wait_for_limit(slot, self.alerts.now);
    }

    /// Sees to it that the SIM is looked at on the next day that a rule asks for, after `after`.
    fn wait_for_limit(&mut self, slot: u32, after: u32) {
        let Some(limited) = self.alerts.limited.get(&slot).copied() else { return };
        let next =
            self.days_before(slot, limited).into_iter().map(|near| near.at).filter(|at| *at > after).min();
        let Some(at) = next.filter(|at| limited.armed <= after || *at < limited.armed) else { return };
        self.alerts.limited.insert(slot, Limited { armed: at, ..limited });
        self.alerts.wait(at, Due::Limit { sim: slot, since: limited.since });
    }

    /// The days before its limit that rules ask for, as they begin where the tenant is. What was so near by the time that a rule
    /// came is nothing new.
    fn days_before(&self, slot: u32, limited: Limited) -> SmallVec<[Near; 4]> {
        let near = || {
            let place = self.placements.at(self.sims.at(slot).placement)?;
            let zone = self.calendars.get(place.calendar())?.zone;
            let until = state_limit(limited.state, timestamp(limited.since), zone)?;
            let near = |rule, days: u16| {
                let day = Day(until.0.saturating_sub(days.into()));
                Near { rule, days, until, at: secs(day.start(zone)) }
            };
            let of = |limits: &Limits| {
                let (rule, since) = (limits.rule, limits.since);
                let all = limits.days_before.iter().map(|days| near(rule, *days));
                all.filter(|near| near.at > since).collect::<SmallVec<[Near; 4]>>()
            };
            Some(place.watch.limits.iter().flat_map(of).collect())
        };
        near().unwrap_or_default()
    }

    /// Raises what was waited for, if the SIM is still in that state, and waits for what is next.
    pub(super) fn limit_near(&mut self, slot: u32, since: u32, at: u32) {
        let Some(limited) = self.alerts.limited.get(&slot).copied() else { return };
        if (limited.since, limited.armed) != (since, at) {
            return;
        }
        for Near { rule, days, until, .. } in
            self.days_before(slot, limited).into_iter().filter(|near| near.at == at)
        {
            if !self.alerts.began_then(slot, rule, AlertKind::StateLimit, at) {
                let facts = Facts::default().with("state", limited.state).with("days", days);
                let facts = facts.with("until", until);
                self.raise(slot, Raised::new(rule, AlertKind::StateLimit, at, facts));
            }
        }
        self.wait_for_limit(slot, at);
    }
}

/// So many days before a limit, for a rule.
struct Near {
    rule: RuleId,
    days: u16,
    until: Day,
    at: u32,
}
