//! 圖表連動查詢: what was asked stands in the URL; chart, table, day and downloads follow it.

pub mod day;
mod filters;
mod table;

use crate::{
    api::{self, ApiError},
    charts::{ChartView, Readout, Share, ShareBars, amount},
    components::{ErrorNotice, Icon, Notice, SkeletonRows},
    dom,
    figures::{UsageAnswer, UsageAsk, UsageFigures, usage_figures},
    format::{self, use_format},
    i18n::use_texts,
    json::fetched,
};
use day::DayPanel;
use filters::Filters;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use opencmp_domain::{
    ByteCount, Day,
    sim::SimRow,
    usage::{UsageReport, UsageShare},
};
use table::DayTable;

/// Where `ask` is on the site.
pub fn usage_url(ask: &UsageAsk) -> String {
    dom::url(&dom::at("/usage"), &ask.to_pairs())
}

#[component]
pub fn UsagePage() -> impl IntoView {
    let t = use_texts();
    let map = use_query_map();
    let ask = Memo::new(move |_| map.with(|map| UsageAsk::from_pairs(|name| map.get(name))));
    let of_cycle = Memo::new(move |_| ask.get().map(|ask| ask.without_day()));
    let answer = fetched(
        move || of_cycle.get(),
        |ask| async move {
            match ask {
                Ok(ask) => usage_figures(ask).await,
                Err(error) => Err(error),
            }
        },
    );
    let groups = fetched(|| (), |()| api::groups());

    view! {
        <Title text=t.usage().title/>
        <div class="usage-page">
            <header class="page-head">
                <h1>{t.usage().title}</h1>
                <p class="muted">{t.usage().lead}</p>
            </header>
            <Transition fallback=move || view! { <SkeletonRows rows=12/> }>
                {move || Suspend::new(async move {
                    let groups = groups.await.unwrap_or_default();
                    let answered = answer.await;
                    let asked = ask.get_untracked().unwrap_or_default();
                    let shown = match &answered {
                        Ok(UsageAnswer::Figures(figures)) => Some(figures.report.clone()),
                        _ => None,
                    };
                    view! {
                        <Filters
                            asked
                            groups
                            report=shown
                            day=Signal::derive(move || ask.get().ok().and_then(|ask| ask.day))
                            again=Callback::new(move |()| answer.refetch())
                        />
                        {match answered {
                            Ok(UsageAnswer::Figures(figures)) => view! { <Figures figures=*figures ask/> }.into_any(),
                            Ok(UsageAnswer::UnknownNumber) => {
                                view! { <Notice icon="inbox" title=t.usage().status_number_unknown/> }.into_any()
                            }
                            Ok(UsageAnswer::Choose(rows)) => {
                                view! { <ChooseNumber rows ask=ask.get_untracked().unwrap_or_default()/> }.into_any()
                            }
                            Err(error) => {
                                let retry = Callback::new(move |()| answer.refetch());
                                view! { <ErrorNotice error retry/> }.into_any()
                            }
                        }}
                    }
                })}
            </Transition>
        </div>
    }
}

#[component]
fn ChooseNumber(rows: Vec<SimRow>, ask: UsageAsk) -> impl IntoView {
    let t = use_texts();
    view! {
        <section class="card usage-choose">
            <div class="card-head"><h2 role="status">{t.usage().status_number_many}</h2></div>
            <ul>
                {rows
                    .into_iter()
                    .map(|row| {
                        let chosen = UsageAsk { sim: Some(row.id), number: None, ..ask.clone() };
                        view! {
                            <li>
                                <a href=usage_url(&chosen)>
                                    {row.msisdn.map(|number| number.national()).unwrap_or_else(|| row.id.to_string())}
                                </a>
                                <span>{row.name}</span>
                                <span class="muted">{row.group_name}</span>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </section>
    }
}

#[component]
fn Figures(figures: UsageFigures, ask: Memo<Result<UsageAsk, ApiError>>) -> impl IntoView {
    let t = use_texts();
    let f = use_format();
    let navigate = use_navigate();
    let UsageFigures { ask: resolved, report, chart } = figures;
    let day = Memo::new(move |_| ask.get().ok().and_then(|ask| ask.day));
    let resolved = StoredValue::new(resolved);
    let with_day = move |day: Option<Day>| resolved.with_value(|ask| UsageAsk { day, ..ask.clone() });

    let days: Vec<Day> = report.days.iter().map(|day| day.day).collect();
    let opened = {
        let days = days.clone();
        Signal::derive(move || day.get().and_then(|day| days.iter().position(|shown| *shown == day)))
    };
    let open_day = Callback::new(move |i: usize| {
        if let Some(chosen) = days.get(i) {
            // A second click on the open day closes it.
            let next = Some(*chosen).filter(|chosen| day.get_untracked() != Some(*chosen));
            let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
            navigate(&usage_url(&with_day(next)), options);
        }
    });
    let readouts = readouts(&report, t, f);
    let title = chart_title(&report, resolved.with_value(|ask| ask.sim.is_some()), t, f);
    let label = format!("{title}. {}", t.usage().chart_keys);
    let nothing = report.total().total() == ByteCount::ZERO;
    let status = match (nothing, dom::is_framed()) {
        (true, _) => t.usage().status_nothing,
        // A portal's frame offers no files.
        (false, true) => t.usage().status_drawn,
        (false, false) => t.usage().status_done,
    };
    let zone = report.time_zone.clone();
    let as_of = f.date_time(report.as_of);
    let download = move |kind: &str| {
        let ask = with_day(day.get());
        dom::url(&format!("/download/usage.{kind}"), &ask.to_pairs())
    };

    view! {
        <div class="banner usage-status">
            <p role="status">
                <span class="muted">{t.usage().status} ": "</span>
                {status}
            </p>
            {(!dom::is_framed())
                .then(|| {
                    view! {
                        <div class="button-row end">
                            <a class="button primary" href=move || download("pdf") rel="external" download="">
                                <Icon name="download"/>
                                {t.usage().download_pdf}
                            </a>
                            <a class="button" href=move || download("csv") rel="external" download="">
                                <Icon name="download"/>
                                {t.usage().download_csv}
                            </a>
                        </div>
                    }
                        .into_any()
                })}
        </div>
        <Summary report=report.clone()/>
        <section class="card chart-card">
            <div class="card-head">
                <h2>{title}</h2>
                <span class="muted end">{(t.usage().days_in)(&zone)} " · " {(t.shell.as_of)(&as_of)}</span>
            </div>
            <div class="card-body">
                <ChartView image=chart readouts label opened on_open=open_day/>
            </div>
        </section>
        <div class="usage-columns">
            <DayTable report=report.clone() resolved day/>
            <div class="usage-side">
                <DayPanel resolved day zone/>
                <Shares report/>
            </div>
        </div>
    }
}

fn chart_title(
    report: &UsageReport,
    about_sim: bool,
    t: &'static crate::i18n::Texts,
    f: format::Format,
) -> String {
    let cycle = f.cycle(report.cycle);
    match &report.subject {
        None => (t.usage().chart_of_all)(t.usage().chart_all, &cycle),
        Some(sim) if about_sim => (t.usage().chart_of)(t.usage().chart_sim, sim, &cycle),
        Some(group) => (t.usage().chart_of)(t.usage().chart_group, group, &cycle),
    }
}

/// What each day of the chart says.
pub fn readouts(report: &UsageReport, t: &'static crate::i18n::Texts, f: format::Format) -> Vec<Readout> {
    let u = t.usage();
    report
        .table()
        .into_iter()
        .map(|row| Readout {
            heading: f.weekday(row.day),
            lines: vec![
                (u.usage.to_owned(), amount(row.usage.total())),
                (u.cumulative.to_owned(), amount(ByteCount(row.cumulative_kilobytes.saturating_mul(1024)))),
                (u.downlink.to_owned(), amount(row.usage.downlink)),
                (u.uplink.to_owned(), amount(row.usage.uplink)),
            ],
        })
        .collect()
}

#[component]
fn Summary(report: UsageReport) -> impl IntoView {
    let t = use_texts();
    let f = use_format();
    let total = report.total();
    // The day that is still running would pull the mean down.
    let over: Vec<_> = report.days.iter().filter(|day| day.day < report.today).collect();
    let sum = over.iter().map(|day| day.usage.total()).sum::<ByteCount>();
    let mean = sum.octets().checked_div(over.len() as u64);
    let mean = mean.map_or("–".to_owned(), |mean| amount(ByteCount(mean)));
    let highest = report.days.iter().max_by_key(|day| day.usage.total());
    let highest = highest.filter(|day| day.usage.total() > ByteCount::ZERO);
    let last = report.previous_days.iter().map(|day| day.usage.total()).sum::<ByteCount>();
    let figure = move |label: &'static str, value: String, note: AnyView| {
        view! {
            <div>
                <dt class="figure-label">{label}</dt>
                <dd class="figure-value">{value}</dd>
                <dd class="figure-note">{note}</dd>
            </div>
        }
    };
    let days = over.len();
    let up_down = view! {
        <span class="nowrap">{t.usage().downlink} " " {amount(total.downlink)}</span>
        " · "
        <span class="nowrap">{t.usage().uplink} " " {amount(total.uplink)}</span>
    };
    view! {
        <dl class="figures">
            {figure(t.usage().total, amount(total.total()), up_down.into_any())}
            {figure(t.usage().daily_mean, mean, (t.usage().mean_of)(&days.to_string()).into_any())}
            {figure(
                t.usage().highest_day,
                highest.map_or("–".to_owned(), |day| amount(day.usage.total())),
                highest.map(|day| f.weekday(day.day)).into_any(),
            )}
            {figure(t.usage().last_cycle, amount(last), f.cycle(report.cycle.previous()).into_any())}
        </dl>
    }
}

#[component]
fn Shares(report: UsageReport) -> impl IntoView {
    let t = use_texts();
    let total = report.total().total().octets().max(1) as f64;
    let block = move |title: &'static str, shares: Vec<UsageShare>| {
        let shares = shares
            .into_iter()
            .take(8)
            .map(|share| Share {
                label: share.label,
                value: amount(share.usage.total()),
                share: share.usage.total().octets() as f64 / total,
            })
            .collect::<Vec<_>>();
        view! {
            <section>
                <h3>{title}</h3>
                <ShareBars shares/>
            </section>
        }
    };
    let shares = report.shares;
    let none = shares.by_apn.is_empty() && shares.by_rat.is_empty() && shares.by_network.is_empty();
    view! {
        <section class="card">
            <div class="card-head"><h2>{t.usage().shares}</h2></div>
            <div class="card-body shares">
                {if none {
                    view! { <p class="muted">{t.usage().shares_none}</p> }.into_any()
                } else {
                    view! {
                        {block(t.usage().by_apn, shares.by_apn)}
                        {block(t.usage().by_rat, shares.by_rat)}
                        {block(t.usage().by_network, shares.by_network)}
                    }
                        .into_any()
                }}
            </div>
        </section>
    }
}
