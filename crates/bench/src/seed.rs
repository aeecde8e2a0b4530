//! History for a large fleet, flushed into the embedded database before its server starts.

use crate::ours::Ours;
use anyhow::Result;
use opencmp_domain::{
    Day, GroupId, SimId, UsageClassId,
    stored::{DayIncrement, FlushBatch, GroupDayIncrement, UsageClass},
    time::DEFAULT_ZONE,
};
use opencmp_netsim::wire::living::wall_clock;
use opencmp_store::{Store, StoreOptions};
use std::collections::BTreeMap;

/// The class that history is booked under: what the load generator's first SIM uses.
const CLASS: UsageClassId = UsageClassId(1);
const PAGE: u32 = 100_000;

/// `days` days of usage of every SIM, up to yesterday, and the groups' sums of them.
pub fn days_of_usage(ours: &Ours, days: u32) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let options = StoreOptions { migrate: false, ..StoreOptions::default() };
        let store = Store::open(&ours.url(), options).await?;
        let groups = groups(&store).await?;
        let today = Day::of(wall_clock(), DEFAULT_ZONE).0;
        for day in today - days as i32..today {
            let batch = a_day(Day(day), &groups, store.inventory_version().await?);
            store.flush(&batch).await?;
            store.flush_checkpoint();
        }
        store.close().await;
        Ok(())
    })
}

async fn groups(store: &Store) -> Result<Vec<(SimId, Option<GroupId>)>> {
    let mut groups = Vec::new();
    while let page = store.sim_inventory_page(groups.last().map_or(SimId(0), |(id, _)| *id), PAGE).await?
        && !page.is_empty()
    {
        groups.extend(page.iter().map(|sim| (sim.id, sim.group)));
    }
    Ok(groups)
}

/// Nothing of the journal is in it: its position stays at the beginning.
fn a_day(day: Day, sims: &[(SimId, Option<GroupId>)], inventory_version: i64) -> FlushBatch {
    let class = CLASS;
    let mut batch = FlushBatch { inventory_version, applied_at: wall_clock(), ..FlushBatch::default() };
    batch.classes.push(UsageClass {
        id: class,
        apn: "internet.iot".parse().ok(),
        rat: Some(opencmp_domain::RatType(6)),
        plmn: "00101".parse().ok(),
    });
    let mut sums: BTreeMap<GroupId, (u64, u64)> = BTreeMap::new();
    for &(sim, group) in sims {
        // Uneven figures that need no random numbers.
        let (id, at) = (sim.0.unsigned_abs(), day.0.unsigned_abs());
        let uplink = 1000 + id * 7919 % 400_000;
        let downlink = 5000 + (id + u64::from(at)) * 104_729 % 9_000_000;
        batch.days.push(DayIncrement { day, sim, class, uplink, downlink });
        if let Some(group) = group {
            let sum = sums.entry(group).or_default();
            *sum = (sum.0 + uplink, sum.1 + downlink);
        }
    }
    let of_group = |(group, (uplink, downlink))| GroupDayIncrement { day, group, class, uplink, downlink };
    batch.group_days = sums.into_iter().map(of_group).collect();
    batch
}
