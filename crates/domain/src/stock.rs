//! The operator's stock: SIMs that are in the inventory and no tenant's, and how they go to tenants and come back.

use crate::{
    identifier::{Iccid, Imsi, Msisdn},
    ids::{GroupId, SimId, TenantId},
    state::{ServiceState, coded},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// A SIM in stock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockSim {
    pub id: SimId,
    pub msisdn: Option<Msisdn>,
    pub iccid: Option<Iccid>,
    pub imsi: Option<Imsi>,
    pub batch: Option<String>,
    pub plan: Option<String>,
    pub service_state: ServiceState,
    pub stocked_at: Timestamp,
}

/// A batch of the stock, or the SIMs that have none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockBatch {
    pub batch: Option<String>,
    pub sims: u64,
}

/// Which SIMs of an owner are meant. Nothing said: all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockFilter {
    /// `Some(None)`: those without one.
    pub batch: Option<Option<String>>,
    /// The beginning of a number, ICCID or IMSI.
    pub text: String,
    /// Whole identifiers, one a line, of any kind. Empty: this isn't said.
    pub lines: Vec<String>,
}

impl StockFilter {
    /// The most lines that a list may have.
    pub const MOST_LINES: usize = 10_000;
}

/// A page of the stock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockPage {
    pub sims: Vec<StockSim>,
    pub total: u64,
}

/// Where SIMs go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Allocation {
    /// From the stock to a tenant; no group: its default group.
    ToTenant { tenant: TenantId, group: Option<GroupId> },
    /// From a tenant to the stock.
    ToStock { tenant: TenantId },
}

coded! {
    /// Why a line of a list can't go along.
    Staying {
        /// No SIM has this number, ICCID or IMSI.
        Missing = 0 "missing",
        /// Heard of from the network, in no inventory.
        NotInventoried = 1 "not_inventoried",
        /// It is where SIMs are taken to, or not where they are taken from.
        Elsewhere = 2 "elsewhere",
        /// A line before it names the same SIM.
        Repeated = 3 "repeated",
        /// It has an open session.
        Connected = 4 "connected",
        /// Its subscription has ended.
        Terminated = 5 "terminated",
    }
}

/// A SIM that can't go along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stayer {
    /// As it was pasted, or the SIM's number or ICCID.
    pub name: String,
    pub why: Staying,
    /// Whose it is, where that is why.
    pub tenant: Option<String>,
}

/// What an allocation would do, or has done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationReport {
    pub moved: u64,
    /// Of `moved`: cards that go without their history, which stays where they were.
    pub renewed: u64,
    /// At most [`Self::MOST_STAYING`] of them.
    pub staying: Vec<Stayer>,
    pub staying_total: u64,
}

impl AllocationReport {
    pub const MOST_STAYING: usize = 200;

    pub fn stays(&mut self, name: String, why: Staying, tenant: Option<String>) {
        self.staying_total += 1;
        if self.staying.len() < Self::MOST_STAYING {
            self.staying.push(Stayer { name, why, tenant });
        }
    }
}

/// Who has how many SIMs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockSummary {
    pub stock: u64,
    pub batches: Vec<StockBatch>,
}

/// What an inventory file would do, or has done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportOutcome {
    pub applied: bool,
    /// Lines below the header.
    pub lines: u64,
    pub created: u64,
    pub changed: u64,
    /// Known from the network or from stock until now.
    pub adopted: u64,
    pub unchanged: u64,
    pub new_groups: Vec<String>,
    /// In the order of the lines; at most [`Self::MOST_ERRORS`] of them.
    pub errors: Vec<LineError>,
    pub errors_total: u64,
    /// Lines that have an error.
    pub refused: u64,
}

impl ImportOutcome {
    pub const MOST_ERRORS: usize = 5_000;
}

/// What is wrong with a line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineError {
    /// The header is line 1.
    pub line: u64,
    pub column: String,
    /// What would be right.
    pub message: String,
}

/// The largest file that is taken in the browser; larger ones are for the command line.
pub const MOST_FILE_MIB: usize = 32;
