//! A rule on trial raises what it would have raised: the same records through a fleet that watches them live, among other
//! tenants' SIMs and under other rules, and through a trial give the same alerts and turns.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use opencmp_domain::{
    AlertId, ByteCount, ChannelId, Day, Lang, RuleId, SimId, TenantId,
    alert::{
        AlertKind, AlertTurn, StoredAlert,
        channel::{Channel, ChannelSaid, Recipient},
        rule::{
            Condition, DeviceCondition, NetworkCondition, OfflineCondition, Rule, Stages, UsageCondition,
        },
        window::Window,
    },
    sim::SimInventory,
    time::DEFAULT_ZONE,
};
use opencmp_fleet::backtest::{Backtest, News, Tally};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// SIMs up to 6 are the tenant's, those up to 9 another's; what is beyond is in no inventory.
const OURS: u64 = 6;

/// Told of by the channel.
fn rule(id: i64, condition: Condition) -> Rule {
    let mut rule = common::rule(id, condition);
    rule.said.notify.channels.push(ChannelId(1));
    rule
}

fn rules() -> Vec<Rule> {
    let stages = Stages { percents: vec![50, 100], allowance: ByteCount(400), together: true };
    vec![
        rule(1, Condition::Offline(OfflineCondition { after_minutes: 2, learned: false })),
        rule(2, Condition::Usage(UsageCondition { daily_over: Some(ByteCount(150)), stages: Some(stages) })),
        rule(
            3,
            Condition::Device(DeviceCondition {
                other: true,
                listed: vec!["86642503".into()],
                shared_by: Some(2),
            }),
        ),
        rule(4, Condition::Network(NetworkCondition { roaming: true, ..NetworkCondition::default() })),
    ]
}

fn of_tenant(sim: u64) -> SimInventory {
    SimInventory { tenant: Some(TenantId(if sim <= OURS { 1 } else { 2 })), ..inventory(sim) }
}

/// An alert with its turns, without the ids, which differ where others are raised between.
type Seen = (AlertKind, StoredAlert, Vec<(AlertTurn, i64)>);

#[derive(Default)]
struct Heard {
    alerts: BTreeMap<AlertId, StoredAlert>,
    turns: BTreeMap<AlertId, Vec<(AlertTurn, i64)>>,
}

impl Heard {
    fn hear(&mut self, (_, alerts, turns): News) {
        for alert in alerts {
            let facts = self.alerts.get(&alert.id).map_or(alert.facts.clone(), |held| held.facts.clone());
            self.alerts.insert(alert.id, StoredAlert { facts, ..alert });
        }
        for turn in turns {
            self.turns.entry(turn.alert).or_default().push((turn.turn, turn.at.secs()));
        }
    }

    /// In the order of time; what a gateway's restart brings about at once is in no order.
    fn of(&self, rule: RuleId) -> Vec<Seen> {
        let seen = |alert: &StoredAlert| {
            let parent = alert.parent.map(|_| AlertId(0));
            let turns = self.turns.get(&alert.id).cloned().unwrap_or_default();
            (alert.kind, StoredAlert { id: AlertId(0), parent, ..alert.clone() }, turns)
        };
        let mut all: Vec<Seen> = self.alerts.values().filter(|alert| alert.rule == rule).map(seen).collect();
        all.sort_by_key(|(kind, alert, _)| (alert.noticed_at, *kind, alert.sim));
        all
    }
}

fn live(packets: &[Packet], until: i64) -> Heard {
    let mut net = Net::empty(Default::default());
    for sim in 1..=9 {
        net.fleet.upsert_sim(&of_tenant(sim), DEFAULT_ZONE, 1);
    }
    net.fleet.set_rules(rules(), at(0));
    let mut heard = Heard::default();
    let mut take = |net: &mut Net, second: i64| {
        let (alerts, turns) = net.fleet.take_alerts();
        heard.hear((at(second), alerts, turns));
    };
    let mut packets = packets.iter().peekable();
    for second in 0..=until {
        net.sweep(second);
        take(&mut net, second);
        while let Some(packet) = packets.next_if(|packet| packet.at == second) {
            net.send(packet.clone());
            take(&mut net, second);
        }
    }
    heard
}

fn on_trial(rule: &Rule, packets: &[Packet], until: i64) -> Heard {
    let mut trial = Backtest::new(Default::default(), rule.clone(), at(0));
    for sim in 1..=OURS {
        trial.add_sim(&of_tenant(sim), DEFAULT_ZONE, 1);
    }
    assert_eq!(trial.sims(), OURS);
    let mut heard = Heard::default();
    trial.pass(at(0), &mut |news| heard.hear(news));
    for packet in packets {
        trial.apply(&packet.record(), &mut |news| heard.hear(news));
    }
    trial.pass(at(until), &mut |news| heard.hear(news));
    heard
}

/// A session of a SIM: after so many seconds, for so long, with so much, in one of a few devices and networks.
fn sessions() -> impl Strategy<Value = Vec<(u64, i64, i64, u64, usize, usize)>> {
    prop::collection::vec((1u64..12, 0i64..900, 1i64..900, 0u64..200, 0usize..3, 0usize..2), 1..40)
}

fn packets(sessions: &[(u64, i64, i64, u64, usize, usize)]) -> Vec<Packet> {
    let mut free: BTreeMap<u64, i64> = BTreeMap::new();
    let mut packets = vec![on(2, 1).node("other")];
    for (number, (sim, after, lasts, octets, device, network)) in sessions.iter().enumerate() {
        let began = free.get(sim).copied().unwrap_or(1) + after;
        let device = imei(["866425031234562", "490154203237518", "356938035643809"][*device]);
        let session =
            Data { plmn: plmn([TEST_PLMN, "44010"][*network]), ..data(*sim, &format!("s{number}"), began) };
        packets.push(session.start().imei(device));
        packets.push(session.stop(began + lasts, *octets, 0).imei(device));
        free.insert(*sim, began + lasts);
    }
    packets.push(on(1, 3000).node("pgw"));
    packets.sort_by_key(|packet| packet.at);
    packets
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn on_trial_as_live(sessions in sessions()) {
        let packets = packets(&sessions);
        let until = packets.last().unwrap().at + 1000;
        let live = live(&packets, until);
        for rule in rules() {
            let tried = on_trial(&rule, &packets, until);
            prop_assert_eq!(tried.of(rule.id), live.of(rule.id), "{}", rule.said.name);
            prop_assert_eq!(tried.of(rule.id).len(), tried.alerts.len());
        }
    }
}

#[test]
fn a_rule_says_nothing_of_what_was_so_before_it_held() {
    let rule = rule(1, Condition::Offline(OfflineCondition { after_minutes: 2, learned: false }));
    let mut trial = Backtest::new(Default::default(), rule, at(1000));
    (1..=2).for_each(|sim| trial.add_sim(&inventory(sim), DEFAULT_ZONE, 1));
    let mut heard = Heard::default();
    let (early, late) = (data(1, "a", 0), data(2, "b", 0));
    for packet in [early.start(), late.start(), early.stop(100, 1, 1), late.stop(950, 1, 1)] {
        trial.apply(&packet.record(), &mut |news| heard.hear(news));
    }
    trial.pass(at(5000), &mut |news| heard.hear(news));
    let sims: Vec<_> = heard.alerts.values().map(|alert| alert.sim).collect();
    assert_eq!(sims, [Some(SimId(2))], "the first was late before");
}

fn channel(window: Option<Window>) -> Channel {
    let addresses = vec!["a@b.example".into(), "c@d.example".into()];
    let to = Recipient::Email { addresses, lang: Lang::En };
    Channel {
        id: ChannelId(1),
        tenant: TenantId(1),
        said: ChannelSaid { name: "c".into(), to, person: None, window, enabled: true },
        modified_at: at(0),
        switched_off: None,
        owner: None,
    }
}

#[test]
fn messages_are_counted_as_they_would_be_sent() {
    let packets: Vec<Packet> = (1..=3)
        .flat_map(|sim| {
            let (away, back) = (data(sim, &format!("a{sim}"), 0), data(sim, &format!("b{sim}"), 1000));
            [away.start(), away.stop(100, 1, 1), back.start()]
        })
        .collect();
    let told = |digest_hours, window: Option<Window>| {
        let mut rule = rule(1, Condition::Offline(OfflineCondition { after_minutes: 2, learned: false }));
        rule.said.notify.digest_hours = digest_hours;
        let mut packets = packets.clone();
        packets.sort_by_key(|packet| packet.at);
        let mut trial = Backtest::new(Default::default(), rule.clone(), at(0));
        (1..=3).for_each(|sim| trial.add_sim(&inventory(sim), DEFAULT_ZONE, 1));
        let mut tally = Tally::new(rule.said, vec![channel(window)], DEFAULT_ZONE, None);
        for packet in &packets {
            trial.apply(&packet.record(), &mut |news| tally.hear(news));
        }
        trial.pass(at(DAY), &mut |news| tally.hear(news));
        let tallied = tally.finish(at(DAY));
        let days: Vec<_> = tallied.days.into_iter().collect();
        assert_eq!(days, [("2026-11-23".parse::<Day>().unwrap(), 3)]);
        assert_eq!(tallied.first.len(), 3);
        let told = &tallied.told[0];
        (told.at_once, told.summed_up, told.messages())
    };
    // Three begin and end.
    assert_eq!(told(None, None), (6, 0, 12));
    // All of it is over when the digest is made: one message to each address.
    assert_eq!(told(Some(6), None), (0, 1, 2));
    let night = Window::new(22, 8, DEFAULT_ZONE).unwrap();
    assert_eq!(told(None, Some(night)), (0, 1, 2));
}

#[test]
fn stages_of_cycles_that_had_begun_are_left_out() {
    let stages = Stages { percents: vec![50], allowance: ByteCount(100), together: false };
    let rule =
        rule(1, Condition::Usage(UsageCondition { daily_over: Some(ByteCount(60)), stages: Some(stages) }));
    let one = data(1, "a", 0);
    let tallied = |first_cycle: Option<&str>| {
        let mut trial = Backtest::new(Default::default(), rule.clone(), at(0));
        trial.add_sim(&inventory(1), DEFAULT_ZONE, 1);
        let first_cycle = first_cycle.map(|day| day.parse().unwrap());
        let mut tally = Tally::new(rule.said.clone(), Vec::new(), DEFAULT_ZONE, first_cycle);
        for packet in [one.start(), one.interim(600, 70, 0)] {
            trial.apply(&packet.record(), &mut |news| tally.hear(news));
        }
        tally.finish(at(600)).first.iter().map(|alert| alert.kind).collect::<Vec<_>>()
    };
    assert_eq!(tallied(None), [AlertKind::DailyUsage, AlertKind::UsageStage]);
    assert_eq!(tallied(Some("2026-11-01")), [AlertKind::DailyUsage, AlertKind::UsageStage]);
    assert_eq!(tallied(Some("2026-11-02")), [AlertKind::DailyUsage]);
}
