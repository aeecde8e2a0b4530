use crate::{
    fixture::{Fixture, NOW, offline},
    on_both,
};
use opencmp_domain::{
    Actor, AlertId, DeliveryId, GroupId, Lang, SimId, TenantId,
    alert::{
        AlertCounts, AlertCursor, AlertKind, AlertLine, AlertPage, AlertQuery, AlertTurn, Category, Facts,
        HandlingSaid, Level, StoredAlert,
        channel::{ChannelSaid, Recipient},
        delivery::DeliveryState,
        rule::{Condition, RuleSaid, SecurityCondition},
    },
    stored::FlushBatch,
    time::DEFAULT_ZONE,
};
use opencmp_store::{AlertsAsked, Change, NewDelivery, StoreError};
use serde_json::json;

on_both!(
    history_is_newest_first_page_by_page,
    a_filter_that_finds_little_looks_far,
    groups_sims_and_causes_are_ways_of_their_own,
    what_is_another_tenants_is_not_there,
    handling_is_kept_beside_what_a_flush_writes,
    what_waits_is_counted,
    a_channel_is_tested_once_in_a_while,
    deliveries_are_listed_and_sent_again,
    a_causes_id_is_never_anothers,
    stages_that_many_reached_are_found_for_a_cycle,
);

fn change() -> Change {
    Change::new(Actor::SYSTEM, NOW.plus_secs(3_600))
}

fn asked(tenant: TenantId, query: &AlertQuery) -> AlertsAsked<'_> {
    AlertsAsked { tenant, groups: None, sims: None, query }
}

async fn found(f: &Fixture, query: &AlertQuery) -> Vec<i64> {
    ids(&f.store.alert_list(asked(f.tenant.id, query), None, 100).await.unwrap().lines)
}

fn ids(lines: &[AlertLine]) -> Vec<i64> {
    lines.iter().map(|line| line.id.0).collect()
}

/// Every page, one after the other.
async fn pages(f: &Fixture, asked: AlertsAsked<'_>, limit: usize) -> Vec<i64> {
    let (mut all, mut after) = (Vec::new(), None::<AlertCursor>);
    loop {
        let AlertPage { lines, next } = f.store.alert_list(asked, after, limit).await.unwrap();
        assert!(lines.len() <= limit);
        all.extend(ids(&lines));
        match next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

async fn history_is_newest_first_page_by_page(f: Fixture) {
    let tenant = f.tenant.id;
    let sims = f.sims(2).await;
    // Two begin in the same instant.
    for (id, minute) in [(1, 10), (2, 30), (3, 20), (4, 30), (5, 40)] {
        let sim = &sims[id as usize % 2];
        f.raise(&StoredAlert { sim: Some(sim.id), group: sim.group, ..offline(id, tenant, minute) }).await;
    }
    let all = AlertQuery::default();
    for limit in 1..=6 {
        assert_eq!(pages(&f, asked(tenant, &all), limit).await, [5, 4, 2, 3, 1], "{limit} a page");
    }
    let line = f.store.alert(tenant, None, AlertId(5)).await.unwrap().unwrap();
    assert_eq!((line.msisdn, line.sim, line.group), (sims[1].msisdn, Some(sims[1].id), sims[1].group));
    assert_eq!(line.facts.get("cause"), Some("Lost-Carrier"));
    assert_eq!(line.noticed_at.secs_since(line.began_at), 120);
    let between = AlertQuery {
        from: Some(NOW.plus_secs(20 * 60)),
        until: Some(NOW.plus_secs(40 * 60)),
        ..AlertQuery::default()
    };
    assert_eq!(pages(&f, asked(tenant, &between), 2).await, [4, 2, 3]);
}

async fn a_filter_that_finds_little_looks_far(f: Fixture) {
    let tenant = f.tenant.id;
    let many: Vec<String> = (1..=9_000)
        .map(|id| {
            let began = NOW.plus_secs(id * 60).0;
            // The oldest three are of another kind.
            let (kind, level) = if id <= 3 { (AlertKind::DailyUsage, 3) } else { (AlertKind::Offline, 2) };
            format!("({id}, {tenant}, 1, 1, {}, {level}, {began}, {began}, {began}, 1, '[]', 0)", kind.code())
        })
        .collect();
    for rows in many.chunks(3_000) {
        f.execute(&format!(
            "INSERT INTO alert (id, tenant_id, rule_id, rule_version, kind, level, began_at, noticed_at, ended_at, times,
                 facts, by_itself) VALUES {}",
            rows.join(",")
        ))
        .await;
    }
    for query in [
        AlertQuery { kinds: vec![AlertKind::DailyUsage], ..AlertQuery::default() },
        AlertQuery { categories: vec![Category::Usage], ..AlertQuery::default() },
        AlertQuery { levels: vec![Level::Critical, Level::Normal], ..AlertQuery::default() },
    ] {
        assert_eq!(found(&f, &query).await, [3, 2, 1], "{query:?}");
    }
    let all = f.store.alert_ids(asked(tenant, &AlertQuery::default()), 100_000).await.unwrap();
    assert_eq!((all.len(), all[0], all[8_999]), (9_000, AlertId(9_000), AlertId(1)));
    let some = f.store.alert_ids(asked(tenant, &AlertQuery::default()), 5).await.unwrap();
    assert_eq!(some.len(), 5);
}

async fn groups_sims_and_causes_are_ways_of_their_own(f: Fixture) {
    let (store, tenant) = (&f.store, f.tenant.id);
    let north = store.group_create(tenant, "北區", NOW).await.unwrap();
    let south = store.group_create(tenant, "南區", NOW).await.unwrap();
    let of = |id, minute, sim: i64, group| StoredAlert {
        sim: Some(SimId(sim)),
        group: Some(group),
        ..offline(id, tenant, minute)
    };
    f.raise(&StoredAlert { kind: AlertKind::GatewayLost, ..offline(1, tenant, 5) }).await;
    for (id, minute, sim, group) in [(2, 5, 1, north), (3, 6, 2, south), (4, 7, 1, north)] {
        f.raise(&StoredAlert { parent: Some(AlertId(1)), ..of(id, minute, sim, group) }).await;
    }
    f.raise(&of(5, 9, 2, south)).await;
    f.raise(&StoredAlert { ended_at: Some(NOW.plus_secs(700)), ..of(6, 8, 1, north) }).await;
    let all = AlertQuery::default();
    assert_eq!(found(&f, &all).await, [5, 6, 1], "a common cause stands for its parts");
    let open = AlertQuery { open: true, ..AlertQuery::default() };
    assert_eq!(found(&f, &open).await, [5, 1]);
    let parts = AlertQuery { parent: Some(AlertId(1)), ..AlertQuery::default() };
    for limit in [1, 2, 5] {
        assert_eq!(pages(&f, asked(tenant, &parts), limit).await, [4, 3, 2]);
    }
    for (groups, expected) in [
        (vec![north], vec![6, 4, 2]),
        (vec![south], vec![5, 3]),
        (vec![north, south], vec![5, 6, 4, 3, 2]),
        (vec![], vec![]),
    ] {
        for limit in [1, 3, 10] {
            let asked = AlertsAsked { groups: Some(&groups), ..asked(tenant, &all) };
            assert_eq!(pages(&f, asked, limit).await, expected, "{groups:?}");
        }
    }
    let within = AlertsAsked { groups: Some(&[south]), ..asked(tenant, &parts) };
    assert_eq!(pages(&f, within, 10).await, [3]);
    let of_sims = AlertsAsked { sims: Some(&[SimId(1), SimId(7)]), ..asked(tenant, &all) };
    assert_eq!(pages(&f, of_sims, 2).await, [6, 4, 2]);
    let reached = AlertsAsked { groups: Some(&[south]), ..of_sims };
    assert!(pages(&f, reached, 2).await.is_empty(), "a SIM's alert is where the SIM was");
    // More groups than one statement takes.
    let many: Vec<GroupId> = (0..250).map(|id| GroupId(10_000 + id)).chain([north]).collect();
    let asked = AlertsAsked { groups: Some(&many), ..asked(tenant, &all) };
    assert_eq!(pages(&f, asked, 2).await, [6, 4, 2]);
}

async fn what_is_another_tenants_is_not_there(f: Fixture) {
    let (store, tenant) = (&f.store, f.tenant.id);
    let other = store.tenant_create("另一家", DEFAULT_ZONE, 1, NOW).await.unwrap();
    let sim = f.sims(1).await.remove(0);
    f.raise(&StoredAlert { sim: Some(sim.id), group: Some(other.default_group), ..offline(1, other.id, 1) })
        .await;
    f.raise(&StoredAlert { sim: Some(sim.id), group: sim.group, ..offline(2, tenant, 2) }).await;
    assert_eq!(found(&f, &AlertQuery::default()).await, [2]);
    let all = AlertQuery::default();
    let of_sim = AlertsAsked { sims: Some(&[sim.id]), ..asked(tenant, &all) };
    assert_eq!(pages(&f, of_sim, 5).await, [2]);
    assert!(store.alert(tenant, None, AlertId(1)).await.unwrap().is_none());
    assert!(store.alert(tenant, Some(&[GroupId(999)]), AlertId(2)).await.unwrap().is_none());
    // The SIM was theirs once; what it is called now is not for them.
    let line = store.alert(other.id, None, AlertId(1)).await.unwrap().unwrap();
    assert_eq!((line.msisdn, line.name), (None, None));
    let said = HandlingSaid { handled: true, note: None };
    let refused = store.alerts_handle(tenant, None, &[AlertId(1)], &said, &change()).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })), "{refused:?}");
    let mixed = [AlertId(1), AlertId(2)];
    assert_eq!(store.alerts_handle(tenant, None, &mixed, &said, &change()).await.unwrap(), 1);
    assert!(store.alert(other.id, None, AlertId(1)).await.unwrap().unwrap().handling.at.is_none());
}

async fn handling_is_kept_beside_what_a_flush_writes(f: Fixture) {
    let (store, tenant) = (&f.store, f.tenant.id);
    for id in 1..=3 {
        f.raise(&StoredAlert { by_itself: id == 3, ..offline(id, tenant, id) }).await;
    }
    let handle = async |ids: &[i64], handled, note: Option<&str>| {
        let ids: Vec<AlertId> = ids.iter().copied().map(AlertId).collect();
        let said = HandlingSaid { handled, note: note.map(str::to_owned) };
        store.alerts_handle(tenant, None, &ids, &said, &change()).await.unwrap()
    };
    let of = async |handled| {
        let query = AlertQuery { handled: Some(handled), ..AlertQuery::default() };
        found(&f, &query).await
    };
    assert_eq!((of(true).await, of(false).await), (vec![3], vec![2, 1]));
    assert_eq!(handle(&[1, 2], true, Some("派員更換電池")).await, 2);
    assert_eq!(handle(&[1, 2], true, None).await, 0, "it is done already");
    assert_eq!(handle(&[1], true, Some("已更換")).await, 1);
    assert_eq!(of(false).await, Vec::<i64>::new());
    assert_eq!(handle(&[1, 2, 3], false, None).await, 2);
    assert_eq!((of(true).await, of(false).await), (vec![3], vec![2, 1]));
    let line = store.alert(tenant, None, AlertId(1)).await.unwrap().unwrap();
    assert_eq!((line.handling.at, line.handling.note.as_str()), (None, "已更換"));
    let audit = store.audit_lines(Some(tenant), &Default::default(), 10).await.unwrap();
    let told: Vec<_> = audit.iter().map(|line| (line.action.as_str(), line.subject.as_str())).collect();
    assert_eq!(told[..3], [("alert.reopen", "2"), ("alert.handle", "#1"), ("alert.handle", "2")]);
    let before: Vec<serde_json::Value> = audit[..3]
        .iter()
        .map(|line| serde_json::from_str(line.before.as_deref().unwrap()).unwrap())
        .collect();
    let was = |alerts, handled, note| json!({ "alerts": alerts, "handled": handled, "note": note });
    assert_eq!(before[0], json!([was(1, true, "已更換"), was(1, true, "派員更換電池")]));
    assert_eq!(before[1], json!([was(1, true, "派員更換電池")]));
    assert_eq!(before[2], json!([was(2, false, "")]));
}

async fn what_waits_is_counted(f: Fixture) {
    let (store, tenant) = (&f.store, f.tenant.id);
    let group = f.tenant.default_group;
    let began = |minute: i64| NOW.plus_secs(minute * 60);
    for alert in [
        offline(1, tenant, 1),
        StoredAlert { group: Some(group), level: Level::Critical, ..offline(2, tenant, 2) },
        // Over as it happened.
        StoredAlert { kind: AlertKind::DailyUsage, ended_at: Some(began(3)), ..offline(3, tenant, 3) },
        // Nobody has to do anything about these.
        StoredAlert { ended_at: Some(began(9)), ..offline(4, tenant, 4) },
        StoredAlert { by_itself: true, ..offline(5, tenant, 5) },
        StoredAlert { parent: Some(AlertId(1)), group: Some(group), ..offline(6, tenant, 6) },
    ] {
        f.raise(&alert).await;
    }
    let all = AlertCounts { normal: 0, abnormal: 2, critical: 1 };
    assert_eq!(store.alert_counts(tenant, None).await.unwrap(), all);
    let of_group = AlertCounts { normal: 0, abnormal: 0, critical: 1 };
    assert_eq!(store.alert_counts(tenant, Some(&[group])).await.unwrap(), of_group);
    assert_eq!(store.alert_counts(tenant, Some(&[])).await.unwrap(), AlertCounts::default());
    let said = HandlingSaid { handled: true, note: None };
    store.alerts_handle(tenant, None, &[AlertId(1), AlertId(3)], &said, &change()).await.unwrap();
    assert_eq!(store.alert_counts(tenant, None).await.unwrap().all(), 1);
}

async fn a_channel_is_tested_once_in_a_while(f: Fixture) {
    let (store, tenant) = (&f.store, f.tenant.id);
    let said = ChannelSaid {
        name: "值班".into(),
        to: Recipient::Email { addresses: vec!["a@b.example".into(), "c@d.example".into()], lang: Lang::En },
        person: None,
        window: None,
        enabled: true,
    };
    let id = store.alert_channel_add(tenant, &said, None, NOW).await.unwrap();
    let channel = store.alert_channel(id).await.unwrap().unwrap();
    let test = async |secs: i64| {
        let at = NOW.plus_secs(secs);
        let message = |(number, recipient): (usize, &String)| NewDelivery {
            message_id: format!("m{secs}-{number}"),
            tenant,
            channel: id,
            recipient: recipient.clone(),
            subject: "test".into(),
            content: "{}".into(),
            at,
            at_once: true,
            of: Vec::new(),
        };
        let messages: Vec<_> = channel.said.to.addresses().iter().enumerate().map(message).collect();
        store.alert_channel_test(&channel, &messages, 10, &at.into()).await
    };
    let ids = test(0).await.unwrap().unwrap();
    assert_eq!(test(9).await.unwrap(), None);
    assert_eq!(test(10).await.unwrap().map(|ids| ids.len()), Some(2));
    let lines = store.alert_delivery_named(tenant, &ids).await.unwrap();
    let to: Vec<_> = lines.iter().filter_map(|line| line.to.as_deref()).collect();
    assert_eq!(to, ["a@b.example", "c@d.example"]);
    assert!(store.alert_delivery_named(TenantId(999), &ids).await.unwrap().is_empty());
    store.alert_channel_remove(id, &change()).await.unwrap();
    assert!(matches!(test(60).await, Err(StoreError::NotFound { .. })));
}

async fn deliveries_are_listed_and_sent_again(f: Fixture) {
    let (store, tenant) = (&f.store, f.tenant.id);
    f.raise(&offline(1, tenant, 1)).await;
    for (id, state, tries) in [(1, 3, 1), (2, 5, 2), (3, 1, 0)] {
        let at = NOW.plus_secs(id).0;
        f.execute(&format!(
            "INSERT INTO alert_delivery (id, message_id, tenant_id, channel_id, recipient, state, subject, content, created_at,
                 not_before, tries) VALUES ({id}, 'm{id}', {tenant}, 9, 'ops@example.com', {state}, '設備離線', '{{}}', {at},
                 {at}, {tries})"
        ))
        .await;
        f.execute(&format!(
            "INSERT INTO alert_delivery_of (delivery_id, alert_id, turn) VALUES ({id}, 1, 1), ({id}, 1, 2)"
        ))
        .await;
        for number in 1..=tries {
            f.execute(&format!(
                "INSERT INTO alert_attempt (delivery_id, number, at, took_ms, ok, outcome)
                 VALUES ({id}, {number}, {at}, 12, {}, '250 ok')",
                i64::from(state == 3)
            ))
            .await;
        }
    }
    let turn = format!("INSERT INTO alert_turn (id, alert_id, turn, at) VALUES (1, 1, 2, {})", NOW.0);
    f.execute(&turn).await;
    assert_eq!(store.alert_untold(AlertId(1)).await.unwrap(), [(AlertTurn::Ended, NOW)]);
    let first = store.alert_delivery_list(tenant, false, None, 2).await.unwrap();
    let ids = |lines: &[opencmp_domain::alert::delivery::DeliveryLine]| {
        lines.iter().map(|line| line.id.0).collect::<Vec<_>>()
    };
    assert_eq!(ids(&first.lines), [3, 2]);
    assert_eq!(first.lines[1].alerts, [AlertId(1)]);
    assert_eq!(first.lines[1].attempts.len(), 2);
    let second = store.alert_delivery_list(tenant, false, first.next, 2).await.unwrap();
    assert_eq!((ids(&second.lines), second.next), (vec![1], None));
    let dead = store.alert_delivery_list(tenant, true, None, 2).await.unwrap();
    assert_eq!((ids(&dead.lines), dead.next), (vec![2], None));
    assert_eq!(ids(&store.alert_delivery_of(AlertId(1)).await.unwrap()), [3, 2, 1]);

    store.alert_delivery_again(tenant, DeliveryId(2), &change()).await.unwrap();
    let again = store.alert_delivery_of(AlertId(1)).await.unwrap();
    assert_eq!((again[1].state, again[1].not_before), (DeliveryState::Waiting, change().at));
    let once = store.alert_delivery_again(tenant, DeliveryId(2), &change()).await;
    assert!(matches!(once, Err(StoreError::Invalid { field: "state", .. })), "{once:?}");
    let theirs = store.alert_delivery_again(TenantId(999), DeliveryId(1), &change()).await;
    assert!(matches!(theirs, Err(StoreError::NotFound { .. })), "{theirs:?}");
}

/// They ended as they began, long before what else is remembered at a start.
async fn stages_that_many_reached_are_found_for_a_cycle(f: Fixture) {
    let (tenant, sims) = (f.tenant.id, f.sims(1).await);
    let stage = |id, minute: i64| StoredAlert {
        kind: AlertKind::UsageStage,
        ended_at: Some(NOW.plus_secs(minute * 60)),
        facts: Facts::default().with("percent", 70),
        ..offline(id, tenant, minute)
    };
    for alert in [
        stage(1, 1),
        stage(2, 5),
        StoredAlert { sim: Some(sims[0].id), ..stage(3, 6) },
        StoredAlert { kind: AlertKind::GatewayLost, ..stage(4, 7) },
        stage(5, 8),
    ] {
        f.raise(&alert).await;
    }
    let found = f.store.alerts_of_stages(NOW.plus_secs(300)).await.unwrap();
    let found: Vec<_> = found.iter().map(|alert| (alert.id.0, alert.facts.get("percent"))).collect();
    assert_eq!(found, [(2, Some("70")), (5, Some("70"))]);
}

/// Whoever handed a cause on knows it by its id.
async fn a_causes_id_is_never_anothers(f: Fixture) {
    let condition = Condition::Security(SecurityCondition { sign_ins: true, ..SecurityCondition::default() });
    let rule = RuleSaid::new("資安", condition, DEFAULT_ZONE);
    f.store.alert_rule_add(f.tenant.id, &rule, NOW).await.unwrap();
    let mut seen = Vec::new();
    for position in 1..=3 {
        f.store.alert_sign_ins_failed(f.tenant.id, "mei@example.com", 5, NOW).await.unwrap();
        let causes = f.store.alert_causes(10).await.unwrap();
        assert_eq!(causes.len(), 1);
        assert!(!seen.contains(&causes[0].id), "{} after {seen:?}", causes[0].id);
        seen.push(causes[0].id);
        let batch = FlushBatch { causes: vec![causes[0].id], ..f.batch(position).await };
        f.store.flush(&batch).await.unwrap();
    }
}
