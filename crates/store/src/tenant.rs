//! Tenants and their groups.

use crate::{
    Change, Result, Store, StoreError,
    alert_rule::alert_version_bump,
    audit::{self, Event},
    error::taken,
    sql::{Columns, Tx, execute, narrow, rows, tx_rows, unreadable},
    store::{first_int, first_text},
};
use opencmp_domain::{
    GroupId, TenantId, Timestamp, Tz,
    sim::{GroupChoice, TenantChoice},
};
use serde_json::json;

#[derive(Clone, Debug, PartialEq)]
pub struct Tenant {
    pub id: TenantId,
    pub name: String,
    pub time_zone: Tz,
    /// Day of the month on which its billing cycles begin, 1 to 28.
    pub cycle_day: u32,
    /// Where SIMs are that name no group.
    pub default_group: GroupId,
    pub created_at: Timestamp,
}

impl Tenant {
    /// The name of every tenant's default group.
    pub const DEFAULT_GROUP: &'static str = "未分組";
}

impl Store {
    /// Makes a tenant with its default group. Errors: `Taken`, `Invalid` (name, cycle_day).
    pub async fn tenant_create(
        &self,
        name: &str,
        time_zone: Tz,
        cycle_day: u32,
        change: impl Into<Change>,
    ) -> Result<Tenant> {
        let change = change.into();
        let mut tx = self.begin_inventory().await?;
        version_bump(&mut tx).await?;
        let tenant = create(&mut tx, name, time_zone, cycle_day, &change).await?;
        tx.commit().await?;
        Ok(tenant)
    }

    /// Errors: `Taken`, `Invalid` (name), `NotFound`.
    pub async fn tenant_rename(&self, id: TenantId, name: &str, change: impl Into<Change>) -> Result<()> {
        let (name, change) = (clean_name("name", name)?, change.into());
        let mut tx = self.begin_inventory().await?;
        let held = tx_rows!(&mut tx, "SELECT name FROM tenant WHERE id = $1", [id.0] => first_text)?;
        let held = one("the tenant", held)?;
        if held == name {
            return Ok(());
        }
        execute!(&mut tx, "UPDATE tenant SET name = $1 WHERE id = $2", [&name, id.0])
            .map_err(taken("tenant", &name))?;
        for chain in [None, Some(id)] {
            let (before, after) = (Some(json!({ "name": held })), Some(json!({ "name": name })));
            let event = Event { chain, action: "tenant.rename", subject: &held, before, after };
            audit::append(&mut tx, &change, event).await?;
        }
        version_bump(&mut tx).await?;
        tx.commit().await
    }

    /// By name.
    pub async fn tenant_list(&self) -> Result<Vec<Tenant>> {
        let sql = "SELECT t.id, t.name, t.time_zone, t.cycle_day, g.id, t.created_at
                   FROM tenant t JOIN sim_group g ON g.tenant_id = t.id AND g.is_default ORDER BY t.name, t.id";
        rows!(self.readers(), sql, [] => tenant)
    }

    /// By name, with the number of SIMs that aren't terminated.
    pub async fn tenant_choices(&self) -> Result<Vec<TenantChoice>> {
        let sql = "SELECT t.id, t.name, t.time_zone, t.cycle_day, COALESCE(s.sims, 0)
                   FROM tenant t
                   LEFT JOIN (SELECT tenant_id, COUNT(*) AS sims FROM sim WHERE service_state <> 'terminated'
                              GROUP BY tenant_id) s ON s.tenant_id = t.id
                   ORDER BY t.name, t.id";
        rows!(self.readers(), sql, [] => tenant_choice)
    }

    pub async fn tenant_by_name(&self, name: &str) -> Result<Option<Tenant>> {
        let sql = "SELECT t.id, t.name, t.time_zone, t.cycle_day, g.id, t.created_at
                   FROM tenant t JOIN sim_group g ON g.tenant_id = t.id AND g.is_default WHERE t.name = $1";
        Ok(rows!(self.readers(), sql, [name] => tenant)?.into_iter().next())
    }

    /// By name; of one tenant or of all. `sims` counts those that aren't terminated.
    pub async fn group_list(&self, of: Option<TenantId>) -> Result<Vec<GroupChoice>> {
        let sql = "SELECT g.id, g.tenant_id, g.name, COALESCE(s.sims, 0)
                   FROM sim_group g
                   LEFT JOIN (SELECT group_id, COUNT(*) AS sims FROM sim WHERE service_state <> 'terminated'
                              GROUP BY group_id) s ON s.group_id = g.id
                   WHERE ($1 = 0 OR g.tenant_id = $1) AND g.removed_at IS NULL
                   ORDER BY g.name, g.id";
        // Ids begin with 1.
        rows!(self.readers(), sql, [of.map_or(0, |tenant| tenant.0)] => group_choice)
    }

    /// The tenant's group of that name, made if need be.
    pub async fn group_ensure(
        &self,
        tenant: TenantId,
        name: &str,
        change: impl Into<Change>,
    ) -> Result<GroupId> {
        let (name, change) = (clean_name("group", name)?, change.into());
        let mut tx = self.begin_inventory().await?;
        let (id, made) = group_ensure(&mut tx, tenant, &name, change.at).await?;
        if made {
            let (chain, action) = (Some(tenant), "group.create");
            let event = Event { chain, action, subject: &name, before: None, after: None };
            audit::append(&mut tx, &change, event).await?;
            version_bump(&mut tx).await?;
            alert_version_bump(&mut tx).await?;
            tx.commit().await?;
        }
        Ok(id)
    }
}

/// See [`Store::tenant_create`]; the inventory's version is the caller's to raise.
pub(crate) async fn create(
    tx: &mut Tx,
    name: &str,
    time_zone: Tz,
    cycle_day: u32,
    change: &Change,
) -> Result<Tenant> {
    let now = change.at;
    let name = clean_name("name", name)?;
    if !(1..=28).contains(&cycle_day) {
        let message = format!("{cycle_day} is not a day from 1 to 28");
        return Err(StoreError::Invalid { field: "cycle_day", message });
    }
    let sql = "INSERT INTO tenant (name, time_zone, cycle_day, created_at) VALUES ($1, $2, $3, $4)";
    let row = execute!(tx, sql, [&name, time_zone.name(), i64::from(cycle_day), now.0]);
    row.map_err(taken("tenant", &name))?;
    let found = tx_rows!(tx, "SELECT id FROM tenant WHERE name = $1", [&name] => first_int)?;
    let id = one("tenant", found)?;
    let sql = "INSERT INTO sim_group (tenant_id, name, is_default, created_at) VALUES ($1, $2, $3, $4)
               RETURNING id";
    let group = tx_rows!(tx, sql, [id, Tenant::DEFAULT_GROUP, true, now.0] => first_int)?;
    // In the operator's chain, which says what tenants there are, and as the first of the tenant's own.
    let about = json!({ "time_zone": time_zone.name(), "cycle_day": cycle_day });
    for chain in [None, Some(TenantId(id))] {
        let (action, after) = ("tenant.create", Some(about.clone()));
        let event = Event { chain, action, subject: &name, before: None, after };
        audit::append(tx, change, event).await?;
    }
    Ok(Tenant {
        id: TenantId(id),
        name,
        time_zone,
        cycle_day,
        default_group: GroupId(one("group", group)?),
        created_at: now,
    })
}

/// Where the tenant's SIMs are that name no group.
pub(crate) async fn default_group(tx: &mut Tx, tenant: TenantId) -> Result<GroupId> {
    let sql = "SELECT id FROM sim_group WHERE tenant_id = $1 AND is_default";
    Ok(GroupId(one("the tenant", tx_rows!(tx, sql, [tenant.0] => first_int)?)?))
}

/// The inventory's next version, which the transaction brings about.
pub(crate) async fn version_bump(tx: &mut Tx) -> Result<i64> {
    let sql = "UPDATE meta SET inventory_version = inventory_version + 1 RETURNING inventory_version";
    one("meta", tx_rows!(tx, sql, [] => first_int)?)
}

/// The group, and whether it was made: then the versions of the inventory and of what alerts go by are the caller's to raise, since it
/// may be within one that somebody is limited to.
pub(crate) async fn group_ensure(
    tx: &mut Tx,
    tenant: TenantId,
    name: &str,
    now: Timestamp,
) -> Result<(GroupId, bool)> {
    let sql = "SELECT id FROM sim_group WHERE tenant_id = $1 AND name = $2";
    if let Some(id) = tx_rows!(tx, sql, [tenant.0, name] => first_int)?.first() {
        return Ok((GroupId(*id), false));
    }
    let found = tx_rows!(tx, "SELECT id FROM tenant WHERE id = $1", [tenant.0] => first_int)?;
    if found.is_empty() {
        return Err(StoreError::NotFound { what: "the tenant" });
    }
    let sql = "INSERT INTO sim_group (tenant_id, name, is_default, created_at) VALUES ($1, $2, $3, $4) RETURNING id";
    let made = tx_rows!(tx, sql, [tenant.0, name, false, now.0] => first_int)?;
    Ok((GroupId(one("group", made)?), true))
}

/// A name for people: trimmed, on one line, not too long.
pub(crate) fn clean_name(field: &'static str, name: &str) -> Result<String> {
    let clean = clean_text(name, MOST_NAME).map_err(|message| StoreError::Invalid { field, message })?;
    Ok(clean.to_owned())
}

/// The most characters that a name may have.
pub(crate) const MOST_NAME: usize = opencmp_domain::group::MOST_NAME;

/// The text without blanks around it; the error says what would be right. Control characters are refused: PostgreSQL
/// can't keep a NUL, and the others only hide what a text says.
pub(crate) fn clean_text(text: &str, most: usize) -> Result<&str, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("must not be empty".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("has control characters in it, such as a line break".to_owned());
    }
    if text.chars().count() > most {
        return Err(format!("has more than {most} characters"));
    }
    Ok(text)
}

pub(crate) fn one<T>(what: &'static str, rows: Vec<T>) -> Result<T> {
    rows.into_iter().next().ok_or(StoreError::NotFound { what })
}

fn tenant(row: &impl Columns) -> Result<Tenant> {
    Ok(Tenant {
        id: TenantId(row.int(0)?),
        name: row.text(1)?.to_owned(),
        time_zone: row.text(2)?.parse().map_err(|_| unreadable("time_zone", "another zone"))?,
        cycle_day: narrow("cycle_day", row.int(3)?)?,
        default_group: GroupId(row.int(4)?),
        created_at: Timestamp(row.int(5)?),
    })
}

fn tenant_choice(row: &impl Columns) -> Result<TenantChoice> {
    Ok(TenantChoice {
        id: TenantId(row.int(0)?),
        name: row.text(1)?.to_owned(),
        time_zone: row.text(2)?.to_owned(),
        cycle_day: narrow("cycle_day", row.int(3)?)?,
        sims: narrow("sims", row.int(4)?)?,
    })
}

fn group_choice(row: &impl Columns) -> Result<GroupChoice> {
    Ok(GroupChoice {
        id: GroupId(row.int(0)?),
        tenant: TenantId(row.int(1)?),
        name: row.text(2)?.to_owned(),
        sims: narrow("sims", row.int(3)?)?,
    })
}
