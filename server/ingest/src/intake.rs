//! The bounded queue between the listeners and the journal.

use crate::{direct::DirectRecord, feed::Feed, journal::RawRecord};
use opencmp_domain::{NasId, Timestamp};
use opencmp_listener::{Batch, Busy, Sink};
use parking_lot::{Condvar, Mutex};
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Records that travel together.
pub(crate) enum Work {
    Udp(Batch),
    Direct(Vec<DirectRecord>),
}

impl Work {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Udp(batch) => batch.records.len(),
            Self::Direct(records) => records.len(),
        }
    }

    pub(crate) fn octets(&self) -> usize {
        match self {
            Self::Udp(batch) => batch.bytes.len(),
            Self::Direct(records) => records.iter().map(|record| record.octets.len()).sum(),
        }
    }

    pub(crate) fn record(&self, index: usize) -> Option<RawRecord<'_>> {
        match self {
            Self::Udp(batch) => batch.records.get(index).map(|record| RawRecord {
                received_at: Timestamp(record.received_at_us),
                nas: NasId(record.nas_id),
                source: record.source,
                packet: batch.octets(record),
            }),
            Self::Direct(records) => records.get(index).map(DirectRecord::raw),
        }
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = RawRecord<'_>> {
        (0..self.len()).filter_map(|index| self.record(index))
    }

    /// Its records are durable: whoever sent them may know.
    pub(crate) fn acknowledge(&self) {
        if let Self::Udp(batch) = self {
            batch.replies.send(batch);
        }
    }
}

pub(crate) struct Intake {
    queue: Mutex<Queue>,
    /// Something is in the queue.
    filled: Condvar,
    /// There may be room again.
    emptied: Condvar,
    most_octets: usize,
    handed_on: AtomicU64,
    feed: Arc<Feed>,
}

#[derive(Default)]
struct Queue {
    works: VecDeque<Work>,
    octets: usize,
    closed: bool,
}

impl Intake {
    pub(crate) fn new(most_octets: usize, feed: Arc<Feed>) -> Self {
        let (queue, filled, emptied, handed_on) = Default::default();
        Self { queue, filled, emptied, most_octets, handed_on, feed }
    }

    /// Puts records in; waits for room. False once closed.
    pub(crate) fn put(&self, work: Work) -> bool {
        let octets = work.octets();
        let mut queue = self.queue.lock();
        while !queue.closed && queue.octets > 0 && queue.octets + octets > self.most_octets {
            self.emptied.wait(&mut queue);
        }
        self.enqueue(&mut queue, work, octets)
    }

    fn enqueue(&self, queue: &mut Queue, work: Work, octets: usize) -> bool {
        if queue.closed {
            return false;
        }
        queue.octets += octets;
        self.handed_on.fetch_add(work.len() as u64, Ordering::Relaxed);
        queue.works.push_back(work);
        self.filled.notify_one();
        true
    }

    /// Moves a group into `group`: what is there, up to `most_octets`; waits for the first. False once closed and empty.
    pub(crate) fn take(&self, group: &mut Vec<Work>, most_octets: usize) -> bool {
        let mut queue = self.queue.lock();
        while queue.works.is_empty() {
            if queue.closed {
                return false;
            }
            self.filled.wait(&mut queue);
        }
        let mut octets = 0;
        while let Some(next) = queue.works.front().map(Work::octets)
            && (octets == 0 || octets + next <= most_octets)
        {
            group.extend(queue.works.pop_front());
            octets += next;
        }
        queue.octets -= octets.min(queue.octets);
        self.emptied.notify_all();
        true
    }

    /// Takes nothing more. What is in it is still made durable.
    pub(crate) fn close(&self) {
        self.queue.lock().closed = true;
        self.filled.notify_all();
        self.emptied.notify_all();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.queue.lock().closed
    }

    /// How many records were ever put in.
    pub(crate) fn handed_on(&self) -> u64 {
        self.handed_on.load(Ordering::Relaxed)
    }
}

impl Sink for Intake {
    fn submit(&self, batch: Batch) -> Result<(), Busy> {
        if self.feed.is_silent() {
            return Err(Busy);
        }
        let octets = batch.bytes.len();
        let mut queue = self.queue.lock();
        if queue.octets > 0 && queue.octets + octets > self.most_octets {
            return Err(Busy);
        }
        if self.enqueue(&mut queue, Work::Udp(batch), octets) { Ok(()) } else { Err(Busy) }
    }
}
