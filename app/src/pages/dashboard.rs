//! 儀表板: the fleet at a glance, live. Each number links to the list that it counts.

mod events;
mod fleet;
mod usage;

use crate::{
    charts::{ChartView, Readout},
    components::{ErrorNotice, Notice, SkeletonRows},
    dom,
    figures::{DashboardFigures, dashboard_figures},
    format::use_format,
    i18n::use_texts,
    live,
    pages::usage::day::TopSims,
};
use events::RecentEvents;
use fleet::Fleet;
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use opencmp_domain::{
    dashboard::{ConnectedSample, FleetCounts},
    event::TimelineEvent,
    live::{FleetLive, LiveUpdate, Watch},
};
use std::time::Duration;
use usage::Usage;

/// Counts, sums and events come live; charts and the top list are drawn anew this often.
const REDRAW: Duration = Duration::from_secs(60);
const MOST_EVENTS: usize = 20;

#[component]
pub fn DashboardPage() -> impl IntoView {
    let t = use_texts();
    let figures = Resource::new(|| (), |()| dashboard_figures());
    view! {
        <Title text=t.dashboard.title/>
        <div class="dashboard">
            <h1>{t.dashboard.title}</h1>
            <Suspense fallback=move || view! { <SkeletonRows rows=14/> }>
                {move || Suspend::new(async move {
                    match figures.await {
                        Ok(figures) => view! { <Board initial=figures/> }.into_any(),
                        Err(error) => {
                            let retry = Callback::new(move |()| figures.refetch());
                            view! { <ErrorNotice error retry/> }.into_any()
                        }
                    }
                })}
            </Suspense>
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
    let events = RwSignal::new(initial.dashboard.events.clone());
    let figures = RwSignal::new(initial);

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
    redraw_now_and_then(figures);

    view! {
        <Show
            when=move || { counts.with(|counts| counts.all + counts.terminated) > 0 }
            fallback=move || {
                view! { <Notice icon="sim" title=t.dashboard.empty_title text=t.dashboard.empty_hint/> }
            }
        >
            <Fleet counts/>
            <div class="dashboard-charts">
                <section class="card chart-card">
                    <div class="card-head">
                        <h2>{t.dashboard.connected_title}</h2>
                        <a class="end" href="/sims?state=connected">{t.shell.sims}</a>
                    </div>
                    <ConnectedFigures figures counts/>
                    <div class="card-body">
                        {move || {
                            let (image, samples) = figures
                                .with(|held| (held.connected.clone(), held.dashboard.connected.clone()));
                            let label = format!("{}. {}", t.dashboard.connected_title, t.dashboard.chart_keys);
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
                        <h2>{t.dashboard.top}</h2>
                        <a class="end" href="/sims?sort=-cycle">{t.shell.sims}</a>
                    </div>
                    <div class="card-body">
                        {move || {
                            let (top, total) = figures
                                .with(|held| (held.dashboard.top.clone(), held.dashboard.usage_cycle.octets()));
                            if top.is_empty() {
                                view! { <p class="muted">{t.dashboard.top_none}</p> }.into_any()
                            } else {
                                view! { <TopSims top total/> }.into_any()
                            }
                        }}
                    </div>
                </section>
                <RecentEvents events/>
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
            let samples = held.dashboard.connected.iter().map(|sample| sample.connected);
            (samples.clone().min().unwrap_or(now).min(now), samples.max().unwrap_or(now).max(now))
        })
    });
    view! {
        <dl class="figures in-card">
            <div>
                <dt class="figure-label">{t.dashboard.connected_now}</dt>
                <dd class="figure-value">{move || f.count(counts.get().connected)}</dd>
                <dd class="figure-note">{t.state.unconfirmed} " " {move || f.count(counts.get().unconfirmed)}</dd>
            </div>
            <div>
                <dt class="figure-label">{t.dashboard.connected_low}</dt>
                <dd class="figure-value">{move || f.count(bounds.get().0)}</dd>
            </div>
            <div>
                <dt class="figure-label">{t.dashboard.connected_high}</dt>
                <dd class="figure-value">{move || f.count(bounds.get().1)}</dd>
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

/// Newest first, none twice.
fn merge(held: &mut Vec<TimelineEvent>, news: Vec<TimelineEvent>) {
    let fresh: Vec<TimelineEvent> = news.into_iter().filter(|event| !held.contains(event)).collect();
    held.extend(fresh);
    held.sort_by_key(|event| std::cmp::Reverse(event.at));
    held.truncate(MOST_EVENTS);
}

/// Fetches the charts again while someone looks.
fn redraw_now_and_then(figures: RwSignal<DashboardFigures>) {
    Effect::new(move || {
        let redraw = move || {
            if dom::is_hidden() {
                return;
            }
            spawn_local(async move {
                // What fails now is tried again in a minute; the live figures go on by themselves.
                if let Ok(fresh) = dashboard_figures().await {
                    let _ = figures.try_set(fresh);
                }
            });
        };
        if let Ok(timer) = set_interval_with_handle(redraw, REDRAW) {
            on_cleanup(move || timer.clear());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::{SimId, Timestamp, event::EventKind};

    #[test]
    fn events_are_newest_first_and_none_stands_twice() {
        let event = |secs| TimelineEvent {
            at: Timestamp::from_secs(secs),
            sim: SimId(1),
            msisdn: None,
            name: None,
            kind: EventKind::SessionStarted,
            from: None,
            to: None,
        };
        let mut held = vec![event(5), event(3)];
        merge(&mut held, vec![event(9), event(5)]);
        let at: Vec<i64> = held.iter().map(|event| event.at.secs()).collect();
        assert_eq!(at, [9, 5, 3]);
        merge(&mut held, (10..60).map(event).collect());
        assert_eq!((held.len(), held[0].at.secs()), (MOST_EVENTS, 59));
    }
}
