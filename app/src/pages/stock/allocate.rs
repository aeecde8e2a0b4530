//! SIMs go to a tenant, or come back: which ones, what would become of each, and only then for good.

use super::{Notes, State};
use crate::{
    api::{ApiError, stock as api},
    components::{TextArea, use_toaster},
    format::thousands,
    i18n::use_texts,
};
use leptos::{prelude::*, task::spawn_local};
use opencmp_domain::{
    GroupId, TenantId,
    sim::GroupChoice,
    stock::{Allocation, AllocationReport, StockFilter},
    text::listed,
};

/// How SIMs are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Batch,
    List,
    Beginning,
}

/// What the form holds.
#[derive(Clone, Copy)]
struct Form {
    by: RwSignal<By>,
    /// `Some(None)`: those without one.
    batch: RwSignal<Option<Option<String>>>,
    lines: RwSignal<String>,
    beginning: RwSignal<String>,
    tenant: RwSignal<Option<TenantId>>,
    group: RwSignal<Option<GroupId>>,
    /// What would be done, once it was asked.
    report: RwSignal<Option<AllocationReport>>,
}

impl Form {
    fn filter(self) -> StockFilter {
        match self.by.get_untracked() {
            By::Batch => StockFilter { batch: self.batch.get_untracked(), ..StockFilter::default() },
            By::List => StockFilter {
                lines: self.lines.with_untracked(|text| listed(text).map(str::to_owned).collect()),
                ..StockFilter::default()
            },
            By::Beginning => {
                let text = self.beginning.get_untracked().trim().to_owned();
                StockFilter { text, ..StockFilter::default() }
            }
        }
    }

    fn is_whole(self) -> bool {
        let named = match self.by.get() {
            By::Batch => self.batch.with(Option::is_some),
            By::List => self.lines.with(|text| listed(text).next().is_some()),
            By::Beginning => self.beginning.with(|text| text.chars().any(|c| c.is_ascii_digit())),
        };
        named && self.tenant.get().is_some()
    }
}

#[component]
pub fn AllocateForm(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.stock();
    let toaster = use_toaster();
    let from = state.from.get_untracked();
    let chosen = state.chosen.get_untracked();
    let stock = state.known();
    let by = match (&chosen, from) {
        (_, Some(_)) => By::List,
        (StockFilter { text, .. }, None) if !text.is_empty() => By::Beginning,
        _ => By::Batch,
    };
    let form = Form {
        by: RwSignal::new(by),
        batch: RwSignal::new(chosen.batch),
        lines: RwSignal::new(String::new()),
        beginning: RwSignal::new(chosen.text),
        tenant: RwSignal::new(from),
        group: RwSignal::new(None),
        report: RwSignal::new(None),
    };
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let tenants = stock.as_ref().map(|stock| stock.tenants.clone()).unwrap_or_default();
    let name_of = {
        let names: Vec<_> = tenants.iter().map(|tenant| (tenant.id, tenant.name.clone())).collect();
        let names = StoredValue::new(names);
        move |id: TenantId| {
            names.with_value(|names| names.iter().find(|(held, _)| *held == id).map(|(_, name)| name.clone()))
        }
    };
    let ask = move |expected: Option<u64>| {
        let Some(tenant) = form.tenant.get_untracked() else { return };
        let allocation = match from {
            Some(_) => Allocation::ToStock { tenant },
            None => Allocation::ToTenant { tenant, group: form.group.get_untracked() },
        };
        let filter = form.filter();
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let answer = api::stock_allocate(allocation, filter, expected).await;
            if busy.try_set(false).is_some() {
                return;
            }
            match (answer, expected) {
                (Ok(report), None) => form.report.set(Some(report)),
                (Ok(report), Some(_)) => {
                    state.allocating.set(false);
                    state.changed();
                    let moved = thousands(report.moved);
                    toaster.say(match from {
                        Some(_) => (t.taken_back)(&moved),
                        None => (t.allocated)(&moved, &name_of(tenant).unwrap_or_default()),
                    });
                }
                (Err(error), _) => {
                    // What was looked at is no longer what there is.
                    form.report.set(None);
                    failed.set(Some(match &error {
                        ApiError::Invalid { field, .. } if field == "stock_moved" => {
                            t.changed_meanwhile.to_owned()
                        }
                        ApiError::Invalid { field, .. } if field == "stock_list" => t.list_hint.to_owned(),
                        error => texts.error(error),
                    }));
                }
            }
        });
    };
    let looking = Signal::derive(move || form.report.with(Option::is_some));
    let whole = Signal::derive(move || form.is_whole());
    let working = move || busy.get().then(|| if looking.get() { t.working } else { t.checking });
    let title = from.and_then(name_of).map(|name| (t.take_back_from)(&name));
    view! {
        <div class="dialog-form">
            <div class="dialog-body form" hidden=looking>
                {title.map(|title| view! { <p><strong>{title}</strong></p> }.into_any())}
                {from.map(|_| view! { <p class="muted">{t.take_back_hint}</p> }.into_any())}
                <Which form batches=stock.map(|stock| stock.summary.batches.into_iter().map(|b| b.batch).collect()).unwrap_or_default() from/>
                {from.is_none().then(|| view! { <Where form tenants/> }.into_any())}
            </div>
            {move || form.report.get().map(|report| view! { <Report report back=from.is_some()/> }.into_any())}
            <Notes failed working busy/>
            <div class="dialog-foot">
                {move || match form.report.get() {
                    None => {
                        view! {
                            <button type="button" class="button" on:click=move |_| state.allocating.set(false)>
                                {texts.shell.cancel}
                            </button>
                            <button
                                type="button"
                                class="button primary"
                                prop:disabled=move || busy.get() || !whole.get()
                                on:click=move |_| ask(None)
                            >
                                {t.preview}
                            </button>
                        }
                        .into_any()
                    }
                    Some(report) => {
                        let moved = report.moved;
                        let label = match from {
                            Some(_) => (t.take_back_do)(&thousands(moved)),
                            None => (t.allocate_do)(&thousands(moved)),
                        };
                        view! {
                            <button
                                type="button"
                                class="button"
                                prop:disabled=busy
                                on:click=move |_| form.report.set(None)
                            >
                                {t.back_step}
                            </button>
                            <button
                                type="button"
                                class="button primary"
                                prop:disabled=move || busy.get() || moved == 0
                                on:click=move |_| ask(Some(moved))
                            >
                                {label}
                            </button>
                        }
                        .into_any()
                    }
                }}
            </div>
        </div>
    }
}

/// Batch, list, or how the numbers begin.
#[component]
fn Which(form: Form, batches: Vec<Option<String>>, from: Option<TenantId>) -> impl IntoView {
    let t = use_texts().stock();
    let by = form.by;
    let radio = move |of: By, label: &'static str| {
        view! {
            <label>
                <input
                    type="radio"
                    name="allocate-by"
                    prop:checked=move || by.get() == of
                    on:change=move |_| by.set(of)
                />
                {label}
            </label>
        }
        .into_any()
    };
    let batches = StoredValue::new(batches);
    // A tenant's batches aren't known here: one is typed.
    let batch_field = move || {
        if from.is_some() {
            return view! {
                <input
                    id="allocate-batch"
                    class="input"
                    autocomplete="off"
                    maxlength="100"
                    prop:value=move || form.batch.get().flatten().unwrap_or_default()
                    on:input=move |event| {
                        let typed = event_target_value(&event).trim().to_owned();
                        form.batch.set((!typed.is_empty()).then_some(Some(typed)));
                    }
                />
            }
            .into_any();
        }
        let chosen = form.batch.get_untracked();
        let options: Vec<_> = batches
            .get_value()
            .into_iter()
            .enumerate()
            .map(|(at, batch)| {
                let selected = chosen.as_ref() == Some(&batch);
                let name = batch.unwrap_or_else(|| t.batch_none.to_owned());
                view! { <option value=at.to_string() selected=selected>{name}</option> }.into_any()
            })
            .collect();
        view! {
            <select
                id="allocate-batch"
                class="select"
                on:change=move |event| {
                    let at = event_target_value(&event).parse::<usize>().ok();
                    form.batch.set(at.and_then(|at| batches.with_value(|batches| batches.get(at).cloned())));
                }
            >
                <option value=""></option>
                {options}
            </select>
        }
        .into_any()
    };
    view! {
        <fieldset class="plain field">
            <legend class="field-label">{t.which}</legend>
            <div class="segments">
                {radio(By::Batch, t.by_batch)} {radio(By::List, t.by_list)} {radio(By::Beginning, t.by_beginning)}
            </div>
        </fieldset>
        {move || match by.get() {
            By::Batch => {
                view! {
                    <div class="field">
                        <label for="allocate-batch">{t.batch}</label>
                        {batch_field()}
                    </div>
                }
                .into_any()
            }
            By::List => {
                view! { <TextArea id="allocate-lines" label=t.list_lines value=form.lines hint=t.list_hint/> }
                .into_any()
            }
            By::Beginning => {
                view! {
                    <div class="field">
                        <label for="allocate-text">{t.search}</label>
                        <input
                            id="allocate-text"
                            class="input"
                            maxlength="40"
                            autocomplete="off"
                            prop:value=form.beginning
                            on:input=move |event| form.beginning.set(event_target_value(&event))
                        />
                    </div>
                }
                .into_any()
            }
        }}
    }
}

/// Tenant and group.
#[component]
fn Where(form: Form, tenants: Vec<opencmp_domain::sim::TenantChoice>) -> impl IntoView {
    let t = use_texts().stock();
    let groups = RwSignal::new(Vec::<GroupChoice>::new());
    let choose = move |chosen: Option<TenantId>| {
        form.tenant.set(chosen);
        form.group.set(None);
        groups.set(Vec::new());
        let Some(tenant) = chosen else { return };
        spawn_local(async move {
            // Without its groups, the default one is meant.
            let answer = api::stock_groups(tenant).await.unwrap_or_default();
            if form.tenant.try_get_untracked().flatten() == Some(tenant) {
                let _ = groups.try_set(answer);
            }
        });
    };
    let options: Vec<_> = tenants
        .into_iter()
        .map(|tenant| view! { <option value=tenant.id.to_string()>{tenant.name}</option> }.into_any())
        .collect();
    view! {
        <div class="field">
            <label for="allocate-tenant">{t.allocate_to}</label>
            <select
                id="allocate-tenant"
                class="select"
                on:change=move |event| choose(event_target_value(&event).parse().ok())
            >
                <option value="">{t.choose_tenant}</option>
                {options}
            </select>
        </div>
        <div class="field">
            <label for="allocate-group">{t.group}</label>
            <select
                id="allocate-group"
                class="select"
                on:change=move |event| form.group.set(event_target_value(&event).parse().ok())
            >
                <option value="">{t.group_default}</option>
                {move || {
                    groups
                        .get()
                        .into_iter()
                        .map(|group| view! { <option value=group.id.to_string()>{group.name}</option> }.into_any())
                        .collect_view()
                }}
            </select>
        </div>
    }
}

/// What would be done, and what can't go.
#[component]
fn Report(report: AllocationReport, back: bool) -> impl IntoView {
    let t = use_texts().stock();
    let moved = thousands(report.moved);
    let going = if back { (t.going_back)(&moved) } else { (t.going)(&moved) };
    let renewed = (report.renewed > 0).then(|| {
        let renewed = thousands(report.renewed);
        if back { (t.renewed_back)(&renewed) } else { (t.renewed)(&renewed) }
    });
    let shown = report.staying.len() as u64;
    let cut = (report.staying_total > shown).then(|| (t.staying_first)(&thousands(shown)));
    let lines: Vec<_> = report
        .staying
        .into_iter()
        .map(|stayer| {
            view! {
                <tr>
                    <td class="mono">{stayer.name}</td>
                    <td class="wrap">{t.why(stayer.why, stayer.tenant.as_deref())}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    let staying = (report.staying_total > 0).then(|| (t.staying)(&thousands(report.staying_total)));
    view! {
        <div class="dialog-body">
            <p><strong>{going}</strong></p>
            {renewed.map(|renewed| view! { <p class="muted">{renewed}</p> }.into_any())}
            {staying
                .map(|staying| {
                    view! {
                        <p>{staying.clone()} {cut.map(|cut| format!(" · {cut}"))}</p>
                        <div class="table-wrap outcome-errors" tabindex="0" role="region" aria-label=staying>
                            <table class="table">
                                <thead>
                                    <tr>
                                        <th scope="col">{t.msisdn}</th>
                                        <th scope="col">{t.what}</th>
                                    </tr>
                                </thead>
                                <tbody>{lines}</tbody>
                            </table>
                        </div>
                    }
                    .into_any()
                })}
        </div>
    }
}
