//! Alerts: what people are told of a SIM, or of many at once.
//!
//! - [`rule`]: when something is an alert. [`window`]: when somebody may be told.
//! - [`channel`]: by which way they are told; [`plan`] and [`settle`]: when, and of what. [`delivery`]: what became of it.
//! - [`action`]: what is done by itself, beside telling people.
//! - [`backtest`]: what a rule would have made of records of before. [`why`]: why it did or did not.
//! - Here: an alert itself, with its beginning, its end, and what people did about it.

pub mod action;
pub mod backtest;
pub mod channel;
pub mod delivery;
pub mod plan;
pub mod rule;
pub mod settle;
pub mod why;
pub mod window;

use crate::{
    identifier::Msisdn,
    ids::{AlertId, GroupId, PersonId, RuleId, SimId, TenantId},
    state::{ServiceState, coded},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

coded! {
    /// The six of the overview (告警規則 總覽).
    Category {
        /// 流量異常
        Usage = 1 "usage",
        /// 設備斷線
        Offline = 2 "offline",
        /// IMEI/IMSI不匹配
        Device = 3 "device",
        /// SIM卡生命週期通知
        LifeCycle = 4 "life_cycle",
        /// 網路變更
        Network = 5 "network",
        /// 資安通報
        Security = 6 "security",
    }
}

coded! {
    /// 等級
    Level {
        /// 正常: worth knowing.
        Normal = 1 "normal",
        /// 異常
        Abnormal = 2 "abnormal",
        /// 嚴重: somebody should look now.
        Critical = 3 "critical",
    }
}

coded! {
    /// 告警種類: what an alert says. Each belongs to a [`Category`].
    AlertKind {
        /// A SIM's usage of one day passed the limit. Facts: `limit`, `used` (octets), `day`.
        DailyUsage = 1 "daily_usage",
        /// Usage of a cycle passed a share of the allowance. Facts: `percent`, `limit`, `used`, `cycle`.
        UsageStage = 2 "usage_stage",
        /// 設備離線. Facts: `cause` of the last session's end ([`crate::session::EndCause`]). It ends when the SIM connects again (重新連線).
        Offline = 3 "offline",
        /// Another device in the SIM. Facts: `from`, `to` (IMEI).
        OtherDevice = 4 "other_device",
        /// A device that the rule doesn't list. Facts: `to` (IMEI). It ends when a listed one is seen.
        UnlistedDevice = 5 "unlisted_device",
        /// One device identity in several SIMs. Facts: `to` (IMEI), `sims`.
        SharedDevice = 6 "shared_device",
        /// The service state became one of the rule's. Facts: `from`, `to`.
        StateChanged = 7 "state_changed",
        /// Served by a network that the rule doesn't list. Facts: `from`, `to` (PLMN). It ends in a listed one.
        OtherNetwork = 8 "other_network",
        /// Served by a network of another country. Facts: `from`, `to` (PLMN). It ends at home.
        Roaming = 9 "roaming",
        /// Radio access that the rule doesn't list. Facts: `from`, `to` (RAT). It ends with a listed one.
        OtherRat = 10 "other_rat",
        /// Far from what the SIM usually uses. Facts: `usual`, `used` (octets).
        Abnormal = 11 "abnormal",
        /// Two devices with one card at once: facts `from`, `to` (IMEI). Or two cards with one device: facts `to` (IMEI), `sims`.
        Cloned = 12 "cloned",
        /// From one country to another faster than anything travels. Facts: `from`, `to` (PLMN), `secs`.
        Travel = 13 "travel",
        /// Many failed sign-ins. Facts: `account`, `tries`.
        SignIn = 14 "sign_in",
        /// A gateway took many SIMs with it. Facts: `gateway`, `sims`, `restarted_at` (seconds, if it did). Its children say nothing of their own.
        GatewayLost = 15 "gateway_lost",
        /// 設備同一秒斷連線, again and again: connected again within seconds, so that nobody was offline. It is counted, and needs
        /// nobody.
        Flapping = 16 "flapping",
        /// Many SIMs were lost in one cell. Facts: `cell` (PLMN, area and cell), `sims`. Its children say nothing of their own, as
        /// those of the two below.
        CellLost = 17 "cell_lost",
        /// Many were lost in one tracking or location area. Facts: `area` (PLMN and area), `sims`.
        AreaLost = 18 "area_lost",
        /// Many were lost at one access point. Facts: `apn`, `sims`.
        ApnLost = 19 "apn_lost",
        /// A SIM's time in a state is over soon. Facts: `state`, `days` until then, `until` (the last day).
        StateLimit = 20 "state_limit",
    }
}

impl AlertKind {
    pub const fn category(self) -> Category {
        match self {
            Self::DailyUsage | Self::UsageStage => Category::Usage,
            Self::Offline | Self::Flapping => Category::Offline,
            Self::GatewayLost | Self::CellLost | Self::AreaLost | Self::ApnLost => Category::Offline,
            Self::OtherDevice | Self::UnlistedDevice | Self::SharedDevice => Category::Device,
            Self::StateChanged | Self::StateLimit => Category::LifeCycle,
            Self::OtherNetwork | Self::Roaming | Self::OtherRat => Category::Network,
            Self::Abnormal | Self::Cloned | Self::Travel | Self::SignIn => Category::Security,
        }
    }

    /// It lasts until something ends it; the others are over as they happen.
    pub const fn lasts(self) -> bool {
        matches!(
            self,
            Self::Offline | Self::UnlistedDevice | Self::OtherNetwork | Self::Roaming | Self::OtherRat
        ) || self.is_common_cause()
    }

    /// Each time is news of its own, however soon: another day, another share of the allowance, another state. The others are one
    /// alert with the one before until their rule is armed anew.
    pub const fn is_never_again(self) -> bool {
        matches!(self, Self::DailyUsage | Self::UsageStage | Self::StateChanged | Self::StateLimit)
    }

    /// It is of many SIMs, whose own alerts are parts of it.
    pub const fn is_common_cause(self) -> bool {
        matches!(self, Self::GatewayLost | Self::CellLost | Self::AreaLost | Self::ApnLost)
    }
}

/// The facts that a condition was compared with, by name; see [`AlertKind`]. They are few and short.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(pub Vec<(String, String)>);

impl Facts {
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.0.push((name.to_owned(), value.to_string()));
        self
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }
}

/// An alert as the engine decides it and the flush writes it: all of it is the engine's, and nothing of what people do
/// about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAlert {
    /// Given out by the applier, rising.
    pub id: AlertId,
    pub tenant: TenantId,
    pub rule: RuleId,
    /// Of the rule, when the alert began.
    pub rule_version: u32,
    /// `None`: of a group, or of a common cause.
    pub sim: Option<SimId>,
    pub group: Option<GroupId>,
    pub kind: AlertKind,
    pub level: Level,
    /// When it began, by event time.
    pub began_at: Timestamp,
    /// When it was noticed. Much later than `began_at` for late records: nobody is told "now" of the past.
    pub noticed_at: Timestamp,
    /// `None`: it goes on. Of those that are over as they happen: as they happened.
    pub ended_at: Option<Timestamp>,
    /// How often it began: more than once when it flapped.
    pub times: u32,
    /// The alert of the common cause that this one is part of.
    pub parent: Option<AlertId>,
    pub facts: Facts,
    /// It needs nobody: it flapped and settled.
    pub by_itself: bool,
}

impl StoredAlert {
    /// It tells of a stage that SIMs reached together: once in a cycle.
    pub fn is_stage_of_many(&self) -> bool {
        self.kind == AlertKind::UsageStage && self.sim.is_none()
    }
}

coded! {
    /// What happened to an alert, for whoever tells people.
    AlertTurn {
        Began = 1 "began",
        Ended = 2 "ended",
        /// It flapped: it began again before its rule was armed anew.
        Again = 3 "again",
    }
}

/// What causes alerts and is in no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Its row, which goes when it was looked at.
    pub id: i64,
    pub at: Timestamp,
    pub what: Caused,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caused {
    StateChanged { sim: SimId, from: ServiceState, to: ServiceState },
    SignInsFailed { tenant: TenantId, account: String, tries: u32 },
}

/// A turn of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnOf {
    pub alert: AlertId,
    pub turn: AlertTurn,
    pub at: Timestamp,
}

/// A line of the event history (歷史事件查詢).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertLine {
    pub id: AlertId,
    pub rule: RuleId,
    /// `None`: the rule reaches beyond whoever asks.
    pub rule_name: Option<String>,
    pub sim: Option<SimId>,
    pub msisdn: Option<Msisdn>,
    /// The device's (設備名稱).
    pub name: Option<String>,
    pub group: Option<GroupId>,
    pub group_name: Option<String>,
    pub kind: AlertKind,
    pub level: Level,
    pub began_at: Timestamp,
    pub noticed_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub times: u32,
    pub parent: Option<AlertId>,
    pub facts: Facts,
    pub handling: Handling,
}

/// A page of the event history, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AlertPage {
    /// Fewer than were asked for, and yet not the end, where what is asked for is rare.
    pub lines: Vec<AlertLine>,
    /// Where the next page begins; `None`: there is no older one.
    pub next: Option<AlertCursor>,
}

impl AlertLine {
    /// What the engine knows of it, where names can't be looked up.
    pub fn without_names(alert: &StoredAlert) -> Self {
        Self {
            id: alert.id,
            rule: alert.rule,
            rule_name: None,
            sim: alert.sim,
            msisdn: None,
            name: None,
            group: alert.group,
            group_name: None,
            kind: alert.kind,
            level: alert.level,
            began_at: alert.began_at,
            noticed_at: alert.noticed_at,
            ended_at: alert.ended_at,
            times: alert.times,
            parent: alert.parent,
            facts: alert.facts.clone(),
            handling: Handling { by_itself: alert.by_itself, ..Handling::default() },
        }
    }
}

/// What was done about an alert (處理).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handling {
    /// `None`: 未處理.
    pub at: Option<Timestamp>,
    pub by: Option<PersonId>,
    pub by_name: Option<String>,
    /// 處理備註. Kept when the alert is set back to 未處理.
    pub note: String,
    /// It needed nobody: it flapped and settled.
    pub by_itself: bool,
}

/// The most characters of a handling note.
pub const MOST_NOTE: usize = 1_000;

impl Handling {
    /// 已處理: by somebody, or it needed nobody.
    pub fn is_done(&self) -> bool {
        self.at.is_some() || self.by_itself
    }
}

/// What somebody says of alerts that they handle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandlingSaid {
    /// False: back to 未處理.
    pub handled: bool,
    /// `None`: the note stays as it is.
    pub note: Option<String>,
}

/// Which alerts are handled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlertChoice {
    These(Vec<AlertId>),
    /// Everything that is found, all pages of it.
    Matching(AlertQuery),
}

/// The most alerts that are handled at once.
pub const MOST_HANDLED: usize = 100_000;

/// Alerts that wait for somebody: not handled, and they go on, or are over as they happen. Parts of a common cause don't
/// count. Each level up to [`AlertCounts::MOST`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertCounts {
    pub normal: u32,
    pub abnormal: u32,
    pub critical: u32,
}

impl AlertCounts {
    pub const MOST: u32 = 1_000;

    pub fn all(self) -> u32 {
        self.normal + self.abnormal + self.critical
    }

    pub fn set(&mut self, level: Level, count: u32) {
        match level {
            Level::Normal => self.normal = count,
            Level::Abnormal => self.abnormal = count,
            Level::Critical => self.critical = count,
        }
    }
}

/// An alert on its page, without its parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertDetail {
    pub line: AlertLine,
    /// What the rule said when it began. `None`: the rule reaches beyond whoever asks.
    pub rule: Option<rule::RuleVersion>,
    /// What happened to it and isn't told yet.
    pub untold: Vec<(AlertTurn, Timestamp)>,
    /// Newest first.
    pub deliveries: Vec<delivery::DeliveryLine>,
    /// What was done by itself.
    pub actions: Vec<action::ActionLine>,
}

/// Which alerts are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertQuery {
    /// With those nested in it.
    pub group: Option<GroupId>,
    pub sim: Option<SimId>,
    /// Any part of a number, as people write it.
    pub number: Option<String>,
    pub categories: Vec<Category>,
    pub kinds: Vec<AlertKind>,
    pub levels: Vec<Level>,
    /// 開始日期 and 區間: began within.
    pub from: Option<Timestamp>,
    /// Not included.
    pub until: Option<Timestamp>,
    pub handled: Option<bool>,
    /// Only those that go on.
    pub open: bool,
    /// Parts of this common cause, the latest that was noticed first. Without it, parts of causes are listed where a group, a
    /// SIM or a number is asked for; elsewhere the cause stands for them.
    pub parent: Option<AlertId>,
}

/// Where a page of alerts ends, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertCursor {
    pub began_at: Timestamp,
    pub id: AlertId,
}

#[cfg(test)]
pub(crate) mod fixture {
    use super::*;

    /// One that goes on, of no SIM.
    pub fn stored(kind: AlertKind) -> StoredAlert {
        StoredAlert {
            id: AlertId(1),
            tenant: TenantId(1),
            rule: RuleId(1),
            rule_version: 1,
            sim: None,
            group: None,
            kind,
            level: Level::Abnormal,
            began_at: Timestamp(0),
            noticed_at: Timestamp(0),
            ended_at: None,
            times: 1,
            parent: None,
            facts: Facts::default(),
            by_itself: false,
        }
    }
}
