//! 基地台: the radio network's cells, as the operator's planning has them.
//!
//! - [`list`]: the cells. [`form`]: one is added or changed. [`remove`]: one goes, or what the list shows.

mod form;
mod list;
mod remove;

use super::{board::Loaded, import_file::ImportForm};
use crate::{
    api::{ApiError, cells as api, people::Session},
    components::{CardTable, Dialog, ErrorNotice, Head, Icon, Notice},
    format::{thousands, use_format},
    i18n::use_texts,
    json::{Fetched, fetched_first},
};
use form::CellForm;
use leptos::prelude::*;
use leptos_meta::Title;
use list::CellList;
use opencmp_domain::{
    cell::{Cell, CellFilter, CellNetwork},
    role::Permission,
};
use remove::{Remove, RemoveAll};

/// What is open on the page.
#[derive(Clone, Copy)]
struct State {
    networks: Fetched<Vec<CellNetwork>>,
    /// Whether cells may be changed, or only looked at.
    may_write: bool,
    filter: RwSignal<CellFilter>,
    page: RwSignal<u32>,
    /// Counts changes: the list is fetched along.
    changes: RwSignal<u32>,
    importing: RwSignal<bool>,
    /// Which cell the form changes; `None`: it adds one.
    editing: RwSignal<Option<Cell>>,
    form: RwSignal<bool>,
    /// Which cell to remove, once that was confirmed.
    leaving: RwSignal<Option<Cell>>,
    asking: RwSignal<bool>,
    /// How many to remove, by the filter.
    leaving_all: RwSignal<u64>,
    asking_all: RwSignal<bool>,
}

impl State {
    fn changed(self) {
        self.networks.refetch();
        self.changes.update(|changes| *changes += 1);
    }

    fn show(self, filter: CellFilter) {
        self.page.set(1);
        self.filter.set(filter);
    }

    fn add(self) {
        self.editing.set(None);
        self.form.set(true);
    }
}

#[component]
pub fn CellsPage() -> impl IntoView {
    let t = use_texts().cells();
    let session = expect_context::<Fetched<Session>>();
    view! {
        <Title text=t.cells/>
        <Suspense>
            {move || Suspend::new(async move {
                let session = match session.await {
                    Ok(session) => session,
                    Err(error) => return view! { <ErrorNotice error/> }.into_any(),
                };
                let may = |permission: Permission| {
                    session.tenant.is_none() && permission.roles().contains(&session.role)
                };
                if may(Permission::NetworkRead) {
                    view! { <Contents may_write=may(Permission::CellWrite)/> }.into_any()
                } else {
                    view! {
                        <h1 class="visually-hidden">{t.cells}</h1>
                        <ErrorNotice error=ApiError::Forbidden/>
                    }
                    .into_any()
                }
            })}
        </Suspense>
    }
}

#[component]
fn Contents(may_write: bool) -> impl IntoView {
    let t = use_texts().cells();
    let state = State {
        networks: fetched_first(|| (), |()| api::cell_networks()),
        may_write,
        filter: RwSignal::new(CellFilter::default()),
        page: RwSignal::new(1),
        changes: RwSignal::new(0),
        importing: RwSignal::new(false),
        editing: RwSignal::new(None),
        form: RwSignal::new(false),
        leaving: RwSignal::new(None),
        asking: RwSignal::new(false),
        leaving_all: RwSignal::new(0),
        asking_all: RwSignal::new(false),
    };
    let actions = may_write.then(|| {
        view! {
            <a class="button" href="/manage">
                <Icon name="chevron-left"/>
                {t.setup}
            </a>
            <button type="button" class="button" on:click=move |_| state.add()>
                {t.add}
            </button>
            <button type="button" class="button primary" on:click=move |_| state.importing.set(true)>
                <Icon name="upload"/>
                {t.import}
            </button>
        }
        .into_any()
    });
    view! {
        <div class="page">
            <header class="page-head">
                <h1>{t.cells}</h1>
                <p class="muted">{t.cells_hint}</p>
                <div class="end">{actions}</div>
            </header>
            <Loaded figures=state.networks let:networks>
                <Networks networks state/>
            </Loaded>
            <CellList state/>
            <Dialog open=state.importing title=t.import>
                <ImportForm
                    open=state.importing
                    to="/upload/cells"
                    tenants=None
                    hint=t.import_hint
                    on_done=move || state.changed()
                />
            </Dialog>
            <Dialog open=state.form title=t.cells>
                <CellForm state/>
            </Dialog>
            <Dialog open=state.asking title=t.remove>
                <Remove state/>
            </Dialog>
            <Dialog open=state.asking_all title=t.remove>
                <RemoveAll state/>
            </Dialog>
        </div>
    }
}

#[component]
fn Networks(networks: Vec<CellNetwork>, state: State) -> impl IntoView {
    let t = use_texts().cells();
    let f = use_format();
    let lines = networks.into_iter().map(|network| {
        let CellNetwork { plmn, name, radio, cells, placed, changed_at } = network;
        let label = (t.show_of)(&format!("{name} {radio}"));
        let code = plmn.to_string();
        let code = (code != name).then(|| view! { <span class="muted mono">{code}</span> }.into_any());
        view! {
            <tr>
                <th scope="row">{name} " " {code}</th>
                <td>{radio.as_str()}</td>
                <td class="num">{thousands(cells)}</td>
                <td class="num">{thousands(placed)}</td>
                <td>{f.date_time(changed_at)}</td>
                <td class="num">
                    <button
                        type="button"
                        class="button small"
                        aria-label=label
                        on:click=move |_| {
                            state.show(CellFilter { plmn: Some(plmn), radio: Some(radio), text: String::new() });
                        }
                    >
                        {t.show}
                    </button>
                </td>
            </tr>
        }
        .into_any()
    });
    let lines: Vec<_> = lines.collect();
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.networks}</h2>
            </div>
            <CardTable
                heads=vec![
                    Head::Text(t.network),
                    Head::Text(t.radio),
                    Head::Number(t.count),
                    Head::Number(t.placed),
                    Head::Text(t.changed),
                    Head::Hidden(t.show),
                ]
                lines
                empty=view! { <Notice icon="tower" title=t.networks_none text=t.networks_none_hint class="small"/> }
                    .into_any()
            />
        </section>
    }
}
