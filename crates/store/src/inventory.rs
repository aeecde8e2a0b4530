//! Reading SIMs, and what changed since; SIMs that only the network knows.

use crate::{
    Result, Store, StoreError,
    import::{
        held::{Held, load_subscribers},
        write::run_built,
    },
    load::load,
    sql::{Columns, Tx, narrow, parsed, rows, tx_rows, unreadable},
    state::sim_state,
    store::first_int,
    tenant::one,
};
use opencmp_domain::{
    ByteCount, GroupId, Msisdn, PlanId, ServiceState, SimId, TenantId, Timestamp, UsageClassId,
    operator::UnknownSim, sim::SimInventory, stored::UnknownSubscriber,
};
use rustc_hash::FxHashSet;
use sqlx::QueryBuilder;

/// How far a reader has followed the inventory. Begin with [`InventoryCursor::at`] the version that was current before
/// the first page was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InventoryCursor {
    pub version: i64,
    /// Last SIM read of those changed in the version after it; `None`: none of them were.
    within: Option<(i64, SimId)>,
}

impl InventoryCursor {
    pub const fn at(version: i64) -> Self {
        Self { version, within: None }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct SimChanges {
    pub sims: Vec<SimInventory>,
    /// Where to go on.
    pub next: InventoryCursor,
    /// Nothing is left to read; `next.version` is the inventory's version then.
    pub complete: bool,
}

/// The columns that [`sim_inventory`] reads.
macro_rules! sim_columns {
    () => {
        "id, tenant_id, group_id, plan_id, msisdn, iccid, imsi, imei, apn, batch, name, tags, service_state,
         state_changed_at, created_at"
    };
}
pub(crate) use sim_columns;

impl Store {
    /// Rises with every change of tenants, groups, plans and SIMs; not with SIMs that only the network knows.
    pub async fn inventory_version(&self) -> Result<i64> {
        one("meta", rows!(self.readers(), "SELECT inventory_version FROM meta", [] => first_int)?)
    }

    /// SIMs in the order of their ids, unknown ones included; begin with `SimId(0)`, go on with the last id.
    pub async fn sim_inventory_page(&self, after: SimId, limit: u32) -> Result<Vec<SimInventory>> {
        let sql = concat!("SELECT ", sim_columns!(), " FROM sim WHERE id > $1 ORDER BY id LIMIT $2");
        load!(self, sql, [after.0, i64::from(limit)] => sim_inventory)
    }

    /// At most `limit` SIMs that were changed or made after the cursor.
    pub async fn sims_changed_since(&self, cursor: InventoryCursor, limit: u32) -> Result<SimChanges> {
        // Read before the SIMs: a change in between is read again later and not missed.
        let version = self.inventory_version().await?;
        let (changed, after) = cursor.within.unwrap_or((cursor.version, SimId(i64::MAX)));
        let sql = concat!(
            "SELECT ",
            sim_columns!(),
            ", changed_version FROM sim
             WHERE (changed_version, id) > ($1, $2) ORDER BY changed_version, id LIMIT $3"
        );
        let found = load!(self, sql, [changed, after.0, i64::from(limit)] => sim_changed)?;
        let complete = found.len() < limit as usize;
        let next = match found.last() {
            Some((last, changed)) if !complete => {
                InventoryCursor { version: cursor.version, within: Some((*changed, last.id)) }
            }
            _ => InventoryCursor::at(version),
        };
        Ok(SimChanges { sims: found.into_iter().map(|(sim, _)| sim).collect(), next, complete })
    }

    pub async fn sim_get(&self, sim: SimId) -> Result<Option<SimInventory>> {
        let sql = concat!("SELECT ", sim_columns!(), " FROM sim WHERE id = $1");
        Ok(rows!(self.readers(), sql, [sim.0] => sim_inventory)?.into_iter().next())
    }

    /// Makes rows without a tenant for subscribers that aren't there, by IMSI, else MSISDN; the ids in the order given.
    /// A subscriber that is there, in the inventory or not, gets the id it has. `NotFound` if one has neither.
    pub async fn sim_register_unknown(&self, subscribers: &[UnknownSubscriber]) -> Result<Vec<SimId>> {
        if subscribers.is_empty() {
            return Ok(Vec::new());
        }
        // What an import would change must not change in between.
        let mut tx = self.begin_inventory().await?;
        let held = load_subscribers(&mut tx, subscribers).await?;
        if let Some(ids) = ids_of(subscribers, &held) {
            return Ok(ids);
        }
        for strangers in strangers(subscribers, &held).chunks(REGISTERED_AT_ONCE) {
            register(&mut tx, strangers).await?;
        }
        let held = load_subscribers(&mut tx, subscribers).await?;
        let missing = StoreError::NotFound { what: "a subscriber's IMSI or MSISDN" };
        let ids = ids_of(subscribers, &held).ok_or(missing)?;
        tx.commit().await?;
        Ok(ids)
    }

    /// SIMs that only the network knows, newest first; `page` from 1.
    pub async fn unknown_sims(&self, page: u32, page_size: u32) -> Result<Vec<UnknownSim>> {
        let sql = "SELECT s.id, s.imsi, s.msisdn, s.created_at, l.state FROM sim s LEFT JOIN sim_live l ON l.sim_id = s.id
                   WHERE s.tenant_id IS NULL AND s.stocked_at IS NULL AND (s.imsi IS NOT NULL OR s.msisdn IS NOT NULL)
                   ORDER BY s.id DESC LIMIT $1 OFFSET $2";
        let offset = i64::from(page.saturating_sub(1)) * i64::from(page_size);
        let found = rows!(self.readers(), sql, [i64::from(page_size), offset] => unknown_sim)?;
        let classes = self.classes_by_ids(found.iter().filter_map(|(_, class)| *class)).await?;
        let with_apn = |(sim, class): (UnknownSim, Option<UsageClassId>)| {
            let class = classes.iter().find(|known| Some(known.id) == class);
            UnknownSim { apn: class.and_then(|class| class.apn.clone()), ..sim }
        };
        Ok(found.into_iter().map(with_apn).collect())
    }

    pub async fn unknown_sim_count(&self) -> Result<u64> {
        let sql = "SELECT COUNT(*) FROM sim WHERE tenant_id IS NULL AND stocked_at IS NULL
               AND (imsi IS NOT NULL OR msisdn IS NOT NULL)";
        narrow("count", one("count", rows!(self.readers(), sql, [] => first_int)?)?)
    }
}

/// Rows of one statement.
const REGISTERED_AT_ONCE: usize = 1_000;

/// Everyone's id; `None` if somebody isn't there.
fn ids_of(subscribers: &[UnknownSubscriber], held: &Held) -> Option<Vec<SimId>> {
    let id = |subscriber| known(subscriber, held).and_then(|index| held.sims.get(index)).map(|sim| sim.id);
    subscribers.iter().map(id).collect()
}

/// The SIM with this IMSI; else the one with this MSISDN, unless it has another IMSI.
fn known(subscriber: &UnknownSubscriber, held: &Held) -> Option<usize> {
    held.imsi(subscriber.imsi).or_else(|| {
        let by_number = held.msisdn(subscriber.msisdn)?;
        let other_imsi = subscriber.imsi.is_some() && held.sims.get(by_number)?.imsi.is_some();
        (!other_imsi).then_some(by_number)
    })
}

/// Those who aren't there, each once. A number that another IMSI has is that one's; the IMSI is believed.
fn strangers(subscribers: &[UnknownSubscriber], held: &Held) -> Vec<UnknownSubscriber> {
    let mut imsis = FxHashSet::default();
    let mut numbers = FxHashSet::default();
    // Those with an IMSI first: who has nothing but a number of theirs is one of them.
    let (with_imsi, without): (Vec<&UnknownSubscriber>, Vec<&UnknownSubscriber>) = subscribers
        .iter()
        .filter(|subscriber| known(subscriber, held).is_none())
        .partition(|subscriber| subscriber.imsi.is_some());
    let mut strangers = Vec::new();
    for subscriber in with_imsi.into_iter().chain(without) {
        let new_imsi = subscriber.imsi.is_some_and(|imsi| imsis.insert(imsi));
        if subscriber.imsi.is_some() && !new_imsi {
            continue;
        }
        let free = |number: &Msisdn| held.msisdn(Some(*number)).is_none() && numbers.insert(*number);
        let msisdn = subscriber.msisdn.filter(free);
        if new_imsi || msisdn.is_some() {
            strangers.push(UnknownSubscriber { msisdn, ..*subscriber });
        }
    }
    strangers
}

async fn register(tx: &mut Tx, strangers: &[UnknownSubscriber]) -> Result<()> {
    // The next version's, so that a reader of changes comes by.
    let version =
        one("meta", tx_rows!(&mut *tx, "SELECT inventory_version FROM meta", [] => first_int)?)? + 1;
    run_built!(tx, |query| {
        query.push("INSERT INTO sim (imsi, msisdn, tags, service_state, created_at, changed_version) ");
        query.push_values(strangers, |mut row, subscriber| {
            row.push_bind(subscriber.imsi.map(|imsi| imsi.to_string()))
                .push_bind(subscriber.msisdn.map(|number| number.to_string()))
                .push_bind("[]")
                .push_bind(ServiceState::Active.as_str())
                .push_bind(subscriber.first_seen_at.0)
                .push_bind(version);
        });
    });
    Ok(())
}

pub(crate) fn sim_inventory(row: &impl Columns) -> Result<SimInventory> {
    let tags = row.text(11)?;
    let state = row.text(12)?;
    Ok(SimInventory {
        id: SimId(row.int(0)?),
        tenant: row.opt_int(1)?.map(TenantId),
        group: row.opt_int(2)?.map(GroupId),
        plan: row.opt_int(3)?.map(PlanId),
        msisdn: parsed("msisdn", row.opt_text(4)?)?,
        iccid: parsed("iccid", row.opt_text(5)?)?,
        imsi: parsed("imsi", row.opt_text(6)?)?,
        imei: parsed("imei", row.opt_text(7)?)?,
        apn: parsed("apn", row.opt_text(8)?)?,
        batch: row.opt_text(9)?.map(str::to_owned),
        name: row.opt_text(10)?.map(str::to_owned),
        tags: match tags {
            "[]" => Vec::new(),
            _ => serde_json::from_str(tags).map_err(|_| unreadable("tags", tags))?,
        },
        service_state: state.parse().map_err(|_| unreadable("service_state", state))?,
        state_changed_at: row.opt_int(13)?.map(Timestamp),
        created_at: Timestamp(row.int(14)?),
    })
}

fn sim_changed(row: &impl Columns) -> Result<(SimInventory, i64)> {
    Ok((sim_inventory(row)?, row.int(15)?))
}

/// Without its APN, which is that of the class.
fn unknown_sim(row: &impl Columns) -> Result<(UnknownSim, Option<UsageClassId>)> {
    let id = SimId(row.int(0)?);
    let live = row.opt_blob(4)?.map(|state| sim_state(id, state)).transpose()?.map(|state| state.live);
    let sim = UnknownSim {
        id,
        imsi: parsed("imsi", row.opt_text(1)?)?,
        msisdn: parsed("msisdn", row.opt_text(2)?)?,
        imei: live.as_ref().and_then(|live| live.imei),
        apn: None,
        first_seen_at: Timestamp(row.int(3)?),
        last_seen_at: live.as_ref().and_then(|live| live.last_access_at),
        usage_cycle: ByteCount(live.as_ref().map_or(0, |live| live.cycle_octets)),
    };
    Ok((sim, live.and_then(|live| live.class)))
}
