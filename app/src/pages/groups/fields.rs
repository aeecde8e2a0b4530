//! The tenant's custom fields, in its order.

use super::State;
use crate::{
    api::groups as api,
    components::{CardTable, EditRemove, Head, Icon, Notice, use_toaster},
    i18n::use_texts,
};
use leptos::{prelude::*, task::spawn_local};
use opencmp_domain::{
    FieldId,
    custom::{CustomField, FieldKind},
};

#[component]
pub fn Fields(fields: Vec<CustomField>, state: State, may: bool) -> impl IntoView {
    let t = use_texts().groups();
    let add = move |_| {
        state.field.set(None);
        state.field_form.set(true);
    };
    let order: Vec<FieldId> = fields.iter().map(|field| field.id).collect();
    let order = StoredValue::new(order);
    let heads = [t.field_name, t.field_kind, t.field_choices, t.field_required].map(Head::Text);
    let heads = heads.into_iter().chain(may.then_some(Head::Hidden(t.edit))).collect::<Vec<_>>();
    let lines: Vec<_> =
        fields.into_iter().map(|field| view! { <FieldLine field order state may/> }.into_any()).collect();
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.fields}</h2>
                {may
                    .then(|| {
                        view! {
                            <button type="button" class="button small end" on:click=add>{t.field_add}</button>
                        }
                        .into_any()
                    })}
            </div>
            {(!lines.is_empty()).then(|| view! { <p class="card-note muted">{t.fields_hint}</p> }.into_any())}
            <CardTable
                heads
                lines
                empty=view! { <Notice icon="columns" title=t.fields_none text=t.fields_hint class="small"/> }.into_any()
            />
        </section>
    }
}

#[component]
fn FieldLine(field: CustomField, order: StoredValue<Vec<FieldId>>, state: State, may: bool) -> impl IntoView {
    let texts = use_texts();
    let t = texts.groups();
    let toaster = use_toaster();
    let id = field.id;
    let held = StoredValue::new(field.clone());
    let said = field.said;
    let choices = if said.kind == FieldKind::Choice { said.choices.join("、") } else { "–".to_owned() };
    let at = order.with_value(|order| order.iter().position(|held| *held == id).unwrap_or_default());
    let last = order.with_value(|order| at + 1 == order.len());
    // Changes places with a neighbour.
    let swap = move |with: usize| {
        let mut wanted = order.get_value();
        wanted.swap(at, with);
        spawn_local(async move {
            if let Err(error) = api::custom_fields_order(wanted).await {
                toaster.say(t.error(texts, &error));
            }
            state.page.refetch();
        });
    };
    let name = said.name.clone();
    view! {
        <tr>
            <th scope="row">{said.name}</th>
            <td>{t.kind(said.kind)}</td>
            <td class="wrap">{choices}</td>
            <td>{if said.required { t.field_required } else { t.field_optional }}</td>
            {may
                .then(|| {
                    let button = "button quiet small square";
                    view! {
                        <td class="num">
                            <button
                                type="button"
                                class=button
                                aria-label=(t.up)(&name)
                                disabled=at == 0
                                on:click=move |_| swap(at.saturating_sub(1))
                            >
                                <Icon name="arrow-up"/>
                            </button>
                            <button
                                type="button"
                                class=button
                                aria-label=(t.down)(&name)
                                disabled=last
                                on:click=move |_| swap(at + 1)
                            >
                                <Icon name="arrow-down"/>
                            </button>
                            " "
                            <EditRemove
                                edit=(t.edit, (t.edit_named)(&name))
                                remove=(t.remove, (t.remove_named)(&name))
                                on_edit=move || {
                                    state.field.set(Some(held.get_value()));
                                    state.field_form.set(true);
                                }
                                on_remove=move || {
                                    state.field_leaving.set(Some(held.get_value()));
                                    state.field_asking.set(true);
                                }
                            />
                        </td>
                    }
                    .into_any()
                })}
        </tr>
    }
}
