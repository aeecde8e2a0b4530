use super::{Toaster, WhyField, reason, use_toaster};
use crate::{api::ApiError, dom, i18n::use_texts};
use leptos::{ev, prelude::*, task::spawn_local};
use opencmp_domain::Reason;

/// Why something couldn't be done, and the field that it is about: `""` for none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    field: String,
    message: String,
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self { field: String::new(), message }
    }
}

impl From<(String, String)> for Failure {
    fn from((field, message): (String, String)) -> Self {
        Self { field, message }
    }
}

/// What a dialog does once it is confirmed: whether that is under way, and why it couldn't be done.
#[derive(Clone, Copy)]
pub struct Submission {
    /// Whether the dialog is open.
    pub open: RwSignal<bool>,
    /// What the ids of its fields begin with: `portal` of `portal-name`.
    fields: &'static str,
    busy: RwSignal<bool>,
    failed: RwSignal<Option<Failure>>,
    toaster: Toaster,
}

impl Submission {
    /// Of the dialog that is open while `open` is true. To be made within it: what went wrong is gone with it.
    pub fn of(open: RwSignal<bool>) -> Self {
        let (busy, failed) = (RwSignal::new(false), RwSignal::new(None));
        Self { open, fields: "", busy, failed, toaster: use_toaster() }
    }

    /// The same; a field that something is wrong with is focused.
    pub fn with_fields(open: RwSignal<bool>, fields: &'static str) -> Self {
        Self { fields, ..Self::of(open) }
    }

    pub fn busy(self) -> bool {
        self.busy.get()
    }

    /// What went wrong, in words.
    pub fn failed(self) -> Option<String> {
        self.failed.with(|failed| failed.as_ref().map(|failure| failure.message.clone()))
    }

    /// Whatever was wrong before isn't said any more.
    pub fn clear(self) {
        self.failed.set(None);
    }

    /// It can't be done as it is.
    pub fn refuse(self, failure: impl Into<Failure>) {
        self.fail(failure.into());
    }

    fn fail(self, failure: Failure) {
        if !self.fields.is_empty() && !failure.field.is_empty() {
            dom::focus(&format!("#{}-{}", self.fields, failure.field));
        }
        // Who has closed the dialog meanwhile is told all the same.
        if let Some(Some(failure)) = self.failed.try_set(Some(failure)) {
            self.toaster.say(failure.message);
        }
    }

    /// Does it. Then the dialog closes, and what `done` returns is said; or it stays, and says what `wrong` returns.
    pub fn send<T: 'static, Said: Into<Option<String>>, Wrong: Into<Failure>>(
        self,
        work: impl Future<Output = Result<T, ApiError>> + 'static,
        done: impl FnOnce(T) -> Said + 'static,
        wrong: impl FnOnce(ApiError) -> Wrong + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.clear();
        spawn_local(async move {
            let answer = work.await;
            let _ = self.busy.try_set(false);
            match answer {
                Ok(answer) => {
                    self.open.set(false);
                    if let Some(said) = done(answer).into() {
                        self.toaster.say(said);
                    }
                }
                Err(error) => self.fail(wrong(error).into()),
            }
        });
    }
}

/// In a dialog: fields, what is wrong with them, and the way on or back.
#[component]
pub fn DialogForm(
    submission: Submission,
    /// What is on the button.
    submit: &'static str,
    on_submit: impl Fn() + 'static,
    /// What is wrong with fields is said in our words, not in the browser's.
    #[prop(optional)]
    novalidate: bool,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView {
    let body = view! { <div class=format!("dialog-body form {class}")>{children()}</div> }.into_any();
    form(submission, (submit, "primary"), novalidate, body, Box::new(on_submit))
}

/// In a dialog: asks before something goes that doesn't come back, and why it goes, for the audit log.
#[component]
pub fn Confirm(
    submission: Submission,
    question: impl Fn() -> Option<String> + Send + Sync + 'static,
    /// What is on the button.
    action: &'static str,
    on_confirm: impl Fn(Option<Reason>) + 'static,
) -> impl IntoView {
    let why = RwSignal::new(String::new());
    let body = view! {
        <div class="dialog-body form">
            <p>{question}</p>
            <WhyField id="confirm-why" why/>
        </div>
    };
    form(submission, (action, "danger"), false, body.into_any(), Box::new(move || on_confirm(reason(why))))
}

/// Not generic: it is once in the program, however many forms there are.
fn form(
    submission: Submission,
    (submit, tone): (&'static str, &'static str),
    novalidate: bool,
    body: AnyView,
    on_submit: Box<dyn Fn()>,
) -> AnyView {
    let t = use_texts().shell;
    let Submission { open, failed, .. } = submission;
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        on_submit();
    };
    let field = move || failed.get().map(|failure| failure.field);
    view! {
        <form on:submit=on_submit class="dialog-form" method="post" novalidate=novalidate>
            {body}
            <p class="field-error form-error" role="alert" data-field=field>{move || submission.failed()}</p>
            <div class="dialog-foot">
                // What doesn't come back isn't what Enter does at once.
                <button
                    type="button"
                    class="button"
                    autofocus=tone == "danger"
                    on:click=move |_| open.set(false)
                >
                    {t.cancel}
                </button>
                <button type="submit" class=format!("button {tone}") prop:disabled=move || submission.busy()>
                    {submit}
                </button>
            </div>
        </form>
    }
    .into_any()
}
