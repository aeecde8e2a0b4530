//! 群組選擇: groups nested by their names, filtered while one types.

use super::list::{ListState, use_go};
use crate::{
    api,
    components::{Icon, Menu, When},
    dom,
    format::thousands,
    i18n::use_texts,
    json::{Fetched, fetched_first},
    tools::{Tool, tool},
};
use leptos::{html, prelude::*};
use opencmp_domain::{
    GroupId,
    group::{Branch, branches, by_path},
    sim::GroupChoice,
};

#[component]
pub fn GroupChooser(list: ListState) -> impl IntoView {
    let t = use_texts().sims;
    let open = RwSignal::new(false);
    let groups = fetched_first(|| (), |()| api::groups());
    let chosen = move || list.asked.with(|asked| asked.query().group);
    view! {
        <div class="group-chooser">
            <Menu
                open
                fetched=true
                class="button"
                button=view! {
                    <Icon name="group"/>
                    <span class="visually-hidden">{t.group_choice}" "</span>
                    <span class="label">
                        <Transition fallback=move || t.group_all>
                            {move || Suspend::new(async move {
                                let groups = groups.await.unwrap_or_default();
                                let name = move || {
                                    chosen().map_or_else(|| t.group_all.to_owned(), |id| name_of(&groups, id))
                                };
                                Signal::derive(name).into_any()
                            })}
                        </Transition>
                    </span>
                    <Icon name="chevron-down"/>
                }.into_any()
            >
                {tool(Tool::Groups { list, groups, open })}
            </Menu>
        </div>
    }
}

fn name_of(groups: &[GroupChoice], id: GroupId) -> String {
    groups.iter().find(|group| group.id == id).map_or_else(|| format!("#{id}"), |group| group.name.clone())
}

/// What the chooser holds.
#[component]
pub fn GroupPanel(list: ListState, groups: Fetched<Vec<GroupChoice>>, open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let groups = groups.await.unwrap_or_default();
                view! { <GroupTree list groups open/> }.into_any()
            })}
        </Suspense>
    }
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
    let lines = StoredValue::new(lines(groups));
    let current = list.asked.with_untracked(|asked| asked.query().group);
    let choose = move |group: Option<GroupId>| {
        open.set(false);
        go(list.asked.with_untracked(|asked| asked.with(|query| query.group = group)));
    };
    let entries = move || {
        let wanted = filter.get().to_lowercase();
        lines.with_value(|lines| {
            lines
                .iter()
                .filter(|line| wanted.is_empty() || line.choice.is_some() && line.matches(&wanted))
                .map(|line| {
                    // While filtering the whole path is shown: its parents may not be.
                    let (depth, label) = match wanted.is_empty() {
                        true => (line.depth.min(3), line.leaf()),
                        false => (0, line.path.clone()),
                    };
                    match line.choice {
                        Some((id, sims)) => view! {
                            <button
                                type="button"
                                class=format!("menu-item depth-{depth}")
                                aria-current=(current == Some(id)).then_some("true")
                                on:click=move |_| choose(Some(id))
                            >
                                <span>{label}</span>
                                <span class="end">{thousands(sims)}</span>
                            </button>
                        }
                        .into_any(),
                        None => view! { <p class=format!("menu-title depth-{depth}")>{label}</p> }.into_any(),
                    }
                })
                .collect_view()
        })
    };
    let none = move || {
        let wanted = filter.get().to_lowercase();
        lines.with_value(|lines| !lines.iter().any(|line| line.matches(&wanted)))
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
            <When holds=Signal::derive(none)>
                <p class="menu-empty">{t.group_none}</p>
            </When>
        </div>
        {(!dom::is_framed())
            .then(|| {
                view! {
                    <div class="menu-line"></div>
                    <a class="menu-item" href="/groups" on:click=move |_| open.set(false)>
                        <Icon name="group"/>
                        {t.groups_manage}
                    </a>
                }
                    .into_any()
            })}
    }
}

/// A line of the tree: a group, or a heading where several groups share the beginning of their names.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    path: String,
    depth: usize,
    choice: Option<(GroupId, u64)>,
}

impl Line {
    fn leaf(&self) -> String {
        self.path.rsplit('/').next().unwrap_or_default().to_owned()
    }

    fn matches(&self, wanted: &str) -> bool {
        self.path.to_lowercase().contains(wanted)
    }
}

/// The groups in the order of their names, each below its parent, which gets a heading where it is no group itself.
fn lines(mut groups: Vec<GroupChoice>) -> Vec<Line> {
    groups.sort_by(|a, b| by_path(&a.name, &b.name));
    let line = |branch| {
        let (path, choice) = match branch {
            Branch::Leaf(GroupChoice { id, sims, name, .. }) => (name, Some((id, sims))),
            Branch::Heading(path) => (path, None),
        };
        Line { depth: path.matches('/').count(), path, choice }
    };
    branches(groups, |group| &group.name).into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::TenantId;

    #[test]
    fn a_missing_parent_becomes_a_heading() {
        let groups = [(1, "門市/台南"), (2, "未分組"), (3, "門市/台北"), (4, "路口"), (5, "路口/東")];
        let groups = groups.map(|(id, name)| GroupChoice {
            id: GroupId(id),
            tenant: TenantId(1),
            name: name.to_owned(),
            sims: id as u64,
        });
        let shown: Vec<String> = lines(groups.to_vec())
            .iter()
            .map(|line| {
                format!("{}{}{}", line.depth, line.leaf(), if line.choice.is_some() { "" } else { ":" })
            })
            .collect();
        assert_eq!(shown, ["0未分組", "0路口", "1東", "0門市:", "1台北", "1台南"]);
    }
}
