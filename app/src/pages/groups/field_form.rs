use super::State;
use crate::{
    api::groups as api,
    components::{Check, DialogForm, Submission, TextArea, TextField, When},
    i18n::use_texts,
};
use leptos::prelude::*;
use opencmp_domain::custom::{FieldKind, FieldSaid};

/// A custom field is added or changed.
#[component]
pub fn FieldForm(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.groups();
    let submission = Submission::of(state.field_form);
    let held = state.field.get_untracked();
    let id = held.as_ref().map(|field| field.id);
    let said = held.map(|field| field.said);
    let name = RwSignal::new(said.as_ref().map(|said| said.name.clone()).unwrap_or_default());
    let kind = RwSignal::new(said.as_ref().map_or(FieldKind::Text, |said| said.kind));
    let choices = RwSignal::new(said.as_ref().map(|said| said.choices.join("\n")).unwrap_or_default());
    let required = RwSignal::new(said.is_some_and(|said| said.required));
    let save = move || {
        let lines = choices.get_untracked();
        let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
        let said = FieldSaid {
            name: name.get_untracked(),
            kind: kind.get_untracked(),
            choices: lines.map(str::to_owned).collect(),
            required: required.get_untracked(),
        };
        let wanted = said.name.clone();
        let done = move |_| {
            state.page.refetch();
            (t.field_saved)(wanted.trim())
        };
        submission.send(api::custom_field_save(id, said), done, |error| t.error(texts, &error));
    };
    let kinds = FieldKind::ALL.iter().map(|of| {
        let chosen = *of == kind.get_untracked();
        view! { <option value=of.as_str() selected=chosen>{t.kind(*of)}</option> }.into_any()
    });
    let kinds: Vec<_> = kinds.collect();
    view! {
        <DialogForm submission submit=texts.shell.save on_submit=save>
                <TextField id="field-name" label=t.field_name value=name most=100 autofocus=true/>
                <div class="field">
                    <label for="field-kind">{t.field_kind}</label>
                    <select
                        id="field-kind"
                        class="select"
                        disabled=id.is_some()
                        aria-describedby="field-kind-hint"
                        on:change=move |event| {
                            if let Ok(chosen) = event_target_value(&event).parse() {
                                kind.set(chosen);
                            }
                        }
                    >
                        {kinds}
                    </select>
                    <p id="field-kind-hint" class="field-hint">{t.field_kind_hint}</p>
                </div>
                <When holds=Signal::derive(move || kind.get() == FieldKind::Choice)>
                    <TextArea id="field-choices" label=t.field_choices value=choices hint=t.field_choices_hint/>
                </When>
                <div class="field">
                    <Check label=t.field_required value=required/>
                    <p class="field-hint">{t.field_required_hint}</p>
                </div>
        </DialogForm>
    }
}
