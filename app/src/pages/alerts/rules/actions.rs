//! 自動處置: what a rule does by itself, while it is typed.

use super::{Part, conditions::Asked};
use crate::{
    components::{Check, Choice, TextField},
    i18n::use_texts,
};
use leptos::prelude::*;
use opencmp_domain::{
    ChannelId, PlanId,
    alert::{
        MOST_NOTE,
        action::Actions,
        channel::{ChannelChoice, ChannelKind},
    },
    change::{ChangeKind, ChangeWhen, WantedChange},
};

#[derive(Clone, Copy)]
pub struct ActionsTyped {
    tag_on: RwSignal<bool>,
    tag: RwSignal<String>,
    handle_on: RwSignal<bool>,
    note: RwSignal<String>,
    http_on: RwSignal<bool>,
    http: RwSignal<Option<ChannelId>>,
    change_on: RwSignal<bool>,
    what: RwSignal<ChangeKind>,
    plan: RwSignal<Option<PlanId>>,
    when: RwSignal<ChangeWhen>,
    undo: RwSignal<bool>,
}

impl ActionsTyped {
    pub fn of(actions: &Actions) -> Self {
        let Actions { tag, handle, http, change } = actions.clone();
        Self {
            tag_on: RwSignal::new(tag.is_some()),
            tag: RwSignal::new(tag.unwrap_or_default()),
            handle_on: RwSignal::new(handle.is_some()),
            note: RwSignal::new(handle.unwrap_or_default()),
            http_on: RwSignal::new(http.is_some()),
            http: RwSignal::new(http),
            change_on: RwSignal::new(change.is_some()),
            what: RwSignal::new(change.map_or(ChangeKind::Suspend, |change| change.what)),
            plan: RwSignal::new(change.and_then(|change| change.plan)),
            when: RwSignal::new(change.map_or(ChangeWhen::Now, |change| change.when)),
            undo: RwSignal::new(change.is_some_and(|change| change.undo)),
        }
    }

    /// A channel that is gone can't be said again.
    pub fn said(self, there: &[ChannelChoice]) -> Actions {
        let programs = programs(there);
        let http = self.http.get_untracked().filter(|id| programs.iter().any(|(program, _)| program == id));
        let what = self.what.get_untracked();
        let change = || WantedChange {
            what,
            plan: self.plan.get_untracked().filter(|_| what == ChangeKind::ChangePlan),
            when: self.when.get_untracked(),
            undo: self.undo.get_untracked() && what != ChangeKind::Disconnect,
        };
        Actions {
            tag: self.tag_on.get_untracked().then(|| self.tag.get_untracked()),
            handle: self.handle_on.get_untracked().then(|| self.note.get_untracked()),
            http: http.filter(|_| self.http_on.get_untracked()),
            change: self.change_on.get_untracked().then(change),
        }
    }
}

/// Channels by which programs are told.
fn programs(channels: &[ChannelChoice]) -> Vec<(ChannelId, String)> {
    let programs = channels.iter().filter(|channel| channel.kind == ChannelKind::Http);
    programs.map(|channel| (channel.id, channel.name.clone())).collect()
}

#[component]
pub fn ActionFields(
    typed: ActionsTyped,
    channels: Vec<ChannelChoice>,
    plans: Vec<(PlanId, String)>,
    opened: bool,
) -> impl IntoView {
    let texts = use_texts();
    let t = texts.actions();
    let programs = StoredValue::new(programs(&channels));
    let plans = StoredValue::new(plans);
    // The first that is offered is the one that is shown.
    if typed.http.get_untracked().is_none() {
        typed.http.set(programs.with_value(|programs| programs.first().map(|(id, _)| *id)));
    }
    if typed.plan.get_untracked().is_none() {
        typed.plan.set(plans.with_value(|plans| plans.first().map(|(id, _)| *id)));
    }
    view! {
        <fieldset id="rule-actions" class="rules" tabindex="-1" autofocus=opened>
            <legend class="field-label">{Part::Actions.name(texts)}</legend>
            <p class="field-hint">{t.actions_hint}</p>
            <Asked label=t.tag_on on=typed.tag_on>
                <TextField id="rule-tag" label=t.tag value=typed.tag most=50 optional=true/>
            </Asked>
            <Asked label=t.handle_on on=typed.handle_on>
                <TextField id="rule-note" label=t.note value=typed.note most=MOST_NOTE as u32 optional=true/>
            </Asked>
            <Asked label=t.http_on on=typed.http_on>
                {move || match programs.with_value(Vec::is_empty) {
                    true => view! { <p class="muted">{t.http_none}</p> }.into_any(),
                    false => {
                        let options = programs.get_value().into_iter().map(|(id, name)| (Some(id), name));
                        view! { <Choice id="rule-http" label=t.http options=options.collect() value=typed.http/> }
                            .into_any()
                    }
                }}
            </Asked>
            <Asked label=t.change_on on=typed.change_on>
                <ChangeFields typed plans/>
            </Asked>
        </fieldset>
    }
}

#[component]
fn ChangeFields(typed: ActionsTyped, plans: StoredValue<Vec<(PlanId, String)>>) -> impl IntoView {
    let t = use_texts().actions();
    let kinds = ChangeKind::ALL.iter().map(|kind| (*kind, t.change(*kind).to_owned()));
    let times = ChangeWhen::ALL.iter().map(|when| (*when, t.at(*when).to_owned()));
    let plan = move || {
        if typed.what.get() != ChangeKind::ChangePlan {
            return None;
        }
        let offered = plans.get_value();
        Some(match offered.is_empty() {
            true => view! { <p class="muted">{t.plan_none}</p> }.into_any(),
            false => {
                let options = offered.into_iter().map(|(id, name)| (Some(id), name));
                view! { <Choice id="rule-plan" label=t.plan options=options.collect() value=typed.plan/> }
                    .into_any()
            }
        })
    };
    let undo = move || {
        (typed.what.get() != ChangeKind::Disconnect)
            .then(|| view! { <Check label=t.undo value=typed.undo/> }.into_any())
    };
    view! {
        <p class="field-hint" role="note">{t.change_hint}</p>
        <div class="window-fields">
            <Choice id="rule-what" label=t.what options=kinds.collect() value=typed.what/>
            <Choice id="rule-when" label=t.when options=times.collect() value=typed.when/>
        </div>
        {plan}
        {undo}
    }
}
