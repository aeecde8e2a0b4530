//! 條件設定 and 階段用量設定: what is typed of a rule's conditions. Numbers that can't be read are sent as ones that can't be, so
//! that the server names the field.

use super::{Part, summary::amount};
use crate::{
    components::{Check, TextArea, TextField},
    i18n::use_texts,
    pages::sims::bulk::tags as split,
};
use leptos::{ev, prelude::*};
use opencmp_domain::{
    ByteCount, Plmn, RatType, ServiceState,
    alert::rule::{
        Condition, DeviceCondition, LifeCycleCondition, NetworkCondition, OfflineCondition,
        SecurityCondition, Stages, UsageCondition,
    },
};
use std::str::FromStr;

/// 150 MB, the brochure's.
const DEFAULT_DAILY: u64 = 150 * ByteCount::MB;
const DEFAULT_TIMES: u32 = 10;
/// Radio access that is offered.
const RATS: [RatType; 6] =
    [RatType::GERAN, RatType::UTRAN, RatType::EUTRAN, RatType::NB_IOT, RatType::LTE_M, RatType::NR];

/// The conditions of a category while they are typed.
#[derive(Clone, Copy)]
pub enum Typed {
    Usage(UsageTyped),
    Offline(OfflineTyped),
    Device(DeviceTyped),
    LifeCycle(StatesTyped),
    Network(NetworkTyped),
    Security(SecurityTyped),
}

#[derive(Clone, Copy)]
pub struct StatesTyped {
    to: RwSignal<Vec<ServiceState>>,
    limits: RwSignal<bool>,
    days_before: RwSignal<String>,
}

#[derive(Clone, Copy)]
pub struct UsageTyped {
    daily: RwSignal<bool>,
    daily_over: RwSignal<String>,
    stages: RwSignal<bool>,
    percents: RwSignal<String>,
    allowance: RwSignal<String>,
    together: RwSignal<bool>,
}

#[derive(Clone, Copy)]
pub struct OfflineTyped {
    after_minutes: RwSignal<String>,
    learned: RwSignal<bool>,
}

#[derive(Clone, Copy)]
pub struct DeviceTyped {
    other: RwSignal<bool>,
    listed_on: RwSignal<bool>,
    listed: RwSignal<String>,
    shared: RwSignal<bool>,
    shared_by: RwSignal<String>,
}

#[derive(Clone, Copy)]
pub struct NetworkTyped {
    networks_on: RwSignal<bool>,
    networks: RwSignal<Vec<Plmn>>,
    more: RwSignal<String>,
    roaming: RwSignal<bool>,
    rats_on: RwSignal<bool>,
    rats: RwSignal<Vec<RatType>>,
}

#[derive(Clone, Copy)]
pub struct SecurityTyped {
    abnormal: RwSignal<bool>,
    times_usual: RwSignal<String>,
    cloned: RwSignal<bool>,
    travel: RwSignal<bool>,
    sign_ins: RwSignal<bool>,
}

impl Typed {
    /// `new`: with what is mostly asked for.
    pub fn of(condition: Condition, new: bool) -> Self {
        match condition {
            Condition::Usage(usage) => {
                let stages = usage.stages.clone().unwrap_or_else(|| Stages {
                    percents: Stages::DEFAULT_PERCENTS.to_vec(),
                    allowance: ByteCount::ZERO,
                    together: false,
                });
                let percents = stages.percents.iter().map(u16::to_string).collect::<Vec<_>>().join("、");
                let held = |octets: ByteCount| match octets {
                    ByteCount::ZERO => String::new(),
                    octets => amount(octets),
                };
                let over = usage.daily_over.unwrap_or(ByteCount(DEFAULT_DAILY));
                Self::Usage(UsageTyped {
                    daily: RwSignal::new(new || usage.daily_over.is_some()),
                    daily_over: RwSignal::new(amount(over)),
                    stages: RwSignal::new(usage.stages.is_some()),
                    percents: RwSignal::new(percents),
                    allowance: RwSignal::new(held(stages.allowance)),
                    together: RwSignal::new(stages.together),
                })
            }
            Condition::Offline(offline) => Self::Offline(OfflineTyped {
                after_minutes: RwSignal::new(offline.after_minutes.to_string()),
                learned: RwSignal::new(offline.learned),
            }),
            Condition::Device(device) => Self::Device(DeviceTyped {
                other: RwSignal::new(device.other),
                listed_on: RwSignal::new(!device.listed.is_empty()),
                listed: RwSignal::new(device.listed.join("\n")),
                shared: RwSignal::new(device.shared_by.is_some()),
                shared_by: RwSignal::new(device.shared_by.unwrap_or(2).to_string()),
            }),
            Condition::LifeCycle(states) => {
                let days = match states.days_before.as_slice() {
                    [] => &LifeCycleCondition::DEFAULT_DAYS_BEFORE[..],
                    days => days,
                };
                let days: Vec<_> = days.iter().map(u16::to_string).collect();
                Self::LifeCycle(StatesTyped {
                    limits: RwSignal::new(!states.days_before.is_empty()),
                    days_before: RwSignal::new(days.join("、")),
                    to: RwSignal::new(states.to),
                })
            }
            Condition::Network(network) => Self::Network(NetworkTyped {
                networks_on: RwSignal::new(new || !network.networks.is_empty()),
                networks: RwSignal::new(network.networks),
                more: RwSignal::new(String::new()),
                roaming: RwSignal::new(network.roaming),
                rats_on: RwSignal::new(!network.rats.is_empty()),
                rats: RwSignal::new(network.rats),
            }),
            Condition::Security(security) => Self::Security(SecurityTyped {
                abnormal: RwSignal::new(security.times_usual.is_some()),
                times_usual: RwSignal::new(security.times_usual.unwrap_or(DEFAULT_TIMES).to_string()),
                cloned: RwSignal::new(security.cloned),
                travel: RwSignal::new(security.travel),
                sign_ins: RwSignal::new(security.sign_ins),
            }),
        }
    }

    /// What is typed; the error names the field.
    pub fn said(self) -> Result<Condition, &'static str> {
        let asked = |on: RwSignal<bool>| on.get_untracked();
        Ok(match self {
            Self::Usage(typed) => {
                let stages = || Stages {
                    percents: typed.percents.with_untracked(|text| numbers(text)),
                    allowance: octets(typed.allowance),
                    together: asked(typed.together),
                };
                Condition::Usage(UsageCondition {
                    daily_over: asked(typed.daily).then(|| octets(typed.daily_over)),
                    stages: asked(typed.stages).then(stages),
                })
            }
            Self::Offline(typed) => Condition::Offline(OfflineCondition {
                after_minutes: number(typed.after_minutes),
                learned: asked(typed.learned),
            }),
            Self::Device(typed) => {
                let listed = typed.listed.with_untracked(|text| {
                    let lines = text.lines().flat_map(|line| line.split([',', '、', ' ']));
                    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>()
                });
                Condition::Device(DeviceCondition {
                    other: asked(typed.other),
                    listed: if asked(typed.listed_on) { listed } else { Vec::new() },
                    shared_by: asked(typed.shared).then(|| number(typed.shared_by)),
                })
            }
            Self::LifeCycle(states) => {
                let days = || states.days_before.with_untracked(|text| numbers(text));
                Condition::LifeCycle(LifeCycleCondition {
                    to: states.to.get_untracked(),
                    days_before: if asked(states.limits) { days() } else { Vec::new() },
                })
            }
            Self::Network(typed) => {
                let mut networks = typed.networks.get_untracked();
                for code in typed.more.with_untracked(|text| split(text)) {
                    let code: Plmn = code.parse().map_err(|_| "networks")?;
                    if !networks.contains(&code) {
                        networks.push(code);
                    }
                }
                Condition::Network(NetworkCondition {
                    networks: if asked(typed.networks_on) { networks } else { Vec::new() },
                    roaming: asked(typed.roaming),
                    rats: if asked(typed.rats_on) { typed.rats.get_untracked() } else { Vec::new() },
                })
            }
            Self::Security(typed) => Condition::Security(SecurityCondition {
                times_usual: asked(typed.abnormal).then(|| number(typed.times_usual)),
                cloned: asked(typed.cloned),
                travel: asked(typed.travel),
                sign_ins: asked(typed.sign_ins),
            }),
        })
    }
}

/// 0 where it can't be read.
pub fn number<T: FromStr + Default>(typed: RwSignal<String>) -> T {
    typed.with_untracked(|text| text.trim().parse().unwrap_or_default())
}

/// 70、90、100; one that can't be read is 0.
fn numbers(text: &str) -> Vec<u16> {
    let parts = split(text);
    let parts = parts.iter().flat_map(|part| part.split_whitespace());
    parts.map(|part| part.trim_end_matches('%').parse().unwrap_or_default()).collect()
}

/// Of megabytes with up to three decimals; 0 where they can't be read.
fn octets(typed: RwSignal<String>) -> ByteCount {
    typed.with_untracked(|text| megabytes(text).unwrap_or_default())
}

fn megabytes(text: &str) -> Option<ByteCount> {
    let (whole, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    if rest.len() > 3 || !rest.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let thousandths: u64 = format!("{rest:0<3}").parse().ok()?;
    let whole: u64 = whole.parse().ok()?;
    let rest = (thousandths * ByteCount::MB).div_ceil(1_000);
    Some(ByteCount(whole.checked_mul(ByteCount::MB)?.checked_add(rest)?))
}

/// Those of a few that are wanted.
pub fn checks<T>(options: Vec<(T, String)>, chosen: RwSignal<Vec<T>>) -> AnyView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let check = |(value, name): (T, String)| {
        let choose = move |event: ev::Event| {
            let wanted = event_target_checked(&event);
            chosen.update(|chosen| {
                chosen.retain(|held| *held != value);
                if wanted {
                    chosen.push(value);
                }
            });
        };
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=move || chosen.with(|chosen| chosen.contains(&value))
                    on:change=choose
                />
                {name}
            </label>
        }
        .into_any()
    };
    view! { <div class="group-checks">{options.into_iter().map(check).collect::<Vec<_>>()}</div> }.into_any()
}

/// A condition that is asked for or not, with what it is made of.
#[component]
pub(super) fn Asked(label: &'static str, on: RwSignal<bool>, children: ChildrenFn) -> impl IntoView {
    view! {
        <Check label value=on/>
        <Show when=move || on.get()>
            <div class="rule-more">{children()}</div>
        </Show>
    }
}

/// `part`: what the editor was opened at.
#[component]
pub fn ConditionFields(typed: Typed, networks: Vec<(Plmn, String)>, part: Option<Part>) -> impl IntoView {
    let t = use_texts().alerts();
    let stages = match typed {
        Typed::Usage(usage) => {
            Some(view! { <StagesFields usage opened=part == Some(Part::Stages)/> }.into_any())
        }
        _ => None,
    };
    let fields = match typed {
        Typed::Usage(usage) => view! { <UsageFields usage/> }.into_any(),
        Typed::Offline(offline) => view! { <OfflineFields offline/> }.into_any(),
        Typed::Device(device) => view! { <DeviceFields device/> }.into_any(),
        Typed::LifeCycle(states) => view! { <StateFields states/> }.into_any(),
        Typed::Network(network) => view! { <NetworkFields network networks/> }.into_any(),
        Typed::Security(security) => view! { <SecurityFields security/> }.into_any(),
    };
    view! {
        <fieldset id="rule-condition" class="rules" tabindex="-1" autofocus=part == Some(Part::Conditions)>
            <legend class="field-label">{t.conditions}</legend>
            {fields}
        </fieldset>
        {stages}
    }
}

#[component]
fn UsageFields(usage: UsageTyped) -> impl IntoView {
    let t = use_texts().alerts();
    view! {
        <Asked label=t.daily on=usage.daily>
            <TextField id="rule-daily_over" label=t.daily_over value=usage.daily_over most=12 optional=true/>
        </Asked>
    }
}

#[component]
fn StagesFields(usage: UsageTyped, opened: bool) -> impl IntoView {
    let t = use_texts().alerts();
    view! {
        <fieldset id="rule-stages" class="rules" tabindex="-1" autofocus=opened>
            <legend class="field-label">{t.stages}</legend>
            <Asked label=t.stages_on on=usage.stages>
                <TextField
                    id="rule-percents"
                    label=t.percents
                    value=usage.percents
                    most=60
                    hint=t.percents_hint
                    optional=true
                />
                <TextField id="rule-allowance" label=t.allowance value=usage.allowance most=12 optional=true/>
                <Check label=t.together value=usage.together/>
            </Asked>
        </fieldset>
    }
}

#[component]
fn OfflineFields(offline: OfflineTyped) -> impl IntoView {
    let t = use_texts().alerts();
    view! {
        <TextField
            id="rule-after_minutes"
            label=t.after_minutes
            value=offline.after_minutes
            most=6
            hint=t.after_minutes_hint
            optional=true
        />
        <Check label=t.learned value=offline.learned/>
    }
}

#[component]
fn DeviceFields(device: DeviceTyped) -> impl IntoView {
    let t = use_texts().alerts();
    view! {
        <Check label=t.other_device value=device.other/>
        <Asked label=t.listed_on on=device.listed_on>
            <TextArea id="rule-listed" label=t.listed value=device.listed hint=t.listed_hint class="mono"/>
        </Asked>
        <Asked label=t.shared_on on=device.shared>
            <TextField id="rule-shared_by" label=t.shared_by value=device.shared_by most=6 optional=true/>
        </Asked>
    }
}

#[component]
fn StateFields(states: StatesTyped) -> impl IntoView {
    let texts = use_texts();
    let t = texts.alerts();
    let options = ServiceState::ALL.iter().map(|state| (*state, texts.service(*state).to_owned())).collect();
    view! {
        <p class="field-label">{t.life_cycle}</p>
        {checks(options, states.to)}
        <Asked label=t.limits_on on=states.limits>
            <TextField
                id="rule-days_before"
                label=t.days_before
                value=states.days_before
                most=60
                hint=t.days_before_hint
                optional=true
            />
        </Asked>
    }
}

#[component]
fn NetworkFields(network: NetworkTyped, networks: Vec<(Plmn, String)>) -> impl IntoView {
    let t = use_texts().alerts();
    // What the rule names and nobody knows the name of is offered by its code.
    let mut offered = networks;
    for plmn in network.networks.get_untracked() {
        if offered.iter().all(|(known, _)| *known != plmn) {
            offered.push((plmn, plmn.to_string()));
        }
    }
    let offered = StoredValue::new(
        offered.into_iter().map(|(plmn, name)| (plmn, format!("{name} ({plmn})"))).collect::<Vec<_>>(),
    );
    let rats = StoredValue::new(RATS.map(|rat| (rat, rat.name())).to_vec());
    view! {
        <Asked label=t.networks_on on=network.networks_on>
            {checks(offered.get_value(), network.networks)}
            <TextField
                id="rule-networks"
                label=t.networks_more
                value=network.more
                most=200
                hint=t.networks_hint
                optional=true
            />
        </Asked>
        <Check label=t.roaming value=network.roaming/>
        <Asked label=t.rats_on on=network.rats_on>{checks(rats.get_value(), network.rats)}</Asked>
    }
}

#[component]
fn SecurityFields(security: SecurityTyped) -> impl IntoView {
    let t = use_texts().alerts();
    view! {
        <Asked label=t.abnormal_on on=security.abnormal>
            <TextField
                id="rule-times_usual"
                label=t.times_usual
                value=security.times_usual
                most=6
                hint=t.times_usual_hint
                optional=true
            />
        </Asked>
        <Check label=t.cloned value=security.cloned/>
        <Check label=t.travel value=security.travel/>
        <Check label=t.sign_ins value=security.sign_ins/>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_read() {
        assert_eq!(numbers("70、90, 100%"), [70, 90, 100]);
        assert_eq!(numbers("70 90"), [70, 90]);
        assert_eq!(numbers("many"), [0]);
        for (text, octets) in [("150", 150 * ByteCount::MB), (" 1.5 ", ByteCount::MB * 3 / 2), ("0", 0)] {
            assert_eq!(megabytes(text), Some(ByteCount(octets)), "{text}");
        }
        for text in ["", "x", "1.2345", "-1", "1e9", "99999999999999999999"] {
            assert_eq!(megabytes(text), None, "{text}");
        }
    }
}
