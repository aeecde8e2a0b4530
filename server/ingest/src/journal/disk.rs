//! What the journal's files are on. A trait, so that tests can have a disk that is full, fails, or loses power.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::Path,
};

pub trait Disk: Send + Sync {
    /// A new file, for writing and reading; it must not exist.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    fn open(&self, path: &Path, write: bool) -> io::Result<Box<dyn DiskFile>>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// How full it is; `None`: it doesn't say.
    fn room(&self, path: &Path) -> Option<Room>;
    /// Makes creations, renames and removals in a directory durable.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
}

/// Octets of the file system that a folder is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    pub free: u64,
    pub total: u64,
}

impl Room {
    /// A twentieth, and never more than this: what the database and everything else may need before anybody looks.
    const MOST_KEPT_FREE: u64 = 5 << 30;

    pub fn is_short(self) -> bool {
        self.free < (self.total / 20).min(Self::MOST_KEPT_FREE)
    }
}

#[expect(clippy::len_without_is_empty)]
pub trait DiskFile: Send + Sync {
    fn write_at(&self, octets: &[u8], offset: u64) -> io::Result<()>;
    /// Fills as much of `octets` as the file has.
    fn read_at(&self, octets: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Contents and length durable (fdatasync).
    fn sync(&self) -> io::Result<()>;
    fn set_len(&self, len: u64) -> io::Result<()>;
    fn len(&self) -> io::Result<u64>;
}

/// The operating system's.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalDisk;

impl Disk for LocalDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(OpenOptions::new().read(true).write(true).create_new(true).open(path)?))
    }

    fn open(&self, path: &Path, write: bool) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(OpenOptions::new().read(true).write(write).open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn room(&self, path: &Path) -> Option<Room> {
        let found = nix::sys::statvfs::statvfs(path).ok()?;
        let octets = |blocks: u64| blocks.saturating_mul(found.fragment_size());
        Some(Room { free: octets(found.blocks_available()), total: octets(found.blocks()) })
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

impl DiskFile for File {
    fn write_at(&self, octets: &[u8], offset: u64) -> io::Result<()> {
        FileExt::write_all_at(self, octets, offset)
    }

    fn read_at(&self, octets: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut read = 0;
        while let Some(rest) = octets.get_mut(read..)
            && !rest.is_empty()
        {
            match FileExt::read_at(self, rest, offset + read as u64) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        File::set_len(self, len)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}
