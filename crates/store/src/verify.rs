//! Do the sums agree.

use crate::{Result, Store, StoreError};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Rows of SIMs that were added up.
    pub rows: u64,
    /// At most 100 of them.
    pub mismatches: Vec<Mismatch>,
    pub mismatches_total: u64,
}

impl VerifyReport {
    pub fn is_consistent(&self) -> bool {
        self.mismatches_total == 0
    }
}

/// A sum that isn't what its parts add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The table, with the key of its row.
    pub place: String,
    pub expected: String,
    pub found: String,
}

impl Store {
    /// Adds up: each group's rows are the sums of its SIMs' rows, hours' and days'. Reads everything.
    pub async fn verify(&self) -> Result<VerifyReport> {
        Err(StoreError::Unsupported("not yet"))
    }
}
