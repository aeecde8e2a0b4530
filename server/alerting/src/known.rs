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

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::{
        Lang, TenantId, Timestamp,
        alert::channel::{ChannelSaid, Owner, Recipient},
    };

    fn channel(id: i64, to: Recipient, owner: Option<Owner>) -> Channel {
        Channel {
            id: ChannelId(id),
            tenant: TenantId(1),
            said: ChannelSaid { name: id.to_string(), to, person: None, window: None, enabled: true },
            modified_at: Timestamp(0),
            switched_off: None,
            owner,
        }
    }

    fn mail() -> Recipient {
        Recipient::Email { addresses: vec!["a@b.example".into()], lang: Lang::En }
    }

    fn hook() -> Recipient {
        Recipient::Http { url: "https://hooks.example/".into() }
    }

    fn of(groups: Option<&[i64]>, shut_out: bool) -> Option<Owner> {
        let groups = groups.map(|ids| ids.iter().map(|id| GroupId(*id)).collect());
        Some(Owner { shut_out, groups })
    }

    #[test]
    fn another_way_is_tried_first_and_nobody_who_may_not_see_it() {
        let failed = channel(1, mail(), None);
        let elsewhere = Channel { tenant: TenantId(2), ..channel(2, hook(), None) };
        let off = Channel { switched_off: Some("gone".into()), ..channel(3, hook(), None) };
        let all = [
            failed.clone(),
            elsewhere,
            off,
            channel(4, hook(), of(None, true)),
            channel(5, hook(), of(Some(&[7]), false)),
            channel(6, mail(), None),
            channel(8, mail(), of(Some(&[7, 9]), false)),
        ];
        let channels = all.into_iter().map(|channel| (channel.id, channel)).collect();
        let mut told = Told { rules: HashMap::new(), channels };
        let group = |id| Some(GroupId(id));
        let another =
            |told: &Told, groups: &[Option<GroupId>]| told.another(&failed, groups).map(|other| other.id.0);
        for (groups, expected) in [
            (&[group(7)][..], Some(5)),
            (&[group(7), group(9)], Some(6)),
            (&[group(7), None], Some(6)),
            (&[], Some(5)),
        ] {
            assert_eq!(another(&told, groups), expected, "{groups:?}");
        }
        told.channels.remove(&ChannelId(6));
        assert_eq!(another(&told, &[group(7), group(9)]), Some(8));
        assert_eq!(another(&told, &[None]), None);
    }
}
