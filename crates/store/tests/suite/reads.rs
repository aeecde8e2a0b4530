use crate::{
    fixture::{CLASS, DAY, Fixture, NOW, book, day, keep_open, row, session, up_down},
    on_both,
};
use opencmp_domain::{
    Day, SessionId, SimId, Timestamp, Tz,
    event::{EventKind, TimelineCursor, TimelineEvent, TimelineFilter},
    session::{EndCause, SessionCursor, SessionFilter},
    sim::SimImport,
    stored::{Absence, FleetSample, StoredEvent, StoredSession},
};
use opencmp_store::{ImportMode, NewNas, Secret, UsageSubject};

on_both!(
    usage_of_whom_and_when,
    sessions_newest_first,
    the_time_line,
    the_fleets_latest,
    samples_add_up,
    absences_grow_and_are_kept,
);

async fn usage_of_whom_and_when(f: Fixture) {
    f.import(&[SimImport { group: Some("北區".into()), ..row(1) }, row(2), row(3)]).await;
    let other = f.store.tenant_create("Other", Tz::UTC, 1, NOW).await.unwrap();
    f.store.sim_import(other.id, &[row(4)], ImportMode::AllOrNothing, NOW).await.unwrap();
    let sims = f.store.sim_inventory_page(SimId(0), 10).await.unwrap();
    let mut batch = f.batch(1).await;
    for (sim, octets) in sims.iter().zip([5, 40, 300, 1000]) {
        book(&mut batch, sim.id, sim.group, octets, 1);
    }
    // Days before, apart.
    for back in [400, 30, 1] {
        batch.days.push(day(Day(DAY.0 - back), sims[1].id, CLASS, back as u64, 0));
    }
    f.store.flush(&batch).await.unwrap();

    let total = async |subject: UsageSubject| {
        f.store
            .usage_by_day(&subject, DAY, DAY.next())
            .await
            .unwrap()
            .iter()
            .map(|day| day.usage.uplink.0)
            .sum::<u64>()
    };
    let (north, rest) = (sims[0].group.unwrap(), sims[1].group.unwrap());
    assert_eq!(total(UsageSubject::All).await, 1345);
    assert_eq!(total(UsageSubject::Tenant(f.tenant.id)).await, 345);
    assert_eq!(total(UsageSubject::Group(north)).await, 5);
    assert_eq!(total(UsageSubject::Groups(vec![north, rest])).await, 345);
    assert_eq!(total(UsageSubject::Groups(vec![])).await, 0);
    assert_eq!(total(UsageSubject::Sim(sims[2].id)).await, 300);

    let days =
        f.store.usage_by_day(&UsageSubject::Sim(sims[1].id), Day(i32::MIN), Day(i32::MAX)).await.unwrap();
    let days: Vec<_> = days.iter().map(|day| (DAY.0 - day.day.0, day.usage.uplink.0)).collect();
    assert_eq!(days, [(400, 400), (30, 30), (1, 1), (0, 40)]);
    let shares = f.store.usage_by_class(&UsageSubject::Sim(sims[1].id), Day(DAY.0 - 30), DAY).await.unwrap();
    assert_eq!(shares, [(CLASS, up_down(31, 0))]);

    let top = f.store.usage_top(&UsageSubject::Tenant(f.tenant.id), DAY, DAY.next(), 2).await.unwrap();
    assert_eq!(top, [(sims[2].id, up_down(300, 1)), (sims[1].id, up_down(40, 1))]);
    let top = f.store.usage_top(&UsageSubject::Tenant(f.tenant.id), Day(0), DAY.next(), 1).await.unwrap();
    assert_eq!(top, [(sims[1].id, up_down(471, 1))]);
    let top = f.store.usage_top(&UsageSubject::Group(north), DAY, DAY.next(), 5).await.unwrap();
    assert_eq!(top, [(sims[0].id, up_down(5, 1))]);
    assert!(f.store.usage_top(&UsageSubject::All, Day(0), Day(1), 5).await.unwrap().is_empty());
}

fn at(secs: i64) -> Timestamp {
    NOW.plus_secs(secs)
}

fn ended(id: i64, sim: SimId, start: i64, end: i64) -> StoredSession {
    StoredSession {
        started_at: at(start),
        ended_at: Some(at(end)),
        end_cause: Some(EndCause::USER_REQUEST),
        ..session(id, sim)
    }
}

async fn sessions_newest_first(f: Fixture) {
    let sims = f.sims(2).await;
    let pgw = NewNas {
        nodes: String::new(),
        name: "pgw-1".into(),
        address: "192.0.2.1".into(),
        secret: Secret::new("xyzzy5461"),
        counters_32bit: false,
        swap_direction: false,
        enabled: true,
    };
    f.store.nas_add(&pgw, NOW).await.unwrap();
    let mut batch = f.batch(1).await;
    // One a day for a hundred days, two at the same instant, and open ones, of which one is old.
    batch.sessions = (1..=100).map(|n| ended(n, sims[0].id, -86_400 * n, -86_400 * n + 60)).collect();
    batch.sessions.push(ended(101, sims[0].id, -86_400, -86_390));
    batch.sessions.push(StoredSession { started_at: at(-86_400 * 50 + 5), ..session(102, sims[0].id) });
    batch.sessions.push(StoredSession { started_at: at(10), ..session(103, sims[0].id) });
    batch.sessions.push(StoredSession { started_at: at(20), ..session(104, sims[1].id) });
    keep_open(&mut batch);
    f.store.flush(&batch).await.unwrap();

    let all = SessionFilter::default();
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = f.store.sessions_by_sim(sims[0].id, &all, after, 7).await.unwrap();
        seen.extend(page.sessions);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let mut expected: Vec<_> = batch.sessions.iter().filter(|s| s.sim == sims[0].id).collect();
    expected.sort_by_key(|session| std::cmp::Reverse((session.started_at, session.id)));
    assert_eq!(
        seen.iter().map(|session| session.id).collect::<Vec<_>>(),
        expected.iter().map(|session| session.id).collect::<Vec<_>>()
    );
    let newest = &seen[0];
    assert_eq!((newest.id, newest.nas.as_str(), newest.ended_at), (SessionId(103), "pgw-1", None));
    assert_eq!((newest.uplink.0, newest.downlink.0), (1000, 2000));
    assert_eq!(newest.ipv4.as_deref(), Some("10.0.0.7"));
    assert_eq!(newest.ipv6_prefix.as_deref(), Some("2001:db8::/64"));
    assert_eq!(newest.apn.as_ref().unwrap().as_str(), "internet.iot");

    let ids = async |filter: SessionFilter, after| {
        let page = f.store.sessions_by_sim(sims[0].id, &filter, after, 1000).await.unwrap();
        assert_eq!(page.next, None);
        page.sessions.into_iter().map(|session| session.id.0).collect::<Vec<_>>()
    };
    assert_eq!(ids(SessionFilter { open: Some(true), ..all }, None).await, [103, 102]);
    assert_eq!(ids(SessionFilter { open: Some(false), ..all }, None).await.len(), 101);
    let between = SessionFilter { from: Some(at(-86_400 * 50)), until: Some(at(-86_400 * 48)), ..all };
    assert_eq!(ids(between, None).await, [49, 102, 50]);
    let cursor = SessionCursor { started_at: at(-86_400 * 49), id: SessionId(49) };
    assert_eq!(ids(between, Some(cursor)).await, [102, 50]);
}

async fn the_time_line(f: Fixture) {
    let sim = f.sims(1).await[0].clone();
    let mut batch = f.batch(1).await;
    let event = |secs, kind, to: &str| StoredEvent {
        sim: sim.id,
        at: at(secs),
        kind,
        from: Some("old".into()),
        to: Some(to.into()),
    };
    batch.sessions = vec![
        // Two months long: its end is among the latest.
        ended(1, sim.id, -86_400 * 60, 50),
        ended(2, sim.id, -100, -50),
        StoredSession { started_at: at(100), ..session(3, sim.id) },
    ];
    batch.events = vec![
        event(-86_400 * 3, EventKind::NetworkChanged, "46692"),
        event(60, EventKind::DeviceChanged, "866425031234562"),
        // Five in one second, more than a page holds.
        event(70, EventKind::RatChanged, "1"),
        event(70, EventKind::RatChanged, "2"),
        event(70, EventKind::RatChanged, "6"),
        event(70, EventKind::NetworkChanged, "46697"),
        event(70, EventKind::SoftwareChanged, "866425031234502"),
    ];
    keep_open(&mut batch);
    f.store.flush(&batch).await.unwrap();

    let everything = TimelineFilter::default();
    let line = async |filter: TimelineFilter, after, limit| {
        let events = f.store.events_by_sim(sim.id, &filter, after, limit).await.unwrap();
        assert!(events.iter().all(|event| event.msisdn == sim.msisdn));
        events
    };
    let seen = |events: Vec<TimelineEvent>| {
        let seen = |event: TimelineEvent| ((event.at.0 - NOW.0) / 1_000_000, event.kind, event.to);
        events.into_iter().map(seen).collect::<Vec<_>>()
    };
    let whole = seen(line(everything, None, 100).await);
    let expected = [
        (100, EventKind::SessionStarted, "internet.iot"),
        (70, EventKind::SoftwareChanged, "866425031234502"),
        (70, EventKind::NetworkChanged, "46697"),
        (70, EventKind::RatChanged, "6"),
        (70, EventKind::RatChanged, "2"),
        (70, EventKind::RatChanged, "1"),
        (60, EventKind::DeviceChanged, "866425031234562"),
        (50, EventKind::SessionEnded, "User-Request"),
        (-50, EventKind::SessionEnded, "User-Request"),
        (-100, EventKind::SessionStarted, "internet.iot"),
        (-86_400 * 3, EventKind::NetworkChanged, "46692"),
        (-86_400 * 60, EventKind::SessionStarted, "internet.iot"),
    ];
    assert_eq!(whole, expected.map(|(secs, kind, to)| (secs, kind, Some(to.to_owned()))));
    // Page by page, the same; of a kind and a time, what is of them.
    let kinds = [
        None,
        Some(EventKind::SessionStarted),
        Some(EventKind::SessionEnded),
        Some(EventKind::RatChanged),
        Some(EventKind::NetworkChanged),
        Some(EventKind::Adopted),
    ];
    for kind in kinds {
        for (from, until) in
            [(None, None), (Some(60), Some(100)), (None, Some(70)), (Some(70), None), (Some(-100), Some(-50))]
        {
            let filter = TimelineFilter { kind, from: from.map(at), until: until.map(at) };
            let within =
                |secs: i64| from.is_none_or(|from| secs >= from) && until.is_none_or(|until| secs < until);
            let shown = whole.iter().filter(|(secs, of, _)| filter.shows(*of) && within(*secs));
            let shown: Vec<_> = shown.cloned().collect();
            assert_eq!(seen(line(filter, None, 100).await), shown, "{filter:?}");
            let (mut paged, mut after) = (Vec::new(), None);
            loop {
                let page = line(filter, after, 2).await;
                // The cursor counts what was shown of an instant, on all pages.
                after = TimelineCursor::after_page(after, &page);
                paged.extend(page);
                assert!(after.is_none() || after == TimelineCursor::after(&paged));
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(seen(paged), shown, "{filter:?}");
        }
    }

    // An instant that has no end: its first pages, none twice, and then what was before it.
    let mut batch = f.batch(2).await;
    batch.events = (0..1300).map(|nth| event(200, EventKind::CounterReset, &nth.to_string())).collect();
    f.store.flush(&batch).await.unwrap();
    let mut paged = Vec::new();
    while !paged.iter().any(|event: &TimelineEvent| event.at < at(200)) {
        paged.extend(line(everything, TimelineCursor::after(&paged), 200).await);
    }
    let newest_first = (100..1300).rev().map(|nth| (200, EventKind::CounterReset, Some(nth.to_string())));
    assert_eq!(seen(paged), newest_first.chain(whole).collect::<Vec<_>>());
}

async fn the_fleets_latest(f: Fixture) {
    let sims = f.sims(2).await;
    let other = f.store.tenant_create("Other", Tz::UTC, 1, NOW).await.unwrap();
    f.store.sim_import(other.id, &[row(7)], ImportMode::AllOrNothing, NOW).await.unwrap();
    let theirs = f.store.sim_inventory_page(sims[1].id, 1).await.unwrap()[0].id;
    let mut batch = f.batch(1).await;
    batch.sessions = vec![
        ended(1, sims[0].id, 0, 40),
        StoredSession { started_at: at(30), ..session(2, theirs) },
        StoredSession { started_at: at(35), ..session(3, sims[1].id) },
    ];
    batch.events =
        vec![StoredEvent { sim: sims[1].id, at: at(20), kind: EventKind::Unconfirmed, from: None, to: None }];
    f.store.flush(&batch).await.unwrap();

    let latest = async |subject, limit| {
        let events = f.store.events_recent(&subject, limit).await.unwrap();
        events
            .into_iter()
            .map(|event| ((event.at.0 - NOW.0) / 1_000_000, event.kind, event.sim))
            .collect::<Vec<_>>()
    };
    use EventKind::{SessionEnded, SessionStarted, Unconfirmed};
    let mine = [
        (40, SessionEnded, sims[0].id),
        (35, SessionStarted, sims[1].id),
        (20, Unconfirmed, sims[1].id),
        (0, SessionStarted, sims[0].id),
    ];
    assert_eq!(latest(UsageSubject::Tenant(f.tenant.id), 10).await, mine);
    assert_eq!(latest(UsageSubject::Tenant(f.tenant.id), 2).await, mine[..2]);
    assert_eq!(latest(UsageSubject::Tenant(other.id), 10).await, [(30, SessionStarted, theirs)]);
    assert_eq!(latest(UsageSubject::All, 10).await.len(), 5);
    let events = f.store.events_recent(&UsageSubject::All, 10).await.unwrap();
    assert_eq!((events[0].to.as_deref(), events[0].msisdn), (Some("User-Request"), row(0).msisdn));
}

async fn samples_add_up(f: Fixture) {
    let north = f.store.group_ensure(f.tenant.id, "北區", NOW).await.unwrap();
    let mut batch = f.batch(1).await;
    for (secs, group, connected) in [
        (-60, f.tenant.default_group, 1),
        (0, f.tenant.default_group, 10),
        (0, north, 5),
        (60, f.tenant.default_group, 11),
        (60, north, 6),
    ] {
        let tenant = f.tenant.id;
        let sample = FleetSample { at: at(secs), tenant, group, connected, unconfirmed: 1, disconnected: 0 };
        batch.samples.push(sample);
    }
    f.store.flush(&batch).await.unwrap();
    let of = async |subject| {
        let samples = f.store.fleet_samples(&subject, NOW).await.unwrap();
        samples.iter().map(|sample| (sample.connected, sample.unconfirmed)).collect::<Vec<_>>()
    };
    assert_eq!(of(UsageSubject::All).await, [(15, 2), (17, 2)]);
    assert_eq!(of(UsageSubject::Tenant(f.tenant.id)).await, [(15, 2), (17, 2)]);
    assert_eq!(of(UsageSubject::Group(north)).await, [(5, 1), (6, 1)]);
    assert_eq!(of(UsageSubject::Groups(vec![north])).await, [(5, 1), (6, 1)]);
}

async fn absences_grow_and_are_kept(f: Fixture) {
    let absence = |began: i64, ended: i64| Absence { began_at: at(began), ended_at: at(ended) };
    for (began, ended) in [(500, 600), (100, 200), (500, 900), (500, 700)] {
        f.store.absence_add(absence(began, ended)).await.unwrap();
    }
    assert_eq!(f.store.absence_list(at(0)).await.unwrap(), [absence(100, 200), absence(500, 900)]);
    assert_eq!(f.store.absence_list(at(200)).await.unwrap(), [absence(500, 900)]);
}
