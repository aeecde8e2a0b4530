//! Subscribers, what is marked for them, and the tick that sends it.

use crate::message::Pieces;
use opencmp_domain::{
    Day, GroupId, Permission, Scope, SimId, TenantId, Timestamp,
    event::TimelineEvent,
    live::{FleetLive, Watch},
};
use opencmp_service::{Service, ServiceError};
use parking_lot::{Mutex, RwLock};
use rustc_hash::{FxHashMap, FxHashSet};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;

/// How often changes leave: quick to the eye, and one message for many records.
const TICK: Duration = Duration::from_millis(200);
/// Messages that a slow reader may leave unread before it is sent a snapshot instead.
const MOST_UNREAD: usize = 8;
/// A page hears at least this often how fresh its figures are (in ticks).
const HEARTBEAT_TICKS: u64 = 25;
/// After alerts couldn't be counted.
const RETRY: Duration = Duration::from_secs(2);
/// Events kept between two ticks; a storm shows its newest.
const MOST_EVENTS: usize = 50;

pub struct Hub {
    service: Arc<Service>,
    /// How many subscribers watch a SIM: the applier asks this about every SIM that it changed.
    watched: RwLock<FxHashMap<SimId, u32>>,
    marked: Mutex<Marked>,
    subscribers: Mutex<FxHashMap<u64, Subscriber>>,
    next_id: AtomicU64,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Marked {
    sims: FxHashSet<SimId>,
    events: Vec<TimelineEvent>,
    anything: bool,
}

/// Alerts that wait for somebody, as they were counted last: a query for all who see the same, when there are others.
#[derive(Default)]
struct Waiting {
    counts: FxHashMap<Reach, Arc<str>>,
    /// [`Service::alerts_version`] of then.
    version: Option<u64>,
    /// Somebody came who may see others.
    wanted: bool,
    counting: bool,
}

/// A tenant, and the groups that somebody is limited to.
type Reach = (TenantId, Option<Vec<GroupId>>);

struct Subscriber {
    scope: Scope,
    watch: Watch,
    to: mpsc::Sender<Arc<str>>,
    /// The first message, and every one after a reader fell behind, holds everything.
    wants_snapshot: bool,
    counts_sent: Option<Arc<str>>,
    fleet_sent: Option<Arc<str>>,
    ingest_sent: Option<Arc<str>>,
    alerts_sent: Option<Arc<str>>,
}

/// One page's stream. Dropping it ends the subscription.
pub struct Subscription {
    id: u64,
    hub: Arc<Hub>,
    from: mpsc::Receiver<Arc<str>>,
}

impl Subscription {
    /// The next message, as JSON; `None` when the server shuts down.
    pub async fn next(&mut self) -> Option<Arc<str>> {
        self.from.recv().await
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.hub.unsubscribe(self.id);
    }
}

impl Hub {
    pub fn new(service: Arc<Service>) -> Arc<Self> {
        let (watched, marked, subscribers, next_id, waiting) = Default::default();
        Arc::new(Self { service, watched, marked, subscribers, next_id, waiting })
    }

    /// Called by the applier after the directory is up to date. Cheap when nobody watches.
    pub fn changed(&self, sims: impl Iterator<Item = SimId>, events: &[TimelineEvent]) {
        let watched = self.watched.read();
        let mut marked = self.marked.lock();
        marked.anything = true;
        if !watched.is_empty() {
            marked.sims.extend(sims.filter(|sim| watched.contains_key(sim)));
        }
        marked.events.extend(events.iter().rev().take(MOST_EVENTS).rev().cloned());
        let surplus = marked.events.len().saturating_sub(MOST_EVENTS);
        marked.events.drain(..surplus);
    }

    /// Begins a stream; its first message is a snapshot. SIMs out of scope are as if they weren't there.
    pub fn subscribe(self: &Arc<Self>, scope: Scope, watch: Watch) -> Result<Subscription, ServiceError> {
        if watch.ingest && !(scope.is_operator() && scope.may(Permission::NetworkRead)) {
            return Err(ServiceError::Forbidden);
        }
        let (to, from) = mpsc::channel(MOST_UNREAD);
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        {
            let mut watched = self.watched.write();
            for sim in &watch.sims {
                *watched.entry(*sim).or_default() += 1;
            }
        }
        let mut subscriber = Subscriber {
            scope,
            watch,
            to,
            wants_snapshot: true,
            counts_sent: None,
            fleet_sent: None,
            ingest_sent: None,
            alerts_sent: None,
        };
        let counts_alerts = subscriber.watch.alerts;
        {
            // No tick comes between: it would take the marks of what changes after the snapshot and not know whom to tell.
            let mut subscribers = self.subscribers.lock();
            self.send(&mut subscriber, &mut Tick::now(self, Marked::default()), true);
            subscribers.insert(id, subscriber);
        }
        // Only now: whoever counts looks at who is there.
        self.waiting.lock().wanted |= counts_alerts;
        Ok(Subscription { id, hub: self.clone(), from })
    }

    pub fn subscriber_count(&self) -> usize {
        self.subscribers.lock().len()
    }

    fn unsubscribe(&self, id: u64) {
        let Some(gone) = self.subscribers.lock().remove(&id) else { return };
        let mut watched = self.watched.write();
        for sim in gone.watch.sims {
            if let Some(count) = watched.get_mut(&sim) {
                *count -= 1;
                if *count == 0 {
                    watched.remove(&sim);
                }
            }
        }
    }

    /// Ticks until `shutdown` is done; then every stream ends.
    pub async fn run(self: Arc<Self>, shutdown: impl Future<Output = ()>) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut shutdown = std::pin::pin!(shutdown);
        let mut count = 0u64;
        let mut days: FxHashMap<SimId, Day> = FxHashMap::default();
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = &mut shutdown => break,
            }
            count += 1;
            if count.is_multiple_of(HEARTBEAT_TICKS) {
                self.mark_new_days(&mut days);
            }
            self.count_alerts();
            self.tick(count.is_multiple_of(HEARTBEAT_TICKS));
        }
        self.subscribers.lock().clear();
    }

    /// Counts alerts that wait, if they may be others or others may want to know; apart from the ticks, which wait for no
    /// database.
    fn count_alerts(self: &Arc<Self>) {
        let version = self.service.alerts_version();
        let stale = {
            let waiting = self.waiting.lock();
            let stale = waiting.version != Some(version);
            if waiting.counting || !(stale || waiting.wanted) {
                return;
            }
            stale
        };
        let wanted: FxHashMap<Reach, Scope> = {
            let subscribers = self.subscribers.lock();
            let who = subscribers.values().filter(|subscriber| subscriber.watch.alerts);
            who.filter_map(|subscriber| Some((reach(&subscriber.scope)?, subscriber.scope.clone()))).collect()
        };
        let mut waiting = self.waiting.lock();
        waiting.counts.retain(|reach, _| wanted.contains_key(reach));
        waiting.wanted = false;
        waiting.version = Some(version);
        let known = |reach: &Reach| !stale && waiting.counts.contains_key(reach);
        let asked: Vec<(Reach, Scope)> = wanted.into_iter().filter(|(reach, _)| !known(reach)).collect();
        if asked.is_empty() {
            return;
        }
        waiting.counting = true;
        drop(waiting);
        let hub = self.clone();
        tokio::spawn(async move {
            let mut failed = false;
            for (reach, scope) in asked {
                match hub.service.alert_counts(&scope).await {
                    Ok(counts) => _ = hub.waiting.lock().counts.insert(reach, json(&counts)),
                    Err(error) => {
                        tracing::warn!(error = opencmp_service::chain(&error), "alerts weren't counted");
                        failed = true;
                    }
                }
            }
            if failed {
                tokio::time::sleep(RETRY).await;
                hub.waiting.lock().version = None;
            }
            hub.marked.lock().anything = true;
            hub.waiting.lock().counting = false;
        });
    }

    /// At midnight the day's usage of every SIM on a screen becomes another, without a record.
    fn mark_new_days(&self, days: &mut FxHashMap<SimId, Day>) {
        let watched: Vec<SimId> = self.watched.read().keys().copied().collect();
        let mut now = FxHashMap::default();
        let mut marked = self.marked.lock();
        for sim in watched {
            let today = self.service.today_of(sim);
            if days.get(&sim).is_some_and(|day| *day != today) {
                marked.sims.insert(sim);
            }
            now.insert(sim, today);
        }
        *days = now;
    }

    fn tick(&self, heartbeat: bool) {
        let mut subscribers = self.subscribers.lock();
        let marked = std::mem::take(&mut *self.marked.lock());
        if subscribers.is_empty() || !(marked.anything || heartbeat || !marked.sims.is_empty()) {
            return;
        }
        let mut tick = Tick::now(self, marked);
        for subscriber in subscribers.values_mut() {
            self.send(subscriber, &mut tick, heartbeat);
        }
    }

    /// Puts one subscriber's message together and sends it if it says anything new.
    fn send(&self, subscriber: &mut Subscriber, tick: &mut Tick<'_>, heartbeat: bool) {
        let Subscriber { scope, watch, wants_snapshot, .. } = subscriber;
        let whole = *wants_snapshot;
        let due: Vec<SimId> =
            watch.sims.iter().copied().filter(|sim| whole || tick.marked.sims.contains(sim)).collect();
        let rows: Vec<Arc<str>> = due.into_iter().filter_map(|sim| tick.row(scope, sim)).collect();
        let counts = watch
            .counts
            .then(|| tick.counts(scope, watch))
            .filter(|c| whole || subscriber.counts_sent.as_ref() != Some(c));
        let fleet = watch
            .fleet
            .then(|| tick.fleet(scope))
            .filter(|f| whole || subscriber.fleet_sent.as_ref() != Some(f));
        let events = (watch.fleet && !tick.marked.events.is_empty())
            .then(|| tick.events(scope))
            .filter(|e| &**e != "[]");
        let ingest = watch
            .ingest
            .then(|| tick.ingest())
            .filter(|i| whole || subscriber.ingest_sent.as_ref() != Some(i));
        let alerts = watch
            .alerts
            .then(|| self.waiting(scope))
            .flatten()
            .filter(|a| whole || subscriber.alerts_sent.as_ref() != Some(a));
        let figures = [&counts, &fleet, &ingest, &alerts].into_iter().any(Option::is_some);
        let says_something = figures || !rows.is_empty() || events.is_some();
        if !(says_something || heartbeat || whole) {
            return;
        }
        let message = Pieces {
            snapshot: whole,
            as_of: tick.as_of,
            behind_secs: tick.behind_secs,
            rows: rows.iter().map(AsRef::as_ref).collect(),
            counts: counts.as_deref(),
            fleet: fleet.as_deref(),
            events: events.as_deref(),
            ingest: ingest.as_deref(),
            alerts: alerts.as_deref(),
        };
        if subscriber.to.try_send(message.join().into()).is_err() {
            // Full or gone. If it is only slow, the next message makes up for all that it missed.
            subscriber.wants_snapshot = true;
            return;
        }
        subscriber.wants_snapshot = false;
        subscriber.counts_sent = counts.or(subscriber.counts_sent.take());
        subscriber.fleet_sent = fleet.or(subscriber.fleet_sent.take());
        subscriber.ingest_sent = ingest.or(subscriber.ingest_sent.take());
        subscriber.alerts_sent = alerts.or(subscriber.alerts_sent.take());
    }

    fn waiting(&self, scope: &Scope) -> Option<Arc<str>> {
        self.waiting.lock().counts.get(&reach(scope)?).cloned()
    }
}

/// `None`: who isn't within a tenant, or may not see alerts, hears of none.
fn reach(scope: &Scope) -> Option<Reach> {
    let tenant = scope.only_tenant().filter(|_| scope.may(Permission::AlertRead))?;
    Some((tenant, scope.groups().map(<[GroupId]>::to_vec)))
}

/// One tick: its pieces are serialised when the first subscriber needs them.
struct Tick<'a> {
    service: &'a Service,
    marked: Marked,
    as_of: Timestamp,
    behind_secs: u32,
    rows: FxHashMap<SimId, Option<Arc<str>>>,
    by_scope: Vec<(Scope, Option<GroupId>, Arc<str>)>,
    fleets: Vec<(Scope, Arc<str>)>,
    events: Vec<(Scope, Arc<str>)>,
    ingest: Option<Arc<str>>,
}

impl<'a> Tick<'a> {
    fn now(hub: &'a Hub, marked: Marked) -> Self {
        let service = &*hub.service;
        let (as_of, behind_secs) = service.freshness();
        let (rows, by_scope, fleets, events, ingest) = Default::default();
        Self { service, marked, as_of, behind_secs, rows, by_scope, fleets, events, ingest }
    }

    /// Scope is checked for each subscriber; what a row says is the same for all that may see it.
    fn row(&mut self, scope: &Scope, sim: SimId) -> Option<Arc<str>> {
        if !self.service.may_see(scope, sim) {
            return None;
        }
        let service = self.service;
        let held = self.rows.entry(sim).or_insert_with(|| service.live_row(sim).map(|row| json(&row)));
        held.clone()
    }

    fn counts(&mut self, scope: &Scope, watch: &Watch) -> Arc<str> {
        let held = self.by_scope.iter().find(|(s, group, _)| s == scope && *group == watch.group);
        if let Some((.., held)) = held {
            return held.clone();
        }
        let counts = json(&self.service.counts(scope, watch.group));
        self.by_scope.push((scope.clone(), watch.group, counts.clone()));
        counts
    }

    fn fleet(&mut self, scope: &Scope) -> Arc<str> {
        if let Some((_, held)) = self.fleets.iter().find(|(s, _)| s == scope) {
            return held.clone();
        }
        let (usage_today, usage_cycle) = self.service.usage_now(scope);
        let fleet = json(&FleetLive { usage_today, usage_cycle });
        self.fleets.push((scope.clone(), fleet.clone()));
        fleet
    }

    fn events(&mut self, scope: &Scope) -> Arc<str> {
        if let Some((_, held)) = self.events.iter().find(|(s, _)| s == scope) {
            return held.clone();
        }
        let newest_first = self.marked.events.iter().rev().cloned().collect();
        let events = json(&self.service.name_events(scope, newest_first));
        self.events.push((scope.clone(), events.clone()));
        events
    }

    fn ingest(&mut self) -> Arc<str> {
        let service = self.service;
        self.ingest.get_or_insert_with(|| json(&service.ingest_status())).clone()
    }
}

/// These types hold numbers and strings: serialising them can't fail.
fn json(value: &impl serde::Serialize) -> Arc<str> {
    serde_json::to_string(value).unwrap_or_default().into()
}

#[cfg(test)]
mod tests;
