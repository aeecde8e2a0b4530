//! Which threads give way where cores are few: rows to everything else.
//!
//! What is written to the database later is in the journal, and a backup has time. Nobody is put first: a listener that takes the
//! core from whoever sends, or makes durable, is apt to wake up for fewer packets at a time. Threads of pages don't give way
//! either: it made pages slower by half while records came in, and stalls of acknowledgements no shorter.

use rustix::{
    process::{getpid, getpriority_process, setpriority_process},
    thread::gettid,
};

/// How much nicer than the process's first thread.
const NICER: i32 = 10;

/// For who writes to the database, or copies it: this thread, and those that it starts, give way. Everybody may.
pub fn give_way() {
    let changed = getpriority_process(Some(getpid()))
        .and_then(|first| setpriority_process(Some(gettid()), first + NICER));
    if let Err(error) = changed {
        tracing::debug!(%error, "a thread keeps its priority");
    }
}
