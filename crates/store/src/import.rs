//! An inventory file goes in: checked as a whole, then written in bulk, in one transaction.
//!
//! 1. [`check`]: texts that can't be kept.
//! 2. [`held`]: the SIMs that have any of the file's identifiers now, and which of them each row is about.
//! 3. [`conflict`]: identifiers that would end up with two SIMs.
//! 4. [`write`]: groups, plans, released identifiers, new and changed rows.
//! 5. [`rebook`]: booked usage follows the SIMs that changed groups.

pub(crate) mod check;
mod conflict;
pub(crate) mod held;
pub(crate) mod rebook;
pub(crate) mod write;

use crate::{
    Change, Result, Store,
    alert_rule::alert_version_bump,
    audit::{self, Event},
    custom::fields_in,
    sql::{Tx, tx_rows},
    store::first_int,
    tenant::{self, default_group, version_bump},
};
use opencmp_domain::{TenantId, sim::SimImport, time::DEFAULT_ZONE};
use serde_json::json;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportMode {
    /// One wrong row, and nothing is written.
    AllOrNothing,
    /// Rows that are right are written.
    KeepGood,
}

/// Whose the file's SIMs become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportTo {
    Tenant(TenantId),
    /// The operator's stock.
    Stock,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    pub created: u64,
    pub updated: u64,
    /// Known from the network alone, or from stock, until now; counted here and not among `updated`.
    pub adopted: u64,
    /// Rows that say what the inventory already says.
    pub unchanged: u64,
    /// Groups that were made.
    pub new_groups: Vec<String>,
    /// In the order of the lines.
    pub errors: Vec<ImportError>,
    /// The inventory with this import in it; unmoved if nothing was written.
    pub inventory_version: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError {
    pub line: u64,
    pub field: ImportField,
    /// The name of a custom field.
    pub custom: Option<String>,
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
    Custom,
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
            Self::Custom => "field",
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
        self.sims_import(ImportTo::Tenant(tenant), rows, mode, true, change).await
    }

    /// The same for a tenant by its name. It is made if it isn't there, with calendar months as its cycles and the usual time
    /// zone; where nothing is written, it isn't. Error besides: `Invalid` (name).
    pub async fn sim_import_named(
        &self,
        tenant: &str,
        rows: &[SimImport],
        mode: ImportMode,
        change: impl Into<Change>,
    ) -> Result<ImportReport> {
        let change = change.into();
        let mut tx = self.begin_inventory().await?;
        let sql = "SELECT id FROM tenant WHERE name = $1";
        let tenant = match tx_rows!(&mut tx, sql, [tenant] => first_int)?.first() {
            Some(held) => TenantId(*held),
            None => tenant::create(&mut tx, tenant, DEFAULT_ZONE, 1, &change).await?.id,
        };
        run(tx, ImportTo::Tenant(tenant), rows, mode, true, &change).await
    }

    /// The same for SIMs that may go into stock, where there are no groups and no custom fields. `apply` false: writes
    /// nothing, and says what would be written.
    pub async fn sims_import(
        &self,
        to: ImportTo,
        rows: &[SimImport],
        mode: ImportMode,
        apply: bool,
        change: impl Into<Change>,
    ) -> Result<ImportReport> {
        let change = change.into();
        let tx = self.begin_inventory().await?;
        run(tx, to, rows, mode, apply, &change).await
    }
}

/// The steps; commits if it writes anything.
async fn run(
    mut tx: Tx,
    to: ImportTo,
    rows: &[SimImport],
    mode: ImportMode,
    apply: bool,
    change: &Change,
) -> Result<ImportReport> {
    let now = change.at;
    let sql = "SELECT inventory_version FROM meta";
    let version = tx_rows!(&mut tx, sql, [] => first_int)?.first().copied().unwrap_or_default();
    let (default_group, fields) = match to {
        ImportTo::Tenant(tenant) => {
            (Some(default_group(&mut tx, tenant).await?), fields_in(&mut tx, tenant).await?)
        }
        ImportTo::Stock => (None, Vec::new()),
    };

    let mut errors = Vec::new();
    let rows = check::texts(rows, to, &fields, &mut errors);
    let held = held::load(&mut tx, &rows).await?;
    let plans = held::targets(rows, &held, to, &mut errors);
    let plans = conflict::resolve(plans, &held, &mut errors);
    let plans = check::complete(plans, &fields, &mut errors);
    errors.sort_by_key(|error| (error.line, error.field));
    if mode == ImportMode::AllOrNothing && !errors.is_empty() && apply {
        return Ok(ImportReport { errors, inventory_version: version, ..ImportReport::default() });
    }
    let write = write::prepare(&mut tx, plans, &held, to, default_group, now).await?;
    let mut report = write.report(errors, version);
    if write.writes_anything() && apply {
        report.inventory_version = version_bump(&mut tx).await?;
        if !report.new_groups.is_empty() {
            alert_version_bump(&mut tx).await?;
        }
        write.run(&mut tx, report.inventory_version, now).await?;
        rebook::run(&mut tx, &write.moves).await?;
        let ImportReport { created, updated, adopted, .. } = report;
        let after = Some(json!({ "created": created, "changed": updated, "adopted": adopted }));
        let subject = format!("{} SIM", created + updated + adopted);
        let (chain, action) = match to {
            ImportTo::Tenant(tenant) => (Some(tenant), "sim.import"),
            ImportTo::Stock => (None, "stock.import"),
        };
        audit::append(&mut tx, change, Event { chain, action, subject: &subject, before: None, after })
            .await?;
        tx.commit().await?;
    }
    Ok(report)
}
