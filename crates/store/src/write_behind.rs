//! What SQLite writes goes to the disk in small steps, while it is written.
//!
//! The kernel keeps what is written until an fsync sends all of it at once: a flush's log, a checkpoint, a backup, hundreds
//! of megabytes. For as long as that takes, the journal's fdatasync, for which people's SIMs wait, stands behind it in the
//! disk's queue. So SQLite's `pwrite` is replaced by one that, after each [`STEP`], sends what it wrote and waits for it.

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub(crate) use linux::install;

/// Other systems have no such call.
#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
pub(crate) fn install() {}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod linux {
    use nix::{errno::Errno, libc};
    use rusqlite::ffi;
    use std::{cell::Cell, ffi::c_void, mem::transmute, ptr::null, sync::Once};

    /// Octets. What one step holds up others is the time that a disk takes for it: 2 to 10 ms.
    const STEP: u64 = 1 << 20;

    /// Replaces SQLite's `pwrite` (it is built to use that one, see LIBSQLITE3_FLAGS in `.cargo/config.toml`) for every
    /// connection of this process.
    pub(crate) fn install() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            // SAFETY: the default VFS lives as long as the process; the function has the signature of the one that it
            // replaces, which SQLite's interface has no type for.
            let replaced = unsafe {
                let vfs = ffi::sqlite3_vfs_find(null());
                let set = vfs.as_ref().and_then(|vfs| vfs.xSetSystemCall);
                let replacement = transmute::<Pwrite, ffi::sqlite3_syscall_ptr>(Some(pwrite));
                set.map(|set| set(vfs, c"pwrite".as_ptr(), replacement))
            };
            if replaced != Some(ffi::SQLITE_OK) {
                tracing::warn!(
                    ?replaced,
                    "SQLite's writes can't be paced: acknowledgements may wait for its syncs"
                );
            }
        });
    }

    type Pwrite = Option<unsafe extern "C" fn(i32, *const c_void, usize, libc::off_t) -> isize>;

    /// Written by this thread and perhaps not on its way to the disk yet.
    #[derive(Clone, Copy)]
    struct Written {
        fd: i32,
        from: i64,
        to: i64,
        octets: u64,
    }

    const NOTHING: Written = Written { fd: -1, from: 0, to: 0, octets: 0 };

    thread_local! {
        static WRITTEN: Cell<Written> = const { Cell::new(NOTHING) };
    }

    /// pwrite(2). Fails also when an earlier write of the step did: sync_file_range takes that error from SQLite's fsync.
    unsafe extern "C" fn pwrite(fd: i32, octets: *const c_void, count: usize, offset: libc::off_t) -> isize {
        // SAFETY: SQLite's arguments, passed on.
        let written = unsafe { libc::pwrite(fd, octets, count, offset) };
        if written <= 0 {
            return written;
        }
        let (from, to) = (offset, offset.saturating_add(written as i64));
        let mut step = WRITTEN.get();
        if step.fd != fd {
            step = Written { fd, from, to, octets: 0 };
        }
        step = Written {
            fd,
            from: step.from.min(from),
            to: step.to.max(to),
            octets: step.octets + written as u64,
        };
        if step.octets < STEP {
            WRITTEN.set(step);
            return written;
        }
        WRITTEN.set(NOTHING);
        if send(step) { written } else { -1 }
    }

    /// Whether it arrived. Where a file system can't do this, the next fsync does it.
    fn send(step: Written) -> bool {
        let wait = libc::SYNC_FILE_RANGE_WAIT_BEFORE
            | libc::SYNC_FILE_RANGE_WRITE
            | libc::SYNC_FILE_RANGE_WAIT_AFTER;
        #[cfg(test)]
        tests::SENT.set(tests::SENT.get() + step.octets);
        // SAFETY: no memory is passed; a descriptor that isn't a file's is refused.
        let sent = unsafe { libc::sync_file_range(step.fd, step.from, step.to - step.from, wait) };
        sent == 0 || !matches!(Errno::last(), Errno::EIO | Errno::ENOSPC)
    }

    #[cfg(test)]
    mod tests {
        use super::{STEP, install};
        use std::cell::Cell;

        thread_local! {
            pub static SENT: Cell<u64> = const { Cell::new(0) };
        }

        /// Fails when SQLite is built to write by another call.
        #[test]
        fn what_sqlite_writes_is_sent_in_steps() {
            install();
            let folder = tempfile::tempdir().unwrap();
            let connection = rusqlite::Connection::open(folder.path().join("some.db")).unwrap();
            let sql = "PRAGMA synchronous = off; PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0;
                       CREATE TABLE some (octets BLOB); INSERT INTO some VALUES (randomblob(8 << 20));";
            connection.execute_batch(sql).unwrap();
            let log = SENT.get();
            assert!(log > (8 << 20) - STEP, "of the log: {log}");
            connection.execute_batch("PRAGMA wal_checkpoint").unwrap();
            let database = SENT.get() - log;
            assert!(database > (8 << 20) - STEP, "of the database: {database}");
            let intact = "SELECT length(octets) FROM some";
            assert_eq!(connection.query_row(intact, [], |row| row.get::<_, i64>(0)), Ok(8 << 20));
        }
    }
}
