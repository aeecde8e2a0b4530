//! The history's lines, page after page below each other; which of them are chosen.

use super::{Reader, handle::HandleForm};
use crate::{
    api::{
        ApiError,
        alerts::{self as api, AlertAsk, Alerts},
    },
    components::{Dialog, Icon, Notice, When},
    dom,
    format::{self, Format, use_format},
    i18n::{alert::Saying, use_texts},
};
use leptos::{prelude::*, task::spawn_local};
use opencmp_domain::{
    AlertId,
    alert::{AlertChoice, AlertCursor, AlertLine, AlertQuery, Handling, Level},
};
use std::{collections::HashSet, sync::Arc};

/// A line on the screen. What people do about it changes; the rest doesn't.
#[derive(Clone)]
pub struct Row {
    pub line: Arc<AlertLine>,
    pub message: String,
    pub handling: ArcRwSignal<Handling>,
}

impl Row {
    fn all(alerts: Alerts, format: Format) -> Vec<Self> {
        let saying = Saying { format, networks: &alerts.networks };
        let row = |line: AlertLine| Self {
            message: saying.message(&line),
            handling: ArcRwSignal::new(line.handling.clone()),
            line: Arc::new(line),
        };
        alerts.page.lines.into_iter().map(row).collect()
    }

    /// As it is now.
    fn now(&self) -> AlertLine {
        AlertLine { handling: self.handling.get(), ..AlertLine::clone(&self.line) }
    }

    /// Whose it is and what: for labels.
    fn label(&self, format: Format) -> String {
        let number = self.line.msisdn.map(|number| number.national()).unwrap_or_default();
        let kind = format.t.alert().kind(self.line.kind);
        format!("{kind} {number} {}", format.date_time(self.line.began_at))
    }
}

/// What is on the screen, copied freely.
#[derive(Clone, Copy)]
pub struct ListState {
    query: StoredValue<AlertQuery>,
    pub reader: StoredValue<Reader>,
    pub rows: RwSignal<Vec<Row>>,
    next: RwSignal<Option<AlertCursor>>,
    chosen: RwSignal<HashSet<AlertId>>,
    /// Everything that is found.
    all: RwSignal<bool>,
    /// One that is handled by itself, beside those chosen.
    pub one: RwSignal<Option<AlertId>>,
    pub handling: RwSignal<bool>,
}

impl ListState {
    pub fn new(query: AlertQuery, first: Alerts, format: Format, reader: &Reader) -> Self {
        Self {
            query: StoredValue::new(query),
            reader: StoredValue::new(reader.clone()),
            next: RwSignal::new(first.page.next),
            rows: RwSignal::new(Row::all(first, format)),
            chosen: RwSignal::default(),
            all: RwSignal::new(false),
            one: RwSignal::new(None),
            handling: RwSignal::new(false),
        }
    }

    fn holds(self, id: AlertId) -> bool {
        self.all.get() || self.chosen.with(|chosen| chosen.contains(&id))
    }

    fn shown(self) -> HashSet<AlertId> {
        self.rows.with(|rows| rows.iter().map(|row| row.line.id).collect())
    }

    /// Everything becomes what is shown, before one of it is taken out.
    fn settle(self) {
        if self.all.get_untracked() {
            self.all.set(false);
            self.chosen.set(untrack(|| self.shown()));
        }
    }

    fn toggle(self, id: AlertId) {
        self.settle();
        self.chosen.update(|chosen| {
            if !chosen.remove(&id) {
                chosen.insert(id);
            }
        });
    }

    fn has_shown(self) -> bool {
        self.all.get()
            || self.rows.with(|rows| !rows.is_empty() && rows.iter().all(|row| self.holds(row.line.id)))
    }

    fn toggle_shown(self) {
        let has = untrack(|| self.has_shown());
        self.all.set(false);
        self.chosen.set(if has { HashSet::new() } else { untrack(|| self.shown()) });
    }

    pub fn clear(self) {
        self.all.set(false);
        self.chosen.set(HashSet::new());
    }

    /// How many are chosen; `None`: everything that is found.
    pub fn count(self) -> Option<usize> {
        if self.all.get() { None } else { Some(self.chosen.with(HashSet::len)) }
    }

    pub fn choice(self) -> AlertChoice {
        if let Some(id) = self.one.get_untracked() {
            return AlertChoice::These(vec![id]);
        }
        if self.all.get_untracked() {
            return AlertChoice::Matching(self.query.get_value());
        }
        let mut ids: Vec<AlertId> = self.chosen.with_untracked(|chosen| chosen.iter().copied().collect());
        ids.sort_unstable();
        AlertChoice::These(ids)
    }

    /// The rows that a choice is about.
    pub fn rows_of(self, choice: &AlertChoice) -> Vec<Row> {
        self.rows.with_untracked(|rows| match choice {
            AlertChoice::Matching(_) => rows.clone(),
            AlertChoice::These(ids) => {
                rows.iter().filter(|row| ids.contains(&row.line.id)).cloned().collect()
            }
        })
    }

    fn handle(self, one: Option<AlertId>) {
        self.one.set(one);
        self.handling.set(true);
    }
}

#[component]
pub fn List(list: ListState, asked: AlertAsk) -> impl IntoView {
    let t = use_texts().alerts();
    let handles = list.reader.with_value(|reader| reader.handles);
    let empty = list.rows.with_untracked(Vec::is_empty);
    view! {
        {handles.then(|| view! { <SelectionBar list/> }.into_any())}
        <section class="card">
            {(!dom::is_framed()).then(|| view! { <Export asked/> }.into_any())}
            {if empty {
                view! { <Notice icon="bell" title=t.none text=t.none_hint/> }.into_any()
            } else {
                view! { <Table list handles/> }.into_any()
            }}
            <More list/>
        </section>
        <Dialog open=list.handling title=t.handle_title>
            <HandleForm list/>
        </Dialog>
    }
}

/// 匯出Excel檔: everything that is found.
#[component]
fn Export(asked: AlertAsk) -> impl IntoView {
    let t = use_texts().alerts();
    let pairs = asked.to_pairs();
    let (xlsx, csv) = (dom::url("/download/alerts.xlsx", &pairs), dom::url("/download/alerts.csv", &pairs));
    view! {
        <div class="card-head">
            <h2>{t.history_list}</h2>
            <div class="end button-row">
                <a class="button small" href=xlsx download="" rel="external">
                    <Icon name="download"/>
                    {t.export_xlsx}
                </a>
                <a class="button small" href=csv download="" rel="external">{t.export_csv}</a>
            </div>
        </div>
    }
}

#[component]
fn Table(list: ListState, handles: bool) -> impl IntoView {
    let t = use_texts().alerts();
    let heads = [t.handling, t.msisdn, t.device, t.alert_kind, t.level, t.message, t.began, t.end, t.note];
    let heads: Vec<_> =
        heads.into_iter().map(|name| view! { <th scope="col">{name}</th> }.into_any()).collect();
    view! {
        <div class="table-wrap flat alerts-table" tabindex="0" role="region" aria-label=t.history_list>
            <table class="table alerts" aria-label=t.history_list>
                <thead>
                    <tr>
                        {handles
                            .then(|| {
                                view! {
                                    <th scope="col">
                                        <input
                                            type="checkbox"
                                            class="row-check"
                                            aria-label=t.choose_page
                                            prop:checked=move || list.has_shown()
                                            on:change=move |_| list.toggle_shown()
                                        />
                                    </th>
                                }
                                    .into_any()
                            })} {heads}
                    </tr>
                </thead>
                <tbody>
                    <For each=move || list.rows.get() key=|row| row.line.id let:row>
                        <Line row list handles/>
                    </For>
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn Line(row: Row, list: ListState, handles: bool) -> impl IntoView {
    let format = use_format();
    let (t, words) = (format.t.alerts(), format.t.alert());
    let line = row.line.clone();
    let label = row.label(format);
    let id = line.id;
    let check = handles.then(|| {
        view! {
            <td class="c-check">
                <input
                    type="checkbox"
                    class="row-check"
                    aria-label=(t.choose)(&label)
                    prop:checked=move || list.holds(id)
                    on:change=move |_| list.toggle(id)
                />
            </td>
        }
        .into_any()
    });
    let handling = row.handling.clone();
    let done = Memo::new(move |_| handling.get().is_done());
    let word = move || if done.get() { t.done } else { t.undone };
    let state = match handles {
        true => view! {
            <button
                type="button"
                class="button small"
                class:waiting=move || !done.get()
                aria-label={
                    let label = label.clone();
                    move || format!("{} {}", word(), (t.handle_one)(&label))
                }
                on:click=move |_| list.handle(Some(id))
            >
                {word}
            </button>
        }
        .into_any(),
        false => view! { <span class=move || if done.get() { "badge" } else { "badge warn" }>{word}</span> }
            .into_any(),
    };
    let note = {
        let row = row.clone();
        move || Saying { format, networks: &[] }.note(&row.now())
    };
    view! {
        <tr>
            {check}
            <td class="c-state">{state}</td>
            <th scope="row" class="c-subject">{subject(&line)}</th>
            <td class="wrap c-name">{line.name.clone()}</td>
            <td class="c-kind">{kind_link(&line, words.kind(line.kind), (t.open_one)(&label))}</td>
            <td class="c-level"><LevelBadge level=line.level/></td>
            <td class="wrap c-message">{row.message.clone()}</td>
            <td class="c-began">{format.date_time(line.began_at)}</td>
            <td class="c-ended">{ended(&line, format)}</td>
            <td class="wrap c-note">{note}</td>
        </tr>
    }
}

/// The SIM's number, which leads to its page; the group, where the alert is of one.
pub fn subject(line: &AlertLine) -> AnyView {
    match line.sim {
        Some(sim) => {
            let number = line.msisdn.map_or_else(|| format!("#{sim}"), |number| number.national());
            view! { <a href=dom::at(&format!("/sims/{sim}"))>{number}</a> }.into_any()
        }
        None => line.group_name.clone().unwrap_or_else(|| "–".to_owned()).into_any(),
    }
}

/// To the incident's page; a portal's frame has none.
pub fn kind_link(line: &AlertLine, kind: &'static str, label: String) -> AnyView {
    if dom::is_framed() {
        return kind.into_any();
    }
    view! { <a href=format!("/alerts/{}", line.id) aria-label=label>{kind}</a> }.into_any()
}

/// When it was over; that it goes on.
pub fn ended(line: &AlertLine, format: Format) -> AnyView {
    match line.ended_at {
        Some(at) => format.date_time(at).into_any(),
        None => view! { <span class="badge warn">{format.t.alerts().goes_on}</span> }.into_any(),
    }
}

#[component]
pub fn LevelBadge(level: Level) -> impl IntoView {
    let tone = match level {
        Level::Normal => "badge",
        Level::Abnormal => "badge warn",
        Level::Critical => "badge bad",
    };
    view! { <span class=tone>{use_texts().alert().level(level)}</span> }
}

/// How many are on the screen, and the way to older ones.
#[component]
fn More(list: ListState) -> impl IntoView {
    let format = use_format();
    let t = format.t.alerts();
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<ApiError>));
    let load = move |cursor: AlertCursor| {
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let answer = api::alerts(list.query.get_value(), Some(cursor)).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(alerts) => {
                    let _ = list.next.try_set(alerts.page.next);
                    let _ = list.rows.try_update(|rows| rows.extend(Row::all(alerts, format)));
                }
                Err(error) => _ = failed.try_set(Some(error)),
            }
        });
    };
    view! {
        <div class="card-body more">
            <span class="muted" role="status">
                {move || (t.shown)(&format::thousands(list.rows.with(Vec::len) as u64))}
            </span>
            {move || failed.get().map(|error| view! { <span class="field-error">{format.t.error(&error)}</span> }.into_any())}
            {move || match list.next.get() {
                Some(cursor) => {
                    view! {
                        <button type="button" class="button" prop:disabled=busy on:click=move |_| load(cursor)>
                            {t.more}
                        </button>
                    }
                        .into_any()
                }
                None => view! { <span class="muted">{t.all_shown}</span> }.into_any(),
            }}
        </div>
    }
}

/// How many are chosen, and what can be done with them.
#[component]
fn SelectionBar(list: ListState) -> impl IntoView {
    let t = use_texts().alerts();
    let said = move || match list.count() {
        None => t.chosen_all.to_owned(),
        Some(count) => (t.chosen)(&format::thousands(count as u64)),
    };
    let any = Signal::derive(move || list.count() != Some(0));
    let more =
        Signal::derive(move || list.count().is_some() && list.has_shown() && list.next.with(Option::is_some));
    view! {
        <When holds=any>
            <div class="banner selection-bar" role="group" aria-label=said>
                <strong aria-live="polite">{said}</strong>
                <When holds=more>
                    <button type="button" class="link-button" on:click=move |_| list.all.set(true)>
                        {t.choose_all}
                    </button>
                </When>
                <span class="end button-row">
                    <button type="button" class="button small" on:click=move |_| list.handle(None)>
                        <Icon name="check"/>
                        {t.handle}
                    </button>
                    <button type="button" class="button quiet small" on:click=move |_| list.clear()>
                        {t.choose_none}
                    </button>
                </span>
            </div>
        </When>
    }
}
