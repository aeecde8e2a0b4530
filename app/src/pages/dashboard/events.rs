//! What happened last, across the fleet.

use crate::{
    clock::use_clock, components::Icon, figures::DashboardFigures, format::use_format, i18n::use_texts,
};
use leptos::prelude::*;
use opencmp_domain::{
    Plmn, RatType, SimId, Timestamp,
    event::{EventKind, TimelineEvent},
};
use std::{cmp::Reverse, collections::HashSet};

const MOST_EVENTS: usize = 20;

#[component]
pub fn RecentEvents(
    events: RwSignal<Vec<TimelineEvent>>,
    figures: RwSignal<DashboardFigures>,
) -> impl IntoView {
    let t = use_texts();
    let f = use_format();
    let clock = use_clock();
    view! {
        <section class="card recent-card">
            <div class="card-head"><h2>{t.dashboard().events}</h2></div>
            <Show
                when=move || events.with(|events| !events.is_empty())
                fallback=move || view! { <p class="card-body muted">{t.dashboard().events_none}</p> }
            >
                <ul class="recent">
                    <For
                        each=move || events.get()
                        key=identity
                        children=move |event| {
                            let at = event.at;
                            let number = event
                                .msisdn
                                .map_or_else(|| format!("#{}", event.sim), |number| number.national());
                            let (kind, name, sim) = (event.kind, event.name.clone(), event.sim);
                            let detail = move || figures.with(|held| detail(&event, &held.networks));
                            view! {
                                <li class=tone(kind)>
                                    <Icon name=icon(kind)/>
                                    <span class="recent-what">
                                        {t.event(kind)}
                                        <span class="muted">{detail}</span>
                                    </span>
                                    <span class="recent-who">
                                        <a href=format!("/sims/{sim}")>{number}</a>
                                        <span class="recent-name">{name}</span>
                                    </span>
                                    <time title=f.date_time(at)>{move || f.age(clock.now(), at)}</time>
                                </li>
                            }
                        }
                    />
                </ul>
            </Show>
        </section>
    }
}

/// What tells an event from others. Two of a kind may be of one second: sessions with two APNs, say.
pub fn identity(event: &TimelineEvent) -> (Timestamp, SimId, EventKind, Option<String>, Option<String>) {
    (event.at, event.sim, event.kind, event.from.clone(), event.to.clone())
}

/// Newest first, none twice.
pub fn merge(held: &mut Vec<TimelineEvent>, news: Vec<TimelineEvent>) {
    held.extend(news);
    let mut seen = HashSet::new();
    held.retain(|event| seen.insert(identity(event)));
    held.sort_by_key(|event| Reverse(event.at));
    held.truncate(MOST_EVENTS);
}

fn icon(kind: EventKind) -> &'static str {
    match kind {
        EventKind::SessionStarted | EventKind::Reopened | EventKind::Confirmed => "session",
        EventKind::SessionEnded | EventKind::StaleClosed => "session-end",
        EventKind::NetworkChanged | EventKind::RatChanged => "signal",
        EventKind::DeviceChanged | EventKind::SoftwareChanged => "device",
        EventKind::GatewayRestarted => "gateway",
        EventKind::Unconfirmed => "question",
        EventKind::CounterReset | EventKind::ImplausibleRate => "data",
        EventKind::IdentityConflict => "warning",
        EventKind::Adopted => "sim",
    }
}

/// What someone may have to look at stands out.
fn tone(kind: EventKind) -> &'static str {
    match kind {
        EventKind::DeviceChanged | EventKind::IdentityConflict | EventKind::ImplausibleRate => "bad",
        EventKind::Unconfirmed | EventKind::StaleClosed | EventKind::GatewayRestarted => "warn",
        EventKind::SessionStarted | EventKind::Confirmed | EventKind::Reopened => "good",
        _ => "",
    }
}

/// `LTE → NB-IoT`: radio access by its name, networks by theirs where they have one.
fn detail(event: &TimelineEvent, networks: &[(Plmn, String)]) -> Option<String> {
    let network = |code: String| {
        let plmn = code.parse().ok();
        let found = networks.iter().find(|(known, _)| Some(*known) == plmn);
        found.map_or(code, |(_, name)| name.clone())
    };
    let word = |text: &Option<String>| -> Option<String> {
        let text = text.clone()?;
        match event.kind {
            EventKind::RatChanged => Some(text.parse().map_or(text, |number| RatType(number).name())),
            EventKind::NetworkChanged => Some(network(text)),
            _ => Some(text),
        }
    };
    let shown = matches!(
        event.kind,
        EventKind::NetworkChanged
            | EventKind::RatChanged
            | EventKind::DeviceChanged
            | EventKind::SoftwareChanged
    );
    if !shown {
        return None;
    }
    Some(format!(" {} → {}", word(&event.from).unwrap_or("–".into()), word(&event.to).unwrap_or("–".into())))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn two_of_one_second_stand_apart_and_a_renamed_one_stands_once() {
        let event = |to: Option<&str>, name: Option<&str>| TimelineEvent {
            at: Timestamp::from_secs(7),
            sim: SimId(1),
            msisdn: None,
            name: name.map(str::to_owned),
            kind: EventKind::SessionStarted,
            from: None,
            to: to.map(str::to_owned),
        };
        let (first, second) = (event(Some("internet.iot"), None), event(Some("ims"), None));
        let mut held = vec![first.clone(), first.clone()];
        merge(&mut held, vec![second.clone(), second.clone(), event(Some("ims"), Some("電表一"))]);
        assert_eq!(held, [first.clone(), second.clone()]);
        assert_ne!(identity(&first), identity(&second));
    }
}
