//! Rates, latencies and CPU per record: everybody in turn, round after round, so that what else the machine does meets all
//! of them. A ratio is the median of the rounds' ratios.

use super::Effort;
use crate::{
    contest::{Sample, median},
    fleets::{Fleets, Sizes, Who, grouped},
    load::Part,
    table::{Row, Unit},
};
use std::collections::BTreeMap;

/// Who is measured with how many requests outstanding.
const CONTEST: [(Who, &[u32]); 7] = [
    (Who::Floor, &[1, 64, 1024]),
    (Who::OursSqlite, &[1, 64, 1024]),
    (Who::OursPostgres, &[1, 64, 1024]),
    (Who::PeerPostgres, &[1, 64, 1024]),
    (Who::PeerSqlite, &[64]),
    (Who::OursSmall, &[1024]),
    (Who::OursLarge, &[1024]),
];

/// One of a sample's figures.
type Figure = fn(&Sample) -> f64;

#[derive(Default)]
struct Results {
    /// A sample per round; `None` where it failed.
    of: BTreeMap<(usize, u32), Vec<Option<Sample>>>,
    /// Why there is nothing of one.
    why: BTreeMap<usize, String>,
}

pub fn run(fleets: &mut Fleets<'_>, effort: Effort) -> Vec<Row> {
    let mut results = Results::default();
    for round in 1..=effort.rounds {
        eprintln!("  round {round} of {}", effort.rounds);
        for (index, (who, windows)) in CONTEST.iter().enumerate() {
            for &outstanding in *windows {
                let sample = match fleets.sample(*who, part(*who, outstanding, effort)) {
                    Ok(sample) => Some(sample),
                    Err(error) => {
                        results.why.entry(index).or_insert_with(|| format!("{error:#}"));
                        None
                    }
                };
                if let Some(found) = &sample {
                    let label = who.label(&fleets.sizes);
                    eprintln!("    {label}, W={outstanding}: {:.0}/s, {:.2} µs CPU", found.rate, found.cpu);
                }
                results.of.entry((index, outstanding)).or_default().push(sample);
            }
        }
    }
    for who in [Who::PeerPostgres, Who::PeerSqlite] {
        verify_peer(fleets, who);
    }
    results.print(&fleets.sizes);
    results.rows(&fleets.sizes)
}

fn part(who: Who, outstanding: u32, effort: Effort) -> Part {
    let slow = matches!(who, Who::PeerPostgres | Who::PeerSqlite);
    let seconds = match outstanding {
        1 => effort.secs(2.0, 1.5),
        1024 if !slow => effort.secs(6.0, 3.0),
        _ => effort.secs(4.0, 2.5),
    };
    Part::closed(outstanding, seconds)
}

/// Whether the peer stored what it answered.
fn verify_peer(fleets: &mut Fleets<'_>, who: Who) {
    if !fleets.is_running(who) {
        return;
    }
    let label = who.label(&fleets.sizes);
    let Ok(peer) = fleets.peer(who) else { return };
    let Some(((acked, _), (sent, _))) = peer.loader.totals().map(|totals| totals.sums()) else { return };
    match peer.stored() {
        Ok((rows, up, _)) => {
            let right = if (acked..=sent).contains(&up) { "as acknowledged" } else { "NOT as acknowledged" };
            eprintln!("  {label}: radacct has {rows} sessions, {up} octets up: {right} ({acked} to {sent})");
        }
        Err(error) => eprintln!("  {label}: {error:#}"),
    }
}

impl Results {
    fn samples(&self, who: Who, outstanding: u32) -> &[Option<Sample>] {
        let index = CONTEST.iter().position(|(held, _)| *held == who).unwrap_or(usize::MAX);
        self.of.get(&(index, outstanding)).map_or(&[], Vec::as_slice)
    }

    fn median(&self, who: Who, outstanding: u32, what: Figure) -> f64 {
        median(self.samples(who, outstanding).iter().flatten().map(what))
    }

    /// Median of the rounds' ratios.
    fn ratio(&self, of: (Who, u32), to: (Who, u32), what: Figure) -> f64 {
        let pairs = self.samples(of.0, of.1).iter().zip(self.samples(to.0, to.1));
        median(pairs.filter_map(|(of, to)| Some(what(of.as_ref()?) / what(to.as_ref()?))))
    }

    fn print(&self, sizes: &Sizes) {
        println!(
            "\n{:<36} {:>5} {:>10} {:>9} {:>9} {:>9} {:>9}",
            "medians", "W", "acks/s", "CPU µs", "p50 µs", "p99 µs", "gap ms"
        );
        for (who, windows) in CONTEST {
            for &outstanding in windows {
                let value = |what| self.median(who, outstanding, what);
                println!(
                    "{:<36} {outstanding:>5} {:>10.0} {:>9.2} {:>9.0} {:>9.0} {:>9.1}",
                    who.label(sizes),
                    value(|s| s.rate),
                    value(|s| s.cpu),
                    value(|s| s.p50),
                    value(|s| s.p99),
                    value(|s| s.gap),
                );
            }
        }
        println!();
    }

    fn row(&self, row: Row, of: (Who, u32), to: (Who, u32), what: Figure, unit: &str) -> Row {
        let value = self.ratio(of, to, what);
        let why = [of.0, to.0].iter().find_map(|who| {
            let index = CONTEST.iter().position(|(held, _)| held == who)?;
            self.why.get(&index)
        });
        match why {
            Some(why) if !value.is_finite() => row.missing(why.lines().next().unwrap_or_default()),
            _ => {
                let (ours, theirs) = (self.median(of.0, of.1, what), self.median(to.0, to.1, what));
                let show =
                    |value: f64| if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") };
                row.found(value, format!("{} {unit} to {} {unit}", show(ours), show(theirs)))
            }
        }
    }

    fn rows(&self, sizes: &Sizes) -> Vec<Row> {
        use Who::{Floor, OursLarge, OursPostgres, OursSmall, OursSqlite, PeerPostgres, PeerSqlite};
        let times = Unit::Times;
        let (rate, cpu): (Figure, Figure) = (|s| s.rate, |s| s.cpu);
        let faster = |name: &str, must, aim| Row::at_least(name, times, must, Some(aim));
        let cost = |name: String, must, aim| Row::at_most(name, times, must, Some(aim));
        let sims = grouped(sizes.middle);
        let grown = format!("CPU per record, {} SIMs against {}", grouped(sizes.large), grouped(sizes.small));
        vec![
            self.row(
                faster("acknowledgements/s against FreeRADIUS + PostgreSQL, W=64", 15.0, 18.0),
                (OursPostgres, 64),
                (PeerPostgres, 64),
                rate,
                "/s",
            ),
            self.row(
                faster("the same, W=1024", 25.0, 33.0),
                (OursPostgres, 1024),
                (PeerPostgres, 1024),
                rate,
                "/s",
            ),
            self.row(
                faster("against FreeRADIUS + SQLite (WAL), W=64", 20.0, 25.0),
                (OursSqlite, 64),
                (PeerSqlite, 64),
                rate,
                "/s",
            ),
            self.row(
                cost(format!("CPU per record against the floor, SQLite, {sims} SIMs, W=1024"), 3.0, 1.5),
                (OursSqlite, 1024),
                (Floor, 1024),
                cpu,
                "µs",
            ),
            self.row(
                cost("the same on PostgreSQL".to_owned(), 6.0, 3.0),
                (OursPostgres, 1024),
                (Floor, 1024),
                cpu,
                "µs",
            ),
            self.row(cost(grown, 1.5, 1.2), (OursLarge, 1024), (OursSmall, 1024), cpu, "µs"),
            self.row(
                Row::at_most("p99 at W=64 against FreeRADIUS + PostgreSQL", times, 0.1, None),
                (OursPostgres, 64),
                (PeerPostgres, 64),
                |s| s.p99,
                "µs",
            ),
            self.row(
                Row::at_most("p50 at W=1 against FreeRADIUS + PostgreSQL", times, 0.25, None),
                (OursPostgres, 1),
                (PeerPostgres, 1),
                |s| s.p50,
                "µs",
            ),
        ]
    }
}
