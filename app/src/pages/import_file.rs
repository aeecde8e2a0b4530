//! A file is chosen or pasted, looked at, and taken: SIMs into the inventory, cells of the network. The server gets it twice and
//! keeps nothing in between: what is confirmed is checked again. [`outcome`]: what it would do, line by line.

mod outcome;

use super::stock::Notes;
use crate::{
    api::{
        ApiError,
        stock::{self as api, Then},
    },
    components::{TextArea, When, use_toaster},
    format::thousands,
    i18n::{stock::said, use_texts},
};
use leptos::{html, prelude::*, task::spawn_local};
use opencmp_domain::{
    TenantId,
    sim::TenantChoice,
    stock::{ImportOutcome, MOST_FILE_MIB},
};
use outcome::Outcome;
use wasm_bindgen::JsValue;

const MIB: f64 = 1024.0 * 1024.0;

/// In a dialog.
#[component]
pub fn ImportForm(
    open: RwSignal<bool>,
    /// The address that takes it.
    to: &'static str,
    /// Whose the lines may become, besides nobody's; `None`: there is no choice.
    #[prop(optional_no_strip)]
    tenants: Option<Vec<TenantChoice>>,
    /// Which columns it has.
    hint: &'static str,
    /// Something was taken.
    on_done: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let texts = use_texts();
    let t = texts.stock();
    let toaster = use_toaster();
    let adopts = tenants.is_some();
    let file = NodeRef::<html::Input>::new();
    let pasted = RwSignal::new(String::new());
    let tenant = RwSignal::new(None::<TenantId>);
    let outcome = RwSignal::new(None::<ImportOutcome>);
    let (busy, failed) = (RwSignal::new(None::<Then>), RwSignal::new(None::<String>));
    let has_file = RwSignal::new(false);
    let lang = texts.lang;
    let what_failed = move |error: &ApiError| match error {
        ApiError::Invalid { field, message } if field == "file" => said(lang, message),
        error => texts.error(error),
    };
    let send = move |then: Then| {
        let chosen = file.get_untracked().and_then(|input| input.files()?.get(0));
        if chosen.as_ref().is_some_and(|file| file.size() > MOST_FILE_MIB as f64 * MIB) {
            return failed
                .set(Some(said(lang, &format!("the file is larger than {MOST_FILE_MIB} MiB: split it"))));
        }
        let body: JsValue = match chosen {
            Some(file) => file.into(),
            None => pasted.get_untracked().into(),
        };
        busy.set(Some(then));
        failed.set(None);
        spawn_local(async move {
            let done = api::upload(to, &body, tenant.get_untracked(), then).await;
            if busy.try_set(None).is_some() {
                return;
            }
            match done {
                Ok(done) if done.applied => {
                    open.set(false);
                    on_done();
                    toaster.say((t.imported)(&thousands(done.created + done.changed + done.adopted)));
                }
                Ok(done) => outcome.set(Some(done)),
                Err(error) => failed.set(Some(what_failed(&error))),
            }
        });
    };
    let is_busy = Signal::derive(move || busy.get().is_some());
    let nothing = Signal::derive(move || !has_file.get() && pasted.with(|text| text.trim().is_empty()));
    let working = move || match busy.get() {
        Some(Then::Preview) => Some(t.preview_working),
        Some(_) => Some(t.import_working),
        None => None,
    };
    let whose = tenants.map(|tenants| {
        let option = |choice: TenantChoice| {
            view! { <option value=choice.id.to_string()>{choice.name}</option> }.into_any()
        };
        let tenants: Vec<_> = tenants.into_iter().map(option).collect();
        view! {
            <div class="field">
                <label for="import-to">{t.import_to}</label>
                <select
                    id="import-to"
                    class="select"
                    on:change=move |event| tenant.set(event_target_value(&event).parse().ok())
                >
                    <option value="">{t.import_stock}</option>
                    {tenants}
                </select>
            </div>
        }
        .into_any()
    });
    let looking = Signal::derive(move || outcome.with(Option::is_some));
    view! {
        <div class="dialog-form">
            // What was chosen stays in its place while the preview is looked at: it is sent again.
            <div class="dialog-body form" hidden=looking>
                {whose}
                <div class="field">
                    <label for="import-file">{t.import_file}</label>
                    <input
                        id="import-file"
                        node_ref=file
                        class="input file"
                        type="file"
                        accept=".csv,.txt,text/csv,text/plain"
                        aria-describedby="import-file-hint"
                        on:change=move |_| {
                            let files = file.get_untracked().and_then(|input| input.files());
                            has_file.set(files.is_some_and(|files| files.length() > 0));
                        }
                    />
                    <p id="import-file-hint" class="field-hint">{hint}</p>
                </div>
                <When holds=Signal::derive(move || !has_file.get())>
                    <TextArea id="import-text" label=t.import_paste value=pasted hint=t.import_paste_hint/>
                </When>
            </div>
            {move || outcome.get().map(|outcome| view! { <Outcome outcome adopts/> }.into_any())}
            <Notes failed working busy=is_busy/>
            <div class="dialog-foot">
                {move || match outcome.get() {
                    None => {
                        view! {
                            <button type="button" class="button" on:click=move |_| open.set(false)>
                                {texts.shell.cancel}
                            </button>
                            <button
                                type="button"
                                class="button primary"
                                prop:disabled=move || is_busy.get() || nothing.get()
                                on:click=move |_| send(Then::Preview)
                            >
                                {t.preview}
                            </button>
                        }
                        .into_any()
                    }
                    Some(done) => {
                        let good = done.created + done.changed + done.adopted;
                        let (then, label) = match done.errors_total {
                            0 => (Then::Apply, (t.import_do)(&thousands(good))),
                            _ => (Then::ApplyGood, (t.import_good)(&thousands(good))),
                        };
                        let class = if done.errors_total == 0 { "button primary" } else { "button" };
                        view! {
                            <button
                                type="button"
                                class="button"
                                prop:disabled=is_busy
                                on:click=move |_| {
                                    failed.set(None);
                                    outcome.set(None);
                                }
                            >
                                {t.back_step}
                            </button>
                            <button
                                type="button"
                                class=class
                                prop:disabled=move || is_busy.get() || good == 0
                                on:click=move |_| send(then)
                            >
                                {label}
                            </button>
                        }
                        .into_any()
                    }
                }}
            </div>
        </div>
    }
}
