//! Click (or Enter) copies; a short message says so, to screen readers as well.

use crate::i18n::use_texts;
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};

const SHOWN: Duration = Duration::from_millis(2200);

/// One short message at a time, at the foot of the page.
#[derive(Clone, Copy)]
pub struct Toaster {
    message: RwSignal<String>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Toaster {
    pub fn provide() {
        provide_context(Self { message: RwSignal::new(String::new()), timer: StoredValue::new(None) });
    }

    pub fn say(self, message: impl Into<String>) {
        if let Some(timer) = self.timer.get_value() {
            timer.clear();
        }
        self.message.set(message.into());
        let hide = move || self.message.set(String::new());
        self.timer.set_value(set_timeout_with_handle(hide, SHOWN).ok());
    }
}

pub fn use_toaster() -> Toaster {
    expect_context::<Toaster>()
}

#[component]
pub fn Toast() -> impl IntoView {
    let toaster = use_toaster();
    view! { <div class="toast" role="status" aria-live="polite" class:shown=move || toaster.message.with(|message| !message.is_empty())>{move || toaster.message.get()}</div> }
}

/// A value that can be taken along.
#[component]
pub fn Copy(
    #[prop(into)] value: Signal<String>,
    /// What the value is, for the button's name: `ICCID`.
    what: &'static str,
) -> impl IntoView {
    let t = use_texts().shell;
    let toaster = use_toaster();
    let done = RwSignal::new(false);
    let copy = move |_| {
        let text = value.get_untracked();
        spawn_local(async move {
            let copied = write_clipboard(&text).await;
            let word = if copied { t.copied } else { t.copy_failed };
            toaster.say(format!("{word} {text}"));
            done.set(copied);
            set_timeout(
                move || {
                    let _ = done.try_set(false);
                },
                SHOWN,
            );
        });
    };
    view! {
        <button type="button" class="copy mono" class:done=done on:click=copy title=t.copy>
            <span class="visually-hidden">{t.copy}" "{what}" "</span>
            <span>{value}</span>
            <svg class="icon" aria-hidden="true" focusable="false">
                <use href=move || if done.get() { "/icons.svg#check" } else { "/icons.svg#copy" }></use>
            </svg>
        </button>
    }
}

/// Pages that aren't served securely have no clipboard: `undefined` where web-sys promises one.
async fn write_clipboard(text: &str) -> bool {
    let navigator = window().navigator();
    let clipboard = js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard"));
    match clipboard.ok().and_then(|found| found.dyn_into::<web_sys::Clipboard>().ok()) {
        Some(clipboard) => wasm_bindgen_futures::JsFuture::from(clipboard.write_text(text)).await.is_ok(),
        None => false,
    }
}
