//! A rule is added, or what is said of it is changed.

use super::{
    Part, State,
    actions::{ActionFields, ActionsTyped},
    conditions::{ConditionFields, Typed},
    notify::{NotifyFields, NotifyTyped},
    trial::Trial,
    wrong,
};
use crate::{
    api::{
        ApiError,
        alerts::{self as api, Rules},
    },
    components::{Check, Choice, DialogForm, GroupChecks, Submission, TextField},
    i18n::use_texts,
    pages::sims::bulk::tags as split,
    prefs::Prefs,
};
use leptos::prelude::*;
use opencmp_domain::{
    GroupId,
    alert::{
        Level,
        rule::{Condition, MOST_NAME, RuleSaid, Target},
    },
};

/// Whom a rule is for, as the form offers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    All,
    Groups,
    Tags,
}

#[component]
pub fn RuleForm(state: State) -> impl IntoView {
    let texts = use_texts();
    let (t, words) = (texts.alerts(), texts.alert());
    let submission = Submission::with_fields(state.form, "rule");
    let zone = expect_context::<Prefs>().zone;
    let shown = state.rules.get_untracked().and_then(Result::ok);
    let Rules { rules, channels, networks, plans } = shown.unwrap_or_default();
    let editing = state.editing.get_untracked();
    let held = editing.as_ref().ok().map(|rule| (rule.id, rule.version));
    let new = held.is_none();
    let part = state.part.get_untracked();
    let said = match editing {
        Ok(rule) => rule.said,
        Err(category) => {
            let called = |name: &String| rules.iter().any(|rule| rule.said.name == *name);
            let plain = words.category(category).to_owned();
            let mut names = std::iter::once(plain.clone()).chain((2..).map(|n| format!("{plain} {n}")));
            let name = names.find(|name| !called(name)).unwrap_or_default();
            RuleSaid::new(name, Condition::of(category), zone)
        }
    };
    let category = words.category(said.category());
    let name = RwSignal::new(said.name);
    let (target, groups, tags) = match said.target {
        Target::All => (For::All, Vec::new(), String::new()),
        Target::Groups(groups) => (For::Groups, groups, String::new()),
        Target::Tags(tags) => (For::Tags, Vec::new(), tags.join("、")),
    };
    let (target, groups, tags) = (RwSignal::new(target), RwSignal::new(groups), RwSignal::new(tags));
    let levels = Level::ALL.iter().map(|level| (*level, words.level(*level).to_owned())).collect();
    let (level, enabled) = (RwSignal::new(said.level), RwSignal::new(said.enabled));
    let rearm = RwSignal::new(said.rearm_minutes.to_string());
    let condition = Typed::of(said.condition, new);
    let notify = NotifyTyped::of(&said.notify);
    let actions = ActionsTyped::of(&said.actions);
    let there = StoredValue::new(channels.clone());
    // What the form says; `None`: a field can't be read, and is shown.
    let read = move || {
        submission.clear();
        let condition = match condition.said() {
            Ok(condition) => condition,
            Err(field) => {
                submission.refuse((field.to_owned(), t.rule_of(field).unwrap_or_default()));
                return None;
            }
        };
        Some(RuleSaid {
            name: name.get_untracked(),
            target: match target.get_untracked() {
                For::All => Target::All,
                For::Groups => Target::Groups(there_still(state, groups.get_untracked())),
                For::Tags => Target::Tags(tags.with_untracked(|text| split(text))),
            },
            condition,
            level: level.get_untracked(),
            // What can't be read is more than there may be.
            rearm_minutes: rearm.with_untracked(|text| text.trim().parse().unwrap_or(u32::MAX)),
            notify: there.with_value(|there| notify.said(there)),
            actions: there.with_value(|there| actions.said(there)),
            enabled: enabled.get_untracked(),
        })
    };
    let refused = move |error: ApiError| submission.refuse(wrong(&error, texts));
    let save = move || {
        let Some(said) = read() else { return };
        let wanted = said.name.clone();
        let done = move |_| {
            state.rules.refetch();
            (t.saved)(wanted.trim())
        };
        submission.send(api::alert_rule_save(held, said), done, |error| wrong(&error, texts));
    };
    view! {
        <DialogForm submission submit=texts.shell.save on_submit=save novalidate=true class="rule-form">
                <p class="muted">{category}</p>
                <TextField id="rule-name" label=t.name value=name most=MOST_NAME as u32 autofocus=new/>
                <ConditionFields typed=condition networks part=(!new).then_some(part)/>
                <TargetFields target groups tags state/>
                <Choice id="rule-level" label=t.level options=levels value=level/>
                <NotifyFields typed=notify channels=channels.clone() opened=!new && part == Part::Notify/>
                <ActionFields typed=actions channels plans opened=!new && part == Part::Actions/>
                <TextField id="rule-rearm" label=t.rearm value=rearm most=5 hint=t.rearm_hint optional=true/>
                <Check label=t.enabled value=enabled/>
                <Trial said=Callback::new(move |()| read()) refused=Callback::new(refused)/>
        </DialogForm>
    }
}

/// A group that is gone shows nothing any more, and can't be said again.
fn there_still(state: State, mut groups: Vec<GroupId>) -> Vec<GroupId> {
    let there = untrack(move || state.groups.get().and_then(Result::ok)).unwrap_or_default();
    groups.retain(|id| there.iter().any(|group| group.id == *id));
    groups
}

#[component]
fn TargetFields(
    target: RwSignal<For>,
    groups: RwSignal<Vec<GroupId>>,
    tags: RwSignal<String>,
    state: State,
) -> impl IntoView {
    let t = use_texts().alerts();
    let choose = move |value: For, label: &'static str| {
        view! {
            <label>
                <input
                    type="radio"
                    name="target"
                    prop:checked=move || target.get() == value
                    on:change=move |_| target.set(value)
                />
                {label}
            </label>
        }
        .into_any()
    };
    view! {
        <fieldset id="rule-target" class="rules" tabindex="-1">
            <legend class="field-label">{t.target}</legend>
            <div class="segments" role="radiogroup" aria-label=t.target>
                {choose(For::All, t.target_all)} {choose(For::Groups, t.target_groups)}
                {choose(For::Tags, t.target_tags)}
            </div>
            <Show when=move || target.get() == For::Groups>
                <GroupChecks chosen=groups groups=state.groups/>
            </Show>
            <Show when=move || target.get() == For::Tags>
                <TextField id="rule-tags" label=t.target_tags value=tags most=1000 hint=t.tags_hint optional=true/>
            </Show>
        </fieldset>
    }
}
