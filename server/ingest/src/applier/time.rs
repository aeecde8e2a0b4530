//! What the clock asks for: the sweep over silent sessions, samples of the fleet, figures of the gateways.

use super::Applier;
use opencmp_domain::{
    Timestamp,
    node::{Node, NodeStatus},
    stored::{Absence, FleetSample},
};
use opencmp_service::chain;
use std::{
    net::IpAddr,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

const SWEEP_SECS: i64 = 1;
const SAMPLE_SECS: i64 = 300;
/// Gateways' figures are written this often, when nothing else is.
const GATEWAYS_EVERY: Duration = Duration::from_secs(30);

impl Applier {
    pub(super) fn keep_time(&mut self) {
        let feed = self.around.feed.clone();
        let now = feed.clock.now();
        feed.sample(now);
        let direct = feed.directs.load(Ordering::Relaxed) > 0;
        let is_live = feed.is_recovered() && self.next >= feed.end().0 && !direct;
        self.listen(now);
        // While records wait, time is what they say: a backlog is not silence. While none is taken, time stands.
        let fleet_now = if is_live { self.deaf_since.unwrap_or(now) } else { self.received_at };
        if fleet_now.secs_since(self.swept_at) >= SWEEP_SECS && fleet_now.0 > 0 {
            self.swept_at = fleet_now;
            self.fleet.sweep(fleet_now, &mut self.effects);
            let alerts = self.fleet.unsaved_alerts() > 0;
            if alerts || !self.effects.sims.is_empty() || !self.effects.sessions.is_empty() {
                self.pending.touch(Instant::now());
                self.end_batch();
            }
            self.note_gateways();
        }
        // Records that are fed in make history as they go; a backlog from the sockets doesn't, its time is over.
        let sampled_now = if direct { self.received_at } else { now };
        let step = |at: Timestamp| at.0.div_euclid(SAMPLE_SECS * 1_000_000);
        if (is_live || direct && sampled_now.0 > 0) && step(sampled_now) != step(self.sampled_at) {
            self.sampled_at = sampled_now;
            self.sample_fleet(sampled_now);
        }
    }

    /// Notes that records aren't taken for a while: what wasn't heard of meanwhile wasn't silent.
    fn listen(&mut self, now: Timestamp) {
        let feed = &self.around.feed;
        if feed.is_silent() {
            self.deaf_since.get_or_insert(now);
            return;
        }
        let Some(began_at) = self.deaf_since.take() else { return };
        let absence = Absence { began_at, ended_at: now };
        if !absence.counts() {
            return;
        }
        self.fleet.note_absence(&absence);
        feed.note_absence(absence);
        let store = self.around.store.clone();
        self.around.runtime.spawn(async move {
            // The next start waits less long for some devices than it could.
            if let Err(error) = store.absence_add(absence).await {
                tracing::error!(
                    error = chain(&error),
                    "that no record was taken for a while isn't written down"
                );
            }
        });
    }

    pub(super) fn note_gateways(&mut self) {
        self.around.feed.gauge();
        let Self { gateways, fleet, around, .. } = self;
        let open_at = |nas| fleet.open_sessions(nas);
        for (gateway, open) in gateways.take_changed(open_at) {
            let nodes = fleet.nodes(gateway.nas).map(node_status).collect();
            around.feed.note_gateway(gateway.nas, gateway.notes(), open, nodes);
        }
        if self.gateways_looked_at.elapsed() >= GATEWAYS_EVERY {
            self.gateways_looked_at = Instant::now();
            if self.gateways_written != around.feed.stored_gateways() {
                self.pending.touch(Instant::now());
            }
        }
    }

    /// Counts for the chart over time.
    pub(super) fn sample_fleet(&mut self, at: Timestamp) {
        // Once per instant, whichever clock it was taken by: the key is written once per flush.
        self.samples.retain(|sample| sample.at != at);
        let counts = self.around.live.counts_by_group();
        self.samples.extend(counts.into_iter().map(|(tenant, group, counts)| FleetSample {
            at,
            tenant,
            group,
            connected: counts.connected,
            unconfirmed: counts.unconfirmed,
            disconnected: counts.disconnected,
        }));
        self.pending.touch(Instant::now());
    }
}

fn node_status((node, open_sessions): (&Node, u64)) -> NodeStatus {
    let address = node.ipv4.map(IpAddr::from).or_else(|| node.ipv6.map(IpAddr::from));
    NodeStatus {
        name: node.name().to_string(),
        address: address.map(|address| address.to_string()),
        heard_at: node.heard_at,
        restarted_at: node.restarted_at,
        open_sessions,
    }
}
