//! A group's sums are those of the SIMs that are in it now, whatever was imported, moved and flushed in which order.

use crate::fixture::{CLASS, DAY, Fixture, HOUR, NOW, imsi, row};
use opencmp_domain::{
    Day, GroupId, Hour, SimId, UsageClassId,
    sim::SimImport,
    stored::{
        DayIncrement, FlushBatch, GroupDayIncrement, GroupHourIncrement, HourIncrement, UnknownSubscriber,
    },
};
use opencmp_store::{ImportMode, Retention, StoreError, UsageSubject, Within};
use opencmp_testkit::Backend;
use proptest::prelude::*;
use std::collections::BTreeMap;

const SIMS: u64 = 6;

#[derive(Clone, Debug)]
enum Step {
    /// SIMs (by number) into a group (by number); makes them, adopts them or moves them.
    Import(Vec<(u64, u8)>),
    /// SIMs (by number) into a group (by number) by hand, those that are there.
    Move(Vec<u64>, u8),
    /// A group (by number) is removed, if it is there.
    Remove(u8),
    /// Usage of SIMs: number, day and hour back, class, octets.
    Flush(Vec<(u64, i32, i32, i64, u32)>),
    /// Hours older than this are gone.
    Retention(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let usage = (0..SIMS, 0..3, 0..60, 1..3i64, 0..1_000_000u32);
    prop_oneof![
        3 => prop::collection::vec((0..SIMS, 0..3u8), 1..4).prop_map(Step::Import),
        5 => prop::collection::vec(usage, 1..8).prop_map(Step::Flush),
        3 => (prop::collection::vec(0..SIMS, 1..4), 0..3u8).prop_map(|(sims, group)| Step::Move(sims, group)),
        1 => (0..3u8).prop_map(Step::Remove),
        1 => (0..3u32).prop_map(Step::Retention),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn group_sums_are_the_sums_of_their_sims_on_sqlite(steps in prop::collection::vec(step(), 1..25)) {
        run(Backend::Sqlite, &steps);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn group_sums_are_the_sums_of_their_sims_on_postgres(steps in prop::collection::vec(step(), 1..25)) {
        run(Backend::Postgres, &steps);
    }
}

fn run(backend: Backend, steps: &[Step]) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let f = Fixture::new(backend).await;
        // Registered as unknown by their first usage, unless imported before.
        let mut booked = 0u64;
        for (position, step) in steps.iter().enumerate() {
            match step {
                Step::Import(moves) => {
                    let moves: BTreeMap<_, _> = moves.iter().copied().collect();
                    let file: Vec<_> = moves
                        .into_iter()
                        .map(|(sim, group)| SimImport { group: Some(format!("G{group}")), ..row(sim) })
                        .collect();
                    let mode = ImportMode::AllOrNothing;
                    let report = f.store.sim_import(f.tenant.id, &file, mode, NOW).await.unwrap();
                    assert_eq!(report.errors, []);
                }
                Step::Move(sims, group) => {
                    let to = f.store.group_ensure(f.tenant.id, &format!("G{group}"), NOW).await.unwrap();
                    let held = f.store.sim_inventory_page(SimId(0), 100).await.unwrap();
                    let named = |sim: &u64| {
                        held.iter().find(|held| held.imsi == Some(imsi(*sim))).map(|held| held.id)
                    };
                    let within = Within { tenant: f.tenant.id, groups: None };
                    match f
                        .store
                        .sims_move(within, &[(to, sims.iter().filter_map(named).collect())], NOW)
                        .await
                    {
                        Ok(_) | Err(StoreError::NotFound { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
                Step::Remove(group) => {
                    let groups = f.store.groups_of(f.tenant.id).await.unwrap();
                    if let Some(held) = groups.iter().find(|held| held.name == format!("G{group}")) {
                        let to = f.tenant.default_group;
                        f.store.group_remove(f.tenant.id, held.id, to, NOW).await.unwrap();
                    }
                }
                Step::Flush(usage) => booked += flush(&f, position as u64 + 1, usage).await,
                Step::Retention(days) => {
                    let retention = Retention { hours_days: *days, ..Retention::default() };
                    f.store.retention_apply(NOW, &retention).await.unwrap();
                }
            }
            let report = f.store.verify().await.unwrap();
            assert!(report.is_consistent(), "after {step:?}: {report:?}");
        }
        let mut total = 0;
        for sim in f.store.sim_inventory_page(SimId(0), 100).await.unwrap() {
            let days = f.store.usage_by_day(&UsageSubject::Sim(sim.id), Day(0), DAY.next()).await.unwrap();
            total += days.iter().map(|day| day.usage.total().octets()).sum::<u64>();
        }
        assert_eq!(total, booked, "no octet is lost or counted twice");
        f.store.close().await;
    });
}

/// As the applier does it: registers who is unknown, sums by the groups of the inventory that it knows.
async fn flush(f: &Fixture, position: u64, usage: &[(u64, i32, i32, i64, u32)]) -> u64 {
    let mut batch = f.batch(position).await;
    batch.classes.clear();
    let heard = |sim: u64| UnknownSubscriber { imsi: Some(imsi(sim)), msisdn: None, first_seen_at: NOW };
    let mut days: BTreeMap<(Day, SimId, UsageClassId), u64> = BTreeMap::new();
    let mut hours: BTreeMap<(Hour, SimId, UsageClassId), u64> = BTreeMap::new();
    let mut group_days: BTreeMap<(Day, GroupId, UsageClassId), u64> = BTreeMap::new();
    let mut group_hours: BTreeMap<(Hour, GroupId, UsageClassId), u64> = BTreeMap::new();
    let kept = f.store.usage_hours_kept_since().await.unwrap().unwrap_or(Hour(0));
    let mut booked = 0;
    for (sim, days_back, hours_back, class, octets) in usage {
        let id = f.store.sim_register_unknown(&[heard(*sim)]).await.unwrap()[0];
        let group = f.store.sim_get(id).await.unwrap().unwrap().group;
        let (day, class) = (Day(DAY.0 - days_back), UsageClassId(CLASS.0 + class));
        // Late records go into hours that are still kept.
        let hour = Hour((HOUR.0 - hours_back).max(kept.0));
        let octets = u64::from(*octets);
        booked += octets * 2;
        *days.entry((day, id, class)).or_default() += octets;
        *hours.entry((hour, id, class)).or_default() += octets;
        if let Some(group) = group {
            *group_days.entry((day, group, class)).or_default() += octets;
            *group_hours.entry((hour, group, class)).or_default() += octets;
        }
    }
    let halves = |octets: u64| (octets, octets);
    for ((day, sim, class), (uplink, downlink)) in days.into_iter().map(|(key, octets)| (key, halves(octets)))
    {
        batch.days.push(DayIncrement { day, sim, class, uplink, downlink });
    }
    for ((hour, sim, class), (uplink, downlink)) in
        hours.into_iter().map(|(key, octets)| (key, halves(octets)))
    {
        batch.hours.push(HourIncrement { hour, sim, class, uplink, downlink });
    }
    for ((day, group, class), octets) in group_days {
        batch.group_days.push(GroupDayIncrement { day, group, class, uplink: octets, downlink: octets });
    }
    for ((hour, group, class), octets) in group_hours {
        batch.group_hours.push(GroupHourIncrement { hour, group, class, uplink: octets, downlink: octets });
    }
    let batch: FlushBatch = batch;
    f.store.flush(&batch).await.unwrap();
    booked
}
