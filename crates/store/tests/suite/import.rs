use crate::{
    fixture::{CLASS, DAY, Fixture, HOUR, NOW, book, imsi, row, up_down},
    on_both,
};
use opencmp_domain::{
    Day, ServiceState, SimId, Timestamp, Tz,
    event::{EventKind, TimelineFilter},
    people::AuditFilter,
    sim::SimImport,
    stored::UnknownSubscriber,
};
use opencmp_store::{ImportField, ImportMode, ImportReport, StoreError, UsageSubject};

on_both!(
    a_file_makes_and_changes_sims,
    all_or_nothing,
    identifiers_have_one_sim,
    another_tenants_sims_are_not_told_of,
    a_tenant_is_made_with_its_first_sims_or_not_at_all,
    numbers_come_back_and_swap,
    unknown_sims_are_adopted_with_their_history,
    usage_follows_a_sim_into_its_group,
    hostile_texts_are_data_or_refused,
    ten_thousand_rows,
);

fn told(report: &ImportReport) -> Vec<(u64, ImportField, &str)> {
    report.errors.iter().map(|error| (error.line, error.field, error.message.as_str())).collect()
}

const IN_USE: &str = "is already in use by another SIM";

async fn a_file_makes_and_changes_sims(f: Fixture) {
    let version = f.store.inventory_version().await.unwrap();
    let full = SimImport {
        imei: Some("866425031234562".parse().unwrap()),
        apn: Some("internet.iot".parse().unwrap()),
        batch: Some("2026-11-20".into()),
        name: Some("水表 #1".into()),
        group: Some("北區 / 台北".into()),
        plan: Some("物聯網 Z999型".into()),
        tags: Some(vec!["nb-iot".into(), " 台北 ".into(), "nb-iot".into(), String::new()]),
        service_state: Some(ServiceState::Test),
        ..row(1)
    };
    let report = f.import(&[full.clone(), row(2)]).await;
    assert_eq!((report.created, report.updated, report.unchanged), (2, 0, 0));
    assert_eq!(report.inventory_version, version + 1);
    assert_eq!(f.store.inventory_version().await.unwrap(), version + 1);
    let first = f.sim_with(imsi(1)).await;
    assert_eq!(first.name.as_deref(), Some("水表 #1"));
    assert_eq!(first.tags, ["nb-iot", "台北"]);
    assert_eq!((first.service_state, first.state_changed_at), (ServiceState::Test, Some(NOW)));
    assert_eq!(first.tenant, Some(f.tenant.id));
    let groups = f.store.group_list(None).await.unwrap();
    assert_eq!(groups.iter().find(|group| Some(group.id) == first.group).unwrap().name, "北區/台北");
    let second = f.sim_with(imsi(2)).await;
    assert_eq!((second.group, second.service_state), (Some(f.tenant.default_group), ServiceState::Active));

    let again = f.import(&[full, row(2)]).await;
    assert_eq!((again.unchanged, again.updated, again.inventory_version), (2, 0, version + 1));

    // Only what the row says changes; an empty text is taken away.
    let later = NOW.plus_secs(60);
    let changes = [SimImport {
        line: 2,
        iccid: first.iccid,
        name: Some(" ".into()),
        plan: Some(String::new()),
        group: Some(String::new()),
        service_state: Some(ServiceState::Active),
        ..SimImport::default()
    }];
    let report = f.store.sim_import(f.tenant.id, &changes, ImportMode::AllOrNothing, later).await.unwrap();
    assert_eq!(report.updated, 1);
    let changed = f.store.sim_get(first.id).await.unwrap().unwrap();
    assert_eq!((changed.name, changed.plan, changed.group), (None, None, Some(f.tenant.default_group)));
    assert_eq!((changed.batch, changed.tags, changed.imsi), (first.batch, first.tags, first.imsi));
    assert_eq!((changed.state_changed_at, changed.created_at), (Some(later), NOW));
}

async fn all_or_nothing(f: Fixture) {
    f.sims(1).await;
    let version = f.store.inventory_version().await.unwrap();
    let rows = [
        row(1),
        SimImport { line: 3, imsi: row(1).imsi, ..SimImport::default() },
        SimImport { line: 4, ..SimImport::default() },
        SimImport { group: Some("北區".into()), line: 5, ..row(2) },
    ];
    let expected = [
        (3, ImportField::Imsi, "is also in line 3"),
        (4, ImportField::Identifier, "the row needs an IMSI, an ICCID or an MSISDN"),
    ];
    let report = f.import(&rows).await;
    assert_eq!(told(&report), expected);
    assert_eq!((report.created, report.inventory_version), (0, version));
    assert_eq!(f.store.sim_inventory_page(SimId(0), 10).await.unwrap().len(), 1);
    assert_eq!(f.store.group_list(None).await.unwrap().len(), 1, "nor is the group made");

    let report = f.store.sim_import(f.tenant.id, &rows, ImportMode::KeepGood, NOW).await.unwrap();
    assert_eq!(told(&report), expected);
    assert_eq!((report.created, report.inventory_version), (2, version + 1));
    let nobody = f.store.sim_import(opencmp_domain::TenantId(99), &rows, ImportMode::KeepGood, NOW).await;
    assert!(matches!(nobody, Err(StoreError::NotFound { .. })));
}

async fn identifiers_have_one_sim(f: Fixture) {
    let sims = f.sims(3).await;
    // The IMSI says SIM 0, the ICCID and the number are SIM 1's.
    let mixed = SimImport { line: 9, imsi: Some(imsi(0)), ..row(1) };
    let report = f.import(&[SimImport { iccid: row(1).iccid, msisdn: row(1).msisdn, ..mixed }]).await;
    assert_eq!(told(&report), [(9, ImportField::Msisdn, IN_USE), (9, ImportField::Iccid, IN_USE)]);
    // A card keeps its history when its IMSI changes.
    let report = f.import(&[SimImport { imsi: Some(imsi(77)), ..row(2) }]).await;
    assert_eq!((report.updated, told(&report)), (1, vec![]));
    assert_eq!(f.sim_with(imsi(77)).await.id, sims[2].id);
    // Two rows about one SIM, said differently.
    let by_iccid = SimImport { line: 3, iccid: row(0).iccid, ..SimImport::default() };
    let by_number = SimImport { line: 4, msisdn: row(0).msisdn, ..SimImport::default() };
    let report = f.import(&[by_iccid, by_number]).await;
    assert_eq!(told(&report), [(4, ImportField::Identifier, "is the same SIM as line 3")]);
}

async fn a_tenant_is_made_with_its_first_sims_or_not_at_all(f: Fixture) {
    f.sims(1).await;
    let audited = async || f.store.audit_lines(None, &AuditFilter::default(), 100).await.unwrap().len();
    let before = (f.store.inventory_version().await.unwrap(), audited().await);
    let import = async |rows: &[SimImport], mode| f.store.sim_import_named("New", rows, mode, NOW).await;
    let theirs = SimImport { line: 2, ..row(0) };
    for (rows, mode) in [
        (vec![theirs.clone(), row(50)], ImportMode::AllOrNothing),
        (vec![theirs.clone()], ImportMode::KeepGood),
        (vec![], ImportMode::AllOrNothing),
    ] {
        let report = import(&rows, mode).await.unwrap();
        assert_eq!((report.created, report.inventory_version), (0, before.0));
        assert_eq!(f.store.tenant_by_name("New").await.unwrap(), None);
        assert_eq!((f.store.inventory_version().await.unwrap(), audited().await), before);
    }
    assert_eq!(import(&[theirs, row(50)], ImportMode::KeepGood).await.unwrap().created, 1);
    let made = f.store.tenant_by_name("New").await.unwrap().unwrap();
    assert_eq!(f.sim_with(imsi(50)).await.tenant, Some(made.id));
    assert_eq!(import(&[row(51)], ImportMode::AllOrNothing).await.unwrap().created, 1);
    assert_eq!(f.sim_with(imsi(51)).await.tenant, Some(made.id));
    let nameless = f.store.sim_import_named(" ", &[row(52)], ImportMode::AllOrNothing, NOW).await;
    assert!(matches!(nameless, Err(StoreError::Invalid { field: "name", .. })));
}

async fn another_tenants_sims_are_not_told_of(f: Fixture) {
    let other = f.store.tenant_create("Other", Tz::UTC, 1, NOW).await.unwrap();
    f.sims(2).await;
    for (mine, field) in [
        (SimImport { line: 2, imsi: row(0).imsi, ..SimImport::default() }, ImportField::Imsi),
        (SimImport { line: 2, iccid: row(0).iccid, ..SimImport::default() }, ImportField::Iccid),
        (SimImport { line: 2, msisdn: row(0).msisdn, ..SimImport::default() }, ImportField::Msisdn),
        (SimImport { line: 2, msisdn: row(0).msisdn, ..row(50) }, ImportField::Msisdn),
        (SimImport { line: 2, iccid: row(0).iccid, ..row(50) }, ImportField::Iccid),
    ] {
        let report = f.store.sim_import(other.id, &[mine], ImportMode::KeepGood, NOW).await.unwrap();
        // Word for word what one's own SIM would give.
        assert_eq!(told(&report), [(2, field, IN_USE)]);
        assert_eq!((report.created, report.updated), (0, 0));
    }
}

async fn numbers_come_back_and_swap(f: Fixture) {
    let sims = f.sims(3).await;
    let number = |n: u64| row(n).msisdn;
    // Another card with a number that is in use.
    let new_card = SimImport { line: 5, msisdn: number(0), ..row(9) };
    let report = f.import(std::slice::from_ref(&new_card)).await;
    assert_eq!(told(&report), [(5, ImportField::Msisdn, IN_USE)]);
    // The old subscription ends in the same file: the number is the new card's, the history stays.
    let ends = SimImport {
        line: 6,
        imsi: Some(imsi(0)),
        service_state: Some(ServiceState::Terminated),
        ..SimImport::default()
    };
    let report = f.import(&[new_card, ends]).await;
    assert_eq!((report.created, report.updated, told(&report)), (1, 1, vec![]));
    assert_eq!(f.store.sim_get(sims[0].id).await.unwrap().unwrap().msisdn, number(0));
    assert_eq!(f.sim_with(imsi(9)).await.msisdn, number(0));
    // Taken back into service, it would need the number.
    let back = SimImport {
        line: 7,
        imsi: Some(imsi(0)),
        service_state: Some(ServiceState::Active),
        ..SimImport::default()
    };
    assert_eq!(told(&f.import(&[back]).await), [(7, ImportField::Msisdn, IN_USE)]);
    // Two SIMs exchange their numbers.
    let swap = [
        SimImport { line: 2, imsi: Some(imsi(1)), msisdn: number(2), ..SimImport::default() },
        SimImport { line: 3, imsi: Some(imsi(2)), msisdn: number(1), ..SimImport::default() },
    ];
    let report = f.import(&swap).await;
    assert_eq!((report.updated, told(&report)), (2, vec![]));
    assert_eq!(f.sim_with(imsi(1)).await.msisdn, number(2));
    assert_eq!(f.sim_with(imsi(1)).await.iccid, row(1).iccid, "what was given up for the exchange is back");
    // A giver that is refused gives nothing.
    let half = [
        SimImport { line: 2, imsi: Some(imsi(1)), msisdn: number(1), ..SimImport::default() },
        SimImport { line: 3, imsi: Some(imsi(2)), msisdn: number(0), ..SimImport::default() },
    ];
    let report = f.store.sim_import(f.tenant.id, &half, ImportMode::KeepGood, NOW).await.unwrap();
    assert_eq!(told(&report), [(2, ImportField::Msisdn, IN_USE), (3, ImportField::Msisdn, IN_USE)]);
}

async fn unknown_sims_are_adopted_with_their_history(f: Fixture) {
    let heard = |imsi, msisdn| UnknownSubscriber { imsi, msisdn, first_seen_at: NOW };
    let subscribers =
        [heard(Some(imsi(1)), row(1).msisdn), heard(None, row(2).msisdn), heard(Some(imsi(3)), None)];
    let ids = f.store.sim_register_unknown(&subscribers).await.unwrap();
    assert_eq!(f.store.sim_register_unknown(&subscribers).await.unwrap(), ids);
    assert_eq!(f.store.unknown_sim_count().await.unwrap(), 3);

    let mut batch = f.batch(1).await;
    for (sim, octets) in ids.iter().zip([10, 200, 3000]) {
        book(&mut batch, *sim, None, octets, octets);
    }
    f.store.flush(&batch).await.unwrap();
    assert!(f.store.usage_by_day(&UsageSubject::All, DAY, DAY.next()).await.unwrap().is_empty());

    // By IMSI; by the number alone; and one whose number a stranger had.
    let rows = [row(1), row(2), SimImport { group: Some("北區".into()), ..row(3) }];
    let report = f.import(&rows).await;
    assert_eq!((report.adopted, report.created, report.updated, told(&report)), (3, 0, 0, vec![]));
    assert_eq!(f.sim_with(imsi(2)).await.id, ids[1]);
    assert_eq!(f.store.unknown_sim_count().await.unwrap(), 0);
    let usage = f.store.usage_by_day(&UsageSubject::Tenant(f.tenant.id), DAY, DAY.next()).await.unwrap();
    assert_eq!(usage[0].usage, up_down(3210, 3210));
    let north = f.sim_with(imsi(3)).await.group.unwrap();
    let usage = f.store.usage_by_hour(&UsageSubject::Group(north), HOUR, HOUR_END).await.unwrap();
    assert_eq!(usage[0].usage, up_down(3000, 3000));
    assert!(f.store.verify().await.unwrap().is_consistent());
    let events = f.store.events_by_sim(ids[0], &TimelineFilter::default(), None, 10).await.unwrap();
    assert_eq!(events[0].kind, EventKind::Adopted);

    // A stranger that has nothing but the number gives it up for the card that the file names.
    let stranger = f.store.sim_register_unknown(&[heard(Some(imsi(40)), row(4).msisdn)]).await.unwrap()[0];
    let report = f.import(&[row(4)]).await;
    assert_eq!((report.created, told(&report)), (1, vec![]));
    assert_eq!(f.store.sim_get(stranger).await.unwrap().unwrap().msisdn, None);
    // Registering one that the inventory has by now gives the id it has.
    let known = f
        .store
        .sim_register_unknown(&[heard(Some(imsi(4)), None), heard(None, row(4).msisdn)])
        .await
        .unwrap();
    assert_eq!(known, [f.sim_with(imsi(4)).await.id; 2]);
    let nobody = f.store.sim_register_unknown(&[heard(None, None)]).await;
    assert!(matches!(nobody, Err(StoreError::NotFound { .. })), "{nobody:?}");
}

const HOUR_END: opencmp_domain::Hour = opencmp_domain::Hour(HOUR.0 + 1);

async fn usage_follows_a_sim_into_its_group(f: Fixture) {
    let sims = f.sims(3).await;
    let mut batch = f.batch(1).await;
    for (sim, octets) in sims.iter().zip([1, 20, 300]) {
        book(&mut batch, sim.id, sim.group, octets, octets * 2);
    }
    f.store.flush(&batch).await.unwrap();
    f.import(&[SimImport { group: Some("北區".into()), ..row(1) }]).await;
    let north = f.sim_with(imsi(1)).await.group.unwrap();
    for (group, expected) in [(f.tenant.default_group, up_down(301, 602)), (north, up_down(20, 40))] {
        let subject = UsageSubject::Group(group);
        assert_eq!(f.store.usage_by_day(&subject, DAY, DAY.next()).await.unwrap()[0].usage, expected);
        assert_eq!(f.store.usage_by_hour(&subject, HOUR, HOUR_END).await.unwrap()[0].usage, expected);
        assert_eq!(f.store.usage_by_class(&subject, DAY, DAY.next()).await.unwrap(), [(CLASS, expected)]);
        let (days, classes) =
            f.store.usage_by_day_and_class(&subject, Day(DAY.0 - 40), DAY, DAY.next()).await.unwrap();
        assert_eq!(days, f.store.usage_by_day(&subject, Day(DAY.0 - 40), DAY.next()).await.unwrap());
        assert_eq!(classes, [(CLASS, expected)]);
    }
    assert!(f.store.verify().await.unwrap().is_consistent());
}

async fn hostile_texts_are_data_or_refused(f: Fixture) {
    let nasty = "'); DROP TABLE sim; -- \" \\ $1 ?1 %00 \u{202e}😀";
    let report = f
        .import(&[SimImport {
            name: Some(nasty.into()),
            batch: Some("=1+1".into()),
            group: Some("a'b/\"c\"".into()),
            plan: Some("$$;".into()),
            tags: Some(vec!["]\"'".into(), "null".into()]),
            ..row(1)
        }])
        .await;
    assert_eq!((report.created, told(&report)), (1, vec![]));
    let sim = f.sim_with(imsi(1)).await;
    assert_eq!(sim.name.as_deref(), Some(nasty));
    assert_eq!(sim.tags, ["]\"'", "null"]);

    let long = "長".repeat(101);
    let rows = [
        SimImport { name: Some("a\u{0}b".into()), ..row(2) },
        SimImport { name: Some("a\nb".into()), batch: Some(long.clone()), ..row(3) },
        SimImport { group: Some("北區//台北".into()), ..row(4) },
        SimImport { plan: Some(long), ..row(5) },
        SimImport { tags: Some((0..21).map(|n| n.to_string()).collect()), ..row(6) },
        SimImport { tags: Some(vec!["\u{7}".into()]), ..row(7) },
    ];
    let control = "has control characters in it, such as a line break";
    let report = f.import(&rows).await;
    assert_eq!(
        told(&report),
        [
            (4, ImportField::Name, control),
            (5, ImportField::Batch, "has more than 100 characters"),
            (5, ImportField::Name, control),
            (6, ImportField::Group, "has an empty part; nested names are written 北區/台北"),
            (7, ImportField::Plan, "has more than 100 characters"),
            (8, ImportField::Tags, "are more than 20"),
            (9, ImportField::Tags, control),
        ]
    );
}

async fn ten_thousand_rows(f: Fixture) {
    let rows: Vec<_> = (0..10_000).map(row).collect();
    let report = f.import(&rows).await;
    assert_eq!((report.created, told(&report)), (10_000, vec![]));
    let moved: Vec<_> = rows.into_iter().map(|row| SimImport { group: Some("北區".into()), ..row }).collect();
    let report = f
        .store
        .sim_import(f.tenant.id, &moved, ImportMode::AllOrNothing, Timestamp(NOW.0 + 1))
        .await
        .unwrap();
    assert_eq!((report.updated, told(&report)), (10_000, vec![]));
}
