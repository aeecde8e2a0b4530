//! The sessions that are open, each with where it is and what it has moved.

use super::state::SimState;
use crate::{
    clock::use_clock,
    components::{Copy, Icon, Notice},
    format::{Format, use_format},
    i18n::Texts,
};
use leptos::prelude::*;
use opencmp_domain::session::{CellId, CellKind, SessionRow, flags};

#[component]
pub fn SessionsNow(sim: SimState) -> impl IntoView {
    let format = use_format();
    let t = format.t.sim();
    let sessions = sim.part(|detail| detail.open_sessions.clone());
    let last = sim.part(|detail| detail.row.live.last_access_at);
    let none = move || {
        let text = last.get().map(|at| (t.current_none_since)(&format.date_time(at)));
        let text = text.unwrap_or_else(|| t.never_seen.to_owned());
        view! { <Notice icon="session-end" title=t.current_none text class="small"/> }
    };
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.current}</h2>
            </div>
            {move || {
                let sessions = sessions.get();
                if sessions.is_empty() {
                    none().into_any()
                } else {
                    sessions
                        .into_iter()
                        .map(|session| view! { <SessionNow session/> })
                        .collect_view()
                        .into_any()
                }
            }}
        </section>
    }
}

#[component]
fn SessionNow(session: SessionRow) -> impl IntoView {
    let format = use_format();
    let t = format.t.sim();
    let clock = use_clock();
    let network = network(&session);
    let cell = session.cell.map(|cell| (cell_text(cell), cell_split(cell, t)));
    let notes = notes(session.flags, format.t);
    let updated_at = session.last_update_at;
    let started_at = session.started_at;
    let total = session.uplink + session.downlink;
    let fact = |name: &'static str, value: Option<String>| {
        value.map(|value| {
            view! {
                <dt>{name}</dt>
                <dd>{value}</dd>
            }
        })
    };
    let copied = |name: &'static str, value: Option<String>| {
        value.map(|value| {
            view! {
                <dt>{name}</dt>
                <dd><Copy value what=name/></dd>
            }
        })
    };
    view! {
        <div class="session-now">
            <div class="session-figures">
                <div>
                    <span class="figure-label"><Icon name="arrow-up"/>{t.uplink}</span>
                    <span class="figure-value" title=format.octets(session.uplink)>{format.bytes(session.uplink)}</span>
                </div>
                <div>
                    <span class="figure-label"><Icon name="arrow-down"/>{t.downlink}</span>
                    <span class="figure-value" title=format.octets(session.downlink)>
                        {format.bytes(session.downlink)}
                    </span>
                </div>
                <div>
                    <span class="figure-label">{t.total}</span>
                    <span class="figure-value" title=format.octets(total)>{format.bytes(total)}</span>
                </div>
                <div>
                    <span class="figure-label"><Icon name="clock"/>{t.updated}</span>
                    <span class="figure-value age" title=format.date_time(updated_at)>
                        {move || format.age(clock.now(), updated_at)}
                    </span>
                </div>
            </div>
            <dl class="facts two">
                {fact(t.network, network)} {fact(t.rat, session.rat.map(|rat| rat.name()))}
                {cell
                    .map(|(text, split)| {
                        view! {
                            <dt>{t.cell}</dt>
                            <dd>
                                <Copy value=text what=t.cell/>
                                {split.map(|split| view! { <span class="muted cell-split">{split}</span> })}
                            </dd>
                        }
                    })} {fact(t.session_apn, session.apn.map(|apn| apn.to_string()))}
                {copied(t.ip, session.ipv4)} {copied(t.ipv6, session.ipv6_prefix)}
                {fact(t.gateway, Some(gateway(session.nas, session.node)))}
                <dt>{t.started}</dt>
                <dd>
                    {format.date_time(started_at)} <span class="muted">
                        " · "{move || format.span(clock.now().secs_since(started_at))}
                    </span>
                </dd>
                {copied(t.session_id, Some(session.acct_session_id))} {fact(t.flags, notes)}
            </dl>
        </div>
    }
}

/// The RADIUS client, and the gateway behind it where that has a name of its own.
pub fn gateway(nas: String, node: Option<String>) -> String {
    match node {
        Some(node) => format!("{nas} · {node}"),
        None => nas,
    }
}

/// `中華電信 (46692)`; the code alone where the network has no name here.
pub fn network(session: &SessionRow) -> Option<String> {
    match (&session.network, session.plmn) {
        (Some(name), Some(plmn)) => Some(format!("{name} ({plmn})")),
        (None, Some(plmn)) => Some(plmn.to_string()),
        (name, None) => name.clone(),
    }
}

/// PLMN, area and cell: `46692-12345-26214401`.
pub fn cell_text(cell: CellId) -> String {
    let mut text = cell.plmn.to_string();
    if let Some(area) = cell.area {
        text.push_str(&format!("-{area}"));
    }
    if let Some(id) = cell.cell {
        text.push_str(&format!("-{id}"));
    }
    text
}

/// The base station and its cell, where the identity has them in it (E-UTRAN: 20 bits and 8, TS 36.413 §9.2.1.38).
fn cell_split(cell: CellId, t: &crate::i18n::sim::Texts) -> Option<String> {
    match (cell.kind, cell.cell) {
        (CellKind::Ecgi, Some(eci)) => Some((t.enb_cell)(&(eci >> 8).to_string(), &(eci & 0xFF).to_string())),
        _ => None,
    }
}

/// What is odd about a session, in words.
pub fn notes(bits: u32, t: &Texts) -> Option<String> {
    let t = t.sim();
    let words = [
        (flags::MISSED_START, t.flag_missed_start),
        (flags::ESTIMATED_END, t.flag_estimated_end),
        (flags::REOPENED, t.flag_reopened),
        (flags::COUNTER_RESET, t.flag_counter_reset),
        (flags::COUNTER_WRAP, t.flag_counter_wrap),
        (flags::IMPLAUSIBLE_RATE, t.flag_implausible_rate),
        (flags::CLOCK_DISTRUSTED, t.flag_clock_distrusted),
        (flags::SECONDARY_BEARER, t.flag_secondary_bearer),
        (flags::REPEATED_ATTRIBUTE, t.flag_repeated_attribute),
    ];
    let found: Vec<&str> =
        words.into_iter().filter(|(bit, _)| bits & bit != 0).map(|(_, word)| word).collect();
    (!found.is_empty()).then(|| found.join(" · "))
}

/// How long a session took, or has been going on.
pub fn length(session: &SessionRow, now: opencmp_domain::Timestamp, format: Format) -> String {
    format.span(session.ended_at.unwrap_or(now).secs_since(session.started_at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{Lang, texts_in};

    #[test]
    fn an_ecgi_names_its_base_station() {
        let cell = CellId {
            plmn: "46692".parse().unwrap(),
            kind: CellKind::Ecgi,
            area: Some(12_345),
            cell: Some(102_400 * 256 + 17),
        };
        assert_eq!(cell_text(cell), "46692-12345-26214417");
        assert_eq!(cell_split(cell, texts_in(Lang::En).sim()).unwrap(), "eNB 102400 · cell 17");
        assert_eq!(cell_split(CellId { kind: CellKind::Ncgi, ..cell }, texts_in(Lang::En).sim()), None);
    }

    #[test]
    fn odd_sessions_say_why() {
        let t = texts_in(Lang::En);
        assert_eq!(notes(0, t), None);
        assert_eq!(
            notes(flags::REOPENED | flags::COUNTER_RESET, t).unwrap(),
            "Went on after its Stop · Counters restarted"
        );
    }
}
