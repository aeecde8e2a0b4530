//! Documents made on the server: the PDF of a group's month, and the whole fleet as a spreadsheet.

use super::{Effort, pages, rows_or_why};
use crate::{
    contest::median,
    fleets::{Fleets, Who, grouped},
    http::Client,
    ours::Ours,
    readers,
    table::{Row, Unit},
};
use anyhow::{Context, Result};
use std::{thread::sleep, time::Duration};

pub fn run(fleets: &mut Fleets<'_>, effort: Effort) -> Vec<Row> {
    let count = grouped(fleets.sizes.large);
    let rows = vec![
        Row::at_most("PDF of a group's month", Unit::Milliseconds, 300.0, None),
        Row::at_most(format!("XLSX of {count} rows"), Unit::Seconds, 30.0, None),
        Row::at_most("memory that it takes", Unit::Megabytes, 150.0, None),
    ];
    rows_or_why(rows, |rows| {
        let ours = fleets.ours(Who::OursLarge)?;
        ours.settle()?;
        let [pdf, xlsx, memory] = <[Row; 3]>::try_from(rows).ok().context("three rows")?;
        let (took, size) = pdf_of_groups(ours, if effort.quick { 8 } else { 20 })?;
        let sheet = spreadsheet(ours)?;
        Ok(vec![
            pdf.found(took, format!("median; {:.0} kB", size as f64 / 1e3)),
            xlsx.found(sheet.seconds, format!("{:.0} MB", sheet.octets as f64 / 1e6)),
            memory.found(sheet.grown as f64 / 1e6, format!("on top of {:.0} MB", sheet.before as f64 / 1e6)),
        ])
    })
}

/// Median milliseconds, and octets of one.
fn pdf_of_groups(ours: &Ours, count: usize) -> Result<(f64, u64)> {
    let groups = pages::groups(ours)?;
    let mut client = Client::new(ours.http).header("Cookie", readers::OWNER);
    let mut times = Vec::new();
    let mut size = 0;
    for group in groups.iter().cycle().take(count) {
        let (octets, took) = client.download(&format!("/download/usage.pdf?group={group}"))?;
        size = octets;
        times.push(took.as_secs_f64() * 1e3);
    }
    Ok((median(times), size))
}

struct Sheet {
    seconds: f64,
    octets: u64,
    /// Memory before, and how much more it was at most.
    before: u64,
    grown: u64,
}

fn spreadsheet(ours: &Ours) -> Result<Sheet> {
    let before = ours.resident();
    let address = ours.http;
    let download = std::thread::spawn(move || {
        Client::new(address).header("Cookie", readers::OWNER).download("/download/sims.xlsx")
    });
    let mut highest = before;
    while !download.is_finished() {
        highest = highest.max(ours.resident());
        sleep(Duration::from_millis(50));
    }
    let (octets, took) = download.join().ok().context("the download broke off")??;
    Ok(Sheet { seconds: took.as_secs_f64(), octets, before, grown: highest - before })
}
