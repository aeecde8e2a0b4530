//! In steady state a packet costs the listener no allocation.

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use opencmp_listener::{Batch, Busy, Clients, Counters, ListenerConfig, Sink, spawn};
use support::{Gateway, LOCAL, SECRET, client};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Answers at once, on the listener's thread, and tells how often that thread has allocated.
struct Telling(Arc<AtomicUsize>);

impl Sink for Telling {
    fn submit(&self, batch: Batch) -> Result<(), Busy> {
        self.0.store(ALLOCATIONS.get(), Ordering::SeqCst);
        batch.replies.send(&batch);
        Ok(())
    }
}

#[test]
fn the_listener_allocates_nothing_per_packet() {
    let allocated = Arc::new(AtomicUsize::new(0));
    let handle = spawn(
        ListenerConfig::new((LOCAL, 0).into()),
        Arc::new(Clients::new(vec![client("127.0.0.1/32", 1, SECRET)])),
        Arc::new(Telling(Arc::clone(&allocated))),
        Arc::new(Counters::default()),
        Arc::new(|| 1),
    )
    .expect("a free port");
    let gateway = Gateway::at(LOCAL, handle.local_addr());
    // Every identifier twice, so that duplicates have their part, and new content in every round.
    let round = |session: &str| {
        for identifier in 0..=255 {
            let request = gateway.request(identifier, session);
            for _ in 0..2 {
                gateway.send(&request);
                gateway.answer_to(&request);
            }
        }
    };
    round("warm up");
    round("and turn the buffers over");
    let before = allocated.load(Ordering::SeqCst);
    round("measured");
    assert_eq!(allocated.load(Ordering::SeqCst), before);
    handle.shutdown();
}
