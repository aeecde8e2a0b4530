//! Tenants, rate plans, gateways and where people sign in: what the operator's administrators set up.

mod gateway;
mod plan;
mod tenant;

use super::{board::Loaded, providers::ProviderSection};
use crate::{
    api::manage::{self as api, Managed},
    components::{CardTable, Dialog, EditRemove, Head, Icon, Notice, OnOff},
    format::{thousands, use_format},
    i18n::use_texts,
    json::{Fetched, fetched_first},
};
use gateway::{GatewayForm, RemoveGateway};
use leptos::prelude::*;
use leptos_meta::Title;
use opencmp_domain::{operator::GatewayConfig, sim::TenantChoice};
use plan::PlanSection;
use tenant::TenantForm;

/// What is open on the page.
#[derive(Clone, Copy)]
struct State {
    managed: Fetched<Managed>,
    /// Which tenant the form renames; `None`: it adds one.
    renaming: RwSignal<Option<TenantChoice>>,
    tenant_form: RwSignal<bool>,
    /// Which gateway the form changes; `None`: it adds one.
    editing: RwSignal<Option<GatewayConfig>>,
    gateway_form: RwSignal<bool>,
    /// Which gateway to remove, once that was confirmed.
    leaving: RwSignal<Option<GatewayConfig>>,
    asking: RwSignal<bool>,
}

#[component]
pub fn ManagePage() -> impl IntoView {
    let t = use_texts().manage();
    let managed = fetched_first(|| (), |()| api::managed());
    let state = State {
        managed,
        renaming: RwSignal::new(None),
        tenant_form: RwSignal::new(false),
        editing: RwSignal::new(None),
        gateway_form: RwSignal::new(false),
        leaving: RwSignal::new(None),
        asking: RwSignal::new(false),
    };
    view! {
        <Title text=t.manage/>
        <div class="page">
            <header class="page-head">
                <h1>{t.manage}</h1>
                <p class="muted">{t.manage_hint}</p>
                <div class="end">
                    <a class="button" href="/stock">
                        <Icon name="sim"/>
                        {t.stock}
                    </a>
                    <a class="button" href="/cells">
                        <Icon name="tower"/>
                        {t.cells}
                    </a>
                </div>
            </header>
            <Loaded figures=managed let:managed>
                <Tenants tenants=managed.tenants state/>
                <Gateways gateways=managed.gateways state/>
            </Loaded>
            <PlanSection managed/>
            <ProviderSection of_tenant=false/>
            <Dialog open=state.tenant_form title=t.tenants>
                <TenantForm state/>
            </Dialog>
            <Dialog open=state.gateway_form title=t.gateways>
                <GatewayForm state/>
            </Dialog>
            <Dialog open=state.asking title=t.gateway_remove>
                <RemoveGateway state/>
            </Dialog>
        </div>
    }
}

#[component]
fn Tenants(tenants: Vec<TenantChoice>, state: State) -> impl IntoView {
    let t = use_texts().manage();
    let lines = tenants.into_iter().map(|tenant| {
        let held = StoredValue::new(tenant.clone());
        let rename = format!("{} {}", t.edit, tenant.name);
        view! {
            <tr>
                <th scope="row">{tenant.name}</th>
                <td class="num">{thousands(tenant.sims)}</td>
                <td>{tenant.time_zone}</td>
                <td class="num">{tenant.cycle_day}</td>
                <td class="num">
                    <button
                        type="button"
                        class="button small"
                        aria-label=rename
                        on:click=move |_| {
                            state.renaming.set(Some(held.get_value()));
                            state.tenant_form.set(true);
                        }
                    >
                        {t.edit}
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
                <h2>{t.tenants}</h2>
                <button
                    type="button"
                    class="button small end"
                    on:click=move |_| {
                        state.renaming.set(None);
                        state.tenant_form.set(true);
                    }
                >
                    {t.tenant_add}
                </button>
            </div>
            <CardTable
                heads=vec![
                    Head::Text(t.name),
                    Head::Number(t.sims),
                    Head::Text(t.time_zone),
                    Head::Number(t.cycle_day),
                    Head::Hidden(t.edit),
                ]
                lines
                empty=view! { <Notice icon="building" title=t.tenant_none class="small"/> }.into_any()
            />
        </section>
    }
}

#[component]
fn Gateways(gateways: Vec<GatewayConfig>, state: State) -> impl IntoView {
    let t = use_texts().manage();
    let lines: Vec<_> =
        gateways.into_iter().map(|gateway| view! { <GatewayLine gateway state/> }.into_any()).collect();
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.gateways}</h2>
                <button
                    type="button"
                    class="button small end"
                    on:click=move |_| {
                        state.editing.set(None);
                        state.gateway_form.set(true);
                    }
                >
                    {t.gateway_add}
                </button>
            </div>
            <CardTable
                heads=vec![
                    Head::Text(t.name),
                    Head::Text(t.address),
                    Head::Text(t.options),
                    Head::Text(t.since),
                    Head::Text(t.state),
                    Head::Hidden(t.edit),
                ]
                lines
                empty=view! { <Notice icon="gateway" title=t.gateway_none text=t.gateway_none_hint class="small"/> }
                    .into_any()
            />
        </section>
    }
}

#[component]
fn GatewayLine(gateway: GatewayConfig, state: State) -> impl IntoView {
    let t = use_texts().manage();
    let f = use_format();
    let held = StoredValue::new(gateway.clone());
    let said = gateway.said;
    let options = [(said.counters_32bit, t.counters_32bit), (said.swap_direction, t.swap_direction)];
    let options: Vec<&str> = options.into_iter().filter_map(|(on, name)| on.then_some(name)).collect();
    let options = if options.is_empty() { "–".to_owned() } else { options.join(" · ") };
    let (edit, remove) = (format!("{} {}", t.edit, said.name), format!("{} {}", t.gateway_remove, said.name));
    view! {
        <tr>
            <th scope="row">{said.name}</th>
            <td class="mono">{said.address}</td>
            <td>{options}</td>
            <td>{f.date_time(gateway.created_at)}</td>
            <td><OnOff on=said.enabled words=(t.on, t.off)/></td>
            <td class="num">
                <EditRemove
                    edit=(t.edit, edit)
                    remove=(t.gateway_remove, remove)
                    on_edit=move || {
                        state.editing.set(Some(held.get_value()));
                        state.gateway_form.set(true);
                    }
                    on_remove=move || {
                        state.leaving.set(Some(held.get_value()));
                        state.asking.set(true);
                    }
                />
            </td>
        </tr>
    }
}
