//! Alert rules and a channel, put into the database beside a running server, which sees them as if people had said them.

use crate::ours::{Ours, TENANT};
use anyhow::{Context, Result};
use opencmp_domain::{
    ByteCount, ChannelId, RatType, RuleId, TenantId,
    alert::{
        channel::{ChannelSaid, Recipient},
        rule::{
            Condition, DeviceCondition, NetworkCondition, OfflineCondition, RuleSaid, SecurityCondition,
            Stages, UsageCondition,
        },
    },
    time::DEFAULT_ZONE,
};
use opencmp_netsim::wire::living::wall_clock;
use opencmp_store::{Change, Secret, Store, StoreOptions};
use std::{net::SocketAddr, time::Duration};
use tokio::runtime::Runtime;

/// The server looks for changes once a second; then it works out what they mean for each place.
const TAKEN_UP: Duration = Duration::from_secs(4);

pub struct Rules {
    runtime: Runtime,
    store: Store,
    tenant: TenantId,
}

impl Rules {
    pub fn of(ours: &Ours) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (store, tenant) = runtime.block_on(async {
            let options = StoreOptions { migrate: false, ..StoreOptions::default() };
            let store = Store::open(&ours.url(), options).await?;
            let tenant = store.tenant_by_name(TENANT).await?.context("the fleet has no owner")?.id;
            anyhow::Ok((store, tenant))
        })?;
        Ok(Self { runtime, store, tenant })
    }

    /// An endpoint of webhooks.
    pub fn channel(&self, to: SocketAddr) -> Result<ChannelId> {
        let to = Recipient::Http { url: format!("http://{to}/") };
        let said = ChannelSaid { name: "bench".to_owned(), to, person: None, window: None, enabled: true };
        let secret = Secret::new("whsec_b3BlbmNtcCBiZW5jaCBvcGVuY21wIGJlbmNoIDEyMzQ=".to_owned());
        let added = self.store.alert_channel_add(self.tenant, &said, Some(&secret), wall_clock());
        Ok(self.runtime.block_on(added)?)
    }

    /// Adds them, all in force, and waits until the server goes by them.
    pub fn add(&self, conditions: Vec<Condition>, channels: &[ChannelId]) -> Result<Vec<RuleId>> {
        let ids = self.runtime.block_on(async {
            let mut ids = Vec::new();
            for (at, condition) in conditions.into_iter().enumerate() {
                let name = format!("{at} {}", condition.category());
                let mut said = RuleSaid { rearm_minutes: 0, ..RuleSaid::new(name, condition, DEFAULT_ZONE) };
                said.notify.channels = channels.to_vec();
                ids.push(self.store.alert_rule_add(self.tenant, &said, wall_clock()).await?);
            }
            anyhow::Ok(ids)
        })?;
        std::thread::sleep(TAKEN_UP);
        Ok(ids)
    }

    /// Puts them into force, or out of it.
    pub fn enable(&self, rules: &[RuleId], enabled: bool) -> Result<()> {
        self.runtime.block_on(async {
            for rule in rules {
                self.store.alert_rule_enable(*rule, enabled, &Change::from(wall_clock())).await?;
            }
            anyhow::Ok(())
        })?;
        std::thread::sleep(TAKEN_UP);
        Ok(())
    }
}

/// Another device in a SIM.
pub fn other_device() -> Condition {
    Condition::Device(DeviceCondition { other: true, ..DeviceCondition::default() })
}

pub fn offline(after_minutes: u32) -> Condition {
    Condition::Offline(OfflineCondition { after_minutes, learned: false })
}

/// Rules of each category that every record is compared with, and none of which it meets.
pub fn quiet(count: usize) -> Vec<Condition> {
    let condition = |at: u64| match at % 5 {
        0 => Condition::Usage(UsageCondition { daily_over: Some(ByteCount((1 << 50) + at)), stages: None }),
        1 => {
            let percents = Stages::DEFAULT_PERCENTS.to_vec();
            let stages = Stages { percents, allowance: ByteCount((1 << 50) + at), together: false };
            Condition::Usage(UsageCondition { daily_over: None, stages: Some(stages) })
        }
        2 => offline(1440 + at as u32),
        3 => Condition::Network(NetworkCondition {
            // All that the load says.
            rats: vec![RatType(6), RatType(8), RatType(9)],
            roaming: true,
            ..NetworkCondition::default()
        }),
        _ => Condition::Security(SecurityCondition {
            times_usual: Some(1_000_000),
            cloned: true,
            travel: true,
            ..SecurityCondition::default()
        }),
    };
    (0..count as u64).map(condition).collect()
}
