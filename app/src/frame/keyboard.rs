//! Keys that work on every page, and the dialog that names them.

use crate::{
    components::Dialog,
    dom,
    i18n::use_texts,
    tools::{Tool, tool, use_tools},
};
use leptos::{ev, prelude::*};
use leptos_router::hooks::use_navigate;

/// How long `g` waits for its second key, in milliseconds.
const SECOND_KEY: f64 = 1200.0;

#[component]
pub fn Keyboard(help: RwSignal<bool>) -> impl IntoView {
    let t = use_texts().shell;
    let tools = use_tools();
    let navigate = StoredValue::new(use_navigate());
    // When `g` was pressed.
    let going = StoredValue::new(None::<f64>);
    let keys = move |event: ev::KeyboardEvent| {
        if dom::is_typing(&event) || event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let go = |path: &str| navigate.with_value(|navigate| navigate(path, Default::default()));
        let second = going.get_value().is_some_and(|since| event.time_stamp() - since < SECOND_KEY);
        going.set_value(None);
        match event.key().as_str() {
            "/" => {
                event.prevent_default();
                dom::focus("#search");
            }
            "?" => tools.open(help),
            "g" => going.set_value(Some(event.time_stamp())),
            "d" if second => go("/"),
            "s" if second => go("/sims"),
            "u" if second => go("/usage"),
            _ => {}
        }
    };
    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, keys);
        on_cleanup(move || handle.remove());
    });
    view! {
        <Dialog open=help title=t.keyboard>
            {tool(Tool::KeyboardHelp)}
        </Dialog>
    }
}

#[component]
pub fn KeyboardHelp() -> impl IntoView {
    let t = use_texts().shell;
    view! {
        <div class="dialog-body">
            <dl class="keys">
                <dt><kbd>"/"</kbd></dt>
                <dd>{t.key_search}</dd>
                <dt><kbd>"j"</kbd>" "<kbd>"k"</kbd></dt>
                <dd>{t.key_rows}</dd>
                <dt><kbd>"x"</kbd></dt>
                <dd>{t.key_choose}</dd>
                <dt><kbd>"Enter"</kbd></dt>
                <dd>{t.key_open}</dd>
                <dt><kbd>"g"</kbd>" "<kbd>"d"</kbd></dt>
                <dd>{t.key_go_dashboard}</dd>
                <dt><kbd>"g"</kbd>" "<kbd>"s"</kbd></dt>
                <dd>{t.key_go_sims}</dd>
                <dt><kbd>"g"</kbd>" "<kbd>"u"</kbd></dt>
                <dd>{t.key_go_usage}</dd>
                <dt><kbd>"Esc"</kbd></dt>
                <dd>{t.key_close}</dd>
                <dt><kbd>"?"</kbd></dt>
                <dd>{t.key_help}</dd>
            </dl>
        </div>
    }
}
