//! What the demo's customers want to be told of: a rule of each category, in force since the history begins. They have no
//! channels, so that nobody is written to.

use anyhow::Result;
use opencmp_domain::{
    ByteCount, ServiceState, TenantId, Timestamp, Tz,
    alert::{
        Category, Level,
        action::Actions,
        rule::{
            Condition, DeviceCondition, LifeCycleCondition, NetworkCondition, OfflineCondition, RuleSaid,
            SecurityCondition, Stages, UsageCondition,
        },
    },
    change::{ChangeKind, ChangeWhen, WantedChange},
};
use opencmp_store::Store;

const MB: u64 = 1024 * 1024;

fn conditions() -> [(Condition, Level); 6] {
    let stages = Stages {
        percents: Stages::DEFAULT_PERCENTS.to_vec(),
        allowance: ByteCount(20_000 * MB),
        together: false,
    };
    [
        (
            Condition::Usage(UsageCondition {
                daily_over: Some(ByteCount(2_000 * MB)),
                stages: Some(stages),
            }),
            Level::Abnormal,
        ),
        // Most of the devices report once a day or so.
        (Condition::Offline(OfflineCondition { after_minutes: 30, learned: true }), Level::Abnormal),
        (Condition::Device(DeviceCondition { other: true, ..DeviceCondition::default() }), Level::Critical),
        (
            Condition::LifeCycle(LifeCycleCondition {
                to: vec![ServiceState::Suspended, ServiceState::Deactivated],
                days_before: LifeCycleCondition::DEFAULT_DAYS_BEFORE.to_vec(),
            }),
            Level::Normal,
        ),
        (
            Condition::Network(NetworkCondition { roaming: true, ..NetworkCondition::default() }),
            Level::Normal,
        ),
        (
            Condition::Security(SecurityCondition {
                times_usual: Some(50),
                cloned: true,
                travel: true,
                sign_ins: true,
            }),
            Level::Critical,
        ),
    ]
}

/// Somebody who finds another device in a SIM wants to see it in the list, and that it stays there.
fn actions(category: Category) -> Actions {
    if category != Category::Device {
        return Actions::default();
    }
    let lock =
        WantedChange { what: ChangeKind::LockImei, plan: None, when: ChangeWhen::NextDay, undo: false };
    Actions { tag: Some("換過設備".into()), change: Some(lock), ..Actions::default() }
}

/// Named as pages name the categories in Chinese, which the demo speaks.
fn name(category: Category) -> &'static str {
    opencmp_app::i18n::texts_in(opencmp_domain::Lang::ZhTw).alert().category(category)
}

pub(super) async fn fill(store: &Store, tenant: TenantId, zone: Tz, since: Timestamp) -> Result<()> {
    let held = store.alert_rule_list(tenant).await?;
    for (condition, level) in conditions() {
        let name = name(condition.category());
        if held.iter().any(|rule| rule.said.name == name) {
            continue;
        }
        let actions = actions(condition.category());
        let said = RuleSaid { level, rearm_minutes: 30, actions, ..RuleSaid::new(name, condition, zone) };
        store.alert_rule_add(tenant, &said, since).await?;
    }
    Ok(())
}
