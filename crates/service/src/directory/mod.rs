//! The fleet as lists read it: every SIM's inventory and live state, in memory, column by column.
//!
//! The database holds the truth; this is built from it at start and kept up to date by the applier (live part) and by
//! the inventory watcher (the rest). Lists, search, sorting and counts are served from here, because sorting by what every
//! record changes would cost the database an index update per record.
//!
//! - [`text`]: identifiers and names laid out for search; [`grams`]: where in them what is sought may be.
//! - [`rows`]: the columns, and how they change.
//! - [`orders`]: rows in the order of a column that records don't change; [`peaks`]: where the highest of the others are.
//! - [`counts`]: counts and sums per group, kept up to date with every change.
//! - [`search`]: what is sought in which column, and the rows found.
//! - [`list`]: filter, search, sort, page.

mod counts;
mod grams;
mod list;
mod orders;
mod peaks;
mod rows;
mod search;
mod text;

pub use rows::{LiveState, Names};

use opencmp_domain::{
    ByteCount, Day, GroupId, PlanId, Scope, SimId, TenantId, UsageClassId,
    dashboard::FleetCounts,
    event::TimelineEvent,
    live::LiveRow,
    query::{SimPage, SimQuery},
    sim::{GroupChoice, SimInventory, SimRow, TenantChoice},
    stored::UsageClass,
    usage::{TopSim, UpDown},
};
use parking_lot::{RwLock, RwLockWriteGuard};
use rows::Rows;
use rustc_hash::FxHashMap;

/// Changes, a fraction of a millisecond's, that readers wait for at most.
const BETWEEN_READERS: usize = 512;

/// Shared by the applier, which writes, and everybody who reads. A reader holds the lock for a few milliseconds at most,
/// and acknowledgements of records never wait for it.
#[derive(Default)]
pub struct Directory {
    rows: RwLock<Rows>,
}

/// What is current, in a tenant's time zone: figures of another day or cycle read as zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Current {
    pub today: Day,
    pub cycle_start: Day,
}

impl Directory {
    /// Names of tenants, groups and plans. Call before the SIMs that refer to them.
    pub fn names_set(&self, names: Names) {
        self.rows.write().names_set(names);
    }

    pub fn classes_add(&self, classes: &[UsageClass]) {
        self.rows.write().classes_add(classes);
    }

    /// New and changed SIMs of the inventory; their live state stays.
    pub fn inventory_upsert(&self, sims: &[SimInventory]) {
        self.rows.write().inventory_upsert(sims);
    }

    /// The live state of SIMs that records, the sweep or recovery changed. Unknown ids are left out. Readers that wait come
    /// in between: under load a group of records is thousands of changes.
    pub fn live_update(&self, changes: &[(SimId, LiveState)]) {
        let mut rows = self.rows.write();
        for changes in changes.chunks(BETWEEN_READERS) {
            rows.live_update(changes);
            RwLockWriteGuard::bump(&mut rows);
        }
    }

    pub fn len(&self) -> usize {
        self.rows.read().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A page of the list. `listed` is a pasted list, already read.
    pub fn page(
        &self,
        scope: &Scope,
        query: &SimQuery,
        listed: Option<&[String]>,
        current: impl Fn(TenantId) -> Current,
    ) -> SimPage {
        list::page(&self.rows.read(), scope, query, listed, &current)
    }

    /// The first `most` rows, by number, of those that have `text` in any identifier or name.
    pub fn quick_search(
        &self,
        scope: &Scope,
        text: &str,
        most: usize,
        current: impl Fn(TenantId) -> Current,
    ) -> Vec<SimRow> {
        list::quick_search(&self.rows.read(), scope, text, most, &current)
    }

    /// Ids of everything that the query matches, in the query's order: for exports, which then read rows in pieces.
    pub fn matching(
        &self,
        scope: &Scope,
        query: &SimQuery,
        listed: Option<&[String]>,
        current: impl Fn(TenantId) -> Current,
    ) -> Vec<SimId> {
        list::matching(&self.rows.read(), scope, query, listed, &current)
    }

    /// Rows by id, in the order asked for; those out of scope or gone are left out.
    pub fn rows_by_id(
        &self,
        scope: &Scope,
        ids: &[SimId],
        current: impl Fn(TenantId) -> Current,
    ) -> Vec<SimRow> {
        let rows = self.rows.read();
        ids.iter()
            .filter_map(|id| rows.find(*id))
            .filter(|row| rows.in_scope(*row, scope))
            .map(|row| rows.row(row, &current))
            .collect()
    }

    /// The tenant of a SIM in scope.
    pub fn tenant_of(&self, scope: &Scope, id: SimId) -> Option<Option<TenantId>> {
        let rows = self.rows.read();
        let row = rows.find(id)?;
        rows.in_scope(row, scope).then(|| rows.tenant(row))
    }

    pub fn live_rows(
        &self,
        scope: &Scope,
        ids: &[SimId],
        current: impl Fn(TenantId) -> Current,
    ) -> Vec<LiveRow> {
        let rows = self.rows.read();
        ids.iter()
            .filter_map(|id| rows.find(*id))
            .filter(|row| rows.in_scope(*row, scope))
            .map(|row| rows.live_row(row, &current))
            .collect()
    }

    pub fn counts(&self, scope: &Scope, group: Option<GroupId>) -> FleetCounts {
        self.rows.read().counts(scope, group)
    }

    /// Usage of the current day and cycle over everything in scope.
    pub fn usage(&self, scope: &Scope, current: impl Fn(TenantId) -> Current) -> (ByteCount, ByteCount) {
        self.rows.read().usage(scope, &current)
    }

    /// The SIMs in scope with the highest usage of the current cycle.
    pub fn top_of_cycle(
        &self,
        scope: &Scope,
        most: usize,
        current: impl Fn(TenantId) -> Current,
    ) -> Vec<TopSim> {
        list::top_of_cycle(&self.rows.read(), scope, most, &current)
    }

    pub fn groups(&self, scope: &Scope) -> Vec<GroupChoice> {
        self.rows.read().groups(scope)
    }

    /// The groups that a choice of `group` means: itself and those nested in it by name.
    pub fn groups_within(&self, scope: &Scope, group: GroupId) -> Vec<GroupId> {
        self.rows.read().group_ids(scope, group)
    }

    /// Rate plans of SIMs in scope, and `also` these, by name.
    pub fn plans_held(&self, scope: &Scope, also: &[PlanId]) -> Vec<(PlanId, String)> {
        self.rows.read().plans_held(scope, also)
    }

    /// How many SIMs have each plan that any has, terminated ones too.
    pub fn plan_counts(&self) -> FxHashMap<PlanId, u64> {
        self.rows.read().plan_counts()
    }

    pub fn tenants(&self, scope: &Scope) -> Vec<TenantChoice> {
        self.rows.read().tenants(scope)
    }

    /// SIMs that the network speaks of and no tenant owns.
    pub fn unknown_count(&self) -> u64 {
        self.rows.read().unknown_count()
    }

    pub fn tenant_name(&self, tenant: TenantId) -> Option<String> {
        self.rows.read().tenant_name(tenant).map(str::to_owned)
    }

    pub fn group_name(&self, group: GroupId) -> Option<String> {
        self.rows.read().group_name(group).map(str::to_owned)
    }

    pub fn class(&self, class: UsageClassId) -> Option<UsageClass> {
        self.rows.read().class(class).cloned()
    }

    /// Connected, unconfirmed and disconnected SIMs per group, for the samples of the connected-over-time chart.
    pub fn connection_by_group(&self) -> Vec<(TenantId, GroupId, FleetCounts)> {
        self.rows.read().connection_by_group()
    }

    /// Number and name for figures of SIMs; those out of scope are dropped.
    pub fn label_top(&self, scope: &Scope, top: &[(SimId, UpDown)]) -> Vec<TopSim> {
        let rows = self.rows.read();
        let named = top.iter().filter_map(|(id, usage)| {
            let row = rows.find(*id).filter(|row| rows.in_scope(*row, scope))?;
            let (msisdn, name) = rows.label(row);
            Some(TopSim { id: *id, msisdn, name, usage: *usage })
        });
        named.collect()
    }

    /// Number and name for events of SIMs that are in scope; others are dropped.
    pub fn name_events(&self, scope: &Scope, events: Vec<TimelineEvent>) -> Vec<TimelineEvent> {
        let rows = self.rows.read();
        let named = events.into_iter().filter_map(|mut event| {
            let row = rows.find(event.sim).filter(|row| rows.in_scope(*row, scope))?;
            (event.msisdn, event.name) = rows.label(row);
            Some(event)
        });
        named.collect()
    }
}
