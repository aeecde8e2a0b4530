//! Which SIMs of the list are chosen, and the bar that says so. What is done with them is [`super::bulk`].

use super::list::{ListState, Row};
use crate::{
    components::{Dialog, Icon, When},
    format::thousands,
    i18n::use_texts,
    tools::{Tool, tool, use_tools},
};
use leptos::prelude::*;
use opencmp_domain::{
    SimId,
    group::SimChoice,
    query::{SimQuery, Sort},
};
use std::collections::HashSet;

/// Kept while one turns pages and sorts; another filter begins anew.
#[derive(Clone, Copy)]
pub struct Selection {
    /// Who looks may change SIMs here.
    pub offered: bool,
    sims: RwSignal<HashSet<SimId>>,
    /// Everything that the filter finds.
    all: RwSignal<bool>,
}

impl Selection {
    pub fn new(offered: bool) -> Self {
        Self { offered, sims: RwSignal::default(), all: RwSignal::new(false) }
    }

    pub fn holds(self, sim: SimId) -> bool {
        self.all.get() || self.sims.with(|sims| sims.contains(&sim))
    }

    pub fn toggle(self, list: ListState, sim: SimId) {
        self.settle(list);
        self.sims.update(|sims| {
            if !sims.remove(&sim) {
                sims.insert(sim);
            }
        });
    }

    pub fn clear(self) {
        self.all.set(false);
        self.sims.set(HashSet::new());
    }

    /// Another filter than before begins anew.
    pub fn follow(self, before: &SimQuery, now: &SimQuery) {
        if filter_of(before) != filter_of(now) {
            self.clear();
        }
    }

    /// Everything becomes what is on the page, before one of it is taken out.
    fn settle(self, list: ListState) {
        if self.all.get_untracked() {
            self.all.set(false);
            self.sims.set(list.rows.with_untracked(|rows| rows.iter().map(id).collect()));
        }
    }

    fn has_page(self, list: ListState) -> bool {
        list.rows.with(|rows| !rows.is_empty() && rows.iter().all(|row| self.holds(id(row))))
    }

    fn toggle_page(self, list: ListState) {
        let has = self.has_page(list);
        self.settle(list);
        let page = list.rows.with_untracked(|rows| rows.iter().map(id).collect::<Vec<_>>());
        self.sims.update(|sims| {
            for sim in page {
                if has {
                    sims.remove(&sim)
                } else {
                    sims.insert(sim)
                };
            }
        });
    }

    pub fn count(self, list: ListState) -> u64 {
        if self.all.get() { list.total.get() } else { self.sims.with(|sims| sims.len() as u64) }
    }

    pub fn choice(self, list: ListState) -> SimChoice {
        if self.all.get_untracked() {
            return SimChoice::Matching(filter_of(&list.shown.get_untracked()));
        }
        SimChoice::These(self.sims.with_untracked(|sims| sims.iter().copied().collect()))
    }
}

fn id(row: &Row) -> SimId {
    row.fixed.id
}

/// What of a query says which SIMs.
fn filter_of(query: &SimQuery) -> SimQuery {
    let default = SimQuery::default();
    SimQuery { sort: Sort::default(), page: default.page, page_size: default.page_size, ..query.clone() }
}

/// Before a row's number.
#[component]
pub fn RowCheck(list: ListState, sim: SimId, number: String) -> impl IntoView {
    let t = use_texts().sims;
    view! {
        <input
            type="checkbox"
            class="row-check"
            aria-label=(t.choose)(&number)
            prop:checked=move || list.selection.holds(sim)
            on:change=move |_| list.selection.toggle(list, sim)
        />
    }
}

/// Above the numbers.
#[component]
pub fn PageCheck(list: ListState) -> impl IntoView {
    let t = use_texts().sims;
    view! {
        <input
            type="checkbox"
            class="row-check"
            aria-label=t.choose_page
            prop:checked=move || list.selection.has_page(list)
            on:change=move |_| list.selection.toggle_page(list)
        />
    }
}

/// How many are chosen, and what can be done with them.
#[component]
pub fn SelectionBar(list: ListState) -> impl IntoView {
    let t = use_texts().sims;
    let tools = use_tools();
    let (moving, tagging) = (RwSignal::new(false), RwSignal::new(false));
    let count = move || list.selection.count(list);
    let more = move || count() < list.total.get() && list.selection.has_page(list);
    view! {
        <When holds=Signal::derive(move || count() > 0)>
            <div class="banner selection-bar" role="group" aria-label=move || (t.chosen)(&thousands(count()))>
                <strong aria-live="polite">{move || (t.chosen)(&thousands(count()))}</strong>
                <When holds=Signal::derive(more)>
                    <button type="button" class="link-button" on:click=move |_| list.selection.all.set(true)>
                        {move || (t.choose_all)(&thousands(list.total.get()))}
                    </button>
                </When>
                <span class="end button-row">
                    <button type="button" class="button small" on:click=move |_| tools.open(moving)>
                        <Icon name="group"/>
                        {t.move_chosen}
                    </button>
                    <button type="button" class="button small" on:click=move |_| tools.open(tagging)>
                        <Icon name="tag"/>
                        {t.tag_chosen}
                    </button>
                    <button type="button" class="button quiet small" on:click=move |_| list.selection.clear()>
                        {t.choose_none}
                    </button>
                </span>
            </div>
        </When>
        <Dialog open=moving title=t.move_chosen>
            {tool(Tool::Move { list, open: moving })}
        </Dialog>
        <Dialog open=tagging title=t.tag_chosen>
            {tool(Tool::Tag { list, open: tagging })}
        </Dialog>
    }
}
