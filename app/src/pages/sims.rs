//! 群組門號清單狀態: the SIM list. What it shows is what its address says ([`address::Asked`]).
//!
//! - [`address`]: the query and the columns in the URL.
//! - [`list`]: what is on the screen, and how it follows the address and the live stream.
//! - [`rows`], [`cell`]: the table. [`chips`], [`pager`]: counts and pages.
//! - [`selection`]: which rows are chosen; [`bulk`]: what is done with them.
//! - [`toolbar`], [`groups`], [`paste`], [`columns`], [`views`]: what chooses.

mod address;
pub mod bulk;
mod cell;
mod chips;
mod columns;
mod groups;
mod list;
mod pager;
mod paste;
mod rows;
mod selection;
mod toolbar;
mod views;

use crate::{
    api::people::Session,
    components::{SkeletonRows, When},
    i18n::use_texts,
    json::{Fetched, fetched_first},
    prefs::Prefs,
};
use address::use_asked;
pub use bulk::{MoveForm, TagForm};
use chips::Chips;
pub use columns::ColumnsForm;
pub use groups::GroupPanel;
use leptos::prelude::*;
use leptos_meta::Title;
pub use list::ListState;
use list::load;
use opencmp_domain::role::Permission;
use pager::Pager;
pub use paste::PasteForm;
use rows::{Instead, Rows};
use selection::{Selection, SelectionBar};
use toolbar::{Toolbar, Tools};
pub use views::{DeleteForm, SaveForm, ViewsPanel, ViewsState};

/// Rows that stand in while the first page loads.
const SKELETON_ROWS: u32 = 14;

#[component]
pub fn SimsPage() -> impl IntoView {
    let t = use_texts();
    let prefs = expect_context::<Prefs>();
    let asked = use_asked(&prefs);
    // The first page comes with the document; what follows is fetched by the list itself, which keeps the old rows on
    // the screen meanwhile.
    let first = fetched_first(|| (), move |()| load(asked.get_untracked()));
    let session = expect_context::<Fetched<Session>>();
    view! {
        <Title text=t.sims.title/>
        <div class="sims">
            <Suspense fallback=move || {
                view! {
                    <h1>{t.sims.title}</h1>
                    <div class="table-wrap"><SkeletonRows rows=SKELETON_ROWS/></div>
                }
            }>
                {move || Suspend::new(async move {
                    let session = session.await;
                    let offered = session.is_ok_and(|session| session.may_change(Permission::SimWrite));
                    let list = ListState::new(asked, first.await, Selection::new(offered));
                    view! { <SimList list/> }.into_any()
                })}
            </Suspense>
        </div>
    }
}

#[component]
fn SimList(list: ListState) -> impl IntoView {
    let t = use_texts();
    list.follow();
    view! {
        <div class="page-head">
            <h1>{t.sims.title}</h1>
            <span class="muted">{move || (t.sims.devices)(&crate::format::thousands(list.counts.get().all))}</span>
            <div class="end">
                <Tools list/>
            </div>
        </div>
        <Toolbar list/>
        <Chips list/>
        <list::Banners list/>
        <SelectionBar list/>
        <div class="table-wrap sims-table" role="region" aria-label=t.sims.title tabindex="0">
            <div class="progress" hidden=move || !list.loading.get()></div>
            <Rows list/>
            <Instead list/>
        </div>
        <list::OrderChanged list/>
        <When holds=Signal::derive(move || list.error.with(Option::is_none))>
            <Pager list/>
        </When>
    }
}
