//! Reading records back: for the applier when it is behind or starts, for tools, for tests.

use super::{
    Entry, Extent, JournalError, JournalReader, JournalSource,
    disk::{Disk, DiskFile, LocalDisk},
    embedded::Settings,
    frame,
    segment::{self, Damage, HEADER_LEN, Segment},
};
use metrics::Counter;
use opencmp_domain::{Timestamp, stored::JournalPosition};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

const STEP: usize = 256 * 1024;

/// What to do about acknowledged records that can't be read any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDamage {
    /// Stop with an error: someone should know, and may have a copy.
    #[default]
    Refuse,
    /// Go on with the next record that can be read, log what is lost and count it.
    Skip,
}

/// The files of a journal as its writer and its readers see them.
pub struct Directory {
    disk: Arc<dyn Disk>,
    /// Records up to here are durable; no reader goes further.
    end: AtomicU64,
    segments: Mutex<Vec<Segment>>,
    /// Rises whenever a file is begun.
    version: AtomicU64,
    /// Ordinals are not used twice, not even after a failure.
    next_ordinal: AtomicU64,
    /// First records of damage that was passed over.
    damaged: Mutex<BTreeSet<u64>>,
    lost: Counter,
    settings: Settings,
}

impl Directory {
    pub(super) fn new(
        disk: Arc<dyn Disk>,
        segments: Vec<Segment>,
        end: JournalPosition,
        settings: &Settings,
    ) -> Self {
        let next_ordinal = segments.last().map_or(0, |last| last.ordinal + 1);
        Self {
            disk,
            end: AtomicU64::new(end.0),
            segments: Mutex::new(segments),
            version: AtomicU64::new(0),
            next_ordinal: AtomicU64::new(next_ordinal),
            damaged: Mutex::default(),
            lost: metrics::counter!("opencmp_journal_lost_records_total"),
            settings: settings.clone(),
        }
    }

    /// The journal of a directory as it is now, without locking it: for tools.
    pub fn look_at(path: &Path) -> Result<Arc<Self>, JournalError> {
        let disk = Arc::new(LocalDisk);
        let segments = segment::list(&*disk, path)?.segments;
        let mut end = 0;
        if let Some(last) = segments.last() {
            let file = disk.open(&last.path, false).map_err(JournalError::io("open", &last.path))?;
            end = segment::find_tail(&*file, last, true)?.end;
        }
        let settings = Settings { on_damage: OnDamage::Skip, ..Settings::new(path) };
        Ok(Arc::new(Self::new(disk, segments, JournalPosition(end), &settings)))
    }

    /// A reader that begins at the oldest record.
    pub fn read_all(self: &Arc<Self>) -> Box<dyn JournalReader> {
        let oldest = self.extent().oldest;
        self.clone().read_from(JournalPosition(oldest))
    }

    pub(super) fn next_ordinal(&self) -> u64 {
        self.next_ordinal.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn push(&self, segment: Segment) {
        self.segments.lock().push(segment);
        self.version.fetch_add(1, Ordering::Release);
    }

    /// Forgets the last file, which holds nothing durable.
    pub(super) fn pop_empty(&self, first: u64) {
        self.segments.lock().pop_if(|last| last.first == first);
        self.version.fetch_add(1, Ordering::Release);
    }

    /// The file that begins with `first` now holds durable records up to `end` in `len` octets.
    pub(super) fn durable(&self, end: u64, first: u64, len: u64) {
        if let Some(last) = self.segments.lock().last_mut()
            && last.first == first
        {
            last.octets = len;
        }
        self.end.store(end, Ordering::Release);
    }

    /// Logs and counts damage that is passed over, once however many readers come by.
    pub(super) fn note_damage(&self, path: &Path, damage: Damage) {
        let Damage { offset, first, next } = damage;
        if self.damaged.lock().insert(first) {
            let lost = next.saturating_sub(first);
            self.lost.increment(lost);
            tracing::error!(path = %path.display(), offset, first, lost, "journal: damaged records skipped");
        }
    }

    /// Takes the oldest file off the row if retention no longer asks for it.
    fn take_oldest(
        &self,
        flushed: JournalPosition,
        keep_octets: u64,
        oldest_kept: Timestamp,
        short: bool,
    ) -> Option<PathBuf> {
        let mut segments = self.segments.lock();
        let [_, next, ..] = segments.as_slice() else { return None };
        let octets: u64 = segments.iter().map(|segment| segment.octets).sum();
        let unwanted = octets > keep_octets || next.begun_at < oldest_kept || short;
        (next.first <= flushed.0 && unwanted).then(|| segments.remove(0).path)
    }

    /// First record of the file after the one at `path`.
    fn begun_after(&self, path: &Path) -> Option<u64> {
        let segments = self.segments.lock();
        let at = segments.iter().position(|segment| segment.path == path)?;
        segments.get(at + 1).map(|next| next.first)
    }

    /// The file that holds record `number`, and the first record of the file after it.
    fn holding(&self, number: u64) -> Result<(Segment, Option<u64>), JournalError> {
        let segments = self.segments.lock();
        match segments.iter().rposition(|segment| segment.first <= number) {
            Some(at) => Ok((segments[at].clone(), segments.get(at + 1).map(|next| next.first))),
            None => {
                let oldest = segments.first().map_or(0, |oldest| oldest.first);
                Err(JournalError::Trimmed { asked: number, oldest })
            }
        }
    }
}

impl JournalSource for Directory {
    fn read_from(self: Arc<Self>, position: JournalPosition) -> Box<dyn JournalReader> {
        Box::new(Reader { directory: self, next: position.0, open: None, octets: Vec::new(), frame_at: 0 })
    }

    fn end(&self) -> JournalPosition {
        JournalPosition(self.end.load(Ordering::Acquire))
    }

    /// By the share of its records that a file holds after `position`.
    fn octets_after(&self, position: JournalPosition) -> u64 {
        let end = self.end.load(Ordering::Acquire);
        let segments = self.segments.lock();
        let mut sum = 0;
        for (at, segment) in segments.iter().enumerate() {
            let next = segments.get(at + 1).map_or(end, |next| next.first);
            let records = next.saturating_sub(segment.first);
            let after = next.saturating_sub(position.0.max(segment.first));
            if records > 0 {
                sum += (u128::from(segment.octets) * u128::from(after) / u128::from(records)) as u64;
            }
        }
        sum
    }

    fn trim(&self, flushed: JournalPosition, now: Timestamp) -> Result<(), JournalError> {
        let Settings { directory, keep_octets, keep_age, .. } = &self.settings;
        let oldest_kept = now.plus_secs(-i64::try_from(keep_age.as_secs()).unwrap_or(i64::MAX / 2));
        // A full disk would end everything: old records go first. One file at a time, since file systems say late what they got back.
        let mut short = self.disk.room(directory).filter(|room| room.is_short());
        let mut removed = false;
        while let Some(path) = self.take_oldest(flushed, *keep_octets, oldest_kept, short.is_some()) {
            if let Some(room) = short.take() {
                tracing::warn!(
                    free = room.free,
                    "the disk is nearly full: the oldest records go before their time"
                );
            }
            self.disk.remove(&path).map_err(JournalError::io("remove", &path))?;
            removed = true;
        }
        if removed {
            self.disk.sync_directory(directory).map_err(JournalError::io("sync", directory))?;
        }
        Ok(())
    }

    fn extent(&self) -> Extent {
        let segments = self.segments.lock();
        let oldest = segments.first();
        Extent {
            octets: segments.iter().map(|segment| segment.octets).sum(),
            oldest_at: oldest.map(|segment| segment.begun_at),
            oldest: oldest.map_or(self.end.load(Ordering::Acquire), |segment| segment.first),
        }
    }
}

struct Reader {
    directory: Arc<Directory>,
    /// Number of the record to return next.
    next: u64,
    open: Option<OpenSegment>,
    /// Octets of the file from `OpenSegment::buffered_at` on.
    octets: Vec<u8>,
    /// Where in `octets` the frame that was returned last stands.
    frame_at: usize,
}

struct OpenSegment {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    /// First record of the next file, once there is one.
    until: Option<u64>,
    /// Of the directory when `until` was looked up.
    version: u64,
    /// Where in the file the next frame is.
    offset: u64,
    /// Number of the frame there.
    number: u64,
    buffered_at: u64,
}

impl Reader {
    /// Opens the file that holds the next record, unless it is open.
    fn open(&mut self) -> Result<(), JournalError> {
        let version = self.directory.version.load(Ordering::Acquire);
        if let Some(open) = &mut self.open {
            if open.until.is_none() && open.version != version {
                open.version = version;
                open.until = self.directory.begun_after(&open.path);
            }
            if open.until.is_none_or(|until| self.next < until) {
                return Ok(());
            }
        }
        let (segment, until) = self.directory.holding(self.next)?;
        let path = segment.path;
        let file = self.directory.disk.open(&path, false).map_err(JournalError::io("open", &path))?;
        let offset = HEADER_LEN as u64;
        self.octets.clear();
        self.open = Some(OpenSegment {
            file,
            path,
            until,
            version,
            offset,
            number: segment.first,
            buffered_at: offset,
        });
        Ok(())
    }

    /// Reads the file on from the next frame.
    fn fill(&mut self) -> Result<(), JournalError> {
        let Some(open) = &mut self.open else { return Ok(()) };
        self.octets.resize(STEP, 0);
        let read =
            open.file.read_at(&mut self.octets, open.offset).map_err(JournalError::io("read", &open.path))?;
        self.octets.truncate(read);
        open.buffered_at = open.offset;
        Ok(())
    }

    /// Length and number of the next frame, if a sound one with the right number stands there.
    fn look(&self) -> Option<(usize, u64)> {
        let open = self.open.as_ref()?;
        let at = (open.offset - open.buffered_at) as usize;
        let frame = frame::decode(self.octets.get(at..)?)?;
        (frame.entry.number == open.number).then_some((frame.len, frame.entry.number))
    }

    /// The next frame is acknowledged and can't be read: the file is damaged.
    fn damaged(&mut self) -> Result<(), JournalError> {
        let directory = &self.directory;
        let Some(open) = &mut self.open else { return Ok(()) };
        let (path, offset, expected) = (open.path.clone(), open.offset, open.number);
        if directory.settings.on_damage == OnDamage::Refuse {
            return Err(JournalError::Damaged { path, offset, expected });
        }
        let len = open.file.len().map_err(JournalError::io("look at", &path))?;
        let mut rest = vec![0; usize::try_from(len.saturating_sub(offset)).unwrap_or(0)];
        let read = open.file.read_at(&mut rest, offset).map_err(JournalError::io("read", &path))?;
        rest.truncate(read);
        let until = open.until.unwrap_or(u64::MAX);
        match segment::next_sound(&rest, expected).filter(|(_, number)| *number < until) {
            Some((further, number)) => {
                open.offset += further as u64;
                open.number = number;
            }
            // Nothing more in this file: the next one goes on.
            None => open.number = until.min(self.directory.end.load(Ordering::Acquire)),
        }
        let next = open.number;
        self.next = self.next.max(next);
        directory.note_damage(&path, Damage { offset, first: expected, next });
        self.octets.clear();
        Ok(())
    }
}

impl JournalReader for Reader {
    fn read(&mut self) -> Result<Option<Entry<'_>>, JournalError> {
        while self.next < self.directory.end.load(Ordering::Acquire) {
            self.open()?;
            let mut found = self.look();
            if found.is_none() {
                self.fill()?;
                found = self.look();
            }
            let (Some((len, number)), Some(open)) = (found, &mut self.open) else {
                self.damaged()?;
                continue;
            };
            self.frame_at = (open.offset - open.buffered_at) as usize;
            open.offset += len as u64;
            open.number += 1;
            if number < self.next {
                continue;
            }
            self.next = number + 1;
            let octets = self.octets.get(self.frame_at..).unwrap_or_default();
            return Ok(frame::decode(octets).map(|frame| frame.entry));
        }
        Ok(None)
    }
}
