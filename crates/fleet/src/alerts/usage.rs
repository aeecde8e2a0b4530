//! 流量異常: a SIM used more in a day than it should, or a share of its allowance in a cycle (45, 46).
//!
//! What a SIM used in a day and in a cycle only grows, so each limit is passed once: nothing has to be remembered. Usage that
//! is booked late to a day or cycle that is over passes no limit.

use super::Raised;
use crate::{Fleet, sim::Sim};
use opencmp_domain::{
    Day,
    alert::{AlertKind, Facts},
};
use smallvec::SmallVec;

/// What a record's usage made of a SIM's day and cycle.
#[derive(Clone, Copy)]
pub(crate) struct Booked {
    day: i32,
    /// Of the day: before and after.
    today: (u64, u64),
    cycle_start: i32,
    cycle: (u64, u64),
}

impl Booked {
    /// Books usage of a day; see [`Sim::book`].
    pub fn book(sim: &mut Sim, day: i32, cycle_start: i32, octets: u64) -> Self {
        let today = if day > sim.today { 0 } else { sim.today_octets };
        let cycle = if cycle_start > sim.cycle_start { 0 } else { sim.cycle_octets };
        sim.book(day, cycle_start, octets);
        // What is booked to a day that is over changes neither.
        Self { day, today: (today, sim.today_octets), cycle_start, cycle: (cycle, sim.cycle_octets) }
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
            // Of several stages that one record passes, the highest says it all.
            let passed = |octets: u64| piece.cycle.0 < octets && piece.cycle.1 >= octets;
            for (n, stage) in place.watch.stages.iter().enumerate() {
                let next = place.watch.stages.get(n + 1).filter(|next| next.rule == stage.rule);
                if passed(stage.octets) && !next.is_some_and(|next| passed(next.octets)) {
                    let facts = Facts::default()
                        .with("percent", stage.percent)
                        .with("limit", stage.octets)
                        .with("used", piece.cycle.1)
                        .with("cycle", Day(piece.cycle_start));
                    raised.push(Raised::new(stage.rule, AlertKind::UsageStage, at, facts));
                }
            }
        }
        raised.into_iter().for_each(|raised| self.raise(sim, raised));
    }
}
