//! 門號庫存: SIMs that no tenant has yet. They come in by files, go to tenants, and come back.
//!
//! - `import_file`, beside this: a file or pasted text, looked at first, then taken.
//! - [`allocate`]: from the stock to a tenant, and back. [`list`]: the SIMs in stock.

mod allocate;
mod list;

use super::{board::Loaded, import_file::ImportForm};
use crate::{
    api::{
        ApiError,
        people::Session,
        stock::{self as api, Stock},
    },
    components::{CardTable, Dialog, ErrorNotice, Head, Icon, Notice, When},
    format::thousands,
    i18n::use_texts,
    json::{Fetched, fetched_first},
};
use allocate::AllocateForm;
use leptos::prelude::*;
use leptos_meta::Title;
use list::StockList;
use opencmp_domain::{
    TenantId,
    role::Permission,
    sim::TenantChoice,
    stock::{StockBatch, StockFilter},
};

/// What is open on the page.
#[derive(Clone, Copy)]
struct State {
    stock: Fetched<Stock>,
    /// Counts changes: the list is fetched along.
    changes: RwSignal<u32>,
    importing: RwSignal<bool>,
    allocating: RwSignal<bool>,
    /// Which SIMs the form begins with.
    chosen: RwSignal<StockFilter>,
    /// From whom SIMs come back; `None`: they go to a tenant.
    from: RwSignal<Option<TenantId>>,
}

impl State {
    fn allocate(self, chosen: StockFilter) {
        self.from.set(None);
        self.chosen.set(chosen);
        self.allocating.set(true);
    }

    fn take_back(self, from: TenantId) {
        self.from.set(Some(from));
        self.chosen.set(StockFilter::default());
        self.allocating.set(true);
    }

    fn changed(self) {
        self.stock.refetch();
        self.changes.update(|changes| *changes += 1);
    }

    fn known(self) -> Option<Stock> {
        self.stock.get_untracked()?.ok()
    }
}

#[component]
pub fn StockPage() -> impl IntoView {
    let t = use_texts().stock();
    let state = State {
        stock: fetched_first(|| (), |()| api::stock()),
        changes: RwSignal::new(0),
        importing: RwSignal::new(false),
        allocating: RwSignal::new(false),
        chosen: RwSignal::new(StockFilter::default()),
        from: RwSignal::new(None),
    };
    let session = expect_context::<Fetched<Session>>();
    view! {
        <Title text=t.stock/>
        <Suspense>
            {move || Suspend::new(async move {
                match session.await {
                    Ok(session) if session.tenant.is_none() && Permission::StockWrite.roles().contains(&session.role) => {
                        view! { <Contents state/> }.into_any()
                    }
                    Ok(_) => {
                        view! {
                            <h1 class="visually-hidden">{t.stock}</h1>
                            <ErrorNotice error=ApiError::Forbidden/>
                        }
                        .into_any()
                    }
                    Err(error) => view! { <ErrorNotice error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Contents(state: State) -> impl IntoView {
    let t = use_texts().stock();
    view! {
        <div class="page stock">
            <header class="page-head">
                <h1>{t.stock}</h1>
                <p class="muted">{t.stock_hint}</p>
                <div class="end">
                    <a class="button" href="/manage">
                        <Icon name="chevron-left"/>
                        {t.back}
                    </a>
                    <button type="button" class="button primary" on:click=move |_| state.importing.set(true)>
                        <Icon name="upload"/>
                        {t.import}
                    </button>
                </div>
            </header>
            <Loaded figures=state.stock let:stock>
                <div class="stock-columns">
                    <Batches batches=stock.summary.batches stock=stock.summary.stock state/>
                    <Tenants tenants=stock.tenants state/>
                </div>
            </Loaded>
            <StockList state/>
            <Dialog open=state.importing title=t.import>
                {move || {
                    // What was said when the dialog opened.
                    let tenants = state.known().map(|stock| stock.tenants).unwrap_or_default();
                    view! {
                        <ImportForm
                            open=state.importing
                            to="/upload/sims"
                            tenants=Some(tenants)
                            hint=t.import_file_hint
                            on_done=move || state.changed()
                        />
                    }
                }}
            </Dialog>
            <Dialog open=state.allocating title=t.allocate_title>
                <AllocateForm state/>
            </Dialog>
        </div>
    }
}

#[component]
fn Batches(batches: Vec<StockBatch>, stock: u64, state: State) -> impl IntoView {
    let t = use_texts().stock();
    let lines: Vec<_> = batches
        .into_iter()
        .map(|StockBatch { batch, sims }| {
            let name = batch.clone().unwrap_or_else(|| t.batch_none.to_owned());
            let label = (t.allocate_batch)(&name);
            let filter = StoredValue::new(StockFilter { batch: Some(batch), ..StockFilter::default() });
            view! {
                <tr>
                    <th scope="row">{name}</th>
                    <td class="num">{thousands(sims)}</td>
                    <td class="num">
                        <button
                            type="button"
                            class="button small"
                            aria-label=label
                            on:click=move |_| state.allocate(filter.get_value())
                        >
                            {t.allocate}
                        </button>
                    </td>
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.in_stock}</h2>
                <span class="muted">{(t.found)(&thousands(stock))}</span>
            </div>
            <CardTable
                heads=vec![Head::Text(t.batch), Head::Number(t.sims), Head::Hidden(t.action)]
                lines
                region=(t.batches, "stock-scroll")
                empty=view! { <Notice icon="sim" title=t.batches_none text=t.batches_none_hint class="small"/> }.into_any()
            />
        </section>
    }
}

#[component]
fn Tenants(tenants: Vec<TenantChoice>, state: State) -> impl IntoView {
    let t = use_texts().stock();
    let lines: Vec<_> = tenants
        .into_iter()
        .map(|tenant| {
            let label = (t.take_back_from)(&tenant.name);
            view! {
                <tr>
                    <th scope="row">{tenant.name}</th>
                    <td class="num">{thousands(tenant.sims)}</td>
                    <td class="num">
                        <button
                            type="button"
                            class="button small"
                            aria-label=label
                            disabled=tenant.sims == 0
                            on:click=move |_| state.take_back(tenant.id)
                        >
                            {t.take_back}
                        </button>
                    </td>
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <section class="card">
            <div class="card-head"><h2>{t.tenants}</h2></div>
            <CardTable
                heads=vec![Head::Text(t.tenant), Head::Number(t.sims), Head::Hidden(t.action)]
                lines
                region=(t.tenants, "stock-scroll")
                empty=view! { <Notice icon="building" title=t.tenants_none class="small"/> }.into_any()
            />
        </section>
    }
}

/// Under what a dialog asks for: what went wrong, and what goes on meanwhile.
#[component]
pub fn Notes(
    failed: RwSignal<Option<String>>,
    working: impl Fn() -> Option<&'static str> + Send + Sync + 'static,
    #[prop(into)] busy: Signal<bool>,
) -> impl IntoView {
    view! {
        <div class="dialog-notes">
            <p class="field-error" role="alert">{move || failed.get()}</p>
            <p class="muted" role="status">{working}</p>
            <When holds=busy>
                <div class="working-bar"><div class="progress"></div></div>
            </When>
        </div>
    }
}
