//! The live stream: one `EventSource` a page, for what is on its screen.
//!
//! A page calls [`subscribe`] with what it watches. Whenever that changes, the stream is opened anew; its first message is
//! a snapshot, so nothing is missed in between. When it breaks, it is opened again after a pause that doubles from one
//! second to thirty, with jitter, so that a thousand browsers don't come back at once. [`Live`] is how it stands, for
//! the pill in the shell.

use crate::{
    clock::{Clock, use_clock},
    frame::Waiting,
    json,
};
use gloo_timers::callback::{Interval, Timeout};
use leptos::prelude::*;
use opencmp_domain::{
    Timestamp,
    live::{LiveUpdate, Watch},
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// The server says something every five seconds; a connection that is silent for this long is dead, whatever the
/// browser believes of it.
const SILENCE_SECS: i64 = 20;
const WATCHDOG_MS: u32 = 5_000;
/// A page that watches something has begun to by then.
const SHELL_AFTER_MS: u32 = 1_000;

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, EventSource, MessageEvent};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// This page watches nothing, or nothing yet.
    #[default]
    Off,
    Connecting,
    Live,
    /// Broken, and being opened again.
    Reconnecting,
}

/// How the page's stream stands.
#[derive(Clone, Copy)]
pub struct Live {
    pub status: RwSignal<Status>,
    /// When the last message came; until one did, when the page was rendered.
    pub heard_at: RwSignal<Timestamp>,
    /// How far the server itself is behind the network.
    pub behind_secs: RwSignal<u32>,
    /// Counts subscriptions, so that a page that goes doesn't switch off the page that comes.
    turn: StoredValue<u32>,
    /// Streams of pages that are open.
    open: RwSignal<u32>,
}

impl Live {
    pub fn provide(rendered_at: Timestamp) -> Self {
        let live = Self {
            status: RwSignal::new(Status::Off),
            heard_at: RwSignal::new(rendered_at),
            behind_secs: RwSignal::new(0),
            turn: StoredValue::new(0),
            open: RwSignal::new(0),
        };
        provide_context(live);
        live
    }
}

pub fn use_live() -> Live {
    expect_context::<Live>()
}

/// Feeds `on_update` for as long as the calling component lives. `None` watches nothing.
pub fn subscribe(watch: Signal<Option<Watch>>, on_update: impl Fn(LiveUpdate) + 'static) {
    let live = use_live();
    let clock = use_clock();
    live.turn.update_value(|turn| *turn += 1);
    let turn = live.turn.get_value();
    let waiting = use_context::<Waiting>();
    let on_update: Rc<dyn Fn(LiveUpdate)> = Rc::new(on_update);
    // Effects run in the browser only. What one run holds goes with it: the old stream closes before the new one opens.
    Effect::new(move |_| {
        let Some(watch) = watch.get() else {
            live.status.set(Status::Off);
            return;
        };
        let watch = Watch { alerts: waiting.is_some(), ..watch };
        live.open.update(|open| *open += 1);
        on_cleanup(move || _ = live.open.try_update(|open| *open = open.saturating_sub(1)));
        let subscription = Subscription::open(&watch, live, clock, waiting, Some(on_update.clone()));
        let watched = Rc::downgrade(&subscription);
        let look = move || {
            if let Some(subscription) = watched.upgrade() {
                subscription.reconnect_if_silent();
            }
        };
        StoredValue::new_local((Interval::new(WATCHDOG_MS, look), subscription));
    });
    on_cleanup(move || {
        if live.turn.try_get_value() == Some(turn) {
            let _ = live.status.try_set(Status::Off);
        }
    });
}

/// Feeds the shell how many alerts wait, where the page has no stream that could say so. It is about no figure of the page,
/// so the pill says nothing of it.
pub fn subscribe_for_shell(waiting: Waiting) {
    let live = use_live();
    let clock = use_clock();
    let page_has_one = Memo::new(move |_| live.open.get() > 0);
    Effect::new(move |_| {
        if page_has_one.get() {
            return;
        }
        let held: Rc<RefCell<Option<Rc<Subscription>>>> = Rc::default();
        let slot = held.clone();
        let open = move || {
            let watch = Watch { alerts: true, ..Watch::default() };
            slot.replace(Some(Subscription::open(&watch, live, clock, Some(waiting), None)));
        };
        StoredValue::new_local((Timeout::new(SHELL_AFTER_MS, open), held));
    });
}

/// A stream that is kept open until it is dropped.
struct Subscription {
    address: String,
    live: Live,
    clock: Clock,
    waiting: Option<Waiting>,
    /// The page's, whose stream says how live the page is; `None`: it is the shell's.
    on_update: Option<Rc<dyn Fn(LiveUpdate)>>,
    connection: RefCell<Option<Connection>>,
    retry: Cell<Option<Timeout>>,
    failures: Cell<u32>,
}

impl Subscription {
    fn open(
        watch: &Watch,
        live: Live,
        clock: Clock,
        waiting: Option<Waiting>,
        on_update: Option<Rc<dyn Fn(LiveUpdate)>>,
    ) -> Rc<Self> {
        let subscription = Rc::new(Self {
            address: format!("/live?{}", watch.to_query()),
            live,
            clock,
            waiting,
            on_update,
            connection: RefCell::new(None),
            retry: Cell::new(None),
            failures: Cell::new(0),
        });
        if subscription.on_update.is_some() && live.status.get_untracked() != Status::Live {
            live.status.set(Status::Connecting);
        }
        subscription.connect();
        subscription
    }

    fn connect(self: &Rc<Self>) {
        let this = Rc::downgrade(self);
        let message = {
            let this = this.clone();
            move |event: MessageEvent| {
                if let Some(this) = this.upgrade() {
                    this.hear(&event);
                }
            }
        };
        let broken = move |_: Event| {
            if let Some(this) = this.upgrade() {
                this.reconnect();
            }
        };
        let connection = Connection::open(&self.address, message, broken);
        let opened = connection.is_some();
        self.connection.replace(connection);
        if !opened {
            self.reconnect();
        }
    }

    fn hear(&self, event: &MessageEvent) {
        let text = event.data().as_string().unwrap_or_default();
        let Ok(update) = json::read::<LiveUpdate>(&text) else {
            leptos::logging::warn!("live: a message that this page doesn't understand");
            return;
        };
        self.failures.set(0);
        if let (Some(waiting), Some(alerts)) = (self.waiting, update.alerts) {
            waiting.hear(alerts);
        }
        let Some(on_update) = &self.on_update else { return };
        self.live.heard_at.set(self.clock.read());
        if self.live.status.get_untracked() != Status::Live {
            self.live.status.set(Status::Live);
        }
        if self.live.behind_secs.get_untracked() != update.behind_secs {
            self.live.behind_secs.set(update.behind_secs);
        }
        on_update(update);
    }

    fn reconnect_if_silent(self: &Rc<Self>) {
        let silent = self.clock.read().secs_since(self.live.heard_at.get_untracked()) > SILENCE_SECS;
        if silent && self.live.status.get_untracked() == Status::Live {
            self.reconnect();
        }
    }

    /// Opens the stream again after a pause. The connection itself is kept until then: this may be its own handler.
    fn reconnect(self: &Rc<Self>) {
        if let Some(connection) = self.connection.borrow().as_ref() {
            connection.source.close();
        }
        if self.on_update.is_some() {
            self.live.status.set(Status::Reconnecting);
        }
        let failures = self.failures.get();
        self.failures.set(failures.saturating_add(1));
        let this = Rc::downgrade(self);
        let again = move || {
            if let Some(this) = this.upgrade() {
                this.connect();
            }
        };
        // An earlier one ends.
        self.retry.set(Some(Timeout::new(pause_ms(failures), again)));
    }
}

/// 1, 2, 4 … 30 seconds; between half of it and all of it.
fn pause_ms(failures: u32) -> u32 {
    let whole = 1000u32.saturating_mul(1 << failures.min(5)).min(30_000);
    (f64::from(whole) * (0.5 + js_sys::Math::random() / 2.0)) as u32
}

/// An `EventSource` with its handlers; dropping it closes it.
struct Connection {
    source: EventSource,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _broken: Closure<dyn FnMut(Event)>,
}

impl Connection {
    fn open(
        address: &str,
        message: impl FnMut(MessageEvent) + 'static,
        broken: impl FnMut(Event) + 'static,
    ) -> Option<Self> {
        let source = EventSource::new(address).ok()?;
        let message = Closure::<dyn FnMut(MessageEvent)>::new(message);
        let broken = Closure::<dyn FnMut(Event)>::new(broken);
        source.set_onmessage(Some(message.as_ref().unchecked_ref()));
        source.set_onerror(Some(broken.as_ref().unchecked_ref()));
        Some(Self { source, _message: message, _broken: broken })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.source.set_onmessage(None);
        self.source.set_onerror(None);
        self.source.close();
    }
}
