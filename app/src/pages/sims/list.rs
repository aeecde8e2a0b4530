//! What is on the screen: rows as loaded, their live parts, counts. The order of rows never changes under the reader's
//! eyes; when it would be another by now, a line below says so.

use super::{address::Asked, selection::Selection};
use crate::{
    api::{self, ApiError, SimListing},
    components::{Icon, When},
    i18n::use_texts,
    live,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use opencmp_domain::{
    Imei, Plmn, ServiceState, SimId,
    dashboard::FleetCounts,
    live::{LiveRow, LiveUpdate, Watch},
    query::{SimColumn, SimQuery, StateFilter},
    sim::{SimLive, SimRow},
};
use std::{collections::HashMap, sync::Arc};

/// Fetches what the address asks for; an address that can't be read is answered without asking.
pub async fn load(asked: Asked) -> Result<SimListing, ApiError> {
    match asked.query {
        Ok(query) => api::sim_list(query).await,
        Err(message) => {
            let (field, message) = message.split_once(": ").unwrap_or(("", &message));
            Err(ApiError::Invalid { field: field.to_owned(), message: message.to_owned() })
        }
    }
}

/// A row on the screen.
#[derive(Clone)]
pub struct Row {
    pub fixed: Arc<SimRow>,
    pub live: ArcRwSignal<LiveCells>,
}

/// The part of a row that moves, and which of its columns moved last.
#[derive(Clone, PartialEq)]
pub struct LiveCells {
    pub imei: Option<Imei>,
    pub service_state: ServiceState,
    pub live: SimLive,
    /// A bit per column ([`column_bit`]).
    changed: u32,
    /// Turns with every change, so that the highlight begins anew.
    beat: bool,
}

impl LiveCells {
    pub fn highlight(&self, column: SimColumn) -> &'static str {
        match (self.changed & column_bit(column) != 0, self.beat) {
            (false, _) => "",
            (true, false) => "flash-a",
            (true, true) => "flash-b",
        }
    }
}

const fn column_bit(column: SimColumn) -> u32 {
    1 << column.code()
}

impl Row {
    fn new(row: SimRow) -> Self {
        let live = LiveCells {
            imei: row.imei,
            service_state: row.service_state,
            live: row.live.clone(),
            changed: 0,
            beat: false,
        };
        Self { fixed: Arc::new(row), live: ArcRwSignal::new(live) }
    }

    /// Takes the news; answers the columns that changed.
    fn update(&self, news: LiveRow) -> u32 {
        let changed = self.live.with_untracked(|old| changes(old, &news));
        if changed != 0 {
            self.live.update(|cells| {
                *cells = LiveCells {
                    imei: news.imei,
                    service_state: news.service_state,
                    live: news.live,
                    changed,
                    beat: !cells.beat,
                };
            });
        }
        changed
    }
}

fn changes(old: &LiveCells, news: &LiveRow) -> u32 {
    let (was, is) = (&old.live, &news.live);
    let connection = was.connection != is.connection || was.last_message != is.last_message;
    [
        (SimColumn::Imei, old.imei != news.imei),
        (SimColumn::ServiceState, old.service_state != news.service_state),
        (SimColumn::UsageToday, was.usage_today != is.usage_today),
        (SimColumn::UsageCycle, was.usage_cycle != is.usage_cycle),
        (SimColumn::Connection, connection),
        (SimColumn::Apn, was.apn != is.apn),
        (SimColumn::LastAccess, was.last_access_at != is.last_access_at),
        (SimColumn::Rat, was.rat != is.rat),
        (SimColumn::Network, was.plmn != is.plmn),
    ]
    .into_iter()
    .filter(|(_, changed)| *changed)
    .fold(0, |bits, (column, _)| bits | column_bit(column))
}

/// All of it, copied freely.
#[derive(Clone, Copy)]
pub struct ListState {
    pub asked: Memo<Asked>,
    pub rows: RwSignal<Vec<Row>>,
    pub counts: RwSignal<FleetCounts>,
    pub total: RwSignal<u64>,
    pub unmatched: RwSignal<(Vec<String>, u64)>,
    pub networks: RwSignal<HashMap<Plmn, String>>,
    pub error: RwSignal<Option<ApiError>>,
    pub loading: RwSignal<bool>,
    /// Order or matches would be different by now.
    pub moved_on: RwSignal<bool>,
    /// The query that the rows answer; the address may be ahead of it.
    pub shown: RwSignal<SimQuery>,
    pub selection: Selection,
    /// Counts requests: an answer to an older one is dropped.
    turn: StoredValue<u32>,
}

impl ListState {
    pub fn new(asked: Memo<Asked>, first: Result<SimListing, ApiError>, selection: Selection) -> Self {
        let list = Self {
            asked,
            rows: RwSignal::default(),
            counts: RwSignal::default(),
            total: RwSignal::default(),
            unmatched: RwSignal::default(),
            networks: RwSignal::default(),
            error: RwSignal::default(),
            loading: RwSignal::default(),
            moved_on: RwSignal::default(),
            shown: RwSignal::default(),
            selection,
            turn: StoredValue::default(),
        };
        list.show(asked.get_untracked().query(), first);
        list
    }

    /// Follows the address and the live stream, in the browser.
    pub fn follow(self) {
        Effect::new(move |before: Option<Result<SimQuery, String>>| {
            let query = self.asked.with(|asked| asked.query.clone());
            if before.is_some_and(|before| before != query) {
                self.reload();
            }
            query
        });
        // The live counts are those of a group; a search has its own, which only a fresh page brings.
        let watch = Memo::new(move |_| {
            let (group, searching) =
                self.shown.with(|query| (query.group, !query.text.is_empty() || query.list.is_some()));
            let mut sims: Vec<SimId> = self.rows.with(|rows| rows.iter().map(|row| row.fixed.id).collect());
            sims.truncate(Watch::MOST_SIMS);
            Some(Watch { sims, group, counts: !searching, ..Watch::default() })
        });
        live::subscribe(watch.into(), move |update| self.update(update));
    }

    pub fn reload(self) {
        // Who undoes something may have left the list meanwhile.
        let turn = self.turn.try_update_value(|turn| {
            *turn += 1;
            *turn
        });
        let Some(turn) = turn else { return };
        let asked = self.asked.get_untracked();
        self.loading.set(true);
        spawn_local(async move {
            let query = asked.query();
            let answer = load(asked).await;
            if self.turn.try_get_value() == Some(turn) {
                self.loading.set(false);
                self.show(query, answer);
            }
        });
    }

    fn show(self, query: SimQuery, answer: Result<SimListing, ApiError>) {
        let (page, networks) = match answer {
            Ok(SimListing { page, networks }) => (page, networks),
            Err(error) => {
                // Out of reach for the moment: what was on the screen stays, with a line that says so.
                if !error.is_passing() {
                    self.rows.set(Vec::new());
                }
                return self.error.set(Some(error));
            }
        };
        self.error.set(None);
        self.moved_on.set(false);
        self.networks.set(networks.into_iter().collect());
        self.counts.set(page.counts);
        self.total.set(page.total);
        self.unmatched.set((page.unmatched, page.unmatched_total));
        self.shown.with_untracked(|before| self.selection.follow(before, &query));
        self.shown.set(query);
        self.rows.set(page.rows.into_iter().map(Row::new).collect());
    }

    fn update(self, update: LiveUpdate) {
        if let Some(counts) = update.counts {
            self.counts.set(counts);
        }
        if update.rows.is_empty() {
            return;
        }
        let mut news: HashMap<SimId, LiveRow> = update.rows.into_iter().map(|row| (row.id, row)).collect();
        let changed = self.rows.with_untracked(|rows| {
            let taken = rows.iter().filter_map(|row| Some(row.update(news.remove(&row.fixed.id)?)));
            taken.fold(0, |all, changed| all | changed)
        });
        if changed != 0 && !self.moved_on.get_untracked() {
            let stale = self.shown.with_untracked(|query| {
                let sorted = changed & column_bit(query.sort.column) != 0 && !self.is_in_order(query);
                sorted || !self.still_matches(query.state)
            });
            if stale {
                self.moved_on.set(true);
            }
        }
    }

    /// Whether neighbours are still in the order asked for. Columns of text change too rarely to matter.
    fn is_in_order(self, query: &SimQuery) -> bool {
        let key = |row: &Row| {
            row.live.with_untracked(|cells| match query.sort.column {
                SimColumn::UsageToday => cells.live.usage_today.octets() as i64,
                SimColumn::UsageCycle => cells.live.usage_cycle.octets() as i64,
                SimColumn::LastAccess => cells.live.last_access_at.map_or(0, |at| at.0),
                SimColumn::Connection => i64::from(cells.live.connection.code()),
                SimColumn::ServiceState => i64::from(cells.service_state.code()),
                _ => 0,
            })
        };
        self.rows.with_untracked(|rows| {
            rows.windows(2).all(|pair| match pair {
                [a, b] if query.sort.descending => key(a) >= key(b),
                [a, b] => key(a) <= key(b),
                _ => true,
            })
        })
    }

    fn still_matches(self, state: StateFilter) -> bool {
        self.rows.with_untracked(|rows| {
            rows.iter().all(|row| {
                row.live.with_untracked(|cells| match state {
                    StateFilter::All => true,
                    StateFilter::Service(wanted) => cells.service_state == wanted,
                    StateFilter::Connection(wanted) => cells.live.connection == wanted,
                })
            })
        })
    }

    pub fn network_name(self, plmn: Plmn) -> String {
        self.networks.with(|names| names.get(&plmn).cloned()).unwrap_or_else(|| plmn.to_string())
    }
}

/// Lines above the table: that the server can't be reached, and a pasted list.
#[component]
pub fn Banners(list: ListState) -> impl IntoView {
    let t = use_texts().sims;
    let listed =
        move || list.asked.with(|asked| asked.query.as_ref().is_ok_and(|query| query.list.is_some()));
    let leave = move || list.asked.with(|asked| asked.with(|query| query.list = None));
    let count = crate::format::thousands;
    let texts = use_texts();
    let failed = move || list.error.get().filter(|_| list.rows.with(|rows| !rows.is_empty()));
    view! {
        {move || {
            failed()
                .map(|error| {
                    view! {
                        <div class="banner bad" role="alert">
                            <Icon name="offline"/>
                            <span>{texts.error(&error)}</span>
                            <button type="button" class="link-button end" on:click=move |_| list.reload()>
                                {texts.shell.retry}
                            </button>
                        </div>
                    }.into_any()
                })
        }}
        <When holds=Signal::derive(listed)>
            <div class="banner">
                <Icon name="paste"/>
                <span>{move || (t.listed)(&count(list.total.get()))}</span>
                {move || {
                    let (lines, total) = list.unmatched.get();
                    (total > 0)
                        .then(|| {
                            let cut = (total > lines.len() as u64)
                                .then(|| (t.unmatched_first)(&count(lines.len() as u64)));
                            view! {
                                <details>
                                    <summary>{(t.unmatched)(&count(total))} {cut.map(|cut| format!(" · {cut}"))}</summary>
                                    <p class="mono unmatched">{lines.join("  ")}</p>
                                </details>
                            }.into_any()
                        })
                }}
                <a class="end" href=leave>{t.list_leave}</a>
            </div>
        </When>
    }
}

/// That the order has changed. It comes by itself while someone reads, so it stands below the rows: they stay where they
/// are.
#[component]
pub fn OrderChanged(list: ListState) -> impl IntoView {
    let t = use_texts().sims;
    view! {
        <When holds=list.moved_on>
            <div class="banner" role="status">
                <Icon name="refresh"/>
                <span>{t.order_changed}</span>
                <button type="button" class="link-button end" on:click=move |_| list.reload()>
                    {t.order_refresh}
                </button>
            </div>
        </When>
    }
}

/// Goes to another state of the list without a jump.
pub fn use_go() -> impl Fn(String) + Copy + 'static {
    let navigate = StoredValue::new(use_navigate());
    move |address: String| {
        let options = leptos_router::NavigateOptions { scroll: false, ..Default::default() };
        navigate.with_value(|navigate| navigate(&address, options));
    }
}
