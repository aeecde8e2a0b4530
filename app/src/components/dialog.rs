use super::{Icon, TextField, When};
use crate::i18n::use_texts;
use leptos::{ev, html, prelude::*};
use opencmp_domain::Reason;

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

/// Asks why, for the audit log; it may stay empty.
#[component]
pub fn WhyField(id: &'static str, why: RwSignal<String>) -> impl IntoView {
    let t = use_texts().shell;
    view! { <TextField id label=t.why value=why most=Reason::MOST_CHARS hint=t.why_hint optional=true/> }
}

/// What was said in such a field; tabs, as text is pasted with them, are blanks there.
pub fn reason(why: RwSignal<String>) -> Option<Reason> {
    why.with_untracked(|text| Reason::try_from(text.replace(char::is_control, " ")).ok())
}
