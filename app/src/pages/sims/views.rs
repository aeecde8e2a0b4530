//! Saved views: the list's address under a name, for oneself or for everyone in the company.

use super::list::{ListState, use_go};
use crate::{
    api::{self, ApiError},
    components::{Dialog, Icon, Menu, use_toaster},
    i18n::use_texts,
    tools::{Tool, tool},
};
use leptos::{ev, prelude::*, task::spawn_local};
use opencmp_domain::query::SavedView;

/// The most characters that a view's name may have.
const MOST_NAME: u32 = 60;

/// What is open, and about which view.
#[derive(Clone, Copy)]
pub struct ViewsState {
    pub menu: RwSignal<bool>,
    pub saving: RwSignal<bool>,
    /// Whether to delete one is being asked.
    pub asking: RwSignal<bool>,
    deleting: RwSignal<Option<SavedView>>,
}

#[component]
pub fn ViewsMenu(list: ListState) -> impl IntoView {
    let t = use_texts();
    let views = ViewsState {
        menu: RwSignal::new(false),
        saving: RwSignal::new(false),
        asking: RwSignal::new(false),
        deleting: RwSignal::new(None),
    };
    view! {
        <Menu
            open=views.menu
            fetched=true
            class="button"
            end=true
            button=view! {
                <Icon name="bookmark"/>
                <span class="label">{t.sims.views}</span>
                <Icon name="chevron-down"/>
            }.into_any()
        >
            {tool(Tool::Views { views })}
        </Menu>
        <Dialog open=views.saving title=t.sims.view_save>
            {tool(Tool::ViewSave { list, views })}
        </Dialog>
        <Dialog open=views.asking title=t.sims.view_delete_title>
            {tool(Tool::ViewDelete { views })}
        </Dialog>
    }
}

/// What the menu holds. Fetched each time that it opens: somebody else may have saved a view meanwhile.
#[component]
pub fn ViewsPanel(views: ViewsState) -> impl IntoView {
    let t = use_texts();
    let open = views.menu;
    let saved = RwSignal::new(None::<Result<Vec<SavedView>, ApiError>>);
    Effect::new(move |_| {
        spawn_local(async move {
            let answer = api::views().await;
            let _ = saved.try_set(Some(answer));
        });
    });
    let ask = move |view: SavedView| {
        open.set(false);
        views.deleting.set(Some(view));
        views.asking.set(true);
    };
    view! {
        <div class="menu-scroll">
            {move || match saved.get() {
                None => view! { <p class="menu-empty">{t.shell.loading}</p> }.into_any(),
                Some(Err(error)) => view! { <p class="menu-empty">{t.error(&error)}</p> }.into_any(),
                Some(Ok(views)) if views.is_empty() => {
                    view! { <p class="menu-empty">{t.sims.views_none}</p> }.into_any()
                }
                Some(Ok(views)) => {
                    let (shared, mine): (Vec<_>, Vec<_>) = views.into_iter().partition(|view| view.shared);
                    view! {
                        <ViewList title=t.sims.views_mine views=mine open ask/>
                        <ViewList title=t.sims.views_shared views=shared open ask/>
                    }
                        .into_any()
                }
            }}
        </div>
        <div class="menu-line"></div>
        <button
            type="button"
            class="menu-item"
            on:click=move |_| {
                open.set(false);
                views.saving.set(true);
            }
        >
            <Icon name="bookmark"/>
            {t.sims.view_save}
        </button>
    }
}

/// Asks before a view is deleted.
#[component]
pub fn DeleteForm(views: ViewsState) -> impl IntoView {
    let t = use_texts();
    let toaster = use_toaster();
    let ViewsState { asking, deleting, .. } = views;
    let delete = move |_| {
        let Some(view) = deleting.get_untracked() else { return };
        asking.set(false);
        spawn_local(async move {
            match api::view_delete(view.id).await {
                Ok(()) => toaster.say((t.sims.view_deleted)(&view.name)),
                Err(error) => toaster.say(t.error(&error)),
            }
        });
    };
    view! {
        <div class="dialog-body">
            <p>{move || deleting.get().map(|view| (t.sims.view_delete_ask)(&view.name))}</p>
            <p class="muted">
                {move || deleting.get().is_some_and(|view| view.shared).then_some(t.sims.view_delete_shared)}
            </p>
        </div>
        <div class="dialog-foot">
            <button type="button" class="button" autofocus on:click=move |_| asking.set(false)>
                {t.shell.cancel}
            </button>
            <button type="button" class="button danger" on:click=delete>
                <Icon name="trash"/>
                {t.shell.delete}
            </button>
        </div>
    }
}

#[component]
fn ViewList(
    title: &'static str,
    views: Vec<SavedView>,
    open: RwSignal<bool>,
    ask: impl Fn(SavedView) + Copy + Send + 'static,
) -> impl IntoView {
    let t = use_texts().sims;
    let go = use_go();
    (!views.is_empty()).then(|| {
        let lines = views.into_iter().map(|view| {
            let address = format!("{}?{}", super::address::PATH, view.query);
            let label = (t.view_delete)(&view.name);
            let name = view.name.clone();
            view! {
                <div class="view-line">
                    <button
                        type="button"
                        class="menu-item"
                        on:click=move |_| {
                            open.set(false);
                            go(address.clone());
                        }
                    >
                        {name}
                    </button>
                    <button
                        type="button"
                        class="button quiet small square"
                        aria-label=label.clone()
                        title=label
                        on:click=move |_| ask(view.clone())
                    >
                        <Icon name="trash"/>
                    </button>
                </div>
            }
            .into_any()
        });
        view! {
            <p class="menu-title">{title}</p>
            {lines.collect_view()}
        }
        .into_any()
    })
}

#[component]
pub fn SaveForm(list: ListState, open: RwSignal<bool>) -> impl IntoView {
    let t = use_texts();
    let toaster = use_toaster();
    let name = RwSignal::new(String::new());
    let shared = RwSignal::new(false);
    let failed = RwSignal::new(None::<String>);
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let wanted = name.get_untracked().trim().to_owned();
        if wanted.is_empty() {
            return;
        }
        let (query, shared) = (list.asked.with_untracked(|asked| asked.kept()), shared.get_untracked());
        spawn_local(async move {
            match api::view_save(wanted.clone(), shared, query).await {
                Ok(_) => {
                    open.set(false);
                    toaster.say((t.sims.view_saved)(&wanted));
                }
                Err(error) => failed.set(Some(t.error(&error))),
            }
        });
    };
    view! {
        <form on:submit=save class="dialog-form">
            <div class="dialog-body">
                <div class="field">
                    <label for="view-name">{t.sims.view_name}</label>
                    <input
                        id="view-name"
                        class="input"
                        autofocus
                        required
                        maxlength=MOST_NAME
                        autocomplete="off"
                        prop:value=name
                        on:input=move |event| name.set(event_target_value(&event))
                    />
                </div>
                <label class="check">
                    <input
                        type="checkbox"
                        prop:checked=shared
                        on:change=move |event| shared.set(event_target_checked(&event))
                    />
                    {t.sims.view_shared}
                </label>
                <p class="field-error" role="alert">{move || failed.get()}</p>
            </div>
            <div class="dialog-foot">
                <button type="button" class="button" on:click=move |_| open.set(false)>{t.shell.cancel}</button>
                <button type="submit" class="button primary" prop:disabled=move || name.get().trim().is_empty()>
                    {t.shell.save}
                </button>
            </div>
        </form>
    }
}
