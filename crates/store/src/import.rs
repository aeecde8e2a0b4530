//! An inventory file goes in: checked as a whole, then written in bulk, in one transaction.
//!
//! 1. [`check`]: texts that can't be kept.
//! 2. [`held`]: the SIMs that have any of the file's identifiers now, and which of them each row is about.
//! 3. [`conflict`]: identifiers that would end up with two SIMs.
//! 4. [`write`]: groups, plans, released identifiers, new and changed rows.
//! 5. [`rebook`]: booked usage follows the SIMs that changed groups.

mod check;
mod conflict;
pub(crate) mod held;
mod rebook;
pub(crate) mod write;

use crate::{
    Change, Result, Store, StoreError,
    audit::{self, Event},
    sql::tx_rows,
    store::first_int,
    tenant::version_bump,
};
use opencmp_domain::{GroupId, TenantId, sim::SimImport};
use serde_json::json;
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
    /// What is wrong and what would be right; without the field's name.
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    /// Writes what the rows say, in one transaction.
    ///
    /// A row is about the SIM with its IMSI, else its ICCID, else its MSISDN (unless that SIM has another IMSI or ICCID:
    /// numbers come back with another card); if there is none, about a new one. What a row doesn't say stays as it is;
    /// an empty batch, name or plan is taken away, an empty group is the default group. SIMs that only the network knew
    /// are adopted with their history. Groups and plans are made by name. Booked usage follows a SIM into its new group.
    ///
    /// Errors of rows are in the report; those of the call: `NotFound` (tenant), `Busy`, `Unavailable`.
    pub async fn sim_import(
        &self,
        tenant: TenantId,
        rows: &[SimImport],
        mode: ImportMode,
        change: impl Into<Change>,
    ) -> Result<ImportReport> {
        let change = change.into();
        let now = change.at;
        let mut tx = self.begin_inventory().await?;
        let sql = "SELECT inventory_version FROM meta";
        let version = tx_rows!(&mut tx, sql, [] => first_int)?.first().copied().unwrap_or_default();
        let sql = "SELECT id FROM sim_group WHERE tenant_id = $1 AND is_default";
        let default_group = tx_rows!(&mut tx, sql, [tenant.0] => first_int)?.first().copied().map(GroupId);
        let default_group = default_group.ok_or(StoreError::NotFound { what: "the tenant" })?;

        let mut errors = Vec::new();
        let rows = check::texts(rows, &mut errors);
        let held = held::load(&mut tx, &rows).await?;
        let plans = held::targets(rows, &held, tenant, &mut errors);
        let plans = conflict::resolve(plans, &held, &mut errors);
        errors.sort_by_key(|error| (error.line, error.field));
        if mode == ImportMode::AllOrNothing && !errors.is_empty() {
            return Ok(ImportReport { errors, inventory_version: version, ..ImportReport::default() });
        }
        let write = write::prepare(&mut tx, plans, &held, tenant, default_group, now).await?;
        let mut report = write.report(errors, version);
        if write.writes_anything() {
            report.inventory_version = version_bump(&mut tx).await?;
            write.run(&mut tx, report.inventory_version, now).await?;
            rebook::run(&mut tx, &write.moves).await?;
            let ImportReport { created, updated, adopted, .. } = report;
            let after = Some(json!({ "created": created, "changed": updated, "adopted": adopted }));
            let subject = format!("{} SIM", created + updated + adopted);
            let event =
                Event { chain: Some(tenant), action: "sim.import", subject: &subject, before: None, after };
            audit::append(&mut tx, &change, event).await?;
            tx.commit().await?;
        }
        Ok(report)
    }
}
