use super::State;
use crate::{
    api::manage as api,
    components::{DialogForm, Submission, TextField},
    i18n::use_texts,
};
use leptos::prelude::*;
use opencmp_domain::time::OFFERED_ZONES;

/// A tenant is added or renamed.
#[component]
pub fn TenantForm(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.manage();
    let submission = Submission::of(state.tenant_form);
    let held = state.renaming.get_untracked();
    let id = held.as_ref().map(|tenant| tenant.id);
    let name = RwSignal::new(held.map(|tenant| tenant.name).unwrap_or_default());
    let zone = RwSignal::new(OFFERED_ZONES.first().copied().unwrap_or_default().to_owned());
    let cycle_day = RwSignal::new(1u32);
    let save = move || {
        let (wanted, zone, day) = (name.get_untracked(), zone.get_untracked(), cycle_day.get_untracked());
        let called = wanted.clone();
        let work = async move {
            match id {
                Some(id) => api::tenant_rename(id, wanted).await,
                None => api::tenant_create(wanted, zone, day).await.map(drop),
            }
        };
        let done = move |()| {
            state.managed.refetch();
            let said = if id.is_some() { t.tenant_renamed } else { t.tenant_added };
            said(called.trim())
        };
        submission.send(work, done, |error| t.error(texts, &error));
    };
    let submit = if id.is_some() { texts.shell.save } else { t.tenant_add };
    view! {
        <DialogForm submission submit on_submit=save>
            <TextField id="tenant-name" label=t.name value=name most=100 autofocus=true/>
            {id.is_none().then(|| view! { <Calendar zone cycle_day/> }.into_any())}
        </DialogForm>
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
