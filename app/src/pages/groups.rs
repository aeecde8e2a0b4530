//! 門號群組管理: the tenant's groups as a tree, and its custom fields.
//!
//! - [`tree`]: lines of the tree. [`form`]: a group is made, renamed, moved. [`remove`]: confirmations.
//! - [`fields`], [`field_form`]: what the tenant keeps of its SIMs.

mod field_form;
mod fields;
mod form;
mod remove;
mod tree;

use super::board::Loaded;
use crate::{
    api::{groups as api, people::Session},
    components::{Dialog, Notice},
    i18n::use_texts,
    json::{Fetched, fetched_first},
};
use field_form::FieldForm;
use fields::Fields;
use form::GroupForm;
use leptos::prelude::*;
use leptos_meta::Title;
use opencmp_domain::{custom::CustomField, group::GroupLine, role::Permission};
use remove::{RemoveField, RemoveGroup};
use tree::Tree;

/// What is open on the page.
#[derive(Clone, Copy)]
struct State {
    page: Fetched<api::GroupsPage>,
    /// Which group the form changes; `None`: it adds one.
    editing: RwSignal<Option<GroupLine>>,
    /// What stands above a new group.
    parent: RwSignal<String>,
    form: RwSignal<bool>,
    /// What is to go, once that was confirmed.
    leaving: RwSignal<Option<GroupLine>>,
    asking: RwSignal<bool>,
    field: RwSignal<Option<CustomField>>,
    field_form: RwSignal<bool>,
    field_leaving: RwSignal<Option<CustomField>>,
    field_asking: RwSignal<bool>,
}

#[component]
pub fn GroupsPage() -> impl IntoView {
    let t = use_texts().groups();
    let session = expect_context::<Fetched<Session>>();
    let page = fetched_first(|| (), |()| api::groups_page());
    let state = State {
        page,
        editing: RwSignal::new(None),
        parent: RwSignal::new(String::new()),
        form: RwSignal::new(false),
        leaving: RwSignal::new(None),
        asking: RwSignal::new(false),
        field: RwSignal::new(None),
        field_form: RwSignal::new(false),
        field_leaving: RwSignal::new(None),
        field_asking: RwSignal::new(false),
    };
    view! {
        <Title text=t.groups/>
        <div class="page">
            <header class="page-head">
                <h1>{t.groups}</h1>
                <p class="muted">{t.groups_hint}</p>
            </header>
            <Suspense>
                {move || Suspend::new(async move {
                    let session = session.await;
                    if session.as_ref().is_ok_and(|session| session.tenant.is_none()) {
                        return view! {
                            <section class="card">
                                <Notice icon="group" title=t.enter_first text=t.enter_first_hint/>
                            </section>
                        }
                        .into_any();
                    }
                    let may = move |permission| {
                        session.as_ref().is_ok_and(|session| session.may_change(permission))
                    };
                    let (groups, fields) = (may(Permission::GroupWrite), may(Permission::FieldWrite));
                    view! { <Contents state groups fields/> }.into_any()
                })}
            </Suspense>
            <Dialog open=state.form title=t.groups>
                <GroupForm state/>
            </Dialog>
            <Dialog open=state.asking title=t.group_remove>
                <RemoveGroup state/>
            </Dialog>
            <Dialog open=state.field_form title=t.fields>
                <FieldForm state/>
            </Dialog>
            <Dialog open=state.field_asking title=t.field_remove>
                <RemoveField state/>
            </Dialog>
        </div>
    }
}

/// `groups`, `fields`: who looks may change them.
#[component]
fn Contents(state: State, groups: bool, fields: bool) -> impl IntoView {
    view! {
        <Loaded figures=state.page let:page>
            <Tree page=page.clone() state may=groups/>
            {(fields || !page.fields.is_empty())
                .then(|| view! { <Fields fields=page.fields.clone() state may=fields/> }.into_any())}
        </Loaded>
    }
}
