//! Records without a socket: the demo's history, replays of captured traffic. They go through the journal and the applier
//! like any other.

use crate::{
    feed::Feed,
    intake::{Intake, Work},
    journal::RawRecord,
};
use opencmp_domain::{NasId, Timestamp};
use std::{
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// An Accounting-Request as if it had come from `nas` at `received_at`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectRecord {
    pub received_at: Timestamp,
    pub nas: NasId,
    pub octets: Vec<u8>,
}

impl DirectRecord {
    pub(crate) fn raw(&self) -> RawRecord<'_> {
        RawRecord {
            received_at: self.received_at,
            nas: self.nas,
            source: SocketAddr::from(([0, 0, 0, 0], 0)),
            packet: &self.octets,
        }
    }
}

/// Feeds records in. While there is one, time is what the records say: silence up to the present means nothing yet.
pub struct Direct {
    intake: Arc<Intake>,
    feed: Arc<Feed>,
}

impl Direct {
    pub(crate) fn new(intake: Arc<Intake>, feed: Arc<Feed>) -> Self {
        feed.directs.fetch_add(1, Ordering::Relaxed);
        Self { intake, feed }
    }

    /// Hands records on, in the order of `received_at`; waits for room. False: ingest has ended, and they are not taken.
    pub fn feed(&self, records: Vec<DirectRecord>) -> bool {
        records.is_empty() || self.intake.put(Work::Direct(records))
    }

    /// Waits until everything that was handed on is applied to the fleet in memory, or ingest has ended.
    pub fn wait_applied(&self) {
        let all = self.feed.position_at_start().0 + self.intake.handed_on();
        while self.feed.applied().0 < all && !self.intake.is_closed() {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Clone for Direct {
    fn clone(&self) -> Self {
        Self::new(self.intake.clone(), self.feed.clone())
    }
}

impl Drop for Direct {
    fn drop(&mut self) {
        self.feed.directs.fetch_sub(1, Ordering::Relaxed);
    }
}
