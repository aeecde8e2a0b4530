//! The operator's side: is the network's feed arriving, and is it keeping up.

use crate::{Result, Service, people::operator_may};
use opencmp_domain::{
    Scope,
    operator::{GatewayStatus, OperatorStatus, UnknownSim},
    role::Permission,
};

const UNKNOWN_PAGE: u32 = 50;

impl Service {
    pub async fn operator_status(&self, scope: &Scope) -> Result<OperatorStatus> {
        operator_may(scope, Permission::NetworkRead)?;
        let gateways = self.store.nas_list().await?.into_iter().map(|nas| {
            let feed = self.feed.gateway(nas.id);
            GatewayStatus {
                id: nas.id,
                name: nas.name,
                address: nas.address,
                last_heard_at: feed.last_heard_at,
                accepted: feed.accepted,
                duplicates: feed.duplicates,
                secret_mismatches: feed.secret_mismatches,
                last_mismatch_at: feed.last_mismatch_at,
                malformed: feed.malformed,
                clock_offset_ms: feed.clock_offset_ms,
                open_sessions: feed.open_sessions,
                restarted_at: feed.restarted_at,
                wrap_suspected_at: feed.wrap_suspected_at.filter(|_| !nas.counters_32bit),
                records_per_second: feed.records_per_second,
                nodes: feed.nodes,
                nodes_refused: feed.nodes_refused,
                node_refused: feed.node_refused,
            }
        });
        Ok(OperatorStatus {
            ingest: self.feed.status(),
            rate: self.feed.rate(),
            gateways: gateways.collect(),
            strangers: self.feed.strangers(),
            unknown_sims: self.store.unknown_sim_count().await?,
            tenants: self.directory.tenants(scope),
            as_of: self.clock.now(),
        })
    }

    /// Most recent first; pages count from 1.
    pub async fn unknown_sims(&self, scope: &Scope, page: u32) -> Result<Vec<UnknownSim>> {
        operator_may(scope, Permission::NetworkRead)?;
        Ok(self.store.unknown_sims(page.max(1), UNKNOWN_PAGE).await?)
    }
}
