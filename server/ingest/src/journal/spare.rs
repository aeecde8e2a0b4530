//! The next journal file, made ready ahead of time: full of zeros that are already on disk, so that writing into it
//! changes no block map and fdatasync has only the records to write. A thread of its own, because it takes a while.

use super::disk::{Disk, DiskFile};
use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, TryRecvError, sync_channel},
    },
    thread::JoinHandle,
    time::Duration,
};

const NAME: &str = "next.spare";
/// Small steps: on some file systems an fdatasync elsewhere waits for all that is dirty here.
const STEP: usize = 512 * 1024;
const RETRY: Duration = Duration::from_secs(5);

pub struct Spare {
    disk: Arc<dyn Disk>,
    made: Receiver<Box<dyn DiskFile>>,
    /// One message asks for one file.
    ask: Option<SyncSender<()>>,
    path: PathBuf,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Spare {
    /// Removes what an earlier process left, and begins to make one.
    pub fn start(disk: Arc<dyn Disk>, directory: &Path, octets: u64) -> io::Result<Self> {
        let path = directory.join(NAME);
        remove(&*disk, &path)?;
        let (ask, asked) = sync_channel::<()>(1);
        let (hand_over, made) = sync_channel(1);
        let stop = Arc::new(AtomicBool::new(false));
        let maker = Maker { disk: disk.clone(), path: path.clone(), octets, stop: stop.clone() };
        let thread = std::thread::Builder::new().name("journal-spare".into()).spawn(move || {
            while asked.recv().is_ok() {
                let Some(file) = maker.make_with_patience() else { return };
                if hand_over.send(file).is_err() {
                    return;
                }
            }
        })?;
        let spare = Self { disk, made, ask: Some(ask), path, stop, thread: Some(thread) };
        spare.ask();
        Ok(spare)
    }

    /// The file, if it is ready, and where it is. It is to be renamed before the next is [asked for](Self::ask).
    pub fn take(&self) -> Option<(Box<dyn DiskFile>, &Path)> {
        match self.made.try_recv() {
            Ok(file) => Some((file, &self.path)),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => None,
        }
    }

    pub fn ask(&self) {
        if let Some(ask) = &self.ask {
            let _ = ask.try_send(());
        }
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.ask = None;
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
        let _ = remove(&*self.disk, &self.path);
    }
}

struct Maker {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    octets: u64,
    stop: Arc<AtomicBool>,
}

impl Maker {
    /// `None` when told to stop. A full disk is no trouble yet: the journal also writes into a file that grows.
    fn make_with_patience(&self) -> Option<Box<dyn DiskFile>> {
        while !self.stop.load(Ordering::Relaxed) {
            match self.make() {
                Ok(made) => return made,
                Err(error) => {
                    let _ = remove(&*self.disk, &self.path);
                    tracing::warn!(path = %self.path.display(), %error, "no spare journal file yet");
                    std::thread::park_timeout(RETRY);
                }
            }
        }
        None
    }

    fn make(&self) -> io::Result<Option<Box<dyn DiskFile>>> {
        remove(&*self.disk, &self.path)?;
        let file = self.disk.create(&self.path)?;
        let zeros = vec![0; STEP];
        let mut filled = 0;
        while filled < self.octets {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let step = (self.octets - filled).min(STEP as u64);
            file.write_at(zeros.get(..step as usize).unwrap_or(&zeros), filled)?;
            file.sync()?;
            filled += step;
        }
        Ok(Some(file))
    }
}

/// It may be gone already.
pub(super) fn remove(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    match disk.remove(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
