//! One alert: what happened when, what was compared with what by which rule, what is part of it, who was told, and what was done.

use super::{
    Reader, WithinTenant,
    brief::{brief_heads, brief_line},
    handle::Form,
    list::{LevelBadge, subject},
    more::More,
    news::News,
    rules::{Deliveries, Summary, held_lines},
    taken::Taken,
    why::Behind,
};
use crate::{
    api::{
        ApiError,
        alerts::{self as alerts_api, AlertView, Alerts},
    },
    components::{CardTable, Dialog, ErrorNotice, Icon, SkeletonRows},
    format::{Format, use_format},
    i18n::{alert::Saying, use_texts},
    json::{Fetched, fetched},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use opencmp_domain::{
    AlertId, Timestamp,
    alert::{AlertChoice, AlertKind, AlertLine, AlertQuery, AlertTurn},
};

/// What was noticed so much later is said to be late.
const LATE_SECS: i64 = 600;

#[component]
pub fn AlertPage() -> impl IntoView {
    let t = use_texts().alerts();
    let params = use_params_map();
    let id =
        Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<AlertId>().ok())));
    let found = fetched(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => alerts_api::alert(id).await,
                None => Err(ApiError::NotFound),
            }
        },
    );
    let title = move || id.get().map_or_else(String::new, |id| (t.incident)(&id.to_string()));
    view! {
        <Title text=title/>
        <div class="page">
            <div class="alert-way">
                <a class="back" href="/alerts">
                    <Icon name="chevron-left"/>
                    {t.back}
                </a>
                <News again=move || found.refetch()/>
            </div>
            <WithinTenant let:reader>
                <Transition fallback=move || view! { <SkeletonRows rows=12/> }>
                    {
                        let reader = reader.clone();
                        move || {
                            let reader = reader.clone();
                            Suspend::new(async move {
                                match found.await {
                                    Ok(shown) => view! { <Incident shown found reader/> }.into_any(),
                                    Err(error) => {
                                        view! {
                                            <h1 class="visually-hidden">{t.title}</h1>
                                            <ErrorNotice error retry=move || found.refetch()/>
                                        }
                                            .into_any()
                                    }
                                }
                            })
                        }
                    }
                </Transition>
            </WithinTenant>
        </div>
    }
}

#[component]
fn Incident(shown: AlertView, found: Fetched<AlertView>, reader: Reader) -> impl IntoView {
    let format = use_format();
    let (t, words) = (format.t.alerts(), format.t.alert());
    let AlertView { detail, parts, behind, channels, groups, networks } = shown;
    let line = detail.line;
    let saying = Saying { format, networks: &networks };
    let (message, facts, note) = (saying.message(&line), saying.facts(&line), saying.note(&line));
    let events = events(&line, &detail.untold, &detail.deliveries, format);
    let (done_tone, done_word) =
        if line.handling.is_done() { ("badge", t.done) } else { ("badge warn", t.undone) };
    let open = RwSignal::new(false);
    let choice = StoredValue::new(AlertChoice::These(vec![line.id]));
    let held = StoredValue::new((line.handling.note.clone(), message.clone()));
    let facts: Vec<_> =
        facts.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }.into_any()).collect();
    let behind = line.sim.zip(behind).map(|(sim, events)| view! { <Behind sim events/> }.into_any());
    let rule = match detail.rule {
        Some(rule) => {
            let version = (t.version)(&rule.version.to_string());
            let name = rule.said.name.clone();
            view! {
                <p><strong>{name}</strong> " " <span class="muted">{version}</span></p>
                <Summary said=rule.said channels groups networks=networks.clone()/>
            }
            .into_any()
        }
        None => view! { <p class="muted">{t.rule_hidden}</p> }.into_any(),
    };
    let part_of = line.parent.map(|parent| {
        view! {
            <p class="banner">
                <Icon name="info"/>
                <span>{t.part_of}</span>
                <a class="end" href=format!("/alerts/{parent}")>{(t.part_of_link)(&parent.to_string())}</a>
            </p>
        }
        .into_any()
    });
    view! {
        <header class="page-head">
            <h1>{words.kind(line.kind)}</h1>
            <LevelBadge level=line.level/>
            <span class=done_tone>{done_word}</span>
            <span class="muted">{(t.incident)(&line.id.to_string())}</span>
            <div class="end">
                {reader
                    .handles
                    .then(|| {
                        view! {
                            <button type="button" class="button primary" on:click=move |_| open.set(true)>
                                <Icon name="check"/>
                                {t.handle}
                            </button>
                        }
                            .into_any()
                    })}
            </div>
        </header>
        {part_of}
        <div class="incident">
            <section class="card">
                <div class="card-head">
                    <h2>{message}</h2>
                </div>
                <div class="card-body incident-facts">
                    <dl class="facts">
                        <dt>{t.msisdn}</dt>
                        <dd>{subject(&line)}</dd>
                        <dt>{t.device}</dt>
                        <dd>{line.name.clone().unwrap_or_else(|| "–".to_owned())}</dd>
                        <dt>{t.group}</dt>
                        <dd>{line.group_name.clone().unwrap_or_else(|| "–".to_owned())}</dd>
                        <dt>{t.note}</dt>
                        <dd class="incident-note">{if note.is_empty() { "–".to_owned() } else { note }}</dd>
                    </dl>
                </div>
            </section>
            <section class="card">
                <div class="card-head"><h2>{t.facts}</h2></div>
                <div class="card-body incident-facts">
                    <dl class="facts">{facts}</dl>
                    <h3>{t.rule_then}</h3>
                    {rule}
                </div>
            </section>
            <section class="card">
                <div class="card-head"><h2>{t.timeline}</h2></div>
                <ol class="events card-body">{events}</ol>
            </section>
        </div>
        {(!detail.actions.is_empty()).then(|| view! { <Taken actions=detail.actions/> }.into_any())}
        {parts.map(|first| view! { <Parts id=line.id first/> }.into_any())}
        {behind}
        <section class="card">
            <div class="card-head"><h2>{t.deliveries}</h2></div>
            <Deliveries
                lines=held_lines(detail.deliveries)
                writes=reader.writes
                whole=reader.whole
                on_again=move || found.refetch()
            />
        </section>
        <Dialog open title=t.handle_title>
            <Form
                open
                choice
                held=held.with_value(|(note, _)| note.clone())
                about=Some(held.with_value(|(_, message)| message.clone()))
                on_done=move |_, _| found.refetch()
            />
        </Dialog>
    }
}

/// What happened when, oldest first.
fn events(
    line: &AlertLine,
    untold: &[(AlertTurn, Timestamp)],
    deliveries: &[opencmp_domain::alert::delivery::DeliveryLine],
    format: Format,
) -> Vec<AnyView> {
    let (t, words) = (format.t.alerts(), format.t.alert());
    let mut events: Vec<(Timestamp, &'static str, &'static str, String)> =
        vec![(line.began_at, "warning", "warn", words.kind(line.kind).to_owned())];
    let late = line.noticed_at.secs_since(line.began_at);
    let noticed = if late >= LATE_SECS { (t.noticed_late)(&format.span(late)) } else { t.noticed.to_owned() };
    events.push((line.noticed_at, "info", "info", noticed));
    for delivery in deliveries {
        let state = words.delivery(delivery.state);
        let said = (t.sent)(&delivery.channel_name, state);
        let at = delivery.finished_at.unwrap_or(delivery.created_at);
        events.push((at, "bell", "info", said));
    }
    if let Some(ended) = line.ended_at.filter(|ended| *ended > line.began_at) {
        let mut said = words.ended.to_owned();
        if line.kind == AlertKind::Offline {
            said = (words.says_again)(&format.span(ended.secs_since(line.began_at)));
        }
        if line.times > 1 {
            said = format!("{said} · {}", (t.flapped)(&format.count(line.times.into())));
        }
        events.push((ended, "session", "good", said));
    }
    for (turn, at) in untold {
        events.push((*at, "clock", "idle", (t.untold)(words.turn(*turn))));
    }
    if let Some(at) = line.handling.at {
        let said =
            line.handling.by_name.as_ref().map_or(t.handled_system.to_owned(), |name| (t.handled_by)(name));
        events.push((at, "check", "good", said));
    }
    events.sort_by_key(|(at, ..)| *at);
    let shown = events.into_iter().map(|(at, icon, tone, said)| {
        view! {
            <li class=format!("event {tone}")>
                <span class="event-icon"><Icon name=icon/></span>
                <span class="event-word">{said}</span>
                <span class="event-time muted">{format.date_time(at)}</span>
            </li>
        }
        .into_any()
    });
    shown.collect()
}

/// Alerts that the cause has taken with it.
#[component]
fn Parts(id: AlertId, first: Alerts) -> impl IntoView {
    let t = use_texts().alerts();
    let query = AlertQuery { parent: Some(id), ..AlertQuery::default() };
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.children}</h2>
                <span class="muted">{t.cause_note}</span>
            </div>
            <PartLines first query/>
        </section>
    }
}

#[component]
fn PartLines(first: Alerts, query: AlertQuery) -> impl IntoView {
    let t = use_texts().alerts();
    let next = RwSignal::new(first.page.next);
    let shown = RwSignal::new(first);
    let query = StoredValue::new(query);
    let load = move |cursor| async move {
        let alerts = alerts_api::alerts(query.get_value(), Some(cursor)).await?;
        let _ = shown.try_update(|shown| shown.page.lines.extend(alerts.page.lines));
        Ok(alerts.page.next)
    };
    let table = move || {
        shown.with(|shown| {
            let lines = shown.page.lines.iter().map(|line| brief_line(line, &shown.networks, true));
            let empty = view! { <p class="card-body muted">{t.none_yet}</p> }.into_any();
            view! { <CardTable heads=brief_heads(true) lines=lines.collect() empty region=(t.children, "")/> }
                .into_any()
        })
    };
    view! {
        {table}
        <More next load/>
    }
}
