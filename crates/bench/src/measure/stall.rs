//! The longest time for which nobody is answered, while the database is flushed to, copied, and read by many.

use super::{Effort, rows_or_why};
use crate::{
    contest::median,
    fleets::{Fleets, Who},
    http::Client,
    load::Part,
    ours::Ours,
    readers,
    table::{Row, Unit},
};
use anyhow::Result;
use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

const READERS: usize = 8;

pub fn run(fleets: &mut Fleets<'_>, effort: Effort) -> Vec<Row> {
    let row = Row::at_most("longest stall of acknowledgements, W=64", Unit::Milliseconds, 50.0, Some(20.0));
    rows_or_why(vec![row], |rows| {
        let mut gaps: [Vec<f64>; 4] = Default::default();
        for round in 1..=effort.rounds {
            let part = Part::closed(64, effort.secs(5.0, 4.0));
            gaps[0].push(fleets.sample(Who::Floor, part)?.gap);
            let ours = fleets.ours(Who::OursLarge)?;
            ours.settle()?;
            gaps[1].push(ours.loader.run(part)?.longest_gap_ms);
            let (gap, copy) = during_backup(ours, part)?;
            gaps[2].push(gap);
            gaps[3].push(during_burst(ours, part)?);
            // Only now, long before anything is measured again: removing a gigabyte stalls every fsync of the file system
            // for longer than copying it, and for a while afterwards.
            std::fs::remove_file(copy)?;
            let last: Vec<String> =
                gaps.iter().filter_map(|gaps| Some(format!("{:.1}", gaps.last()?))).collect();
            eprintln!("  round {round}: floor, flush, backup, burst: {} ms", last.join(", "));
        }
        let of = |index: usize| median(gaps[index].iter().copied());
        let worst = [1, 2, 3].map(of).into_iter().fold(0.0, f64::max);
        let detail = format!(
            "flush {:.1}, backup {:.1}, page burst {:.1}; the floor on this machine {:.1}",
            of(1),
            of(2),
            of(3),
            of(0)
        );
        Ok(rows.into_iter().map(|row| row.found(worst, detail.clone())).collect())
    })
}

/// A copy of the whole database is made meanwhile; it is left.
fn during_backup(ours: &mut Ours, part: Part) -> Result<(f64, PathBuf)> {
    let running = ours.loader.begin(part)?;
    std::thread::sleep(Duration::from_millis(500));
    let copy = ours.backup()?;
    Ok((ours.loader.end(running)?.longest_gap_ms, copy))
}

/// Eight people turn pages as fast as they come.
fn during_burst(ours: &mut Ours, part: Part) -> Result<f64> {
    let running = ours.loader.begin(part)?;
    std::thread::sleep(Duration::from_millis(500));
    let burst = Burst::start(ours.http);
    std::thread::sleep(Duration::from_secs(2));
    let pages = burst.finish();
    let gap = ours.loader.end(running)?.longest_gap_ms;
    anyhow::ensure!(pages > 0, "no page came");
    Ok(gap)
}

struct Burst {
    stop: Arc<AtomicBool>,
    pages: Arc<AtomicU64>,
    readers: Vec<JoinHandle<()>>,
}

impl Burst {
    fn start(address: SocketAddr) -> Self {
        let (stop, pages) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let readers = (0..READERS).map(|reader| {
            let (stop, pages) = (stop.clone(), pages.clone());
            std::thread::spawn(move || {
                let mut client = Client::new(address).header("Cookie", readers::OWNER);
                let mut page = reader;
                while !stop.load(Ordering::Relaxed) {
                    page += READERS;
                    match client.fetch(&format!("/sims?sort=-today&page={page}")) {
                        Ok(_) => pages.fetch_add(1, Ordering::Relaxed),
                        Err(_) => return,
                    };
                }
            })
        });
        Self { readers: readers.collect(), stop, pages }
    }

    fn finish(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        for reader in self.readers {
            let _ = reader.join();
        }
        self.pages.load(Ordering::Relaxed)
    }
}
