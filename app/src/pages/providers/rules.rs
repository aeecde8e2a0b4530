//! The rules of a provider, row by row.

use crate::{components::Icon, i18n::use_texts, json::Fetched};
use leptos::{ev, prelude::*};
use opencmp_domain::{
    GroupId, Role, TenantId,
    provider::ProviderRule,
    sim::{GroupChoice, TenantChoice},
};

/// The rules while they are typed.
#[derive(Clone, Copy)]
pub struct Rows {
    rows: RwSignal<Vec<Row>>,
    next: StoredValue<u32>,
}

#[derive(Clone, Copy)]
struct Row {
    /// Tells rows apart, whatever is in them.
    key: u32,
    claim: RwSignal<String>,
    value: RwSignal<String>,
    role: RwSignal<Role>,
    tenant: RwSignal<Option<TenantId>>,
    group: RwSignal<Option<GroupId>>,
}

impl Rows {
    pub fn of(rules: Vec<ProviderRule>) -> Self {
        let rows = Self { rows: RwSignal::new(Vec::new()), next: StoredValue::new(0) };
        for rule in rules {
            rows.add(rule);
        }
        rows
    }

    fn add(self, rule: ProviderRule) {
        let key = self.next.get_value();
        self.next.set_value(key + 1);
        let row = Row {
            key,
            claim: RwSignal::new(rule.claim),
            value: RwSignal::new(rule.value),
            role: RwSignal::new(rule.role),
            tenant: RwSignal::new(rule.tenant),
            group: RwSignal::new(rule.group),
        };
        self.rows.update(|rows| rows.push(row));
    }

    /// What is typed. A group goes with a role that may be limited to one.
    pub fn said(self) -> Vec<ProviderRule> {
        let rule = |row: &Row| {
            let role = row.role.get_untracked();
            ProviderRule {
                claim: row.claim.get_untracked(),
                value: row.value.get_untracked(),
                role,
                tenant: row.tenant.get_untracked().filter(|_| !role.is_operator()),
                group: row.group.get_untracked().filter(|_| role.may_be_limited_to_groups()),
            }
        };
        self.rows.with_untracked(|rows| rows.iter().map(rule).collect())
    }
}

#[component]
pub fn RulesField(
    rows: Rows,
    of_tenant: Option<TenantId>,
    tenants: Vec<TenantChoice>,
    groups: Fetched<Vec<GroupChoice>>,
) -> impl IntoView {
    let t = use_texts().providers();
    let tenants = StoredValue::new(tenants);
    let add = move |_| {
        let role = Role::TenantViewer;
        rows.add(ProviderRule {
            claim: String::new(),
            value: String::new(),
            role,
            tenant: None,
            group: None,
        });
    };
    view! {
        <fieldset class="rules">
            <legend class="field-label">{t.rules}</legend>
            <p class="field-hint">{t.rules_hint}</p>
            <For each=move || rows.rows.get() key=|row| row.key let:row>
                <RuleRow row rows of_tenant tenants groups/>
            </For>
            <button type="button" id="provider-rules" class="button small" on:click=add>{t.rule_add}</button>
        </fieldset>
    }
}

#[component]
fn RuleRow(
    row: Row,
    rows: Rows,
    of_tenant: Option<TenantId>,
    tenants: StoredValue<Vec<TenantChoice>>,
    groups: Fetched<Vec<GroupChoice>>,
) -> impl IntoView {
    let texts = use_texts();
    let (t, people) = (texts.providers(), texts.people());
    // A tenant's provider gives no role of the operator's.
    let offered = Role::ALL.into_iter().filter(move |role| of_tenant.is_none() || !role.is_operator());
    let roles: Vec<_> = offered
        .map(|offer| {
            view! {
                <option value=offer.code() selected=offer == row.role.get_untracked()>{people.role_name(offer)}</option>
            }
            .into_any()
        })
        .collect();
    let choose_role = move |event: ev::Event| {
        if let Some(chosen) = Role::parse(&event_target_value(&event)) {
            row.role.set(chosen);
        }
    };
    let remove = move |_| rows.rows.update(|rows| rows.retain(|held| held.key != row.key));
    view! {
        <div class="rule">
            <input
                class="input mono"
                aria-label=t.claim
                placeholder=t.claim
                required
                maxlength="500"
                prop:value=row.claim
                on:input=move |event| row.claim.set(event_target_value(&event))
            />
            <input
                class="input mono"
                aria-label=t.value
                placeholder=t.value
                required
                maxlength="500"
                prop:value=row.value
                on:input=move |event| row.value.set(event_target_value(&event))
            />
            <select class="select" aria-label=t.role on:change=choose_role>{roles}</select>
            <Show when=move || of_tenant.is_none() && !row.role.get().is_operator()>
                <TenantSelect row tenants/>
            </Show>
            <Show when=move || row.role.get().may_be_limited_to_groups()>
                <GroupSelect row of_tenant groups/>
            </Show>
            <button type="button" class="button quiet small square" on:click=remove>
                <Icon name="trash"/>
                <span class="visually-hidden">{t.rule_remove}</span>
            </button>
        </div>
    }
}

#[component]
fn TenantSelect(row: Row, tenants: StoredValue<Vec<TenantChoice>>) -> impl IntoView {
    let t = use_texts().providers();
    let choose = move |event: ev::Event| {
        row.tenant.set(event_target_value(&event).parse().ok());
        row.group.set(None);
    };
    let options = tenants.get_value().into_iter().map(|tenant| {
        let chosen = row.tenant.get_untracked() == Some(tenant.id);
        view! { <option value=tenant.id.to_string() selected=chosen>{tenant.name}</option> }.into_any()
    });
    let options: Vec<_> = options.collect();
    view! {
        <select class="select" aria-label=t.tenant on:change=choose>
            <option value="">{t.by_claim}</option>
            {options}
        </select>
    }
}

#[component]
fn GroupSelect(row: Row, of_tenant: Option<TenantId>, groups: Fetched<Vec<GroupChoice>>) -> impl IntoView {
    let t = use_texts().providers();
    let choose = move |event: ev::Event| row.group.set(event_target_value(&event).parse().ok());
    let options = move || {
        let own = of_tenant.or(row.tenant.get());
        let held = groups.get().and_then(Result::ok).unwrap_or_default();
        let offered = held.into_iter().filter(|group| Some(group.tenant) == own);
        offered
            .map(|group| {
                let chosen = row.group.get_untracked() == Some(group.id);
                view! { <option value=group.id.to_string() selected=chosen>{group.name}</option> }.into_any()
            })
            .collect_view()
    };
    view! {
        <select class="select" aria-label=t.group on:change=choose>
            <option value="">{t.all_groups}</option>
            {options}
        </select>
    }
}
