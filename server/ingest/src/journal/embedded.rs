//! The journal in local files.
//!
//! A group is one write and one fdatasync. When either fails, what the kernel still holds of the file can't be believed
//! any more (pages of a failed fdatasync may have been dropped and count as clean): the file is cut back to its last
//! durable octet and never written again, and the group, tried again, goes to a new file.

use super::{
    Journal, JournalError, JournalSource, RawRecord,
    disk::{Disk, DiskFile, LocalDisk},
    frame,
    reader::{Directory, OnDamage},
    segment::{self, Damage, HEADER_LEN, Listed, Segment},
    spare::{Spare, remove},
};
use opencmp_domain::{Timestamp, stored::JournalPosition};
use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// A file that is begun without a spare one, until it has its header.
const NEW: &str = "next.new";

/// How the journal uses its directory.
#[derive(Clone, Debug)]
pub struct Settings {
    pub directory: PathBuf,
    /// A new file is begun when the next group would make this one larger.
    pub segment_octets: u64,
    /// Files are removed, oldest first, once their records are in the database and all files together are larger.
    pub keep_octets: u64,
    /// Files are removed once their records are in the database and older, and when the disk is nearly full.
    pub keep_age: Duration,
    pub on_damage: OnDamage,
}

impl Settings {
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            segment_octets: 64 << 20,
            keep_octets: 20 << 30,
            keep_age: Duration::from_secs(90 * 24 * 3600),
            on_damage: OnDamage::Refuse,
        }
    }
}

pub struct EmbeddedJournal {
    settings: Settings,
    disk: Arc<dyn Disk>,
    directory: Arc<Directory>,
    /// The file that is written; `None` after a failure.
    current: Option<Current>,
    end: u64,
    frames: Vec<u8>,
    spare: Spare,
    /// Held as long as the journal is.
    _lock: File,
}

struct Current {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    first: u64,
    /// Durable octets.
    len: u64,
}

impl EmbeddedJournal {
    /// Opens the journal of a directory, which is made if it isn't there. What a crash tore off its end is cut.
    /// `flushed` is what the database holds: an empty journal begins there.
    pub fn open(settings: Settings, flushed: JournalPosition) -> Result<Self, JournalError> {
        Self::open_on(Arc::new(LocalDisk), settings, flushed)
    }

    pub fn open_on(
        disk: Arc<dyn Disk>,
        settings: Settings,
        flushed: JournalPosition,
    ) -> Result<Self, JournalError> {
        let path = &settings.directory;
        std::fs::create_dir_all(path).map_err(JournalError::io("make", path))?;
        let lock = lock(path)?;
        let spare = Spare::start(disk.clone(), path, settings.segment_octets)
            .map_err(JournalError::io("prepare a file in", path))?;
        let Listed { mut segments, blank } = segment::list(&*disk, path)?;
        if let Some(blank) = blank {
            tracing::info!(path = %blank.display(), "removed a journal file that was never begun");
            remove(&*disk, &blank)
                .and_then(|()| disk.sync_directory(path))
                .map_err(JournalError::io("remove", &blank))?;
        }
        let (mut current, mut damage) = (None, Vec::new());
        let mut end = flushed.0;
        if let Some(last) = segments.last_mut() {
            let recovered = recover(&*disk, last, settings.on_damage)?;
            last.octets = recovered.len;
            end = recovered.end;
            if end < flushed.0 {
                let (path, database) = (path.clone(), flushed.0);
                return Err(JournalError::BehindDatabase { path, end, database });
            }
            damage = recovered.damage;
            current = Some(Current {
                file: recovered.file,
                path: last.path.clone(),
                first: last.first,
                len: recovered.len,
            });
        }
        let directory = Directory::new(disk.clone(), segments, JournalPosition(end), &settings);
        if let Some(current) = &current {
            damage.into_iter().for_each(|damage| directory.note_damage(&current.path, damage));
        }
        Ok(Self {
            settings,
            disk,
            directory: Arc::new(directory),
            current,
            end,
            frames: Vec::new(),
            spare,
            _lock: lock,
        })
    }

    fn encode(&mut self, records: &mut dyn Iterator<Item = RawRecord<'_>>) -> Encoded {
        self.frames.clear();
        let mut encoded = Encoded { records: 0, begun_at: Timestamp::default() };
        for record in records {
            if encoded.records == 0 {
                encoded.begun_at = record.received_at;
            }
            frame::encode(&mut self.frames, self.end + u64::from(encoded.records), encoded.records, &record);
            encoded.records += 1;
        }
        encoded
    }

    /// The file that a group of `octets` goes to.
    fn current_for(&mut self, octets: u64, begun_at: Timestamp) -> Result<(), JournalError> {
        let fits = |current: &Current| {
            let empty = current.len <= HEADER_LEN as u64;
            empty || current.len + octets <= self.settings.segment_octets
        };
        if !self.current.as_ref().is_some_and(fits) {
            let begun = self.begin_segment(begun_at)?;
            self.current = Some(begun);
        }
        Ok(())
    }

    fn begin_segment(&mut self, begun_at: Timestamp) -> Result<Current, JournalError> {
        let first = self.end;
        let ordinal = self.directory.next_ordinal();
        let path = segment::path(&self.settings.directory, ordinal, first);
        let header = segment::header(first, begun_at);
        let file = match self.spare.take() {
            Some((file, spare)) => {
                let named = self.name(&*file, spare, &path, &header);
                self.spare.ask();
                named.map(|()| file)?
            }
            None => {
                let new = self.settings.directory.join(NEW);
                remove(&*self.disk, &new).map_err(JournalError::io("remove", &new))?;
                let file = self.disk.create(&new).map_err(JournalError::io("make", &new))?;
                self.name(&*file, &new, &path, &header).map(|()| file)?
            }
        };
        let len = HEADER_LEN as u64;
        self.directory.push(Segment { path: path.clone(), ordinal, first, begun_at, octets: len });
        Ok(Current { file, path, first, len })
    }

    /// Gives a file the name by which it counts. Its header is on the disk before: a file that a kill leaves without one
    /// has no such name.
    fn name(
        &self,
        file: &dyn DiskFile,
        from: &Path,
        to: &Path,
        header: &[u8; HEADER_LEN],
    ) -> Result<(), JournalError> {
        let named = file
            .write_at(header, 0)
            .map_err(JournalError::io("write", from))
            .and_then(|()| file.sync().map_err(JournalError::io("sync", from)))
            .and_then(|()| self.disk.rename(from, to).map_err(JournalError::io("rename to", to)));
        if let Err(error) = named {
            let _ = self.disk.remove(from);
            return Err(error);
        }
        let directory = &self.settings.directory;
        self.disk.sync_directory(directory).map_err(|error| {
            let _ = self.disk.remove(to);
            JournalError::io("sync", directory)(error)
        })
    }

    /// Nothing of the current file beyond its durable octets can be believed.
    fn abandon_current(&mut self) {
        let Some(broken) = self.current.take() else { return };
        if broken.first == self.end {
            self.directory.pop_empty(broken.first);
            let _ = self.disk.remove(&broken.path);
        } else {
            let _ = broken.file.set_len(broken.len).and_then(|()| broken.file.sync());
        }
    }
}

struct Encoded {
    records: u32,
    begun_at: Timestamp,
}

impl Journal for EmbeddedJournal {
    fn append(
        &mut self,
        records: &mut dyn Iterator<Item = RawRecord<'_>>,
    ) -> Result<JournalPosition, JournalError> {
        let encoded = self.encode(records);
        if encoded.records == 0 {
            return Ok(self.end());
        }
        let octets = self.frames.len() as u64;
        self.current_for(octets, encoded.begun_at)?;
        let Some(current) = &mut self.current else { return Ok(self.end()) };
        let written = current
            .file
            .write_at(&self.frames, current.len)
            .map_err(JournalError::io("write", &current.path))
            .and_then(|()| current.file.sync().map_err(JournalError::io("sync", &current.path)));
        if let Err(error) = written {
            self.abandon_current();
            return Err(error);
        }
        current.len += octets;
        self.end += u64::from(encoded.records);
        self.directory.durable(self.end, current.first, current.len);
        Ok(self.end())
    }

    fn end(&self) -> JournalPosition {
        JournalPosition(self.end)
    }

    fn source(&self) -> Arc<dyn JournalSource> {
        self.directory.clone()
    }
}

/// Two processes on one directory would write over each other.
fn lock(directory: &Path) -> Result<File, JournalError> {
    let path = directory.join("lock");
    let file = File::create(&path).map_err(JournalError::io("make", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(JournalError::InUse { path: directory.to_owned() }),
        Err(TryLockError::Error(source)) => Err(JournalError::Io { action: "lock", path, source }),
    }
}

struct Recovered {
    file: Box<dyn DiskFile>,
    end: u64,
    len: u64,
    damage: Vec<Damage>,
}

/// Finds the end of the last file and cuts off what a crash left of an unfinished group.
fn recover(disk: &dyn Disk, last: &Segment, on_damage: OnDamage) -> Result<Recovered, JournalError> {
    let path = &last.path;
    let file = disk.open(path, true).map_err(JournalError::io("open", path))?;
    let tail = segment::find_tail(&*file, last, on_damage == OnDamage::Skip)?;
    if tail.torn {
        tracing::info!(path = %path.display(), octet = tail.len, next = tail.end, "cut an unfinished group off the journal");
        file.set_len(tail.len).map_err(JournalError::io("cut the torn end off", path))?;
    }
    // A group whose sync was never reached counts from here on, so it has to be on the disk too.
    file.sync().map_err(JournalError::io("sync", path))?;
    Ok(Recovered { file, end: tail.end, len: tail.len, damage: tail.damage })
}

#[cfg(test)]
impl EmbeddedJournal {
    /// As far as `append` gets when the process dies before the sync. Never acknowledged.
    pub(super) fn append_written_only(&mut self, records: &mut dyn Iterator<Item = RawRecord<'_>>) -> bool {
        let encoded = self.encode(records);
        if self.current_for(self.frames.len() as u64, encoded.begun_at).is_ok()
            && let Some(current) = &self.current
        {
            let _ = current.file.write_at(&self.frames, current.len);
        }
        false
    }
}
