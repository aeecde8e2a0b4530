//! What it has used: the figures of the list, live, and the cycle's days.

use super::state::SimState;
use crate::{
    charts::{ChartView, amount},
    components::{ErrorNotice, Icon, SkeletonRows},
    figures::{UsageAnswer, UsageAsk, usage_figures},
    format::use_format,
    json::fetched,
    pages::usage::{readouts, usage_url},
};
use leptos::prelude::*;
use opencmp_domain::{ByteCount, SimId};

#[component]
pub fn UsageFiguresCard(sim: SimState) -> impl IntoView {
    let format = use_format();
    let t = format.t.sim();
    let cycle = sim.part(|detail| detail.cycle);
    let figure = move |label: &'static str, value: Signal<ByteCount>, note: Signal<String>| {
        view! {
            <div>
                <dt class="figure-label">{label}</dt>
                <dd class="figure-value" title=move || format.octets(value.get())>
                    {move || format.bytes(value.get())}
                </dd>
                <dd class="figure-note">{note}</dd>
            </div>
        }
    };
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.usage}</h2>
                <a class="end" href=usage_url(&UsageAsk { sim: Some(sim.id), ..UsageAsk::default() })>
                    {t.usage_more}
                </a>
            </div>
            <dl class="figures in-card">
                {figure(
                    t.usage_today,
                    sim.part(|detail| detail.row.live.usage_today),
                    Signal::stored(String::new()),
                )}
                {figure(
                    t.usage_cycle,
                    sim.part(|detail| detail.row.live.usage_cycle),
                    Signal::derive(move || format.cycle(cycle.get())),
                )}
                {figure(
                    t.usage_previous,
                    sim.part(|detail| detail.usage_previous_cycle),
                    Signal::derive(move || format.cycle(cycle.get().previous())),
                )}
            </dl>
            <UsageChart id=sim.id/>
        </section>
    }
}

#[component]
pub fn UsageTab(sim: SimState) -> impl IntoView {
    let format = use_format();
    let t = format.t.sim();
    let id = sim.id;
    let cycle = sim.part(|detail| detail.cycle);
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.usage_daily}</h2>
                <span class="muted">{move || format.cycle(cycle.get())}</span>
                <a class="button small end" href=usage_url(&UsageAsk { sim: Some(id), ..UsageAsk::default() })>
                    <Icon name="chart"/>
                    {t.usage_more}
                </a>
            </div>
            <UsageChart id table=true/>
        </section>
    }
}

/// The current cycle's days; as a table as well where there is room for it.
#[component]
fn UsageChart(id: SimId, #[prop(optional)] table: bool) -> impl IntoView {
    let format = use_format();
    let t = format.t;
    let answer = fetched(move || id, |id| usage_figures(UsageAsk { sim: Some(id), ..UsageAsk::default() }));
    view! {
        <Suspense fallback=|| view! { <SkeletonRows rows=6/> }>
            {move || Suspend::new(async move {
                match answer.await {
                    Ok(UsageAnswer::Figures(figures)) => {
                        let label = format!("{} {}", t.sim().usage_daily, format.cycle(figures.report.cycle));
                        let lines = readouts(&figures.report, t, format);
                        let days = table.then(|| figures.report.days.clone());
                        view! {
                            <div class="card-body">
                                <ChartView image=figures.chart readouts=lines label/>
                            </div>
                            {days.map(|days| view! { <DayRows days/> })}
                        }
                            .into_any()
                    }
                    Ok(_) => ().into_any(),
                    Err(error) => view! { <ErrorNotice error retry=move || answer.refetch()/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn DayRows(days: Vec<opencmp_domain::usage::DayUsage>) -> impl IntoView {
    let format = use_format();
    let t = format.t;
    let rows = days.into_iter().rev().map(|day| {
        view! {
            <tr>
                <th scope="row">{format.weekday(day.day)}</th>
                <td class="num" title=format.octets(day.usage.uplink)>{amount(day.usage.uplink)}</td>
                <td class="num" title=format.octets(day.usage.downlink)>{amount(day.usage.downlink)}</td>
                <td class="num" title=format.octets(day.usage.total())>{amount(day.usage.total())}</td>
            </tr>
        }
    });
    view! {
        <table class="table ruled">
            <thead>
                <tr>
                    <th scope="col">{t.sim().date}</th>
                    <th scope="col" class="num">{t.sim().uplink}</th>
                    <th scope="col" class="num">{t.sim().downlink}</th>
                    <th scope="col" class="num">{t.sim().total}</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}
