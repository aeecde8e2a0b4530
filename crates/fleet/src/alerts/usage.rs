//! 流量異常: a SIM used more in a day than it should, or a share of its allowance in a cycle (45, 46), its own or that of all the
//! rule's SIMs together. 資安通報: far more than it uses as a rule.
//!
//! What a SIM used in a day and in a cycle only grows, so each limit is passed once: nothing has to be remembered. What SIMs
//! used together grows and shrinks as they come and go: there it is remembered up to where people were told. Usage that is booked
//! late to a day or cycle that is over passes no limit.

use super::{Raised, rules::Stage};
use crate::{Fleet, sim::Sim};
use opencmp_domain::{
    Day, RuleId,
    alert::{AlertKind, Facts},
};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

/// What a record's usage made of a SIM's day and cycle.
#[derive(Clone, Copy)]
pub(crate) struct Booked {
    day: i32,
    /// Of the day: before and after.
    today: (u64, u64),
    cycle_start: i32,
    cycle: (u64, u64),
    /// What the SIM used on a day as a rule, by then; 0: too little is known of it.
    usual: u64,
}

/// Nobody wonders about less than this, however unusual: 1 MB.
const UNUSUAL_LEAST: u64 = 1024 * 1024;

impl Booked {
    /// Books usage of a day; see [`Sim::book`].
    pub fn book(sim: &mut Sim, day: i32, cycle_start: i32, octets: u64) -> Self {
        let today = if day > sim.today { 0 } else { sim.today_octets };
        let cycle = if cycle_start > sim.cycle_start { 0 } else { sim.cycle_octets };
        sim.book(day, cycle_start, octets);
        // What is booked to a day that is over changes neither.
        let usual = sim.usual.octets().unwrap_or_default();
        Self { day, today: (today, sim.today_octets), cycle_start, cycle: (cycle, sim.cycle_octets), usual }
    }
}

impl Fleet {
    pub(crate) fn watch_usage(&mut self, sim: u32, booked: &[Booked], at: u32) {
        let Some(place) = self.placements.at(self.sims.at(sim).placement) else { return };
        let mut raised: SmallVec<[Raised; 2]> = SmallVec::new();
        for piece in booked {
            for daily in &place.watch.daily {
                let (before, after) = piece.today;
                if before <= daily.over && after > daily.over {
                    let facts = Facts::default()
                        .with("limit", daily.over)
                        .with("used", after)
                        .with("day", Day(piece.day));
                    raised.push(Raised::new(daily.rule, AlertKind::DailyUsage, at, facts));
                }
            }
            let own = place.watch.stages.iter().filter(|stage| !stage.together);
            if let Some((stage, facts)) = highest_passed(own, piece.cycle, piece.cycle_start) {
                raised.push(Raised::new(stage.rule, AlertKind::UsageStage, at, facts));
            }
            for unusual in place.watch.unusual.iter().filter(|_| piece.usual > 0) {
                let usual = piece.usual;
                let limit = usual.saturating_mul(unusual.times.into()).max(UNUSUAL_LEAST);
                if piece.today.0 <= limit && piece.today.1 > limit {
                    let facts = Facts::default().with("usual", usual).with("used", piece.today.1);
                    raised.push(Raised::new(unusual.rule, AlertKind::Abnormal, at, facts));
                }
            }
        }
        let together = place.watch.stages.iter().any(|stage| stage.together);
        raised.into_iter().for_each(|raised| self.raise(sim, raised));
        if together {
            booked.iter().for_each(|piece| self.watch_together(sim, piece, at));
        }
    }

    /// What the rule's SIMs used together.
    fn watch_together(&mut self, sim: u32, piece: &Booked, at: u32) {
        let used = piece.cycle.1 - piece.cycle.0;
        if used > 0 {
            for rule in self.together_at(self.sims.at(sim).placement) {
                self.alerts.together.add(rule, piece.cycle_start, used);
                self.tell_together(rule, sim, at);
            }
        }
    }

    /// The SIM is in another place than before: what it used goes with it.
    pub(super) fn moved_together(&mut self, sim: u32, before: u32) {
        let held = self.sims.at(sim);
        let (cycle_start, octets) = (held.cycle_start, held.cycle_octets);
        let (left, come) = (self.together_at(before), self.together_at(held.placement));
        for &rule in left.iter().filter(|rule| !come.contains(rule)) {
            self.alerts.together.take(rule, cycle_start, octets);
        }
        for &rule in come.iter().filter(|rule| !left.contains(rule)) {
            self.alerts.together.add(rule, cycle_start, octets);
            self.tell_together(rule, sim, self.alerts.now);
        }
    }

    /// Rules about what the SIMs of a place and others use together.
    fn together_at(&self, place: u32) -> SmallVec<[RuleId; 2]> {
        let stages = self.placements.at(place).map_or(&[][..], |place| &place.watch.stages);
        let mut rules: SmallVec<_> =
            stages.iter().filter(|stage| stage.together).map(|stage| stage.rule).collect();
        rules.dedup();
        rules
    }

    /// Tells of the highest stage that a rule's SIMs have reached, of which the SIM is one.
    fn tell_together(&mut self, rule: RuleId, sim: u32, at: u32) {
        let Some(place) = self.placements.at(self.sims.at(sim).placement) else { return };
        let stages = place.watch.stages.iter().filter(|stage| stage.rule == rule);
        let reached = self.alerts.together.reached(rule, stages);
        if let Some((facts, terms)) = reached.zip(self.alerts.rules().terms(rule)) {
            let group = self.alerts.rules().only_group(rule);
            self.alerts.begin(None, group, terms, Raised::new(rule, AlertKind::UsageStage, at, facts));
        }
    }

    /// Sums up what SIMs used together in their cycles, under rules that are new: what they have passed by now is no news.
    pub(super) fn sum_together(&mut self, news: &FxHashSet<RuleId>) {
        let rules = self.alerts.rules().together();
        self.alerts.together.keep(|rule| rules.contains(&rule) && !news.contains(&rule));
        if rules.iter().all(|rule| !news.contains(rule)) {
            return;
        }
        for sim in 0..self.sims.len() {
            let held = self.sims.at(sim);
            let (cycle_start, octets) = (held.cycle_start, held.cycle_octets);
            for rule in self.together_at(held.placement) {
                if news.contains(&rule) {
                    self.alerts.together.add(rule, cycle_start, octets);
                }
            }
        }
        news.iter().for_each(|rule| self.alerts.together.tell_nothing_of(*rule));
    }
}

/// Of several stages that are passed at once, the highest says it all (45).
fn highest_passed<'a>(
    stages: impl Iterator<Item = &'a Stage>,
    (before, after): (u64, u64),
    cycle_start: i32,
) -> Option<(Stage, Facts)> {
    let passed = stages.filter(|stage| before < stage.octets && after >= stage.octets);
    let stage = *passed.max_by_key(|stage| stage.octets)?;
    let facts = Facts::default()
        .with("percent", stage.percent)
        .with("limit", stage.octets)
        .with("used", after)
        .with("cycle", Day(cycle_start));
    Some((stage, facts))
}

/// What the SIMs of a rule used together in their latest cycle.
#[derive(Default)]
pub(crate) struct Together {
    sums: FxHashMap<RuleId, Sum>,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    cycle_start: i32,
    octets: u64,
    /// Up to here stages were told of in the cycle. SIMs come and go, so the sum may be less by now.
    told: u64,
}

impl Together {
    /// What belongs to an earlier cycle changes nothing.
    fn add(&mut self, rule: RuleId, cycle_start: i32, octets: u64) {
        let held = self.sums.entry(rule).or_insert(Sum { cycle_start, ..Sum::default() });
        if cycle_start > held.cycle_start {
            *held = Sum { cycle_start, ..Sum::default() };
        }
        if cycle_start == held.cycle_start {
            held.octets = held.octets.saturating_add(octets);
        }
    }

    fn take(&mut self, rule: RuleId, cycle_start: i32, octets: u64) {
        if let Some(held) = self.sums.get_mut(&rule).filter(|held| held.cycle_start == cycle_start) {
            held.octets = held.octets.saturating_sub(octets);
        }
    }

    /// What the highest stage says that is reached and wasn't told of in the cycle.
    fn reached<'a>(&mut self, rule: RuleId, stages: impl Iterator<Item = &'a Stage>) -> Option<Facts> {
        let held = self.sums.get_mut(&rule)?;
        let (stage, facts) = highest_passed(stages, (held.told, held.octets), held.cycle_start)?;
        held.told = stage.octets;
        Some(facts)
    }

    /// Somebody was told of a stage, before this start.
    pub fn restore(&mut self, rule: RuleId, facts: &Facts) {
        let cycle = facts.get("cycle").and_then(|cycle| cycle.parse::<Day>().ok());
        let limit = facts.get("limit").and_then(|limit| limit.parse().ok());
        if let (Some(held), Some(Day(cycle)), Some(limit)) = (self.sums.get_mut(&rule), cycle, limit)
            && held.cycle_start == cycle
        {
            held.told = held.told.max(limit);
        }
    }

    fn tell_nothing_of(&mut self, rule: RuleId) {
        if let Some(held) = self.sums.get_mut(&rule) {
            held.told = held.octets;
        }
    }

    fn keep(&mut self, kept: impl Fn(RuleId) -> bool) {
        self.sums.retain(|rule, _| kept(*rule));
    }
}
