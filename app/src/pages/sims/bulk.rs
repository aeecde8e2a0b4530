//! What is done with chosen SIMs: moved to a group, given and taken tags. The message afterwards offers to take it back.

use super::list::ListState;
use crate::{
    api::{self, ApiError, groups as groups_api},
    components::{Submission, Toaster, When, use_toaster},
    format::thousands,
    i18n::{Texts, use_texts},
};
use leptos::{ev, prelude::*, task::spawn_local};
use opencmp_domain::{
    GroupId, SimSet,
    group::{BulkDone, Undo, by_path},
    sim::GroupChoice,
};

#[component]
pub fn MoveForm(list: ListState, open: RwSignal<bool>) -> impl IntoView {
    let texts = use_texts();
    let t = texts.bulk();
    let toaster = use_toaster();
    let groups = RwSignal::new(None::<Result<Vec<GroupChoice>, ApiError>>);
    let chosen = RwSignal::new(None::<GroupId>);
    let submission = Submission::of(open);
    Effect::new(move |_| {
        spawn_local(async move {
            let answer = api::groups().await;
            let _ = groups.try_set(Some(answer));
        });
    });
    let count = untrack(|| list.selection.count(list));
    let too_many = count > SimSet::MOST as u64;
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(to) = chosen.get_untracked() else { return };
        let named = groups.with_untracked(|groups| {
            let groups = groups.as_ref()?.as_ref().ok()?;
            groups.iter().find(|group| group.id == to).map(|group| group.name.clone())
        });
        let done = move |done: BulkDone| {
            let said = match done.changed {
                0 => t.moved_none.to_owned(),
                many => (t.moved)(&thousands(many), &named.unwrap_or_default()),
            };
            finish(list, toaster, texts, said, done)
        };
        let work = groups_api::sims_move(list.selection.choice(list), to);
        submission.send(work, done, |error| t.error(texts, &error));
    };
    let choices = move || match groups.get() {
        None => view! { <p class="muted">{texts.shell.loading}</p> }.into_any(),
        Some(Err(error)) => view! { <p class="field-error">{texts.error(&error)}</p> }.into_any(),
        Some(Ok(mut groups)) => {
            groups.sort_by(|a, b| by_path(&a.name, &b.name));
            let options = groups
                .into_iter()
                .map(|group| view! { <option value=group.id.to_string()>{group.name}</option> }.into_any());
            let options: Vec<_> = options.collect();
            view! {
                <select
                    id="move-group"
                    class="select"
                    required
                    on:change=move |event| chosen.set(event_target_value(&event).parse().ok())
                >
                    <option value="">{t.move_choose}</option>
                    {options}
                </select>
            }
            .into_any()
        }
    };
    let disabled = Signal::derive(move || submission.busy() || too_many || chosen.get().is_none());
    let label = StoredValue::new((t.move_do)(&thousands(count)));
    view! {
        <form on:submit=submit class="dialog-form" method="post">
            <div class="dialog-body form">
                <div class="field">
                    <label for="move-group">{t.move_group}</label>
                    {choices}
                    <p class="field-hint">{t.move_hint}</p>
                </div>
                <Trouble count too_many submission/>
            </div>
            <BulkFoot open busy=disabled label/>
        </form>
    }
}

#[component]
pub fn TagForm(list: ListState, open: RwSignal<bool>) -> impl IntoView {
    let texts = use_texts();
    let t = texts.bulk();
    let toaster = use_toaster();
    let (add, remove) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submission = Submission::of(open);
    let count = untrack(|| list.selection.count(list));
    let too_many = count > SimSet::MOST as u64;
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let (added, removed) = (tags(&add.get_untracked()), tags(&remove.get_untracked()));
        if added.is_empty() && removed.is_empty() {
            return;
        }
        let done = move |done: BulkDone| {
            let said = match done.changed {
                0 => t.tagged_none.to_owned(),
                many => (t.tagged)(&thousands(many)),
            };
            finish(list, toaster, texts, said, done)
        };
        let work = groups_api::sims_tag(list.selection.choice(list), added, removed);
        submission.send(work, done, |error| t.error(texts, &error));
    };
    // What the rows on the screen have: those are the tags that one takes away, as a rule.
    let mut held: Vec<String> =
        list.rows.with_untracked(|rows| rows.iter().flat_map(|row| row.fixed.tags.clone()).collect());
    held.sort_unstable();
    held.dedup();
    let options: Vec<_> =
        held.into_iter().map(|tag| view! { <option value=tag></option> }.into_any()).collect();
    let field = move |id: &'static str, label: &'static str, value: RwSignal<String>, autofocus: bool| {
        view! {
            <div class="field">
                <label for=id>{label}</label>
                <input
                    id=id
                    class="input"
                    list="known-tags"
                    autocomplete="off"
                    autofocus=autofocus
                    maxlength="1000"
                    aria-describedby="tags-hint"
                    prop:value=value
                    on:input=move |event| value.set(event_target_value(&event))
                />
            </div>
        }
    };
    let disabled = Signal::derive(move || {
        submission.busy()
            || too_many
            || add.with(|text| tags(text).is_empty()) && remove.with(|text| tags(text).is_empty())
    });
    let label = StoredValue::new((t.tags_do)(&thousands(count)));
    view! {
        <form on:submit=submit class="dialog-form" method="post">
            <div class="dialog-body form">
                {field("tags-add", t.tags_add, add, true)}
                {field("tags-remove", t.tags_remove, remove, false)}
                <datalist id="known-tags">{options}</datalist>
                <p id="tags-hint" class="field-hint">{t.tags_hint}</p>
                <Trouble count too_many submission/>
            </div>
            <BulkFoot open busy=disabled label/>
        </form>
    }
}

/// The tags in a line of them.
pub fn tags(text: &str) -> Vec<String> {
    let tags = text.split([',', '，', '、', ';', '；']).map(str::trim).filter(|tag| !tag.is_empty());
    tags.map(str::to_owned).collect()
}

/// That it takes a moment, that it is too much, that it went wrong.
#[component]
fn Trouble(count: u64, too_many: bool, submission: Submission) -> impl IntoView {
    let t = use_texts().bulk();
    let said = move || if too_many { Some((t.too_many)(&thousands(count))) } else { submission.failed() };
    view! {
        <p class="field-error" role="alert">{said}</p>
        <When holds=Signal::derive(move || submission.busy())>
            <p class="muted working" role="status">{t.working}</p>
            <div class="working-bar"><div class="progress"></div></div>
        </When>
    }
}

#[component]
fn BulkFoot(open: RwSignal<bool>, busy: Signal<bool>, label: StoredValue<String>) -> impl IntoView {
    let t = use_texts().shell;
    view! {
        <div class="dialog-foot">
            <button type="button" class="button" on:click=move |_| open.set(false)>{t.cancel}</button>
            <button type="submit" class="button primary" prop:disabled=busy>{label.get_value()}</button>
        </div>
    }
}

/// The list shows it; the message offers the way back. Returns it if there is no way back to offer.
fn finish(
    list: ListState,
    toaster: Toaster,
    texts: &'static Texts,
    said: String,
    done: BulkDone,
) -> Option<String> {
    list.reload();
    if done.changed == 0 {
        return Some(said);
    }
    list.selection.clear();
    let undo = StoredValue::new(done.undo);
    let back = Callback::new(move |()| take_back(list, toaster, texts, undo.get_value()));
    toaster.offer(said, texts.bulk().undo, back);
    None
}

fn take_back(list: ListState, toaster: Toaster, texts: &'static Texts, undo: Undo) {
    let t = texts.bulk();
    spawn_local(async move {
        match groups_api::sims_undo(undo).await {
            Ok(done) => toaster.say((t.undone)(&thousands(done.changed))),
            Err(error) => toaster.say(t.error(texts, &error)),
        }
        list.reload();
    });
}
