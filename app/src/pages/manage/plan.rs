//! 資費類型: the operator's rate plans.

use crate::{
    api::manage::{self as api, Managed},
    components::{
        CardTable, Confirm, Dialog, DialogForm, EditRemove, ErrorNotice, Head, Notice, Submission, TextField,
    },
    format::{thousands, use_format},
    i18n::use_texts,
    json::{Fetched, fetched_first},
};
use leptos::prelude::*;
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
    let submission = Submission::of(state.form);
    let held = state.editing.get_untracked();
    let id = held.as_ref().map(|plan| plan.id);
    let name = RwSignal::new(held.map(|plan| plan.name).unwrap_or_default());
    let save = move || {
        let wanted = name.get_untracked();
        let said = wanted.clone();
        let work = async move {
            match id {
                Some(id) => api::plan_rename(id, wanted).await,
                None => api::plan_add(wanted).await.map(drop),
            }
        };
        let done = move |()| {
            state.plans.refetch();
            (t.plan_saved)(said.trim())
        };
        submission.send(work, done, |error| t.error(texts, &error));
    };
    let submit = if id.is_some() { texts.shell.save } else { t.plan_add };
    view! {
        <DialogForm submission submit on_submit=save>
            <TextField id="plan-name" label=t.name value=name most=100 autofocus=true/>
        </DialogForm>
    }
}

/// Asks before a plan goes; says what needs it.
#[component]
fn Remove(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.manage();
    let submission = Submission::of(state.asking);
    let remove = move |why| {
        let Some(plan) = state.leaving.get_untracked() else { return };
        let done = move |()| {
            state.plans.refetch();
            (t.plan_removed)(&plan.name)
        };
        submission.send(api::plan_remove(plan.id, why), done, |error| t.error(texts, &error));
    };
    let question = move || state.leaving.get().map(|plan| (t.plan_remove_ask)(&plan.name));
    view! { <Confirm submission question action=t.plan_remove on_confirm=remove/> }
}
