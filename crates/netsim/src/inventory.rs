//! Writes the CSV that `opencmp sim import` reads.

use opencmp_domain::sim::SimImport;
use std::io;

pub const COLUMNS: [&str; 10] =
    ["msisdn", "iccid", "imsi", "imei", "batch", "name", "group", "plan", "apn", "state"];

/// A header line, then a line per SIM. Numbers are written as people in the home country write them.
pub fn write_csv(sims: impl IntoIterator<Item = SimImport>, out: impl io::Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(COLUMNS)?;
    for sim in sims {
        let text = |value: Option<String>| value.unwrap_or_default();
        csv.write_record([
            text(sim.msisdn.map(|number| number.national())),
            text(sim.iccid.map(|iccid| iccid.to_string())),
            text(sim.imsi.map(|imsi| imsi.to_string())),
            text(sim.imei.map(|imei| imei.to_string())),
            text(sim.batch),
            text(sim.name),
            text(sim.group),
            text(sim.plan),
            text(sim.apn.map(|apn| apn.to_string())),
            text(sim.service_state.map(|state| state.to_string())),
        ])?;
    }
    csv.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::plan;

    #[test]
    fn an_inventory_reads_back() {
        let mut text = Vec::new();
        write_csv((0..3).map(plan::import), &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], COLUMNS.join(","));
        assert_eq!(
            lines[2],
            "0405000000001,8988692950000000015,001015000000001,863050000000019,2026-01-01,負載測試-0000001,\
             負載測試/01,物聯網 Z999型,internet.iot,active"
        );
    }
}
