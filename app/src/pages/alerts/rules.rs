//! 告警規則: the overview of the six categories, channels, and what was sent.
//!
//! - [`overview`]: the rules of each category. [`summary`]: what a rule says, in words.
//! - [`editor`]: a rule is said; [`conditions`], [`notify`] and [`actions`] are its parts. [`versions`]: what it said before. [`trial`]: what it
//!   would have done.
//! - [`channels`], [`channel_form`]: by which ways. [`test`]: whether one works. [`deliveries`]: what was sent; [`follow`]: what becomes of it
//!   while somebody looks. [`changes`]: which changes of SIMs are wanted.

mod actions;
mod changes;
mod channel_form;
mod channels;
mod conditions;
mod deliveries;
mod editor;
mod follow;
mod notify;
mod overview;
mod summary;
mod test;
mod trial;
mod versions;

use super::{Head, Reader, Section, WithinTenant};
use crate::{
    api::{
        self, ApiError,
        alerts::{self as alerts_api, Channels, Rules},
    },
    components::{Confirm, Dialog, ErrorNotice, SkeletonRows, Submission},
    i18n::{Texts, use_texts},
    json::{Fetched, fetched},
};
use changes::ChangeSection;
pub use changes::{StateOf, what as change_words};
use channels::{ChannelDialogs, ChannelSection, ChannelState};
use deliveries::DeliverySection;
pub use deliveries::{Deliveries, held_lines};
use editor::RuleForm;
use leptos::prelude::*;
use leptos_meta::Title;
use opencmp_domain::{
    alert::{Category, rule::Rule},
    sim::GroupChoice,
};
use overview::Overview;
pub use summary::Summary;
use versions::Versions;

/// The field of a form that was refused, if it is about one, and what is wrong with it in the words of these pages.
fn wrong(error: &ApiError, texts: &'static Texts) -> (String, String) {
    let (field, rule) = match error {
        ApiError::Invalid { field, .. } => (field.as_str(), texts.alerts().rule_of(field)),
        ApiError::Taken { .. } => ("name", None),
        _ => ("", None),
    };
    (field.to_owned(), rule.unwrap_or_else(|| texts.error(error)))
}

/// A part of the editor, as the overview's links name it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Conditions,
    Stages,
    Notify,
    Actions,
}

/// What is open on the page.
#[derive(Clone, Copy)]
struct State {
    rules: Fetched<Rules>,
    groups: Fetched<Vec<GroupChoice>>,
    channels: Fetched<Channels>,
    /// Which one the form changes; a category: it adds one there.
    editing: RwSignal<Result<Rule, Category>>,
    part: RwSignal<Part>,
    form: RwSignal<bool>,
    /// Whose versions are shown, which one is asked why, or which one is to go.
    looking: RwSignal<Option<Rule>>,
    versions: RwSignal<bool>,
    why: RwSignal<bool>,
    asking: RwSignal<bool>,
}

impl State {
    fn edit(self, rule: Result<Rule, Category>, part: Part) {
        self.editing.set(rule);
        self.part.set(part);
        self.form.set(true);
    }

    /// Both speak of channels.
    fn refetch(self) {
        self.rules.refetch();
        self.channels.refetch();
    }
}

#[component]
pub fn RulesPage() -> impl IntoView {
    let t = use_texts().alerts();
    let state = State {
        rules: fetched(|| (), |()| alerts_api::alert_rules()),
        groups: fetched(|| (), |()| api::groups()),
        channels: fetched(|| (), |()| alerts_api::alert_channels()),
        editing: RwSignal::new(Err(Category::Usage)),
        part: RwSignal::new(Part::Conditions),
        form: RwSignal::new(false),
        looking: RwSignal::new(None),
        versions: RwSignal::new(false),
        why: RwSignal::new(false),
        asking: RwSignal::new(false),
    };
    let channels = ChannelState::new(state);
    view! {
        <Title text=t.rules/>
        <div class="page">
            <Head here=Section::Rules/>
            <WithinTenant let:reader>
                <Contents state channels reader/>
            </WithinTenant>
            <Dialog open=state.form title=t.rules>
                <RuleForm state/>
            </Dialog>
            <Dialog open=state.versions title=t.versions>
                <Versions state/>
            </Dialog>
            <Dialog open=state.why title=use_texts().why().title>
                <AskWhy state/>
            </Dialog>
            <Dialog open=state.asking title=t.remove>
                <Remove state/>
            </Dialog>
            <ChannelDialogs channels/>
        </div>
    }
}

#[component]
fn Contents(state: State, channels: ChannelState, reader: Reader) -> impl IntoView {
    let writes = reader.writes;
    view! {
        <Transition fallback=move || view! { <SkeletonRows rows=8/> }>
            {move || Suspend::new(async move {
                let groups = state.groups.await.unwrap_or_default();
                match state.rules.await {
                    Ok(shown) => view! { <Overview shown groups state writes/> }.into_any(),
                    Err(error) => {
                        view! { <ErrorNotice error retry=move || state.rules.refetch()/> }.into_any()
                    }
                }
            })}
        </Transition>
        {writes.then(|| view! { <ChannelSection channels/> }.into_any())}
        <ChangeSection writes/>
        {reader.whole.then(|| view! { <DeliverySection writes tests=channels.tests/> }.into_any())}
    }
}

#[component]
fn AskWhy(state: State) -> impl IntoView {
    let rule = state.looking.get_untracked();
    rule.map(|rule| view! { <super::why::Ask rule open=state.why/> }.into_any())
}

/// Asks before a rule goes.
#[component]
fn Remove(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.alerts();
    let submission = Submission::of(state.asking);
    let question =
        move || state.looking.with(|rule| rule.as_ref().map(|rule| (t.remove_ask)(&rule.said.name)));
    let go_on = move |why| {
        let Some(rule) = state.looking.get_untracked() else { return };
        let done = move |()| {
            state.refetch();
            (t.removed)(&rule.said.name)
        };
        submission.send(alerts_api::alert_rule_remove(rule.id, why), done, |error| texts.error(&error));
    };
    view! { <Confirm submission question action=t.remove on_confirm=go_on/> }
}
