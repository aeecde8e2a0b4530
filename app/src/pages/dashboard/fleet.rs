//! The fleet by connection and by service state.

use crate::{
    charts::percent_text,
    components::{connection_tone, service_tone},
    format::use_format,
    i18n::use_texts,
};
use leptos::prelude::*;
use opencmp_domain::{ConnectionState, ServiceState, dashboard::FleetCounts, query::StateFilter};

const CONNECTION: [ConnectionState; 3] =
    [ConnectionState::Connected, ConnectionState::Unconfirmed, ConnectionState::Disconnected];
const SERVICE: [ServiceState; 4] =
    [ServiceState::Test, ServiceState::Suspended, ServiceState::Active, ServiceState::Deactivated];

#[component]
pub fn Fleet(counts: RwSignal<FleetCounts>) -> impl IntoView {
    let t = use_texts();
    let f = use_format();
    view! {
        <section class="card fleet" aria-label=t.dashboard().fleet>
            <a class="fleet-all" href="/sims">
                <span class="figure-label">{t.dashboard().all_sims}</span>
                <strong class="fleet-number">{move || f.count(counts.get().all)}</strong>
            </a>
            <div class="fleet-row">
                <h2>{t.dashboard().by_connection}</h2>
                <div class="fleet-tiles">
                    {CONNECTION
                        .map(|state| {
                            let filter = StateFilter::Connection(state);
                            view! { <Tile filter tone=connection_tone(state) counts/> }
                        })
                        .collect_view()}
                </div>
                <Proportions counts parts=CONNECTION.map(|s| (StateFilter::Connection(s), connection_tone(s))).to_vec()/>
            </div>
            <div class="fleet-row">
                <h2>{t.dashboard().by_service}</h2>
                <div class="fleet-tiles">
                    {SERVICE
                        .map(|state| {
                            let filter = StateFilter::Service(state);
                            view! { <Tile filter tone=service_tone(state) counts/> }
                        })
                        .collect_view()}
                </div>
                <Proportions counts parts=SERVICE.map(|s| (StateFilter::Service(s), service_tone(s))).to_vec()/>
            </div>
        </section>
    }
}

/// A state's count, linking to the list of those SIMs.
#[component]
fn Tile(filter: StateFilter, tone: &'static str, counts: RwSignal<FleetCounts>) -> impl IntoView {
    let t = use_texts();
    let f = use_format();
    let word = t.state_filter(filter);
    let count = Memo::new(move |_| counts.with(|counts| filter.count(counts)));
    let share = move || {
        let all = counts.with(|counts| counts.all);
        (all > 0).then(|| percent_text(count.get() as f64 / all as f64 * 100.0))
    };
    view! {
        <a class="fleet-tile" href=format!("/sims?state={}", filter.as_str()) title=(t.dashboard().list_of)(word)>
            <span class="fleet-word"><span class=format!("dot {tone}")></span>{word}</span>
            <strong>{move || f.count(count.get())}</strong>
            <span class="muted">{share}</span>
        </a>
    }
}

/// One bar of all parts. The tiles beside it say the same in figures.
#[component]
fn Proportions(counts: RwSignal<FleetCounts>, parts: Vec<(StateFilter, &'static str)>) -> impl IntoView {
    view! {
        <svg class="proportions" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">
            {move || {
                let counts = counts.get();
                let all = counts.all.max(1) as f64;
                let mut from = 0.0;
                parts
                    .iter()
                    .map(|(filter, tone)| {
                        let width = filter.count(&counts) as f64 / all * 1000.0;
                        let x = from;
                        from += width;
                        view! {
                            <rect
                                class=*tone
                                x=format!("{x:.1}")
                                width=format!("{:.1}", (width - 2.0).max(0.0))
                                height="8"
                            ></rect>
                        }
                    })
                    .collect_view()
            }}
        </svg>
    }
}
