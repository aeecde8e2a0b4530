//! Memory that isn't needed any more goes back to the system at once.
//!
//! A flush of a large fleet is hundreds of megabytes for some seconds. By itself the allocator gives freed memory back after a
//! delay, and only when somebody allocates again: a server at rest would keep it for as long as it rests.

use std::ffi::{c_int, c_long};

/// `mi_option_purge_delay` of mimalloc.h: milliseconds until freed memory is given back.
const PURGE_DELAY: c_int = 15;
const AT_ONCE: c_long = 0;

/// To be called once, at the start.
pub fn give_back_at_once() {
    // SAFETY: sets a number of the allocator's; may be called at any time, from any thread (mimalloc.h).
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, AT_ONCE) };
}
