//! What the applier tells: the directory that lists are served from, and through the live hub the browsers that watch.

use opencmp_domain::{
    GroupId, SimId, TenantId, dashboard::FleetCounts, event::TimelineEvent, sim::SimInventory,
    stored::UsageClass,
};
use opencmp_ingest::LiveSink;
use opencmp_live::Hub;
use opencmp_service::{LiveState, Service};
use std::sync::Arc;
use tokio::runtime::Handle;

pub struct Screen {
    pub service: Arc<Service>,
    pub hub: Arc<Hub>,
    pub runtime: Handle,
}

impl LiveSink for Screen {
    fn names_changed(&self) {
        // The old names stay where the new ones can't be read; the next change asks again.
        if let Err(error) = self.runtime.block_on(self.service.names_refresh()) {
            tracing::warn!(%error, "names of customers, groups and plans could not be read again");
        }
    }

    fn classes_added(&self, classes: &[UsageClass]) {
        self.service.directory().classes_add(classes);
    }

    fn inventory_changed(&self, sims: &[SimInventory]) {
        self.service.directory().inventory_upsert(sims);
        self.hub.changed(sims.iter().map(|sim| sim.id), &[]);
    }

    fn changed(&self, sims: &[(SimId, LiveState)], events: &[TimelineEvent]) {
        self.service.directory().live_update(sims);
        self.hub.changed(sims.iter().map(|(sim, _)| *sim), events);
    }

    fn counts_by_group(&self) -> Vec<(TenantId, GroupId, FleetCounts)> {
        self.service.directory().connection_by_group()
    }
}
