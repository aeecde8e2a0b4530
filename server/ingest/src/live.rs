//! Who is told what changed: the directory that lists are served from, and the browsers that watch.

use opencmp_domain::{
    GroupId, SimId, TenantId, dashboard::FleetCounts, event::TimelineEvent, sim::SimInventory,
    stored::UsageClass,
};
use opencmp_service::{Directory, LiveState};

/// Called on the applier's thread, once per batch of records and not once per record.
pub trait LiveSink: Send + Sync + 'static {
    /// Tenants, groups or plans may have changed. Comes before the SIMs that refer to them; may take a moment.
    fn names_changed(&self);
    /// Comes before the SIMs whose state refers to them.
    fn classes_added(&self, classes: &[UsageClass]);
    fn inventory_changed(&self, sims: &[SimInventory]);
    /// The SIMs' state as it is now, each once. Events are in the order they happened and carry no names.
    fn changed(&self, sims: &[(SimId, LiveState)], events: &[TimelineEvent]);
    /// Counts by connection state for the chart over time. Terminated SIMs don't count.
    fn counts_by_group(&self) -> Vec<(TenantId, GroupId, FleetCounts)>;
}

/// A directory that nobody watches live.
impl LiveSink for Directory {
    fn names_changed(&self) {}

    fn classes_added(&self, classes: &[UsageClass]) {
        self.classes_add(classes);
    }

    fn inventory_changed(&self, sims: &[SimInventory]) {
        self.inventory_upsert(sims);
    }

    fn changed(&self, sims: &[(SimId, LiveState)], _: &[TimelineEvent]) {
        self.live_update(sims);
    }

    fn counts_by_group(&self) -> Vec<(TenantId, GroupId, FleetCounts)> {
        self.connection_by_group()
    }
}
