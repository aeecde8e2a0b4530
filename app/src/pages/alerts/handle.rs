//! 處理: what was done about alerts, with a note.

use super::list::ListState;
use crate::{
    api::{ApiError, alerts as api},
    clock::use_clock,
    components::{DialogForm, Submission, TextArea},
    format::thousands,
    frame::Waiting,
    i18n::use_texts,
};
use leptos::prelude::*;
use opencmp_domain::alert::{AlertChoice, Handling, HandlingSaid};

#[component]
pub fn HandleForm(list: ListState) -> impl IntoView {
    let t = use_texts().alerts();
    let clock = use_clock();
    let choice = list.choice();
    let one = list.one.get_untracked().and_then(|_| list.rows_of(&choice).pop());
    let held = one.as_ref().map(|row| row.handling.get_untracked().note).unwrap_or_default();
    let about = match (&one, untrack(|| list.count())) {
        (Some(row), _) => Some(row.message.clone()),
        (None, Some(count)) => Some((t.handle_many)(&thousands(count as u64))),
        (None, None) => Some(t.handle_all.to_owned()),
    };
    let done = move |said: HandlingSaid, choice: AlertChoice| {
        let (now, name) = (clock.read(), list.reader.with_value(|reader| reader.name.clone()));
        for row in list.rows_of(&choice) {
            row.handling.update(|handling| {
                *handling = Handling {
                    at: said.handled.then_some(now),
                    by: None,
                    by_name: name.clone().filter(|_| said.handled),
                    note: said.note.clone().unwrap_or_else(|| handling.note.clone()),
                    by_itself: handling.by_itself,
                };
            });
        }
        if list.one.get_untracked().is_none() {
            list.clear();
        }
    };
    view! { <Form open=list.handling choice=StoredValue::new(choice) held about on_done=done/> }
}

/// The same for one alert, on its page.
#[component]
pub fn Form(
    open: RwSignal<bool>,
    choice: StoredValue<AlertChoice>,
    /// The note that is there.
    held: String,
    about: Option<String>,
    on_done: impl Fn(HandlingSaid, AlertChoice) + Copy + Send + 'static,
) -> impl IntoView {
    let texts = use_texts();
    let t = texts.alerts();
    let submission = Submission::of(open);
    let waiting = use_context::<Waiting>();
    let (note, handled) = (RwSignal::new(held.clone()), RwSignal::new(true));
    let held = StoredValue::new(held);
    let save = move || {
        let typed = note.get_untracked().trim().to_owned();
        // Where there was none, an empty field says nothing of the notes that others have.
        let unsaid = typed.is_empty() && held.with_value(String::is_empty);
        let said = HandlingSaid { handled: handled.get_untracked(), note: (!unsaid).then_some(typed) };
        let choice = choice.get_value();
        let work = api::alerts_handle(choice.clone(), said.clone());
        let done = move |answer: api::Handled| {
            if let Some(waiting) = waiting {
                waiting.set(answer.waiting);
            }
            on_done(said, choice);
            match answer.changed {
                0 => t.handled_none.to_owned(),
                many => (t.handled)(&thousands(many)),
            }
        };
        let wrong = |error: ApiError| {
            let rule = match &error {
                ApiError::Invalid { field, .. } => t.rule_of(field),
                _ => None,
            };
            rule.unwrap_or_else(|| texts.error(&error))
        };
        submission.send(work, done, wrong);
    };
    let choose = move |value: bool, label: &'static str| {
        view! {
            <label>
                <input
                    type="radio"
                    name="handled"
                    prop:checked=move || handled.get() == value
                    on:change=move |_| handled.set(value)
                />
                {label}
            </label>
        }
        .into_any()
    };
    view! {
        <DialogForm submission submit=texts.shell.save on_submit=save>
                <p>{about}</p>
                <div class="segments" role="radiogroup" aria-label=t.handling>
                    {choose(true, t.done)} {choose(false, t.undone)}
                </div>
                <TextArea id="handle-note" label=t.note value=note hint=t.handle_note_hint/>
        </DialogForm>
    }
}
