//! What people say of a SIM: its name, its group, its tags, the tenant's custom fields.

use super::state::SimState;
use crate::{
    api::{self, ApiError, groups as groups_api, people::Session},
    components::{Dialog, DialogForm, Submission, TextField},
    i18n::use_texts,
    json::Fetched,
    pages::sims::bulk::tags,
};
use leptos::{prelude::*, task::spawn_local};
use opencmp_domain::{
    FieldId, GroupId,
    custom::{CustomField, FieldKind, MOST_VALUE},
    group::{SimSaid, by_path},
    role::Permission,
    sim::GroupChoice,
};

/// Fields of the tenant with what the SIM has in them, and groups to choose from.
type Choices = (Vec<(CustomField, Option<String>)>, Vec<GroupChoice>);

/// For whoever may.
#[component]
pub fn EditButton(sim: SimState) -> impl IntoView {
    let t = use_texts().sim();
    let open = RwSignal::new(false);
    let session = expect_context::<Fetched<Session>>();
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let may = session.await.is_ok_and(|session| session.may_change(Permission::SimWrite));
                (may && sim.is_inventoried())
                    .then(|| {
                        view! {
                            <button type="button" class="button small end" on:click=move |_| open.set(true)>
                                {t.edit}
                            </button>
                        }
                    })
                    .into_any()
            })}
        </Suspense>
        <Dialog open title=t.edit_title>
            <EditForm sim open/>
        </Dialog>
    }
}

/// Fetched when it opens: fields and groups may have changed.
#[component]
fn EditForm(sim: SimState, open: RwSignal<bool>) -> impl IntoView {
    let texts = use_texts();
    let loaded = RwSignal::new(None::<Result<Choices, ApiError>>);
    Effect::new(move |_| {
        spawn_local(async move {
            let answer = match api::groups().await {
                Ok(groups) => groups_api::sim_fields(sim.id).await.map(|fields| (fields, groups)),
                Err(error) => Err(error),
            };
            let _ = loaded.try_set(Some(answer));
        });
    });
    move || {
        match loaded.get() {
        None => view! { <div class="dialog-body"><p class="muted">{texts.shell.loading}</p></div> }.into_any(),
        Some(Err(error)) => {
            view! { <div class="dialog-body"><p class="field-error" role="alert">{texts.error(&error)}</p></div> }
                .into_any()
        }
        Some(Ok(choices)) => view! { <Form sim open choices/> }.into_any(),
    }
    }
}

#[component]
fn Form(sim: SimState, open: RwSignal<bool>, choices: Choices) -> impl IntoView {
    let texts = use_texts();
    let t = texts.sim();
    let submission = Submission::of(open);
    let (fields, mut groups) = choices;
    let row = sim.row();
    let name = RwSignal::new(row.name.unwrap_or_default());
    let group = RwSignal::new(row.group.unwrap_or(GroupId(0)));
    let said_tags = RwSignal::new(row.tags.join("、"));
    let values: Vec<(FieldId, RwSignal<String>)> = fields
        .iter()
        .map(|(field, value)| (field.id, RwSignal::new(value.clone().unwrap_or_default())))
        .collect();
    let held = StoredValue::new(values.clone());
    let save = move || {
        let fields =
            held.with_value(|values| values.iter().map(|(id, value)| (*id, value.get_untracked())).collect());
        let said = SimSaid {
            name: name.get_untracked(),
            group: group.get_untracked(),
            tags: tags(&said_tags.get_untracked()),
            fields,
        };
        let done = move |()| {
            sim.refetch();
            t.edited.to_owned()
        };
        let wrong = |error: ApiError| match &error {
            ApiError::Invalid { field, message } => match field.as_str() {
                "sim_name" => t.wrong_name.to_owned(),
                "tags" => t.wrong_tags.to_owned(),
                "field_value" => (t.wrong_field)(message.split_once(": ").map_or("", |(name, _)| name)),
                _ => texts.error(&error),
            },
            _ => texts.error(&error),
        };
        submission.send(groups_api::sim_edit(sim.id, said), done, wrong);
    };
    groups.sort_by(|a, b| by_path(&a.name, &b.name));
    let options: Vec<_> = groups
        .into_iter()
        .map(|choice| {
            let chosen = choice.id == group.get_untracked();
            view! { <option value=choice.id.to_string() selected=chosen>{choice.name}</option> }.into_any()
        })
        .collect();
    let inputs: Vec<_> = fields
        .into_iter()
        .zip(values)
        .map(|((field, _), (_, value))| view! { <FieldInput field value/> }.into_any())
        .collect();
    view! {
        <DialogForm submission submit=texts.shell.save on_submit=save>
                <TextField id="sim-name" label=t.name value=name most=100 autofocus=true optional=true/>
                <div class="field">
                    <label for="sim-group">{t.group}</label>
                    <select
                        id="sim-group"
                        class="select"
                        on:change=move |event| {
                            if let Ok(chosen) = event_target_value(&event).parse() {
                                group.set(chosen);
                            }
                        }
                    >
                        {options}
                    </select>
                </div>
                <TextField id="sim-tags" label=t.tags value=said_tags most=1100 hint=t.tags_hint optional=true/>
                {inputs}
        </DialogForm>
    }
}

/// A custom field, in the form of its kind.
#[component]
fn FieldInput(field: CustomField, value: RwSignal<String>) -> impl IntoView {
    let t = use_texts().sim();
    let id = format!("field-{}", field.id);
    let said = field.said;
    let required = said.required;
    let input = match said.kind {
        FieldKind::Choice => {
            let mut choices = said.choices;
            // What it has stays, also if it is no choice any more.
            let held = value.get_untracked();
            if !held.is_empty() && !choices.contains(&held) {
                choices.push(held.clone());
            }
            let options: Vec<_> = choices
                .into_iter()
                .map(|choice| {
                    let chosen = choice == held;
                    view! { <option value=choice.clone() selected=chosen>{choice.clone()}</option> }
                        .into_any()
                })
                .collect();
            view! {
                <select
                    id=id.clone()
                    class="select"
                    required=required
                    on:change=move |event| value.set(event_target_value(&event))
                >
                    <option value="">{t.choice_none}</option>
                    {options}
                </select>
            }
            .into_any()
        }
        kind => {
            let (of, mode) = match kind {
                FieldKind::Date => ("date", None),
                FieldKind::Number => ("text", Some("decimal")),
                _ => ("text", None),
            };
            view! {
                <input
                    id=id.clone()
                    class="input"
                    type=of
                    inputmode=mode
                    required=required
                    autocomplete="off"
                    maxlength=MOST_VALUE
                    prop:value=value
                    on:input=move |event| value.set(event_target_value(&event))
                />
            }
            .into_any()
        }
    };
    view! {
        <div class="field">
            <label for=id>{said.name}</label>
            {input}
        </div>
    }
}
