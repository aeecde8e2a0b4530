use super::{Icon, When};
use crate::i18n::use_texts;
use leptos::{ev, html, prelude::*};

/// A native modal dialog: focus stays within, Escape and a click beside it close it. What it shows exists only while it is
/// open.
#[component]
pub fn Dialog(open: RwSignal<bool>, title: &'static str, children: ChildrenFn) -> impl IntoView {
    let t = use_texts().shell;
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let wanted = open.get();
        // After the contents are there, so that the first field is focused.
        request_animation_frame(move || {
            let Some(dialog) = node.try_get_untracked().flatten() else { return };
            if wanted && !dialog.open() {
                let _ = dialog.show_modal();
            } else if !wanted && dialog.open() {
                dialog.close();
            }
        });
    });
    let beside = move |event: ev::MouseEvent| {
        let on_backdrop = node.get_untracked().is_some_and(|dialog| {
            let dialog: &wasm_bindgen::JsValue = dialog.as_ref();
            event.target().is_some_and(|target| AsRef::<wasm_bindgen::JsValue>::as_ref(&target) == dialog)
        });
        if on_backdrop {
            open.set(false);
        }
    };
    view! {
        <dialog node_ref=node class="dialog" aria-label=title on:close=move |_| open.set(false) on:mousedown=beside>
            <When holds=open>
                <div class="dialog-inner">
                    <div class="dialog-head">
                        <h2>{title}</h2>
                        <button
                            type="button"
                            class="button quiet square"
                            aria-label=t.close
                            on:click=move |_| open.set(false)
                        >
                            <Icon name="close"/>
                        </button>
                    </div>
                    {children()}
                </div>
            </When>
        </dialog>
    }
}

/// In a dialog: asks before something goes that doesn't come back.
#[component]
pub fn Confirm(
    open: RwSignal<bool>,
    question: impl Fn() -> Option<String> + Send + Sync + 'static,
    /// What is on the button.
    action: &'static str,
    on_confirm: impl Fn() + 'static,
    #[prop(into, optional)] busy: Signal<bool>,
    /// Why it couldn't be done.
    #[prop(into, optional)]
    failed: Signal<Option<String>>,
) -> impl IntoView {
    let t = use_texts().shell;
    view! {
        <div class="dialog-body">
            <p>{question}</p>
            <p class="field-error" role="alert">{move || failed.get()}</p>
        </div>
        <div class="dialog-foot">
            <button type="button" class="button" autofocus on:click=move |_| open.set(false)>
                {t.cancel}
            </button>
            <button type="button" class="button danger" prop:disabled=busy on:click=move |_| on_confirm()>
                {action}
            </button>
        </div>
    }
}
