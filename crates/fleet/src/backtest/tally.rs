//! What came of a rule on trial: alerts by day, the first of them, and the messages that each channel would have had, by the
//! plan that real ones are sent by.

use super::News;
use opencmp_domain::{
    AlertId, Day, Timestamp, Tz,
    alert::{
        AlertKind, AlertTurn, Facts, StoredAlert, TurnOf,
        backtest::{BACKTEST_LINES, Told},
        channel::Channel,
        plan::{Plan, plan},
        rule::RuleSaid,
        settle::still_to_say,
    },
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

pub struct Tally {
    said: RuleSaid,
    zone: Tz,
    /// Cycles that began earlier are left out.
    first_cycle: Option<Day>,
    alerts: FxHashMap<AlertId, StoredAlert>,
    left_out: FxHashSet<AlertId>,
    first: Vec<AlertId>,
    days: BTreeMap<Day, u32>,
    parts: u32,
    listeners: Vec<Listener>,
}

/// A channel, and what it would know by now.
struct Listener {
    channel: Channel,
    told: FxHashMap<AlertId, AlertTurn>,
    held: BTreeMap<Timestamp, Vec<TurnOf>>,
    at_once: u32,
    summed_up: u32,
}

pub struct Tallied {
    /// Days without alerts aren't among them.
    pub days: BTreeMap<Day, u32>,
    pub parts: u32,
    pub first: Vec<StoredAlert>,
    pub told: Vec<Told>,
}

impl Tally {
    /// `channels`: those that the rule names. `first_cycle`: the first whose usage is known from its beginning, if not all are.
    pub fn new(said: RuleSaid, channels: Vec<Channel>, zone: Tz, first_cycle: Option<Day>) -> Self {
        let listener = |channel| Listener {
            channel,
            told: FxHashMap::default(),
            held: BTreeMap::new(),
            at_once: 0,
            summed_up: 0,
        };
        Self {
            said,
            zone,
            first_cycle,
            alerts: FxHashMap::default(),
            left_out: FxHashSet::default(),
            first: Vec::new(),
            days: BTreeMap::new(),
            parts: 0,
            listeners: channels.into_iter().map(listener).collect(),
        }
    }

    /// Alerts that are held in memory.
    pub fn alerts(&self) -> usize {
        self.alerts.len()
    }

    pub fn hear(&mut self, (now, alerts, turns): News) {
        self.say_held(now);
        for alert in alerts {
            self.keep(alert);
        }
        for turn in turns {
            let Some(alert) = self.alerts.get(&turn.alert) else { continue };
            for listener in self.listeners.iter_mut().filter(|listener| listener.channel.is_on()) {
                listener.hear(&self.said, turn, alert, now);
            }
        }
    }

    fn keep(&mut self, alert: StoredAlert) {
        if self.left_out.contains(&alert.id) {
            return;
        }
        if let Some(held) = self.alerts.get_mut(&alert.id) {
            // What was compared is said once.
            let facts = std::mem::take(&mut held.facts);
            *held = StoredAlert { facts, ..alert };
            return;
        }
        if alert.kind == AlertKind::UsageStage && self.is_of_begun_cycle(&alert.facts) {
            self.left_out.insert(alert.id);
            return;
        }
        if alert.parent.is_some() {
            self.parts = self.parts.saturating_add(1);
        } else {
            *self.days.entry(Day::of(alert.began_at, self.zone)).or_default() += 1;
            if self.first.len() < BACKTEST_LINES {
                self.first.push(alert.id);
            }
        }
        self.alerts.insert(alert.id, alert);
    }

    fn is_of_begun_cycle(&self, facts: &Facts) -> bool {
        let cycle = facts.get("cycle").and_then(|day| day.parse::<Day>().ok());
        self.first_cycle.zip(cycle).is_some_and(|(first, cycle)| cycle < first)
    }

    /// Sums up what is due by `now`.
    fn say_held(&mut self, now: Timestamp) {
        for listener in &mut self.listeners {
            while let Some(due) = listener.held.first_entry().filter(|due| *due.key() <= now) {
                let turns = due.remove();
                listener.sum_up(&self.alerts, &turns);
            }
        }
    }

    pub fn finish(mut self, until: Timestamp) -> Tallied {
        self.say_held(until);
        let told = |listener: Listener| {
            let Listener { channel, at_once, summed_up, .. } = listener;
            Told {
                on: channel.is_on(),
                recipients: u32::try_from(channel.said.to.addresses().len()).unwrap_or(u32::MAX),
                name: channel.said.name,
                at_once,
                summed_up,
            }
        };
        Tallied {
            first: self.first.iter().filter_map(|id| self.alerts.remove(id)).collect(),
            days: self.days,
            parts: self.parts,
            told: self.listeners.into_iter().map(told).collect(),
        }
    }
}

impl Listener {
    fn hear(&mut self, said: &RuleSaid, turn: TurnOf, alert: &StoredAlert, now: Timestamp) {
        match plan(said, &self.channel, turn, alert, now) {
            Plan::Never => {}
            Plan::Hold(due) => self.held.entry(due).or_default().push(turn),
            Plan::Now => {
                self.told.insert(turn.alert, turn.turn);
                self.at_once = self.at_once.saturating_add(1);
            }
        }
    }

    /// One message, whatever it says of how many alerts; none where nothing is left to say.
    fn sum_up(&mut self, alerts: &FxHashMap<AlertId, StoredAlert>, turns: &[TurnOf]) {
        let mut by_alert: BTreeMap<AlertId, Vec<AlertTurn>> = BTreeMap::new();
        for turn in turns {
            by_alert.entry(turn.alert).or_default().push(turn.turn);
        }
        let mut any = false;
        for (id, turns) in by_alert {
            let Some(alert) = alerts.get(&id) else { continue };
            if let Some(turn) = still_to_say(alert, self.told.get(&id).copied(), &turns) {
                self.told.insert(id, turn);
                any = true;
            }
        }
        self.summed_up = self.summed_up.saturating_add(u32::from(any));
    }
}
