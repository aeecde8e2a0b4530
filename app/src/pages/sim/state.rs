//! The SIM on the screen. What the stream brings is shown at once; what it doesn't carry (sessions) is fetched again soon
//! after, so that the page needs no reload.

use crate::{api, live};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use opencmp_domain::{
    SimId, Timestamp,
    live::{LiveUpdate, Watch},
    sim::SimDetail,
};
use std::time::Duration;

/// Changes that come close together are one fetch.
const FETCH_AFTER: Duration = Duration::from_millis(800);

#[derive(Clone, Copy)]
pub struct SimState {
    pub id: SimId,
    detail: RwSignal<SimDetail>,
    /// When something last changed: lists of events fetch what is new.
    pub changed_at: RwSignal<Timestamp>,
    pending: StoredValue<Option<TimeoutHandle>>,
}

impl SimState {
    pub fn new(detail: SimDetail) -> Self {
        Self {
            id: detail.row.id,
            changed_at: RwSignal::new(detail.as_of),
            detail: RwSignal::new(detail),
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

    /// Follows the live stream, in the browser.
    pub fn follow(self) {
        let watch = Watch { sims: vec![self.id], ..Watch::default() };
        live::subscribe(Signal::derive(move || Some(watch.clone())), move |update| self.update(update));
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
        self.fetch_soon();
    }

    fn fetch_soon(self) {
        if self.pending.with_value(Option::is_some) {
            return;
        }
        let fetch = move || {
            spawn_local(async move {
                let answer = api::sim_detail(self.id).await;
                let _ = self.pending.try_set_value(None);
                if let Ok(detail) = answer {
                    let as_of = detail.as_of;
                    let _ = self.detail.try_set(detail);
                    let _ = self.changed_at.try_set(as_of);
                }
            });
        };
        self.pending.set_value(set_timeout_with_handle(fetch, FETCH_AFTER).ok());
    }
}
