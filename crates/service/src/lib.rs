//! What people and programs may do. Every operation takes a [`Scope`]; nothing here knows HTTP.
//!
//! - [`Service`]: the operations, one file per subject: [`sims`], [`usage`], [`overview`], [`network`], [`views`],
//!   [`manage`], [`groups`] (and what is said of SIMs), [`stock`].
//! - [`alerts`]: what people are told of, by which rules and ways.
//! - [`people`]: signing in, and what each may do. [`oidc`]: signing in by a provider of OpenID Connect. [`audit`]: what each did.
//! - [`portals`]: whose pages show ours in frames, and how a frame comes in.
//! - [`directory`]: the fleet as lists read it, in memory.
//! - [`reference`]: names of networks and devices.
//! - [`import`]: inventory files. [`cells`]: the radio network's, and files of them.
//! - [`export`]: CSV and XLSX, row by row.
//! - [`feed`]: what the service asks of the ingest side.
//! - [`clock`]: the one place that asks for the time.
//! - [`timing`]: how long operations take, as a metric.
//!
//! A page's way ends here: server function → `Service` → `Directory` for what is live, `Store` for what is kept.

pub mod alerts;
pub mod audit;
pub mod cells;
pub mod changes;
pub mod clock;
pub mod directory;
mod error;
pub mod export;
pub mod feed;
mod groups;
pub mod import;
mod manage;
mod network;
pub mod oidc;
mod overview;
pub mod people;
pub mod portals;
pub mod reference;
mod sims;
pub mod stock;
mod timing;
mod usage;
mod views;

pub use clock::Clock;
pub use directory::{Current, Directory, LiveState, Names};
pub use error::{ServiceError, chain};
pub use feed::{Course, GatewayFeed, NetworkFeed, PlayBack};
pub use opencmp_domain::Scope;

use opencmp_domain::{
    ByteCount, Cycle, Day, GroupId, SimId, TenantId, Timestamp, Tz, dashboard::FleetCounts,
    event::TimelineEvent, live::LiveRow, operator::IngestStatus, time::DEFAULT_ZONE,
};
use opencmp_store::Store;
use parking_lot::RwLock;
use rustc_hash::FxHashMap;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::Notify;

pub type Result<T> = std::result::Result<T, ServiceError>;

/// The operations. Cheap to share: one for the whole process.
pub struct Service {
    store: Store,
    directory: Arc<Directory>,
    clock: Clock,
    feed: Arc<dyn NetworkFeed>,
    calendars: RwLock<FxHashMap<TenantId, Calendar>>,
    callers: people::Callers,
    throttle: people::Throttle,
    sign_in_policy: people::SignInPolicy,
    oidc: Option<Arc<oidc::Oidc>>,
    signer: portals::Signer,
    /// Told when messages are due that who sends them doesn't know of.
    messages: Arc<Notify>,
    tries: Arc<alerts::Tries>,
    /// How often something was done about alerts.
    handled: Arc<AtomicU64>,
}

/// How a tenant cuts time into days and cycles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    pub zone: Tz,
    /// 1 to 28.
    pub cycle_day: u32,
}

impl Default for Calendar {
    fn default() -> Self {
        Self { zone: DEFAULT_ZONE, cycle_day: 1 }
    }
}

impl Calendar {
    pub fn today(self, now: Timestamp) -> Day {
        Day::of(now, self.zone)
    }

    pub fn cycle(self, now: Timestamp) -> Cycle {
        Cycle::of(self.today(now), self.cycle_day)
    }
}

impl Service {
    /// Call [`Service::names_refresh`] before the first request.
    pub fn new(store: Store, directory: Arc<Directory>, clock: Clock, feed: Arc<dyn NetworkFeed>) -> Self {
        Self {
            store,
            directory,
            clock,
            feed,
            calendars: RwLock::default(),
            callers: people::Callers::default(),
            throttle: people::Throttle::default(),
            sign_in_policy: people::SignInPolicy::default(),
            oidc: None,
            signer: portals::Signer::default(),
            messages: Arc::default(),
            tries: Arc::default(),
            handled: Arc::default(),
        }
    }

    /// Other than the default's.
    #[must_use]
    pub fn with_sign_in_policy(mut self, policy: people::SignInPolicy) -> Self {
        self.sign_in_policy = policy;
        self
    }

    /// Providers of OpenID Connect can be used.
    #[must_use]
    pub fn with_oidc(mut self, oidc: oidc::Oidc) -> Self {
        self.oidc = Some(Arc::new(oidc));
        self
    }

    /// Told when messages are due that who sends them doesn't know of: one that is sent again, a test of a channel.
    pub fn messages(&self) -> Arc<Notify> {
        self.messages.clone()
    }

    /// Rises when something was done about alerts: by people, and by what is given this.
    pub fn handled(&self) -> Arc<AtomicU64> {
        self.handled.clone()
    }

    /// Rises whenever alerts that wait for somebody may be others than before.
    pub fn alerts_version(&self) -> u64 {
        self.feed.alerts_written().wrapping_add(self.handled.load(Ordering::Relaxed))
    }

    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Reads the names of tenants, groups and plans again, after the inventory changed.
    pub async fn names_refresh(&self) -> Result<()> {
        let tenants = directory_names(&self.store, &self.directory).await?;
        *self.calendars.write() = tenants;
        Ok(())
    }

    /// The calendar of a tenant; of the only one in scope, or the default's for the operator.
    pub fn calendar(&self, tenant: Option<TenantId>) -> Calendar {
        tenant.and_then(|tenant| self.calendars.read().get(&tenant).copied()).unwrap_or_default()
    }

    fn current(&self) -> impl Fn(TenantId) -> Current {
        let now = self.clock.now();
        let calendars = self.calendars.read().clone();
        move |tenant| {
            let calendar = calendars.get(&tenant).copied().unwrap_or_default();
            let cycle_start = calendar.cycle(now).first_day(calendar.cycle_day);
            Current { today: calendar.today(now), cycle_start }
        }
    }

    // What the live hub asks, many times a second; all of it from memory.

    /// Until when the figures in memory are complete, and by how many seconds they are behind.
    pub fn freshness(&self) -> (Timestamp, u32) {
        let now = self.clock.now();
        let as_of = self.feed.applied_until();
        // Before the first record there is nothing to be behind of.
        let behind = if as_of.0 == 0 { 0 } else { now.secs_since(as_of) };
        (as_of, u32::try_from(behind).unwrap_or(0))
    }

    pub fn may_see(&self, scope: &Scope, sim: SimId) -> bool {
        self.directory.tenant_of(scope, sim).is_some()
    }

    pub fn live_row(&self, sim: SimId) -> Option<LiveRow> {
        self.directory.live_rows(&Scope::operator(), &[sim], self.current()).pop()
    }

    pub fn counts(&self, scope: &Scope, group: Option<GroupId>) -> FleetCounts {
        let _timed = timing::Timed::new("counts");
        self.directory.counts(scope, group)
    }

    /// Usage of today and of the current cycle over everything in scope.
    pub fn usage_now(&self, scope: &Scope) -> (ByteCount, ByteCount) {
        self.directory.usage(scope, self.current())
    }

    pub fn name_events(&self, scope: &Scope, events: Vec<TimelineEvent>) -> Vec<TimelineEvent> {
        self.directory.name_events(scope, events)
    }

    pub fn ingest_status(&self) -> IngestStatus {
        self.feed.status()
    }

    pub fn today_of(&self, sim: SimId) -> Day {
        let tenant = self.directory.tenant_of(&Scope::operator(), sim).flatten();
        self.calendar(tenant).today(self.clock.now())
    }
}

/// Loads names into the directory; answers the tenants' calendars.
async fn directory_names(store: &Store, directory: &Directory) -> Result<FxHashMap<TenantId, Calendar>> {
    let tenants = store.tenant_list().await?;
    let calendars = tenants
        .iter()
        .map(|tenant| {
            (tenant.id, Calendar { zone: tenant.time_zone, cycle_day: tenant.cycle_day.clamp(1, 28) })
        })
        .collect();
    let tenants = store.tenant_choices().await?;
    let groups = store.group_list(None).await?;
    let plans = store.plan_list().await?.into_iter().map(|plan| (plan.id, plan.name)).collect();
    directory.names_set(Names { tenants, groups, plans });
    Ok(calendars)
}
