//! What rules cost the ingest, how soon somebody is told, and what a gateway's restart makes of them.

use super::{Effort, rows_or_why};
use crate::{
    contest::{median, sample},
    fleets::{Fleets, Who, grouped},
    hooks::Hooks,
    load::{Bound, Part},
    ours::Ours,
    probe::{self, Probes},
    readers,
    rules::{self, Rules},
    sse,
    table::{Row, Unit},
    workspace::Workspace,
};
use anyhow::{Context, Result, bail, ensure};
use std::time::{Duration, Instant};

const RULES: usize = 100;
const PROBE_EVERY: Duration = Duration::from_millis(50);
/// Until SIMs that a restart left offline are late.
const LATE: Duration = Duration::from_secs(60);

pub fn run(fleets: &mut Fleets<'_>, effort: Effort) -> Vec<Row> {
    let sims = grouped(fleets.sizes.middle);
    let rows = vec![
        Row::at_least(
            format!("acknowledgements/s with {RULES} rules against none, {sims} SIMs"),
            Unit::Times,
            0.9,
            None,
        ),
        Row::at_most(
            "packet sent → webhook received, ingest at half its most, p99",
            Unit::Seconds,
            1.0,
            None,
        ),
        Row::at_most(format!("a restart that drops {sims} SIMs: incidents"), Unit::Rows, 1.0, None),
        Row::at_most("the same: messages", Unit::Rows, 1.0, None),
        Row::at_most("the same: longest time without an acknowledgement", Unit::Seconds, 1.0, None),
    ];
    let mut found = rows_or_why(rows, |rows| {
        let hooks = Hooks::start()?;
        let mut ours = filled(fleets.workspace(), fleets.sizes.middle, &hooks)?;
        under_rules(&mut ours, &hooks, rows, effort)
    });
    let timers = grouped(fleets.sizes.large);
    let rows = vec![
        Row::at_most(format!("{timers} armed offline timers: memory"), Unit::Megabytes, 200.0, None),
        Row::at_most("the same: CPU", Unit::Cores, 0.05, None),
    ];
    found.extend(rows_or_why(rows, |rows| {
        let (memory, cpu) = armed(fleets.ours(Who::OursLarge)?)?;
        let [first, second] = <[Row; 2]>::try_from(rows).ok().context("two rows")?;
        Ok(vec![
            first.found(memory, "resident, more than before the rule"),
            second.found(cpu, "while nothing else happens"),
        ])
    }));
    found
}

/// A server of its own, every SIM connected: rules stay where they are.
fn filled(workspace: &Workspace, sims: u32, hooks: &Hooks) -> Result<Ours> {
    let mut ours = Ours::prepare(workspace, "alerts", sims, false)?;
    let port = hooks.address.port();
    ours.configure(&format!(
        "[notify.webhooks]\nnetworks = [\"127.0.0.0/8\"]\nports = [{port}]\nplain_http = true\n"
    ))?;
    ours.serve()?;
    ours.prefill()?;
    Ok(ours)
}

fn under_rules(ours: &mut Ours, hooks: &Hooks, rows: Vec<Row>, effort: Effort) -> Result<Vec<Row>> {
    let [loss, told, incidents, messages, pause] = <[Row; 5]>::try_from(rows).ok().context("five rows")?;
    let rules = Rules::of(ours)?;
    let channel = rules.channel(hooks.address)?;
    let quiet = rules.add(rules::quiet(RULES - 1), &[channel])?;
    let device = rules.add(vec![rules::other_device()], &[channel])?;
    let all: Vec<_> = quiet.iter().chain(&device).copied().collect();

    let part = Part::closed(1024, effort.secs(6.0, 3.0));
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..effort.rounds.max(2) {
        rules.enable(&all, true)?;
        with.push(sample(ours, part)?);
        rules.enable(&all, false)?;
        without.push(sample(ours, part)?);
    }
    let rate = |of: &[crate::contest::Sample]| median(of.iter().map(|sample| sample.rate));
    let cpu = |of: &[crate::contest::Sample]| median(of.iter().map(|sample| sample.cpu));
    let ratio = median(with.iter().zip(&without).map(|(with, without)| with.rate / without.rate));
    let detail = format!(
        "{:.0}/s to {:.0}/s; {:.2} µs CPU to {:.2} µs",
        rate(&with),
        rate(&without),
        cpu(&with),
        cpu(&without)
    );
    let loss = loss.found(ratio, detail);

    rules.enable(&all, true)?;
    let half = rate(&with) / 2.0;
    let times = until_told(ours, hooks, half, effort.secs(12.0, 8.0))?;
    let count = times.len();
    let (p50, p99) = probe::quantiles(times)?;
    let told = told.found(p99, format!("p50 {p50:.3} s, p99 {p99:.3} s of {count}, {half:.0} records/s"));

    rules.enable(&all, false)?;
    rules.add(vec![rules::offline(1)], &[channel])?;
    let restart = restart(ours, hooks)?;
    let detail = format!("{} alerts are parts of it", restart.parts);
    Ok(vec![
        loss,
        told,
        incidents.found(restart.incidents as f64, detail),
        messages.found(
            restart.messages as f64,
            format!("{:.1} s after the restart", restart.told_after.as_secs_f64()),
        ),
        pause.found(restart.longest.as_secs_f64(), format!("of {} records, one at a time", restart.asked)),
    ])
}

/// Seconds from a record of another device to the webhook that tells of it, under this load.
fn until_told(ours: &mut Ours, hooks: &Hooks, rate: f64, time: Duration) -> Result<Vec<f64>> {
    let mut probes = Probes::start(ours)?;
    probes.change_devices();
    ours.settle()?;
    let running = ours.loader.begin(Part::steady(rate, time + Duration::from_secs(4)))?;
    std::thread::sleep(Duration::from_secs(1));
    hooks.take();
    probes.forget();
    let begun = Instant::now();
    let (mut next, mut times) = (begun, Vec::new());
    while begun.elapsed() < time + Duration::from_secs(2) {
        if Instant::now() >= next && begun.elapsed() < time {
            probes.send()?;
            next += PROBE_EVERY;
        }
        std::thread::sleep(Duration::from_millis(1));
        for hook in hooks.take() {
            let took = hook.sim.and_then(|sim| probes.seen_at(sim, hook.at));
            times.extend(took.map(|took| took.as_secs_f64()));
        }
    }
    ours.loader.end(running)?;
    times.extend(probes.unseen().map(|age| age.as_secs_f64()));
    Ok(times)
}

/// The load goes on until none of its SIMs is between two sessions: one that is offends the rule by itself.
fn connect_all(ours: &mut Ours) -> Result<()> {
    let sims = u64::from(ours.loader.sims());
    for _ in 0..60 {
        let counts = sse::first(ours.http, "/live?counts=1", readers::OWNER)?.counts;
        if counts.is_some_and(|counts| counts.connected >= sims) {
            return Ok(());
        }
        ours.loader.run(Part { bound: Bound::Records(sims / 2), ..Part::closed(1024, Duration::ZERO) })?;
        ours.settle()?;
    }
    bail!("the load never had all of its SIMs connected")
}

struct Restart {
    incidents: i64,
    parts: i64,
    messages: usize,
    told_after: Duration,
    /// Without an answer, and of how many records.
    longest: Duration,
    asked: usize,
}

/// The load's gateway restarts, and none of its SIMs comes back; others go on.
fn restart(ours: &mut Ours, hooks: &Hooks) -> Result<Restart> {
    let mut others = Probes::start_at(ours, "other-pgw-01")?;
    connect_all(ours)?;
    let mut gateway = Probes::silent_at(ours, "load-pgw-01")?;
    ours.settle()?;
    hooks.take();
    let database = ours.open_sqlite()?;
    let count = |parts: &str| -> Result<i64> {
        let sql =
            format!("SELECT COUNT(*) FROM alert WHERE kind IN (3, 15, 17, 18, 19) AND parent_id IS {parts}");
        Ok(database.query_row(&sql, [], |row| row.get(0))?)
    };
    let before = (count("NULL")?, count("NOT NULL")?);
    let begun = Instant::now();
    gateway.restart_gateway()?;
    let (mut longest, mut asked, mut messages, mut told_after) = (Duration::ZERO, 0, 0, None);
    while begun.elapsed() < LATE + Duration::from_secs(15) {
        longest = longest.max(others.ask()?);
        asked += 1;
        let came =
            hooks.take().into_iter().filter(|hook| hook.event != "alert.other_device").collect::<Vec<_>>();
        if let Some(first) = came.first() {
            told_after.get_or_insert(first.at.saturating_duration_since(begun));
        }
        messages += came.len();
        std::thread::sleep(Duration::from_millis(5));
    }
    let told_after = told_after.context("nobody was told of the restart")?;
    ours.settle()?;
    let (incidents, parts) = (count("NULL")? - before.0, count("NOT NULL")? - before.1);
    ensure!(parts > 0, "the restart left nobody offline");
    Ok(Restart { incidents, parts, messages, told_after, longest, asked })
}

/// Megabytes and cores for waiting for a whole fleet that is offline.
fn armed(ours: &mut Ours) -> Result<(f64, f64)> {
    Probes::silent_at(ours, "load-pgw-01")?.restart_gateway()?;
    ours.settle()?;
    let rules = Rules::of(ours)?;
    let before = ours.resident();
    // A day on: all of them wait, and none is late meanwhile.
    rules.add(vec![rules::offline(1440)], &[])?;
    ours.settle()?;
    let more = ours.resident().saturating_sub(before);
    let (time, cpu) = (Duration::from_secs(10), ours.cpu());
    std::thread::sleep(time);
    let cores = (ours.cpu() - cpu).as_secs_f64() / time.as_secs_f64();
    Ok((more as f64 / 1e6, cores))
}
