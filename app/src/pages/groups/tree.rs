//! The groups, each below the one above it.

use super::State;
use crate::{
    api::groups::GroupsPage,
    components::{CardTable, Head, Icon, Menu, Notice},
    format::thousands,
    i18n::use_texts,
};
use leptos::prelude::*;
use opencmp_domain::group::{Branch, GroupLine, MOST_LEVELS, branches, by_path, is_within};

/// A line of the tree: a group, or the beginning of names that is no group itself.
enum Line {
    Group(GroupLine),
    /// With the sums of what is below it.
    Heading {
        path: String,
        sims: u64,
        connected: u64,
    },
}

impl Line {
    fn path(&self) -> &str {
        match self {
            Self::Group(group) => &group.name,
            Self::Heading { path, .. } => path,
        }
    }
}

#[component]
pub fn Tree(page: GroupsPage, state: State, may: bool) -> impl IntoView {
    let t = use_texts().groups();
    let add = move |_| {
        state.editing.set(None);
        state.parent.set(String::new());
        state.form.set(true);
    };
    let heads = [Head::Text(t.group_name), Head::Number(t.sims), Head::Number(t.connected)];
    let heads = heads.into_iter().chain(may.then_some(Head::Hidden(t.edit))).collect::<Vec<_>>();
    let lines: Vec<_> =
        lines(page.groups).into_iter().map(|line| view! { <TreeLine line state may/> }.into_any()).collect();
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.groups}</h2>
                {may
                    .then(|| {
                        view! {
                            <button type="button" class="button small end" on:click=add>{t.group_add}</button>
                        }
                        .into_any()
                    })}
            </div>
            <CardTable
                heads
                lines
                class="group-tree"
                empty=view! { <Notice icon="group" title=t.groups_none class="small"/> }.into_any()
            />
        </section>
    }
}

#[component]
fn TreeLine(line: Line, state: State, may: bool) -> impl IntoView {
    let t = use_texts().groups();
    let depth = line.path().matches('/').count().min(MOST_LEVELS);
    let leaf = line.path().rsplit('/').next().unwrap_or_default().to_owned();
    let class = format!("group-name depth-{depth}");
    let group = match line {
        Line::Group(group) => group,
        Line::Heading { sims, connected, .. } => {
            return view! {
                <tr>
                    <th scope="row" class=format!("{class} muted")>{leaf}</th>
                    <td class="num muted">{thousands(sims)}</td>
                    <td class="num muted">{thousands(connected)}</td>
                    {may.then(|| view! { <td></td> }.into_any())}
                </tr>
            }
            .into_any();
        }
    };
    let id = group.id;
    let (sims, connected) = (thousands(group.sims), thousands(group.connected));
    view! {
        <tr>
            <th scope="row" class=class title=group.name.clone()>
                {leaf}
                {group
                    .is_default
                    .then(|| {
                        view! { " " <span class="badge" title=t.group_default_hint>{t.group_default}</span> }.into_any()
                    })}
            </th>
            <td class="num">
                <a href=format!("/sims?group={id}") aria-label=format!("{}: {sims}", (t.show_sims)(&group.name))>{sims.clone()}</a>
            </td>
            <td class="num">
                <a
                    href=format!("/sims?group={id}&state=connected")
                    aria-label=format!("{}: {connected}", (t.show_connected)(&group.name))
                >
                    {connected.clone()}
                </a>
            </td>
            {may.then(|| view! { <td class="num"><Actions group state/></td> }.into_any())}
        </tr>
    }
    .into_any()
}

#[component]
fn Actions(group: GroupLine, state: State) -> impl IntoView {
    let t = use_texts().groups();
    let open = RwSignal::new(false);
    let label = (t.group_actions)(&group.name);
    let (change, remove) = (group.may_change, group.may_change && !group.is_default && group.above.is_some());
    let nests = group.name.matches('/').count() + 1 < MOST_LEVELS;
    let line = StoredValue::new(group);
    let add_within = move |_| {
        open.set(false);
        state.editing.set(None);
        state.parent.set(line.with_value(|line| line.name.clone()));
        state.form.set(true);
    };
    let edit = move |_| {
        open.set(false);
        state.editing.set(Some(line.get_value()));
        state.form.set(true);
    };
    let ask = move |_| {
        open.set(false);
        state.leaving.set(Some(line.get_value()));
        state.asking.set(true);
    };
    (change || nests).then(|| {
        view! {
            <Menu
                open
                class="button quiet small square"
                end=true
                button=view! { <Icon name="more"/><span class="visually-hidden">{label}</span> }.into_any()
            >
                {nests
                    .then(|| {
                        view! {
                            <button type="button" class="menu-item" on:click=add_within>{t.group_add_within}</button>
                        }
                        .into_any()
                    })}
                {change
                    .then(|| {
                        view! { <button type="button" class="menu-item" on:click=edit>{t.group_edit}</button> }.into_any()
                    })}
                {remove
                    .then(|| {
                        view! { <button type="button" class="menu-item" on:click=ask>{t.group_remove}</button> }.into_any()
                    })}
            </Menu>
        }
        .into_any()
    })
}

/// The groups in the order of their names, each below its parent, which gets a heading where it is no group itself.
fn lines(mut groups: Vec<GroupLine>) -> Vec<Line> {
    groups.sort_by(|a, b| b.is_default.cmp(&a.is_default).then_with(|| by_path(&a.name, &b.name)));
    // The groups right below a beginning, or the nearest below it: what is nested in these they count themselves.
    let sums = |path: &str| {
        let below: Vec<&GroupLine> = groups.iter().filter(|group| is_within(&group.name, path)).collect();
        let nested = |group: &GroupLine| {
            below.iter().any(|above| above.id != group.id && is_within(&group.name, &above.name))
        };
        let counted = below.iter().filter(|group| !nested(group));
        counted.fold((0, 0), |(sims, connected), group| (sims + group.sims, connected + group.connected))
    };
    let line = |branch| match branch {
        Branch::Leaf(group) => Line::Group(GroupLine::clone(group)),
        Branch::Heading(path) => {
            let (sims, connected) = sums(&path);
            Line::Heading { path, sims, connected }
        }
    };
    branches(&groups, |group| &group.name).into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::{GroupId, TenantId};

    #[test]
    fn a_beginning_that_is_no_group_counts_what_is_below_it_once() {
        let group = |id: i64, name: &str, sims: u64| GroupLine {
            id: GroupId(id),
            tenant: TenantId(1),
            name: name.to_owned(),
            is_default: id == 1,
            sims,
            connected: 1,
            own: sims,
            above: None,
            may_change: true,
        };
        let groups = vec![
            group(2, "北區/台北", 5),
            group(3, "北區/台北/大安", 2),
            group(4, "北區/桃園", 3),
            group(1, "未分組", 0),
        ];
        let shown: Vec<String> = lines(groups)
            .iter()
            .map(|line| match line {
                Line::Group(group) => group.name.clone(),
                Line::Heading { path, sims, connected } => format!("{path}: {sims} {connected}"),
            })
            .collect();
        assert_eq!(shown, ["未分組", "北區: 8 2", "北區/台北", "北區/台北/大安", "北區/桃園"]);
    }
}
