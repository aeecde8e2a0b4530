use super::State;
use crate::{
    api::manage as api,
    components::{Check, Confirm, FormFoot, TextArea, TextField, use_toaster},
    i18n::use_texts,
};
use leptos::{ev, prelude::*, task::spawn_local};
use opencmp_domain::operator::GatewaySaid;

/// A gateway is added, or what is said of it is changed.
#[component]
pub fn GatewayForm(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.manage();
    let toaster = use_toaster();
    let held = state.editing.get_untracked();
    let id = held.as_ref().map(|gateway| gateway.id);
    let said = held.map(|gateway| gateway.said).unwrap_or_else(|| GatewaySaid {
        name: String::new(),
        address: String::new(),
        secret: None,
        counters_32bit: false,
        swap_direction: false,
        nodes: String::new(),
        enabled: true,
    });
    let (name, address) = (RwSignal::new(said.name), RwSignal::new(said.address));
    let secret = RwSignal::new(String::new());
    let counters = RwSignal::new(said.counters_32bit);
    let swapped = RwSignal::new(said.swap_direction);
    let nodes = RwSignal::new(said.nodes);
    let enabled = RwSignal::new(said.enabled);
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        failed.set(None);
        let typed = secret.get_untracked();
        let said = GatewaySaid {
            name: name.get_untracked(),
            address: address.get_untracked(),
            secret: (!typed.is_empty()).then_some(typed),
            counters_32bit: counters.get_untracked(),
            swap_direction: swapped.get_untracked(),
            nodes: nodes.get_untracked(),
            enabled: enabled.get_untracked(),
        };
        spawn_local(async move {
            let wanted = said.name.clone();
            let saved = api::gateway_save(id, said).await;
            busy.set(false);
            match saved {
                Ok(_) => {
                    state.gateway_form.set(false);
                    state.managed.refetch();
                    toaster.say((t.gateway_saved)(wanted.trim()));
                }
                Err(error) => failed.set(Some(texts.error(&error))),
            }
        });
    };
    view! {
        <form on:submit=submit class="dialog-form" method="post">
            <div class="dialog-body form">
                <TextField id="gateway-name" label=t.name value=name most=100 autofocus=true/>
                <TextField id="gateway-address" label=t.address value=address most=50 class="mono" hint=t.address_hint/>
                <TextField
                    id="gateway-secret"
                    label=t.secret
                    value=secret
                    most=128
                    kind="password"
                    autocomplete="new-password"
                    class="mono"
                    optional=id.is_some()
                    hint=if id.is_some() { t.secret_keep } else { "" }
                />
                <TextArea id="gateway-nodes" label=t.nodes value=nodes hint=t.nodes_hint class="mono"/>
                <Check label=t.counters_32bit value=counters/>
                <Check label=t.swap_direction value=swapped/>
                <Check label=t.enabled value=enabled/>
                <p class="field-error" role="alert">{move || failed.get()}</p>
            </div>
            <FormFoot open=state.gateway_form busy submit=texts.shell.save/>
        </form>
    }
}

/// Asks before a gateway goes.
#[component]
pub fn RemoveGateway(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.manage();
    let toaster = use_toaster();
    let remove = move |why| {
        let Some(gateway) = state.leaving.get_untracked() else { return };
        state.asking.set(false);
        spawn_local(async move {
            match api::gateway_remove(gateway.id, why).await {
                Ok(()) => toaster.say((t.gateway_removed)(&gateway.said.name)),
                Err(error) => toaster.say(texts.error(&error)),
            }
            state.managed.refetch();
        });
    };
    let question = move || state.leaving.get().map(|gateway| (t.gateway_remove_ask)(&gateway.said.name));
    view! { <Confirm open=state.asking question action=t.gateway_remove on_confirm=remove/> }
}
