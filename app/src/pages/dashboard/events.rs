//! What happened last, across the fleet.

use crate::{clock::use_clock, components::Icon, format::use_format, i18n::use_texts};
use leptos::prelude::*;
use opencmp_domain::{
    RatType,
    event::{EventKind, TimelineEvent},
};

#[component]
pub fn RecentEvents(events: RwSignal<Vec<TimelineEvent>>) -> impl IntoView {
    let t = use_texts();
    let f = use_format();
    let clock = use_clock();
    view! {
        <section class="card">
            <div class="card-head"><h2>{t.dashboard.events}</h2></div>
            <Show
                when=move || events.with(|events| !events.is_empty())
                fallback=move || view! { <p class="card-body muted">{t.dashboard.events_none}</p> }
            >
                <ul class="recent">
                    <For
                        each=move || events.get()
                        key=|event| (event.at, event.sim, event.kind)
                        children=move |event| {
                            let at = event.at;
                            let number = event
                                .msisdn
                                .map_or_else(|| format!("#{}", event.sim), |number| number.national());
                            view! {
                                <li class=tone(event.kind)>
                                    <Icon name=icon(event.kind)/>
                                    <span class="recent-what">
                                        {t.event(event.kind)}
                                        <span class="muted">{detail(&event)}</span>
                                    </span>
                                    <span class="recent-who">
                                        <a href=format!("/sims/{}", event.sim)>{number}</a>
                                        <span class="recent-name">{event.name}</span>
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

/// `46692 → 46697`, radio access by its name.
fn detail(event: &TimelineEvent) -> Option<String> {
    let word = |text: &Option<String>| -> Option<String> {
        let text = text.clone()?;
        match event.kind {
            EventKind::RatChanged => Some(text.parse().map_or(text, |number| RatType(number).name())),
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
