//! 儀表板: the fleet at a glance, live. Each number links to the list that it counts.

mod events;
mod fleet;
mod usage;

use crate::{
    charts::{ChartView, Readout},
    components::Notice,
    figures::{DashboardFigures, dashboard_figures},
    format::use_format,
    i18n::use_texts,
    json::fetched,
    live,
    pages::{
        alerts::brief::OpenAlerts,
        board::{Loaded, catch_up, refresh},
        usage::day::TopSims,
    },
};
use events::{RecentEvents, merge};
use fleet::Fleet;
use leptos::prelude::*;
use leptos_meta::Title;
use opencmp_domain::{
    ConnectionState, Timestamp,
    dashboard::{ConnectedSample, FleetCounts},
    live::{FleetLive, LiveUpdate, Watch},
    query::StateFilter,
};
use usage::Usage;

/// Counts, sums and events come live; charts and the top list are drawn anew this often. Events of before the stream came
/// (back) come along.
const REDRAW_MS: u32 = 60_000;

#[component]
pub fn DashboardPage() -> impl IntoView {
    let t = use_texts();
    let figures = fetched(|| (), |()| dashboard_figures());
    view! {
        <Title text=t.dashboard().title/>
        <div class="dashboard">
            <h1>{t.dashboard().title}</h1>
            <Loaded figures let:initial>
                <Board initial/>
            </Loaded>
        </div>
    }
}

#[component]
fn Board(initial: DashboardFigures) -> impl IntoView {
    let t = use_texts();
    let f = use_format();
    let counts = RwSignal::new(initial.dashboard.counts);
    let sums = RwSignal::new(FleetLive {
        usage_today: initial.dashboard.usage_today,
        usage_cycle: initial.dashboard.usage_cycle,
    });
    let events = RwSignal::new(Vec::new());
    events.update(|held| merge(held, initial.dashboard.events.clone()));
    let figures = RwSignal::new(initial);

    Effect::new(move || {
        let fetched = figures.with(|held| held.dashboard.events.clone());
        events.update(|held| merge(held, fetched));
    });

    let again = refresh(figures, REDRAW_MS, dashboard_figures);
    let watch = Watch { counts: true, fleet: true, ..Watch::default() };
    live::subscribe(Signal::stored(Some(watch)), move |update: LiveUpdate| {
        if let Some(now) = update.counts {
            counts.set(now);
        }
        if let Some(now) = update.fleet {
            sums.set(now);
        }
        if !update.events.is_empty() {
            events.update(|held| merge(held, update.events));
        }
    });
    catch_up(again);

    view! {
        <Show
            when=move || { counts.with(|counts| counts.all + counts.terminated) > 0 }
            fallback=move || {
                view! { <Notice icon="sim" title=t.dashboard().empty_title text=t.dashboard().empty_hint class="card"/> }
            }
        >
            <Fleet counts/>
            {move || {
                let (alerts, counts) = figures.with(|held| held.alerts.clone())?;
                Some(view! { <OpenAlerts alerts counts/> }.into_any())
            }}
            <div class="dashboard-charts">
                <section class="card chart-card">
                    <div class="card-head">
                        <h2>{t.dashboard().connected_title}</h2>
                        <a class="end" href="/sims?state=connected">{t.shell.sims}</a>
                    </div>
                    <ConnectedFigures figures counts/>
                    <div class="card-body">
                        {move || {
                            let (image, samples) = figures
                                .with(|held| (held.connected.clone(), held.dashboard.connected.clone()));
                            let label = format!("{}. {}", t.dashboard().connected_title, t.dashboard().chart_keys);
                            let readouts = samples.iter().map(|sample| readout(sample, t, f)).collect();
                            view! { <ChartView image readouts label/> }
                        }}
                    </div>
                </section>
                <Usage figures sums/>
            </div>
            <div class="dashboard-lists">
                <section class="card">
                    <div class="card-head">
                        <h2>{t.dashboard().top}</h2>
                        <a class="end" href="/sims?sort=-cycle">{t.shell.sims}</a>
                    </div>
                    <div class="card-body">
                        {move || {
                            let (top, total) = figures
                                .with(|held| (held.dashboard.top.clone(), held.dashboard.usage_cycle.octets()));
                            if top.is_empty() {
                                view! { <p class="muted">{t.dashboard().top_none}</p> }.into_any()
                            } else {
                                view! { <TopSims top total/> }.into_any()
                            }
                        }}
                    </div>
                </section>
                <RecentEvents events figures/>
            </div>
        </Show>
    }
}

#[component]
fn ConnectedFigures(figures: RwSignal<DashboardFigures>, counts: RwSignal<FleetCounts>) -> impl IntoView {
    let t = use_texts();
    let f = use_format();
    let bounds = Memo::new(move |_| {
        let now = counts.with(|counts| counts.connected);
        figures.with(|held| {
            let samples = held.dashboard.connected.iter().map(|sample| (sample.connected, Some(sample.at)));
            let low = samples.clone().min_by_key(|(connected, _)| *connected).filter(|(low, _)| *low <= now);
            let high = samples.max_by_key(|(connected, _)| *connected).filter(|(high, _)| *high >= now);
            (low.unwrap_or((now, None)), high.unwrap_or((now, None)))
        })
    });
    // No sample is beyond what is connected at this moment: it is the lowest or the highest itself.
    let when = move |at: Option<Timestamp>| at.map_or(t.shell.just_now.to_owned(), |at| f.minute(at));
    let listed = |state, word| {
        let filter = StateFilter::Connection(state);
        let count = move || counts.with(|counts| f.count(filter.count(counts)));
        let href = format!("/sims?state={}", filter.as_str());
        view! { <a href=href title=(t.dashboard().list_of)(word)>{count}</a> }
    };
    view! {
        <dl class="figures in-card">
            <div>
                <dt class="figure-label">{t.dashboard().connected_now}</dt>
                <dd class="figure-value">{listed(ConnectionState::Connected, t.state.connected)}</dd>
                <dd class="figure-note">
                    {t.state.unconfirmed} " " {listed(ConnectionState::Unconfirmed, t.state.unconfirmed)}
                </dd>
            </div>
            <div>
                <dt class="figure-label">{t.dashboard().connected_low}</dt>
                <dd class="figure-value">{move || f.count(bounds.get().0.0)}</dd>
                <dd class="figure-note">{move || when(bounds.get().0.1)}</dd>
            </div>
            <div>
                <dt class="figure-label">{t.dashboard().connected_high}</dt>
                <dd class="figure-value">{move || f.count(bounds.get().1.0)}</dd>
                <dd class="figure-note">{move || when(bounds.get().1.1)}</dd>
            </div>
        </dl>
    }
}

fn readout(sample: &ConnectedSample, t: &'static crate::i18n::Texts, f: crate::format::Format) -> Readout {
    Readout {
        heading: f.date_time(sample.at).chars().skip(5).take(11).collect(),
        lines: vec![
            (t.state.connected.to_owned(), f.count(sample.connected)),
            (t.state.unconfirmed.to_owned(), f.count(sample.unconfirmed)),
        ],
    }
}
