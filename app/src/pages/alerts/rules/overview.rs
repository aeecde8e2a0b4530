//! 總覽: 類別, 摘要, 告警啟用, 修改者, 修改時間.

use super::{
    Part, State,
    summary::{Names, parts, target},
};
use crate::{
    api::alerts::{self as api, Rules},
    components::{CardTable, EditRemove, Head, OnOff, use_toaster},
    format::use_format,
    i18n::use_texts,
};
use leptos::{ev, prelude::*, task::spawn_local};
use opencmp_domain::{
    alert::{Category, rule::Rule},
    sim::GroupChoice,
};

#[component]
pub fn Overview(shown: Rules, groups: Vec<GroupChoice>, state: State, writes: bool) -> impl IntoView {
    let t = use_texts().alerts();
    let names = Names { channels: shown.channels, groups, networks: shown.networks };
    let lines = Category::ALL.iter().flat_map(|category| {
        let of_it: Vec<Rule> =
            shown.rules.iter().filter(|rule| rule.said.category() == *category).cloned().collect();
        lines_of(*category, of_it, &names, state, writes)
    });
    let heads = [t.category, t.summary, t.enabled, t.modified_by, t.modified_at].map(Head::Text).into_iter();
    let heads = heads.chain([Head::Hidden(t.edit)]).collect();
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.overview}</h2>
                <span class="muted">{t.overview_hint}</span>
            </div>
            <CardTable
                heads
                lines=lines.collect()
                empty=().into_any()
                class="rules-overview"
                region=(t.overview, "")
            />
        </section>
    }
}

/// A category's rules, or that it has none yet.
fn lines_of(category: Category, rules: Vec<Rule>, names: &Names, state: State, writes: bool) -> Vec<AnyView> {
    let texts = use_texts();
    let t = texts.alerts();
    let name = texts.alert().category(category);
    let rows = rules.len().max(1);
    let mut head = Some(
        view! {
            <th scope="rowgroup" rowspan=rows.to_string() class="wrap">
                {name}
                {writes
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="button quiet small"
                                aria-label=(t.add_of)(name)
                                on:click=move |_| state.edit(Err(category), Part::Conditions)
                            >
                                {t.add}
                            </button>
                        }
                            .into_any()
                    })}
            </th>
        }
        .into_any(),
    );
    if rules.is_empty() {
        let empty = view! { <td class="muted">{t.not_set}</td> <td></td> <td></td> <td></td> }.into_any();
        return vec![view! { <tr>{head} {empty} <td></td></tr> }.into_any()];
    }
    let lines = rules.into_iter().map(|rule| {
        let cells = view! { <Cells rule names=names.clone() state writes/> }.into_any();
        view! { <tr>{head.take()} {cells}</tr> }.into_any()
    });
    lines.collect()
}

#[component]
fn Cells(rule: Rule, names: Names, state: State, writes: bool) -> impl IntoView {
    let format = use_format();
    let texts = format.t;
    let t = texts.alerts();
    let held = StoredValue::new(rule.clone());
    let name = rule.said.name.clone();
    let target = target(&rule.said, &names.groups, texts);
    let parts: Vec<_> = parts(&rule.said, &names, texts)
        .into_iter()
        .map(|(part, words)| {
            let title = part.name(texts);
            let link = match writes {
                true => view! {
                    <button
                        type="button"
                        class="link-button"
                        aria-label=(t.part_of_rule)(title, &name)
                        on:click=move |_| state.edit(Ok(held.get_value()), part)
                    >
                        {title}
                    </button>
                }
                .into_any(),
                false => view! { <span class="muted">{title}</span> }.into_any(),
            };
            view! { <p class="rule-part">{link} " " <span>{words}</span></p> }.into_any()
        })
        .collect();
    let by = rule.modified_by_name.clone().unwrap_or_else(|| t.system.to_owned());
    let look = move |open: RwSignal<bool>| {
        state.looking.set(Some(held.get_value()));
        open.set(true);
    };
    let why = texts.why();
    let ask = view! {
        <button
            type="button"
            class="button quiet small"
            aria-label=(why.title_of)(&name)
            on:click=move |_| look(state.why)
        >
            {why.title}
        </button>
    }
    .into_any();
    let actions = writes.then(|| {
        let label = |what: &str| format!("{what} {name}");
        let (edit, remove, versions) = (label(t.edit), (t.remove_of)(&name), (t.versions_of)(&name));
        view! {
                <button
                    type="button"
                    class="button quiet small"
                    aria-label=versions
                    on:click=move |_| look(state.versions)
                >
                    {t.versions}
                </button>
                " "
                <EditRemove
                    edit=(t.edit, edit)
                    remove=(t.remove, remove)
                    on_edit=move || state.edit(Ok(held.get_value()), Part::Conditions)
                    on_remove=move || look(state.asking)
                />
        }
        .into_any()
    });
    view! {
        <td class="wrap">
            <p class="rule-name">
                <strong>{name.clone()}</strong>
                {target.map(|target| view! { " " <span class="muted">{target}</span> }.into_any())}
            </p>
            {parts}
        </td>
        <td><Switch rule=rule.clone() state writes/></td>
        <td>{by}</td>
        <td>{format.date_time(rule.modified_at)}</td>
        <td class="num">{ask} " " {actions}</td>
    }
}

/// 告警啟用
#[component]
fn Switch(rule: Rule, state: State, writes: bool) -> impl IntoView {
    let texts = use_texts();
    let t = texts.alerts();
    let toaster = use_toaster();
    if !writes {
        return view! { <OnOff on=rule.said.enabled words=(t.on, t.off)/> }.into_any();
    }
    let (id, on) = (rule.id, RwSignal::new(rule.said.enabled));
    let change = move |event: ev::Event| {
        let wanted = event_target_checked(&event);
        on.set(wanted);
        spawn_local(async move {
            if let Err(error) = api::alert_rule_enable(id, wanted).await {
                toaster.say(texts.error(&error));
                let _ = on.try_set(!wanted);
            }
            state.rules.refetch();
        });
    };
    view! {
        <label class="switch">
            <input
                type="checkbox"
                role="switch"
                aria-label=(t.enable_of)(&rule.said.name)
                prop:checked=on
                on:change=change
            />
            <span aria-hidden="true">{move || if on.get() { t.on } else { t.off }}</span>
        </label>
    }
    .into_any()
}
