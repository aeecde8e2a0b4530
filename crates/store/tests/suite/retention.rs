use crate::{
    fixture::{CLASS, DAY, Fixture, HOUR, NOW, day, hour, keep_open, row, session},
    on_both,
};
use opencmp_domain::{
    Day, Hour, Timestamp,
    event::EventKind,
    sim::SimImport,
    stored::{FleetSample, GroupDayIncrement, GroupHourIncrement, StoredEvent, StoredSession},
};
use opencmp_store::{Retention, RetentionReport, UsageSubject};

on_both!(what_is_past_goes_and_days_stay);

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
    };
    let report = f.store.retention_apply(NOW, &retention).await.unwrap();
    let expected = RetentionReport { hours: 2 * 49, sessions: 39, events: 29, samples: 19, number_lists: 1 };
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
