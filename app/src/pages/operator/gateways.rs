//! RADIUS clients as their packets show them, and sources that aren't clients.

use super::ingest::rate;
use crate::{
    clock::use_clock, components::Notice, figures::OperatorFigures, format::use_format, i18n::use_texts,
};
use leptos::prelude::*;
use opencmp_domain::{
    Timestamp,
    node::NodeStatus,
    operator::{GatewayStatus, StrangerStatus},
};

/// A gateway that was heard of before and then not for this long stands out.
const QUIET_SECS: i64 = 15 * 60;
/// Offsets below this are transport, not the clock.
const CLOCK_IN_STEP_MS: i64 = 2_000;

#[component]
pub fn Gateways(figures: RwSignal<OperatorFigures>) -> impl IntoView {
    let t = use_texts().operator();
    let gateways = Memo::new(move |_| figures.with(|held| held.status.gateways.clone()));
    view! {
        <section class="card">
            <div class="card-head"><h2>{t.gateways}</h2></div>
            <Show
                when=move || gateways.with(|all| !all.is_empty())
                fallback=move || {
                    view! { <Notice icon="gateway" title=t.gateways_none text=t.gateways_hint class="small"/> }
                }
            >
                <div class="scroll">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">{t.gateway}</th>
                                <th scope="col">{t.address}</th>
                                <th scope="col">{t.last_heard}</th>
                                <th scope="col" class="num">{t.rate}</th>
                                <th scope="col" class="num">{t.open_sessions}</th>
                                <th scope="col" class="num">{t.accepted}</th>
                                <th scope="col" class="num">{t.duplicates}</th>
                                <th scope="col" class="num">{t.mismatches}</th>
                                <th scope="col" class="num">{t.malformed}</th>
                                <th scope="col">{t.clock_offset}</th>
                                <th scope="col">{t.restarted}</th>
                            </tr>
                        </thead>
                        <tbody>
                            <For
                                each=move || gateways.get()
                                key=|gateway| gateway.id
                                children=move |gateway| view! { <GatewayRow first=gateway gateways/> }
                            />
                        </tbody>
                    </table>
                </div>
            </Show>
        </section>
    }
}

/// The row stays; what stands in it is the gateway's latest.
#[component]
fn GatewayRow(first: GatewayStatus, gateways: Memo<Vec<GatewayStatus>>) -> impl IntoView {
    let t = use_texts().operator();
    let f = use_format();
    let clock = use_clock();
    let gateway = Memo::new(move |_| {
        let held = gateways.with(|all| all.iter().find(|gateway| gateway.id == first.id).cloned());
        held.unwrap_or_else(|| first.clone())
    });
    let count = move |of: fn(&GatewayStatus) -> u64| move || f.count(gateway.with(of));
    let alarms = move |of: fn(&GatewayStatus) -> u64| move || gateway.with(of) > 0;
    let title =
        move |of: fn(&GatewayStatus) -> Option<Timestamp>| move || gateway.with(of).map(|at| f.date_time(at));
    let age = move |of: fn(&GatewayStatus) -> Option<Timestamp>, never: &'static str| {
        move || gateway.with(of).map_or(never.to_owned(), |at| f.age(clock.now(), at))
    };
    let tone = move || match gateway.with(|gateway| gateway.last_heard_at) {
        None => "dot",
        Some(at) if clock.now().secs_since(at) > QUIET_SECS => "dot warn",
        Some(_) => "dot good",
    };
    let offset = move || gateway.with(|gateway| gateway.clock_offset_ms);
    let behind = Memo::new(move |_| {
        gateway.with(|gateway| {
            let refused = (gateway.nodes_refused, gateway.node_refused.clone());
            (gateway.nodes.clone(), refused, gateway.wrap_suspected_at)
        })
    });
    let has_more = move || {
        behind.with(|(nodes, refused, wrapped)| nodes.len() > 1 || refused.0 > 0 || wrapped.is_some())
    };
    view! {
        <tr class:has-more=has_more>
            <th scope="row">
                <span class="connection">
                    <span class=tone></span>
                    {move || gateway.with(|gateway| gateway.name.clone())}
                </span>
            </th>
            <td class="mono">{move || gateway.with(|gateway| gateway.address.clone())}</td>
            <td title=title(|gateway| gateway.last_heard_at)>{age(|gateway| gateway.last_heard_at, t.never)}</td>
            <td class="num">{move || rate(gateway.with(|gateway| gateway.records_per_second))}</td>
            <td class="num">{count(|gateway| gateway.open_sessions)}</td>
            <td class="num">{count(|gateway| gateway.accepted)}</td>
            <td class="num">{count(|gateway| gateway.duplicates)}</td>
            <td
                class="num"
                class:alarm=alarms(|gateway| gateway.secret_mismatches)
                title=title(|gateway| gateway.last_mismatch_at)
            >
                {count(|gateway| gateway.secret_mismatches)}
            </td>
            <td class="num" class:alarm=alarms(|gateway| gateway.malformed)>{count(|gateway| gateway.malformed)}</td>
            <td>{move || offset().map_or("–".to_owned(), |ms| clock_offset(ms, t))}</td>
            <td title=title(|gateway| gateway.restarted_at)>{age(|gateway| gateway.restarted_at, "–")}</td>
        </tr>
        {move || {
            let (nodes, (refused, name), wrapped) = behind.get();
            has_more().then(|| view! { <More nodes refused name wrapped/> })
        }}
    }
}

/// What is behind one source, where that is more than one gateway, who was turned away, and how it may be read wrongly.
#[component]
fn More(
    nodes: Vec<NodeStatus>,
    refused: u64,
    name: Option<String>,
    wrapped: Option<Timestamp>,
) -> impl IntoView {
    let t = use_texts().operator();
    let f = use_format();
    let clock = use_clock();
    let several = nodes.len() > 1;
    let node = move |node: NodeStatus| {
        let unnamed = node.name.is_empty();
        let address = node.address.filter(|address| *address != node.name);
        let heard = node.heard_at;
        view! {
            <li>
                <strong class:muted=unnamed>{if unnamed { t.node_unnamed.to_owned() } else { node.name }}</strong>
                {address.map(|address| view! { <span class="mono muted">{address}</span> })}
                <span class="muted">{(t.node_sessions)(&f.count(node.open_sessions))}</span>
                <span class="muted" title=f.date_time(heard)>
                    {move || (t.node_heard)(&f.age(clock.now(), heard))}
                </span>
                {node
                    .restarted_at
                    .map(|at| {
                        view! {
                            <span class="muted" title=f.date_time(at)>
                                {move || (t.node_restarted)(&f.age(clock.now(), at))}
                            </span>
                        }
                    })}
            </li>
        }
    };
    let list = several.then(|| view! { <ul class="nodes">{nodes.into_iter().map(node).collect_view()}</ul> });
    let refused = (refused > 0).then(|| {
        let name = name.as_deref().unwrap_or("–");
        view! { <p class="alarm">{(t.nodes_refused)(&f.count(refused), name)}</p> }
    });
    let wrapped = wrapped.map(|at| {
        view! {
            <p class="alarm" title=f.date_time(at)>{move || (t.wrap_suspected)(&f.age(clock.now(), at))}</p>
        }
    });
    view! { <tr class="more"><td colspan="11">{list} {refused} {wrapped}</td></tr> }
}

/// Positive: the gateway's clock is ahead.
fn clock_offset(ms: i64, t: &'static crate::i18n::operator::Texts) -> String {
    let size = match ms.unsigned_abs() {
        ms if ms < 10_000 => (t.milliseconds)(&crate::format::thousands(ms)),
        ms => format!("{:.1} s", ms as f64 / 1000.0),
    };
    match ms {
        ms if ms.abs() < CLOCK_IN_STEP_MS => t.clock_right.to_owned(),
        ms if ms > 0 => (t.clock_ahead)(&size),
        _ => (t.clock_behind)(&size),
    }
}

#[component]
pub fn Strangers(figures: RwSignal<OperatorFigures>) -> impl IntoView {
    let t = use_texts().operator();
    let f = use_format();
    let clock = use_clock();
    let strangers = Memo::new(move |_| figures.with(|held| held.status.strangers.clone()));
    let row = move |stranger: StrangerStatus| {
        let at = stranger.last_heard_at;
        view! {
            <tr>
                <th scope="row" class="mono">{stranger.source}</th>
                <td class="num">{f.count(stranger.packets)}</td>
                <td title=f.date_time(at)>{move || f.age(clock.now(), at)}</td>
            </tr>
        }
    };
    view! {
        <section class="card">
            <div class="card-head"><h2>{t.strangers}</h2></div>
            <Show
                when=move || strangers.with(|all| !all.is_empty())
                fallback=move || view! { <p class="card-body muted">{t.strangers_none}</p> }
            >
                <p class="card-note muted">{t.strangers_hint}</p>
                <div class="scroll">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">{t.source}</th>
                                <th scope="col" class="num">{t.packets}</th>
                                <th scope="col">{t.last_heard}</th>
                            </tr>
                        </thead>
                        <tbody>{move || strangers.get().into_iter().map(row).collect_view()}</tbody>
                    </table>
                </div>
            </Show>
        </section>
    }
}
