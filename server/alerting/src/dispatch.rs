//! Turns become messages, or are held back; what was held back becomes messages when it is due. With an alert's first turn, what its
//! rule does by itself is done.

use crate::{Alerting, known::Known, lost, words::Item};
use futures::{FutureExt, future::Shared};
use opencmp_domain::{
    Timestamp,
    alert::{
        AlertTurn, TurnOf,
        action::acts_on,
        channel::{Channel, ChannelKind},
        plan::{Plan, hours, plan},
        settle::still_to_say,
    },
};
use opencmp_service::{alerts::messages, chain};
use opencmp_store::{Act, DueTurn, Held, NewDelivery, Result, WaitingTurn};
use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// Turns that are looked at together.
const BATCH: u32 = 500;
/// Turns that one message says together, whatever else is due: so many fit into memory and a transaction.
const MOST_OF_A_DIGEST: u32 = 20_000;
/// Without word of new ones, it looks this often: another process may have written some.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_secs(1);

pub(crate) async fn run(alerting: Arc<Alerting>, known: Arc<Known>, end: impl Future<Output = ()>) {
    tokio::pin!(end);
    let dispatcher = Dispatcher { alerting, known };
    loop {
        let wait = match dispatcher.look().await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::warn!(error = chain(&error), "alerts wait to be told of");
                RETRY
            }
        };
        tokio::select! {
            () = &mut end => return,
            () = dispatcher.alerting.turns.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

struct Dispatcher {
    alerting: Arc<Alerting>,
    known: Arc<Known>,
}

impl Dispatcher {
    /// Works off what there is; how long until there may be more.
    async fn look(&self) -> Result<Duration> {
        let store = &self.alerting.store;
        let mut made = false;
        loop {
            let waiting = store.alert_turns_waiting(BATCH).await?;
            if waiting.is_empty() {
                break;
            }
            made |= self.tell(waiting).await?;
        }
        loop {
            let due = store.alert_held_due(self.alerting.clock.now(), MOST_OF_A_DIGEST).await?;
            if due.is_empty() {
                break;
            }
            made |= self.tell_held(due).await?;
        }
        let told = self.known.now(store).await?;
        made |= lost::tell(&self.alerting, &told).await?;
        if made {
            self.alerting.messages.notify_one();
        }
        let next = store.alert_held_next().await?;
        let until = next.map(|next| next.secs_since(self.alerting.clock.now()).max(0) as u64);
        Ok(until.map_or(LOOK_EVERY, |secs| Duration::from_secs(secs).min(LOOK_EVERY)))
    }

    async fn tell(&self, waiting: Vec<WaitingTurn>) -> Result<bool> {
        let (now, told) = (self.alerting.clock.now(), self.known.now(&self.alerting.store).await?);
        let (mut deliveries, mut held, mut acts) = (Vec::new(), Vec::new(), Vec::new());
        for WaitingTurn { turn, alert, .. } in &waiting {
            let Some(rule) = told.rule(alert.rule) else { continue };
            let acting = turn.turn == AlertTurn::Began && !rule.actions.is_empty() && acts_on(alert);
            let program = rule.actions.http.filter(|_| acting).and_then(|id| told.channel(id));
            let program = program.filter(|channel| {
                channel.said.to.kind() == ChannelKind::Http && channel.tells_of(rule, alert)
            });
            let mut now_told = Vec::new();
            for channel in rule.notify.channels.iter().filter_map(|id| told.channel(*id)) {
                match plan(rule, channel, *turn, alert, now) {
                    Plan::Never => {}
                    Plan::Hold(due_at) => {
                        held.push(Held { channel: channel.id, rule: alert.rule, turn: *turn, due_at });
                    }
                    Plan::Now => now_told.push(channel),
                }
            }
            if let Some(program) = program.filter(|program| now_told.iter().all(|told| told.id != program.id))
            {
                now_told.push(program);
            }
            for channel in now_told {
                let items = [Item { turn: *turn, alert: alert.clone() }];
                // A program is called for what the rule does by itself, whatever the hours.
                let at_once = program.is_some_and(|program| program.id == channel.id);
                deliveries.extend(self.messages(channel, &items, now, at_once).await?);
            }
            if acting {
                acts.push(Act {
                    alert: alert.clone(),
                    rule_name: rule.name.clone(),
                    actions: rule.actions.clone(),
                    told: program.map(|program| program.said.name.clone()),
                });
            }
        }
        let ids: Vec<i64> = waiting.iter().map(|waiting| waiting.id).collect();
        let taken = self.alerting.store.alert_turns_take(&ids, &deliveries, &held, &acts, now).await?;
        if taken && acts.iter().any(|act| act.actions.handle.is_some()) {
            self.alerting.handled.fetch_add(1, Ordering::Relaxed);
        }
        if taken && acts.iter().any(|act| act.actions.change.is_some()) {
            self.alerting.wanted.notify_one();
        }
        Ok(taken && !deliveries.is_empty())
    }

    /// One message of a channel, whatever it says of how many alerts. What is late may be due when nobody is to be told: it is held
    /// back once more, until the hours in which somebody may be.
    async fn tell_held(&self, due: Vec<DueTurn>) -> Result<bool> {
        let Some(first) = due.first() else { return Ok(false) };
        let (now, told) = (self.alerting.clock.now(), self.known.now(&self.alerting.store).await?);
        let (mut deliveries, mut held) = (Vec::new(), Vec::new());
        if let Some(channel) = told.channel(first.held.channel) {
            let mut to_tell = Vec::new();
            for due in &due {
                // A rule that isn't in force says nothing any more.
                let Some(rule) = told.rule(due.held.rule) else { continue };
                if !channel.tells_of(rule, &due.alert) {
                    continue;
                }
                match hours([rule], channel, now) {
                    due_at if due_at > now => held.push(Held { due_at, ..due.held }),
                    _ => to_tell.push(due),
                }
            }
            let items = self.left_to_say(channel, &to_tell).await?;
            if !items.is_empty() {
                deliveries = self.messages(channel, &items, now, false).await?;
            }
        }
        let ids: Vec<i64> = due.iter().map(|due| due.id).collect();
        let taken = self.alerting.store.alert_held_take(&ids, &deliveries, &held).await?;
        Ok(taken && !deliveries.is_empty())
    }

    async fn left_to_say(&self, channel: &Channel, due: &[&DueTurn]) -> Result<Vec<Item>> {
        let mut by_alert: BTreeMap<_, Vec<&DueTurn>> = BTreeMap::new();
        for due in due {
            by_alert.entry(due.alert.id).or_default().push(due);
        }
        let alerts: Vec<_> = by_alert.keys().copied().collect();
        let told = self.alerting.store.alert_told(&alerts, channel.id).await?;
        let mut items = Vec::new();
        for (id, due) in by_alert {
            let turns: Vec<AlertTurn> = due.iter().map(|due| due.held.turn.turn).collect();
            let Some(latest) = due.last() else { continue };
            if let Some(turn) = still_to_say(&latest.alert, told.get(&id).copied(), &turns) {
                let at = latest.held.turn.at;
                items.push(Item { turn: TurnOf { alert: id, turn, at }, alert: latest.alert.clone() });
            }
        }
        Ok(items)
    }

    /// To each address of the channel.
    async fn messages(
        &self,
        channel: &Channel,
        items: &[Item],
        now: Timestamp,
        at_once: bool,
    ) -> Result<Vec<NewDelivery>> {
        let (lang, kind) = (channel.said.to.lang(), channel.said.to.kind());
        let wording = self.alerting.words.about(channel.tenant, items, kind, lang, now).await;
        let of: Vec<_> = items.iter().map(|item| (item.alert.id, item.turn.turn)).collect();
        messages(channel, &wording.subject, &wording.content, &of, now, at_once)
    }
}

/// An end that several can wait for.
pub type End = Shared<futures::future::BoxFuture<'static, ()>>;

/// Makes one of a future.
pub fn end(of: impl Future<Output = ()> + Send + 'static) -> End {
    of.boxed().shared()
}
