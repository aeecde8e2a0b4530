//! One day, opened: its hours and the SIMs that used most.

use super::usage_url;
use crate::{
    api::ApiError,
    charts::{ChartView, Readout, amount, percent_text},
    components::{ErrorNotice, SkeletonRows},
    dom,
    figures::{DayFigures, UsageAsk, day_figures},
    format::{self, Format, use_format},
    i18n::{Texts, use_texts},
    json::fetched,
};
use leptos::prelude::*;
use opencmp_domain::{
    Day,
    time::{DEFAULT_ZONE, offered_zone},
    usage::{DayReport, TopSim},
};

#[component]
pub fn DayPanel(resolved: StoredValue<UsageAsk>, day: Memo<Option<Day>>, zone: String) -> impl IntoView {
    let t = use_texts();
    let f = use_format();
    let zone = StoredValue::new(zone);
    let figures = fetched(
        move || day.get(),
        move |day| async move {
            let Some(day) = day else { return Ok(None) };
            let ask = resolved.with_value(|ask| UsageAsk { day: Some(day), ..ask.clone() });
            day_figures(ask, zone.get_value()).await.map(Some)
        },
    );
    view! {
        <Transition fallback=move || day.get_untracked().map(|_| view! { <SkeletonRows rows=6/> })>
            {move || Suspend::new(async move {
                match figures.await {
                    Ok(None) => ().into_any(),
                    Ok(Some(figures)) => {
                        view! { <OpenDay figures resolved zone=zone.get_value() t f/> }.into_any()
                    }
                    Err(ApiError::NotFound) => ().into_any(),
                    Err(error) => {
                        let retry = Callback::new(move |()| figures.refetch());
                        view! { <ErrorNotice error retry/> }.into_any()
                    }
                }
            })}
        </Transition>
    }
}

#[component]
fn OpenDay(
    figures: DayFigures,
    resolved: StoredValue<UsageAsk>,
    zone: String,
    t: &'static Texts,
    f: Format,
) -> impl IntoView {
    let DayFigures { report, chart } = figures;
    let close = resolved.with_value(|ask| usage_url(&ask.without_day()));
    let about_sim = resolved.with_value(|ask| ask.sim.is_some());
    let total = report.total.total();
    let label = format!("{}. {}", (t.usage().hours_of)(&format::day(report.day)), t.usage().hours_keys);
    let readouts = hour_readouts(&report, &zone, t);
    view! {
        <section class="card usage-day" id="day">
            <div class="card-head">
                <h2>{(t.usage().day_title)(&f.weekday(report.day))}</h2>
                <span class="muted">{amount(total)}</span>
                <a class="button quiet small end" href=close data-noscroll="">{t.usage().day_close}</a>
            </div>
            <div class="card-body">
                <h3>{t.usage().hours}</h3>
                {match chart {
                    Some(image) => view! { <ChartView image readouts label/> }.into_any(),
                    None => {
                        let since = format::day(report.hours_kept_since);
                        view! { <p class="muted">{(t.usage().hours_gone)(&since)}</p> }.into_any()
                    }
                }}
                {(!about_sim).then(|| view! {
                    <h3>{t.usage().top}</h3>
                    <TopSims top=report.top total=total.octets()/>
                })}
            </div>
        </section>
    }
}

fn hour_readouts(report: &DayReport, zone: &str, t: &'static Texts) -> Vec<Readout> {
    let zone = offered_zone(zone).unwrap_or(DEFAULT_ZONE);
    let u = t.usage();
    report
        .hours
        .iter()
        .map(|hour| {
            let from = hour.hour.of_day(zone);
            Readout {
                heading: format!("{from:02}:00–{:02}:00", (from + 1) % 24),
                lines: vec![
                    (u.usage.to_owned(), amount(hour.usage.total())),
                    (u.downlink.to_owned(), amount(hour.usage.downlink)),
                    (u.uplink.to_owned(), amount(hour.usage.uplink)),
                ],
            }
        })
        .collect()
}

/// SIMs that used most, with their part of `total` octets.
#[component]
pub fn TopSims(top: Vec<TopSim>, total: u64) -> impl IntoView {
    let t = use_texts();
    if top.is_empty() {
        return view! { <p class="muted">{t.usage().top_none}</p> }.into_any();
    }
    let highest = top.iter().map(|sim| sim.usage.total().octets()).max().unwrap_or(1).max(1) as f64;
    view! {
        <ol class="top-sims">
            {top
                .into_iter()
                .map(|sim| {
                    let used = sim.usage.total();
                    let number = sim.msisdn.map_or_else(|| format!("#{}", sim.id), |number| number.national());
                    let percent = used.octets() as f64 / total.max(1) as f64 * 100.0;
                    let bar = used.octets() as f64 / highest * 100.0;
                    view! {
                        <li>
                            <a href=dom::at(&format!("/sims/{}", sim.id))>{number}</a>
                            <span class="top-name" title=sim.name.clone()>{sim.name.clone()}</span>
                            <span class="num">{amount(used)}</span>
                            <span class="num muted">{percent_text(percent)}</span>
                            <svg class="share-bar" aria-hidden="true">
                                <rect class="share-fill" width=format!("{bar:.2}%") height="100%" rx="2"></rect>
                            </svg>
                        </li>
                    }
                })
                .collect_view()}
        </ol>
    }
    .into_any()
}
