use super::When;
use crate::tools::use_tools;
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// A button with a panel below it. Escape, a click elsewhere and leaving by Tab close it; ↑ and ↓ walk through what can
/// be chosen in it.
#[component]
pub fn Menu(
    open: RwSignal<bool>,
    /// Classes of the button.
    class: &'static str,
    /// Lies under the right edge of its button.
    #[prop(optional)]
    end: bool,
    /// Its contents are a [`crate::tools::tool`].
    #[prop(optional)]
    fetched: bool,
    /// What the button does, where its contents don't say.
    #[prop(optional)]
    label: Option<&'static str>,
    button: AnyView,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let tools = use_tools();
    let show = move || if fetched { tools.open(open) } else { open.set(true) };
    let holds = move |target: Option<web_sys::EventTarget>| {
        let target = target.and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        node.get_untracked().is_some_and(|node| node.contains(target.as_ref()))
    };
    Effect::new(move |_| {
        if open.get() {
            let elsewhere = window_event_listener(ev::pointerdown, move |event| {
                if !holds(event.target()) {
                    open.set(false);
                }
            });
            on_cleanup(move || elsewhere.remove());
        }
    });
    let keys = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Escape" if open.get_untracked() => {
            event.stop_propagation();
            open.set(false);
            if let Some(button) = node.get_untracked().and_then(|node| node.query_selector("button").ok()?) {
                let _ = button.unchecked_into::<web_sys::HtmlElement>().focus();
            }
        }
        "ArrowDown" | "ArrowUp" => {
            event.prevent_default();
            if !open.get_untracked() {
                return show();
            }
            if let Some(node) = node.get_untracked() {
                walk(&node, event.key() == "ArrowDown");
            }
        }
        _ => {}
    };
    let left = move |event: ev::FocusEvent| {
        if event.related_target().is_some() && !holds(event.related_target()) {
            open.set(false);
        }
    };
    view! {
        <div node_ref=node class=if end { "menu end" } else { "menu" } on:keydown=keys on:focusout=left>
            <button
                type="button"
                class=class
                aria-label=label
                title=label
                aria-expanded=move || if open.get() { "true" } else { "false" }
                on:click=move |_| if open.get_untracked() { open.set(false) } else { show() }
            >
                {button}
            </button>
            <When holds=open>
                <div class="menu-panel">{children()}</div>
            </When>
        </div>
    }
}

/// Moves the focus to the next or previous item of the panel.
fn walk(root: &web_sys::Element, forward: bool) {
    let Ok(items) = root.query_selector_all(".menu-panel .menu-item") else { return };
    let count = items.length();
    if count == 0 {
        return;
    }
    let active = document().active_element();
    let at = (0..count).find(|i| {
        items
            .item(*i)
            .is_some_and(|item| active.as_ref().is_some_and(|active| item.is_same_node(Some(active))))
    });
    let next = match (at, forward) {
        (None, true) => 0,
        (None, false) => count - 1,
        (Some(at), true) => (at + 1) % count,
        (Some(at), false) => (at + count - 1) % count,
    };
    if let Some(item) = items.item(next) {
        let _ = item.unchecked_into::<web_sys::HtmlElement>().focus();
    }
}
