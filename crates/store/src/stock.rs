//! The operator's stock: SIMs that are in the inventory and no tenant's; how they go to a tenant, and how they come back.
//!
//! What a SIM did while it was somebody's stays theirs. A card that changes hands and was ever heard of is therefore a new row,
//! which has its identifiers and nothing of its history; the old row stays where it was, ended.

use crate::{
    Change, Result, Store, StoreError,
    audit::{self, Event},
    group::group_name,
    import::{held::heard_of, rebook, write::run_built},
    sims::{label, told},
    sql::{Columns, Tx, execute, int_list, narrow, parsed, rows, tx_rows, tx_rows_once, unreadable},
    store::first_int,
    tenant::{default_group, one, version_bump},
};
use opencmp_domain::{
    GroupId, Iccid, Imsi, Msisdn, ServiceState, SimId, SimSet, TenantId, Timestamp,
    sim::SimInventory,
    stock::{
        Allocation, AllocationReport, Staying, StockBatch, StockFilter, StockPage, StockSim, StockSummary,
    },
};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::json;
use sqlx::{AssertSqlSafe, QueryBuilder};

/// What a [`StockFilter`] asks of `sim s`: [`batch_of`] is $1 and $2, [`beginnings`] $3 and $4.
macro_rules! asked_for {
    () => {
        "($1 = 1 OR COALESCE(s.batch, '') = $2)
         AND (s.msisdn LIKE $3 OR s.msisdn LIKE $4 OR s.iccid LIKE $3 OR s.imsi LIKE $3 OR $3 = '%')"
    };
}

/// Ids or identifiers in one statement.
const CHUNK: usize = 2_000;

/// A SIM that was asked for, with whose it is.
struct Asked {
    sim: SimInventory,
    stocked: bool,
}

impl Store {
    /// How much is in stock, by batch.
    pub async fn stock_summary(&self) -> Result<StockSummary> {
        let sql =
            "SELECT batch, COUNT(*) FROM sim WHERE stocked_at IS NOT NULL GROUP BY batch ORDER BY batch";
        let batches = rows!(self.readers(), sql, [] => batch)?;
        Ok(StockSummary { stock: batches.iter().map(|batch| batch.sims).sum(), batches })
    }

    /// SIMs in stock by batch, then by id; `page` from 1.
    pub async fn stock_page(&self, filter: &StockFilter, page: u32, page_size: u32) -> Result<StockPage> {
        let (any_batch, batch) = batch_of(filter);
        let (begins, national) = beginnings(&filter.text);
        let count = concat!("SELECT COUNT(*) FROM sim s WHERE s.stocked_at IS NOT NULL AND ", asked_for!());
        let total = rows!(self.readers(), count, [any_batch, batch, &begins, &national] => first_int)?;
        let sql = concat!(
            "SELECT s.id, s.msisdn, s.iccid, s.imsi, s.batch, p.name, s.service_state, s.stocked_at
             FROM sim s LEFT JOIN rate_plan p ON p.id = s.plan_id
             WHERE s.stocked_at IS NOT NULL AND ",
            asked_for!(),
            " ORDER BY s.batch, s.id LIMIT $5 OFFSET $6"
        );
        let offset = i64::from(page.saturating_sub(1)) * i64::from(page_size);
        let sims = rows!(
            self.readers(),
            sql,
            [any_batch, batch, &begins, &national, i64::from(page_size), offset] => stock_sim
        )?;
        Ok(StockPage { sims, total: narrow("count", one("count", total)?)? })
    }

    /// Takes SIMs from the stock to a tenant or back. `connected`: those that have an open session, which stay until it has ended.
    /// `expected`: how many must go, for it was confirmed; `None`: nothing is written, and it is said what would be. Errors:
    /// `NotFound` (tenant, group), `Invalid` (stock_list, stock_moved).
    pub async fn stock_allocate(
        &self,
        allocation: Allocation,
        filter: &StockFilter,
        connected: impl Fn(SimId) -> bool,
        expected: Option<u64>,
        change: impl Into<Change>,
    ) -> Result<AllocationReport> {
        let change = change.into();
        if filter.lines.len() > StockFilter::MOST_LINES {
            let message = format!("at most {} lines", StockFilter::MOST_LINES);
            return Err(StoreError::Invalid { field: "stock_list", message });
        }
        let mut tx = self.begin_inventory().await?;
        let (tenant, group) = match allocation {
            Allocation::ToTenant { tenant, group: Some(group) } => {
                group_name(&mut tx, tenant, group).await?;
                (tenant, Some(group))
            }
            Allocation::ToTenant { tenant, group: None } => {
                (tenant, Some(default_group(&mut tx, tenant).await?))
            }
            Allocation::ToStock { tenant } => {
                default_group(&mut tx, tenant).await?;
                (tenant, None)
            }
        };
        let mut tenants = FxHashMap::default();
        let tenant_name = tenant_name(&mut tx, tenant, &mut tenants).await?;
        let mut report = AllocationReport::default();
        let going = choose(&mut tx, allocation, filter, connected, &mut tenants, &mut report).await?;
        report.moved = going.len() as u64;
        let used = heard_of(&mut tx, going.iter().map(|sim| sim.id)).await?;
        report.renewed = used.len() as u64;
        match expected {
            None => return Ok(report),
            Some(expected) if expected != report.moved => {
                let message = format!("{} SIMs could go now, and not {expected}: look again", report.moved);
                return Err(StoreError::Invalid { field: "stock_moved", message });
            }
            Some(_) if going.is_empty() => return Ok(report),
            Some(_) => {}
        }
        let version = version_bump(&mut tx).await?;
        let (used, fresh): (Vec<_>, Vec<_>) = going.iter().partition(|sim| used.contains(&sim.id));
        let place = Place { owner: group.map(|group| (tenant, group)), version, now: change.at };
        put(&mut tx, &fresh, place).await?;
        renew(&mut tx, &used, place).await?;
        let to = match group {
            Some(group) => Some(group_name(&mut tx, tenant, group).await?),
            None => None,
        };
        let sims: SimSet = going.iter().map(|sim| sim.id).collect();
        let action = if group.is_some() { "stock.allocate" } else { "stock.take_back" };
        let subject = match going.as_slice() {
            [only] => label(only),
            several => format!("{} SIM", several.len()),
        };
        let about = json!({ "tenant": tenant_name, "group": to, "batch": filter.batch, "sims": told(&sims) });
        for chain in [None, Some(tenant)] {
            let event = Event { chain, action, subject: &subject, before: None, after: Some(about.clone()) };
            audit::append(&mut tx, &change, event).await?;
        }
        tx.commit().await?;
        Ok(report)
    }
}

/// The SIMs that can go; those that can't are in the report.
async fn choose(
    tx: &mut Tx,
    allocation: Allocation,
    filter: &StockFilter,
    connected: impl Fn(SimId) -> bool,
    tenants: &mut FxHashMap<TenantId, String>,
    report: &mut AllocationReport,
) -> Result<Vec<SimInventory>> {
    let mut going = Vec::new();
    if filter.lines.is_empty() {
        for asked in select(tx, allocation, filter).await? {
            match stays(allocation, &asked, &connected) {
                Some(why) => report.stays(label(&asked.sim), why, None),
                None => going.push(asked.sim),
            }
        }
        return Ok(going);
    }
    let found = lookup(tx, &filter.lines).await?;
    let mut seen = FxHashSet::default();
    for line in &filter.lines {
        let Some(asked) = found.of(line) else {
            report.stays(line.clone(), Staying::Missing, None);
            continue;
        };
        let why = match stays(allocation, asked, &connected) {
            None if !seen.insert(asked.sim.id) => Some(Staying::Repeated),
            why => why,
        };
        let Some(why) = why else {
            going.push(asked.sim.clone());
            continue;
        };
        let owner = match (why, asked.sim.tenant) {
            (Staying::Elsewhere, Some(owner)) => Some(tenant_name(tx, owner, tenants).await?),
            _ => None,
        };
        report.stays(line.clone(), why, owner);
    }
    Ok(going)
}

async fn tenant_name(tx: &mut Tx, id: TenantId, known: &mut FxHashMap<TenantId, String>) -> Result<String> {
    if let Some(name) = known.get(&id) {
        return Ok(name.clone());
    }
    let sql = "SELECT name FROM tenant WHERE id = $1";
    let name = one("the tenant", tx_rows!(tx, sql, [id.0] => crate::store::first_text)?)?;
    known.insert(id, name.clone());
    Ok(name)
}

fn stays(allocation: Allocation, asked: &Asked, connected: &impl Fn(SimId) -> bool) -> Option<Staying> {
    let sim = &asked.sim;
    match allocation {
        Allocation::ToTenant { .. } if asked.stocked && connected(sim.id) => Some(Staying::Connected),
        Allocation::ToTenant { .. } if asked.stocked => None,
        Allocation::ToTenant { .. } if sim.tenant.is_none() => Some(Staying::NotInventoried),
        Allocation::ToTenant { .. } => Some(Staying::Elsewhere),
        Allocation::ToStock { tenant } if sim.tenant != Some(tenant) => Some(match sim.tenant {
            None if !asked.stocked => Staying::NotInventoried,
            _ => Staying::Elsewhere,
        }),
        Allocation::ToStock { .. } if sim.service_state == ServiceState::Terminated => {
            Some(Staying::Terminated)
        }
        Allocation::ToStock { .. } if connected(sim.id) => Some(Staying::Connected),
        Allocation::ToStock { .. } => None,
    }
}

macro_rules! asked_columns {
    () => {
        "id, tenant_id, group_id, plan_id, msisdn, iccid, imsi, imei, apn, batch, name, tags, service_state,
         state_changed_at, created_at, stocked_at"
    };
}

/// By batch, or all of them.
async fn select(tx: &mut Tx, allocation: Allocation, filter: &StockFilter) -> Result<Vec<Asked>> {
    let (any_batch, batch) = batch_of(filter);
    let (begins, national) = beginnings(&filter.text);
    match allocation {
        Allocation::ToTenant { .. } => {
            let sql = concat!(
                "SELECT ",
                asked_columns!(),
                " FROM sim s WHERE s.stocked_at IS NOT NULL AND ",
                asked_for!(),
                " ORDER BY s.id"
            );
            tx_rows!(tx, sql, [any_batch, batch, &begins, &national] => asked)
        }
        Allocation::ToStock { tenant } => {
            let sql = concat!(
                "SELECT ",
                asked_columns!(),
                " FROM sim s WHERE s.tenant_id = $5 AND s.service_state <> 'terminated' AND ",
                asked_for!(),
                " ORDER BY s.id"
            );
            tx_rows!(tx, sql, [any_batch, batch, &begins, &national, tenant.0] => asked)
        }
    }
}

/// Whether any batch will do, and else which; empty: none.
fn batch_of(filter: &StockFilter) -> (i64, &str) {
    match &filter.batch {
        None => (1, ""),
        Some(batch) => (0, batch.as_deref().unwrap_or_default()),
    }
}

/// Patterns of what is typed of an identifier, and of a number in the form that it is kept in, where it is typed as people do:
/// `0400…`. What has no digits is found nowhere.
fn beginnings(text: &str) -> (String, String) {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() && !text.trim().is_empty() {
        return ("-".to_owned(), "-".to_owned());
    }
    let national = digits.strip_prefix('0').map(|rest| format!("{}{rest}%", Msisdn::HOME_COUNTRY));
    (format!("{digits}%"), national.unwrap_or_else(|| format!("{digits}%")))
}

/// What lines of a list name.
#[derive(Default)]
struct Found {
    sims: Vec<Asked>,
    by_iccid: FxHashMap<Iccid, usize>,
    by_imsi: FxHashMap<Imsi, usize>,
    by_msisdn: FxHashMap<Msisdn, usize>,
}

impl Found {
    fn of(&self, line: &str) -> Option<&Asked> {
        let line = line.trim();
        let iccid = || line.parse().ok().and_then(|iccid| self.by_iccid.get(&iccid));
        let imsi = || line.parse().ok().and_then(|imsi| self.by_imsi.get(&imsi));
        let msisdn = || line.parse().ok().and_then(|number| self.by_msisdn.get(&number));
        self.sims.get(*iccid().or_else(imsi).or_else(msisdn)?)
    }

    fn add(&mut self, asked: Asked) {
        let (index, sim) = (self.sims.len(), &asked.sim);
        if let Some(iccid) = sim.iccid {
            self.by_iccid.insert(iccid, index);
        }
        if let Some(imsi) = sim.imsi {
            self.by_imsi.insert(imsi, index);
        }
        // A number that came back is that of the subscription that hasn't ended.
        if let Some(number) = sim.msisdn
            && (sim.service_state != ServiceState::Terminated || !self.by_msisdn.contains_key(&number))
        {
            self.by_msisdn.insert(number, index);
        }
        self.sims.push(asked);
    }
}

async fn lookup(tx: &mut Tx, lines: &[String]) -> Result<Found> {
    let mut found = Found::default();
    let mut seen = FxHashSet::default();
    for lines in lines.chunks(CHUNK) {
        let list = |texts: Vec<String>| match texts.is_empty() {
            true => "NULL".to_owned(),
            false => format!("'{}'", texts.join("','")),
        };
        // Digits only: nothing to escape.
        let trimmed = || lines.iter().map(|line| line.trim());
        let iccids = trimmed().filter_map(|line| line.parse::<Iccid>().ok()).map(|iccid| iccid.to_string());
        let imsis = trimmed().filter_map(|line| line.parse::<Imsi>().ok()).map(|imsi| imsi.to_string());
        let numbers =
            trimmed().filter_map(|line| line.parse::<Msisdn>().ok()).map(|number| number.to_string());
        let (iccids, imsis, numbers) =
            (list(iccids.collect()), list(imsis.collect()), list(numbers.collect()));
        let condition = format!("iccid IN ({iccids}) OR imsi IN ({imsis}) OR msisdn IN ({numbers})");
        let sql = format!(concat!("SELECT ", asked_columns!(), " FROM sim WHERE {} ORDER BY id"), condition);
        for asked in tx_rows_once!(&mut *tx, AssertSqlSafe(sql), [] => asked)? {
            if seen.insert(asked.sim.id) {
                found.add(asked);
            }
        }
    }
    Ok(found)
}

/// Where SIMs are put.
#[derive(Clone, Copy)]
struct Place {
    /// `None`: the stock.
    owner: Option<(TenantId, GroupId)>,
    version: i64,
    now: Timestamp,
}

/// Rows that nothing hangs on go as they are; to the stock without what the tenant said of them.
async fn put(tx: &mut Tx, sims: &[&SimInventory], place: Place) -> Result<()> {
    let Place { owner, version, now } = place;
    for sims in sims.chunks(CHUNK) {
        let list = int_list(sims.iter().map(|sim| sim.id.0));
        if let Some((tenant, group)) = owner {
            let sql = format!(
                "UPDATE sim SET tenant_id = $1, group_id = $2, stocked_at = NULL, changed_version = $3
                 WHERE id IN ({list})"
            );
            execute!(&mut *tx, AssertSqlSafe(sql), [tenant.0, group.0, version])?;
            continue;
        }
        for said in ["sim_custom", "sim_event"] {
            let sql = format!("DELETE FROM {said} WHERE sim_id IN ({list})");
            execute!(&mut *tx, AssertSqlSafe(sql), [])?;
        }
        let sql = format!(
            "UPDATE sim SET tenant_id = NULL, group_id = NULL, name = NULL, tags = '[]', stocked_at = $1,
                 changed_version = $2 WHERE id IN ({list})"
        );
        execute!(&mut *tx, AssertSqlSafe(sql), [now.0, version])?;
    }
    // What isn't in sim_live has no usage; a tenant's sums are kept right all the same.
    let group = owner.map(|(_, group)| group);
    let moves = sims.iter().map(|sim| rebook::Move { sim: sim.id, from: sim.group, to: group });
    rebook::run(tx, &moves.collect::<Vec<_>>()).await
}

/// The old rows end and keep their history, a tenant's its number too; the cards go on in new ones.
async fn renew(tx: &mut Tx, sims: &[&SimInventory], place: Place) -> Result<()> {
    let Place { owner, version, now } = place;
    for sims in sims.chunks(CHUNK / 2) {
        let list = int_list(sims.iter().map(|sim| sim.id.0));
        // What the operator said of it goes along, what a tenant said doesn't.
        let own = owner.is_some();
        let tags = sims.iter().map(|sim| serde_json::to_string(&sim.tags).map_err(|e| unreadable("tags", e)));
        let tags: Vec<String> = tags.collect::<Result<_>>()?;
        let number = if own { "msisdn = NULL," } else { "" };
        let sql = format!(
            "UPDATE sim SET imsi = NULL, iccid = NULL, {number} stocked_at = NULL, service_state = 'terminated',
                 state_changed_at = $1, changed_version = $2 WHERE id IN ({list})"
        );
        execute!(&mut *tx, AssertSqlSafe(sql), [now.0, version])?;
        run_built!(tx, |query| {
            query.push(
                "INSERT INTO sim (tenant_id, group_id, plan_id, msisdn, iccid, imsi, apn, batch, name, tags,
                     service_state, state_changed_at, created_at, stocked_at, changed_version) ",
            );
            query.push_values(sims.iter().zip(&tags), |mut row, (sim, tags)| {
                row.push_bind(owner.map(|(tenant, _)| tenant.0))
                    .push_bind(owner.map(|(_, group)| group.0))
                    .push_bind(sim.plan.map(|plan| plan.0))
                    .push_bind(sim.msisdn.map(|number| number.to_string()))
                    .push_bind(sim.iccid.map(|iccid| iccid.to_string()))
                    .push_bind(sim.imsi.map(|imsi| imsi.to_string()))
                    .push_bind(sim.apn.as_ref().map(|apn| apn.to_string()))
                    .push_bind(sim.batch.clone())
                    .push_bind(if own { sim.name.clone() } else { None })
                    .push_bind(if own { tags.as_str() } else { "[]" })
                    .push_bind(sim.service_state.as_str())
                    .push_bind(now.0)
                    .push_bind(now.0)
                    .push_bind(owner.is_none().then_some(now.0))
                    .push_bind(version);
            });
        });
    }
    Ok(())
}

fn batch(row: &impl Columns) -> Result<StockBatch> {
    Ok(StockBatch { batch: row.opt_text(0)?.map(str::to_owned), sims: narrow("count", row.int(1)?)? })
}

fn stock_sim(row: &impl Columns) -> Result<StockSim> {
    let state = row.text(6)?;
    Ok(StockSim {
        id: SimId(row.int(0)?),
        msisdn: parsed("msisdn", row.opt_text(1)?)?,
        iccid: parsed("iccid", row.opt_text(2)?)?,
        imsi: parsed("imsi", row.opt_text(3)?)?,
        batch: row.opt_text(4)?.map(str::to_owned),
        plan: row.opt_text(5)?.map(str::to_owned),
        service_state: state.parse().map_err(|_| unreadable("service_state", state))?,
        stocked_at: Timestamp(row.int(7)?),
    })
}

fn asked(row: &impl Columns) -> Result<Asked> {
    Ok(Asked { sim: crate::inventory::sim_inventory(row)?, stocked: row.opt_int(15)?.is_some() })
}
