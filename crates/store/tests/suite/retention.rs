use crate::{
    fixture::{CLASS, DAY, Fixture, HOUR, NOW, day, hour, keep_open, row, session},
    on_both,
};
use opencmp_domain::{
    AlertId, Day, Hour, Timestamp,
    event::EventKind,
    sim::SimImport,
    stored::{FleetSample, GroupDayIncrement, GroupHourIncrement, StoredEvent, StoredSession},
};
use opencmp_store::{Retention, RetentionReport, UsageSubject};

on_both!(what_is_past_goes_and_days_stay, alerts_go_with_what_was_sent_and_those_that_wait_stay);

async fn what_is_past_goes_and_days_stay(f: Fixture) {
    let sim = f.sims(1).await[0].clone();
    let group = sim.group.unwrap();
    let mut batch = f.batch(1).await;
    for back in 0..60 {
        let (that_day, that_hour) = (Day(DAY.0 - back), Hour(HOUR.0 - back * 24));
        batch.days.push(day(that_day, sim.id, CLASS, 1, 1));
        batch.hours.push(hour(that_hour, sim.id, CLASS, 1, 1));
        batch.group_days.push(GroupDayIncrement {
            day: that_day,
            group,
            class: CLASS,
            uplink: 1,
            downlink: 1,
        });
        batch.group_hours.push(GroupHourIncrement {
            hour: that_hour,
            group,
            class: CLASS,
            uplink: 1,
            downlink: 1,
        });
        let at = NOW.plus_secs(-86_400 * i64::from(back));
        batch.sessions.push(StoredSession {
            started_at: at.plus_secs(-86_400 * 100),
            ended_at: Some(at),
            ..session(i64::from(back) + 1, sim.id)
        });
        batch.events.push(StoredEvent { sim: sim.id, at, kind: EventKind::RatChanged, from: None, to: None });
        let (tenant, connected) = (f.tenant.id, 1);
        batch.samples.push(FleetSample { at, tenant, group, connected, unconfirmed: 0, disconnected: 0 });
    }
    // Open for longer than anything is kept.
    let old = StoredSession { started_at: NOW.plus_secs(-86_400 * 500), ..session(100, sim.id) };
    batch.sessions.push(old.clone());
    keep_open(&mut batch);
    f.store.flush(&batch).await.unwrap();
    let list = f.store.number_list_save(None, &["1".into()], NOW.plus_secs(-86_400 * 8)).await.unwrap();

    let retention = Retention {
        hours_days: 10,
        sessions_days: 20,
        events_days: 30,
        samples_days: 40,
        number_lists_days: 7,
        ..Retention::default()
    };
    let report = f.store.retention_apply(NOW, &retention).await.unwrap();
    let expected = RetentionReport {
        hours: 2 * 49,
        sessions: 39,
        events: 29,
        samples: 19,
        number_lists: 1,
        ..RetentionReport::default()
    };
    assert_eq!(report, expected);
    assert_eq!(f.store.retention_apply(NOW, &retention).await.unwrap(), RetentionReport::default());

    let subject = UsageSubject::Sim(sim.id);
    assert_eq!(f.store.usage_by_day(&subject, Day(0), DAY.next()).await.unwrap().len(), 60);
    assert_eq!(f.store.usage_by_hour(&subject, Hour(0), Hour(HOUR.0 + 1)).await.unwrap().len(), 11);
    assert_eq!(f.store.usage_hours_kept_since().await.unwrap(), Some(Hour(HOUR.0 - 240)));
    assert_eq!(f.store.sessions_recent_page(Timestamp(0), None, 100).await.unwrap().len(), 21);
    assert_eq!(f.open_sessions().await, [old]);
    assert_eq!(f.store.number_list_load(None, &list).await.unwrap(), None);
    assert!(f.store.verify().await.unwrap().is_consistent());
    // Hours that are gone follow no SIM.
    f.import(&[SimImport { group: Some("北區".into()), ..row(0) }]).await;
    assert!(f.store.verify().await.unwrap().is_consistent());
    // A shorter past later on doesn't bring hours back.
    f.store.retention_apply(NOW, &Retention { hours_days: 20, ..retention }).await.unwrap();
    assert_eq!(f.store.usage_hours_kept_since().await.unwrap(), Some(Hour(HOUR.0 - 240)));
}

async fn alerts_go_with_what_was_sent_and_those_that_wait_stay(f: Fixture) {
    let (store, tenant) = (&f.store, f.tenant.id);
    let ago = |days: i64| NOW.plus_secs(-86_400 * days).0;
    // Over and handled; over, and never handled; goes on; over as it happened, and waits; a cause that goes on, and its part;
    // a cause that is over, and its part; over, but not for long.
    for (id, began, ended, handled, parent) in [
        (1, 60, Some(50), Some(50), None),
        (2, 60, Some(50), None, None),
        (3, 60, None, Some(50), None),
        (4, 60, Some(60), None, None),
        (5, 60, None, None, None),
        (6, 60, Some(50), None, Some(5)),
        (7, 60, Some(50), None, None),
        (8, 60, Some(50), None, Some(7)),
        (9, 60, Some(20), Some(20), None),
    ] {
        let at = |days: Option<i64>| days.map_or("NULL".to_owned(), |days| ago(days).to_string());
        let parent = parent.map_or("NULL".to_owned(), |id: i64| id.to_string());
        f.execute(&format!(
            "INSERT INTO alert (id, tenant_id, rule_id, rule_version, kind, level, began_at, noticed_at, ended_at, times,
                 parent_id, facts, by_itself, handled_at)
             VALUES ({id}, {tenant}, 1, 1, 3, 2, {began}, {began}, {}, 1, {parent}, '[]', 0, {})",
            at(ended),
            at(handled),
            began = ago(began),
        ))
        .await;
    }
    // Of an alert that goes; of one that goes and one that stays; of none; on its way; of none, but not for long.
    for (id, state, days, of) in
        [(1, 3, 60, &[1][..]), (2, 5, 60, &[1, 9]), (3, 3, 60, &[]), (4, 1, 60, &[1]), (5, 3, 20, &[])]
    {
        let at = ago(days);
        f.execute(&format!(
            "INSERT INTO alert_delivery (id, message_id, tenant_id, channel_id, recipient, state, subject, content, created_at,
                 not_before, tries) VALUES ({id}, 'm{id}', {tenant}, 9, 'a@b.example', {state}, 's', '{{}}', {at}, {at}, 1)"
        ))
        .await;
        f.execute(&format!("INSERT INTO alert_attempt VALUES ({id}, 1, {at}, 12, 1, '250 ok')")).await;
        for alert in of {
            f.execute(&format!("INSERT INTO alert_delivery_of VALUES ({id}, {alert}, 1)")).await;
        }
    }
    let retention = Retention { alerts_days: 30, ..Retention::default() };
    let report = store.retention_apply(NOW, &retention).await.unwrap();
    assert_eq!((report.alerts, report.deliveries), (4, 2));
    let again = store.retention_apply(NOW, &retention).await.unwrap();
    assert_eq!((again.alerts, again.deliveries), (0, 0));
    for (id, kept) in [(1, false), (2, false), (3, true), (4, true), (5, true), (6, true), (9, true)] {
        let found = store.alert(tenant, None, AlertId(id)).await.unwrap();
        assert_eq!(found.is_some(), kept, "{id}");
    }
    let left = store.alert_delivery_list(tenant, false, None, 10).await.unwrap().lines;
    let mut left: Vec<_> = left.iter().map(|line| (line.id.0, line.attempts.len())).collect();
    left.sort_unstable();
    assert_eq!(left, [(2, 1), (4, 1), (5, 1)]);
}
