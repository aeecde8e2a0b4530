use crate::{
    clock::use_clock,
    format::use_format,
    i18n::use_texts,
    live::{Status, use_live},
};
use leptos::prelude::*;
use std::time::Duration;

/// Lags below this are the ordinary rhythm of a batch.
const TOLD_FROM_SECS: u32 = 5;

/// Live, or since when not. While the stream is broken the age of the figures is counted by the second. A page that
/// watches nothing has nothing to say about it: the pill keeps its place, unseen.
#[component]
pub fn LivePill() -> impl IntoView {
    let t = use_texts().shell;
    let format = use_format();
    let live = use_live();
    let clock = use_clock();
    let age_secs = RwSignal::new(0i64);
    Effect::new(move |_| {
        if live.status.get() == Status::Reconnecting {
            let look = move || age_secs.set(clock.read().secs_since(live.heard_at.get_untracked()));
            look();
            if let Ok(tick) = set_interval_with_handle(look, Duration::from_secs(1)) {
                on_cleanup(move || tick.clear());
            }
        }
    });
    let behind = move || live.behind_secs.get() >= TOLD_FROM_SECS;
    let class = move || match live.status.get() {
        Status::Off => "pill off",
        Status::Connecting => "pill",
        Status::Live if behind() => "pill warn",
        Status::Live => "pill live",
        Status::Reconnecting => "pill warn",
    };
    let dot = move || match live.status.get() {
        Status::Live if !behind() => "dot good",
        Status::Live | Status::Reconnecting => "dot warn",
        _ => "dot",
    };
    let words = move || match live.status.get() {
        Status::Off => String::new(),
        Status::Connecting => t.connecting.to_owned(),
        Status::Live if behind() => (t.behind)(&format.duration(i64::from(live.behind_secs.get()))),
        Status::Live => t.live.to_owned(),
        Status::Reconnecting => (t.reconnecting)(&format.duration(age_secs.get())),
    };
    view! {
        <span class=class title=t.live_hint data-testid="live-status">
            <span class=dot></span>
            <span class="label">{words}</span>
        </span>
    }
}
