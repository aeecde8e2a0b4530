//! What ingest may be told. The defaults are meant to be right.

use crate::{journal::embedded::Settings, record::ClockWindow};
use opencmp_fleet::FleetConfig;
use std::{path::PathBuf, time::Duration};

#[derive(Clone, Debug)]
pub struct IngestConfig {
    pub journal: Settings,
    /// Octets in the journal that the database doesn't have yet. Beyond it nothing is acknowledged.
    pub max_unflushed_octets: u64,
    /// Octets that wait to be made durable. Beyond it listeners are told to be silent.
    pub queue_octets: usize,
    /// Octets of a group, at most, that is made durable at once.
    pub group_octets: usize,
    /// Octets that are kept in memory for the applier; what is more it reads back from the journal.
    pub follow_octets: usize,
    pub cadence: Cadence,
    pub clock_window: ClockWindow,
    pub fleet: FleetConfig,
    /// How often the inventory and the list of gateways are looked at.
    pub poll: Duration,
    /// How long a shutdown waits for a database that takes nothing. What it doesn't take is replayed.
    pub shutdown_patience: Duration,
}

/// When what is pending is written to the database. Rows are written once however often they changed, so waiting pays
/// under load; a quiet fleet is written soon.
#[derive(Clone, Copy, Debug)]
pub struct Cadence {
    /// Few rows wait this long.
    pub soon: Duration,
    /// What counts as few.
    pub few: usize,
    /// Many rows wait this long.
    pub late: Duration,
    /// Whatever there is waits no longer than this when somebody is to be told of an alert in it. Pausing between such flushes
    /// would make each of them larger, and the next one wait longer.
    pub told: Duration,
    /// After a flush in which somebody is to be told of an alert, the next one waits this long: the message is written down, and
    /// leased, in two small transactions, and each would stand behind a whole flush.
    pub pause: Duration,
    /// So many don't wait.
    pub many: usize,
    /// With so many pending that can't be written, the applier stops following; the journal goes on.
    pub most: usize,
}

impl IngestConfig {
    pub fn new(journal_directory: impl Into<PathBuf>) -> Self {
        Self {
            journal: Settings::new(journal_directory),
            max_unflushed_octets: 10 << 30,
            queue_octets: 32 << 20,
            group_octets: 2 << 20,
            follow_octets: 32 << 20,
            cadence: Cadence::default(),
            clock_window: ClockWindow::default(),
            fleet: FleetConfig::default(),
            poll: Duration::from_millis(500),
            shutdown_patience: Duration::from_secs(20),
        }
    }
}

impl Default for Cadence {
    fn default() -> Self {
        Self {
            soon: Duration::from_secs(1),
            few: 2_000,
            late: Duration::from_secs(10),
            told: Duration::from_millis(100),
            pause: Duration::from_millis(40),
            many: 1_000_000,
            most: 2_000_000,
        }
    }
}
