//! An inventory file goes in.

use crate::{Result, Store, StoreError};
use opencmp_domain::{TenantId, Timestamp, sim::SimImport};
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportMode {
    /// One wrong row, and nothing is written.
    AllOrNothing,
    /// Rows that are right are written.
    KeepGood,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    pub created: u64,
    pub updated: u64,
    /// Known from the network alone until now; counted here and not among `updated`.
    pub adopted: u64,
    /// Rows that say what the inventory already says.
    pub unchanged: u64,
    /// In the order of the lines.
    pub errors: Vec<ImportError>,
    /// The inventory with this import in it; unmoved if nothing was written.
    pub inventory_version: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError {
    pub line: u64,
    pub field: ImportField,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImportField {
    /// None of the three identifiers is there.
    Identifier,
    Msisdn,
    Iccid,
    Imsi,
    Batch,
    Name,
    Group,
    Plan,
    Tags,
}

impl fmt::Display for ImportField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identifier => "identifier",
            Self::Msisdn => "msisdn",
            Self::Iccid => "iccid",
            Self::Imsi => "imsi",
            Self::Batch => "batch",
            Self::Name => "name",
            Self::Group => "group",
            Self::Plan => "plan",
            Self::Tags => "tags",
        })
    }
}

impl Store {
    /// Writes what the rows say. A row is about the SIM with its IMSI, else its ICCID, else its MSISDN; if there is none,
    /// a new one. SIMs that only the network knew are adopted with their history. Groups and plans are made by name.
    /// Booked usage follows a SIM into its new group. One transaction.
    pub async fn sim_import(
        &self,
        _tenant: TenantId,
        _rows: &[SimImport],
        _mode: ImportMode,
        _now: Timestamp,
    ) -> Result<ImportReport> {
        Err(StoreError::Unsupported("not yet"))
    }
}
