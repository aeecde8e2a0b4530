//! One SSE message: the JSON of a [`opencmp_domain::live::LiveUpdate`], put together from pieces.
//!
//! A thousand pages often watch the same rows and counts. Each piece is serialised once a tick; a message is their
//! concatenation. A test holds it against serde's own form.

use opencmp_domain::Timestamp;
use std::fmt::Write;

#[derive(Default)]
pub(crate) struct Pieces<'a> {
    pub snapshot: bool,
    pub as_of: Timestamp,
    pub behind_secs: u32,
    /// JSON objects.
    pub rows: Vec<&'a str>,
    pub counts: Option<&'a str>,
    pub fleet: Option<&'a str>,
    /// A JSON array.
    pub events: Option<&'a str>,
    pub ingest: Option<&'a str>,
    pub alerts: Option<&'a str>,
}

impl Pieces<'_> {
    pub fn join(&self) -> String {
        let mut json = String::with_capacity(96 + self.rows.iter().map(|row| row.len() + 1).sum::<usize>());
        let (snapshot, as_of) = (self.snapshot, self.as_of.0);
        // Writing to a String can't fail.
        let _ = write!(json, "{{\"snapshot\":{snapshot},\"as_of\":{as_of}");
        if !self.rows.is_empty() {
            json.push_str(",\"rows\":[");
            json.push_str(&self.rows.join(","));
            json.push(']');
        }
        let pieces = [
            ("counts", self.counts),
            ("fleet", self.fleet),
            ("events", self.events),
            ("ingest", self.ingest),
            ("alerts", self.alerts),
        ];
        for (name, piece) in pieces {
            if let Some(piece) = piece {
                let _ = write!(json, ",\"{name}\":{piece}");
            }
        }
        let _ = write!(json, ",\"behind_secs\":{}}}", self.behind_secs);
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::{
        ByteCount,
        alert::AlertCounts,
        dashboard::FleetCounts,
        live::{FleetLive, LiveUpdate},
    };

    #[test]
    fn pieces_join_to_what_serde_reads() {
        let counts = FleetCounts { all: 3, connected: 2, ..FleetCounts::default() };
        let fleet = FleetLive { usage_today: ByteCount(1), usage_cycle: ByteCount(2) };
        let (counts_json, fleet_json) =
            (serde_json::to_string(&counts).unwrap(), serde_json::to_string(&fleet).unwrap());
        let pieces = Pieces {
            snapshot: true,
            as_of: Timestamp(5),
            behind_secs: 1,
            counts: Some(&counts_json),
            fleet: Some(&fleet_json),
            events: Some("[]"),
            alerts: Some(r#"{"normal":0,"abnormal":2,"critical":1}"#),
            ..Pieces::default()
        };
        let read: LiveUpdate = serde_json::from_str(&pieces.join()).unwrap();
        let wanted = LiveUpdate {
            snapshot: true,
            as_of: Timestamp(5),
            counts: Some(counts),
            fleet: Some(fleet),
            alerts: Some(AlertCounts { normal: 0, abnormal: 2, critical: 1 }),
            behind_secs: 1,
            ..LiveUpdate::default()
        };
        assert_eq!(read, wanted);
    }
}
