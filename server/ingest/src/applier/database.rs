//! What goes to the flush thread, and when. One job at a time; meanwhile the next one is summed up.

use super::{Applier, Database, End, Reading};
use crate::{flush::Job, pending::regroup};
use opencmp_domain::stored::{JournalPosition, UnknownSubscriber};
use opencmp_fleet::SimSlot;
use std::time::Instant;

impl Applier {
    pub(super) fn flush_if_due(&mut self) {
        match &mut self.database {
            Database::Working => {}
            Database::Moved(batch) => {
                if batch.inventory_version != self.inventory_version {
                    let mut batch = std::mem::take(batch);
                    regroup(&mut batch, &self.fleet, self.inventory_version);
                    self.send(Job::Flush(batch));
                }
            }
            Database::Idle => {
                let cadence = &self.around.config.cadence;
                let now = Instant::now();
                let pauses = self.pause_until.is_some_and(|until| now < until);
                let due = match self.end {
                    End::No => !pauses && self.pending.is_due(&self.fleet, cadence, now),
                    End::Finish(_) => self.next >= self.handed_on && !self.pending.is_empty(),
                    End::Now => false,
                };
                if !self.unknown.is_empty() {
                    if due {
                        self.reading = Reading::WaitsForIds;
                    }
                    self.register();
                } else if due {
                    self.hand_over();
                }
            }
        }
    }

    /// Asks for ids of SIMs that were heard of for the first time.
    pub(super) fn register(&mut self) {
        let first_seen_at = self.received_at;
        let fleet = &self.fleet;
        let nameless = |slot: &SimSlot| fleet.sim_view(*slot).is_some_and(|view| view.id.is_none());
        let subscriber = |slot: SimSlot| {
            let unknown = fleet.unknown_sim(slot)?;
            Some((slot, UnknownSubscriber { imsi: unknown.imsi, msisdn: unknown.msisdn, first_seen_at }))
        };
        let unknown: Vec<_> = self.unknown.drain(..).filter(nameless).filter_map(subscriber).collect();
        if !unknown.is_empty() {
            self.send(Job::Register(unknown));
        }
    }

    pub(super) fn hand_over(&mut self) {
        let position = JournalPosition(self.next);
        let applied_at = self.received_at;
        let mut batch = self.pending.hand_over(&mut self.fleet, position, self.inventory_version, applied_at);
        batch.samples = std::mem::take(&mut self.samples);
        let gateways = self.around.feed.stored_gateways();
        batch.nas =
            gateways.iter().filter(|status| !self.gateways_written.contains(status)).cloned().collect();
        self.gateways_written = gateways;
        if self.reading == Reading::WaitsForIds {
            self.reading = Reading::Goes;
        }
        self.send(Job::Flush(Box::new(batch)));
    }

    pub(super) fn send(&mut self, job: Job) {
        self.database = Database::Working;
        if self.around.jobs.send(job).is_err() {
            self.end = End::Now;
        }
    }
}
