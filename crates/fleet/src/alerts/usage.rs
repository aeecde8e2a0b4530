//! 流量異常: a SIM used more in a day than it should, or a share of its allowance in a cycle (45, 46), its own or that of all the
//! rule's SIMs together. 資安通報: far more than it uses as a rule.
//!
//! What a SIM used in a day and in a cycle only grows, so each limit is passed once: nothing has to be remembered. Usage that
//! is booked late to a day or cycle that is over passes no limit.

use super::{Raised, rules::Stage};
use crate::{Fleet, sim::Sim};
use opencmp_domain::{
    Day, RuleId,
    alert::{AlertKind, Facts},
};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// What a record's usage made of a SIM's day and cycle.
#[derive(Clone, Copy)]
pub(crate) struct Booked {
    day: i32,
    /// Of the day: before and after.
    today: (u64, u64),
    cycle_start: i32,
    cycle: (u64, u64),
    /// What the SIM used on a day as a rule, by then.
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
        let usual = u64::from(sim.usual_kb) * 1024;
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
        let Some(place) = self.placements.at(self.sims.at(sim).placement) else { return };
        let used = piece.cycle.1 - piece.cycle.0;
        let mut raised: SmallVec<[Raised; 1]> = SmallVec::new();
        for stages in place.watch.stages.chunk_by(|one, next| one.rule == next.rule) {
            let Some(first) = stages.first().filter(|stage| stage.together && used > 0) else { continue };
            let cycle = self.alerts.together.add(first.rule, piece.cycle_start, used);
            if let Some((stage, facts)) = highest_passed(stages.iter(), cycle, piece.cycle_start) {
                raised.push(Raised::new(stage.rule, AlertKind::UsageStage, at, facts));
            }
        }
        for raised in raised {
            if let Some(terms) = self.alerts.rules().terms(raised.rule) {
                let group = self.alerts.rules().only_group(raised.rule);
                self.alerts.begin(None, group, terms, raised);
            }
        }
    }

    /// Sums up anew what SIMs used together in their cycles, under rules that are new, or whose SIMs are others.
    pub(crate) fn sum_together(&mut self) {
        let wanted = self.alerts.rules().together();
        if wanted.is_empty() {
            return self.alerts.together = Together::default();
        }
        let mut sums = Together::default();
        for sim in 0..self.sims.len() {
            let held = self.sims.at(sim);
            let Some(place) = self.placements.at(held.placement) else { continue };
            for stages in place.watch.stages.chunk_by(|one, next| one.rule == next.rule) {
                if let Some(first) = stages.first().filter(|stage| stage.together) {
                    sums.add(first.rule, held.cycle_start, held.cycle_octets);
                }
            }
        }
        self.alerts.together = sums;
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
    sums: FxHashMap<RuleId, (i32, u64)>,
    /// SIMs came or went.
    pub stale: bool,
}

impl Together {
    /// The sum before and after. What belongs to an earlier cycle changes nothing.
    fn add(&mut self, rule: RuleId, cycle_start: i32, octets: u64) -> (u64, u64) {
        let held = self.sums.entry(rule).or_insert((cycle_start, 0));
        if cycle_start > held.0 {
            *held = (cycle_start, 0);
        }
        let before = held.1;
        if cycle_start == held.0 {
            held.1 = held.1.saturating_add(octets);
        }
        (before, held.1)
    }
}
