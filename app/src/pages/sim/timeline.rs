//! What happened, newest first, by day: as long as it is kept, filtered, and as a file.

mod filter;

use super::{Tab, filtered::CsvLink, state::SimState};
use crate::{
    api::{self, ApiError, TIMELINE_PAGE},
    clock::use_clock,
    components::{ErrorNotice, Icon, Notice, SkeletonRows},
    dom,
    format::{Format, use_format},
    i18n::Texts,
    json::fetched,
};
use filter::{Asked, Filters};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_query_map;
use opencmp_domain::{
    Day, SimId,
    event::{EventKind, TimelineCursor, TimelineEvent, TimelineFilter},
};

/// Events that the overview shows.
const RECENT: usize = 6;

#[component]
pub fn RecentEvents(sim: SimState) -> impl IntoView {
    let format = use_format();
    let t = format.t.sim();
    let clock = use_clock();
    let id = sim.id;
    let everything = TimelineFilter::default();
    let events = fetched(move || sim.fetches.get(), move |_| api::sim_timeline(id, everything, None));
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.events_recent}</h2>
                <a class="end" href=Tab::Timeline.address(id) data-noscroll="">{t.events_all}</a>
            </div>
            <Transition fallback=|| view! { <SkeletonRows rows=4/> }>
                {move || Suspend::new(async move {
                    match events.await {
                        Ok(events) if events.is_empty() => {
                            view! { <p class="card-body muted">{t.events_none}</p> }.into_any()
                        }
                        Ok(events) => {
                            view! {
                                <ol class="events card-body">
                                    {events
                                        .into_iter()
                                        .take(RECENT)
                                        .map(|event| {
                                            let at = event.at;
                                            let age = move || format.age(clock.now(), at);
                                            view! {
                                                <EventLine event>
                                                    <span title=format.date_time(at)>{age}</span>
                                                </EventLine>
                                            }
                                        })
                                        .collect_view()}
                                </ol>
                            }
                                .into_any()
                        }
                        Err(error) => view! { <ErrorNotice error retry=move || events.refetch()/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
pub fn Timeline(id: SimId) -> impl IntoView {
    let format = use_format();
    let t = format.t.sim();
    let map = use_query_map();
    let asked = Memo::new(move |_| map.with(|map| Asked::of(|name| map.get(name))));
    let first =
        fetched(move || asked.get(), move |asked| api::sim_timeline(id, asked.filter(format.zone), None));
    let csv = move || {
        let mut pairs = vec![("sim", id.to_string())];
        pairs.extend(asked.get().pairs());
        dom::url("/download/events.csv", &pairs)
    };
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.timeline}</h2>
                <Filters id asked/>
                <CsvLink href=csv/>
            </div>
            <Transition fallback=|| view! { <SkeletonRows rows=8/> }>
                {move || Suspend::new(async move {
                    match first.await {
                        Ok(events) if events.is_empty() => {
                            let filtered = asked.get_untracked() != Asked::default();
                            let text = if filtered { t.events_none_such } else { t.events_none_text };
                            view! { <Notice icon="clock" title=t.events_none text/> }.into_any()
                        }
                        Ok(events) => {
                            let filter = asked.get_untracked().filter(format.zone);
                            view! { <Days id filter first=events/> }.into_any()
                        }
                        Err(error) => view! { <ErrorNotice error retry=move || first.refetch()/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Days(id: SimId, filter: TimelineFilter, first: Vec<TimelineEvent>) -> impl IntoView {
    let format = use_format();
    let t = format.t;
    let clock = use_clock();
    let more = RwSignal::new(first.len() >= TIMELINE_PAGE as usize);
    let events = RwSignal::new(first);
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<ApiError>);
    let load = move |_| {
        let after = events.with_untracked(|events| TimelineCursor::after(events));
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let answer = api::sim_timeline(id, filter, after).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(page) => {
                    let _ = more.try_set(page.len() >= TIMELINE_PAGE as usize);
                    let _ = events.try_update(|events| events.extend(page));
                }
                Err(error) => {
                    let _ = failed.try_set(Some(error));
                }
            }
        });
    };
    let days = move || {
        let today = Day::of(clock.now(), format.zone);
        events
            .with(|events| by_day(events, format))
            .into_iter()
            .map(move |(day, events)| {
                let name = match today.0 - day.0 {
                    0 => format!("{} · {}", t.sim().today, format.weekday(day)),
                    1 => format!("{} · {}", t.sim().yesterday, format.weekday(day)),
                    _ => format.long_day(day),
                };
                let lines = events.into_iter().map(|event| {
                    let at = event.at;
                    view! { <EventLine event><span>{format.time(at)}</span></EventLine> }
                });
                view! {
                    <section class="event-day">
                        <h3>{name}</h3>
                        <ol class="events">{lines.collect_view()}</ol>
                    </section>
                }
            })
            .collect_view()
    };
    view! {
        <div class="card-body timeline">{days}</div>
        <div class="card-body more">
            {move || failed.get().map(|error| view! { <span class="field-error">{t.error(&error)}</span> })}
            {move || {
                if more.get() {
                    view! {
                        <button type="button" class="button" prop:disabled=busy on:click=load>{t.sim().more}</button>
                    }
                        .into_any()
                } else {
                    view! { <span class="muted">{t.sim().all_shown}</span> }.into_any()
                }
            }}
        </div>
    }
}

#[component]
pub fn EventLine(event: TimelineEvent, children: Children) -> impl IntoView {
    let format = use_format();
    let t = format.t;
    let (icon, tone) = look(event.kind);
    let detail = detail(&event, t);
    view! {
        <li class=format!("event {tone}")>
            <span class="event-icon"><Icon name=icon/></span>
            <span class="event-word">{t.event(event.kind)}</span>
            <span class="event-time muted">{children()}</span>
            {detail.map(|detail| view! { <span class="event-detail muted">{detail}</span> })}
        </li>
    }
}

/// Symbol, and class of the style sheet.
fn look(kind: EventKind) -> (&'static str, &'static str) {
    match kind {
        EventKind::SessionStarted => ("session", "good"),
        EventKind::Confirmed | EventKind::Reopened => ("session", "good"),
        EventKind::SessionEnded => ("session-end", "idle"),
        EventKind::StaleClosed => ("session-end", "warn"),
        EventKind::Unconfirmed => ("clock", "warn"),
        EventKind::NetworkChanged => ("tower", "info"),
        EventKind::RatChanged => ("signal", "info"),
        EventKind::DeviceChanged => ("device", "bad"),
        EventKind::SoftwareChanged => ("device", "info"),
        EventKind::GatewayRestarted => ("gateway", "warn"),
        EventKind::CounterReset | EventKind::ImplausibleRate | EventKind::IdentityConflict => {
            ("warning", "warn")
        }
        EventKind::Adopted => ("sim", "info"),
    }
}

/// `from → to`, in words where they are codes.
fn detail(event: &TimelineEvent, t: &Texts) -> Option<String> {
    let word = |text: &String| t.event_value(event.kind, text);
    match (event.from.as_ref().map(word), event.to.as_ref().map(word)) {
        (Some(from), Some(to)) => Some(format!("{from} → {to}")),
        (one, None) | (None, one) => one,
    }
}

fn by_day(events: &[TimelineEvent], format: Format) -> Vec<(Day, Vec<TimelineEvent>)> {
    let mut days: Vec<(Day, Vec<TimelineEvent>)> = Vec::new();
    for event in events {
        let day = Day::of(event.at, format.zone);
        match days.last_mut() {
            Some((last, events)) if *last == day => events.push(event.clone()),
            _ => days.push((day, vec![event.clone()])),
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{Lang, texts_in};
    use opencmp_domain::{Timestamp, time::DEFAULT_ZONE};

    fn event(secs: i64, kind: EventKind, from: &str, to: &str) -> TimelineEvent {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        TimelineEvent {
            at: Timestamp::from_secs(secs),
            sim: SimId(1),
            msisdn: None,
            name: None,
            kind,
            from: text(from),
            to: text(to),
        }
    }

    #[test]
    fn days_are_those_of_the_zone() {
        let format = Format { t: texts_in(Lang::ZhTw), zone: DEFAULT_ZONE };
        // 2021-02-24 00:10 and 2021-02-23 23:50 in Taipei: the same day in UTC.
        let events = [1_614_096_600, 1_614_095_400].map(|secs| event(secs, EventKind::Confirmed, "", ""));
        let days: Vec<String> = by_day(&events, format).iter().map(|(day, _)| day.to_string()).collect();
        assert_eq!(days, ["2021-02-24", "2021-02-23"]);
    }

    #[test]
    fn codes_are_put_into_words() {
        let t = texts_in(Lang::En);
        assert_eq!(detail(&event(0, EventKind::RatChanged, "6", "8"), t).unwrap(), "LTE → NB-IoT");
        assert_eq!(
            detail(&event(0, EventKind::SessionEnded, "", "Lost-Carrier"), t).unwrap(),
            "Lost carrier"
        );
        assert_eq!(detail(&event(0, EventKind::Confirmed, "", ""), t), None);
    }
}
