use super::State;
use crate::{
    api::manage as api,
    components::{FormFoot, TextField, use_toaster},
    i18n::use_texts,
};
use leptos::{ev, prelude::*, task::spawn_local};
use opencmp_domain::time::OFFERED_ZONES;

/// A tenant is added or renamed.
#[component]
pub fn TenantForm(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.manage();
    let toaster = use_toaster();
    let held = state.renaming.get_untracked();
    let id = held.as_ref().map(|tenant| tenant.id);
    let name = RwSignal::new(held.map(|tenant| tenant.name).unwrap_or_default());
    let zone = RwSignal::new(OFFERED_ZONES.first().copied().unwrap_or_default().to_owned());
    let cycle_day = RwSignal::new(1u32);
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        failed.set(None);
        let wanted = name.get_untracked();
        spawn_local(async move {
            let saved = match id {
                Some(id) => api::tenant_rename(id, wanted.clone()).await,
                None => {
                    let (zone, day) = (zone.get_untracked(), cycle_day.get_untracked());
                    api::tenant_create(wanted.clone(), zone, day).await.map(drop)
                }
            };
            busy.set(false);
            match saved {
                Ok(()) => {
                    state.tenant_form.set(false);
                    state.managed.refetch();
                    let said = if id.is_some() { t.tenant_renamed } else { t.tenant_added };
                    toaster.say(said(wanted.trim()));
                }
                Err(error) => failed.set(Some(t.error(texts, &error))),
            }
        });
    };
    view! {
        <form on:submit=submit class="dialog-form" method="post">
            <div class="dialog-body form">
                <TextField id="tenant-name" label=t.name value=name most=100 autofocus=true/>
                {id.is_none().then(|| view! { <Calendar zone cycle_day/> }.into_any())}
                <p class="field-error" role="alert">{move || failed.get()}</p>
            </div>
            <FormFoot
                open=state.tenant_form
                busy
                submit=if id.is_some() { texts.shell.save } else { t.tenant_add }
            />
        </form>
    }
}

/// How days and cycles are cut, which stays as it is made.
#[component]
fn Calendar(zone: RwSignal<String>, cycle_day: RwSignal<u32>) -> impl IntoView {
    let t = use_texts().manage();
    view! {
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
    }
}
