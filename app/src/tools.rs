//! What opens on demand: dialogs, and menus of more than a few lines. They are a part of the browser's program of their own
//! ([`crate::parts`]), which is fetched when a hand is first at the page, or at the latest when one of them is opened.

use crate::{
    api::people::Session,
    components::{Toaster, use_toaster},
    frame::{AccountChoice, KeyboardHelp, Preferences},
    i18n::use_texts,
    json::Fetched,
    pages::sims::{
        ColumnsForm, DeleteForm, GroupPanel, ListState, MoveForm, PasteForm, SaveForm, TagForm, ViewsPanel,
        ViewsState,
    },
    parts::Arriving,
    prefs::Theme,
};
use leptos::{prelude::*, task::spawn_local};
use opencmp_domain::sim::GroupChoice;
use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

/// All of them, with what they work on.
pub enum Tool {
    Columns { list: ListState, open: RwSignal<bool> },
    Groups { list: ListState, groups: Fetched<Vec<GroupChoice>>, open: RwSignal<bool> },
    Paste { open: RwSignal<bool> },
    Move { list: ListState, open: RwSignal<bool> },
    Tag { list: ListState, open: RwSignal<bool> },
    Views { views: ViewsState },
    ViewSave { list: ListState, views: ViewsState },
    ViewDelete { views: ViewsState },
    Account { session: StoredValue<Session> },
    Preferences { theme: RwSignal<Theme>, open: RwSignal<bool>, help: RwSignal<bool> },
    KeyboardHelp,
}

#[wasm_split(tools, fallible, preload(fetch))]
fn contents(tool: Tool) -> Result<AnyView, SplitLoaderError> {
    Ok(match tool {
        Tool::Columns { list, open } => view! { <ColumnsForm list open/> }.into_any(),
        Tool::Groups { list, groups, open } => view! { <GroupPanel list groups open/> }.into_any(),
        Tool::Paste { open } => view! { <PasteForm open/> }.into_any(),
        Tool::Move { list, open } => view! { <MoveForm list open/> }.into_any(),
        Tool::Tag { list, open } => view! { <TagForm list open/> }.into_any(),
        Tool::Views { views } => view! { <ViewsPanel views/> }.into_any(),
        Tool::ViewSave { list, views } => view! { <SaveForm list open=views.saving/> }.into_any(),
        Tool::ViewDelete { views } => view! { <DeleteForm views/> }.into_any(),
        Tool::Account { session } => view! { <AccountChoice session/> }.into_any(),
        Tool::Preferences { theme, open, help } => view! { <Preferences theme open help/> }.into_any(),
        Tool::KeyboardHelp => view! { <KeyboardHelp/> }.into_any(),
    })
}

/// What an open menu or dialog holds. It was opened by [`Tools::open`], so the part is here.
pub fn tool(tool: Tool) -> AnyView {
    let mut contents = pin!(contents(tool));
    match contents.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(view)) => view,
        _ => ().into_any(),
    }
}

/// The way to open them.
#[derive(Clone, Copy)]
pub struct Tools {
    arriving: Arriving,
    toaster: Toaster,
    failed: &'static str,
}

pub fn use_tools() -> Tools {
    Tools { arriving: expect_context(), toaster: use_toaster(), failed: use_texts().shell.part_missing_hint }
}

impl Tools {
    /// Opens one once its part is here; says so if it can't be had. The next try fetches anew.
    pub fn open(self, open: RwSignal<bool>) {
        spawn_local(async move {
            let arriving = self.arriving.begin();
            let fetched = fetch().await;
            drop(arriving);
            match fetched {
                Ok(()) => _ = open.try_set(true),
                Err(_) => self.toaster.say(self.failed),
            }
        });
    }
}

/// Fetches the part at the first sign that someone is about to use the page, so that opening doesn't wait. Browser only.
pub fn fetch_when_used() {
    let once = web_sys::AddEventListenerOptions::new();
    once.set_once(true);
    once.set_passive(true);
    for sign in ["pointermove", "pointerdown", "keydown"] {
        let used = Closure::once_into_js(|| {
            spawn_local(async {
                // What fails is fetched again, and told, when something is opened.
                let _ = fetch().await;
            });
        });
        let listener = used.as_ref().unchecked_ref();
        let _ =
            window().add_event_listener_with_callback_and_add_event_listener_options(sign, listener, &once);
    }
}
