//! Ahead of a state's time limit (SIM卡生命週期通知): a SIM may be suspended or deactivated for so long, and people are told some days
//! before. Kept of SIMs in such states alone.

use super::{Due, Raised};
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

/// A state that ends some day, and since when a SIM is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limited {
    state: ServiceState,
    since: u32,
}

impl Fleet {
    /// The inventory says which state a SIM is in.
    pub(crate) fn limit_state(&mut self, slot: u32, inventory: &SimInventory) {
        let state = inventory.service_state;
        let since = inventory.state_changed_at.filter(|_| state.most_months().is_some());
        let limited = since.map(|since| Limited { state, since: secs(since) });
        let before = match limited {
            Some(limited) => self.alerts.limited.insert(slot, limited),
            None => self.alerts.limited.remove(&slot),
        };
        if limited.is_some() && before != limited {
            self.wait_for_limit(slot, self.alerts.now, |_| true);
        }
    }

    /// Waits for the days before the limits of all SIMs that have one, under rules that are new here.
    pub(super) fn wait_for_all_limits(&mut self, news: &FxHashSet<RuleId>) {
        if news.is_empty() {
            return;
        }
        let slots: Vec<u32> = self.alerts.limited.keys().copied().collect();
        for slot in slots {
            self.wait_for_limit(slot, self.alerts.now, |rule| news.contains(&rule));
        }
    }

    /// The SIM is in another place, where other rules hold.
    pub(super) fn limit_moved(&mut self, slot: u32) {
        self.wait_for_limit(slot, self.alerts.now, |_| true);
    }

    fn wait_for_limit(&mut self, slot: u32, after: u32, rules: impl Fn(RuleId) -> bool) {
        let Some(limited) = self.alerts.limited.get(&slot).copied() else { return };
        let Some(place) = self.placements.at(self.sims.at(slot).placement) else { return };
        for limits in place.watch.limits.iter().filter(|limits| rules(limits.rule)) {
            for &days in &limits.days_before {
                let Some((_, at)) = self.days_before(slot, limited, days) else { continue };
                // What was so near by the time that the rule came is nothing new.
                if at > after.max(limits.since) {
                    self.alerts
                        .wait(at, Due::Limit { sim: slot, since: limited.since, rule: limits.rule, days });
                }
            }
        }
    }

    /// The limit, and when it is so many days away: as the day begins where the tenant is.
    fn days_before(&self, slot: u32, limited: Limited, days: u16) -> Option<(Day, u32)> {
        let place = self.placements.at(self.sims.at(slot).placement)?;
        let zone = self.calendars.get(place.calendar())?.zone;
        let limit = state_limit(limited.state, timestamp(limited.since), zone)?;
        Some((limit, secs(Day(limit.0.checked_sub(days.into())?).start(zone))))
    }

    /// Raises what was waited for, if the SIM is still in that state and the rule still wants to know, once.
    pub(super) fn limit_near(&mut self, slot: u32, since: u32, rule: RuleId, days: u16, due: u32) {
        let Some(limited) = self.alerts.limited.get(&slot).copied().filter(|held| held.since == since) else {
            return;
        };
        let Some(place) = self.placements.at(self.sims.at(slot).placement) else { return };
        let mut limits = place.watch.limits.iter();
        let wanted = limits.any(|limits| limits.rule == rule && limits.days_before.contains(&days));
        let Some((limit, at)) = self.days_before(slot, limited, days) else { return };
        if !wanted || at != due || self.alerts.began_then(slot, rule, AlertKind::StateLimit, at) {
            return;
        }
        let facts = Facts::default().with("state", limited.state).with("days", days).with("until", limit);
        self.raise(slot, Raised::new(rule, AlertKind::StateLimit, at, facts));
    }
}
