//! Ways by which people and programs are told (通知方式): 電郵, 簡訊, Http.

use super::{
    AlertKind, StoredAlert,
    rule::{RuleSaid, Target},
    window::Window,
};
use crate::{
    identifier::Msisdn,
    ids::{ChannelId, GroupId, PersonId, TenantId},
    lang::Lang,
    state::coded,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

coded! {
    ChannelKind {
        /// 電郵
        Email = 1 "email",
        /// 簡訊
        Sms = 2 "sms",
        /// Http
        Http = 3 "http",
    }
}

/// A channel as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    pub id: ChannelId,
    pub tenant: TenantId,
    pub said: ChannelSaid,
    pub modified_at: Timestamp,
    /// Why it was switched off by itself: its endpoint said that it is gone (410), or failed for too long.
    pub switched_off: Option<String>,
    /// Whose it is, as they are now; `None`: the tenant's.
    pub owner: Option<Owner>,
}

/// What somebody's channel goes by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// They are shut out: it says nothing until they are let in again.
    pub shut_out: bool,
    /// The groups that they are limited to, with those nested in them; `None`: they aren't limited.
    pub groups: Option<Vec<GroupId>>,
}

/// What is said of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelSaid {
    pub name: String,
    pub to: Recipient,
    /// Whose it is, who may set its quiet hours; `None`: the tenant's.
    pub person: Option<PersonId>,
    /// When it may speak. Outside of it, what would be said is held back and summed up. `None`: always.
    pub window: Option<Window>,
    pub enabled: bool,
}

/// Where it goes. Secrets of HTTP endpoints are not part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    Email { addresses: Vec<String>, lang: Lang },
    Sms { numbers: Vec<Msisdn>, lang: Lang },
    Http { url: String },
}

impl Recipient {
    pub const fn kind(&self) -> ChannelKind {
        match self {
            Self::Email { .. } => ChannelKind::Email,
            Self::Sms { .. } => ChannelKind::Sms,
            Self::Http { .. } => ChannelKind::Http,
        }
    }

    pub const fn lang(&self) -> Lang {
        match self {
            Self::Email { lang, .. } | Self::Sms { lang, .. } => *lang,
            // Programs read codes; what is for people in it is English.
            Self::Http { .. } => Lang::En,
        }
    }

    /// Each is sent a message of its own.
    pub fn addresses(&self) -> Vec<String> {
        match self {
            Self::Email { addresses, .. } => addresses.clone(),
            Self::Sms { numbers, .. } => numbers.iter().map(ToString::to_string).collect(),
            Self::Http { url } => vec![url.clone()],
        }
    }
}

/// The most addresses or numbers of a channel.
pub const MOST_RECIPIENTS: usize = 20;

/// A channel as rules name it, without where it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelChoice {
    pub id: ChannelId,
    pub name: String,
    pub kind: ChannelKind,
    /// See [`Channel::is_on`].
    pub on: bool,
    /// It is told of some groups only: those of whose it is.
    pub limited: bool,
}

impl Channel {
    pub fn choice(&self) -> ChannelChoice {
        ChannelChoice {
            id: self.id,
            name: self.said.name.clone(),
            kind: self.said.to.kind(),
            on: self.is_on(),
            limited: self.limit().is_some(),
        }
    }

    /// It is in use, wasn't switched off by itself, and whose it is isn't shut out.
    pub const fn is_on(&self) -> bool {
        self.said.enabled && self.switched_off.is_none() && !self.is_shut_out()
    }

    /// Whose it is is shut out.
    pub const fn is_shut_out(&self) -> bool {
        matches!(self.owner, Some(Owner { shut_out: true, .. }))
    }

    fn limit(&self) -> Option<&[GroupId]> {
        self.owner.as_ref()?.groups.as_deref()
    }

    /// Whoever reads it may see what is of this group; `None`: of no group, such as a common cause.
    pub fn may_see(&self, group: Option<GroupId>) -> bool {
        self.limit().is_none_or(|groups| group.is_some_and(|group| groups.contains(&group)))
    }

    /// A rule that names it tells by it of its alert. Of a common cause it does: the parts say nothing of their own, and some may be
    /// of a group that its reader may see. What groups use together it tells who may see them all.
    pub fn tells_of(&self, rule: &RuleSaid, alert: &StoredAlert) -> bool {
        let together = match &rule.target {
            Target::Groups(groups) if alert.kind == AlertKind::UsageStage && alert.group.is_none() => {
                groups.as_slice()
            }
            _ => &[],
        };
        alert.kind.is_common_cause()
            || self.may_see(alert.group)
            || !together.is_empty() && together.iter().all(|group| self.may_see(Some(*group)))
    }
}
