use crate::fixture::{CLASS, DAY, Fixture, day, live, states};
use opencmp_domain::{SimId, stored::JournalPosition};
use opencmp_store::{Store, StoreError, StoreOptions, UsageSubject};
use opencmp_testkit::Backend;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_opens_and_is_of_one_instant() {
    let f = Fixture::new(Backend::Sqlite).await;
    let batch_of = async |position: u64| {
        let mut batch = f.batch(position).await;
        batch.sims = states((1..=20_000).map(|n| live(SimId(n), position)));
        for n in 1..=20_000 {
            batch.days.push(day(DAY, SimId(n), CLASS, 1, 1));
        }
        batch
    };
    f.store.flush(&batch_of(1).await).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    // Flushes go on meanwhile.
    let (writer, path) = (f.store.clone(), copy.clone());
    let backup = tokio::spawn(async move { writer.backup(&path).await });
    let mut position = 1;
    while !backup.is_finished() {
        position += 1;
        f.store.flush(&batch_of(position).await).await.unwrap();
    }
    let report = backup.await.unwrap().unwrap();
    assert!(report.size.octets() > 1_000_000 && report.position.0 <= position);

    let restored =
        Store::open(&format!("sqlite://{}", copy.display()), StoreOptions::default()).await.unwrap();
    assert_eq!(restored.journal_position(0).await.unwrap(), report.position);
    assert_eq!(restored.installation().await.unwrap(), f.store.installation().await.unwrap());
    let sims = restored.sim_live_page(SimId(0), u32::MAX).await.unwrap();
    assert_eq!(sims.len(), 20_000);
    assert!(sims.iter().all(|sim| sim.live.today_octets == report.position.0), "one flush, whole");
    let usage = restored.usage_by_day(&UsageSubject::Sim(SimId(7)), DAY, DAY.next()).await.unwrap();
    assert_eq!(usage[0].usage.uplink.0, report.position.0);

    let again = f.store.backup(&copy).await;
    assert!(matches!(again, Err(StoreError::Invalid { field: "file", .. })), "{again:?}");
    let nowhere = f.store.backup(&folder.path().join("no/such/folder/copy.db")).await;
    assert!(matches!(nowhere, Err(StoreError::Unavailable(_))), "{nowhere:?}");
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".part")), "{left:?}");
    assert_eq!(f.store.journal_position(0).await.unwrap(), JournalPosition(position));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_names_its_own_tool() {
    let f = Fixture::new(Backend::Postgres).await;
    let refused = f.store.backup(std::path::Path::new("/nowhere/copy.db")).await.unwrap_err();
    assert!(refused.to_string().contains("pg_dump"), "{refused}");
}
