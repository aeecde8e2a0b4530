//! Click (or Enter) copies; a short message says so, to screen readers as well.

use crate::i18n::use_texts;
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};

const SHOWN: Duration = Duration::from_millis(2200);
/// What can be taken back stays longer.
const SHOWN_WITH_ACTION: Duration = Duration::from_secs(12);

/// One short message at a time, at the foot of the page.
#[derive(Clone, Copy)]
pub struct Toaster {
    message: RwSignal<String>,
    /// What a button beside the message says and does.
    action: RwSignal<Option<(&'static str, Callback<()>)>>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Toaster {
    pub fn provide() {
        provide_context(Self {
            message: RwSignal::new(String::new()),
            action: RwSignal::new(None),
            timer: StoredValue::new(None),
        });
    }

    pub fn say(self, message: impl Into<String>) {
        self.show(message.into(), None);
    }

    /// With a button that does something about it, such as taking it back.
    pub fn offer(self, message: impl Into<String>, label: &'static str, act: Callback<()>) {
        self.show(message.into(), Some((label, act)));
    }

    fn show(self, message: String, action: Option<(&'static str, Callback<()>)>) {
        let shown = if action.is_some() { SHOWN_WITH_ACTION } else { SHOWN };
        if let Some(timer) = self.timer.get_value() {
            timer.clear();
        }
        self.message.set(message);
        self.action.set(action);
        self.timer.set_value(set_timeout_with_handle(move || self.hide(), shown).ok());
    }
}

impl Toaster {
    fn hide(self) {
        self.message.set(String::new());
        self.action.set(None);
    }
}

pub fn use_toaster() -> Toaster {
    expect_context::<Toaster>()
}

#[component]
pub fn Toast() -> impl IntoView {
    let toaster = use_toaster();
    let act = move |_| {
        if let Some((_, act)) = toaster.action.get_untracked() {
            toaster.hide();
            act.run(());
        }
    };
    view! {
        <div class="toast" class:shown=move || toaster.message.with(|message| !message.is_empty())>
            <span role="status" aria-live="polite">{move || toaster.message.get()}</span>
            {move || {
                let label = toaster.action.get()?.0;
                Some(view! { <button type="button" class="toast-action" on:click=act>{label}</button> }.into_any())
            }}
        </div>
    }
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
