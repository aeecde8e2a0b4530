//! What is written of an import.

use super::{
    ImportError, ImportField, ImportReport, ImportTo,
    conflict::Resolved,
    held::{Held, Plan},
    rebook::Move,
};
use crate::{
    Result,
    custom::{Values, values_write},
    plan::plan_ensure,
    sessions::utc_day,
    sql::{Columns, Tx, execute, int_list, tx_rows_once},
    tenant::group_ensure,
};
use opencmp_domain::{GroupId, PlanId, ServiceState, SimId, Timestamp, event::EventKind, sim::SimInventory};
use rustc_hash::FxHashMap;
use sqlx::{AssertSqlSafe, QueryBuilder};

/// Rows of one statement: SQLite takes 32,766 values.
const CHUNK: usize = 1_000;

/// A SIM as it will be; texts as the database has them.
#[derive(Debug, PartialEq)]
struct Line {
    /// 0 for a new one.
    id: i64,
    tenant: Option<i64>,
    group: Option<i64>,
    plan: Option<i64>,
    msisdn: Option<String>,
    iccid: Option<String>,
    imsi: Option<String>,
    imei: Option<String>,
    apn: Option<String>,
    batch: Option<String>,
    name: Option<String>,
    tags: String,
    state: &'static str,
    state_changed_at: Option<i64>,
    created_at: i64,
    stocked_at: Option<i64>,
    /// Values of custom fields; empty where the file has no such columns.
    fields: Values,
}

#[derive(Default)]
pub(super) struct Write {
    created: Vec<Line>,
    changed: Vec<Line>,
    adopted: Vec<SimId>,
    unchanged: u64,
    new_groups: Vec<String>,
    givers: Vec<SimId>,
    released: Vec<(SimId, ImportField)>,
    pub(super) moves: Vec<Move>,
}

/// Makes groups and plans, and each row's final form.
pub(super) async fn prepare(
    tx: &mut Tx,
    resolved: Resolved<'_>,
    held: &Held,
    to: ImportTo,
    default_group: Option<GroupId>,
    now: Timestamp,
) -> Result<Write> {
    let id = |index: usize| held.sims.get(index).map(|sim| sim.id);
    let mut write = Write {
        givers: resolved.givers.iter().filter_map(|giver| id(*giver)).collect(),
        released: resolved.released.iter().filter_map(|(sim, field)| Some((id(*sim)?, *field))).collect(),
        ..Write::default()
    };
    let mut groups: FxHashMap<String, GroupId> = FxHashMap::default();
    let mut plans: FxHashMap<String, PlanId> = FxHashMap::default();
    for plan in resolved.plans {
        let group = match (&plan.row.group, to) {
            (None, _) | (_, ImportTo::Stock) => None,
            (Some(None), _) => default_group,
            (Some(Some(name)), ImportTo::Tenant(tenant)) => match groups.get(name) {
                Some(group) => Some(*group),
                None => {
                    let (group, made) = group_ensure(tx, tenant, name, now).await?;
                    groups.insert(name.clone(), group);
                    write.new_groups.extend(made.then(|| name.clone()));
                    Some(group)
                }
            },
        };
        let rate_plan = match plan.row.plan {
            None => None,
            Some(None) => Some(None),
            Some(Some(name)) => match plans.get(name) {
                Some(plan) => Some(Some(*plan)),
                None => {
                    let (plan, _) = plan_ensure(tx, name, now).await?;
                    plans.insert(name.to_owned(), plan);
                    Some(Some(plan))
                }
            },
        };
        let sim = plan.target.and_then(|index| held.sims.get(index));
        let group = group.or_else(|| sim?.group).or(default_group);
        let line = line(&plan, sim, held, (to, group), rate_plan, now);
        write.add(line, sim, held);
    }
    Ok(write)
}

fn line(
    plan: &Plan<'_>,
    sim: Option<&SimInventory>,
    held: &Held,
    (to, group): (ImportTo, Option<GroupId>),
    rate_plan: Option<Option<PlanId>>,
    now: Timestamp,
) -> Line {
    let row = &plan.row;
    let state_changed = match sim {
        Some(sim) if sim.service_state == plan.state => sim.state_changed_at,
        _ => Some(now),
    };
    let tags = || sim.map_or(Ok("[]".to_owned()), |sim| serde_json::to_string(&sim.tags)).unwrap_or_default();
    let text = |said: Option<Option<&str>>, kept: Option<&String>| match said {
        Some(text) => text.map(str::to_owned),
        None => kept.cloned(),
    };
    let mut fields = sim.and_then(|sim| held.custom(sim.id)).cloned().unwrap_or_default();
    fields.extend(row.fields.iter().cloned());
    Line {
        id: sim.map_or(0, |sim| sim.id.0),
        tenant: match to {
            ImportTo::Tenant(tenant) => Some(tenant.0),
            ImportTo::Stock => None,
        },
        group: group.map(|group| group.0),
        plan: rate_plan.unwrap_or_else(|| sim?.plan).map(|plan| plan.0),
        msisdn: plan.msisdn.map(|msisdn| msisdn.to_string()),
        iccid: plan.iccid.map(|iccid| iccid.to_string()),
        imsi: plan.imsi.map(|imsi| imsi.to_string()),
        imei: row.import.imei.or_else(|| sim?.imei).map(|imei| imei.to_string()),
        apn: row.import.apn.as_ref().or_else(|| sim?.apn.as_ref()).map(|apn| apn.to_string()),
        batch: text(row.batch, sim.and_then(|sim| sim.batch.as_ref())),
        name: text(row.name, sim.and_then(|sim| sim.name.as_ref())),
        tags: row.tags.clone().unwrap_or_else(tags),
        state: plan.state.as_str(),
        state_changed_at: state_changed.map(|at| at.0),
        created_at: sim.map_or(now, |sim| sim.created_at).0,
        stocked_at: match to {
            ImportTo::Tenant(_) => None,
            ImportTo::Stock => Some(sim.and_then(|sim| held.stocked(sim.id)).unwrap_or(now.0)),
        },
        fields,
    }
}

/// The line that would say what the database says already.
fn as_held(sim: &SimInventory, held: &Held) -> Option<Line> {
    Some(Line {
        id: sim.id.0,
        tenant: sim.tenant.map(|tenant| tenant.0),
        group: sim.group.map(|group| group.0),
        plan: sim.plan.map(|plan| plan.0),
        msisdn: sim.msisdn.map(|msisdn| msisdn.to_string()),
        iccid: sim.iccid.map(|iccid| iccid.to_string()),
        imsi: sim.imsi.map(|imsi| imsi.to_string()),
        imei: sim.imei.map(|imei| imei.to_string()),
        apn: sim.apn.as_ref().map(|apn| apn.to_string()),
        batch: sim.batch.clone(),
        name: sim.name.clone(),
        tags: serde_json::to_string(&sim.tags).ok()?,
        state: ServiceState::as_str(sim.service_state),
        state_changed_at: sim.state_changed_at.map(|at| at.0),
        created_at: sim.created_at.0,
        stocked_at: held.stocked(sim.id),
        fields: held.custom(sim.id).cloned().unwrap_or_default(),
    })
}

impl Write {
    fn add(&mut self, line: Line, sim: Option<&SimInventory>, held: &Held) {
        let Some(sim) = sim else {
            self.created.push(line);
            return;
        };
        if as_held(sim, held).as_ref() == Some(&line) {
            self.unchanged += 1;
            return;
        }
        if sim.tenant.is_none() && (line.tenant.is_some() || held.stocked(sim.id).is_none()) {
            self.adopted.push(sim.id);
        }
        let group = line.group.map(GroupId);
        if sim.group != group {
            self.moves.push(Move { sim: sim.id, from: sim.group, to: group });
        }
        self.changed.push(line);
    }

    pub(super) fn writes_anything(&self) -> bool {
        !self.created.is_empty() || !self.changed.is_empty()
    }

    pub(super) fn report(&self, errors: Vec<ImportError>, inventory_version: i64) -> ImportReport {
        let adopted = self.adopted.len() as u64;
        ImportReport {
            created: self.created.len() as u64,
            updated: self.changed.len() as u64 - adopted,
            adopted,
            unchanged: self.unchanged,
            new_groups: self.new_groups.clone(),
            errors,
            inventory_version,
        }
    }

    pub(super) async fn run(&self, tx: &mut Tx, version: i64, now: Timestamp) -> Result<()> {
        self.release(tx, version).await?;
        for lines in self.changed.chunks(CHUNK) {
            update(tx, lines, version).await?;
        }
        for lines in self.created.chunks(CHUNK) {
            insert(tx, lines, version).await?;
        }
        for sims in self.adopted.chunks(CHUNK) {
            tell_adopted(tx, sims, now).await?;
        }
        self.write_fields(tx).await
    }

    async fn write_fields(&self, tx: &mut Tx) -> Result<()> {
        let changed = self.changed.iter().filter(|line| !line.fields.is_empty());
        let mut values: Vec<(SimId, &Values)> = changed.map(|line| (SimId(line.id), &line.fields)).collect();
        let new: Vec<&Line> = self.created.iter().filter(|line| !line.fields.is_empty()).collect();
        for lines in new.chunks(CHUNK) {
            let ids = ids_of(tx, lines).await?;
            values.extend(lines.iter().filter_map(|line| Some((*ids.get(&line.identity())?, &line.fields))));
        }
        values_write(tx, &values).await
    }

    /// Takes identifiers away before others get them: unique indexes look at each row as it is written.
    async fn release(&self, tx: &mut Tx, version: i64) -> Result<()> {
        let givers = self.givers.iter().map(|sim| (*sim, "imsi = NULL, iccid = NULL, msisdn = NULL"));
        let released = self.released.iter().map(|(sim, field)| {
            let column = match field {
                ImportField::Imsi => "imsi = NULL",
                ImportField::Iccid => "iccid = NULL",
                _ => "msisdn = NULL",
            };
            (*sim, column)
        });
        let mut by_column: FxHashMap<&str, Vec<i64>> = FxHashMap::default();
        for (sim, columns) in givers.chain(released) {
            by_column.entry(columns).or_default().push(sim.0);
        }
        for (columns, sims) in by_column {
            for sims in sims.chunks(CHUNK) {
                let sims = int_list(sims.iter().copied());
                let sql = format!("UPDATE sim SET {columns}, changed_version = $1 WHERE id IN ({sims})");
                execute!(&mut *tx, AssertSqlSafe(sql), [version])?;
            }
        }
        Ok(())
    }
}

/// An identifier of a SIM, with its column.
type Identity<'a> = (&'static str, &'a str);

impl Line {
    /// One of the identifiers that it has.
    fn identity(&self) -> Identity<'_> {
        match (&self.imsi, &self.iccid, &self.msisdn) {
            (Some(imsi), ..) => ("imsi", imsi),
            (None, Some(iccid), _) => ("iccid", iccid),
            (None, None, msisdn) => ("msisdn", msisdn.as_deref().unwrap_or_default()),
        }
    }
}

/// The ids that new rows were given.
async fn ids_of<'a>(tx: &mut Tx, lines: &[&'a Line]) -> Result<FxHashMap<Identity<'a>, SimId>> {
    let mut ids = FxHashMap::default();
    for column in ["imsi", "iccid", "msisdn"] {
        let wanted = lines.iter().map(|line| line.identity()).filter(|(of, _)| *of == column);
        let wanted: FxHashMap<&str, Identity<'a>> = wanted.map(|identity| (identity.1, identity)).collect();
        if wanted.is_empty() {
            continue;
        }
        // Digits only: nothing to escape. The youngest has a number that an ended subscription gave back.
        let list = wanted.keys().copied().collect::<Vec<_>>().join("','");
        let sql = format!("SELECT id, {column} FROM sim WHERE {column} IN ('{list}') ORDER BY id");
        for (id, text) in tx_rows_once!(&mut *tx, AssertSqlSafe(sql), [] => id_and_text)? {
            if let Some(identity) = wanted.get(text.as_str()) {
                ids.insert(*identity, id);
            }
        }
    }
    Ok(ids)
}

fn id_and_text(row: &impl Columns) -> Result<(SimId, String)> {
    Ok((SimId(row.int(0)?), row.text(1)?.to_owned()))
}

/// Runs a statement that was built for either database.
macro_rules! run_built {
    ($tx:expr, |$query:ident| $build:block) => {
        match $tx {
            Tx::Sqlite(tx, _) => {
                let mut $query = QueryBuilder::<sqlx::Sqlite>::new("");
                $build
                $query.build().execute(&mut **tx).await?;
            }
            Tx::Postgres(tx) => {
                let mut $query = QueryBuilder::<sqlx::Postgres>::new("");
                $build
                $query.build().execute(&mut **tx).await?;
            }
        }
    };
}
pub(crate) use run_built;

macro_rules! push_line {
    ($row:expr, $line:expr, $version:expr) => {
        $row.push_bind($line.tenant)
            .push_bind($line.group)
            .push_bind($line.plan)
            .push_bind(&$line.msisdn)
            .push_bind(&$line.iccid)
            .push_bind(&$line.imsi)
            .push_bind(&$line.imei)
            .push_bind(&$line.apn)
            .push_bind(&$line.batch)
            .push_bind(&$line.name)
            .push_bind(&$line.tags)
            .push_bind($line.state)
            .push_bind($line.state_changed_at)
            .push_bind($line.created_at)
            .push_bind($line.stocked_at)
            .push_bind($version)
    };
}

async fn insert(tx: &mut Tx, lines: &[Line], version: i64) -> Result<()> {
    run_built!(tx, |query| {
        query.push(
            "INSERT INTO sim (tenant_id, group_id, plan_id, msisdn, iccid, imsi, imei, apn, batch, name, tags,
                 service_state, state_changed_at, created_at, stocked_at, changed_version) ",
        );
        query.push_values(lines, |mut row, line| {
            push_line!(row, line, version);
        });
    });
    Ok(())
}

async fn update(tx: &mut Tx, lines: &[Line], version: i64) -> Result<()> {
    run_built!(tx, |query| {
        query.push(
            "WITH line (tenant_id, group_id, plan_id, msisdn, iccid, imsi, imei, apn, batch, name, tags,
                 service_state, state_changed_at, created_at, stocked_at, changed_version, id) AS (",
        );
        query.push_values(lines, |mut row, line| {
            push_line!(row, line, version).push_bind(line.id);
        });
        query.push(
            ") UPDATE sim SET tenant_id = line.tenant_id, group_id = line.group_id, plan_id = line.plan_id,
                 msisdn = line.msisdn, iccid = line.iccid, imsi = line.imsi, imei = line.imei, apn = line.apn,
                 batch = line.batch, name = line.name, tags = line.tags, service_state = line.service_state,
                 state_changed_at = line.state_changed_at, stocked_at = line.stocked_at,
                 changed_version = line.changed_version
               FROM line WHERE sim.id = line.id",
        );
    });
    Ok(())
}

async fn tell_adopted(tx: &mut Tx, sims: &[SimId], now: Timestamp) -> Result<()> {
    run_built!(tx, |query| {
        query.push("INSERT INTO sim_event (sim_id, at, day, kind) ");
        query.push_values(sims, |mut row, sim| {
            row.push_bind(sim.0)
                .push_bind(now.0)
                .push_bind(utc_day(now))
                .push_bind(EventKind::Adopted.as_str());
        });
    });
    Ok(())
}
