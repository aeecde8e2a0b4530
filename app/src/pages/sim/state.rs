//! The SIM on the screen. What the stream brings is shown at once; what it doesn't carry (sessions) is fetched again soon
//! after, so that the page needs no reload. Sessions come from the database, which is a moment behind the stream, and
//! further when it is busy: they are fetched until they have caught up.

use crate::{
    api::{self, SimView},
    live,
};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use opencmp_domain::{
    ConnectionState, Plmn, SimId,
    live::{LiveUpdate, Watch},
    sim::{SimDetail, SimRow},
};
use std::time::Duration;

/// Changes that come close together are one fetch.
const FETCH_AFTER: Duration = Duration::from_millis(800);
/// Fetches for one change at most, each after twice the pause of the one before.
const MOST_FETCHES: u32 = 6;

#[derive(Clone, Copy)]
pub struct SimState {
    pub id: SimId,
    detail: RwSignal<SimDetail>,
    /// Name of the network that the SIM was on when it was fetched.
    pub network: RwSignal<Option<(Plmn, String)>>,
    /// Custom fields that it has a value in.
    pub fields: RwSignal<Vec<(String, String)>>,
    /// Counts fetches: lists of events are fetched along.
    pub fetches: RwSignal<u32>,
    /// The fetch to come, or under way, and how many there were before it for the same change.
    pending: StoredValue<Option<(TimeoutHandle, u32)>>,
}

impl SimState {
    pub fn new(SimView { detail, network, fields, .. }: SimView) -> Self {
        Self {
            id: detail.row.id,
            fetches: RwSignal::new(0),
            detail: RwSignal::new(detail),
            network: RwSignal::new(network),
            fields: RwSignal::new(fields),
            pending: StoredValue::new(None),
        }
    }

    /// A part of the SIM that only tells when it has changed.
    pub fn part<T: Clone + PartialEq + Send + Sync + 'static>(
        self,
        part: impl Fn(&SimDetail) -> T + Send + Sync + 'static,
    ) -> Signal<T> {
        Memo::new(move |_| self.detail.with(&part)).into()
    }

    /// What the inventory says, now.
    pub fn row(self) -> SimRow {
        self.detail.with_untracked(|detail| detail.row.clone())
    }

    /// A tenant has it: people may say something of it.
    pub fn is_inventoried(self) -> bool {
        self.detail.with_untracked(|detail| detail.tenant.is_some())
    }

    /// Follows the live stream, in the browser.
    pub fn follow(self) {
        let watch = Watch { sims: vec![self.id], ..Watch::default() };
        live::subscribe(Signal::derive(move || Some(watch.clone())), move |update| self.update(update));
        Effect::new(move || {
            if self.detail.with_untracked(is_behind) {
                self.fetch_soon(0);
            }
        });
    }

    /// After something was said of it: shows it at once.
    pub fn refetch(self) {
        spawn_local(async move {
            if let Ok(view) = api::sim_detail(self.id).await {
                self.take(view);
            }
        });
    }

    /// False: the page has gone meanwhile.
    fn take(self, SimView { detail, network, fields, .. }: SimView) -> bool {
        let _ = self.network.try_set(network);
        let _ = self.fields.try_set(fields);
        let here = self.detail.try_set(detail).is_none();
        let _ = self.fetches.try_update(|fetches| *fetches += 1);
        here
    }

    fn update(self, update: LiveUpdate) {
        let Some(news) = update.rows.into_iter().find(|row| row.id == self.id) else { return };
        let row = self.detail.with_untracked(|detail| detail.row.clone());
        if row.live == news.live && row.imei == news.imei && row.service_state == news.service_state {
            return;
        }
        self.detail.update(|detail| {
            detail.row.live = news.live;
            detail.row.imei = news.imei;
            detail.row.service_state = news.service_state;
            detail.as_of = update.as_of;
        });
        self.fetch_soon(0);
    }

    /// `before`: how many fetches there were for the same change.
    fn fetch_soon(self, before: u32) {
        match self.pending.get_value() {
            // A new change doesn't wait for as long as an old one.
            Some((timer, earlier)) if before < earlier => timer.clear(),
            Some(_) => return,
            None => {}
        }
        let fetch = move || {
            spawn_local(async move {
                let answer = api::sim_detail(self.id).await;
                let _ = self.pending.try_set_value(None);
                if let Ok(view) = answer {
                    let again = is_behind(&view.detail) && before + 1 < MOST_FETCHES;
                    if self.take(view) && again {
                        self.fetch_soon(before + 1);
                    }
                }
            });
        };
        let pause = FETCH_AFTER * 2u32.pow(before);
        self.pending.set_value(set_timeout_with_handle(fetch, pause).ok().map(|timer| (timer, before)));
    }
}

/// Whether the sessions are those from before what the row says.
fn is_behind(detail: &SimDetail) -> bool {
    let live = &detail.row.live;
    let latest = detail.open_sessions.iter().map(|session| session.last_update_at.secs()).max();
    match (live.connection, live.last_access_at) {
        (ConnectionState::Disconnected, _) => latest.is_some(),
        (_, Some(heard)) => latest.is_none_or(|latest| latest < heard.secs()),
        (_, None) => false,
    }
}
