//! Which threads give way where cores are few: rows to everything else.
//!
//! What is written to the database later is in the journal, and a backup has time. Nobody is put first: a listener that takes the
//! core from whoever sends, or makes durable, is apt to wake up for fewer packets at a time. Threads of pages don't give way
//! either: it made pages slower by half while records came in, and stalls of acknowledgements no shorter.

use rustix::{
    process::{getpid, getpriority_process, setpriority_process},
    thread::gettid,
};

/// Who writes to the database, or copies it.
pub const ROWS: i32 = 10;

/// This thread, and those that it starts, are so much nicer than the process's first one. Everybody may be.
pub fn give_way(nicer: i32) {
    let changed = getpriority_process(Some(getpid()))
        .and_then(|first| setpriority_process(Some(gettid()), first + nicer));
    if let Err(error) = changed {
        tracing::debug!(%error, nicer, "a thread keeps its priority");
    }
}
