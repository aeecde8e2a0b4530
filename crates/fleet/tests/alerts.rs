//! What the rules make of records and silence: each condition, its end, and the awkward cases of alarms (8, 19–21, 27, 30,
//! 45, 46).

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use opencmp_domain::{
    AlertId, ByteCount, Day, GroupId, RatType, ServiceState, SimId, TenantId,
    alert::{
        AlertKind, AlertTurn, Level, StoredAlert, TurnOf,
        rule::{
            Condition, DeviceCondition, LifeCycleCondition, NetworkCondition, OfflineCondition, Rule,
            SecurityCondition, Stages, Target, UsageCondition,
        },
    },
    session::{CellId, CellKind},
    sim::SimInventory,
    stored::Absence,
    time::DEFAULT_ZONE,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn offline(minutes: u32) -> Condition {
    Condition::Offline(OfflineCondition { after_minutes: minutes, learned: false })
}

fn daily(over: u64) -> Condition {
    Condition::Usage(UsageCondition { daily_over: Some(ByteCount(over)), stages: None })
}

fn stages(percents: &[u16], allowance: u64) -> Condition {
    let stages = Stages { percents: percents.to_vec(), allowance: ByteCount(allowance), together: false };
    Condition::Usage(UsageCondition { daily_over: None, stages: Some(stages) })
}

/// A fleet under rules, and what was written of its alerts.
struct Watched {
    net: Net,
    alerts: BTreeMap<AlertId, StoredAlert>,
    turns: Vec<TurnOf>,
}

impl Watched {
    fn by(rules: Vec<Rule>) -> Self {
        let mut net = Net::new();
        net.fleet.set_rules(rules, at(0));
        Self { net, alerts: BTreeMap::new(), turns: Vec::new() }
    }

    fn send(&mut self, packet: Packet) -> &mut Self {
        self.net.send(packet);
        self.take()
    }

    fn sweep(&mut self, secs: i64) -> &mut Self {
        self.net.sweep(secs);
        self.take()
    }

    /// As the flush writes it: facts are said once.
    fn take(&mut self) -> &mut Self {
        let (rows, turns) = self.net.fleet.take_alerts();
        for row in rows {
            let facts = match self.alerts.get(&row.id) {
                Some(held) => held.facts.clone(),
                None => row.facts.clone(),
            };
            self.alerts.insert(row.id, StoredAlert { facts, ..row });
        }
        self.turns.extend(turns);
        self
    }

    fn kinds(&self) -> Vec<AlertKind> {
        self.alerts.values().map(|alert| alert.kind).collect()
    }

    fn turned(&self) -> Vec<AlertTurn> {
        self.turns.iter().map(|turn| turn.turn).collect()
    }

    fn only(&self) -> &StoredAlert {
        assert_eq!(self.alerts.len(), 1, "{:#?}", self.alerts);
        self.alerts.values().next().unwrap()
    }
}

#[test]
fn a_sim_that_stays_offline_is_told_of_once_and_when_it_is_back() {
    let mut w = Watched::by(vec![rule(1, offline(2))]);
    let one = data(1, "a", 0);
    w.send(one.start()).send(one.stop(600, 10, 10));
    w.sweep(600 + 119);
    assert_eq!(w.kinds(), []);
    w.sweep(600 + 120).sweep(600 + 121);
    let alert = w.only();
    assert_eq!((alert.kind, alert.level, alert.rule_version), (AlertKind::Offline, Level::Abnormal, 3));
    assert_eq!((alert.began_at, alert.noticed_at, alert.ended_at), (at(600), at(720), None));
    assert_eq!((alert.sim, alert.tenant), (Some(SimId(1)), TenantId(1)));
    assert_eq!(alert.facts.get("cause"), Some("1"));
    w.send(data(1, "b", 2000).start());
    assert_eq!(w.only().ended_at, Some(at(2000)));
    assert_eq!(w.turned(), [AlertTurn::Began, AlertTurn::Ended]);
}

#[test]
fn one_that_is_back_in_time_is_not_told_of() {
    let mut w = Watched::by(vec![rule(1, offline(2))]);
    let one = data(1, "a", 0);
    w.send(one.start()).send(one.stop(600, 10, 10)).send(data(1, "b", 700).start()).sweep(5000);
    assert_eq!(w.kinds(), []);
}

#[test]
fn days_before_a_states_limit_are_told_once_each_also_after_a_restart() {
    let said = LifeCycleCondition { days_before: vec![30, 7, 1], ..LifeCycleCondition::default() };
    let rules = || vec![rule(1, Condition::LifeCycle(said.clone()))];
    let suspended = |changed: &str| SimInventory {
        service_state: ServiceState::Suspended,
        state_changed_at: Some(changed.parse::<Day>().unwrap().start(DEFAULT_ZONE)),
        ..inventory(1)
    };
    let secs = |date: &str| date.parse::<Day>().unwrap().start(DEFAULT_ZONE).secs() - at(0).secs();
    let told = |w: &Watched| {
        let alerts = w.alerts.values();
        alerts.map(|alert| (alert.facts.get("days").unwrap().to_owned(), alert.began_at)).collect::<Vec<_>>()
    };
    let mut w = Watched::by(rules());
    w.sweep(secs("2026-12-01"));
    w.net.fleet.upsert_sim(&suspended("2026-03-01"), DEFAULT_ZONE, 1);
    w.sweep(secs("2027-01-30") - 1);
    assert_eq!(w.kinds(), []);
    w.sweep(secs("2027-01-30")).sweep(secs("2027-01-30") + 5);
    let alert = w.only().clone();
    assert_eq!((alert.kind, alert.facts.get("until")), (AlertKind::StateLimit, Some("2027-03-01")));
    assert_eq!((alert.facts.get("days"), alert.facts.get("state")), (Some("30"), Some("suspended")));

    // A start from the rows, which were written before the alert was due: it is the same.
    let mut again = Watched { net: Net::new(), alerts: w.alerts.clone(), turns: w.turns.clone() };
    again.net.fleet.upsert_sim(&suspended("2026-03-01"), DEFAULT_ZONE, 1);
    again.net.fleet.set_rules(rules(), at(secs("2026-12-01")));
    w.alerts.values().for_each(|alert| again.net.fleet.restore_alert(alert));
    again.sweep(secs("2027-02-22") - 1);
    assert_eq!(again.kinds().len(), 1);
    // Away for the day on which it was due, and told as soon as it is back.
    again.sweep(secs("2027-02-23"));
    assert_eq!(told(&again)[1], ("7".to_owned(), at(secs("2027-02-22"))));
    assert_eq!(again.turned().len(), 2);
    // In use again in time: nothing is over.
    again.net.fleet.upsert_sim(&inventory(1), DEFAULT_ZONE, 1);
    again.sweep(secs("2027-03-05"));
    assert_eq!(again.kinds().len(), 2);
    // Another time, another year; what a rule finds near already isn't news.
    again.net.fleet.upsert_sim(&suspended("2026-03-06"), DEFAULT_ZONE, 1);
    again.sweep(secs("2027-03-07"));
    assert_eq!(again.kinds().len(), 2, "the day before the limit was over by then");
}

#[test]
fn what_nobody_could_hear_is_not_held_against_a_sim() {
    let absence = |began: i64, ended: i64| Absence { began_at: at(began), ended_at: at(ended) };
    // A meter that reports for a minute a day, and a rule of 26 hours: nobody listens when it reports the fourth time.
    let late_at = |absence: Option<Absence>| {
        let mut w = Watched::by(vec![rule(1, offline(26 * 60))]);
        for day in 0..3 {
            let meter = data(1, &format!("d{day}"), day * DAY);
            w.send(meter.start()).send(meter.stop(day * DAY + 60, 100, 100));
        }
        w.sweep(3 * DAY - 3600);
        absence.iter().for_each(|absence| w.net.fleet.note_absence(absence));
        // Hours after the report that nobody heard.
        (0..40).find(|hour| !w.sweep(3 * DAY + hour * 3600).kinds().is_empty())
    };
    assert_eq!(late_at(None), Some(3));
    // Two hours of absence over the time of its report: it has a day and a sixteenth from when somebody listens again.
    assert_eq!(late_at(Some(absence(3 * DAY - 3600, 3 * DAY + 3600))), Some(27));
    assert_eq!(late_at(Some(absence(3 * DAY - 20, 3 * DAY))), Some(3), "gateways send again for so long");
    assert_eq!(late_at(Some(absence(3 * DAY + 4 * 3600, 3 * DAY + 9 * 3600))), Some(3), "it was late before");

    // By its own interval, after its last session was forgotten.
    let learned = Condition::Offline(OfflineCondition { after_minutes: 30, learned: true });
    let mut w = Watched::by(vec![rule(1, learned)]);
    for day in 0..3 {
        let meter = data(1, &format!("d{day}"), day * DAY);
        w.send(meter.start()).send(meter.stop(day * DAY + 60, 100, 100));
    }
    w.sweep(3 * DAY + 3600);
    w.net.fleet.note_absence(&absence(3 * DAY - 3600, 3 * DAY + 3600));
    let late = (1..60).find(|hour| !w.sweep(3 * DAY + hour * 3600).kinds().is_empty());
    assert_eq!(late, Some(27));
    // Nobody looked for so long that what was put off is past, too.
    let mut w = Watched::by(vec![rule(1, offline(60))]);
    let meter = data(1, "d", 0);
    w.send(meter.start()).send(meter.stop(60, 100, 100)).sweep(600);
    w.net.fleet.note_absence(&absence(700, 800));
    w.sweep(DAY);
    assert_eq!(w.kinds(), [AlertKind::Offline]);
}

#[test]
fn what_is_offline_again_before_the_rule_is_armed_is_the_same_alert() {
    let mut w = Watched::by(vec![rule(1, offline(2))]);
    for (id, from, to) in [("a", 0, 100), ("b", 300, 400), ("c", 600, 601)] {
        let one = data(1, id, from);
        w.send(one.start()).send(one.stop(to, 1, 1)).sweep(to + 125);
    }
    assert_eq!((w.only().times, w.only().ended_at), (3, None));
    use AlertTurn::{Again, Began, Ended};
    assert_eq!(w.turned(), [Began, Ended, Again, Ended, Again]);
    // Armed anew five minutes after its end, it is another.
    w.send(data(1, "d", 800).start()).sweep(800 + 301);
    let one = data(1, "d", 800);
    w.send(one.stop(2000, 1, 1)).sweep(2121);
    assert_eq!(w.alerts.len(), 2);
}

#[test]
fn a_sim_that_is_not_in_service_is_not_waited_for() {
    let in_state = |state| SimInventory { service_state: state, ..inventory(1) };
    let put = |w: &mut Watched, state| {
        w.net.fleet.upsert_sim(&in_state(state), DEFAULT_ZONE, 1);
        w.take();
    };
    for state in [ServiceState::Suspended, ServiceState::Deactivated, ServiceState::Terminated] {
        let mut w = Watched::by(vec![rule(1, offline(2))]);
        let one = data(1, "a", 0);
        w.send(one.start());
        put(&mut w, state);
        w.send(one.stop(600, 1, 1)).sweep(5000);
        assert_eq!(w.kinds(), [], "{state:?}");
        // Also after a restart of ours, and once it is in service again: it hasn't connected since.
        let mut w = restarted(&w, vec![rule(1, offline(2))], 5000);
        put(&mut w, state);
        w.sweep(6000);
        put(&mut w, ServiceState::Active);
        w.sweep(20_000);
        assert_eq!(w.kinds(), [], "{state:?}");
        let two = data(1, "b", 20_000);
        w.send(two.start()).send(two.stop(20_100, 1, 1)).sweep(20_221);
        assert_eq!(w.only().began_at, at(20_100));
    }
    // What drops before the word of its state comes.
    let mut w = Watched::by(vec![rule(1, offline(2))]);
    let one = data(1, "a", 0);
    w.send(one.start()).send(one.stop(600, 1, 1));
    put(&mut w, ServiceState::Suspended);
    w.sweep(5000);
    assert_eq!(w.kinds(), []);
    // And what was told of before ends without a word.
    put(&mut w, ServiceState::Test);
    let two = data(1, "b", 6000);
    w.send(two.start()).send(two.stop(6100, 1, 1)).sweep(6300);
    assert_eq!(w.only().ended_at, None);
    put(&mut w, ServiceState::Suspended);
    assert_eq!(w.only().ended_at, Some(at(6300)));
    assert_eq!(w.turned(), [AlertTurn::Began]);
}

#[test]
fn silence_is_offline_once_the_session_is_given_up() {
    let mut w = Watched::by(vec![rule(1, offline(2))]);
    let one = data(1, "a", 0);
    w.send(one.start());
    for step in 1..=4 {
        w.send(one.interim(step * 600, step as u64, 0));
    }
    w.sweep(2400 + 1300);
    assert_eq!(w.kinds(), [], "it is only unconfirmed");
    w.sweep(2400 + 3 * 600 + 121);
    assert_eq!((w.only().began_at, w.only().kind), (at(2400), AlertKind::Offline));
}

#[test]
fn case_08_a_gateways_restart_is_one_alert_and_those_who_come_back_are_none() {
    let mut net = Net::empty(Default::default());
    for sim in 1..=40 {
        net.fleet.upsert_sim(&inventory(sim), DEFAULT_ZONE, 1);
    }
    net.fleet.set_rules(vec![rule(1, offline(2))], at(0));
    let mut w = Watched { net, alerts: BTreeMap::new(), turns: Vec::new() };
    for sim in 1..=40 {
        w.send(data(sim, &format!("s{sim}"), 0).start());
    }
    w.send(on(1, 1000).node("pgw-1"));
    // 25 are back within the two minutes.
    for sim in 1..=25 {
        w.send(data(sim, &format!("t{sim}"), 1060).start());
    }
    w.sweep(1119);
    assert_eq!(w.kinds(), []);
    w.sweep(1120);
    let parent = w.alerts.values().find(|alert| alert.kind == AlertKind::GatewayLost).unwrap().clone();
    assert_eq!((parent.sim, parent.facts.get("sims")), (None, Some("15")));
    let parts: Vec<_> = w.alerts.values().filter(|alert| alert.parent == Some(parent.id)).collect();
    assert_eq!(parts.len(), 15);
    assert_eq!(w.turned(), [AlertTurn::Began], "the parts say nothing of their own");
    // It is over when the last of them is back.
    for sim in 26..=40 {
        assert_eq!(w.alerts[&parent.id].ended_at, None);
        w.send(data(sim, &format!("t{sim}"), 3000 + sim as i64).start());
    }
    assert_eq!(w.alerts[&parent.id].ended_at, Some(at(3040)));
    assert_eq!(w.turned(), [AlertTurn::Began, AlertTurn::Ended]);
}

#[test]
fn a_gateway_that_restarts_twice_before_the_rule_is_armed_is_told_of_twice_and_ends_twice() {
    use AlertTurn::{Began, Ended};
    let mut w = many(15, |sim| data(sim, "s", 0).start());
    for (restart, from) in [(1, 1000), (2, 1250)] {
        w.send(on(1, from).node("pgw-1")).sweep(from + 120);
        let open: Vec<_> =
            w.alerts.values().filter(|alert| alert.sim.is_none() && alert.ended_at.is_none()).collect();
        assert_eq!((open.len(), open[0].kind, open[0].began_at), (1, AlertKind::GatewayLost, at(from)));
        let cause = open[0].id;
        let parts = w.alerts.values().filter(|alert| alert.parent == Some(cause) && alert.ended_at.is_none());
        assert_eq!(parts.count(), 15);
        // A restart of ours knows as much.
        w = restarted(&w, vec![rule(1, offline(2))], from + 120);
        for sim in 1..=15 {
            assert_eq!(w.alerts[&cause].ended_at, None);
            w.send(data(sim, &format!("r{restart}"), from + 140 + sim as i64).start());
        }
        assert_eq!(w.alerts[&cause].ended_at, Some(at(from + 155)));
        w.sweep(from + 160);
    }
    assert_eq!(w.turned(), [Began, Ended, Began, Ended]);
    assert!(w.alerts.values().all(|alert| alert.ended_at.is_some()));
}

#[test]
fn a_sim_that_is_back_from_a_common_cause_and_drops_for_good_is_told_of() {
    use AlertTurn::{Began, Ended};
    let mut w = many(15, |sim| data(sim, "s", 0).start());
    w.send(on(1, 1000).node("pgw-1")).sweep(1120);
    // One drops while others are away still, another when all are back.
    let back = |sim: u64| data(sim, "t", 1150 + sim as i64);
    (1..=14).for_each(|sim| _ = w.send(back(sim).start()));
    w.send(back(1).stop(1200, 1, 1)).sweep(1320);
    w.send(data(15, "t", 1330).start()).send(back(2).stop(1400, 1, 1)).sweep(1520);
    let open: Vec<_> = w.alerts.values().filter(|alert| alert.ended_at.is_none()).collect();
    let said = |alert: &&StoredAlert| (alert.sim.unwrap(), alert.parent, alert.began_at, alert.times);
    let said: Vec<_> = open.iter().map(said).collect();
    assert_eq!(said, [(SimId(1), None, at(1200), 1), (SimId(2), None, at(1400), 1)]);
    assert_eq!(w.turned(), [Began, Began, Ended, Began]);
    // Back again, and gone again: that is the same.
    w.send(data(1, "u", 1600).start()).send(data(1, "u", 1600).stop(1650, 1, 1)).sweep(1770);
    assert_eq!(w.turned()[4..], [Ended, AlertTurn::Again]);
}

/// `sims` SIMs under a rule, connected.
fn many(sims: u64, at: impl Fn(u64) -> Packet) -> Watched {
    let mut net = Net::empty(Default::default());
    for sim in 1..=sims {
        net.fleet.upsert_sim(&inventory(sim), DEFAULT_ZONE, 1);
    }
    net.fleet.set_rules(vec![rule(1, offline(2))], self::at(0));
    let mut w = Watched { net, alerts: BTreeMap::new(), turns: Vec::new() };
    for sim in 1..=sims {
        w.send(at(sim));
    }
    w
}

const LOST_CARRIER: u16 = 2;

fn in_cell(area: u32, cell: u64) -> CellId {
    CellId { plmn: plmn("46692"), kind: CellKind::Ecgi, area: Some(area), cell: Some(cell) }
}

#[test]
fn a_cell_that_many_sims_are_lost_in_is_one_alert() {
    let cell_of = |sim: u64| in_cell(1, if sim <= 20 { 100 } else { 200 });
    let mut w = many(50, |sim| data(sim, "s", 0).start().cell(cell_of(sim)));
    // Within a minute and a half; and two of the other cell, where 28 go on.
    for sim in (1..=20).chain(21..=22) {
        w.send(data(sim, "s", 0).stop(1000 + 4 * sim as i64, 1, 1).cell(cell_of(sim)).cause(LOST_CARRIER));
    }
    for secs in (1120..=1400).step_by(5) {
        w.sweep(secs);
    }
    let parent = w.alerts.values().find(|alert| alert.kind == AlertKind::CellLost).unwrap().clone();
    assert_eq!((parent.facts.get("cell"), parent.facts.get("sims")), (Some("46692-1-100"), Some("20")));
    assert_eq!((parent.sim, parent.began_at), (None, at(1004)));
    let parts = w.alerts.values().filter(|alert| alert.parent == Some(parent.id)).count();
    let lone = w.alerts.values().filter(|alert| alert.sim.is_some() && alert.parent.is_none()).count();
    assert_eq!((parts, lone, w.turns.len()), (20, 2, 3));
    for sim in 1..=20 {
        assert_eq!(w.alerts[&parent.id].ended_at, None);
        w.send(data(sim, "t", 3000 + sim as i64).start().cell(cell_of(sim)));
    }
    assert_eq!(w.alerts[&parent.id].ended_at, Some(at(3020)));
    // What is lost there an hour later has another cause.
    w.send(data(1, "t", 3001).stop(7000, 1, 1).cell(cell_of(1)).cause(LOST_CARRIER)).sweep(7121);
    assert!(w.alerts.values().any(|alert| alert.began_at == at(7000) && alert.parent.is_none()));
}

#[test]
fn a_restart_knows_the_common_cause_that_goes_on() {
    let cell_of = |sim: u64| in_cell(1, if sim <= 20 { 100 } else { 200 });
    let mut w = many(50, |sim| data(sim, "s", 0).start().cell(cell_of(sim)));
    for sim in 1..=20 {
        w.send(data(sim, "s", 0).stop(1000 + 4 * sim as i64, 1, 1).cell(cell_of(sim)).cause(LOST_CARRIER));
    }
    // The first of them are late, the others not yet.
    w.sweep(1150);
    let cause = w.alerts.values().find(|alert| alert.kind == AlertKind::CellLost).unwrap().id;
    let parts = |w: &Watched| w.alerts.values().filter(|alert| alert.parent == Some(cause)).count();
    assert!((1..20).contains(&parts(&w)), "{}", parts(&w));
    let mut w = restarted(&w, vec![rule(1, offline(2))], 1150);
    w.sweep(1151).sweep(1400);
    assert_eq!((parts(&w), w.alerts.len()), (20, 21));
    assert_eq!(w.turned(), [AlertTurn::Began], "nobody is told a second time, nor of a part");
    let mut w = restarted(&w, vec![rule(1, offline(2))], 1400);
    for sim in 1..=20 {
        assert_eq!(w.alerts[&cause].ended_at, None);
        w.send(data(sim, "t", 3000 + sim as i64).start().cell(cell_of(sim)));
    }
    assert_eq!(w.alerts[&cause].ended_at, Some(at(3020)));
    assert_eq!(w.turned(), [AlertTurn::Began, AlertTurn::Ended]);
}

#[test]
fn the_widest_place_that_lost_its_sims_is_the_cause() {
    // Three cells of one area are gone; the other area and its cells go on.
    let cell_of = |sim: u64| if sim <= 45 { in_cell(1, 100 + sim % 3) } else { in_cell(2, 300) };
    let apn_of = |sim: u64| if sim.is_multiple_of(2) { "even.iot" } else { "odd.iot" };
    let start = |sim: u64| data(sim, "s", 0).apn(apn_of(sim)).start().cell(cell_of(sim));
    let stop =
        |sim: u64| data(sim, "s", 0).apn(apn_of(sim)).stop(1000, 1, 1).cell(cell_of(sim)).cause(LOST_CARRIER);
    for (lost, kind, name, label) in [
        ((1..=45).collect::<Vec<u64>>(), AlertKind::AreaLost, "area", "46692-1"),
        ((1..=100).filter(|sim| sim % 2 == 0).collect(), AlertKind::ApnLost, "apn", "even.iot"),
    ] {
        let mut w = many(100, start);
        lost.iter().for_each(|&sim| _ = w.send(stop(sim)));
        w.sweep(1120);
        let causes: Vec<_> = w.alerts.values().filter(|alert| alert.sim.is_none()).collect();
        assert_eq!(causes.len(), 1, "{causes:#?}");
        assert_eq!((causes[0].kind, causes[0].facts.get(name)), (kind, Some(label)));
        assert_eq!(w.alerts.len(), 1 + lost.len());
        assert_eq!(w.turned(), [AlertTurn::Began]);
    }
}

#[test]
fn sims_that_take_their_leave_together_or_leave_most_behind_have_no_common_cause() {
    let start = |sim: u64| data(sim, "s", 0).start().cell(in_cell(1, 100));
    let stop = |sim: u64| data(sim, "s", 0).stop(1000, 1, 1).cell(in_cell(1, 100));
    for (lost, cause) in [(40, 1), (15, LOST_CARRIER)] {
        let mut w = many(40, start);
        (1..=lost).for_each(|sim| _ = w.send(stop(sim).cause(cause)));
        w.sweep(1120);
        assert_eq!(w.kinds(), vec![AlertKind::Offline; lost as usize]);
        assert!(w.alerts.values().all(|alert| alert.parent.is_none()));
    }
}

#[test]
fn case_19_a_late_stop_raises_nothing_if_the_sim_is_back_by_the_next_record() {
    let mut w = Watched::by(vec![rule(1, offline(2))]);
    let one = data(1, "a", 0);
    w.send(one.start());
    // Five hours of records come at once after a link was down.
    w.send(one.stop(600, 1, 1).received(18_600)).sweep(18_601);
    assert_eq!(w.kinds(), []);
    w.send(data(1, "b", 900).start().received(18_602)).sweep(19_000);
    assert_eq!(w.kinds(), []);
    // What stays offline is told of, with when it began.
    w.send(data(1, "b", 900).stop(1200, 1, 1).received(19_000)).sweep(19_000 + 121);
    assert_eq!((w.only().began_at, w.only().noticed_at), (at(1200), at(19_121)));
}

/// Five times 設備同一秒斷連線 in six minutes: one line that needs nobody, and no 設備離線.
#[test]
fn case_20_connecting_and_disconnecting_in_the_same_second_is_one_line() {
    let mut w = Watched::by(vec![rule(1, offline(2))]);
    let mut now = data(1, "0", 0);
    w.send(now.start());
    for (step, secs) in [60, 130, 200, 280, 350].into_iter().enumerate() {
        w.send(now.stop(secs, 1, 1));
        now = data(1, &format!("{}", step + 1), secs);
        w.send(now.start()).sweep(secs + 1);
    }
    w.sweep(5000);
    let line = w.only();
    assert_eq!((line.kind, line.times, line.level), (AlertKind::Flapping, 5, Level::Normal));
    assert_eq!((line.began_at, line.ended_at, line.by_itself), (at(60), Some(at(350)), true));
    assert_eq!(w.turned(), []);
}

/// The brochure's 歷史事件查詢: 設備離線 at 13:42:48, and 重新連線 (設備同一秒斷連線) at 13:44:19, 13:45:29, 13:45:51, 13:46:34 and
/// 13:49:42, under its rule 斷線持續超過2分鐘. The first is when it was noticed, two minutes after the SIM went: one that is back
/// within a minute and a half would be no alert.
#[test]
fn the_brochures_flapping_log_is_one_outage_and_one_line_that_needs_nobody() {
    let clock = |text: &str| {
        let parts: Vec<i64> = text.split(':').map(|part| part.parse().unwrap()).collect();
        (parts[0] - 12) * HOUR + parts[1] * MINUTE + parts[2]
    };
    let back = ["13:44:19", "13:45:29", "13:45:51", "13:46:34", "13:49:42"].map(clock);
    let play = |gone: i64| {
        let mut w = Watched::by(vec![rule(1, offline(2))]);
        let mut now = data(1, "0", 0);
        w.send(now.start()).send(now.stop(gone, 1, 1));
        (gone..back[0]).for_each(|secs| _ = w.sweep(secs));
        now = data(1, "1", back[0]);
        w.send(now.start());
        for (step, secs) in back.into_iter().enumerate() {
            w.send(now.stop(secs, 1, 1));
            now = data(1, &format!("{}", step + 2), secs);
            w.send(now.start());
            let next = back.get(step + 1).copied().unwrap_or(secs + HOUR);
            (secs..next).for_each(|secs| _ = w.sweep(secs));
        }
        w
    };
    let seen = |alert: &StoredAlert| (alert.kind, alert.level, alert.began_at, alert.ended_at, alert.times);
    let flapping = (AlertKind::Flapping, Level::Normal, at(back[0]), Some(at(back[4])), 5);

    let w = play(clock("13:40:48"));
    let (outage, line) = (&w.alerts[&AlertId(1)], &w.alerts[&AlertId(2)]);
    let began = at(clock("13:40:48"));
    assert_eq!(seen(outage), (AlertKind::Offline, Level::Abnormal, began, Some(at(back[0])), 1));
    assert_eq!((outage.noticed_at, outage.by_itself), (at(clock("13:42:48")), false));
    assert_eq!((seen(line), line.by_itself, line.noticed_at), (flapping, true, at(back[2])));
    assert_eq!(w.alerts.len(), 2);
    let told: Vec<_> = w.turns.iter().map(|turn| (turn.alert, turn.turn, turn.at)).collect();
    assert_eq!(told, [(outage.id, AlertTurn::Began, began), (outage.id, AlertTurn::Ended, at(back[0]))]);

    assert_eq!(seen(play(clock("13:42:48")).only()), flapping);
}

#[test]
fn case_46_a_day_over_the_limit_is_told_of_once() {
    let mut w = Watched::by(vec![rule(1, daily(150 * MB))]);
    let one = data(1, "a", 0);
    w.send(one.start());
    w.send(one.interim(600, 100 * MB, 50 * MB));
    assert_eq!(w.kinds(), [], "the limit itself isn't over it");
    w.send(one.interim(1200, 100 * MB, 50 * MB + 1)).send(one.interim(1800, 300 * MB, 50 * MB));
    // Another session of the same day, and the next day.
    let two = data(1, "b", 2000).apn("other");
    w.send(two.start()).send(two.interim(2600, GB, 0));
    let alert = w.only();
    assert_eq!(
        (alert.kind, alert.began_at, alert.ended_at),
        (AlertKind::DailyUsage, at(1200), Some(at(1200)))
    );
    assert_eq!(alert.facts.get("limit"), Some("157286400"));
    assert_eq!(alert.facts.get("used"), Some("157286401"));
    assert_eq!(alert.facts.get("day"), Some("2026-11-23"));
    let next = 12 * HOUR + 1;
    w.send(two.interim(next, GB, 0)).send(two.interim(next + 600, GB + 200 * MB, 0));
    assert_eq!(w.kinds(), [AlertKind::DailyUsage; 2]);
    assert_eq!(w.alerts.values().last().unwrap().facts.get("day"), Some("2026-11-24"));
}

#[test]
fn case_45_stages_that_one_record_passes_are_one_alert_and_each_comes_once_a_cycle() {
    let mut w = Watched::by(vec![rule(1, stages(&[70, 90, 100], 100 * MB))]);
    let one = data(1, "a", 0);
    w.send(one.start()).send(one.interim(600, 71 * MB, 0));
    assert_eq!(w.only().facts.get("percent"), Some("70"));
    // Long before the rule is armed anew: another stage is other news.
    w.sweep(640).send(one.interim(660, 100 * MB, 0)).send(one.interim(2600, 500 * MB, 0));
    let percents: Vec<_> = w.alerts.values().filter_map(|alert| alert.facts.get("percent")).collect();
    assert_eq!(percents, ["70", "100"], "90 and 100 in one");
    assert_eq!(w.turned(), [AlertTurn::Began; 2]);
    // The cycle begins anew on the first of December.
    w.send(one.interim(9 * DAY, 600 * MB, 0)).sweep(9 * DAY + 1);
    let before = w.alerts.len();
    w.send(one.interim(9 * DAY + 600, 700 * MB, 0));
    assert_eq!(w.alerts.len(), before + 1);
}

#[test]
fn case_21_and_30_another_device_is_told_of_another_version_is_not() {
    let device = DeviceCondition { other: true, listed: vec!["86642503".into()], shared_by: None };
    let mut w = Watched::by(vec![rule(1, Condition::Device(device))]);
    let one = data(1, "a", 0);
    w.send(one.start().imei(imei("8664250312345601")));
    w.send(one.interim(60, 1, 0).imei(imei("8664250312345602")));
    assert_eq!(w.kinds(), []);
    w.send(one.interim(120, 2, 0).imei(imei("3527530987654301")));
    assert_eq!(w.kinds(), [AlertKind::OtherDevice, AlertKind::UnlistedDevice]);
    let other = &w.alerts[&AlertId(1)];
    assert_eq!(other.facts.get("from"), Some("8664250312345602"));
    assert_eq!(other.facts.get("to"), Some("3527530987654301"));
    assert_eq!(w.alerts[&AlertId(2)].ended_at, None);
    // Fillers of broken modems are no device.
    w.send(one.interim(180, 3, 0).imei(imei("0000000000000000")));
    assert_eq!(w.alerts.len(), 2);
    w.send(one.interim(240, 4, 0).imei(imei("8664250312345602")));
    assert_eq!(w.alerts[&AlertId(2)].ended_at, Some(at(240)));
}

#[test]
fn case_27_another_network_is_told_of_on_the_transition_and_when_it_is_over() {
    let network = NetworkCondition {
        networks: vec![plmn("00101"), plmn("00102")],
        roaming: true,
        rats: vec![RatType::EUTRAN],
    };
    let mut w = Watched::by(vec![rule(1, Condition::Network(network))]);
    let one = data(1, "a", 0);
    w.send(one.start()).send(one.interim(60, 1, 0).plmn(plmn("00102")));
    assert_eq!(w.kinds(), []);
    for step in 2..5 {
        w.send(one.interim(step * 60, step as u64, 0).plmn(plmn("44010")));
    }
    assert_eq!(w.kinds(), [AlertKind::OtherNetwork, AlertKind::Roaming]);
    assert_eq!(w.alerts[&AlertId(1)].facts.get("from"), Some("00102"));
    w.send(one.interim(600, 9, 0).rat(RatType::UTRAN));
    assert_eq!(w.kinds()[2], AlertKind::OtherRat);
    assert_eq!(w.alerts[&AlertId(1)].ended_at, Some(at(600)), "home again");
    assert_eq!(w.alerts[&AlertId(2)].ended_at, Some(at(600)));
    assert_eq!(w.alerts[&AlertId(3)].ended_at, None);
}

/// A SIM that connects for a minute once a day, give or take half an hour, is never late while it does; and is, within two
/// hours, when it doesn't.
#[test]
fn a_device_that_reports_once_a_day_is_late_when_it_misses_its_own_interval() {
    let condition = Condition::Offline(OfflineCondition { after_minutes: 2, learned: true });
    let mut w = Watched::by(vec![rule(1, condition)]);
    let mut last = 0;
    for day in 0..30 {
        let wobble = (day * 7919 % 61 - 30) * MINUTE;
        last = day * DAY + wobble.max(0);
        let one = data(1, &format!("d{day}"), last);
        w.send(one.start()).send(one.stop(last + 60, 1000, 1000));
        for hour in 1..=22 {
            w.sweep(last + hour * HOUR);
        }
        assert_eq!(w.kinds(), [], "day {day}");
    }
    w.sweep(last + DAY);
    assert_eq!(w.kinds(), []);
    for step in 0..16 {
        w.sweep(last + DAY + step * 10 * MINUTE);
    }
    let late = w.only();
    assert_eq!((late.kind, late.began_at), (AlertKind::Offline, at(last + 60)));
    assert!(late.noticed_at <= at(last + DAY + 30 * MINUTE + 2 * HOUR), "{late:?}");
    // Until something is learned of one, it isn't late.
    let new = data(2, "n", 31 * DAY);
    w.send(new.start()).send(new.stop(31 * DAY + 60, 1, 1)).sweep(60 * DAY);
    assert_eq!(w.alerts.values().filter(|alert| alert.sim == Some(SimId(2))).count(), 0);
}

#[test]
fn an_allowance_of_all_together_is_told_of_once_for_all() {
    let stages = Stages { percents: vec![50, 100], allowance: ByteCount(100 * MB), together: true };
    let condition = || Condition::Usage(UsageCondition { daily_over: None, stages: Some(stages.clone()) });
    let mut w = Watched::by(vec![rule(1, condition())]);
    let (one, two) = (data(1, "a", 0), data(2, "b", 0));
    w.send(one.start()).send(two.start()).send(one.interim(600, 40 * MB, 0));
    assert_eq!(w.kinds(), []);
    w.send(two.interim(700, 11 * MB, 0));
    let half = w.only();
    assert_eq!(
        (half.sim, half.facts.get("percent"), half.facts.get("used")),
        (None, Some("50"), Some("53477376"))
    );
    // As a restart does: what was used is summed up from the SIMs.
    w.net.fleet.set_rules(vec![], at(800));
    w.net.fleet.set_rules(vec![rule(1, condition())], at(800));
    w.send(one.interim(900, 90 * MB, 0));
    assert_eq!(w.alerts.len(), 2);
    assert_eq!(w.alerts[&AlertId(2)].facts.get("percent"), Some("100"));
}

/// SIMs come to a rule's group and leave it: each stage is told of once in a cycle all the same.
#[test]
fn an_allowance_of_a_group_is_told_of_once_for_each_stage_whoever_comes_and_goes() {
    let stages = Stages { percents: vec![50, 100], allowance: ByteCount(100 * MB), together: true };
    let rules = || {
        let stages = Some(stages.clone());
        let mut rule = rule(1, Condition::Usage(UsageCondition { daily_over: None, stages }));
        rule.said.target = Target::Groups(vec![GroupId(7)]);
        vec![rule]
    };
    let put = |w: &mut Watched, sim: u64, group: Option<GroupId>| {
        w.net.fleet.upsert_sim(&SimInventory { group, ..inventory(sim) }, DEFAULT_ZONE, 1);
        w.take();
    };
    let ours = Some(GroupId(7));
    let percents = |w: &Watched| -> Vec<String> {
        w.alerts.values().map(|alert| alert.facts.get("percent").unwrap().to_owned()).collect()
    };
    let mut w = Watched::by(rules());
    let (one, two) = (data(1, "a", 0), data(2, "b", 0));
    put(&mut w, 1, ours);
    w.send(one.start()).send(two.start()).send(one.interim(600, 30 * MB, 0)).send(two.interim(
        601,
        25 * MB,
        0,
    ));
    assert_eq!(percents(&w), Vec::<String>::new());
    put(&mut w, 2, ours);
    let half = w.only();
    assert_eq!((half.sim, half.group, half.facts.get("used")), (None, ours, Some("57671680")));
    assert_eq!(percents(&w), ["50"]);
    // It leaves, and the others reach the same again.
    put(&mut w, 2, None);
    w.send(one.interim(900, 60 * MB, 0));
    put(&mut w, 2, ours);
    put(&mut w, 2, None);
    assert_eq!(percents(&w), ["50"]);
    w.send(one.interim(1300, 100 * MB, 0));
    assert_eq!(percents(&w), ["50", "100"]);
    // What a rule finds reached when it comes is no news; the next cycle is.
    let others = rules().into_iter().map(|rule| Rule { version: 4, ..rule }).collect();
    w.net.fleet.set_rules(others, at(1400));
    w.send(one.interim(1500, 101 * MB, 0));
    assert_eq!(w.alerts.len(), 2);
    w.send(one.interim(9 * DAY, 101 * MB, 0)).send(one.interim(9 * DAY + 600, 160 * MB, 0));
    assert_eq!(percents(&w), ["50", "100", "50"]);
}

/// A start knows up to where people were told, though the sum is less by then.
#[test]
fn a_restart_knows_the_stages_that_a_group_has_reached() {
    let stages = Some(Stages { percents: vec![50], allowance: ByteCount(100 * MB), together: true });
    let mut rule = rule(1, Condition::Usage(UsageCondition { daily_over: None, stages }));
    rule.said.target = Target::Groups(vec![GroupId(7)]);
    let mut w = Watched::by(vec![rule.clone()]);
    let in_group = |sim| SimInventory { group: Some(GroupId(7)), ..inventory(sim) };
    [1, 2].iter().for_each(|sim| _ = w.net.fleet.upsert_sim(&in_group(*sim), DEFAULT_ZONE, 1));
    let (one, two) = (data(1, "a", 0), data(2, "b", 0));
    w.send(one.start()).send(two.start()).send(one.interim(600, 30 * MB, 0)).send(two.interim(
        601,
        25 * MB,
        0,
    ));
    assert_eq!(w.only().facts.get("percent"), Some("50"));
    let mut again = restarted(&w, vec![], 700);
    again.net.fleet.upsert_sim(&in_group(1), DEFAULT_ZONE, 1);
    again.net.fleet.set_rules(vec![rule], at(700));
    w.alerts.values().for_each(|alert| again.net.fleet.restore_alert(alert));
    again.send(one.interim(900, 60 * MB, 0));
    assert_eq!(again.alerts.len(), 1);
}

#[test]
fn case_22_one_device_in_several_sims_and_two_devices_with_one_card() {
    let device = DeviceCondition { other: false, listed: vec![], shared_by: Some(3) };
    let security = SecurityCondition { cloned: true, travel: true, times_usual: None, sign_ins: false };
    let mut w = Watched::by(vec![rule(1, Condition::Device(device)), rule(2, Condition::Security(security))]);
    let cloned = imei("8664250312345601");
    for sim in 1..=4 {
        let one = data(sim, &format!("{sim}"), 10 * sim as i64);
        w.send(one.start().imei(cloned)).send(one.stop(10 * sim as i64 + 5, 1, 1));
    }
    let shared = w.only();
    assert_eq!(
        (shared.kind, shared.sim, shared.facts.get("sims")),
        (AlertKind::SharedDevice, Some(SimId(3)), Some("3"))
    );
    // A second session with another device, while the first goes on.
    w.send(data(1, "w", 90).start().imei(cloned));
    w.send(data(1, "x", 100).apn("other").start().imei(imei("3527530987654301")));
    assert_eq!(w.kinds(), [AlertKind::SharedDevice, AlertKind::Cloned]);
    // From Taiwan to Japan within ten minutes.
    let one = data(2, "y", 150);
    w.send(one.interim(200, 1, 0).plmn(plmn("46692"))).send(one.interim(800, 2, 0).plmn(plmn("44010")));
    assert_eq!(w.kinds().last(), Some(&AlertKind::Travel));
    let travel = w.alerts.values().last().unwrap();
    assert_eq!((travel.facts.get("to"), travel.facts.get("secs")), (Some("44010"), Some("600")));
}

/// What reaches the number is told of once, by one of the rule's SIMs, whoever's SIM it is that reaches it.
#[test]
fn a_device_in_several_sims_is_told_of_by_the_rules_own() {
    let device = DeviceCondition { other: false, listed: vec![], shared_by: Some(3) };
    let rules = || {
        let mut rule = rule(1, Condition::Device(device.clone()));
        rule.said.target = Target::Groups(vec![GroupId(7)]);
        vec![rule]
    };
    let (one, other) = (imei("8664250312345601"), imei("3527530987654301"));
    // Those up to 4 are in the rule's group.
    let begin = || {
        let mut net = Net::empty(Default::default());
        for sim in 1..=9 {
            let group = (sim <= 4).then_some(GroupId(7));
            net.fleet.upsert_sim(&SimInventory { group, ..inventory(sim) }, DEFAULT_ZONE, 1);
        }
        net.fleet.set_rules(rules(), at(0));
        Watched { net, alerts: BTreeMap::new(), turns: Vec::new() }
    };
    let told = |w: &Watched| w.alerts.values().map(|alert| alert.sim.unwrap().0).collect::<Vec<_>>();
    let put = |w: &mut Watched, sim: u64, secs: i64, imei| {
        let session = data(sim, &format!("{sim}-{secs}"), secs);
        w.send(session.start().imei(imei)).send(session.stop(secs + 5, 1, 1));
    };
    // Three of others' have it, and nobody asked: then one of ours has.
    let mut w = begin();
    for (place, sim) in [7, 8, 9, 2, 3].into_iter().enumerate() {
        put(&mut w, sim, 10 * place as i64, one);
    }
    assert_eq!(told(&w), [2]);
    assert_eq!(w.only().facts.get("sims"), Some("4"));
    // One of ours has it, and others' make it three.
    let mut w = begin();
    for (place, sim) in [3, 7, 8, 9, 4].into_iter().enumerate() {
        put(&mut w, sim, 10 * place as i64, one);
    }
    assert_eq!(told(&w), [3]);
    // Those that left it don't count.
    let mut w = begin();
    put(&mut w, 1, 0, one);
    put(&mut w, 7, 10, one);
    put(&mut w, 7, 20, other);
    put(&mut w, 2, 30, one);
    assert_eq!(told(&w), []);
    put(&mut w, 8, 40, one);
    assert_eq!(told(&w), [1]);
}

#[test]
fn one_device_with_two_cards_at_once_is_told_of() {
    let security = SecurityCondition { cloned: true, ..SecurityCondition::default() };
    let rules = || vec![rule(1, Condition::Security(security.clone()))];
    let (device, same_device) = (imei("866425031234562"), imei("8664250312345602"));
    let (one, two) = (data(1, "a", 0), data(2, "b", 600));

    let mut w = Watched::by(rules());
    w.send(one.start().imei(device)).send(two.start().imei(same_device));
    let found = w.only();
    assert_eq!((found.kind, found.sim, found.began_at), (AlertKind::Cloned, Some(SimId(2)), at(600)));
    assert_eq!((found.facts.get("to"), found.facts.get("sims")), (Some("8664250312345602"), Some("2")));
    // Once, however often they report, also after a restart of ours.
    let mut w = restarted(&w, rules(), 700);
    w.send(one.interim(900, 5, 5).imei(device)).send(two.interim(1200, 5, 5).imei(same_device));
    assert_eq!((w.only().times, w.turns.len()), (1, 1));
    // Gone, and there again.
    w.send(one.stop(1300, 6, 6).imei(device)).send(data(1, "c", 1500).start().imei(device));
    assert_eq!(
        w.alerts.values().map(|alert| alert.sim).collect::<Vec<_>>(),
        [Some(SimId(2)), Some(SimId(1))]
    );

    // A card that is put into the device after the other was taken out.
    let mut w = Watched::by(rules());
    w.send(one.start().imei(device)).send(one.stop(500, 5, 5)).send(two.start().imei(device));
    assert_eq!(w.kinds(), []);
    // One whose end nobody said, and which isn't heard of any more; it is when it turns out to have been there.
    let mut w = Watched::by(rules());
    w.send(one.start().imei(device));
    (1..4).for_each(|step| _ = w.send(one.interim(step * 300, 5, 5).imei(device)));
    w.sweep(1700);
    assert_eq!(w.net.state(1), opencmp_domain::ConnectionState::Unconfirmed);
    let late = data(2, "b", 1700);
    w.send(late.start().imei(device));
    assert_eq!(w.kinds(), []);
    w.send(one.interim(1750, 9, 9).imei(device));
    assert_eq!((w.only().kind, w.only().sim), (AlertKind::Cloned, Some(SimId(1))));

    // Another tenant's is none of ours; a rule's own SIM says it, whichever came second.
    let mut w = Watched::by(rules());
    w.net.fleet.upsert_sim(&SimInventory { tenant: Some(TenantId(2)), ..inventory(2) }, DEFAULT_ZONE, 1);
    w.send(one.start().imei(device)).send(two.start().imei(device));
    assert_eq!(w.kinds(), []);
    let mut w = Watched::by(vec![]);
    w.net.fleet.upsert_sim(&SimInventory { group: Some(GroupId(7)), ..inventory(1) }, DEFAULT_ZONE, 1);
    let mut rules = rules();
    rules[0].said.target = Target::Groups(vec![GroupId(7)]);
    w.net.fleet.set_rules(rules, at(0));
    w.send(one.start().imei(device)).send(two.start().imei(device));
    assert_eq!(w.only().sim, Some(SimId(1)));
}

#[test]
fn traffic_far_from_a_sims_own_normal_is_told_of() {
    let security = SecurityCondition { times_usual: Some(5), ..SecurityCondition::default() };
    let mut w = Watched::by(vec![rule(1, Condition::Security(security))]);
    let (one, mut used) = (data(1, "a", 0), 0);
    w.send(one.start());
    for day in 0..10 {
        used += 2 * MB;
        w.send(one.interim(day * DAY + HOUR, used, 0));
    }
    assert_eq!(w.kinds(), []);
    w.send(one.interim(10 * DAY + HOUR, used + 30 * MB, 0));
    let found = w.only();
    assert_eq!(found.kind, AlertKind::Abnormal);
    let usual: u64 = found.facts.get("usual").unwrap().parse().unwrap();
    assert!((MB..3 * MB).contains(&usual), "{usual}");
}

/// A SIM that was first heard of ten minutes before midnight has no usual of it; nor has one of fewer than seven whole days.
#[test]
fn what_little_is_known_of_a_sim_is_not_its_normal() {
    let security = SecurityCondition { times_usual: Some(5), ..SecurityCondition::default() };
    for (whole, expected) in [(0, 0), (1, 0), (6, 0), (7, 1)] {
        let mut w = Watched::by(vec![rule(1, Condition::Security(security.clone()))]);
        let midnight = 12 * HOUR;
        let (one, mut used) = (data(1, "a", midnight - 600), 2 * MB);
        w.send(one.start()).send(one.interim(midnight - 60, used, 0));
        for day in 0..whole {
            used += 4 * MB;
            w.send(one.interim(midnight + day * DAY + 12 * HOUR, used, 0));
        }
        let last = midnight + whole * DAY + HOUR;
        w.send(one.interim(last, used, 0)).send(one.interim(last + 600, used + 60 * MB, 0));
        assert_eq!(w.alerts.len(), expected, "{whole} days");
    }
}

#[test]
fn a_rule_is_for_its_groups_and_tags() {
    let mut net = Net::empty(Default::default());
    for sim in 1..=4 {
        let mut sim = inventory(sim);
        sim.group = Some(GroupId(if sim.id.0 <= 2 { 7 } else { 8 }));
        sim.tags = if sim.id.0 % 2 == 0 { vec!["試點".into()] } else { vec![] };
        net.fleet.upsert_sim(&sim, DEFAULT_ZONE, 1);
    }
    let mut of_group = rule(1, daily(1));
    of_group.said.target = Target::Groups(vec![GroupId(7)]);
    let mut of_tag = rule(2, daily(1));
    of_tag.said.target = Target::Tags(vec!["試點".into(), "二期".into()]);
    let mut others = rule(3, daily(1));
    others.tenant = TenantId(2);
    let mut off = rule(4, daily(1));
    off.said.enabled = false;
    net.fleet.set_rules(vec![of_group, of_tag, others, off], at(0));
    let mut w = Watched { net, alerts: BTreeMap::new(), turns: Vec::new() };
    for sim in 1..=5 {
        let one = data(sim, &format!("{sim}"), 0);
        w.send(one.start()).send(one.interim(60, 10, 0));
    }
    let found: Vec<_> = w.alerts.values().map(|alert| (alert.sim.unwrap().0, alert.rule.0)).collect();
    assert_eq!(found, [(1, 1), (2, 1), (2, 2), (4, 2)]);
    assert_eq!(w.alerts[&AlertId(1)].group, Some(GroupId(7)));
}

#[test]
fn a_new_rule_says_nothing_of_what_has_been_so_for_long_and_a_removed_one_ends_its_alerts() {
    let mut w = Watched::by(vec![]);
    for (sim, stopped) in [(1, 100), (2, 950)] {
        let one = data(sim, &format!("{sim}"), 0);
        w.send(one.start()).send(one.stop(stopped, 1, 1));
    }
    w.net.fleet.set_rules(vec![rule(1, offline(2))], at(1000));
    w.sweep(1000).sweep(2000);
    assert_eq!(w.only().sim, Some(SimId(2)));
    w.net.fleet.set_rules(vec![], at(2500));
    w.take();
    assert_eq!(w.only().ended_at, Some(at(2500)));
    assert_eq!(w.turned(), [AlertTurn::Began]);
}

/// A network alert, one of the device, one of the radio, and one of silence: each goes on until its rule no longer asks.
#[test]
fn alerts_that_no_rule_asks_for_any_more_end_without_a_word() {
    let network = |networks: &[&str], roaming, rats: &[RatType]| {
        let networks = networks.iter().map(|network| plmn(network)).collect();
        Condition::Network(NetworkCondition { networks, roaming, rats: rats.to_vec() })
    };
    let listed = |digits: &[&str]| {
        let listed = digits.iter().map(|digits| digits.to_string()).collect();
        Condition::Device(DeviceCondition { other: false, listed, shared_by: None })
    };
    let rules = |network: &Condition, device: &Condition| {
        vec![rule(1, network.clone()), rule(2, device.clone()), rule(3, offline(2))]
    };
    let all = (network(&["00101"], true, &[RatType::EUTRAN]), listed(&["35275309"]));
    let begun = || {
        let mut w = Watched::by(rules(&all.0, &all.1));
        let one = data(1, "a", 0);
        w.send(one.start().imei(imei("3527530987654301")));
        let abroad = one.interim(60, 1, 0).plmn(plmn("44010")).rat(RatType::UTRAN);
        w.send(abroad.imei(imei("8664250312345601")));
        let two = data(2, "b", 0);
        w.send(two.start()).send(two.stop(60, 1, 1)).sweep(200);
        w
    };
    use AlertKind::{Offline, OtherNetwork, OtherRat, Roaming, UnlistedDevice};
    let open = |w: &Watched| {
        let open = w.alerts.values().filter(|alert| alert.ended_at.is_none());
        let mut kinds: Vec<_> = open.map(|alert| alert.kind).collect();
        kinds.sort_unstable();
        kinds
    };
    assert_eq!(open(&begun()), [Offline, UnlistedDevice, OtherNetwork, Roaming, OtherRat]);
    for (network, device, left) in [
        // The present network, radio and device are fine now.
        (
            network(&["00101", "44010"], true, &[RatType::EUTRAN, RatType::UTRAN]),
            listed(&["35275309", "86642503"]),
            vec![Offline, Roaming],
        ),
        // Or nobody asks: for roaming, for anything but roaming.
        (
            network(&["00101"], false, &[RatType::EUTRAN]),
            listed(&["35275309"]),
            vec![Offline, UnlistedDevice, OtherNetwork, OtherRat],
        ),
        (network(&[], true, &[]), listed(&["35275309"]), vec![Offline, UnlistedDevice, Roaming]),
        // More is fine, but not what there is.
        (
            network(&["00101", "00102"], true, &[RatType::EUTRAN, RatType::NR]),
            listed(&["35275309", "86642504"]),
            vec![Offline, UnlistedDevice, OtherNetwork, Roaming, OtherRat],
        ),
    ] {
        let mut w = begun();
        let told = w.turns.len();
        w.net.fleet.set_rules(rules(&network, &device), at(300));
        assert_eq!(open(w.take()), left, "{network:?}");
        assert!(w.alerts.values().all(|alert| alert.ended_at.is_none_or(|ended| ended == at(300))));
        assert_eq!(w.turns.len(), told);
        // The same if the rule was changed while nobody was there.
        let mut w = restarted(&begun(), rules(&network, &device), 300);
        assert_eq!(open(w.take()), left, "{network:?}");
    }
    // A SIM that leaves the rule's groups or tags, or goes back to stock.
    for sim in [
        SimInventory { group: Some(GroupId(8)), ..inventory(1) },
        SimInventory { tenant: None, ..inventory(1) },
    ] {
        let mut w = begun();
        let told = w.turns.len();
        let in_group = |id| SimInventory { group: Some(GroupId(7)), ..inventory(id) };
        [1, 2].iter().for_each(|id| _ = w.net.fleet.upsert_sim(&in_group(*id), DEFAULT_ZONE, 1));
        let mut rules = rules(&all.0, &all.1);
        rules.iter_mut().for_each(|rule| rule.said.target = Target::Groups(vec![GroupId(7)]));
        w.net.fleet.set_rules(rules, at(300));
        assert_eq!(open(w.take()).len(), 5);
        w.net.fleet.upsert_sim(&sim, DEFAULT_ZONE, 1);
        assert_eq!(open(w.take()), [Offline]);
        w.net.fleet.upsert_sim(
            &SimInventory { id: SimId(2), imsi: Some(imsi(2)), msisdn: Some(msisdn(2)), ..sim },
            DEFAULT_ZONE,
            1,
        );
        assert_eq!(open(w.take()), []);
        assert_eq!(w.turns.len(), told);
    }
}

#[test]
fn a_common_cause_ends_with_the_last_of_its_parts_that_is_watched() {
    let mut w = many(12, |sim| data(sim, "s", 0).start());
    w.send(on(1, 1000).node("pgw-1")).sweep(1120);
    let cause = w.alerts.values().find(|alert| alert.kind == AlertKind::GatewayLost).unwrap().id;
    (1..=11).for_each(|sim| _ = w.send(data(sim, "t", 1150 + sim as i64).start()));
    assert_eq!(w.alerts[&cause].ended_at, None);
    w.net.fleet.upsert_sim(&SimInventory { tenant: None, ..inventory(12) }, DEFAULT_ZONE, 1);
    assert!(w.take().alerts.values().all(|alert| alert.ended_at.is_some()));
}

// --- A restart. ---

/// The fleet as it is after a restart: from what was written.
fn restarted(w: &Watched, rules: Vec<Rule>, now: i64) -> Watched {
    let mut net = Net::empty(Default::default());
    w.net.classes.iter().for_each(|class| net.fleet.restore_class(class));
    w.net.nodes.values().for_each(|node| net.fleet.restore_node(node));
    for sim in 1u64.. {
        let Some(slot) = w.net.fleet.slot_of(SimId(sim as i64)) else { break };
        net.fleet.upsert_sim(&inventory(sim), DEFAULT_ZONE, 1);
        net.fleet.restore_sim(&w.net.fleet.stored_sim(slot).unwrap().live);
    }
    net.classes = w.net.classes.clone();
    for row in w.net.rows.values() {
        net.fleet.restore_session(row);
    }
    net.rows = w.net.rows.clone();
    net.nodes = w.net.nodes.clone();
    net.fleet.set_rules(rules, at(now));
    w.alerts.values().for_each(|alert| net.fleet.restore_alert(alert));
    Watched { net, alerts: w.alerts.clone(), turns: w.turns.clone() }
}

#[derive(Clone, Debug)]
enum Step {
    Connect(u64),
    Disconnect(u64),
    Use(u64, u64),
    Pass(i64),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1u64..4).prop_map(Step::Connect),
        3 => (1u64..4).prop_map(Step::Disconnect),
        3 => (1u64..4, 0..80 * MB).prop_map(|(sim, octets)| Step::Use(sim, octets)),
        3 => (1i64..400).prop_map(Step::Pass),
        1 => Just(Step::Restart),
    ]
}

/// What happened, with and without the restarts.
fn play(steps: &[Step], restarts: bool) -> Watched {
    let rules = || vec![rule(1, offline(2)), rule(2, daily(150 * MB)), rule(3, stages(&[50, 100], 400 * MB))];
    let mut w = Watched::by(rules());
    let mut now = 0;
    let mut open: BTreeMap<u64, (Data, u64)> = BTreeMap::new();
    for (n, step) in steps.iter().enumerate() {
        now += 1;
        match step {
            Step::Connect(sim) if !open.contains_key(sim) => {
                let one = data(*sim, &format!("{n}"), now);
                w.send(one.start());
                open.insert(*sim, (one, 0));
            }
            Step::Disconnect(sim) => {
                if let Some((one, used)) = open.remove(sim) {
                    w.send(one.stop(now, used, 0));
                }
            }
            Step::Use(sim, octets) => {
                if let Some((one, used)) = open.get_mut(sim) {
                    *used += octets;
                    let packet = one.interim(now, *used, 0);
                    w.send(packet);
                }
            }
            Step::Pass(secs) => now += secs,
            Step::Restart if restarts => w = restarted(&w, rules(), now - 1),
            _ => {}
        }
        w.sweep(now);
    }
    w
}

/// What people see of it, in the order of time. Of flapping, the first two times may be forgotten.
fn seen(w: &Watched) -> Vec<(AlertKind, i64, StoredAlert)> {
    let mut seen: Vec<_> = w
        .alerts
        .values()
        .filter(|alert| alert.kind != AlertKind::Flapping)
        .map(|alert| (alert.kind, alert.sim.unwrap().0, StoredAlert { id: AlertId(0), ..alert.clone() }))
        .collect();
    seen.sort_by_key(|(kind, sim, alert)| (alert.began_at, *kind, *sim, alert.rule));
    seen
}

fn told(w: &Watched) -> Vec<(AlertKind, i64, AlertTurn, i64)> {
    let of = |turn: &TurnOf| {
        let alert = &w.alerts[&turn.alert];
        (alert.kind, alert.sim.unwrap().0, turn.turn, turn.at.secs())
    };
    w.turns.iter().map(of).collect()
}

proptest! {
    #[test]
    fn a_restart_loses_no_alert_and_raises_none_twice(steps in prop::collection::vec(step(), 1..60)) {
        let (with, without) = (play(&steps, true), play(&steps, false));
        prop_assert_eq!(seen(&with), seen(&without));
        prop_assert_eq!(told(&with), told(&without));
    }
}
