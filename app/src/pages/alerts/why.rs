//! Why there was an alert of a SIM at a time, or why there wasn't: asked of a rule, and shown on an alert's page.

use super::list::{LevelBadge, ended, kind_link};
use crate::{
    api::{
        ApiError,
        why::{self as api, Explained},
    },
    components::{SkeletonRows, TextField},
    dom,
    format::{Format, use_format},
    i18n::{alert::Saying, use_texts},
    pages::sim::{EventLine, cell_text, network},
    prefs::Prefs,
};
use leptos::{ev, prelude::*, task::spawn_local};
use opencmp_domain::{
    Plmn, SimId,
    alert::{
        AlertLine,
        rule::Rule,
        why::{Answer, Look, Why},
    },
    event::TimelineEvent,
    session::SessionRow,
};

/// Of a rule: which SIM, when.
#[component]
pub fn Ask(rule: Rule, open: RwSignal<bool>) -> impl IntoView {
    let texts = use_texts();
    let t = texts.why();
    let zone = expect_context::<Prefs>().zone.name();
    let (number, at) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let explained = RwSignal::new(None::<Explained>);
    let id = rule.id;
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        failed.set(None);
        explained.set(None);
        busy.set(true);
        spawn_local(async move {
            let answer = api::alert_why(id, number.get_untracked(), at.get_untracked()).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(answer) => _ = explained.try_set(Some(answer)),
                Err(error) => {
                    let (id, words) = match &error {
                        ApiError::Invalid { field, .. } if field == "sim" => {
                            ("#why-sim", t.sim_wrong.to_owned())
                        }
                        ApiError::Invalid { field, .. } if field == "at" => {
                            ("#why-at", t.at_wrong.to_owned())
                        }
                        _ => ("#why-sim", texts.error(&error)),
                    };
                    dom::focus(id);
                    let _ = failed.try_set(Some(words));
                }
            }
        });
    };
    view! {
        <form on:submit=submit class="dialog-form" method="post" novalidate>
            <div class="dialog-body form">
                <p><strong>{rule.said.name}</strong> " " <span class="muted">{t.hint}</span></p>
                <TextField id="why-sim" label=t.sim value=number most=64 autofocus=true/>
                <div class="field">
                    <label for="why-at">{t.at}</label>
                    <input
                        id="why-at"
                        class="input"
                        type="datetime-local"
                        aria-describedby="why-at-hint"
                        prop:value=at
                        on:input=move |event| at.set(event_target_value(&event))
                    />
                    <p id="why-at-hint" class="field-hint">{(t.at_zone)(zone)}</p>
                </div>
                {move || busy.get().then(|| view! { <SkeletonRows rows=3/> }.into_any())}
                {move || explained.get().map(|explained| view! { <Explanation explained/> }.into_any())}
            </div>
            <p class="field-error form-error" role="alert">{move || failed.get()}</p>
            <div class="dialog-foot">
                <button type="button" class="button" on:click=move |_| open.set(false)>
                    {texts.alerts().close}
                </button>
                <button type="submit" class="button primary" prop:disabled=busy>{t.ask}</button>
            </div>
        </form>
    }
}

#[component]
fn Explanation(explained: Explained) -> impl IntoView {
    let format = use_format();
    let t = format.t.why();
    let Explained { why, networks } = explained;
    let Why { then, looks, answer, held_back, alerts, events, sessions, sim, at } = why;
    let (tone, words) = answered(answer, format.t);
    let then = then.map(|then| (t.rule_then)(&then.version.to_string(), &format.date_time(then.modified_at)));
    let who = sim.msisdn.map(|msisdn| msisdn.national()).unwrap_or_default();
    let held: Vec<_> = held_back.iter().map(|why| view! { <li>{t.held(*why)}</li> }.into_any()).collect();
    let lines: Vec<_> = alerts.iter().map(|line| alert_line(line, &networks, format)).collect();
    let lines = match lines.is_empty() {
        true => view! { <p class="muted">{t.no_alerts}</p> }.into_any(),
        false => view! { <ul class="said-lines" aria-label=t.alerts>{lines}</ul> }.into_any(),
    };
    view! {
        <section class="trial why" aria-label=t.title>
            <p role="status">
                <span class=tone>{words}</span>
                " "
                <span class="muted">{who} " · " {format.date_time(at)}</span>
            </p>
            {then.map(|then| view! { <p class="muted">{then}</p> }.into_any())}
            {(!looks.is_empty())
                .then(|| view! { <h3>{t.conditions}</h3> <Looks looks networks=networks.clone()/> }.into_any())}
            <h3>{t.alerts}</h3>
            {lines}
            {(!held.is_empty()).then(|| view! { <h3>{t.held_back}</h3> <ul class="plain">{held}</ul> }.into_any())}
            <h3>{t.sessions}</h3>
            <Sessions sim=sim.id sessions/>
            <h3>{t.events}</h3>
            <Events sim=sim.id events/>
        </section>
    }
}

/// Its connections by then, as its records tell them, newest first.
#[component]
fn Sessions(sim: SimId, sessions: Vec<SessionRow>) -> impl IntoView {
    let format = use_format();
    let t = format.t.why();
    let line = |session: SessionRow| {
        let ended = session.ended_at.map_or_else(|| t.goes_on.to_owned(), |at| format.date_time(at));
        let cause = session.end_cause.map(|cause| format.t.end_cause(cause));
        let heard = (t.last_heard)(&format.date_time(session.last_update_at));
        let usage = (session.uplink + session.downlink).to_string();
        let imei = session.imei.map(|imei| format!("IMEI {imei}"));
        let apn = session.apn.as_ref().map(|apn| apn.to_string());
        let rat = session.rat.map(|rat| rat.name());
        let parts =
            [cause, Some(heard), Some(usage), network(&session), rat, session.cell.map(cell_text), apn, imei];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        view! {
            <li>
                <strong>{format.date_time(session.started_at)} " – " {ended}</strong>
                <span class="said">{parts.join(" · ")}</span>
            </li>
        }
        .into_any()
    };
    let lines: Vec<_> = sessions.into_iter().map(line).collect();
    let lines = match lines.is_empty() {
        true => view! { <p class="muted">{t.no_sessions}</p> }.into_any(),
        false => view! { <ul class="said-lines" aria-label=t.sessions>{lines}</ul> }.into_any(),
    };
    view! {
        {lines}
        <p><a href=format!("/sims/{sim}?tab=sessions")>{t.all_sessions}</a></p>
    }
}

/// Class of the badge, and the short of it.
fn answered(answer: Answer, texts: &'static crate::i18n::Texts) -> (&'static str, String) {
    let t = texts.why();
    match answer {
        Answer::Raised(alert) => ("badge warn", (t.raised)(&alert.to_string())),
        Answer::SameAlert(alert) => ("badge info", (t.same_alert)(&alert.to_string())),
        Answer::NoRule => ("badge", t.no_rule.to_owned()),
        Answer::SwitchedOff => ("badge", t.switched_off.to_owned()),
        Answer::NotAimedAt => ("badge", t.not_aimed_at.to_owned()),
        Answer::NotMet => ("badge good", t.not_met.to_owned()),
        Answer::BeforeRule => ("badge info", t.before_rule.to_owned()),
        Answer::Late => ("badge info", t.late.to_owned()),
        Answer::Unknown => ("badge", t.unknown.to_owned()),
    }
}

#[component]
fn Looks(looks: Vec<Look>, networks: Vec<(Plmn, String)>) -> impl IntoView {
    let format = use_format();
    let (t, words) = (format.t.why(), format.t.alert());
    let saying = Saying { format, networks: &networks };
    let lines: Vec<_> = looks
        .iter()
        .map(|look| {
            let facts = saying.facts_of(look.kind, &look.facts);
            let facts: Vec<String> =
                facts.into_iter().map(|(name, value)| format!("{name} {value}")).collect();
            let (tone, word) = match look.met {
                Some(true) => ("badge warn", t.met),
                Some(false) => ("badge", t.not_met_short),
                None => ("badge", t.unknown_short),
            };
            let since = look.since.map(|since| {
                let at = match since.from == since.by {
                    true => format.date_time(since.from),
                    false => format!("{} – {}", format.date_time(since.from), format.date_time(since.by)),
                };
                (t.met_since)(&at)
            });
            view! {
                <li>
                    <strong>{words.kind(look.kind)}</strong>
                    <span class=tone>{word}</span>
                    <span class="muted">{since}</span>
                    <span class="said">{facts.join(" · ")}</span>
                </li>
            }
            .into_any()
        })
        .collect();
    view! { <ul class="said-lines" aria-label=t.conditions>{lines}</ul> }
}

/// Kind, level, what it says, and from when to when it was so.
fn alert_line(line: &AlertLine, networks: &[(Plmn, String)], format: Format) -> AnyView {
    let (t, words) = (format.t.alerts(), format.t.alert());
    let message = Saying { format, networks }.message(line);
    let began = format.date_time(line.began_at);
    view! {
        <li>
            {kind_link(line, words.kind(line.kind), (t.open_one)(&message))}
            <LevelBadge level=line.level/>
            <span class="muted">{began} " – " {ended(line, format)}</span>
            <span class="said">{message}</span>
        </li>
    }
    .into_any()
}

/// The records behind it, newest first, and the way to all of them.
#[component]
fn Events(sim: SimId, events: Vec<TimelineEvent>) -> impl IntoView {
    let format = use_format();
    let t = format.t.why();
    let lines: Vec<_> = events
        .into_iter()
        .map(|event| {
            let at = format.date_time(event.at);
            view! { <EventLine event><span>{at}</span></EventLine> }.into_any()
        })
        .collect();
    let lines = match lines.is_empty() {
        true => view! { <p class="muted">{t.no_events}</p> }.into_any(),
        false => view! { <ol class="events">{lines}</ol> }.into_any(),
    };
    view! {
        {lines}
        <p><a href=format!("/sims/{sim}?tab=timeline")>{t.all_events}</a></p>
    }
}

/// On an alert's page: the records behind it.
#[component]
pub fn Behind(sim: SimId, events: Vec<TimelineEvent>) -> impl IntoView {
    let t = use_texts().why();
    view! {
        <section class="card">
            <div class="card-head"><h2>{t.events}</h2></div>
            <div class="card-body trial why">
                <Events sim events/>
            </div>
        </section>
    }
}
