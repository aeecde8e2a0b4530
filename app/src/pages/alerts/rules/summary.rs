//! What a rule says, in the brochure's words: 單筆每日超過150MB; 門檻：70%、90%、100%.

use super::{super::channel::hours, Part};
use crate::i18n::{Texts, use_texts};
use leptos::prelude::*;
use opencmp_domain::{
    ByteCount, GroupId, Plmn,
    alert::{
        action::Actions,
        channel::ChannelChoice,
        rule::{Condition, Notify, RuleSaid, Target},
    },
    sim::GroupChoice,
};

/// Names of what a rule speaks of.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pub channels: Vec<ChannelChoice>,
    pub groups: Vec<GroupChoice>,
    pub networks: Vec<(Plmn, String)>,
}

/// The parts that say something, each with its words.
pub(super) fn parts(said: &RuleSaid, names: &Names, texts: &Texts) -> Vec<(Part, String)> {
    let mut parts = Vec::new();
    let conditions = conditions(said, names, texts);
    if !conditions.is_empty() {
        parts.push((Part::Conditions, conditions.join(between(texts))));
    }
    if let Condition::Usage(usage) = &said.condition
        && let Some(stages) = &usage.stages
    {
        let t = texts.alerts();
        let percents = stages.percents.iter().map(|percent| format!("{percent}%"));
        let mut words =
            vec![(t.says_stages)(&join(percents, texts)), (t.says_allowance)(&megabytes(stages.allowance))];
        words.extend(stages.together.then(|| t.says_together.to_owned()));
        parts.push((Part::Stages, words.join(comma(texts))));
    }
    parts.push((Part::Notify, notify(&said.notify, names, texts)));
    if !said.actions.is_empty() {
        parts.push((Part::Actions, actions(&said.actions, texts)));
    }
    parts
}

/// For whom it is, where that isn't everybody.
pub(super) fn target(said: &RuleSaid, groups: &[GroupChoice], texts: &Texts) -> Option<String> {
    let t = texts.alerts();
    let name = |id: &GroupId| {
        let found = groups.iter().find(|group| group.id == *id);
        found.map_or_else(|| format!("#{id}"), |group| group.name.clone())
    };
    match &said.target {
        Target::All => None,
        Target::Groups(ids) => Some((t.groups_are)(&join(ids.iter().map(name), texts))),
        Target::Tags(tags) => Some((t.tags_are)(&join(tags.iter().cloned(), texts))),
    }
}

fn conditions(said: &RuleSaid, names: &Names, texts: &Texts) -> Vec<String> {
    let t = texts.alerts();
    let network = |plmn: &Plmn| {
        let found = names.networks.iter().find(|(known, _)| known == plmn);
        found.map_or_else(|| plmn.to_string(), |(_, name)| name.clone())
    };
    let mut words = Vec::new();
    let mut say = |asked: bool, said: &dyn Fn() -> String| words.extend(asked.then(said));
    match &said.condition {
        Condition::Usage(usage) => {
            let over = usage.daily_over.unwrap_or_default();
            say(usage.daily_over.is_some(), &|| (t.says_daily)(&megabytes(over)));
        }
        Condition::Offline(offline) => {
            say(true, &|| (t.says_after)(&offline.after_minutes.to_string()));
            say(offline.learned, &|| t.says_learned.to_owned());
        }
        Condition::Device(device) => {
            say(device.other, &|| t.says_other.to_owned());
            say(!device.listed.is_empty(), &|| (t.says_listed)(&device.listed.len().to_string()));
            let sims = device.shared_by.unwrap_or_default();
            say(device.shared_by.is_some(), &|| (t.says_shared)(&sims.to_string()));
        }
        Condition::LifeCycle(said_states) => {
            let states = said_states.to.iter().map(|state| (t.says_state)(texts.service(*state)));
            say(!said_states.to.is_empty(), &|| (t.says_to)(&join(states.clone(), texts)));
            let days = said_states.days_before.iter().map(u16::to_string);
            say(!said_states.days_before.is_empty(), &|| (t.says_days_before)(&join(days.clone(), texts)));
        }
        Condition::Network(asked) => {
            let named = asked.networks.iter().map(network);
            say(!asked.networks.is_empty(), &|| (t.says_networks)(&join(named.clone(), texts)));
            say(asked.roaming, &|| t.says_roaming.to_owned());
            let rats = asked.rats.iter().map(|rat| rat.name());
            say(!asked.rats.is_empty(), &|| (t.says_rats)(&join(rats.clone(), texts)));
        }
        Condition::Security(security) => {
            let times = security.times_usual.unwrap_or_default();
            say(security.times_usual.is_some(), &|| (t.says_times)(&times.to_string()));
            say(security.cloned, &|| t.says_cloned.to_owned());
            say(security.travel, &|| t.says_travel.to_owned());
            say(security.sign_ins, &|| t.says_sign_ins.to_owned());
        }
    }
    words
}

/// 立即通知，通知方式：電郵、Http，每日00時，持續24小時
fn notify(notify: &Notify, names: &Names, texts: &Texts) -> String {
    let (t, words) = (texts.alerts(), texts.alert());
    if notify.channels.is_empty() {
        return t.says_listed_only.to_owned();
    }
    let mut kinds: Vec<&'static str> = Vec::new();
    for channel in names.channels.iter().filter(|channel| notify.channels.contains(&channel.id)) {
        let kind = words.channel_kind(channel.kind);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let when = match notify.digest_hours {
        None => t.at_once.to_owned(),
        Some(hours) => (t.says_digest)(&hours.to_string()),
    };
    let mut said = vec![when];
    // Whoever may not choose among channels isn't told of those of rules out of reach.
    if !kinds.is_empty() {
        said.push((t.says_by)(&join(kinds.into_iter().map(str::to_owned), texts)));
    }
    said.push(hours(&notify.window, texts));
    said.join(comma(texts))
}

/// 加上標籤「異常」；立即暫停，次週期復原
fn actions(actions: &Actions, texts: &Texts) -> String {
    let t = texts.actions();
    let mut said = Vec::new();
    said.extend(actions.tag.as_deref().map(|tag| (t.says_tag)(tag)));
    said.extend(actions.handle.is_some().then(|| t.says_handle.to_owned()));
    said.extend(actions.http.is_some().then(|| t.says_http.to_owned()));
    said.extend(actions.change.map(|change| {
        let undo = if change.undo { t.says_undo } else { "" };
        format!("{}{undo}", (t.says_change)(t.change(change.what), t.at(change.when)))
    }));
    said.join(between(texts))
}

/// 150MB, 1.5MB
pub(super) fn megabytes(octets: ByteCount) -> String {
    format!("{}MB", amount(octets))
}

/// In megabytes, as people type it.
pub(super) fn amount(octets: ByteCount) -> String {
    let whole = octets.0 / ByteCount::MB;
    let rest = (octets.0 % ByteCount::MB) * 1_000 / ByteCount::MB;
    match rest {
        0 => whole.to_string(),
        rest => format!("{whole}.{rest:03}").trim_end_matches('0').to_owned(),
    }
}

fn join(words: impl Iterator<Item = String>, texts: &Texts) -> String {
    words.collect::<Vec<_>>().join(if texts.is_chinese() { "、" } else { ", " })
}

fn comma(texts: &Texts) -> &'static str {
    if texts.is_chinese() { "，" } else { ", " }
}

fn between(texts: &Texts) -> &'static str {
    if texts.is_chinese() { "；" } else { "; " }
}

/// A rule that can only be looked at.
#[component]
pub fn Summary(
    said: RuleSaid,
    channels: Vec<ChannelChoice>,
    groups: Vec<GroupChoice>,
    networks: Vec<(Plmn, String)>,
) -> impl IntoView {
    let texts = use_texts();
    let names = Names { channels, groups, networks };
    let target = target(&said, &names.groups, texts);
    let lines: Vec<_> = parts(&said, &names, texts)
        .into_iter()
        .map(|(part, words)| {
            view! {
                <p class="rule-part">
                    <span class="muted">{part.name(texts)}</span>
                    " "
                    <span>{words}</span>
                </p>
            }
            .into_any()
        })
        .collect();
    view! {
        {target.map(|target| view! { <p class="rule-part muted">{target}</p> }.into_any())}
        {lines}
    }
}

impl Part {
    /// 條件設定, 階段用量設定, 告警通知設定
    pub(super) fn name(self, texts: &Texts) -> &'static str {
        let t = texts.alerts();
        match self {
            Self::Conditions => t.conditions,
            Self::Stages => t.stages,
            Self::Notify => t.notify,
            Self::Actions => texts.actions().actions,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{Lang, texts_in};
    use opencmp_domain::{
        ChannelId, ServiceState,
        alert::{
            Category,
            channel::ChannelKind,
            rule::{LifeCycleCondition, NetworkCondition, Stages, UsageCondition},
        },
        time::DEFAULT_ZONE,
    };

    fn said(condition: Condition, channels: &[i64]) -> RuleSaid {
        let mut said = RuleSaid::new("r", condition, DEFAULT_ZONE);
        said.notify.channels = channels.iter().copied().map(ChannelId).collect();
        said
    }

    fn names() -> Names {
        let channel = |id, kind| ChannelChoice {
            id: ChannelId(id),
            name: String::new(),
            kind,
            on: true,
            limited: false,
        };
        Names {
            channels: vec![
                channel(1, ChannelKind::Email),
                channel(2, ChannelKind::Http),
                channel(3, ChannelKind::Sms),
            ],
            groups: Vec::new(),
            networks: vec![("46692".parse().unwrap(), "Chunghwa Telecom".into())],
        }
    }

    fn words(said: &RuleSaid, lang: Lang) -> Vec<String> {
        parts(said, &names(), texts_in(lang)).into_iter().map(|(_, words)| words).collect()
    }

    #[test]
    fn the_brochures_rules_in_the_brochures_words() {
        let mb = |n: u64| ByteCount(n * ByteCount::MB);
        let stages = Stages { percents: vec![70, 90, 100], allowance: mb(500), together: false };
        let usage = UsageCondition { daily_over: Some(mb(150)), stages: Some(stages) };
        assert_eq!(
            words(&said(Condition::Usage(usage), &[1, 2]), Lang::ZhTw),
            [
                "單筆每日超過150MB",
                "門檻：70%、90%、100%，額度 500MB",
                "立即通知，通知方式：電郵、Http，每日00時，持續24小時",
            ]
        );
        let offline = words(&said(Condition::of(Category::Offline), &[3]), Lang::ZhTw);
        assert_eq!(offline, ["斷線持續超過2分鐘", "立即通知，通知方式：簡訊，每日00時，持續24小時"]);
        let states = LifeCycleCondition {
            to: vec![ServiceState::Suspended, ServiceState::Active],
            ..Default::default()
        };
        let states = words(&said(Condition::LifeCycle(states), &[]), Lang::ZhTw);
        assert_eq!(states, ["異動為【暫停】、【啟用】", "僅列於歷史事件"]);
        let network = NetworkCondition { networks: vec!["46692".parse().unwrap()], ..Default::default() };
        let network = said(Condition::Network(network), &[1]);
        assert_eq!(words(&network, Lang::ZhTw)[0], "網路不是：Chunghwa Telecom");
        assert_eq!(
            words(&network, Lang::En),
            ["The network isn't Chunghwa Telecom", "At once, by E-mail, daily from 00:00 for 24 hours",]
        );
    }

    #[test]
    fn amounts_are_as_people_type_them() {
        for (octets, text) in
            [(150 * ByteCount::MB, "150"), (ByteCount::MB * 3 / 2, "1.5"), (ByteCount::MB / 4, "0.25")]
        {
            assert_eq!(amount(ByteCount(octets)), text);
        }
    }
}
