//! What is handed to the sink.

use std::mem;
use std::net::SocketAddr;
use std::ops::Range;

use opencmp_radius::{Packet, Role};
use parking_lot::Mutex;

use crate::duplicates::Key;
use crate::replies::Replies;

/// One verified Accounting-Request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Received {
    pub nas_id: i64,
    pub source: SocketAddr,
    /// Microseconds since 1970 UTC.
    pub received_at_us: i64,
    /// Where the packet lies in [`Batch::bytes`]: exactly Length octets, padding cut off.
    pub range: Range<usize>,
    /// The client's place in the table that the batch was verified with.
    pub(crate) client: u32,
}

/// Verified records and the way back to who sent them. Dropping it without [`Replies::send`] is silence.
#[derive(Debug)]
pub struct Batch {
    pub records: Vec<Received>,
    /// The packets back to back.
    pub bytes: Vec<u8>,
    pub replies: Replies,
}

impl Batch {
    /// The octets of a record of this batch.
    pub fn octets(&self, record: &Received) -> &[u8] {
        self.bytes.get(record.range.clone()).unwrap_or_default()
    }

    /// The packet of a record of this batch; it was checked when it came in.
    pub fn packet(&self, record: &Received) -> Option<Packet<'_>> {
        Packet::request(self.octets(record), Role::Acct).ok()
    }

    pub(crate) fn push(&mut self, octets: &[u8], record: impl FnOnce(Range<usize>) -> Received) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(octets);
        self.records.push(record(start..self.bytes.len()));
    }

    /// Keeps the records that `keep` says, and their octets back to back.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(usize) -> bool) {
        let (mut index, mut end) = (0, 0);
        let bytes = &mut self.bytes;
        self.records.retain_mut(|record| {
            index += 1;
            if !keep(index - 1) {
                return false;
            }
            let length = record.range.len();
            if record.range.start != end {
                bytes.copy_within(record.range.clone(), end);
                record.range = end..end + length;
            }
            end += length;
            true
        });
        self.bytes.truncate(end);
    }

    /// The cache key and the authenticator of each record.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (Key, &[u8; 16])> {
        self.records.iter().filter_map(|record| {
            let (header, _) = self.octets(record).split_first_chunk::<20>()?;
            let (_, authenticator) = header.split_last_chunk::<16>()?;
            Some((Key::new(record.source, header[1]), authenticator))
        })
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        if !self.replies.is_sent() {
            self.replies.forget(self);
        }
        self.replies
            .recycle(Buffers { records: mem::take(&mut self.records), bytes: mem::take(&mut self.bytes) });
    }
}

/// The vectors of a batch, for the next one.
#[derive(Default, Debug)]
pub(crate) struct Buffers {
    pub(crate) records: Vec<Received>,
    pub(crate) bytes: Vec<u8>,
}

/// Buffers that aren't in use.
#[derive(Default, Debug)]
pub(crate) struct Pool(Mutex<Vec<Buffers>>);

impl Pool {
    /// More than these in flight at once is rare, and what is above is given back to the system.
    const KEPT: usize = 64;

    pub(crate) fn take(&self) -> Buffers {
        self.0.lock().pop().unwrap_or_default()
    }

    pub(crate) fn put(&self, mut buffers: Buffers) {
        buffers.records.clear();
        buffers.bytes.clear();
        let mut kept = self.0.lock();
        if kept.len() < Self::KEPT {
            kept.push(buffers);
        }
    }
}
