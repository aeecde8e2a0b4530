//! Alerts on other pages: on the dashboard those that go on and wait, on a SIM's page its own.

use super::list::{LevelBadge, ended, kind_link, subject};
use crate::{
    api::alerts::{self as api, AlertAsk, Alerts},
    clock::use_clock,
    components::{CardTable, ErrorNotice, Head, Notice, SkeletonRows},
    format::use_format,
    i18n::{alert::Saying, use_texts},
    json::fetched,
};
use leptos::prelude::*;
use opencmp_domain::{
    Plmn, SimId,
    alert::{AlertCounts, AlertLine, AlertQuery, Level},
};

/// Those that go on and that nobody has handled, the newest first.
#[component]
pub fn OpenAlerts(alerts: Alerts, counts: AlertCounts) -> impl IntoView {
    let format = use_format();
    let (t, words) = (format.t.alerts(), format.t.alert());
    let clock = use_clock();
    let of_level = |level: Level, count: u32| {
        let ask = AlertAsk { level: Some(level), handled: Some(false), ..AlertAsk::default() };
        let more = if count == AlertCounts::MOST { "+" } else { "" };
        view! {
            <a class="chip" href=super::history_url(&ask)>
                {words.level(level)}
                <span class="count">{format.count(count.into())} {more}</span>
            </a>
        }
        .into_any()
    };
    let saying = Saying { format, networks: &alerts.networks };
    let lines: Vec<_> = alerts
        .page
        .lines
        .iter()
        .map(|line| {
            let (at, message) = (line.began_at, saying.message(line));
            let label = (t.open_one)(&message);
            view! {
                <li>
                    <LevelBadge level=line.level/>
                    <span class="recent-what">
                        {kind_link(line, words.kind(line.kind), label)} " " <span class="muted">{message}</span>
                    </span>
                    <span class="recent-who">
                        {subject(line)} <span class="recent-name">{line.name.clone()}</span>
                    </span>
                    <time title=format.date_time(at)>{move || format.age(clock.now(), at)}</time>
                </li>
            }
            .into_any()
        })
        .collect();
    let body = match lines.is_empty() {
        true => view! { <p class="card-body muted">{t.board_none}</p> }.into_any(),
        false => view! { <ul class="recent open-alerts">{lines}</ul> }.into_any(),
    };
    view! {
        <section class="card" aria-labelledby="open-alerts">
            <div class="card-head">
                <h2 id="open-alerts">{t.board}</h2>
                <span class="chips">
                    {of_level(Level::Critical, counts.critical)} {of_level(Level::Abnormal, counts.abnormal)}
                    {of_level(Level::Normal, counts.normal)}
                </span>
                <a class="end" href="/alerts">{t.board_all}</a>
            </div>
            {body}
        </section>
    }
}

/// A SIM's, newest first.
#[component]
pub fn SimAlerts(id: SimId) -> impl IntoView {
    let t = use_texts().alerts();
    let alerts =
        fetched(move || id, |id| api::alerts(AlertQuery { sim: Some(id), ..AlertQuery::default() }, None));
    let all = super::history_url(&AlertAsk { sim: Some(id), ..AlertAsk::default() });
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.of_sim}</h2>
                <a class="end" href=all>{t.board_all}</a>
            </div>
            <Transition fallback=|| view! { <SkeletonRows rows=6/> }>
                {move || Suspend::new(async move {
                    match alerts.await {
                        Ok(alerts) => view! { <Table alerts/> }.into_any(),
                        Err(error) => view! { <ErrorNotice error retry=move || alerts.refetch()/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Table(alerts: Alerts) -> impl IntoView {
    let t = use_texts().alerts();
    let networks = alerts.networks;
    let lines = alerts.page.lines.iter().map(|line| brief_line(line, &networks, false)).collect();
    let empty = view! { <Notice icon="bell" title=t.of_sim_none class="small"/> }.into_any();
    view! { <CardTable heads=brief_heads(false) lines empty region=(t.of_sim, "")/> }
}

/// Above [`brief_line`]. `whose`: with the SIM.
pub fn brief_heads(whose: bool) -> Vec<Head> {
    let t = use_texts().alerts();
    let of = whose.then_some(t.msisdn).into_iter();
    let rest = [t.alert_kind, t.level, t.message, t.began, t.end, t.handling, t.note];
    of.chain(rest).map(Head::Text).collect()
}

pub fn brief_line(line: &AlertLine, networks: &[(Plmn, String)], whose: bool) -> AnyView {
    let format = use_format();
    let (t, words) = (format.t.alerts(), format.t.alert());
    let saying = Saying { format, networks };
    let message = saying.message(line);
    let (tone, word) = if line.handling.is_done() { ("badge", t.done) } else { ("badge warn", t.undone) };
    view! {
        <tr>
            {whose.then(|| view! { <td>{subject(line)}</td> }.into_any())}
            <th scope="row">{kind_link(line, words.kind(line.kind), (t.open_one)(&message))}</th>
            <td><LevelBadge level=line.level/></td>
            <td class="wrap">{message}</td>
            <td>{format.date_time(line.began_at)}</td>
            <td>{ended(line, format)}</td>
            <td><span class=tone>{word}</span></td>
            <td class="wrap">{saying.note(line)}</td>
        </tr>
    }
    .into_any()
}
