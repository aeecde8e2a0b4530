//! Start: the fleet as the database has it. What the journal has beyond that, the applier applies when this is done.

use crate::{
    applier::live_state,
    config::IngestConfig,
    feed::Feed,
    live::LiveSink,
    watch::{self, Calendars, PAGE, RulesInForce},
};
use opencmp_domain::{
    AlertId, Day, SessionId, SimId, Timestamp,
    alert::{StoredAlert, backtest::BACKTEST_DAYS, rule::MOST_REARM},
    sim::SimInventory,
    stored::{Absence, StoredSession, StoredSim},
    time::DEFAULT_ZONE,
};
use opencmp_fleet::{Fleet, SimSlot};
use opencmp_service::chain;
use opencmp_store::{Result, SessionKey, Store};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{runtime::Handle, sync::mpsc};

/// What ended longer ago than any rule stays disarmed is another when it comes again.
const REMEMBERED_SECS: i64 = MOST_REARM as i64 * 60;
/// No cycle is longer.
const CYCLE_SECS: i64 = 31 * 24 * 3600;
const RETRY: Duration = Duration::from_millis(500);
/// Pages that wait to be taken in, so that reading and taking in go on side by side.
const AHEAD: usize = 2;

/// What is loaded.
pub(crate) struct Loaded {
    pub(crate) fleet: Fleet,
    pub(crate) calendars: Calendars,
    /// The inventory is loaded up to here; later changes may be in it already.
    pub(crate) inventory_version: i64,
    /// The latest event of all SIMs.
    pub(crate) heard_until: Timestamp,
    pub(crate) rules: RulesInForce,
}

pub(crate) struct Recovery<'a> {
    pub(crate) config: &'a IngestConfig,
    pub(crate) store: &'a Store,
    pub(crate) runtime: &'a Handle,
    pub(crate) feed: &'a Feed,
    pub(crate) live: &'a dyn LiveSink,
    pub(crate) give_up: &'a AtomicBool,
}

impl Recovery<'_> {
    /// `None` when it is time to give up. A database that doesn't answer is asked again.
    pub(crate) fn run(&self) -> Option<Loaded> {
        let began = Instant::now();
        let inventory_version = self.ask(|store| async move { store.inventory_version().await })?;
        let tenants = self.ask(|store| async move { store.tenant_list().await })?;
        let mut loaded = Loaded {
            fleet: Fleet::new(self.config.fleet.clone()),
            calendars: watch::calendars(&tenants),
            inventory_version,
            heard_until: Timestamp::default(),
            rules: RulesInForce { as_of: (0, 0), rules: Vec::new() },
        };
        let classes = self.ask(|store| async move { store.classes().await })?;
        classes.iter().for_each(|class| loaded.fleet.restore_class(class));
        self.live.names_changed();
        self.live.classes_added(&classes);
        let nodes = self.ask(|store| async move { store.node_list().await })?;
        nodes.iter().for_each(|node| loaded.fleet.restore_node(node));
        self.sims(&mut loaded)?;
        let heard_of = self.live_parts(&mut loaded)?;
        let recent_from = self.sessions(&mut loaded)?;
        self.marks(&mut loaded, recent_from)?;
        self.absences(&mut loaded)?;
        self.alerts(&mut loaded)?;
        self.show(&loaded, &heard_of);
        tracing::info!(
            sims = loaded.fleet.sims(), sessions = loaded.fleet.sessions(), took = ?began.elapsed(), "fleet loaded"
        );
        Some(loaded)
    }

    fn sims(&self, loaded: &mut Loaded) -> Option<()> {
        let page = |store: Store, after: Option<SimId>| async move {
            let sims = store.sim_inventory_page(after.unwrap_or(SimId(0)), PAGE).await?;
            let last = sims.last().map(|sim: &SimInventory| sim.id);
            Ok((sims, last))
        };
        self.pages(page, |sims: &[SimInventory]| {
            for sim in sims {
                take_in(&mut loaded.fleet, &loaded.calendars, sim);
            }
            self.live.inventory_changed(sims);
        })
    }

    /// The state of SIMs, with the sessions that are open.
    fn live_parts(&self, loaded: &mut Loaded) -> Option<Vec<SimSlot>> {
        let mut heard_of = Vec::new();
        let page = |store: Store, after: Option<SimId>| async move {
            let rows = store.sim_live_page(after.unwrap_or(SimId(0)), PAGE).await?;
            let last = rows.last().map(|row: &StoredSim| row.live.sim);
            Ok((rows, last))
        };
        self.pages(page, |rows| {
            let latest = rows.iter().filter_map(|row| row.live.last_access_at).max();
            loaded.heard_until = loaded.heard_until.max(latest.unwrap_or_default());
            for row in rows {
                heard_of.extend(loaded.fleet.restore_sim(&row.live));
                restore(&mut loaded.fleet, &row.open);
            }
        })?;
        Some(heard_of)
    }

    /// Sessions that closed so lately that records of them may still come.
    fn sessions(&self, loaded: &mut Loaded) -> Option<Timestamp> {
        let horizon = i64::from(self.config.fleet.closed_horizon_secs);
        let since = self.feed.clock.now().plus_secs(-horizon);
        let fleet = &mut loaded.fleet;
        let page = move |store: Store, after: Option<SessionKey>| async move {
            let rows = store.sessions_recent_page(since, after, PAGE).await?;
            let key = |row: &StoredSession| Some(SessionKey { at: row.ended_at?, id: row.id });
            let last = rows.last().and_then(key);
            Ok((rows, last))
        };
        self.pages(page, |rows| restore(fleet, rows))?;
        Some(since)
    }

    fn marks(&self, loaded: &mut Loaded, recent_from: Timestamp) -> Option<()> {
        let gateways = self.ask(|store| async move { store.nas_status_list().await })?;
        self.feed.restore_gateways(gateways);
        let last = self.ask(|store| async move { store.session_last_id().await })?;
        loaded.fleet.set_next_session_id(SessionId(last.0 + 1));
        if last.0 > 0 {
            loaded.fleet.set_forgotten_until(recent_from);
        }
        Some(())
    }

    /// When nobody listened: what is known of it, and the time before this start.
    fn absences(&self, loaded: &mut Loaded) -> Option<()> {
        let now = self.feed.clock.now();
        let since = Day(Day::of(now, DEFAULT_ZONE).0 - BACKTEST_DAYS).start(DEFAULT_ZONE);
        let since = since.min(now.plus_secs(-REMEMBERED_SECS));
        let mut absences = self.ask(|store| async move { store.absence_list(since).await })?;
        // Who heard nothing listened all the same, as long as the fleet was counted.
        let counted = self.ask(|store| async move { store.fleet_counted_until().await })?;
        let heard = self.feed.heard_before().unwrap_or(loaded.heard_until);
        let began_at = heard.max(counted.unwrap_or_default());
        let absence = Absence { began_at, ended_at: now };
        if began_at.0 > 0 && absence.counts() {
            tracing::info!(began_at = %began_at.utc(), "nobody listened since then: what was silent meanwhile is waited for anew");
            self.ask(|store| async move { store.absence_add(absence).await })?;
            absences.push(absence);
        }
        for absence in absences {
            loaded.fleet.note_absence(&absence);
            self.feed.note_absence(absence);
        }
        Some(())
    }

    /// The rules, and the alerts that go on or may yet be one with what comes.
    fn alerts(&self, loaded: &mut Loaded) -> Option<()> {
        let version = self.ask(|store| async move { store.alert_version().await })?;
        let rules = self.ask(|store| async move { store.alert_rules_in_force().await })?;
        // A gateway's clock may be ahead of ours.
        loaded.fleet.set_rules(rules.clone(), loaded.heard_until.min(self.feed.clock.now()));
        loaded.rules = RulesInForce { as_of: (version, loaded.inventory_version), rules };
        let since = loaded.heard_until.plus_secs(-CYCLE_SECS);
        let stages = self.ask(|store| async move { store.alerts_of_stages(since).await })?;
        stages.iter().for_each(|alert| loaded.fleet.restore_alert(alert));
        let since = loaded.heard_until.plus_secs(-REMEMBERED_SECS);
        let fleet = &mut loaded.fleet;
        let page = move |store: Store, after: Option<AlertId>| async move {
            let alerts = store.alerts_remembered(since, after.unwrap_or(AlertId(0)), PAGE).await?;
            let last = alerts.last().map(|alert: &StoredAlert| alert.id);
            Ok((alerts, last))
        };
        self.pages(page, |alerts: &[StoredAlert]| {
            alerts.iter().for_each(|alert| fleet.restore_alert(alert))
        })?;
        let last = self.ask(|store| async move { store.alert_last_id().await })?;
        loaded.fleet.set_next_alert_id(AlertId(last.0 + 1));
        Some(())
    }

    fn show(&self, loaded: &Loaded, heard_of: &[SimSlot]) {
        for slots in heard_of.chunks(PAGE as usize) {
            let states: Vec<_> =
                slots.iter().filter_map(|slot| live_state(&loaded.fleet.sim_view(*slot)?)).collect();
            self.live.changed(&states, &[]);
        }
    }

    /// Asks until there is an answer.
    fn ask<T, F: Future<Output = Result<T>>>(&self, ask: impl Fn(Store) -> F) -> Option<T> {
        loop {
            if self.give_up.load(Ordering::Relaxed) {
                return None;
            }
            match self.runtime.block_on(ask(self.store.clone())) {
                Ok(answer) => return Some(answer),
                Err(error) => {
                    tracing::error!(error = chain(&error), "the fleet can't be loaded yet");
                    std::thread::sleep(RETRY);
                }
            }
        }
    }

    /// Reads page after page on the runtime and takes them in here.
    fn pages<T, K, F>(
        &self,
        page: impl Fn(Store, Option<K>) -> F + Send + 'static,
        mut take: impl FnMut(&[T]),
    ) -> Option<()>
    where
        T: Send + 'static,
        K: Clone + Send + Sync + 'static,
        F: Future<Output = Result<(Vec<T>, Option<K>)>> + Send,
    {
        let (send, mut pages) = mpsc::channel(AHEAD);
        let store = self.store.clone();
        let reading = self.runtime.spawn(async move {
            let mut after = None;
            loop {
                match page(store.clone(), after.clone()).await {
                    Ok((rows, last)) => {
                        after = last;
                        if send.send(rows).await.is_err() || after.is_none() {
                            return;
                        }
                    }
                    Err(error) => {
                        tracing::error!(error = chain(&error), "the fleet can't be loaded yet");
                        tokio::time::sleep(RETRY).await;
                        if send.is_closed() {
                            return;
                        }
                    }
                }
            }
        });
        while !self.give_up.load(Ordering::Relaxed) {
            let received = self.runtime.block_on(async { tokio::time::timeout(RETRY, pages.recv()).await });
            match received {
                Ok(Some(rows)) => take(&rows),
                Ok(None) => return Some(()),
                Err(_) => {}
            }
        }
        reading.abort();
        None
    }
}

fn restore(fleet: &mut Fleet, rows: &[StoredSession]) {
    for row in rows {
        fleet.restore_session(row);
    }
}

/// A SIM of the inventory, into the fleet.
pub(crate) fn take_in(fleet: &mut Fleet, calendars: &Calendars, sim: &SimInventory) -> SimSlot {
    let calendar = sim.tenant.and_then(|tenant| calendars.get(&tenant));
    let (zone, cycle_day) = calendar.copied().unwrap_or((DEFAULT_ZONE, 1));
    fleet.upsert_sim(sim, zone, cycle_day)
}

/// Shared by the threads that may have to stop early.
pub(crate) type GiveUp = Arc<AtomicBool>;
