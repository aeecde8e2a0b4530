use crate::{
    fixture::{Fixture, NOW},
    on_both,
};
use opencmp_domain::{
    Actor, ChannelId, GroupId, Lang, TenantId,
    alert::{
        Category,
        channel::{ChannelSaid, Recipient},
        rule::{Condition, OfflineCondition, RuleSaid, Target},
        window::Window,
    },
    people::{AuditFilter, PersonSaid},
    role::Role,
    time::DEFAULT_ZONE,
};
use opencmp_store::{Change, SECRET_KEPT_SECS, Secret, StoreError};

on_both!(
    a_rule_is_kept_with_what_it_said_before,
    a_rule_that_was_changed_meanwhile_is_not_overwritten,
    a_rule_names_what_is_its_tenants,
    channels_are_kept_with_their_secrets,
    people_set_the_hours_of_their_own_channels,
);

fn change() -> Change {
    Change::new(Actor::SYSTEM, NOW)
}

fn said(name: &str) -> RuleSaid {
    RuleSaid::new(name, Condition::of(Category::Offline), DEFAULT_ZONE)
}

fn mail(name: &str) -> ChannelSaid {
    let to = Recipient::Email { addresses: vec!["ops@example.com".into()], lang: Lang::ZhTw };
    ChannelSaid { name: name.into(), to, person: None, window: None, enabled: true }
}

fn hook(name: &str) -> ChannelSaid {
    ChannelSaid { to: Recipient::Http { url: "https://hooks.example/cmp".into() }, ..mail(name) }
}

async fn a_rule_is_kept_with_what_it_said_before(f: Fixture) {
    let (store, tenant) = (&f.store, f.tenant.id);
    let admin = PersonSaid {
        email: "admin@example.com".into(),
        name: "王小明".into(),
        role: Role::TenantAdmin,
        tenant: Some(tenant),
        groups: None,
    };
    let person = store.person_create(&admin, NOW).await.unwrap();
    let by_them = Change::new(Actor { person: Some(person), address: None }, NOW.plus_secs(60));
    let before = store.alert_version().await.unwrap();
    let id = store.alert_rule_add(tenant, &said(" 電表 "), by_them.clone()).await.unwrap();
    let held = store.alert_rule(id).await.unwrap().unwrap();
    assert_eq!((held.said.name.as_str(), held.version), ("電表", 1));
    assert_eq!(held.modified_by_name.as_deref(), Some("王小明"));
    let taken = store.alert_rule_add(tenant, &said("電表"), NOW).await;
    assert!(matches!(taken, Err(StoreError::Taken { .. })), "{taken:?}");

    let later = Condition::Offline(OfflineCondition { after_minutes: 30, learned: true });
    let later = RuleSaid { condition: later, ..said("電表") };
    assert_eq!(store.alert_rule_update(id, 1, &later, &change()).await.unwrap(), 2);
    assert_eq!(store.alert_rule_enable(id, false, &change()).await.unwrap(), 3);
    // What changes nothing is no change.
    assert_eq!(store.alert_rule_enable(id, false, &change()).await.unwrap(), 3);
    let off = RuleSaid { enabled: false, ..later.clone() };
    assert_eq!(store.alert_rule_update(id, 3, &off, &change()).await.unwrap(), 3);
    let versions = store.alert_rule_versions(id).await.unwrap();
    let said_then: Vec<_> = versions.iter().map(|version| (version.version, version.said.clone())).collect();
    assert_eq!(said_then, [(3, off), (2, later), (1, said("電表"))]);
    assert_eq!(versions[2].modified_by_name.as_deref(), Some("王小明"));
    assert_eq!(store.alert_version().await.unwrap(), before + 3);

    store.alert_rule_remove(id, &change()).await.unwrap();
    assert!(store.alert_rule_list(tenant).await.unwrap().is_empty());
    assert_eq!(store.alert_rule_version(id, 2).await.unwrap().unwrap().version, 2);
    // The name is free again.
    store.alert_rule_add(tenant, &said("電表"), NOW).await.unwrap();
    let filter = AuditFilter { action: Some("alert_rule.".into()), ..AuditFilter::default() };
    let told = store.audit_lines(Some(tenant), &filter, 10).await.unwrap();
    let told: Vec<&str> = told.iter().map(|line| line.action.trim_start_matches("alert_rule.")).collect();
    assert_eq!(told, ["add", "remove", "change", "change", "add"]);
}

async fn a_rule_that_was_changed_meanwhile_is_not_overwritten(f: Fixture) {
    let store = &f.store;
    let id = store.alert_rule_add(f.tenant.id, &said("a"), NOW).await.unwrap();
    store.alert_rule_update(id, 1, &RuleSaid { rearm_minutes: 7, ..said("a") }, &change()).await.unwrap();
    let late = store.alert_rule_update(id, 1, &said("b"), &change()).await;
    assert!(matches!(late, Err(StoreError::Invalid { field: "version", .. })), "{late:?}");
    let other = RuleSaid { condition: Condition::of(Category::Device), ..said("a") };
    let moved = store.alert_rule_update(id, 2, &other, &change()).await;
    assert!(matches!(moved, Err(StoreError::Invalid { field: "condition", .. })), "{moved:?}");
    assert_eq!(store.alert_rule(id).await.unwrap().unwrap().said.name, "a");
}

async fn a_rule_names_what_is_its_tenants(f: Fixture) {
    let (store, tenant) = (&f.store, f.tenant.id);
    let other = store.tenant_create("另一家", DEFAULT_ZONE, 1, NOW).await.unwrap();
    let theirs = store.alert_channel_add(other.id, &mail("m"), None, NOW).await.unwrap();
    let by = |channel: ChannelId| {
        let mut said = said("r");
        said.notify.channels = vec![channel, channel];
        said
    };
    let of = |groups: Vec<GroupId>| RuleSaid { target: Target::Groups(groups), ..said("r") };
    for refused in [by(theirs), by(ChannelId(999)), of(vec![other.default_group]), of(vec![GroupId(999)])] {
        let refused = store.alert_rule_add(tenant, &refused, NOW).await;
        assert!(matches!(refused, Err(StoreError::NotFound { .. })), "{refused:?}");
    }
    let nowhere = store.alert_rule_add(TenantId(999), &said("r"), NOW).await;
    assert!(matches!(nowhere, Err(StoreError::NotFound { .. })), "{nowhere:?}");
    let ours = store.alert_channel_add(tenant, &mail("m"), None, NOW).await.unwrap();
    let id = store.alert_rule_add(tenant, &by(ours), NOW).await.unwrap();
    assert_eq!(store.alert_rule(id).await.unwrap().unwrap().said.notify.channels, [ours]);
    let used = store.alert_channel_remove(ours, &change()).await;
    let Err(StoreError::Invalid { field: "channel_used", message }) = used else { panic!("{used:?}") };
    assert_eq!(message, "r");
    store.alert_rule_remove(id, &change()).await.unwrap();
    store.alert_channel_remove(ours, &change()).await.unwrap();
    assert!(store.alert_channel(ours).await.unwrap().is_none());
}

async fn people_set_the_hours_of_their_own_channels(f: Fixture) {
    let (store, tenant) = (&f.store, f.tenant.id);
    let person = async |email: &str| {
        let (role, name) = (Role::TenantViewer, "值班".to_owned());
        let said = PersonSaid { email: email.into(), name, role, tenant: Some(tenant), groups: None };
        store.person_create(&said, NOW).await.unwrap()
    };
    let (one, other) = (person("one@example.com").await, person("other@example.com").await);
    let own = |name: &str, person| ChannelSaid { person: Some(person), ..mail(name) };
    let mine = store.alert_channel_add(tenant, &own("b", one), None, NOW).await.unwrap();
    store.alert_channel_add(tenant, &own("a", other), None, NOW).await.unwrap();
    let shared = store.alert_channel_add(tenant, &mail("c"), None, NOW).await.unwrap();
    let held = store.alert_channels_of(one).await.unwrap();
    assert_eq!(held.iter().map(|channel| channel.id).collect::<Vec<_>>(), [mine]);

    f.execute("UPDATE alert_channel SET enabled = 0, switched_off = '410' WHERE name = 'b'").await;
    let version = store.alert_version().await.unwrap();
    let night = Window::new(22, 8, DEFAULT_ZONE).unwrap();
    let by_them = Change::new(Actor { person: Some(one), address: None }, NOW.plus_secs(60));
    let set = async |id, person, window| store.alert_channel_hours_set(id, person, window, &by_them).await;
    for (id, person) in [(mine, other), (shared, one), (ChannelId(999), one)] {
        let refused = set(id, person, Some(&night)).await;
        assert!(matches!(refused, Err(StoreError::NotFound { .. })), "{refused:?}");
    }
    set(mine, one, Some(&night)).await.unwrap();
    // The same hours again are no change.
    set(mine, one, Some(&night)).await.unwrap();
    assert_eq!(store.alert_version().await.unwrap(), version + 1);
    let held = store.alert_channel(mine).await.unwrap().unwrap();
    assert_eq!(held.switched_off.as_deref(), Some("410"), "hours switch nothing on");
    let expected = ChannelSaid { window: Some(night.clone()), enabled: false, ..own("b", one) };
    assert_eq!((held.said, held.modified_at), (expected, NOW.plus_secs(60)));
    set(mine, one, None).await.unwrap();
    assert_eq!(store.alert_channel(mine).await.unwrap().unwrap().said.window, None);

    let filter = AuditFilter { action: Some("alert_channel.change".into()), ..AuditFilter::default() };
    let told = store.audit_lines(Some(tenant), &filter, 10).await.unwrap();
    assert_eq!(told.len(), 2);
    assert!(told[1].after.as_deref().is_some_and(|after| after.contains("\"from_hour\":22")), "{told:?}");

    store.alert_channel_remove(mine, &change()).await.unwrap();
    assert!(store.alert_channels_of(one).await.unwrap().is_empty());
    assert!(matches!(set(mine, one, None).await, Err(StoreError::NotFound { .. })));
}

async fn channels_are_kept_with_their_secrets(f: Fixture) {
    let (store, tenant) = (&f.store, f.tenant.id);
    let first = Secret::new("whsec_one");
    let id = store.alert_channel_add(tenant, &hook("平台"), Some(&first), NOW).await.unwrap();
    let taken = store.alert_channel_add(tenant, &mail("平台"), None, NOW).await;
    assert!(matches!(taken, Err(StoreError::Taken { .. })), "{taken:?}");
    let secrets = async |at| {
        let secrets = store.alert_channel_secrets(id, at).await.unwrap();
        secrets.iter().map(|secret| secret.expose().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(secrets(NOW).await, ["whsec_one"]);
    for (secret, secs) in [("whsec_two", 10), ("whsec_three", 20)] {
        let change = Change::new(Actor::SYSTEM, NOW.plus_secs(secs));
        store.alert_channel_secret_set(id, &Secret::new(secret), &change).await.unwrap();
    }
    assert_eq!(secrets(NOW.plus_secs(21)).await, ["whsec_three", "whsec_two"]);
    assert_eq!(secrets(NOW.plus_secs(20 + SECRET_KEPT_SECS)).await, ["whsec_three"]);

    f.execute(&format!("UPDATE alert_channel SET enabled = 0, switched_off = '410' WHERE id = {id}")).await;
    let held = store.alert_channel(id).await.unwrap().unwrap();
    assert_eq!((held.said.enabled, held.switched_off.as_deref()), (false, Some("410")));
    assert!(!held.choice().on);
    store.alert_channel_update(id, &hook("平台二"), &change()).await.unwrap();
    let held = store.alert_channel_list(tenant).await.unwrap().remove(0);
    assert_eq!((held.said, held.switched_off), (hook("平台二"), None));
    let other_kind = store.alert_channel_update(id, &mail("平台二"), &change()).await;
    assert!(matches!(other_kind, Err(StoreError::Invalid { field: "to", .. })), "{other_kind:?}");
    let post = store.alert_channel_add(tenant, &mail("信箱"), None, NOW).await.unwrap();
    let unsigned = store.alert_channel_secret_set(post, &first, &change()).await;
    assert!(matches!(unsigned, Err(StoreError::Invalid { field: "to", .. })), "{unsigned:?}");
    // Nothing in the log says a secret.
    let told = store.audit_entries(Some(tenant), &AuditFilter::default(), 0, 100).await.unwrap();
    assert!(told.iter().all(|entry| !entry.entry.contains("whsec_")), "{told:?}");
}
