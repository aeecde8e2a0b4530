//! The radio network's cells: files of them come in ([`read`]), single ones are added, changed, removed.

pub mod read;

use crate::{
    Result, Service,
    import::RowError,
    people::operator_may,
    reference,
    stock::{FileUse, read_file, told},
};
use opencmp_domain::{
    Lang, Scope,
    cell::{Cell, CellFilter, CellKey, CellLine, CellNetwork, CellPage},
    role::Permission,
    stock::ImportOutcome,
};
use opencmp_store::ImportMode;
use std::collections::BTreeSet;

const CELL_PAGE: u32 = 50;

impl Service {
    /// Of which networks cells are known.
    pub async fn cell_networks(&self, scope: &Scope, lang: Lang) -> Result<Vec<CellNetwork>> {
        operator_may(scope, Permission::NetworkRead)?;
        let mut networks = self.store.cell_networks().await?;
        for network in &mut networks {
            network.name = reference::network_label(network.plmn, lang);
        }
        Ok(networks)
    }

    pub async fn cell_page(&self, scope: &Scope, filter: &CellFilter, page: u32) -> Result<CellPage> {
        operator_may(scope, Permission::NetworkRead)?;
        Ok(self.store.cell_page(filter, page.max(1), CELL_PAGE).await?)
    }

    /// The cells after this one, for files.
    pub async fn cells_after(
        &self,
        scope: &Scope,
        filter: &CellFilter,
        after: Option<CellKey>,
        most: u32,
    ) -> Result<Vec<CellLine>> {
        operator_may(scope, Permission::NetworkRead)?;
        Ok(self.store.cells_after(filter, after, most).await?)
    }

    /// Adds a cell (`new`), or replaces what is said of one. Errors: `Taken`, `NotFound`, `Invalid` (area, cell, name, reach).
    pub async fn cell_save(&self, scope: &Scope, cell: &Cell, new: bool) -> Result<()> {
        operator_may(scope, Permission::CellWrite)?;
        Ok(self.store.cell_save(cell, new, self.change(scope)).await?)
    }

    /// Errors: `NotFound`.
    pub async fn cell_remove(&self, scope: &Scope, key: CellKey) -> Result<()> {
        operator_may(scope, Permission::CellWrite)?;
        Ok(self.store.cell_remove(key, self.change(scope)).await?)
    }

    /// All that the filter means, if it is as many as expected. Errors: `Invalid` (cells_moved).
    pub async fn cells_remove(&self, scope: &Scope, filter: &CellFilter, expected: u64) -> Result<()> {
        operator_may(scope, Permission::CellWrite)?;
        Ok(self.store.cells_remove(filter, expected, self.change(scope)).await?)
    }

    /// A file of cells. Errors: `Invalid` (file).
    pub async fn cells_import(&self, scope: &Scope, file: Vec<u8>, then: FileUse) -> Result<ImportOutcome> {
        operator_may(scope, Permission::CellWrite)?;
        let (lines, mut errors) = read_file(file, read::read_cells_text).await?;
        let total = lines.len() + by_line(&errors);
        let mode = if then == FileUse::Apply { ImportMode::AllOrNothing } else { ImportMode::KeepGood };
        // A line that can't be read is as wrong as one that can't be taken.
        let apply = then != FileUse::Preview && (errors.is_empty() || then == FileUse::ApplyGood);
        let report = self.store.cells_import(&lines, mode, apply, self.change(scope)).await?;
        errors.extend(report.repeated.iter().copied().map(RowError::repeated_cell));
        errors.sort_by_key(|error| error.line);
        let applied = apply && (errors.is_empty() || then == FileUse::ApplyGood);
        Ok(ImportOutcome {
            applied,
            lines: total as u64,
            created: report.created,
            changed: report.changed,
            unchanged: report.unchanged,
            errors: told(&errors),
            errors_total: errors.len() as u64,
            refused: by_line(&errors) as u64,
            ..ImportOutcome::default()
        })
    }
}

/// Lines that have an error.
fn by_line(errors: &[RowError]) -> usize {
    errors.iter().map(|error| error.line).collect::<BTreeSet<_>>().len()
}
