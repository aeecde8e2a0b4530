//! Rules and channels as they are now, read again when their version has risen, or that of people: what a channel may say goes by whose
//! it is.

use opencmp_domain::{
    ChannelId, GroupId, RuleId,
    alert::{channel::Channel, rule::RuleSaid},
};
use opencmp_store::{Result, Store};
use std::{collections::HashMap, sync::Arc};
use tokio::sync::Mutex;

#[derive(Default)]
pub(crate) struct Known(Mutex<Held>);

#[derive(Default)]
struct Held {
    /// Of rules and channels, and of people.
    version: Option<(i64, i64)>,
    told: Arc<Told>,
}

#[derive(Default)]
pub(crate) struct Told {
    rules: HashMap<RuleId, RuleSaid>,
    channels: HashMap<ChannelId, Channel>,
}

impl Told {
    /// A rule that isn't in force says nothing any more.
    pub fn rule(&self, id: RuleId) -> Option<&RuleSaid> {
        self.rules.get(&id)
    }

    /// Channels that may be used.
    pub fn channel(&self, id: ChannelId) -> Option<&Channel> {
        self.channels.get(&id).filter(|channel| channel.is_on())
    }

    /// Whoever else of the tenant can be told of what is of these groups: by another way first, since what keeps one message of a way
    /// from arriving often keeps all; and nobody who may not see it.
    pub fn another(&self, than: &Channel, groups: &[Option<GroupId>]) -> Option<&Channel> {
        self.channels
            .values()
            .filter(|other| other.tenant == than.tenant && other.id != than.id && other.is_on())
            .filter(|other| groups.iter().all(|group| other.may_see(*group)))
            .min_by_key(|other| {
                let kind = other.said.to.kind();
                (kind == than.said.to.kind(), kind, other.id)
            })
    }
}

impl Known {
    pub async fn now(&self, store: &Store) -> Result<Arc<Told>> {
        let mut held = self.0.lock().await;
        let version = store.alert_known_version().await?;
        if held.version != Some(version) {
            let rules = store.alert_rules_in_force().await?;
            let channels = store.alert_channels_all().await?;
            let told = Told {
                rules: rules.into_iter().map(|rule| (rule.id, rule.said)).collect(),
                channels: channels.into_iter().map(|channel| (channel.id, channel)).collect(),
            };
            *held = Held { version: Some(version), told: Arc::new(told) };
        }
        Ok(held.told.clone())
    }
}
