//! A file of the journal: a header, then frames. Its name tells its place in the row and the number of its first record.
//!
//! A file holds the records from its own first to the next file's first. What stands in it beyond that was never
//! acknowledged (a group whose fdatasync failed is written again, into a new file).

use super::{
    JournalError,
    disk::{Disk, DiskFile},
    frame,
};
use opencmp_domain::Timestamp;
use std::{
    io,
    path::{Path, PathBuf},
};

const MAGIC: &[u8; 8] = b"OCMPJNL1";
pub const HEADER_LEN: usize = 32;
const SUFFIX: &str = ".journal";

/// A file by its name and header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub path: PathBuf,
    /// Rising by one from file to file.
    pub ordinal: u64,
    /// Number of its first record.
    pub first: u64,
    /// When its first record was received.
    pub begun_at: Timestamp,
    /// Octets of its records, the header included.
    pub octets: u64,
}

pub fn path(directory: &Path, ordinal: u64, first: u64) -> PathBuf {
    directory.join(format!("{ordinal:010}-{first:020}{SUFFIX}"))
}

/// Magic, first record, begun at, CRC-32C of those, padding.
pub fn header(first: u64, begun_at: Timestamp) -> [u8; HEADER_LEN] {
    let mut octets = [0; HEADER_LEN];
    octets[..8].copy_from_slice(MAGIC);
    octets[8..16].copy_from_slice(&first.to_le_bytes());
    octets[16..24].copy_from_slice(&begun_at.0.to_le_bytes());
    let checksum = crc32c::crc32c(&octets[..24]);
    octets[24..28].copy_from_slice(&checksum.to_le_bytes());
    octets
}

fn read_header(octets: &[u8; HEADER_LEN]) -> Result<(u64, Timestamp), &'static str> {
    let (covered, rest) = octets.split_at(24);
    if covered.first_chunk() != Some(MAGIC) {
        return Err("it doesn't begin as one");
    }
    if rest.first_chunk() != Some(&crc32c::crc32c(covered).to_le_bytes()) {
        return Err("its header is damaged");
    }
    let number = |at: usize| {
        covered.get(at..).and_then(<[u8]>::first_chunk).map(|octets| u64::from_le_bytes(*octets)).unwrap_or(0)
    };
    Ok((number(8), Timestamp(number(16) as i64)))
}

/// The files of a directory.
#[derive(Debug)]
pub struct Listed {
    /// In order.
    pub segments: Vec<Segment>,
    /// The last file by its name, if it is empty or all zeros: its process ended before it wrote a header, and the first record
    /// comes after that. Such a file further up is damage.
    pub blank: Option<PathBuf>,
}

pub fn list(disk: &dyn Disk, directory: &Path) -> Result<Listed, JournalError> {
    let mut segments = Vec::new();
    let mut blanks = Vec::new();
    let entries = std::fs::read_dir(directory).map_err(JournalError::io("list", directory))?;
    for entry in entries {
        let path = entry.map_err(JournalError::io("list", directory))?.path();
        let Some((ordinal, first)) = parse_name(&path) else { continue };
        let file = disk.open(&path, false).map_err(JournalError::io("open", &path))?;
        let mut octets = [0; HEADER_LEN];
        let read = file.read_at(&mut octets, 0).map_err(JournalError::io("read", &path))?;
        if is_blank(octets.get(..read).unwrap_or_default())
            && is_blank(&read_whole(&*file).map_err(JournalError::io("read", &path))?)
        {
            blanks.push((ordinal, path));
            continue;
        }
        let not = |reason| JournalError::NotAJournal { path: path.clone(), reason };
        if read < HEADER_LEN {
            return Err(not("it is too short"));
        }
        let (stated, begun_at) = read_header(&octets).map_err(not)?;
        if stated != first {
            return Err(not("it was renamed"));
        }
        let octets = file.len().map_err(JournalError::io("look at", &path))?;
        segments.push(Segment { path, ordinal, first, begun_at, octets });
    }
    segments.sort_by_key(|segment| segment.ordinal);
    if let Some([_, late]) = segments.array_windows().find(|[early, late]| early.first > late.first) {
        let reason = "its records come before those of the file before it";
        return Err(JournalError::NotAJournal { path: late.path.clone(), reason });
    }
    blanks.sort();
    let last = segments.last().map(|last| last.ordinal);
    let blank = blanks.pop_if(|(ordinal, _)| Some(*ordinal) > last).map(|(_, path)| path);
    if let Some((_, path)) = blanks.pop() {
        return Err(JournalError::NotAJournal { path, reason: "it has no header" });
    }
    Ok(Listed { segments, blank })
}

fn is_blank(octets: &[u8]) -> bool {
    octets.iter().all(|octet| *octet == 0)
}

fn read_whole(file: &dyn DiskFile) -> io::Result<Vec<u8>> {
    let mut octets = vec![0; usize::try_from(file.len()?).unwrap_or(usize::MAX)];
    let read = file.read_at(&mut octets, 0)?;
    octets.truncate(read);
    Ok(octets)
}

fn parse_name(path: &Path) -> Option<(u64, u64)> {
    let (ordinal, first) = path.file_name()?.to_str()?.strip_suffix(SUFFIX)?.split_once('-')?;
    Some((ordinal.parse().ok()?, first.parse().ok()?))
}

/// Records that were acknowledged and can't be read any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where in the file it begins.
    pub offset: u64,
    pub first: u64,
    /// The next record that can be read.
    pub next: u64,
}

/// What stands at the end of the last file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tail {
    /// Number of the next record.
    pub end: u64,
    /// Octets up to there.
    pub len: u64,
    /// Something follows that isn't a record: a group was cut short.
    pub torn: bool,
    /// What was passed over on the way.
    pub damage: Vec<Damage>,
}

/// Reads a whole file and finds where its records end.
pub fn find_tail(file: &dyn DiskFile, segment: &Segment, skip_damage: bool) -> Result<Tail, JournalError> {
    let path = &segment.path;
    let octets = read_whole(file).map_err(JournalError::io("read", path))?;
    let mut tail = Tail { end: segment.first, len: HEADER_LEN as u64, torn: false, damage: Vec::new() };
    loop {
        let at = tail.len as usize;
        let rest = octets.get(at..).unwrap_or_default();
        match frame::decode(rest) {
            Some(frame) if frame.entry.number == tail.end => {
                tail.len += frame.len as u64;
                tail.end += 1;
            }
            _ => match acknowledged_beyond(rest, tail.end) {
                Some((further, number)) if skip_damage => {
                    tail.damage.push(Damage { offset: tail.len, first: tail.end, next: number });
                    tail.len += further as u64;
                    tail.end = number;
                }
                Some(_) => {
                    let (path, offset, expected) = (path.clone(), tail.len, tail.end);
                    return Err(JournalError::Damaged { path, offset, expected });
                }
                None => {
                    tail.torn = rest.iter().any(|octet| *octet != 0);
                    return Ok(tail);
                }
            },
        }
    }
}

/// Looks behind an unreadable frame, that of record `expected`, for a readable one of a later group: then it had been
/// acknowledged. Says how far on the next readable frame is, and its number.
fn acknowledged_beyond(octets: &[u8], expected: u64) -> Option<(usize, u64)> {
    let first = next_sound(octets, expected)?;
    let (mut at, mut number) = first;
    loop {
        let group = octets.get(at..).and_then(frame::decode)?.group();
        if group > expected {
            return Some(first);
        }
        let (further, next) = next_sound(octets.get(at..)?, number)?;
        (at, number) = (at + further, next);
    }
}

/// The next readable frame of a record after `expected`, which stands at the beginning and is unreadable or read: how
/// far on it is, and its number.
pub fn next_sound(octets: &[u8], expected: u64) -> Option<(usize, u64)> {
    (1..octets.len().saturating_sub(frame::PREFIX_LEN)).find_map(|at| {
        let rest = octets.get(at..)?;
        frame::claimed_len(rest)?;
        let number = frame::decode(rest)?.entry.number;
        (number > expected && number - expected < 1 << 32).then_some((at, number))
    })
}
