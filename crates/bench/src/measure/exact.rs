//! Nothing lost, nothing counted twice: under duplicates and redeliveries every SIM's total in the database is what the
//! load generator knows it to be.

use super::{Effort, rows_or_why};
use crate::{
    fleets::Fleets,
    load::{Bound, Part},
    ours::Ours,
    table::{Row, Unit},
};
use anyhow::{Context, Result};
use opencmp_domain::SimId;
use opencmp_store::{Store, StoreOptions};
use std::{collections::HashMap, time::Duration};

const SIMS: u32 = 20_000;
/// Of datagrams, and as much again of acknowledged records under a new Identifier.
const REPEATED_PERCENT: f64 = 10.0;
const PAGE: u32 = 10_000;

pub fn run(fleets: &mut Fleets<'_>, effort: Effort) -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, postgres) in [("SQLite", false), ("PostgreSQL", true)] {
        let measure = format!("wrong rows with 10 % duplicates and 10 % redeliveries, {name}");
        let row = Row::at_most(measure, Unit::Rows, 0.0, None);
        rows.extend(rows_or_why(vec![row], |rows| {
            let mut ours =
                Ours::prepare(fleets.workspace(), &format!("exact-{name}"), SIMS / effort.scale, postgres)?;
            ours.serve()?;
            let (wrong, detail) = wrong_rows(&mut ours, effort)?;
            Ok(rows.into_iter().map(|row| row.found(wrong as f64, detail.clone())).collect())
        }));
    }
    rows
}

fn wrong_rows(ours: &mut Ours, effort: Effort) -> Result<(u64, String)> {
    let records = if effort.quick { 200_000 } else { 600_000 } / u64::from(effort.scale);
    let part = Part {
        bound: Bound::Records(records),
        repeat_percent: REPEATED_PERCENT,
        ..Part::closed(256, Duration::ZERO)
    };
    let report = ours.loader.run(part)?;
    ours.settle()?;
    let totals = ours.loader.totals().context("the load generator lost count")?.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (stored, mismatches, rows) = runtime.block_on(stored(&ours.url()))?;
    let mut wrong = mismatches;
    for sim in totals.iter() {
        let (live, booked) = stored.get(&sim.imsi).copied().unwrap_or_default();
        // The live row's total and what was booked by day: both must be right.
        wrong += [live, booked].iter().filter(|(up, down)| !sim.allows(*up, *down)).count() as u64;
    }
    let detail = format!(
        "{} records, {} duplicates, {} redeliveries; {rows} rows added up",
        report.acknowledged, report.duplicates, report.redeliveries
    );
    Ok((wrong, detail))
}

type Octets = (u64, u64);

/// By IMSI the live total and the sum of the booked days; sums that disagree among themselves; rows looked at.
async fn stored(url: &str) -> Result<(HashMap<String, (Octets, Octets)>, u64, u64)> {
    let store = Store::open(url, StoreOptions { migrate: false, ..StoreOptions::default() }).await?;
    let mut imsis = HashMap::new();
    let mut after = SimId(0);
    loop {
        let page = store.sim_inventory_page(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        imsis.extend(page.iter().filter_map(|sim| Some((sim.id, sim.imsi?.to_string()))));
    }
    let mut totals: HashMap<String, (Octets, Octets)> = HashMap::new();
    let mut after = SimId(0);
    loop {
        let page = store.sim_live_page(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.live.sim;
        for live in page.iter().map(|state| &state.live) {
            if let Some(imsi) = imsis.get(&live.sim) {
                totals.entry(imsi.clone()).or_default().0 =
                    (live.total.uplink.octets(), live.total.downlink.octets());
            }
        }
    }
    let subject = opencmp_store::UsageSubject::All;
    let (from, until) = (opencmp_domain::Day(0), opencmp_domain::Day(100_000));
    for (sim, usage) in store.usage_top(&subject, from, until, u32::from(u16::MAX)).await? {
        if let Some(imsi) = imsis.get(&sim) {
            totals.entry(imsi.clone()).or_default().1 = (usage.uplink.octets(), usage.downlink.octets());
        }
    }
    let verified = store.verify().await?;
    for mismatch in verified.mismatches.iter().take(5) {
        eprintln!("    {mismatch:?}");
    }
    store.close().await;
    Ok((totals, verified.mismatches_total, verified.rows))
}
