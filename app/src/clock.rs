//! The present, for ages on the page. It begins as the moment at which the server rendered, so that the first paint and
//! hydration agree, and goes on by the browser's clock, put right where that is wrong.

use crate::{dom, prefs::Prefs};
use leptos::prelude::*;
use opencmp_domain::Timestamp;
use std::time::Duration;

const TICK: Duration = Duration::from_secs(10);
/// Rendering, transport and loading take this long at most before the browser's clock is held to be wrong.
const BELIEVED_SECS: i64 = 30;

#[derive(Clone, Copy)]
pub struct Clock {
    now: RwSignal<Timestamp>,
    /// What is added to the browser's clock.
    correction_secs: StoredValue<i64>,
}

impl Clock {
    /// Starts ticking once the page is alive in the browser.
    pub fn provide(prefs: &Prefs) -> Self {
        let rendered_at = prefs.rendered_at;
        let clock = Self { now: RwSignal::new(rendered_at), correction_secs: StoredValue::new(0) };
        provide_context(clock);
        Effect::new(move || {
            let ahead = rendered_at.secs_since(dom::browser_now());
            if ahead.abs() > BELIEVED_SECS {
                clock.correction_secs.set_value(ahead);
            }
            clock.now.set(clock.read());
            if let Ok(tick) = set_interval_with_handle(move || clock.now.set(clock.read()), TICK) {
                on_cleanup(move || tick.clear());
            }
        });
        clock
    }

    /// The present as of the last tick; tracked.
    pub fn now(self) -> Timestamp {
        self.now.get()
    }

    /// This very moment. Browser only.
    pub fn read(self) -> Timestamp {
        dom::browser_now().plus_secs(self.correction_secs.get_value())
    }
}

pub fn use_clock() -> Clock {
    expect_context::<Clock>()
}
