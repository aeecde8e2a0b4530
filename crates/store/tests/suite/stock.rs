//! SIMs that no tenant has yet, how they come to one, and how they come back.

use crate::{
    fixture::{DAY, Fixture, NOW, book, imsi, keep_open, live, row, session, states, up_down},
    on_both,
};
use opencmp_domain::{
    ServiceState, SimId, Tz,
    event::TimelineFilter,
    people::AuditFilter,
    sim::SimImport,
    stock::{Allocation, Staying, StockFilter},
    stored::UnknownSubscriber,
};
use opencmp_store::{ImportField, ImportMode, ImportReport, ImportTo, StoreError, UsageSubject};

on_both!(
    files_go_into_stock,
    a_preview_writes_nothing,
    a_tenants_file_takes_from_stock,
    a_batch_goes_to_a_tenant,
    a_list_says_what_cant_go,
    what_was_confirmed_is_what_happens,
    unused_cards_come_back_as_they_were,
    used_cards_come_back_without_their_history,
);

async fn into_stock(f: &Fixture, rows: &[SimImport]) -> ImportReport {
    f.store.sims_import(ImportTo::Stock, rows, ImportMode::AllOrNothing, true, NOW).await.unwrap()
}

fn of_batch(n: u64, batch: &str) -> SimImport {
    SimImport { batch: Some(batch.into()), ..row(n) }
}

fn batch(name: &str) -> StockFilter {
    StockFilter { batch: Some(Some(name.into())), ..StockFilter::default() }
}

fn lines(lines: &[String]) -> StockFilter {
    StockFilter { lines: lines.to_vec(), ..StockFilter::default() }
}

fn to(f: &Fixture) -> Allocation {
    Allocation::ToTenant { tenant: f.tenant.id, group: None }
}

async fn files_go_into_stock(f: Fixture) {
    let heard = UnknownSubscriber { imsi: Some(imsi(3)), msisdn: None, first_seen_at: NOW };
    f.store.sim_register_unknown(&[heard]).await.unwrap();
    f.import(&[row(9)]).await;
    let report = into_stock(&f, &[of_batch(1, "a"), of_batch(2, "b"), of_batch(3, "b")]).await;
    assert_eq!((report.created, report.adopted, report.errors.len()), (2, 1, 0));
    assert_eq!(f.store.unknown_sim_count().await.unwrap(), 0);
    let summary = f.store.stock_summary().await.unwrap();
    let batches: Vec<_> = summary.batches.iter().map(|b| (b.batch.as_deref().unwrap(), b.sims)).collect();
    assert_eq!((summary.stock, batches), (3, vec![("a", 1), ("b", 2)]));
    let page = f.store.stock_page(&batch("b"), 1, 10).await.unwrap();
    assert_eq!((page.total, page.sims.len()), (2, 2));
    for (text, found) in
        [("040001", 3), ("886400010000001", 1), ("898860", 3), ("00101", 3), ("77", 0), ("abc", 0)]
    {
        let filter = StockFilter { text: text.into(), ..StockFilter::default() };
        assert_eq!(f.store.stock_page(&filter, 1, 10).await.unwrap().total, found, "{text}");
    }
    let again = into_stock(&f, &[of_batch(1, "a"), of_batch(2, "c")]).await;
    assert_eq!((again.unchanged, again.updated), (1, 1));

    let wrong = [
        SimImport { group: Some("北區".into()), ..row(4) },
        SimImport { fields: vec![("x".into(), "1".into())], ..row(5) },
        row(9),
    ];
    let report = into_stock(&f, &wrong).await;
    let told: Vec<_> = report.errors.iter().map(|error| (error.line, error.field)).collect();
    assert_eq!(told, [(6, ImportField::Group), (7, ImportField::Custom), (11, ImportField::Imsi)]);
    let log = f.store.audit_lines(None, &AuditFilter::default(), 1).await.unwrap().remove(0);
    assert_eq!(log.action, "stock.import");
    // A stranger's number is given up for a card that a file names; one in stock keeps its own.
    let taker = SimImport { line: 2, msisdn: row(1).msisdn, ..row(50) };
    let report = f.store.sim_import(f.tenant.id, &[taker], ImportMode::KeepGood, NOW).await.unwrap();
    assert_eq!(report.errors[0].field, ImportField::Msisdn);
}

async fn a_preview_writes_nothing(f: Fixture) {
    let version = f.store.inventory_version().await.unwrap();
    let rows = [SimImport { group: Some("新的".into()), ..row(1) }, row(2), SimImport { line: 9, ..row(2) }];
    let preview =
        async |mode| f.store.sims_import(ImportTo::Tenant(f.tenant.id), &rows, mode, false, NOW).await;
    for mode in [ImportMode::AllOrNothing, ImportMode::KeepGood] {
        let report = preview(mode).await.unwrap();
        assert_eq!((report.created, report.errors.len()), (2, 1));
        assert_eq!(report.new_groups, ["新的"]);
    }
    assert_eq!(f.store.inventory_version().await.unwrap(), version);
    assert!(f.store.sim_inventory_page(SimId(0), 10).await.unwrap().is_empty());
    assert_eq!(f.store.group_list(None).await.unwrap().len(), 1);
}

async fn a_tenants_file_takes_from_stock(f: Fixture) {
    into_stock(&f, &[of_batch(1, "a")]).await;
    let report = f.import(&[row(1)]).await;
    assert_eq!((report.adopted, report.created), (1, 0));
    assert_eq!(f.sim_with(imsi(1)).await.tenant, Some(f.tenant.id));
    assert_eq!(f.store.stock_summary().await.unwrap().stock, 0);
}

async fn a_batch_goes_to_a_tenant(f: Fixture) {
    into_stock(&f, &[of_batch(1, "a"), of_batch(2, "a"), of_batch(3, "b")]).await;
    let north = f.store.group_create(f.tenant.id, "北區", NOW).await.unwrap();
    let sim = f.sim_with(imsi(1)).await.id;
    let allocation = Allocation::ToTenant { tenant: f.tenant.id, group: Some(north) };
    let allocate =
        async |expected| f.store.stock_allocate(allocation, &batch("a"), |_| false, expected, NOW).await;
    let preview = allocate(None).await.unwrap();
    assert_eq!((preview.moved, preview.staying_total), (2, 0));
    assert_eq!(f.store.stock_summary().await.unwrap().stock, 3);
    assert_eq!(allocate(Some(2)).await.unwrap().moved, 2);
    assert_eq!(f.store.stock_summary().await.unwrap().stock, 1);
    let held = f.sim_with(imsi(1)).await;
    assert_eq!((held.id, held.tenant, held.group), (sim, Some(f.tenant.id), Some(north)));
    assert!(f.store.verify().await.unwrap().is_consistent());
    for chain in [None, Some(f.tenant.id)] {
        let line = f.store.audit_lines(chain, &AuditFilter::default(), 1).await.unwrap().remove(0);
        assert_eq!(line.action, "stock.allocate", "{chain:?}");
    }
    let other = f.store.tenant_create("Other", Tz::UTC, 1, NOW).await.unwrap();
    let wrong = Allocation::ToTenant { tenant: other.id, group: Some(north) };
    let refused = f.store.stock_allocate(wrong, &batch("b"), |_| false, None, NOW).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })), "{refused:?}");
}

async fn a_list_says_what_cant_go(f: Fixture) {
    into_stock(&f, &[of_batch(1, "a"), of_batch(2, "a")]).await;
    f.import(&[row(5)]).await;
    let heard = UnknownSubscriber { imsi: Some(imsi(6)), msisdn: None, first_seen_at: NOW };
    f.store.sim_register_unknown(&[heard]).await.unwrap();
    let iccid = row(1).iccid.unwrap().to_string();
    let number = row(2).msisdn.unwrap().national();
    let list = lines(&[
        iccid.clone(),
        number,
        row(1).imsi.unwrap().to_string(),
        row(5).iccid.unwrap().to_string(),
        imsi(6).to_string(),
        "0400019999999".into(),
        "nonsense'--".into(),
    ]);
    let report = f.store.stock_allocate(to(&f), &list, |_| false, None, NOW).await.unwrap();
    assert_eq!((report.moved, report.staying_total), (2, 5));
    let why: Vec<_> = report.staying.iter().map(|stayer| (stayer.why, stayer.tenant.as_deref())).collect();
    use Staying::{Elsewhere, Missing, NotInventoried, Repeated};
    assert_eq!(
        why,
        [
            (Repeated, None),
            (Elsewhere, Some("台灣水務")),
            (NotInventoried, None),
            (Missing, None),
            (Missing, None)
        ]
    );
    assert_eq!(f.store.stock_allocate(to(&f), &list, |_| false, Some(2), NOW).await.unwrap().moved, 2);
}

async fn what_was_confirmed_is_what_happens(f: Fixture) {
    into_stock(&f, &[of_batch(1, "a")]).await;
    let refused = f.store.stock_allocate(to(&f), &batch("a"), |_| false, Some(2), NOW).await;
    assert!(matches!(refused, Err(StoreError::Invalid { field: "stock_moved", .. })), "{refused:?}");
    assert_eq!(f.store.stock_summary().await.unwrap().stock, 1);
    let many = lines(&vec!["1".to_owned(); StockFilter::MOST_LINES + 1]);
    let refused = f.store.stock_allocate(to(&f), &many, |_| false, None, NOW).await;
    assert!(matches!(refused, Err(StoreError::Invalid { field: "stock_list", .. })), "{refused:?}");
}

async fn unused_cards_come_back_as_they_were(f: Fixture) {
    let tagged = SimImport { name: Some("ours".into()), tags: Some(vec!["ours".into()]), ..of_batch(1, "a") };
    f.import(&[
        tagged,
        of_batch(2, "a"),
        SimImport { service_state: Some(ServiceState::Terminated), ..of_batch(3, "a") },
    ])
    .await;
    let sim = f.sim_with(imsi(1)).await;
    let back = Allocation::ToStock { tenant: f.tenant.id };
    let connected = f.sim_with(imsi(2)).await.id;
    let report = f.store.stock_allocate(back, &batch("a"), |id| id == connected, Some(1), NOW).await.unwrap();
    assert_eq!((report.moved, report.renewed, report.staying_total), (1, 0, 1));
    assert_eq!(report.staying[0].why, Staying::Connected);
    let held = f.store.sim_get(sim.id).await.unwrap().unwrap();
    assert_eq!((held.tenant, held.group, held.name, held.tags.len()), (None, None, None, 0));
    assert_eq!((held.iccid, held.msisdn), (sim.iccid, sim.msisdn));
    assert_eq!(f.store.stock_summary().await.unwrap().stock, 1);
    let other = f.store.tenant_create("Other", Tz::UTC, 1, NOW).await.unwrap();
    let foreign = Allocation::ToStock { tenant: other.id };
    let list = lines(&[imsi(2).to_string()]);
    let report = f.store.stock_allocate(foreign, &list, |_| false, None, NOW).await.unwrap();
    assert_eq!((report.moved, report.staying[0].why), (0, Staying::Elsewhere));
}

async fn used_cards_come_back_without_their_history(f: Fixture) {
    let sim = f.sims(1).await.remove(0);
    let mut flush = f.batch(1).await;
    book(&mut flush, sim.id, sim.group, 10, 10);
    let mut ended = session(1, sim.id);
    ended.ended_at = Some(NOW);
    flush.sessions = vec![ended];
    flush.sims = states([live(sim.id, 10)]);
    keep_open(&mut flush);
    f.store.flush(&flush).await.unwrap();
    let back = Allocation::ToStock { tenant: f.tenant.id };
    let list = lines(&[sim.iccid.unwrap().to_string()]);
    let report = f.store.stock_allocate(back, &list, |_| false, Some(1), NOW).await.unwrap();
    assert_eq!((report.moved, report.renewed), (1, 1));
    let old = f.store.sim_get(sim.id).await.unwrap().unwrap();
    assert_eq!((old.tenant, old.service_state), (Some(f.tenant.id), ServiceState::Terminated));
    assert_eq!((old.iccid, old.imsi, old.msisdn), (None, None, sim.msisdn));
    let new = f.sim_with(imsi(0)).await;
    assert_ne!(new.id, sim.id);
    assert_eq!((new.tenant, new.iccid, new.msisdn), (None, sim.iccid, sim.msisdn));
    let usage = f.store.usage_by_day(&UsageSubject::Tenant(f.tenant.id), DAY, DAY.next()).await.unwrap();
    assert_eq!(usage[0].usage, up_down(10, 10), "what it used stays with who used it");
    // Another tenant gets a card that knows nothing, also of what the old device did after it came back.
    let mut flush = f.batch(2).await;
    book(&mut flush, new.id, None, 7, 7);
    flush.sims = states([live(new.id, 7)]);
    f.store.flush(&flush).await.unwrap();
    let other = f.store.tenant_create("Other", Tz::UTC, 1, NOW).await.unwrap();
    let row = SimImport { line: 2, iccid: sim.iccid, ..SimImport::default() };
    let report = f.store.sim_import(other.id, &[row], ImportMode::KeepGood, NOW).await.unwrap();
    assert_eq!(report.errors[0].field, ImportField::Iccid, "a file doesn't bring it either");
    let connected = new.id;
    let on = Allocation::ToTenant { tenant: other.id, group: None };
    let report = f.store.stock_allocate(on, &list, |id| id == connected, None, NOW).await.unwrap();
    assert_eq!((report.moved, report.staying[0].why), (0, Staying::Connected));
    f.store.stock_allocate(on, &list, |_| false, Some(1), NOW).await.unwrap();
    assert!(f.store.usage_by_day(&UsageSubject::Tenant(other.id), DAY, DAY.next()).await.unwrap().is_empty());
    let theirs = f.sim_with(imsi(0)).await;
    assert_eq!((theirs.tenant, theirs.msisdn), (Some(other.id), sim.msisdn));
    assert!(![sim.id, new.id].contains(&theirs.id));
    assert!(f.store.events_by_sim(theirs.id, &TimelineFilter::default(), None, 10).await.unwrap().is_empty());
    assert_eq!(
        (f.store.unknown_sim_count().await.unwrap(), f.store.stock_summary().await.unwrap().stock),
        (0, 0)
    );
    assert!(f.store.verify().await.unwrap().is_consistent());
}
