//! A rule tried on records of before: they are applied to a fleet that has one tenant's SIMs and this one rule, by the code that
//! decides alerts as they happen.
//!
//! - Here: records and time go by. [`tally`]: what came of it is counted, and told to nobody.
//!
//! Load: [`Backtest::add_sim`] for each SIM. Then [`Backtest::apply`] record by record, and [`Backtest::pass`] up to the present.
//! The rule holds from a given instant on: what the records before it say is only known, as it would have been.

mod tally;

pub use tally::{Tallied, Tally};

use crate::{AccountingRecord, Effects, Fleet, FleetConfig, StatusType, alerts::aims_at};
use opencmp_domain::{
    Timestamp, Tz,
    alert::{StoredAlert, TurnOf, rule::Rule},
    sim::SimInventory,
    stored::Absence,
};

/// SIMs and sessions that changed are let go of this often: nobody writes them.
const LET_GO_SECS: i64 = 60;

pub struct Backtest {
    fleet: Fleet,
    effects: Effects,
    rule: Rule,
    holds: bool,
    from: Timestamp,
    /// Second up to which time has passed; `None`: nothing has.
    passed: Option<i64>,
    /// SIMs that the rule is for.
    sims: u64,
}

/// Alerts that are new or changed, and their turns, by an instant.
pub type News = (Timestamp, Vec<StoredAlert>, Vec<TurnOf>);

impl Backtest {
    /// Groups of the rule's target are given with all that is nested in them. It holds as if enabled at `from`.
    pub fn new(config: FleetConfig, rule: Rule, from: Timestamp) -> Self {
        Self {
            fleet: Fleet::new(config),
            effects: Effects::default(),
            rule: Rule { modified_at: from, ..rule },
            holds: false,
            from,
            passed: None,
            sims: 0,
        }
    }

    /// A SIM of the tenant, in the rule's target or not: gateways and devices are theirs together.
    pub fn add_sim(&mut self, sim: &SimInventory, zone: Tz, cycle_day: u32) {
        let slot = self.fleet.upsert_sim(sim, zone, cycle_day);
        let place = self.fleet.placements.at(self.fleet.sims.at(slot.0).placement);
        self.sims += u64::from(place.is_some_and(|place| aims_at(&self.rule.said.target, place)));
    }

    /// When nobody listened, in the past that is played back.
    pub fn note_absence(&mut self, absence: &Absence) {
        self.fleet.note_absence(absence);
    }

    pub fn sims(&self) -> u64 {
        self.sims
    }

    /// A record, in the order of arrival. What is of no SIM here is passed over, and so is what comes so late that its session is
    /// forgotten.
    pub fn apply(&mut self, record: &AccountingRecord<'_>, hear: &mut impl FnMut(News)) {
        self.pass(record.received_at, hear);
        let of_gateway = matches!(record.status, StatusType::On | StatusType::Off);
        if !of_gateway && (self.fleet.sim_of(record).is_none() || self.fleet.needs_history(record)) {
            return;
        }
        self.fleet.apply(record, &mut self.effects);
        self.settle(record.received_at, hear);
    }

    /// Time passes, second by second as it does for the applier.
    pub fn pass(&mut self, until: Timestamp, hear: &mut impl FnMut(News)) {
        let until = until.secs();
        let mut second = self.passed.unwrap_or(until - 1);
        while second < until {
            second += 1;
            let now = Timestamp::from_secs(second);
            if !self.holds && now >= self.from {
                self.holds = true;
                self.fleet.set_rules(vec![self.rule.clone()], now);
            }
            self.fleet.sweep(now, &mut self.effects);
            self.settle(now, hear);
            if second % LET_GO_SECS == 0 {
                self.fleet.take_unsaved();
            }
        }
        self.passed = Some(second);
    }

    fn settle(&mut self, now: Timestamp, hear: &mut impl FnMut(News)) {
        self.fleet.settle(&mut self.effects);
        if self.fleet.unsaved_alerts() > 0 {
            let (alerts, turns) = self.fleet.take_alerts();
            hear((now, alerts, turns));
        }
    }
}
