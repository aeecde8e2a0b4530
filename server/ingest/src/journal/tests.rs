//! The journal on disks that are full, fail, tear and lose power.

use super::{
    Journal, JournalError, JournalReader, RawRecord,
    disk::{Disk, DiskFile, LocalDisk, Room},
    embedded::{EmbeddedJournal, Settings},
    reader::{Directory, OnDamage},
    segment,
};
use opencmp_domain::{NasId, Timestamp, stored::JournalPosition};
use parking_lot::Mutex;
use proptest::prelude::*;
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Weak},
    time::Duration,
};

/// A disk with a will of its own. What was written and not synced may be lost or torn in sectors, a new name forgotten.
#[derive(Clone, Default)]
struct BadDisk(Arc<Mutex<Faults>>);

#[derive(Default)]
struct Faults {
    /// Octets that still fit; then ENOSPC, in the middle of a write.
    room: Option<u64>,
    /// The next fdatasync fails, and what it should have written is gone.
    fail_sync: bool,
    /// So many more steps of the writer, then it is as good as dead: nothing that it does reaches the disk.
    dies_after: Option<u32>,
    unsynced: Vec<Unsynced>,
    /// From and to, until the directory is synced.
    renamed: Vec<(PathBuf, PathBuf)>,
    /// Of files that are open.
    names: Vec<Weak<Mutex<PathBuf>>>,
    /// What it says of itself.
    space: Option<Room>,
}

struct Unsynced {
    path: PathBuf,
    offset: u64,
    before: Vec<u8>,
}

const SECTOR: usize = 512;

impl Faults {
    fn step(&mut self) -> io::Result<()> {
        match &mut self.dies_after {
            Some(0) => Err(io::Error::other("dead")),
            Some(more) => {
                *more -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        LocalDisk.rename(from, to)?;
        self.names.retain(|name| name.strong_count() > 0);
        let open = self.names.iter().filter_map(Weak::upgrade);
        open.filter(|name| *name.lock() == from).for_each(|name| to.clone_into(&mut name.lock()));
        self.unsynced.iter_mut().filter(|lost| lost.path == from).for_each(|lost| lost.path = to.to_owned());
        Ok(())
    }
}

impl BadDisk {
    /// Power failure: of what wasn't synced, each sector made it to the disk or not as `kept` says, and so did names.
    fn lose_power(&self, mut kept: impl FnMut() -> bool) {
        self.lose_sectors(&mut kept);
        let mut faults = self.0.lock();
        faults.dies_after = None;
        for (from, to) in std::mem::take(&mut faults.renamed).into_iter().rev() {
            if !kept() {
                faults.rename(&to, &from).unwrap();
            }
        }
    }

    fn lose_sectors(&self, mut kept: impl FnMut() -> bool) {
        for lost in self.0.lock().unsynced.drain(..).rev() {
            let Ok(file) = fs::OpenOptions::new().write(true).open(&lost.path) else { continue };
            for (index, sector) in lost.before.chunks(SECTOR).enumerate() {
                if !kept() {
                    let at = lost.offset + (index * SECTOR) as u64;
                    DiskFile::write_at(&file, sector, at).unwrap();
                }
            }
        }
    }
}

impl Disk for BadDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        if !is_spare(path) {
            self.0.lock().step()?;
        }
        self.file(path, LocalDisk.create(path)?)
    }
    fn open(&self, path: &Path, write: bool) -> io::Result<Box<dyn DiskFile>> {
        self.file(path, LocalDisk.open(path, write)?)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut faults = self.0.lock();
        faults.step()?;
        faults.rename(from, to)?;
        faults.renamed.push((from.to_owned(), to.to_owned()));
        Ok(())
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut faults = self.0.lock();
        if !is_spare(path) {
            faults.step()?;
        }
        faults.renamed.retain(|(_, to)| to != path);
        faults.unsynced.retain(|lost| lost.path != path);
        LocalDisk.remove(path)
    }
    fn room(&self, _: &Path) -> Option<Room> {
        self.0.lock().space
    }
    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let mut faults = self.0.lock();
        faults.step()?;
        faults.renamed.clear();
        LocalDisk.sync_directory(path)
    }
}

impl BadDisk {
    #[expect(clippy::unnecessary_wraps)]
    fn file(&self, path: &Path, file: Box<dyn DiskFile>) -> io::Result<Box<dyn DiskFile>> {
        let spare = is_spare(path);
        let path = Arc::new(Mutex::new(path.to_owned()));
        self.0.lock().names.push(Arc::downgrade(&path));
        Ok(Box::new(BadFile { file, path, disk: self.clone(), spare }))
    }
}

/// What another thread makes.
fn is_spare(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "spare")
}

struct BadFile {
    file: Box<dyn DiskFile>,
    path: Arc<Mutex<PathBuf>>,
    disk: BadDisk,
    spare: bool,
}

impl DiskFile for BadFile {
    fn write_at(&self, octets: &[u8], offset: u64) -> io::Result<()> {
        if self.spare {
            // Made by another thread: that the disk is full shows in the files that are written.
            return Err(io::Error::from_raw_os_error(28));
        }
        let mut faults = self.disk.0.lock();
        faults.step()?;
        let fits = faults.room.map_or(octets.len(), |room| octets.len().min(room as usize));
        let mut before = vec![0; fits];
        self.file.read_at(&mut before, offset)?;
        self.file.write_at(&octets[..fits], offset)?;
        faults.unsynced.push(Unsynced { path: self.path.lock().clone(), offset, before });
        if let Some(room) = &mut faults.room {
            *room -= fits as u64;
        }
        if fits < octets.len() { Err(io::Error::from_raw_os_error(28)) } else { Ok(()) }
    }
    fn read_at(&self, octets: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(octets, offset)
    }
    fn sync(&self) -> io::Result<()> {
        let mut faults = self.disk.0.lock();
        faults.step()?;
        if std::mem::take(&mut faults.fail_sync) {
            drop(faults);
            self.disk.lose_sectors(|| false);
            return Err(io::Error::from_raw_os_error(5));
        }
        let path = self.path.lock();
        faults.unsynced.retain(|unsynced| unsynced.path != *path);
        Ok(())
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk.0.lock().step()?;
        self.file.set_len(len)
    }
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }
}

fn settings(directory: &Path) -> Settings {
    Settings { segment_octets: 4096, ..Settings::new(directory) }
}

fn open(directory: &Path) -> EmbeddedJournal {
    EmbeddedJournal::open(settings(directory), JournalPosition(0)).unwrap()
}

/// A packet that tells which it is.
fn packet(mark: u32, len: usize) -> Vec<u8> {
    let mut octets = vec![mark as u8; len.max(20)];
    octets[..4].copy_from_slice(&mark.to_be_bytes());
    octets
}

fn records(packets: &[Vec<u8>]) -> impl Iterator<Item = RawRecord<'_>> {
    packets.iter().map(|packet| RawRecord {
        received_at: Timestamp(1_000_000),
        nas: NasId(7),
        source: ([10, 0, 0, 1], 40_000).into(),
        packet,
    })
}

fn append(journal: &mut EmbeddedJournal, packets: &[Vec<u8>]) -> Result<JournalPosition, JournalError> {
    journal.append(&mut records(packets))
}

fn read_from(journal: &dyn Journal, position: u64) -> Result<Vec<Vec<u8>>, JournalError> {
    let mut reader = journal.source().read_from(JournalPosition(position));
    drain(&mut *reader, position)
}

fn drain(reader: &mut dyn JournalReader, mut number: u64) -> Result<Vec<Vec<u8>>, JournalError> {
    let mut packets = Vec::new();
    while let Some(entry) = reader.read()? {
        assert!(entry.number >= number, "numbers rise");
        number = entry.number + 1;
        packets.push(entry.record.packet.to_vec());
    }
    Ok(packets)
}

fn last_file(directory: &Path) -> PathBuf {
    files(directory).pop().unwrap()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "journal"));
    files.sort();
    files
}

fn groups(count: u32, size: u32) -> Vec<Vec<Vec<u8>>> {
    (0..count).map(|group| (0..size).map(|place| packet(group * size + place, 300)).collect()).collect()
}

#[test]
fn what_is_appended_is_read_back_from_any_position_across_files() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path());
    let mut follower = journal.source().read_from(JournalPosition(0));
    let mut followed = Vec::new();
    let groups = groups(20, 3);
    for group in &groups {
        append(&mut journal, group).unwrap();
        followed.extend(drain(&mut *follower, followed.len() as u64).unwrap());
    }
    let all = groups.concat();
    assert!(files(directory.path()).len() > 3);
    assert_eq!(journal.end(), JournalPosition(60));
    assert_eq!(followed, all);
    for from in 0..=60 {
        assert_eq!(read_from(&journal, from as u64).unwrap(), all[from..], "{from}");
    }
    let octets = journal.source().octets_after(JournalPosition(0));
    assert!((60 * 300..60 * 400).contains(&octets), "{octets}");
    assert_eq!(journal.source().octets_after(JournalPosition(60)), 0);
    drop(journal);

    let journal = open(directory.path());
    assert_eq!(read_from(&journal, 0).unwrap(), all);
    let tool = Directory::look_at(directory.path()).unwrap();
    assert_eq!(drain(&mut *tool.read_all(), 0).unwrap(), all);
}

#[test]
fn a_file_that_was_never_begun_is_in_nobodys_way() {
    let groups = groups(8, 3);
    for left in [Vec::new(), vec![0; 20], vec![0; 4096]] {
        for before in [0, groups.len()] {
            let directory = tempfile::tempdir().unwrap();
            let mut journal = open(directory.path());
            for group in &groups[..before] {
                append(&mut journal, group).unwrap();
            }
            let next = journal.end().0;
            drop(journal);
            let blank = segment::path(directory.path(), 900, next);
            fs::write(&blank, &left).unwrap();

            let tool = Directory::look_at(directory.path()).unwrap();
            assert_eq!(drain(&mut *tool.read_all(), 0).unwrap(), groups[..before].concat());
            let mut journal = open(directory.path());
            assert!(!blank.exists());
            append(&mut journal, &[packet(99, 900)]).unwrap();
            assert_eq!(read_from(&journal, next).unwrap(), [packet(99, 900)]);
            drop(journal);
            let all = [&groups[..before].concat()[..], &[packet(99, 900)]].concat();
            assert_eq!(read_from(&open(directory.path()), 0).unwrap(), all);
        }
    }
}

#[test]
fn a_file_in_the_middle_has_a_header() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path());
    for group in groups(20, 3) {
        append(&mut journal, &group).unwrap();
    }
    drop(journal);
    let files = files(directory.path());
    let refused = |octets: &[u8], path: &Path| {
        let whole = fs::read(path).unwrap();
        fs::write(path, octets).unwrap();
        let refused = EmbeddedJournal::open(settings(directory.path()), JournalPosition(0)).err();
        assert!(matches!(refused, Some(JournalError::NotAJournal { .. })), "{refused:?}");
        fs::write(path, whole).unwrap();
    };
    for octets in [&[] as &[u8], &[0; 20], &[0; 4096]] {
        refused(octets, &files[0]);
        refused(octets, &files[1]);
    }
    // The last one too, if it isn't blank.
    let last = files.last().unwrap();
    let mut beheaded = fs::read(last).unwrap();
    beheaded[..segment::HEADER_LEN].fill(0);
    refused(&beheaded, last);
    refused(b"OCMPJNL1", last);
    open(directory.path());
}

#[test]
fn one_directory_belongs_to_one_process() {
    let directory = tempfile::tempdir().unwrap();
    let journal = open(directory.path());
    let second = EmbeddedJournal::open(settings(directory.path()), JournalPosition(0));
    assert!(matches!(second.err(), Some(JournalError::InUse { .. })));
    drop(journal);
    open(directory.path());
}

#[test]
fn a_new_journal_goes_on_from_the_database_and_an_old_one_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let settings = settings(directory.path());
    let mut journal = EmbeddedJournal::open(settings.clone(), JournalPosition(500)).unwrap();
    append(&mut journal, &[packet(1, 100)]).unwrap();
    assert_eq!(journal.end(), JournalPosition(501));
    assert!(matches!(read_from(&journal, 3), Err(JournalError::Trimmed { asked: 3, oldest: 500 })));
    drop(journal);
    let refused = EmbeddedJournal::open(settings, JournalPosition(502)).err().unwrap();
    assert!(refused.to_string().contains("ends at record 501"), "{refused}");
}

#[test]
fn a_tail_torn_at_any_octet_loses_nothing_before_it() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path());
    let durable: Vec<_> = (0..3).map(|mark| packet(mark, 60)).collect();
    let unfinished: Vec<_> = (3..6).map(|mark| packet(mark, 60 + mark as usize)).collect();
    append(&mut journal, &durable).unwrap();
    let path = last_file(directory.path());
    let from = journal.source().extent().octets as usize;
    append(&mut journal, &unfinished).unwrap();
    let to = journal.source().extent().octets as usize;
    drop(journal);
    let whole = fs::read(&path).unwrap();
    let all = [durable, unfinished].concat();
    let ends: Vec<usize> = all[3..]
        .iter()
        .scan(from, |end, packet| {
            *end += packet.len() + super::frame::LONGEST - opencmp_radius::MAX_LEN;
            Some(*end)
        })
        .collect();
    assert_eq!(ends.last(), Some(&to));

    for cut in from..=to {
        // Cut short; filled with zeros (made ready ahead of time); with something else.
        for filler in [None, Some(0), Some(0x5A)] {
            let mut octets = whole[..cut].to_vec();
            octets.extend(filler.iter().flat_map(|filler| vec![*filler; to - cut + 40]));
            fs::write(&path, &octets).unwrap();
            let mut journal = open(directory.path());
            let survive = 3 + ends.iter().filter(|end| **end <= cut).count();
            assert_eq!(read_from(&journal, 0).unwrap(), all[..survive], "cut at {cut}, {filler:?}");
            append(&mut journal, &[packet(99, 70)]).unwrap();
            drop(journal);
            let journal = open(directory.path());
            assert_eq!(read_from(&journal, survive as u64).unwrap(), [packet(99, 70)], "cut at {cut}");
        }
    }
}

#[test]
fn damage_to_acknowledged_records_is_refused_or_skipped_as_set() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path());
    let all = groups(6, 3).concat();
    for group in all.chunks(3) {
        append(&mut journal, group).unwrap();
    }
    drop(journal);
    for path in files(directory.path()) {
        let mut octets = fs::read(&path).unwrap();
        octets[500] ^= 1; // in the file's second record
        fs::write(&path, octets).unwrap();
    }
    let refused = EmbeddedJournal::open(settings(directory.path()), JournalPosition(0)).err().unwrap();
    assert!(matches!(refused, JournalError::Damaged { .. }), "{refused}");
    let files = files(directory.path()).len();
    let skipping = Settings { on_damage: OnDamage::Skip, ..settings(directory.path()) };
    let mut journal = EmbeddedJournal::open(skipping, JournalPosition(0)).unwrap();
    let left = read_from(&journal, 0).unwrap();
    assert_eq!(left.len(), all.len() - files, "one record of each file is lost");
    append(&mut journal, &[packet(99, 50)]).unwrap();
    assert_eq!(read_from(&journal, 18).unwrap(), [packet(99, 50)]);
}

#[test]
fn a_full_disk_acknowledges_nothing_and_goes_on_when_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let disk = BadDisk::default();
    let mut journal =
        EmbeddedJournal::open_on(Arc::new(disk.clone()), settings(directory.path()), JournalPosition(0))
            .unwrap();
    let groups = groups(8, 3);
    for (index, group) in groups.iter().enumerate() {
        for room in [0, 10, 33, 400, 900] {
            disk.0.lock().room = Some(room);
            let full = append(&mut journal, group).unwrap_err();
            assert!(full.to_string().starts_with("journal: "), "{full}");
            assert_eq!(journal.end().0, index as u64 * 3);
            assert_eq!(read_from(&journal, 0).unwrap(), groups[..index].concat());
        }
        disk.0.lock().room = None;
        append(&mut journal, group).unwrap();
    }
    assert_eq!(read_from(&journal, 0).unwrap(), groups.concat());
    assert!(files(directory.path()).len() <= 9, "failed attempts leave no files");
    drop(journal);
    assert_eq!(read_from(&open(directory.path()), 0).unwrap(), groups.concat());
}

#[test]
fn a_failed_sync_is_not_trusted_later() {
    let directory = tempfile::tempdir().unwrap();
    let disk = BadDisk::default();
    let mut journal =
        EmbeddedJournal::open_on(Arc::new(disk.clone()), settings(directory.path()), JournalPosition(0))
            .unwrap();
    let groups = groups(4, 2);
    append(&mut journal, &groups[0]).unwrap();
    for group in &groups[1..] {
        disk.0.lock().fail_sync = true;
        append(&mut journal, group).unwrap_err();
        append(&mut journal, group).unwrap();
    }
    disk.lose_power(|| false);
    drop(journal);
    assert_eq!(files(directory.path()).len(), 4, "each failure begins a file");
    assert_eq!(read_from(&open(directory.path()), 0).unwrap(), groups.concat());
}

#[test]
fn retention_removes_what_is_flushed_and_too_much_or_too_old() {
    let directory = tempfile::tempdir().unwrap();
    let settings =
        Settings { keep_octets: 10_000, keep_age: Duration::from_secs(100), ..settings(directory.path()) };
    let mut journal = EmbeddedJournal::open(settings, JournalPosition(0)).unwrap();
    for group in groups(40, 3) {
        append(&mut journal, &group).unwrap();
    }
    let now = Timestamp(2_000_000);
    let before = journal.source().extent();
    journal.source().trim(JournalPosition(0), now).unwrap();
    assert_eq!(journal.source().extent(), before, "nothing is flushed");
    journal.source().trim(JournalPosition(30), now).unwrap();
    assert!(journal.source().extent().oldest <= 30 && journal.source().extent().oldest > 10);
    journal.source().trim(JournalPosition(120), now).unwrap();
    let octets = journal.source().extent().octets;
    assert!((4_000..=10_000).contains(&octets), "{octets}");
    journal.source().trim(JournalPosition(120), now.plus_secs(1000)).unwrap();
    assert_eq!(files(directory.path()).len(), 1, "the file that is written stays");
}

#[test]
fn old_records_go_before_the_disk_is_full() {
    let directory = tempfile::tempdir().unwrap();
    let disk = BadDisk::default();
    let mut journal =
        EmbeddedJournal::open_on(Arc::new(disk.clone()), settings(directory.path()), JournalPosition(0))
            .unwrap();
    for group in groups(40, 3) {
        append(&mut journal, &group).unwrap();
    }
    let now = Timestamp(2_000_000);
    let before = journal.source().extent();
    let trim = |free, flushed| {
        disk.0.lock().space = Some(Room { free, total: 10 << 30 });
        journal.source().trim(JournalPosition(flushed), now).unwrap();
        journal.source().extent()
    };
    assert_eq!(trim(1 << 30, 120), before);
    assert_eq!(trim(1 << 20, 0), before, "what the database lacks stays");
    // One file at a time, and none that the database lacks.
    let many = files(directory.path()).len();
    let first = trim(1 << 20, 60);
    assert!(first.oldest > 0 && files(directory.path()).len() == many - 1, "{first:?}");
    let mut kept = first;
    (0..many).for_each(|_| kept = trim(1 << 20, 60));
    assert!(kept.oldest > 30 && kept.oldest <= 60, "{kept:?}");
    (0..many).for_each(|_| _ = trim(1 << 20, 120));
    assert_eq!(files(directory.path()).len(), 1, "the file that is written stays");
}

#[derive(Clone, Debug)]
enum Step {
    Append { count: u32, size: usize },
    Full { room: u64 },
    FailSync,
    Reopen,
    LosePower { kept: u64 },
    Die { after: u32, kept: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1..6u32, 20..900usize).prop_map(|(count, size)| Step::Append { count, size }),
        1 => (0..3000u64).prop_map(|room| Step::Full { room }),
        1 => Just(Step::FailSync),
        1 => Just(Step::Reopen),
        2 => any::<u64>().prop_map(|kept| Step::LosePower { kept }),
        2 => (0..8u32, any::<u64>()).prop_map(|(after, kept)| Step::Die { after, kept }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the disk does: what was acknowledged is there, in order, once; nothing else but records that were on
    /// their way when the power failed.
    #[test]
    fn no_acknowledged_record_is_lost(steps in proptest::collection::vec(step(), 1..40)) {
        let directory = tempfile::tempdir().unwrap();
        let disk = BadDisk::default();
        let open = || EmbeddedJournal::open_on(
            Arc::new(disk.clone()), settings(directory.path()), JournalPosition(0),
        ).unwrap();
        let mut journal = open();
        let mut kept: Vec<Vec<u8>> = Vec::new();
        let mut mark = 0;
        let mut group = |count: u32, size: usize| -> Vec<Vec<u8>> {
            (0..count).map(|_| { mark += 1; packet(mark, size) }).collect()
        };
        for step in steps {
            match step {
                Step::Append { count, size } => {
                    let group = group(count, size);
                    append(&mut journal, &group).unwrap();
                    kept.extend(group);
                }
                Step::Full { room } => {
                    disk.0.lock().room = Some(room);
                    let group = group(4, 300);
                    if append(&mut journal, &group).is_ok() {
                        kept.extend(group);
                    }
                    disk.0.lock().room = None;
                }
                Step::FailSync => {
                    disk.0.lock().fail_sync = true;
                    append(&mut journal, &group(3, 300)).unwrap_err();
                    disk.0.lock().fail_sync = false;
                }
                Step::Reopen => {
                    drop(journal);
                    journal = open();
                }
                Step::LosePower { kept: mut sectors } => {
                    // A group that is written and not yet synced.
                    let unfinished = group(5, 350);
                    disk.0.lock().room = Some(1200 + sectors % 800);
                    let acknowledged = append_unsynced(&mut journal, &disk, &unfinished);
                    disk.0.lock().room = None;
                    prop_assert!(!acknowledged);
                    disk.lose_power(|| { sectors = sectors.rotate_left(1); sectors & 1 == 1 });
                    drop(journal);
                    journal = open();
                    let read = read_from(&journal, 0).unwrap();
                    prop_assert!(read.len() >= kept.len());
                    let more = &read[kept.len()..];
                    prop_assert_eq!(more, &unfinished[..more.len()]);
                    kept.extend_from_slice(more);
                }
                Step::Die { after, kept: mut sectors } => {
                    let unfinished = group(6, 350);
                    disk.0.lock().dies_after = Some(after);
                    let acknowledged = append(&mut journal, &unfinished).is_ok();
                    disk.lose_power(|| { sectors = sectors.rotate_left(1); sectors & 1 == 1 });
                    drop(journal);
                    journal = open();
                    let read = read_from(&journal, 0).unwrap();
                    prop_assert!(read.len() >= kept.len());
                    let more = &read[kept.len()..];
                    prop_assert!(!acknowledged || more.len() == unfinished.len());
                    prop_assert_eq!(more, &unfinished[..more.len()]);
                    kept.extend_from_slice(more);
                }
            }
            prop_assert_eq!(journal.end().0, kept.len() as u64);
            prop_assert_eq!(&read_from(&journal, 0).unwrap(), &kept);
        }
    }
}

/// Writes a group and loses the process before the sync: nothing is cleaned up afterwards.
fn append_unsynced(journal: &mut EmbeddedJournal, disk: &BadDisk, group: &[Vec<u8>]) -> bool {
    let before = disk.0.lock().unsynced.len();
    let acknowledged = journal.append_written_only(&mut records(group));
    assert!(disk.0.lock().unsynced.len() >= before);
    acknowledged
}
