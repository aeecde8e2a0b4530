//! Memory that isn't needed any more goes back to the system.
//!
//! A flush of a large fleet is hundreds of megabytes for some seconds. The allocator gives freed memory back after a delay,
//! but only when somebody allocates; a server at rest would keep it for as long as it rests.

use std::{thread, time::Duration};

const EVERY: Duration = Duration::from_secs(5);

/// Gives back now and then, for as long as the process lives.
pub fn give_back() {
    let thread = thread::Builder::new().name("memory".into());
    let spawned = thread.spawn(|| {
        loop {
            thread::sleep(EVERY);
            // SAFETY: may be called at any time, from any thread (mimalloc.h); it moves nothing that is in use.
            unsafe { libmimalloc_sys::mi_collect(true) };
        }
    });
    if let Err(error) = spawned {
        tracing::warn!(%error, "freed memory is given back late");
    }
}
