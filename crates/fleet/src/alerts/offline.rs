//! 設備斷線: a SIM has been offline for longer than its rules have it (5, 8, 19, 20). It is over when the SIM connects.
//!
//! Time counts from when the SIM was last connected; where that is learned late, or a gateway took many SIMs with it, from
//! when it is learned: nobody is told "now" of what is over by the next record. A gateway's restart is one alert, and those of
//! its SIMs that don't come back are parts of it. A SIM that connects within seconds of disconnecting is no longer offline
//! before anybody could be told; when it does so again and again, that is one alert, which needs nobody.
//!
//! A SIM that isn't in service is meant to be silent. Once it is in service again, it is waited for after its next connection.

use super::{
    Due, Raised,
    common::{COMMON, may_be_common},
    rules::Offline,
};
use crate::{
    Fleet, NONE,
    instant::{secs, timestamp},
    sim,
};
use opencmp_domain::{
    AlertId, RuleId, ServiceState,
    alert::{AlertKind, Facts, StoredAlert},
    session::EndCause,
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Ordering;

/// A disconnection that is learned of later than this is late.
const LATE_SECS: u32 = 60;
/// Most devices that are there are heard of within this.
const HEARD_WITHIN_SECS: u32 = 3600;
/// A SIM that is back within this was hardly away.
const FLAP_SECS: u32 = 5;
/// So many such, each within [`FLAP_WITHIN_SECS`] of the one before, are flapping.
const FLAPS: u32 = 3;
const FLAP_WITHIN_SECS: u32 = 300;

#[derive(Clone, Copy, Default)]
pub(crate) struct Flaps {
    first: u32,
    last: u32,
    times: u32,
    /// The alert that counts them, if there is one; one rule's is enough.
    alert: Option<AlertId>,
}

impl Flaps {
    /// As the alert has counted them.
    pub fn counted(alert: &StoredAlert, last: u32) -> Self {
        Self { first: secs(alert.began_at), last, times: alert.times, alert: Some(alert.id) }
    }
}

/// What offline SIMs have in common: the rule that waited for them, and the gateway that restarted.
type Restart = (RuleId, u32);

impl Fleet {
    /// The last of the SIM's sessions ended.
    pub(crate) fn went_offline(&mut self, sim: u32, at: u32, cause: EndCause) {
        let now = self.alerts.now;
        let late = now.saturating_sub(at) > LATE_SECS && cause != EndCause::STALE;
        let restart = matches!(cause, EndCause::NAS_REBOOT | EndCause::ADMIN_REBOOT);
        let since = if late || restart { at.max(now) } else { at };
        let held = self.sims.at_mut(sim);
        held.offline_since = if held.in_service() { since.max(1) } else { 0 };
        self.wait_for(sim, 0, |_| true);
    }

    /// The inventory says which state a SIM is in.
    pub(crate) fn follow_service(&mut self, sim: u32, state: ServiceState) {
        let held = self.sims.at_mut(sim);
        if held.in_service() == state.is_in_service() {
            return;
        }
        held.marks ^= sim::OUT_OF_SERVICE;
        if !held.in_service() {
            if std::mem::take(&mut held.offline_since) != 0 {
                self.save_sim(sim);
            }
            self.end_unwatched_of(sim);
        }
    }

    /// Looks at an offline SIM again when it will be late under these rules, unless it was by `after`.
    fn wait_for(&mut self, sim: u32, after: u32, rules: impl Fn(&Offline) -> bool) {
        let held = self.sims.at(sim);
        let since = held.offline_since;
        if held.open != 0 || since == 0 {
            return;
        }
        let Some(place) = self.placements.at(held.placement) else { return };
        for offline in place.watch.offline.iter().filter(|offline| rules(offline)) {
            if let Some(at) = self.late_at(sim, offline).filter(|at| *at > after) {
                self.alerts.wait(at, Due::Offline { sim, since, rule: offline.rule });
            }
        }
    }

    /// When an offline SIM is late under a rule; never, while nothing is learned of a device that may report rarely.
    fn late_at(&self, sim: u32, offline: &Offline) -> Option<u32> {
        let held = self.sims.at(sim);
        let late = held.offline_since.saturating_add(offline.after_secs);
        // A sixteenth is an hour and a half of a day: what a device that reports daily may be off.
        let usual = held.gap.saturating_add(held.gap / 16);
        if !offline.learned {
            // What nothing is known of is waited for as most are: those that are there are heard of within an hour.
            let again = if held.gap == 0 { HEARD_WITHIN_SECS } else { usual };
            return Some(self.absences.put_off(held.offline_since, late, again.min(offline.after_secs)));
        }
        if held.gap == 0 {
            return None;
        }
        // Sessions that ended long ago are forgotten; then since it went offline, which is later by that session's length.
        let began = self.last_beginnings(sim).0.unwrap_or(held.offline_since);
        let late = late.max(began.saturating_add(usual));
        Some(self.absences.put_off(began.min(held.offline_since), late, usual))
    }

    /// When the SIM's latest session began, and the one before it, of those that are remembered.
    fn last_beginnings(&self, sim: u32) -> (Option<u32>, Option<u32>) {
        let (mut last, mut before) = (None, None);
        let mut slot = self.sims.at(sim).sessions;
        while slot != NONE {
            let session = self.sessions.at(slot);
            let began = Some(session.started).filter(|_| !session.is_secondary());
            (last, before) = (last.max(began), before.max(last.min(began)));
            slot = session.next;
        }
        (last, before)
    }

    /// Learns how far apart a SIM's connections begin: a longer distance is believed in half, so that a lost day doesn't
    /// double it, a shorter one in an eighth.
    fn learn_gap(&mut self, sim: u32) {
        let (Some(last), Some(before)) = self.last_beginnings(sim) else { return };
        let seen = last.saturating_sub(before);
        let held = self.sims.at_mut(sim);
        held.gap = match held.gap {
            _ if seen == 0 => return,
            0 => seen,
            known if seen >= known => known.saturating_add((seen - known).div_ceil(2)),
            known => known - (known - seen) / 8,
        };
    }

    /// Waits for the SIMs that are offline and weren't late when the rules came, under rules that are new here.
    pub(super) fn wait_for_all_offline(&mut self, news: &FxHashSet<RuleId>) {
        if news.is_empty() {
            return;
        }
        for sim in 0..self.sims.len() {
            // Late by the time that the rule came is nothing new; `now` is later, or as of the rows.
            let now = self.alerts.now;
            let places = self.placements.at(self.sims.at(sim).placement);
            let since = places.into_iter().flat_map(|place| &place.watch.offline);
            let latest =
                since.filter(|offline| news.contains(&offline.rule)).map(|offline| offline.since).max();
            let Some(latest) = latest else { continue };
            self.wait_for(sim, now.max(latest), |offline| news.contains(&offline.rule));
        }
    }

    /// The SIM is in another place than before, where others wait for it.
    pub(crate) fn moved(&mut self, sim: u32, before: u32) {
        self.moved_together(sim, before);
        self.wait_for(sim, self.alerts.now, |_| true);
        self.limit_moved(sim);
        self.end_unwatched_of(sim);
    }

    /// The SIM has a session again.
    pub(crate) fn came_online(&mut self, sim: u32, at: u32) {
        let since = std::mem::take(&mut self.sims.at_mut(sim).offline_since);
        self.learn_gap(sim);
        if self.alerts.any_of(sim) {
            self.alerts.end(sim, AlertKind::Offline, at.max(since), |_| true);
        }
        if since != 0 && at >= since && at - since <= FLAP_SECS {
            self.flapped(sim, at);
        }
    }

    fn flapped(&mut self, sim: u32, at: u32) {
        let place = self.placements.at(self.sims.at(sim).placement);
        let Some(rule) = place.and_then(|place| place.watch.offline.first()).map(|offline| offline.rule)
        else {
            return;
        };
        let mut flaps = self.alerts.flaps.get(&sim).copied().unwrap_or_default();
        if at.saturating_sub(flaps.last) > FLAP_WITHIN_SECS {
            flaps = Flaps { first: at, ..Flaps::default() };
        }
        flaps = Flaps { last: at, times: flaps.times + 1, ..flaps };
        match flaps.alert {
            Some(alert) => self.alerts.count(alert, at),
            None if flaps.times >= FLAPS => {
                let group = place.and_then(|place| place.group());
                if let Some(terms) = self.alerts.rules().terms(rule) {
                    let raised = Raised::new(rule, AlertKind::Flapping, flaps.first, Facts::default());
                    let alert = self.alerts.begin(Some(sim), group, terms, raised);
                    (1..flaps.times).for_each(|_| self.alerts.count(alert, at));
                    flaps.alert = Some(alert);
                }
            }
            None => {}
        }
        self.alerts.flaps.insert(sim, flaps);
    }

    /// What time has brought about up to `now`.
    pub(crate) fn follow_due(&mut self, now: u32) {
        let mut restarts: FxHashMap<Restart, Vec<u32>> = FxHashMap::default();
        let (mut late, mut seen) = (Vec::new(), FxHashSet::default());
        for (at, due) in self.alerts.take_due(now) {
            match due {
                Due::Forget { alert } => self.alerts.forget(alert, now),
                Due::Limit { sim, since } => self.limit_near(sim, since, at),
                Due::Offline { sim, since, rule } => {
                    let Some((waits, late_at)) = self.waits_still(sim, since, rule) else { continue };
                    match late_at.cmp(&at) {
                        // The rule waits for less by now, and who was late for it when it came to that isn't waited for.
                        Ordering::Less => continue,
                        // Put off since, because nobody listened for a while or the rule waits for longer.
                        Ordering::Greater if late_at > now => {
                            self.alerts.wait(late_at, due);
                            continue;
                        }
                        Ordering::Greater | Ordering::Equal => {}
                    }
                    if !seen.insert((sim, rule)) {
                        continue;
                    }
                    match self.restarted_under(sim) {
                        Some(node) => restarts.entry((rule, node)).or_default().push(sim),
                        None if may_be_common(&waits) => late.push((sim, rule)),
                        None => self.raise_offline(sim, rule, None),
                    }
                }
            }
        }
        let mut restarts: Vec<_> = restarts.into_iter().collect();
        restarts.sort_unstable_by_key(|(restart, _)| *restart);
        for (restart, sims) in restarts {
            self.raise_restart(restart, &sims);
        }
        self.raise_late(late);
        self.alerts.flaps.retain(|_, flaps| now.saturating_sub(flaps.last) <= FLAP_WITHIN_SECS);
    }

    /// What waits for the SIM, if it hasn't connected meanwhile, and until when.
    fn waits_still(&self, sim: u32, since: u32, rule: RuleId) -> Option<(Offline, u32)> {
        let held = self.sims.at(sim);
        if held.open != 0 || held.offline_since != since {
            return None;
        }
        let place = self.placements.at(held.placement)?;
        let offline = place.watch.offline.iter().find(|offline| offline.rule == rule)?;
        Some((*offline, self.late_at(sim, offline)?))
    }

    /// The SIM's session that ended last.
    pub(super) fn last_ended(&self, sim: u32) -> Option<u32> {
        let mut slot = self.sims.at(sim).sessions;
        let mut last: Option<(u32, u32)> = None;
        while slot != NONE {
            let session = self.sessions.at(slot);
            if !session.is_secondary() && last.is_none_or(|(ended, _)| ended < session.ended) {
                last = Some((session.ended, slot));
            }
            slot = session.next;
        }
        last.map(|(_, slot)| slot)
    }

    fn restarted_under(&self, sim: u32) -> Option<u32> {
        let session = self.sessions.at(self.last_ended(sim)?);
        let restart = matches!(session.end_cause(), Some(EndCause::NAS_REBOOT | EndCause::ADMIN_REBOOT));
        restart.then_some(session.node)
    }

    pub(super) fn raise_offline(&mut self, sim: u32, rule: RuleId, parent: Option<AlertId>) {
        let raised = self.offline_of(sim, rule);
        self.raise(sim, Raised { parent, ..raised });
    }

    fn offline_of(&self, sim: u32, rule: RuleId) -> Raised {
        let end = self.last_ended(sim).map(|slot| self.sessions.at(slot));
        let began = end.map_or(self.sims.at(sim).offline_since, |session| session.ended);
        let facts = match end.and_then(|session| session.end_cause()) {
            Some(cause) => Facts::default().with("cause", cause.0),
            None => Facts::default(),
        };
        Raised::new(rule, AlertKind::Offline, began, facts)
    }

    fn raise_restart(&mut self, (rule, node): Restart, sims: &[u32]) {
        if sims.len() < COMMON {
            return sims.iter().for_each(|&sim| self.raise_offline(sim, rule, None));
        }
        let at = self.gateways.restarted(node);
        let facts = Facts::default()
            .with("gateway", self.gateways.name_of(node))
            .with("restarted_at", timestamp(at).secs())
            .with("sims", sims.len());
        self.raise_parts(sims, Raised::new(rule, AlertKind::GatewayLost, at, facts));
    }

    /// An alert of a common cause, and those of its SIMs. There is none for those whose own go on: it would never end.
    pub(super) fn raise_parts(&mut self, sims: &[u32], cause: Raised) {
        let rule = cause.rule;
        let terms = self.alerts.rules().terms(rule);
        let any = sims.iter().any(|&sim| !self.alerts.goes_on(sim, rule, AlertKind::Offline));
        let parent = terms.filter(|_| any).map(|terms| self.alerts.begin(None, None, terms, cause));
        sims.iter().for_each(|&sim| self.raise_offline(sim, rule, parent));
    }
}
