//! The operator's stock: inventory files come in, SIMs go to tenants and come back. Nobody within a tenant sees any of it.

use crate::{
    Result, Service, ServiceError,
    import::{RowError, UnreadableFile, read_sims_text, text_of},
    people::operator_may,
};
use opencmp_domain::{
    ConnectionState, Scope, SimId, TenantId,
    role::Permission,
    sim::GroupChoice,
    stock::{Allocation, AllocationReport, ImportOutcome, LineError, StockFilter, StockPage, StockSummary},
};
use opencmp_store::{ImportMode, ImportTo};
use std::collections::BTreeSet;

const STOCK_PAGE: u32 = 50;

/// What is to be done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileUse {
    /// Say what it would do.
    Preview,
    /// All of it or nothing.
    Apply,
    /// The lines that are right.
    ApplyGood,
}

impl Service {
    pub async fn stock_summary(&self, scope: &Scope) -> Result<StockSummary> {
        operator_may(scope, Permission::StockWrite)?;
        Ok(self.store.stock_summary().await?)
    }

    pub async fn stock_page(&self, scope: &Scope, filter: &StockFilter, page: u32) -> Result<StockPage> {
        operator_may(scope, Permission::StockWrite)?;
        Ok(self.store.stock_page(filter, page.max(1), STOCK_PAGE).await?)
    }

    /// Groups that SIMs can be allocated to.
    pub fn stock_groups(&self, scope: &Scope, tenant: TenantId) -> Result<Vec<GroupChoice>> {
        operator_may(scope, Permission::StockWrite)?;
        let groups = self.directory.groups(scope);
        Ok(groups.into_iter().filter(|group| group.tenant == tenant).collect())
    }

    /// `expected`: how many SIMs must go; `None`: says what would be done. Errors: `NotFound` (tenant, group), `Invalid`
    /// (stock_list, stock_moved).
    pub async fn stock_allocate(
        &self,
        scope: &Scope,
        allocation: Allocation,
        filter: &StockFilter,
        expected: Option<u64>,
    ) -> Result<AllocationReport> {
        operator_may(scope, Permission::StockWrite)?;
        let connected = |sim: SimId| {
            let row = self.live_row(sim);
            row.is_some_and(|row| row.live.connection != ConnectionState::Disconnected)
        };
        let before = self.store.inventory_version().await?;
        let report =
            self.store.stock_allocate(allocation, filter, connected, expected, self.change(scope)).await?;
        if expected.is_some() {
            self.show_since(before).await?;
        }
        Ok(report)
    }

    /// An inventory file, for a tenant or for the stock. Errors: `Invalid` (file, tenant).
    pub async fn stock_import(
        &self,
        scope: &Scope,
        tenant: Option<TenantId>,
        file: Vec<u8>,
        then: FileUse,
    ) -> Result<ImportOutcome> {
        operator_may(scope, Permission::StockWrite)?;
        let (rows, errors) = read_file(file, read_sims_text).await?;
        let to = tenant.map_or(ImportTo::Stock, ImportTo::Tenant);
        let mode = if then == FileUse::Apply { ImportMode::AllOrNothing } else { ImportMode::KeepGood };
        // A line that can't be read is as wrong as one that can't be taken.
        let apply = then != FileUse::Preview && (errors.is_empty() || then == FileUse::ApplyGood);
        let before = self.store.inventory_version().await?;
        let report = self.store.sims_import(to, &rows, mode, apply, self.change(scope)).await?;
        let unread: BTreeSet<u64> = errors.iter().map(|error| error.line).collect();
        let lines = rows.len() + unread.len();
        let mut errors: Vec<RowError> = errors;
        errors.extend(report.errors.into_iter().map(RowError::from));
        errors.sort_by_key(|error| error.line);
        let refused: BTreeSet<u64> = errors.iter().map(|error| error.line).collect();
        let applied = apply && (errors.is_empty() || then == FileUse::ApplyGood);
        if applied {
            self.names_refresh().await?;
            self.show_since(before).await?;
        }
        Ok(ImportOutcome {
            applied,
            lines: lines as u64,
            created: report.created,
            changed: report.updated,
            adopted: report.adopted,
            unchanged: report.unchanged,
            new_groups: report.new_groups,
            errors_total: errors.len() as u64,
            refused: refused.len() as u64,
            errors: told(&errors),
        })
    }

    /// Lists show what changed after this version of the inventory; very much of it comes by itself.
    async fn show_since(&self, version: i64) -> Result<()> {
        const MOST: u32 = 20_000;
        let cursor = opencmp_store::InventoryCursor::at(version);
        let changes = self.store.sims_changed_since(cursor, MOST).await?;
        self.directory.inventory_upsert(&changes.sims);
        Ok(())
    }
}

/// What a file says, read beside what else is going on.
pub(crate) async fn read_file<T: Send + 'static>(
    file: Vec<u8>,
    read: impl FnOnce(&str) -> std::result::Result<T, UnreadableFile> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(move || read(&text_of(&file)?)).await {
        Ok(read) => read.map_err(unreadable),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "reading a file");
            Err(ServiceError::Unavailable)
        }
    }
}

/// As many as are told.
pub(crate) fn told(errors: &[RowError]) -> Vec<LineError> {
    let told = errors.iter().take(ImportOutcome::MOST_ERRORS).map(|error| LineError {
        line: error.line,
        column: error.field.clone(),
        message: error.message.clone(),
    });
    told.collect()
}

fn unreadable(error: UnreadableFile) -> ServiceError {
    ServiceError::Invalid { field: "file", message: error.to_string() }
}
