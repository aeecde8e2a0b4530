//! Alert rules (告警規則): which SIMs, what must happen, how bad it is, who is told, what is done by itself.

use super::{AlertKind, Category, Level, action::Actions, window::Window};
use crate::{
    identifier::Plmn,
    ids::{ChannelId, GroupId, PersonId, RuleId, TenantId},
    state::{RatType, ServiceState},
    time::{Timestamp, Tz},
    units::ByteCount,
};
use serde::{Deserialize, Serialize};

/// A rule as it is kept. Every change makes another version of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub id: RuleId,
    pub tenant: TenantId,
    pub said: RuleSaid,
    pub version: u32,
    /// 修改者, 修改時間. `None`: the system, or its command line.
    pub modified_by: Option<PersonId>,
    pub modified_by_name: Option<String>,
    pub modified_at: Timestamp,
}

/// What a rule says, or said before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleVersion {
    pub version: u32,
    pub said: RuleSaid,
    /// `None`: the system, or its command line.
    pub modified_by_name: Option<String>,
    pub modified_at: Timestamp,
}

/// What is said of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSaid {
    pub name: String,
    pub target: Target,
    pub condition: Condition,
    pub level: Level,
    /// What begins again so soon after its end is the same alert, one more time, unless it is of another common cause. 0: it is
    /// another.
    pub rearm_minutes: u32,
    pub notify: Notify,
    #[serde(default)]
    pub actions: Actions,
    /// 告警啟用
    pub enabled: bool,
}

/// The SIMs that a rule is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// All of the tenant's.
    All,
    /// Those of these groups and of what is nested in them.
    Groups(Vec<GroupId>),
    /// Those with any of these tags.
    Tags(Vec<String>),
}

/// 條件設定: one of each category, with what is asked for in it. What isn't asked for is `None`, empty or false; something
/// is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    Usage(UsageCondition),
    Offline(OfflineCondition),
    Device(DeviceCondition),
    LifeCycle(LifeCycleCondition),
    Network(NetworkCondition),
    Security(SecurityCondition),
}

/// 流量異常
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UsageCondition {
    /// 單筆每日超過: a SIM uses more than this on one of its tenant's days. Once a day.
    pub daily_over: Option<ByteCount>,
    pub stages: Option<Stages>,
}

/// 階段用量設定: shares of an allowance, each once in a cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stages {
    /// 門檻, in per cent, rising.
    pub percents: Vec<u16>,
    pub allowance: ByteCount,
    /// The allowance is of all SIMs of the rule together, not of each.
    pub together: bool,
}

impl Stages {
    pub const DEFAULT_PERCENTS: [u16; 3] = [70, 90, 100];

    /// The octets of a share of the allowance, rounded up, so that what is reached is passed.
    pub fn octets(&self, percent: u16) -> u64 {
        (u128::from(self.allowance.0) * u128::from(percent)).div_ceil(100).try_into().unwrap_or(u64::MAX)
    }
}

/// 設備斷線
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfflineCondition {
    /// 斷線持續超過: minutes.
    pub after_minutes: u32,
    /// Devices that report rarely: a SIM is late when it misses its own learned interval, and not before.
    pub learned: bool,
}

/// IMEI/IMSI不匹配. Devices are compared by their first 14 digits: another software version is no other device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeviceCondition {
    /// Another device than before in the SIM.
    pub other: bool,
    /// A device that none of these begins the IMEI of: type allocation codes (8 digits) up to whole IMEIs.
    pub listed: Vec<String>,
    /// One IMEI in so many SIMs or more.
    pub shared_by: Option<u32>,
}

/// SIM卡生命週期通知
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LifeCycleCondition {
    /// 異動為
    pub to: Vec<ServiceState>,
    /// So many days before a state's time limit ([`crate::state::state_limit`]), falling.
    pub days_before: Vec<u16>,
}

impl LifeCycleCondition {
    pub const DEFAULT_DAYS_BEFORE: [u16; 3] = [30, 7, 1];
    /// No limit is longer.
    pub const MOST_DAYS_BEFORE: u16 = 365;
}

/// 網路變更
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkCondition {
    /// 網路不是
    pub networks: Vec<Plmn>,
    /// Served in another country than the SIM's.
    pub roaming: bool,
    /// Radio access is none of these.
    pub rats: Vec<RatType>,
}

/// 資安通報
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecurityCondition {
    /// A day's usage is so many times what the SIM usually uses, once [`crate::stored::Usual::WHOLE_DAYS`] whole days of it are
    /// known.
    pub times_usual: Option<u32>,
    /// Two devices with one card, or two of the tenant's cards with one device identity, at the same time.
    pub cloned: bool,
    /// From country to country faster than anything travels.
    pub travel: bool,
    /// Failed sign-ins of this tenant's people.
    pub sign_ins: bool,
}

/// 告警通知設定
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// 通知方式. None: it is only listed.
    pub channels: Vec<ChannelId>,
    /// 立即通知; otherwise a digest every so many hours.
    pub digest_hours: Option<u8>,
    /// Outside of it, what happens is held back, and summed up when it begins.
    pub window: Window,
    /// Say as well when it is over.
    pub tell_end: bool,
}

/// Fields that a rule can be wrong in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleField {
    Name,
    Target,
    /// Nothing is asked for.
    Condition,
    DailyOver,
    Percents,
    Allowance,
    AfterMinutes,
    Listed,
    SharedBy,
    TimesUsual,
    DaysBefore,
    Rearm,
    Channels,
    Digest,
    Actions,
}

impl RuleField {
    pub const ALL: [Self; 15] = [
        Self::Name,
        Self::Target,
        Self::Condition,
        Self::DailyOver,
        Self::Percents,
        Self::Allowance,
        Self::AfterMinutes,
        Self::Listed,
        Self::SharedBy,
        Self::TimesUsual,
        Self::DaysBefore,
        Self::Rearm,
        Self::Channels,
        Self::Digest,
        Self::Actions,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Target => "target",
            Self::Condition => "condition",
            Self::DailyOver => "daily_over",
            Self::Percents => "percents",
            Self::Allowance => "allowance",
            Self::AfterMinutes => "after_minutes",
            Self::Listed => "listed",
            Self::SharedBy => "shared_by",
            Self::TimesUsual => "times_usual",
            Self::DaysBefore => "days_before",
            Self::Rearm => "rearm",
            Self::Channels => "channels",
            Self::Digest => "digest",
            Self::Actions => "actions",
        }
    }
}

pub const MOST_NAME: usize = 100;
/// The most groups or tags of a target, networks, device patterns and channels of a rule.
pub const MOST_LISTED: usize = 1_000;
/// The longest that a SIM may be offline unnoticed: 90 days.
pub const MOST_MINUTES: u32 = 90 * 24 * 60;
/// The longest that a rule stays disarmed: a day.
pub const MOST_REARM: u32 = 24 * 60;

impl Condition {
    pub const fn category(&self) -> Category {
        match self {
            Self::Usage(_) => Category::Usage,
            Self::Offline(_) => Category::Offline,
            Self::Device(_) => Category::Device,
            Self::LifeCycle(_) => Category::LifeCycle,
            Self::Network(_) => Category::Network,
            Self::Security(_) => Category::Security,
        }
    }

    /// What a new rule of the category begins with.
    pub fn of(category: Category) -> Self {
        match category {
            Category::Usage => Self::Usage(UsageCondition::default()),
            Category::Offline => Self::Offline(OfflineCondition { after_minutes: 2, learned: false }),
            Category::Device => Self::Device(DeviceCondition { other: true, ..DeviceCondition::default() }),
            Category::LifeCycle => Self::LifeCycle(LifeCycleCondition::default()),
            Category::Network => Self::Network(NetworkCondition::default()),
            Category::Security => Self::Security(SecurityCondition::default()),
        }
    }

    /// The kinds of alert that it can raise.
    pub fn kinds(&self) -> Vec<AlertKind> {
        use AlertKind as K;
        let asked: Vec<(bool, K)> = match self {
            Self::Usage(usage) => {
                vec![(usage.daily_over.is_some(), K::DailyUsage), (usage.stages.is_some(), K::UsageStage)]
            }
            Self::Offline(offline) => vec![
                (true, K::Offline),
                (true, K::GatewayLost),
                (!offline.learned, K::CellLost),
                (!offline.learned, K::AreaLost),
                (!offline.learned, K::ApnLost),
                (true, K::Flapping),
            ],
            Self::Device(device) => vec![
                (device.other, K::OtherDevice),
                (!device.listed.is_empty(), K::UnlistedDevice),
                (device.shared_by.is_some(), K::SharedDevice),
            ],
            Self::LifeCycle(states) => vec![
                (!states.to.is_empty(), K::StateChanged),
                (!states.days_before.is_empty(), K::StateLimit),
            ],
            Self::Network(network) => vec![
                (!network.networks.is_empty(), K::OtherNetwork),
                (network.roaming, K::Roaming),
                (!network.rats.is_empty(), K::OtherRat),
            ],
            Self::Security(security) => vec![
                (security.times_usual.is_some(), K::Abnormal),
                (security.cloned, K::Cloned),
                (security.travel, K::Travel),
                (security.sign_ins, K::SignIn),
            ],
        };
        asked.into_iter().filter_map(|(asked, kind)| asked.then_some(kind)).collect()
    }

    fn check(&self) -> Result<(), RuleField> {
        if self.kinds().is_empty() {
            return Err(RuleField::Condition);
        }
        let refuse = |bad: bool, field| if bad { Err(field) } else { Ok(()) };
        match self {
            Self::Usage(usage) => {
                refuse(usage.daily_over == Some(ByteCount::ZERO), RuleField::DailyOver)?;
                let Some(stages) = &usage.stages else { return Ok(()) };
                refuse(stages.allowance == ByteCount::ZERO, RuleField::Allowance)?;
                let rising = stages.percents.is_sorted_by(|one, next| one < next);
                let sane = stages.percents.iter().all(|percent| (1..=1_000).contains(percent));
                let count = (1..=10).contains(&stages.percents.len());
                refuse(!(rising && sane && count), RuleField::Percents)
            }
            Self::Offline(offline) => {
                refuse(!(1..=MOST_MINUTES).contains(&offline.after_minutes), RuleField::AfterMinutes)
            }
            Self::Device(device) => {
                let pattern = |text: &String| {
                    (8..=15).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_digit())
                };
                let listed = device.listed.len() <= MOST_LISTED && device.listed.iter().all(pattern);
                refuse(!listed, RuleField::Listed)?;
                refuse(device.shared_by.is_some_and(|sims| sims < 2), RuleField::SharedBy)
            }
            Self::LifeCycle(states) => {
                let days = &states.days_before;
                let falling = days.is_sorted_by(|one, next| one > next) && days.len() <= 10;
                let sane = days.iter().all(|days| (1..=LifeCycleCondition::MOST_DAYS_BEFORE).contains(days));
                refuse(!(falling && sane), RuleField::DaysBefore)
            }
            Self::Network(network) => refuse(
                network.networks.len() > MOST_LISTED || network.rats.len() > MOST_LISTED,
                RuleField::Condition,
            ),
            Self::Security(security) => {
                let sane = security.times_usual.is_none_or(|times| (2..=1_000).contains(&times));
                refuse(!sane, RuleField::TimesUsual)
            }
        }
    }
}

impl RuleSaid {
    /// What a new rule begins with: for all SIMs, in force, and listed only; whoever is told is told at once, and of the end.
    pub fn new(name: impl Into<String>, condition: Condition, zone: Tz) -> Self {
        Self {
            name: name.into(),
            target: Target::All,
            condition,
            level: Level::Abnormal,
            rearm_minutes: 5,
            notify: Notify {
                channels: Vec::new(),
                digest_hours: None,
                window: Window::always(zone),
                tell_end: true,
            },
            actions: Actions::default(),
            enabled: true,
        }
    }

    pub const fn category(&self) -> Category {
        self.condition.category()
    }

    /// The first field that can't be as it is.
    pub fn check(&self) -> Result<(), RuleField> {
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > MOST_NAME || name.contains(char::is_control) {
            return Err(RuleField::Name);
        }
        let targets = match &self.target {
            Target::All => 1,
            Target::Groups(groups) => groups.len(),
            Target::Tags(tags) => tags.len(),
        };
        let named = match &self.target {
            Target::Tags(tags) => tags.iter().all(|tag| !tag.trim().is_empty()),
            Target::All | Target::Groups(_) => true,
        };
        if !(1..=MOST_LISTED).contains(&targets) || !named {
            return Err(RuleField::Target);
        }
        self.condition.check()?;
        if self.rearm_minutes > MOST_REARM {
            return Err(RuleField::Rearm);
        }
        if self.notify.channels.len() > MOST_LISTED {
            return Err(RuleField::Channels);
        }
        if matches!(self.notify.digest_hours, Some(0 | 25..)) {
            return Err(RuleField::Digest);
        }
        match self.actions.check() {
            true => Ok(()),
            false => Err(RuleField::Actions),
        }
    }

    /// By which it tells somebody something.
    pub fn uses(&self, channel: ChannelId) -> bool {
        self.notify.channels.contains(&channel) || self.actions.http == Some(channel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DEFAULT_ZONE;

    fn said(condition: Condition) -> RuleSaid {
        RuleSaid::new("電表", condition, DEFAULT_ZONE)
    }

    fn usage(percents: &[u16], allowance: u64) -> Condition {
        let stages = Stages { percents: percents.to_vec(), allowance: ByteCount(allowance), together: false };
        Condition::Usage(UsageCondition { daily_over: None, stages: Some(stages) })
    }

    #[test]
    fn what_is_wrong_is_named_by_its_field() {
        assert_eq!(said(usage(&[70, 90, 100], 1)).check(), Ok(()));
        for (condition, field) in [
            (Condition::of(Category::Usage), RuleField::Condition),
            (usage(&[90, 70], 1), RuleField::Percents),
            (usage(&[], 1), RuleField::Percents),
            (usage(&[70], 0), RuleField::Allowance),
            (
                Condition::Offline(OfflineCondition { after_minutes: 0, learned: false }),
                RuleField::AfterMinutes,
            ),
            (
                Condition::Device(DeviceCondition { listed: vec!["8664-2503".into()], ..Default::default() }),
                RuleField::Listed,
            ),
            (
                Condition::Device(DeviceCondition { shared_by: Some(1), ..Default::default() }),
                RuleField::SharedBy,
            ),
            (Condition::of(Category::LifeCycle), RuleField::Condition),
            (Condition::of(Category::Network), RuleField::Condition),
            (
                Condition::Security(SecurityCondition { times_usual: Some(1), ..Default::default() }),
                RuleField::TimesUsual,
            ),
        ] {
            assert_eq!(said(condition.clone()).check(), Err(field), "{condition:?}");
        }
        let fine = said(Condition::of(Category::Offline));
        let wrong = [
            (RuleSaid { name: " ".into(), ..fine.clone() }, RuleField::Name),
            (RuleSaid { target: Target::Groups(vec![]), ..fine.clone() }, RuleField::Target),
            (RuleSaid { target: Target::Tags(vec![" ".into()]), ..fine.clone() }, RuleField::Target),
            (RuleSaid { rearm_minutes: MOST_REARM + 1, ..fine.clone() }, RuleField::Rearm),
        ];
        for (said, field) in wrong {
            assert_eq!(said.check(), Err(field));
        }
    }

    #[test]
    fn a_share_is_reached_when_all_of_it_is_used() {
        let stages = Stages { percents: vec![70], allowance: ByteCount(101), together: false };
        assert_eq!((stages.octets(70), stages.octets(100), stages.octets(0)), (71, 101, 0));
        let most = Stages { allowance: ByteCount(u64::MAX), ..stages };
        assert_eq!(most.octets(1_000), u64::MAX);
    }

    #[test]
    fn rules_come_back_from_json_and_unknown_fields_are_refused() {
        for category in Category::ALL {
            let said = said(Condition::of(*category));
            let json = serde_json::to_string(&said).unwrap();
            assert_eq!(serde_json::from_str::<RuleSaid>(&json).unwrap(), said);
        }
        let json = serde_json::to_string(&said(Condition::of(Category::Offline))).unwrap();
        let more = json.replace("\"learned\"", "\"surprise\"");
        assert!(serde_json::from_str::<RuleSaid>(&more).is_err());
    }
}
