//! Which threads go first where cores are few: acknowledgements before rows.
//!
//! A gateway waits for its answer, and repeats itself when it waits for long; what is written to the database later waits
//! in the journal.

use rustix::{process::setpriority_process, thread::gettid};

/// 0 is usual, -20 goes first, 19 last.
const FIRST: i32 = -5;
const LAST: i32 = 10;

/// This thread goes first. The system allows it to root and to who has CAP_SYS_NICE; elsewhere nothing changes.
pub fn go_first() {
    set(FIRST);
}

/// This thread gives way to others. Everybody may.
pub fn give_way() {
    set(LAST);
}

fn set(nice: i32) {
    if let Err(error) = setpriority_process(Some(gettid()), nice) {
        tracing::debug!(%error, nice, "a thread keeps its priority");
    }
}
