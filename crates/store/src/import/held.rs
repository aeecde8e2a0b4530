//! Who has the file's identifiers now, and which SIM each row is about.

use super::{ImportError, ImportField, ImportTo, check::Row};
use crate::{
    Result,
    custom::{Values, values_of},
    inventory::{sim_columns, sim_inventory},
    sql::{Columns, Tx, int_list, tx_rows, tx_rows_once},
    store::first_int,
};
use opencmp_domain::{
    Iccid, Imsi, Msisdn, ServiceState, SimId, sim::SimInventory, stored::UnknownSubscriber,
};
use rustc_hash::{FxHashMap, FxHashSet};
use sqlx::AssertSqlSafe;

/// Identifiers looked up by one statement.
const CHUNK: usize = 10_000;

/// SIMs of the database that have any of the identifiers, each once, and where they are by identifier.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) sims: Vec<SimInventory>,
    by_id: FxHashMap<SimId, usize>,
    by_imsi: FxHashMap<Imsi, usize>,
    by_iccid: FxHashMap<Iccid, usize>,
    /// Terminated SIMs have given their number back.
    by_msisdn: FxHashMap<Msisdn, usize>,
    /// Since when those in stock are.
    stocked: FxHashMap<SimId, i64>,
    /// Those in stock that the network has spoken of there.
    heard: FxHashSet<SimId>,
    /// Values of custom fields.
    custom: FxHashMap<SimId, Values>,
}

impl Held {
    pub(crate) fn imsi(&self, imsi: Option<Imsi>) -> Option<usize> {
        imsi.and_then(|imsi| self.by_imsi.get(&imsi).copied())
    }

    pub(super) fn iccid(&self, iccid: Option<Iccid>) -> Option<usize> {
        iccid.and_then(|iccid| self.by_iccid.get(&iccid).copied())
    }

    pub(crate) fn msisdn(&self, msisdn: Option<Msisdn>) -> Option<usize> {
        msisdn.and_then(|msisdn| self.by_msisdn.get(&msisdn).copied())
    }

    pub(crate) fn stocked(&self, sim: SimId) -> Option<i64> {
        self.stocked.get(&sim).copied()
    }

    pub(super) fn custom(&self, sim: SimId) -> Option<&Values> {
        self.custom.get(&sim)
    }

    fn add(&mut self, sim: SimInventory) {
        if self.by_id.contains_key(&sim.id) {
            return;
        }
        let index = self.sims.len();
        self.by_id.insert(sim.id, index);
        if let Some(imsi) = sim.imsi {
            self.by_imsi.insert(imsi, index);
        }
        if let Some(iccid) = sim.iccid {
            self.by_iccid.insert(iccid, index);
        }
        if let Some(msisdn) = sim.msisdn.filter(|_| sim.service_state != ServiceState::Terminated) {
            self.by_msisdn.insert(msisdn, index);
        }
        self.sims.push(sim);
    }
}

/// The SIMs that have the IMSI or the number of any of them.
pub(crate) async fn load_subscribers(tx: &mut Tx, subscribers: &[UnknownSubscriber]) -> Result<Held> {
    let mut held = Held::default();
    let imsis = subscribers.iter().filter_map(|subscriber| subscriber.imsi.map(|imsi| imsi.to_string()));
    lookup(tx, &mut held, Column::Imsi, imsis.collect()).await?;
    let numbers =
        subscribers.iter().filter_map(|subscriber| subscriber.msisdn.map(|number| number.to_string()));
    lookup(tx, &mut held, Column::Msisdn, numbers.collect()).await?;
    Ok(held)
}

pub(super) async fn load(tx: &mut Tx, rows: &[Row<'_>]) -> Result<Held> {
    let mut held = Held::default();
    let texts =
        |value: &dyn Fn(&Row<'_>) -> Option<String>| rows.iter().filter_map(value).collect::<Vec<_>>();
    lookup(tx, &mut held, Column::Imsi, texts(&|row| row.import.imsi.map(|i| i.to_string()))).await?;
    lookup(tx, &mut held, Column::Iccid, texts(&|row| row.import.iccid.map(|i| i.to_string()))).await?;
    lookup(tx, &mut held, Column::Msisdn, texts(&|row| row.import.msisdn.map(|i| i.to_string()))).await?;
    // A terminated SIM that is taken back into service wants its number back.
    let kept = |sim: &&SimInventory| sim.service_state == ServiceState::Terminated;
    let wanted = held.sims.iter().filter(kept).filter_map(|sim| sim.msisdn.map(|m| m.to_string())).collect();
    lookup(tx, &mut held, Column::Msisdn, wanted).await?;
    let ownerless = held.sims.iter().filter(|sim| sim.tenant.is_none()).map(|sim| sim.id.0);
    held.stocked = stocked(tx, ownerless.collect()).await?;
    held.heard = heard_of(tx, held.stocked.keys().copied()).await?;
    if rows.iter().any(|row| !row.fields.is_empty()) {
        held.custom = values_of(tx, held.sims.iter().map(|sim| sim.id).collect()).await?;
    }
    Ok(held)
}

/// Since when those of the SIMs that are in stock are.
async fn stocked(tx: &mut Tx, sims: Vec<i64>) -> Result<FxHashMap<SimId, i64>> {
    let mut stocked = FxHashMap::default();
    for sims in sims.chunks(CHUNK) {
        let sims = int_list(sims.iter().copied());
        let sql = format!("SELECT id, stocked_at FROM sim WHERE stocked_at IS NOT NULL AND id IN ({sims})");
        stocked.extend(tx_rows_once!(&mut *tx, AssertSqlSafe(sql), [] => id_and_time)?);
    }
    Ok(stocked)
}

/// Those of the SIMs that the network has ever spoken of.
pub(crate) async fn heard_of(tx: &mut Tx, sims: impl Iterator<Item = SimId>) -> Result<FxHashSet<SimId>> {
    let sims: Vec<i64> = sims.map(|sim| sim.0).collect();
    let mut heard = FxHashSet::default();
    for sims in sims.chunks(CHUNK) {
        let list = int_list(sims.iter().copied());
        let sql = format!("SELECT sim_id FROM sim_live WHERE sim_id IN ({list})");
        heard.extend(tx_rows_once!(&mut *tx, AssertSqlSafe(sql), [] => first_int)?.into_iter().map(SimId));
    }
    Ok(heard)
}

fn id_and_time(row: &impl Columns) -> Result<(SimId, i64)> {
    Ok((SimId(row.int(0)?), row.int(1)?))
}

#[derive(Clone, Copy)]
enum Column {
    Imsi,
    Iccid,
    Msisdn,
}

async fn lookup(tx: &mut Tx, held: &mut Held, column: Column, mut values: Vec<String>) -> Result<()> {
    macro_rules! select {
        ($condition:literal) => {
            concat!("SELECT ", sim_columns!(), " FROM sim WHERE ", $condition)
        };
    }
    // In order, so that neighbouring seeks end on the same page.
    values.sort_unstable();
    values.dedup();
    for chunk in values.chunks(CHUNK) {
        let sims = match tx {
            Tx::Sqlite(..) => {
                let sql = match column {
                    Column::Imsi => select!("imsi IN (SELECT value FROM json_each($1))"),
                    Column::Iccid => select!("iccid IN (SELECT value FROM json_each($1))"),
                    Column::Msisdn => {
                        select!(
                            "msisdn IN (SELECT value FROM json_each($1)) AND service_state <> 'terminated'"
                        )
                    }
                };
                // Digits only: nothing to escape.
                let list = format!("[\"{}\"]", chunk.join("\",\""));
                tx_rows!(&mut *tx, sql, [&list] => sim_inventory)?
            }
            Tx::Postgres(tx) => {
                let sql = match column {
                    Column::Imsi => select!("imsi = ANY ($1)"),
                    Column::Iccid => select!("iccid = ANY ($1)"),
                    Column::Msisdn => select!("msisdn = ANY ($1) AND service_state <> 'terminated'"),
                };
                let rows = sqlx::query(sql).bind(chunk).fetch_all(&mut **tx).await?;
                rows.iter().map(sim_inventory).collect::<Result<Vec<_>>>()?
            }
        };
        for sim in sims {
            held.add(sim);
        }
    }
    Ok(())
}

/// A row and the SIM that it is about, with the identity that this will have.
pub(super) struct Plan<'a> {
    pub(super) row: Row<'a>,
    /// Index into [`Held::sims`]; `None`: a new SIM.
    pub(super) target: Option<usize>,
    pub(super) imsi: Option<Imsi>,
    pub(super) iccid: Option<Iccid>,
    pub(super) msisdn: Option<Msisdn>,
    pub(super) state: ServiceState,
}

impl Plan<'_> {
    pub(super) fn line(&self) -> u64 {
        self.row.import.line
    }

    pub(super) fn is_terminated(&self) -> bool {
        self.state == ServiceState::Terminated
    }
}

/// The rows whose SIM isn't another's.
pub(super) fn targets<'a>(
    rows: Vec<Row<'a>>,
    held: &Held,
    to: ImportTo,
    errors: &mut Vec<ImportError>,
) -> Vec<Plan<'a>> {
    let mut plans = Vec::with_capacity(rows.len());
    for row in rows {
        let (target, field) = target(&row, held);
        let sim = target.and_then(|index| held.sims.get(index));
        let owner = sim.and_then(|sim| sim.tenant);
        match (owner, to) {
            (Some(owner), ImportTo::Tenant(tenant)) if owner != tenant => {
                errors.push(super::conflict::held_by_another(row.import.line, field));
                continue;
            }
            (None, ImportTo::Tenant(_)) if sim.is_some_and(|sim| held.heard.contains(&sim.id)) => {
                let message = "was connected while in stock: allocate it to the tenant first".to_owned();
                errors.push(ImportError { line: row.import.line, field, custom: None, message });
                continue;
            }
            (Some(_), ImportTo::Stock) => {
                let message = "is a tenant's SIM: take it back into stock first".to_owned();
                errors.push(ImportError { line: row.import.line, field, custom: None, message });
                continue;
            }
            _ => {}
        }
        let import = row.import;
        plans.push(Plan {
            target,
            imsi: import.imsi.or_else(|| sim?.imsi),
            iccid: import.iccid.or_else(|| sim?.iccid),
            msisdn: import.msisdn.or_else(|| sim?.msisdn),
            state: import.service_state.or(sim.map(|sim| sim.service_state)).unwrap_or(ServiceState::Active),
            row,
        });
    }
    plans
}

/// The SIM that a row is about, and the identifier that says so.
fn target(row: &Row<'_>, held: &Held) -> (Option<usize>, ImportField) {
    let import = row.import;
    if let Some(index) = held.imsi(import.imsi) {
        return (Some(index), ImportField::Imsi);
    }
    if let Some(index) = held.iccid(import.iccid) {
        return (Some(index), ImportField::Iccid);
    }
    // The number alone doesn't make a card with another IMSI or ICCID the same subscription.
    let by_number = held.msisdn(import.msisdn).filter(|index| {
        held.sims.get(*index).is_some_and(|sim| {
            (import.imsi.is_none() || sim.imsi.is_none()) && (import.iccid.is_none() || sim.iccid.is_none())
        })
    });
    (by_number, ImportField::Msisdn)
}
