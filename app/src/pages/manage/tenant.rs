use super::State;
use crate::{
    api::manage as api,
    components::{FormFoot, TextField, use_toaster},
    i18n::use_texts,
};
use leptos::{ev, prelude::*, task::spawn_local};
use opencmp_domain::time::OFFERED_ZONES;

/// A tenant is added.
#[component]
pub fn TenantForm(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.manage();
    let toaster = use_toaster();
    let name = RwSignal::new(String::new());
    let zone = RwSignal::new(OFFERED_ZONES.first().copied().unwrap_or_default().to_owned());
    let cycle_day = RwSignal::new(1u32);
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        failed.set(None);
        let wanted = name.get_untracked();
        spawn_local(async move {
            let made =
                api::tenant_create(wanted.clone(), zone.get_untracked(), cycle_day.get_untracked()).await;
            busy.set(false);
            match made {
                Ok(_) => {
                    state.tenant_form.set(false);
                    state.managed.refetch();
                    toaster.say((t.tenant_added)(wanted.trim()));
                }
                Err(error) => failed.set(Some(texts.error(&error))),
            }
        });
    };
    view! {
        <form on:submit=submit class="dialog-form" method="post">
            <div class="dialog-body form">
                <TextField id="tenant-name" label=t.name value=name most=100 autofocus=true/>
                <div class="field">
                    <label for="tenant-zone">{t.time_zone}</label>
                    <select
                        id="tenant-zone"
                        class="select"
                        on:change=move |event| zone.set(event_target_value(&event))
                    >
                        {OFFERED_ZONES.iter().map(|zone| view! { <option value=*zone>{*zone}</option> }.into_any()).collect_view()}
                    </select>
                    <p class="field-hint">{t.time_zone_hint}</p>
                </div>
                <div class="field">
                    <label for="tenant-cycle">{t.cycle_day}</label>
                    <input
                        id="tenant-cycle"
                        class="input"
                        type="number"
                        min="1"
                        max="28"
                        required
                        prop:value=move || cycle_day.get().to_string()
                        on:input=move |event| {
                            if let Ok(day) = event_target_value(&event).parse() {
                                cycle_day.set(day);
                            }
                        }
                    />
                </div>
                <p class="field-error" role="alert">{move || failed.get()}</p>
            </div>
            <FormFoot open=state.tenant_form busy submit=t.tenant_add/>
        </form>
    }
}
