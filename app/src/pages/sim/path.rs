//! SIM → network → session → data: how far it gets, by what the accounting records tell, with the age of each word. What
//! they can't tell is *unknown*: without a session nobody has asked the network whether the SIM is registered.

use super::state::SimState;
use crate::{
    clock::use_clock,
    components::{Icon, service_tone},
    format::{Format, use_format},
};
use leptos::prelude::*;
use opencmp_domain::{
    ByteCount, ConnectionState, Plmn, ServiceState, Timestamp, session::SessionRow, sim::SimDetail,
};

#[derive(Clone, Debug, PartialEq)]
struct Step {
    icon: &'static str,
    title: &'static str,
    /// Class of the style sheet: good, warn, bad, info, idle, unknown.
    tone: &'static str,
    word: String,
    note: String,
    at: Option<Timestamp>,
}

#[component]
pub fn DataPath(sim: SimState) -> impl IntoView {
    let format = use_format();
    let t = format.t.sim();
    let clock = use_clock();
    let steps = sim.part(move |detail| sim.network.with(|named| steps(detail, named.as_ref(), format)));
    view! {
        <section class="card data-path" aria-label=t.path>
            <ol>
                {move || {
                    steps
                        .get()
                        .into_iter()
                        .map(|step| {
                            let at = step.at;
                            view! {
                                <li class=format!("step {}", step.tone)>
                                    <span class="step-icon"><Icon name=step.icon/></span>
                                    <span class="step-title">{step.title}</span>
                                    <strong class="step-word">{step.word}</strong>
                                    <span class="step-note">{step.note}</span>
                                    <span class="step-age">
                                        {move || at.map(|at| format.age(clock.now(), at))}
                                    </span>
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ol>
            <p class="field-hint">{t.path_hint}</p>
        </section>
    }
}

fn steps(detail: &SimDetail, named: Option<&(Plmn, String)>, format: Format) -> [Step; 4] {
    [sim(detail, format), network(detail, named, format), session(detail, format), data(detail, format)]
}

fn sim(detail: &SimDetail, format: Format) -> Step {
    let t = format.t;
    let state = detail.row.service_state;
    let usable = matches!(state, ServiceState::Active | ServiceState::Test);
    Step {
        icon: "sim",
        title: t.sim().step_sim,
        tone: if usable { "good" } else { service_tone(state) },
        word: t.service(state).to_owned(),
        note: if usable { t.sim().sim_usable } else { t.sim().sim_unusable }.to_owned(),
        at: detail.state_changed_at,
    }
}

fn network(detail: &SimDetail, named: Option<&(Plmn, String)>, format: Format) -> Step {
    let t = format.t;
    let live = &detail.row.live;
    let latest = latest(detail);
    let name = latest
        .and_then(|session| session.network.clone())
        .or_else(|| {
            let plmn = live.plmn?;
            let name = named.filter(|(named, _)| *named == plmn).map(|(_, name)| name.clone());
            Some(name.unwrap_or_else(|| plmn.to_string()))
        })
        .map(|network| match live.rat {
            Some(rat) => format!("{network} {}", rat.name()),
            None => network,
        });
    let step = |tone, word: String, note: String| Step {
        icon: "tower",
        title: t.sim().step_network,
        tone,
        word,
        note,
        at: live.last_access_at,
    };
    match (live.connection, name) {
        (ConnectionState::Connected, name) => {
            let word = name.unwrap_or_else(|| t.connection(ConnectionState::Connected).to_owned());
            step("good", word, t.sim().network_implied.to_owned())
        }
        (_, Some(name)) => step("unknown", t.state.unknown.to_owned(), (t.sim().network_last)(&name)),
        (ConnectionState::Unconfirmed, None) => step("unknown", t.state.unknown.to_owned(), String::new()),
        (ConnectionState::Disconnected, None) => {
            let heard = live.last_access_at.is_some();
            let note = if heard { t.sim().network_unasked } else { t.sim().never_seen };
            step("unknown", t.state.unknown.to_owned(), note.to_owned())
        }
    }
}

fn session(detail: &SimDetail, format: Format) -> Step {
    let t = format.t;
    let live = &detail.row.live;
    let open = detail.open_sessions.len();
    let (tone, note) = match live.connection {
        ConnectionState::Connected if open > 1 => ("good", (t.sim().session_open)(&open.to_string())),
        ConnectionState::Connected => {
            let started = latest(detail).map(|session| format.date_time(session.started_at));
            ("good", started.map(|at| (t.sim().since)(&at)).unwrap_or_default())
        }
        ConnectionState::Unconfirmed => {
            let interval = detail.update_interval_secs.map(|secs| format.span(i64::from(secs)));
            ("warn", interval.map(|interval| (t.sim().session_overdue)(&interval)).unwrap_or_default())
        }
        ConnectionState::Disconnected if live.last_access_at.is_none() => {
            ("idle", t.sim().never_seen.to_owned())
        }
        ConnectionState::Disconnected => ("idle", t.sim().session_last_end.to_owned()),
    };
    Step {
        icon: "session",
        title: t.sim().step_session,
        tone,
        word: t.connection_with(live.connection, live.last_message),
        note,
        at: live.last_access_at,
    }
}

fn data(detail: &SimDetail, format: Format) -> Step {
    let t = format.t;
    let moved =
        detail.open_sessions.iter().map(|session| session.uplink + session.downlink).sum::<ByteCount>();
    let updated_at = detail.open_sessions.iter().map(|session| session.last_update_at).max();
    let bytes = format.bytes(moved);
    let (tone, word, note) = match detail.row.live.connection {
        _ if detail.open_sessions.is_empty() => {
            ("idle", t.state.none.to_owned(), t.sim().data_no_session.to_owned())
        }
        ConnectionState::Connected if moved == ByteCount::ZERO => {
            ("warn", t.sim().data_none_yet_word.to_owned(), t.sim().data_none_yet.to_owned())
        }
        ConnectionState::Connected => ("good", t.sim().data_flowing.to_owned(), (t.sim().data_moved)(&bytes)),
        _ => ("unknown", t.state.unknown.to_owned(), (t.sim().data_until)(&bytes)),
    };
    Step { icon: "data", title: t.sim().step_data, tone, word, note, at: updated_at }
}

fn latest(detail: &SimDetail) -> Option<&SessionRow> {
    detail.open_sessions.iter().max_by_key(|session| session.last_update_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{Lang, texts_in};
    use opencmp_domain::{
        Cycle, SimId,
        sim::{SimLive, SimRow},
        time::DEFAULT_ZONE,
    };

    fn detail(connection: ConnectionState, heard: bool) -> SimDetail {
        let at = Timestamp::from_secs(1_700_000_000);
        SimDetail {
            row: SimRow {
                id: SimId(1),
                msisdn: None,
                iccid: None,
                imsi: None,
                imei: None,
                batch: None,
                name: None,
                plan: None,
                group: None,
                group_name: None,
                tags: Vec::new(),
                service_state: ServiceState::Active,
                live: SimLive {
                    connection,
                    last_message: None,
                    last_access_at: heard.then_some(at),
                    usage_today: ByteCount::ZERO,
                    usage_cycle: ByteCount::ZERO,
                    apn: None,
                    rat: None,
                    plmn: "46692".parse().ok().filter(|_| heard),
                },
            },
            tenant: None,
            tenant_name: None,
            provisioned_apn: None,
            state_changed_at: None,
            created_at: at,
            open_sessions: Vec::new(),
            usage_previous_cycle: ByteCount::ZERO,
            cycle: Cycle { year: 2026, month: 11 },
            update_interval_secs: Some(900),
            device_model: None,
            as_of: at,
        }
    }

    fn tones(detail: &SimDetail) -> [&'static str; 4] {
        let format = Format { t: texts_in(Lang::En), zone: DEFAULT_ZONE };
        steps(detail, None, format).map(|step| step.tone)
    }

    #[test]
    fn without_a_session_the_network_is_unknown() {
        assert_eq!(tones(&detail(ConnectionState::Disconnected, true)), ["good", "unknown", "idle", "idle"]);
        assert_eq!(tones(&detail(ConnectionState::Disconnected, false)), ["good", "unknown", "idle", "idle"]);
    }

    #[test]
    fn the_last_network_is_named_while_its_name_is_known() {
        let format = Format { t: texts_in(Lang::ZhTw), zone: DEFAULT_ZONE };
        let detail = detail(ConnectionState::Disconnected, true);
        let note = |plmn: &str| {
            let named = (plmn.parse().unwrap(), "中華電信".to_owned());
            steps(&detail, Some(&named), format)[1].note.clone()
        };
        assert_eq!(note("46692"), "最後所在：中華電信");
        assert_eq!(note("46697"), "最後所在：46692");
    }

    #[test]
    fn an_overdue_session_says_nothing_of_the_network() {
        assert_eq!(tones(&detail(ConnectionState::Unconfirmed, true)), ["good", "unknown", "warn", "idle"]);
    }

    #[test]
    fn a_suspended_sim_stops_at_the_first_step() {
        let mut detail = detail(ConnectionState::Disconnected, true);
        detail.row.service_state = ServiceState::Suspended;
        assert_eq!(tones(&detail)[0], "warn");
    }
}
