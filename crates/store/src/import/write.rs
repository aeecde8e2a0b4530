//! What is written of an import.

use super::{
    ImportError, ImportField, ImportReport,
    conflict::Resolved,
    held::{Held, Plan},
    rebook::Move,
};
use crate::{
    Result,
    sessions::utc_day,
    sql::{Tx, execute, int_list},
    tenant::{group_ensure, plan_ensure},
};
use opencmp_domain::{
    GroupId, PlanId, ServiceState, SimId, TenantId, Timestamp, event::EventKind, sim::SimInventory,
};
use rustc_hash::FxHashMap;
use sqlx::{AssertSqlSafe, QueryBuilder};

/// Rows of one statement: SQLite takes 32,766 values.
const CHUNK: usize = 1_000;

/// A SIM as it will be; texts as the database has them.
#[derive(Debug, PartialEq)]
struct Line {
    /// 0 for a new one.
    id: i64,
    tenant: i64,
    group: i64,
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
}

#[derive(Default)]
pub(super) struct Write {
    created: Vec<Line>,
    changed: Vec<Line>,
    adopted: Vec<SimId>,
    unchanged: u64,
    givers: Vec<SimId>,
    released: Vec<(SimId, ImportField)>,
    pub(super) moves: Vec<Move>,
}

/// Makes groups and plans, and each row's final form.
pub(super) async fn prepare(
    tx: &mut Tx,
    resolved: Resolved<'_>,
    held: &Held,
    tenant: TenantId,
    default_group: GroupId,
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
        let group = match &plan.row.group {
            None => None,
            Some(None) => Some(default_group),
            Some(Some(name)) => match groups.get(name) {
                Some(group) => Some(*group),
                None => {
                    let (group, _) = group_ensure(tx, tenant, name, now).await?;
                    groups.insert(name.clone(), group);
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
        let group = group.or_else(|| sim?.group).unwrap_or(default_group);
        let line = line(&plan, sim, tenant, group, rate_plan, now);
        write.add(line, sim);
    }
    Ok(write)
}

fn line(
    plan: &Plan<'_>,
    sim: Option<&SimInventory>,
    tenant: TenantId,
    group: GroupId,
    rate_plan: Option<Option<PlanId>>,
    now: Timestamp,
) -> Line {
    let row = &plan.row;
    let state_changed = match sim {
        Some(sim) if sim.service_state == plan.state => sim.state_changed_at,
        _ => Some(now),
    };
    let tags = || sim.map_or(Ok("[]".to_owned()), |sim| serde_json::to_string(&sim.tags)).unwrap_or_default();
    let text = |said: Option<Option<&str>>, held: Option<&String>| match said {
        Some(text) => text.map(str::to_owned),
        None => held.cloned(),
    };
    Line {
        id: sim.map_or(0, |sim| sim.id.0),
        tenant: tenant.0,
        group: group.0,
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
    }
}

/// The line that would say what the database says already.
fn as_held(sim: &SimInventory) -> Option<Line> {
    Some(Line {
        id: sim.id.0,
        tenant: sim.tenant?.0,
        group: sim.group?.0,
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
    })
}

impl Write {
    fn add(&mut self, line: Line, sim: Option<&SimInventory>) {
        let Some(sim) = sim else {
            self.created.push(line);
            return;
        };
        if as_held(sim).as_ref() == Some(&line) {
            self.unchanged += 1;
            return;
        }
        if sim.tenant.is_none() {
            self.adopted.push(sim.id);
        }
        let group = GroupId(line.group);
        if sim.group != Some(group) {
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
        Ok(())
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

/// Runs a statement that was built for either database.
macro_rules! run_built {
    ($tx:expr, |$query:ident| $build:block) => {
        match $tx {
            Tx::Sqlite(tx) => {
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
            .push_bind($version)
    };
}

async fn insert(tx: &mut Tx, lines: &[Line], version: i64) -> Result<()> {
    run_built!(tx, |query| {
        query.push(
            "INSERT INTO sim (tenant_id, group_id, plan_id, msisdn, iccid, imsi, imei, apn, batch, name, tags,
                 service_state, state_changed_at, created_at, changed_version) ",
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
                 service_state, state_changed_at, created_at, changed_version, id) AS (",
        );
        query.push_values(lines, |mut row, line| {
            push_line!(row, line, version).push_bind(line.id);
        });
        query.push(
            ") UPDATE sim SET tenant_id = line.tenant_id, group_id = line.group_id, plan_id = line.plan_id,
                 msisdn = line.msisdn, iccid = line.iccid, imsi = line.imsi, imei = line.imei, apn = line.apn,
                 batch = line.batch, name = line.name, tags = line.tags, service_state = line.service_state,
                 state_changed_at = line.state_changed_at, changed_version = line.changed_version
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
