use super::State;
use crate::{
    api::manage as api,
    components::{Check, Confirm, DialogForm, Submission, TextArea, TextField},
    i18n::use_texts,
};
use leptos::prelude::*;
use opencmp_domain::operator::GatewaySaid;

/// A gateway is added, or what is said of it is changed.
#[component]
pub fn GatewayForm(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.manage();
    let submission = Submission::of(state.gateway_form);
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
    let save = move || {
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
        let wanted = said.name.clone();
        let done = move |_| {
            state.managed.refetch();
            (t.gateway_saved)(wanted.trim())
        };
        submission.send(api::gateway_save(id, said), done, |error| texts.error(&error));
    };
    view! {
        <DialogForm submission submit=texts.shell.save on_submit=save>
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
        </DialogForm>
    }
}

/// Asks before a gateway goes.
#[component]
pub fn RemoveGateway(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.manage();
    let submission = Submission::of(state.asking);
    let remove = move |why| {
        let Some(gateway) = state.leaving.get_untracked() else { return };
        let done = move |()| {
            state.managed.refetch();
            (t.gateway_removed)(&gateway.said.name)
        };
        submission.send(api::gateway_remove(gateway.id, why), done, |error| texts.error(&error));
    };
    let question = move || state.leaving.get().map(|gateway| (t.gateway_remove_ask)(&gateway.said.name));
    view! { <Confirm submission question action=t.gateway_remove on_confirm=remove/> }
}
