//! 資費類型: the operator's rate plans.

use crate::{
    api::manage::{self as api, Managed},
    components::{
        CardTable, Confirm, Dialog, EditRemove, ErrorNotice, FormFoot, Head, Notice, TextField, use_toaster,
    },
    format::{thousands, use_format},
    i18n::use_texts,
    json::{Fetched, fetched_first},
};
use leptos::{ev, prelude::*, task::spawn_local};
use opencmp_domain::operator::PlanLine;

/// What is open in the section.
#[derive(Clone, Copy)]
struct State {
    plans: Fetched<Vec<PlanLine>>,
    /// Which one the form renames; `None`: it adds one.
    editing: RwSignal<Option<PlanLine>>,
    form: RwSignal<bool>,
    /// Which one to remove, once that was confirmed.
    leaving: RwSignal<Option<PlanLine>>,
    asking: RwSignal<bool>,
}

/// Nothing where there is nothing to manage: the page around it says so.
#[component]
pub fn PlanSection(managed: Fetched<Managed>) -> impl IntoView {
    let t = use_texts().manage();
    let state = State {
        plans: fetched_first(|| (), |()| api::plans()),
        editing: RwSignal::new(None),
        form: RwSignal::new(false),
        leaving: RwSignal::new(None),
        asking: RwSignal::new(false),
    };
    view! {
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                let (managed, plans) = (managed.await, state.plans.await);
                match plans {
                    _ if managed.is_err() => ().into_any(),
                    Ok(plans) => view! { <List plans state/> }.into_any(),
                    Err(error) => view! { <ErrorNotice error retry=move || state.plans.refetch()/> }.into_any(),
                }
            })}
        </Transition>
        <Dialog open=state.form title=t.plans>
            <PlanForm state/>
        </Dialog>
        <Dialog open=state.asking title=t.plan_remove>
            <Remove state/>
        </Dialog>
    }
}

#[component]
fn List(plans: Vec<PlanLine>, state: State) -> impl IntoView {
    let t = use_texts().manage();
    let lines: Vec<_> = plans.into_iter().map(|plan| view! { <Line plan state/> }.into_any()).collect();
    view! {
        <section class="card" aria-labelledby="plans">
            <div class="card-head">
                <h2 id="plans">{t.plans}</h2>
                <button
                    type="button"
                    class="button small end"
                    on:click=move |_| {
                        state.editing.set(None);
                        state.form.set(true);
                    }
                >
                    {t.plan_add}
                </button>
            </div>
            <CardTable
                heads=vec![
                    Head::Text(t.name),
                    Head::Number(t.sims),
                    Head::Text(t.made_at),
                    Head::Hidden(t.edit),
                ]
                lines
                empty=view! { <Notice icon="sim" title=t.plan_none text=t.plan_none_hint class="small"/> }.into_any()
            />
        </section>
    }
}

#[component]
fn Line(plan: PlanLine, state: State) -> impl IntoView {
    let t = use_texts().manage();
    let f = use_format();
    let held = StoredValue::new(plan.clone());
    let (edit, remove) = (format!("{} {}", t.edit, plan.name), format!("{} {}", t.plan_remove, plan.name));
    view! {
        <tr>
            <th scope="row">{plan.name}</th>
            <td class="num">{thousands(plan.sims)}</td>
            <td>{f.date_time(plan.created_at)}</td>
            <td class="num">
                <EditRemove
                    edit=(t.edit, edit)
                    remove=(t.plan_remove, remove)
                    on_edit=move || {
                        state.editing.set(Some(held.get_value()));
                        state.form.set(true);
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

/// A plan is added or renamed.
#[component]
fn PlanForm(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.manage();
    let toaster = use_toaster();
    let held = state.editing.get_untracked();
    let id = held.as_ref().map(|plan| plan.id);
    let name = RwSignal::new(held.map(|plan| plan.name).unwrap_or_default());
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        failed.set(None);
        let wanted = name.get_untracked();
        spawn_local(async move {
            let saved = match id {
                Some(id) => api::plan_rename(id, wanted.clone()).await,
                None => api::plan_add(wanted.clone()).await.map(drop),
            };
            busy.set(false);
            match saved {
                Ok(()) => {
                    state.form.set(false);
                    state.plans.refetch();
                    toaster.say((t.plan_saved)(wanted.trim()));
                }
                Err(error) => failed.set(Some(t.error(texts, &error))),
            }
        });
    };
    view! {
        <form on:submit=submit class="dialog-form" method="post">
            <div class="dialog-body form">
                <TextField id="plan-name" label=t.name value=name most=100 autofocus=true/>
                <p class="field-error" role="alert">{move || failed.get()}</p>
            </div>
            <FormFoot open=state.form busy submit=if id.is_some() { texts.shell.save } else { t.plan_add }/>
        </form>
    }
}

/// Asks before a plan goes; says what needs it.
#[component]
fn Remove(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.manage();
    let toaster = use_toaster();
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let remove = move |why| {
        let Some(plan) = state.leaving.get_untracked() else { return };
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let done = api::plan_remove(plan.id, why).await;
            busy.set(false);
            match done {
                Ok(()) => {
                    state.asking.set(false);
                    state.plans.refetch();
                    toaster.say((t.plan_removed)(&plan.name));
                }
                Err(error) => failed.set(Some(t.error(texts, &error))),
            }
        });
    };
    let question = move || state.leaving.get().map(|plan| (t.plan_remove_ask)(&plan.name));
    view! { <Confirm open=state.asking question action=t.plan_remove on_confirm=remove busy failed/> }
}
