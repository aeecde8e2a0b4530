//! The session history: as long as it is kept, filtered, page after page below each other, and as a file.

use super::{
    filtered::{CsvLink, changing},
    sessions_now::{cell_text, gateway, length, network, notes},
};
use crate::{
    api::{self, ApiError},
    clock::use_clock,
    components::{DayFilter, ErrorNotice, Icon, Notice, SkeletonRows},
    dom,
    format::{self, use_format},
    i18n::use_texts,
    json::fetched,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_query_map;
use opencmp_domain::{
    Day, SimId, Tz,
    session::{SessionCursor, SessionFilter, SessionPage, SessionRow, flags},
};

/// The filter as its address says it: `?tab=sessions&show=open&from=2026-11-01&until=2026-11-23`.
#[derive(Clone, Debug, Default, PartialEq)]
struct Asked {
    open: Option<bool>,
    from: Option<Day>,
    /// Included.
    until: Option<Day>,
}

impl Asked {
    fn of(get: impl Fn(&str) -> Option<String>) -> Self {
        let day = |name: &str| get(name).and_then(|text| text.parse().ok());
        let open = match get("show").as_deref() {
            Some("open") => Some(true),
            Some("ended") => Some(false),
            _ => None,
        };
        Self { open, from: day("from"), until: day("until") }
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let show = self.open.map(|open| if open { "open" } else { "ended" }.to_owned());
        [("show", show), ("from", self.from.map(format::day)), ("until", self.until.map(format::day))]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }

    fn filter(&self, zone: Tz) -> SessionFilter {
        SessionFilter {
            open: self.open,
            from: self.from.map(|day| day.start(zone)),
            until: self.until.map(|day| day.next().start(zone)),
        }
    }
}

#[component]
pub fn History(id: SimId) -> impl IntoView {
    let format = use_format();
    let t = format.t;
    let map = use_query_map();
    let asked = Memo::new(move |_| map.with(|map| Asked::of(|name| map.get(name))));
    let first =
        fetched(move || asked.get(), move |asked| api::sim_sessions(id, asked.filter(format.zone), None));
    let csv = move || {
        let asked = asked.get();
        let mut pairs = vec![("sim", id.to_string())];
        pairs.extend(asked.open.map(|open| ("open", u8::from(open).to_string())));
        pairs.extend(Asked { open: None, ..asked }.pairs());
        dom::url("/download/sessions.csv", &pairs)
    };
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.sim().sessions}</h2>
                <Filters id asked/>
                <CsvLink href=csv/>
            </div>
            <Transition fallback=|| view! { <SkeletonRows rows=10/> }>
                {move || Suspend::new(async move {
                    match first.await {
                        Ok(page) => {
                            let filter = asked.get_untracked().filter(format.zone);
                            view! { <Sessions id filter page/> }.into_any()
                        }
                        Err(error) => view! { <ErrorNotice error retry=move || first.refetch()/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Filters(id: SimId, asked: Memo<Asked>) -> impl IntoView {
    let t = use_texts().sim();
    let go = changing(id, "sessions", asked, Asked::pairs);
    let choice = move |open: Option<bool>, label: &'static str| {
        view! {
            <label>
                <input
                    type="radio"
                    name="show"
                    prop:checked=move || asked.get().open == open
                    on:change=move |_| go(&move |asked| asked.open = open)
                />
                {label}
            </label>
        }
    };
    view! {
        <div class="segments" role="radiogroup" aria-label=t.filter>
            {choice(None, t.filter_all)} {choice(Some(true), t.filter_open)} {choice(Some(false), t.filter_ended)}
        </div>
        <DayFilter label=t.from day=move || asked.get().from on_choose=move |day| go(&move |asked| asked.from = day)/>
        <DayFilter label=t.until day=move || asked.get().until on_choose=move |day| go(&move |asked| asked.until = day)/>
    }
}

#[component]
fn Sessions(id: SimId, filter: SessionFilter, page: SessionPage) -> impl IntoView {
    let t = use_texts();
    if page.sessions.is_empty() {
        return view! { <Notice icon="session" title=t.sim().sessions_none text=t.sim().sessions_none_text/> }
            .into_any();
    }
    let sessions = RwSignal::new(page.sessions);
    let next = RwSignal::new(page.next);
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<ApiError>);
    let more = move |cursor: SessionCursor| {
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let answer = api::sim_sessions(id, filter, Some(cursor)).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(page) => {
                    let _ = sessions.try_update(|sessions| sessions.extend(page.sessions));
                    let _ = next.try_set(page.next);
                }
                Err(error) => {
                    let _ = failed.try_set(Some(error));
                }
            }
        });
    };
    let head = [
        t.sim().started,
        t.sim().ended,
        t.sim().duration,
        t.sim().uplink,
        t.sim().downlink,
        t.sim().network,
        t.sim().rat,
        t.sim().cell,
        t.sim().session_apn,
        t.sim().ip,
        t.sim().gateway,
        t.sim().cause,
    ];
    view! {
        <div class="table-wrap flat" tabindex="0" role="region" aria-label=t.sim().sessions>
            <table class="table history">
                <thead>
                    <tr>
                        {head
                            .into_iter()
                            .map(|name| {
                                let number = name == t.sim().uplink || name == t.sim().downlink;
                                view! { <th scope="col" class=number.then_some("num")>{name}</th> }
                            })
                            .collect_view()}
                    </tr>
                </thead>
                <tbody>
                    <For each=move || sessions.get() key=|session| session.id let:session>
                        <Line session/>
                    </For>
                </tbody>
            </table>
        </div>
        <div class="card-body more">
            <span class="muted" role="status">
                {move || (t.sim().shown)(&format::thousands(sessions.with(Vec::len) as u64))}
            </span>
            {move || failed.get().map(|error| view! { <span class="field-error">{t.error(&error)}</span> })}
            {move || match next.get() {
                Some(cursor) => {
                    view! {
                        <button type="button" class="button" prop:disabled=busy on:click=move |_| more(cursor)>
                            {t.sim().more}
                        </button>
                    }
                        .into_any()
                }
                None => view! { <span class="muted">{t.sim().all_shown}</span> }.into_any(),
            }}
        </div>
    }
    .into_any()
}

#[component]
fn Line(session: SessionRow) -> impl IntoView {
    let format = use_format();
    let t = format.t;
    let clock = use_clock();
    let ended = match session.ended_at {
        Some(at) => view! { {format.date_time(at)} }.into_any(),
        None => view! { <span class="badge good">{t.sim().open}</span> }.into_any(),
    };
    let estimated = (session.flags & flags::ESTIMATED_END != 0)
        .then(|| view! { <span class="badge plain">{t.sim().estimated}</span> });
    let notes = notes(session.flags, t);
    let odd = notes.is_some();
    let code = network(&session);
    let network = session.network.clone().or_else(|| code.clone());
    let row = session.clone();
    view! {
        <tr title=notes>
            <th scope="row">
                {format.date_time(session.started_at)} {odd.then(|| view! { " "<Icon name="info"/> })}
            </th>
            <td>{ended} " " {estimated}</td>
            <td>{move || length(&row, clock.now(), format)}</td>
            <td class="num" title=format.octets(session.uplink)>{format.bytes(session.uplink)}</td>
            <td class="num" title=format.octets(session.downlink)>{format.bytes(session.downlink)}</td>
            <td title=code>{network}</td>
            <td>{session.rat.map(|rat| rat.name())}</td>
            <td class="mono">{session.cell.map(cell_text)}</td>
            <td>{session.apn.map(|apn| apn.to_string())}</td>
            <td class="mono">{session.ipv4.or(session.ipv6_prefix)}</td>
            <td>{gateway(session.nas, session.node)}</td>
            <td>{session.end_cause.map(|cause| t.end_cause(cause))}</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::time::DEFAULT_ZONE;

    #[test]
    fn the_last_day_is_included() {
        let asked =
            Asked { from: "2026-11-01".parse().ok(), until: "2026-11-02".parse().ok(), open: Some(false) };
        let pairs = asked.pairs();
        let read = Asked::of(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone()));
        assert_eq!(read, asked);
        let filter = asked.filter(DEFAULT_ZONE);
        assert_eq!(filter.until.unwrap().secs_since(filter.from.unwrap()), 2 * 86_400);
    }
}
