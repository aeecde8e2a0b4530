//! 群組選擇: groups nested by their names, filtered while one types.

use super::list::{ListState, use_go};
use crate::{
    api,
    components::{Icon, Menu},
    format::thousands,
    i18n::use_texts,
};
use leptos::{html, prelude::*};
use opencmp_domain::{GroupId, sim::GroupChoice};

#[component]
pub fn GroupChooser(list: ListState) -> impl IntoView {
    let t = use_texts().sims;
    let open = RwSignal::new(false);
    let groups = Resource::new_blocking(|| (), |()| api::groups());
    let chosen = move || list.asked.with(|asked| asked.query().group);
    view! {
        <div class="group-chooser">
            <Menu
                open
                class="button"
                button=view! {
                    <Icon name="group"/>
                    <span class="visually-hidden">{t.group_choice}" "</span>
                    <span class="label">
                        <Transition fallback=move || t.group_all>
                            {move || Suspend::new(async move {
                                let groups = groups.await.unwrap_or_default();
                                move || chosen().map_or_else(|| t.group_all.to_owned(), |id| name_of(&groups, id))
                            })}
                        </Transition>
                    </span>
                    <Icon name="chevron-down"/>
                }
            >
                <Suspense>
                    {move || Suspend::new(async move {
                        let groups = groups.await.unwrap_or_default();
                        view! { <GroupTree list groups open/> }
                    })}
                </Suspense>
            </Menu>
        </div>
    }
}

fn name_of(groups: &[GroupChoice], id: GroupId) -> String {
    groups.iter().find(|group| group.id == id).map_or_else(|| format!("#{id}"), |group| group.name.clone())
}

#[component]
fn GroupTree(list: ListState, groups: Vec<GroupChoice>, open: RwSignal<bool>) -> impl IntoView {
    let t = use_texts().sims;
    let go = use_go();
    let filter = RwSignal::new(String::new());
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let _ = input.focus();
        }
    });
    let mut groups = groups;
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    let groups = StoredValue::new(groups);
    let current = list.asked.with_untracked(|asked| asked.query().group);
    let choose = move |group: Option<GroupId>| {
        open.set(false);
        go(list.asked.with_untracked(|asked| asked.with(|query| query.group = group)));
    };
    let entries = move || {
        let wanted = filter.get().to_lowercase();
        groups.with_value(|groups| {
            groups
                .iter()
                .filter(|group| wanted.is_empty() || group.name.to_lowercase().contains(&wanted))
                .map(|group| {
                    let id = group.id;
                    // While filtering the whole path is shown: its parents may not be.
                    let depth = if wanted.is_empty() { group.name.matches('/').count().min(4) } else { 0 };
                    let leaf = group.name.rsplit('/').next().unwrap_or_default();
                    let label = if depth > 0 { leaf.to_owned() } else { group.name.clone() };
                    view! {
                        <button
                            type="button"
                            class=format!("menu-item depth-{depth}")
                            aria-current=(current == Some(id)).then_some("true")
                            on:click=move |_| choose(Some(id))
                        >
                            <span>{label}</span>
                            <span class="end">{thousands(group.sims)}</span>
                        </button>
                    }
                })
                .collect_view()
        })
    };
    let none = move || {
        let wanted = filter.get().to_lowercase();
        groups.with_value(|groups| !groups.iter().any(|group| group.name.to_lowercase().contains(&wanted)))
    };
    view! {
        <div class="menu-block">
            <input
                node_ref=input
                class="input"
                type="search"
                placeholder=t.group_filter
                aria-label=t.group_filter
                prop:value=filter
                on:input=move |event| filter.set(event_target_value(&event))
            />
        </div>
        <div class="menu-scroll">
            <button
                type="button"
                class="menu-item"
                aria-current=current.is_none().then_some("true")
                on:click=move |_| choose(None)
            >
                {t.group_all}
            </button>
            {entries}
            <Show when=none>
                <p class="menu-empty">{t.group_none}</p>
            </Show>
        </div>
    }
}
