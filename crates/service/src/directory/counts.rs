//! Counts and sums per group, changed with each row so that no page counts a fleet.

use opencmp_domain::{ConnectionState, Day, ServiceState, dashboard::FleetCounts};

const SERVICES: usize = ServiceState::ALL.len();
const CONNECTIONS: usize = ConnectionState::ALL.len();

/// How many SIMs are in each pair of service and connection state.
#[derive(Clone, Copy, Default)]
pub(super) struct StateCounts {
    cells: [[u32; CONNECTIONS]; SERVICES],
}

impl StateCounts {
    pub fn add(&mut self, service: ServiceState, connection: ConnectionState) {
        if let Some(cell) = self.cell(service, connection) {
            *cell += 1;
        }
    }

    pub fn remove(&mut self, service: ServiceState, connection: ConnectionState) {
        if let Some(cell) = self.cell(service, connection) {
            *cell = cell.saturating_sub(1);
        }
    }

    fn cell(&mut self, service: ServiceState, connection: ConnectionState) -> Option<&mut u32> {
        self.cells.get_mut(service.code() as usize)?.get_mut(connection.code() as usize)
    }

    /// Terminated SIMs are in `terminated` only: the chips of both rows add up to `all`.
    pub fn add_to(&self, counts: &mut FleetCounts) {
        for (service, cells) in ServiceState::ALL.iter().zip(&self.cells) {
            let sum: u64 = cells.iter().map(|n| u64::from(*n)).sum();
            match service {
                ServiceState::Test => counts.test += sum,
                ServiceState::Suspended => counts.suspended += sum,
                ServiceState::Active => counts.active += sum,
                ServiceState::Deactivated => counts.deactivated += sum,
                ServiceState::Terminated => {
                    counts.terminated += sum;
                    continue;
                }
            }
            counts.all += sum;
            for (connection, n) in ConnectionState::ALL.iter().zip(cells) {
                match connection {
                    ConnectionState::Connected => counts.connected += u64::from(*n),
                    ConnectionState::Unconfirmed => counts.unconfirmed += u64::from(*n),
                    ConnectionState::Disconnected => counts.disconnected += u64::from(*n),
                }
            }
        }
    }

    pub fn total(&self) -> u64 {
        self.cells.iter().flatten().map(|n| u64::from(*n)).sum()
    }
}

/// A sum that belongs to a day (or to the cycle that begins on it). A later day starts it anew; an earlier one is over.
#[derive(Clone, Copy)]
pub(super) struct DatedSum {
    since: Day,
    octets: u64,
}

impl Default for DatedSum {
    fn default() -> Self {
        Self { since: Day(i32::MIN), octets: 0 }
    }
}

impl DatedSum {
    /// One SIM's share went from `old` to `new`.
    pub fn replace(&mut self, old: (Day, u64), new: (Day, u64)) {
        if new.0 > self.since {
            *self = Self { since: new.0, octets: 0 };
        }
        self.remove(old);
        self.add(new);
    }

    pub fn add(&mut self, share: (Day, u64)) {
        if share.0 > self.since {
            *self = Self { since: share.0, octets: 0 };
        }
        if share.0 == self.since {
            self.octets = self.octets.saturating_add(share.1);
        }
    }

    pub fn remove(&mut self, share: (Day, u64)) {
        if share.0 == self.since {
            self.octets = self.octets.saturating_sub(share.1);
        }
    }

    pub fn at(&self, since: Day) -> u64 {
        if self.since == since { self.octets } else { 0 }
    }
}
