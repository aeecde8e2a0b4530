//! 資費類型: the operator's rate plans. Imports make those that they name.

use crate::{
    Change, Result, Store, StoreError,
    alert_rule::rules_by_plan,
    audit::{self, Event},
    error::taken,
    sql::{Columns, Tx, execute, rows, tx_rows},
    store::{first_int, first_text},
    tenant::{clean_name, one, version_bump},
};
use opencmp_domain::{PlanId, Timestamp};
use serde_json::json;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatePlan {
    pub id: PlanId,
    pub name: String,
    pub created_at: Timestamp,
}

impl Store {
    /// By name.
    pub async fn plan_list(&self) -> Result<Vec<RatePlan>> {
        rows!(self.readers(), "SELECT id, name, created_at FROM rate_plan ORDER BY name, id", [] => plan)
    }

    /// The plan of that name, made if need be.
    pub async fn plan_ensure(&self, name: &str, change: impl Into<Change>) -> Result<PlanId> {
        let (name, change) = (clean_name("plan", name)?, change.into());
        let mut tx = self.begin_inventory().await?;
        let (id, made) = plan_ensure(&mut tx, &name, change.at).await?;
        if made {
            was_made(&mut tx, &name, &change).await?;
            tx.commit().await?;
        }
        Ok(id)
    }

    /// Errors: `Taken`, `Invalid` (name).
    pub async fn plan_add(&self, name: &str, change: impl Into<Change>) -> Result<PlanId> {
        let (name, change) = (clean_name("name", name)?, change.into());
        let mut tx = self.begin_inventory().await?;
        let (id, made) = plan_ensure(&mut tx, &name, change.at).await?;
        if !made {
            return Err(StoreError::Taken { what: "plan", value: name });
        }
        was_made(&mut tx, &name, &change).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Errors: `Taken`, `Invalid` (name), `NotFound`.
    pub async fn plan_rename(&self, id: PlanId, name: &str, change: impl Into<Change>) -> Result<()> {
        let (name, change) = (clean_name("name", name)?, change.into());
        let mut tx = self.begin_inventory().await?;
        let held = held(&mut tx, id).await?;
        if held == name {
            return Ok(());
        }
        execute!(&mut tx, "UPDATE rate_plan SET name = $1 WHERE id = $2", [&name, id.0])
            .map_err(taken("plan", &name))?;
        let (before, after) = (Some(json!({ "name": held })), Some(json!({ "name": name })));
        let event = Event { chain: None, action: "plan.rename", subject: &held, before, after };
        audit::append(&mut tx, &change, event).await?;
        version_bump(&mut tx).await?;
        tx.commit().await
    }

    /// Takes away a plan that nothing needs. Errors: `NotFound`, `Invalid` (plan_sims: so many SIMs have it, terminated ones
    /// too; plan_rules: rules give it, which the message names; plan_changes: so many changes to it are still wanted).
    pub async fn plan_remove(&self, id: PlanId, change: impl Into<Change>) -> Result<()> {
        let change = change.into();
        let mut tx = self.begin_inventory().await?;
        let held = held(&mut tx, id).await?;
        let refuse = |field, message| Err(StoreError::Invalid { field, message });
        let sql = "SELECT COUNT(*) FROM sim WHERE plan_id = $1";
        let sims = one("sim", tx_rows!(&mut tx, sql, [id.0] => first_int)?)?;
        if sims > 0 {
            return refuse("plan_sims", sims.to_string());
        }
        let mut rules = Vec::new();
        for rule in rules_by_plan(&mut tx, id).await? {
            let sql = "SELECT name FROM tenant WHERE id = $1";
            let tenant = one("the tenant", tx_rows!(&mut tx, sql, [rule.tenant.0] => first_text)?)?;
            rules.push(format!("{} ({tenant})", rule.said.name));
        }
        if !rules.is_empty() {
            return refuse("plan_rules", rules.join("、"));
        }
        let sql = "SELECT COUNT(*) FROM change_request WHERE plan_id = $1 AND state = 1";
        let wanted = one("change_request", tx_rows!(&mut tx, sql, [id.0] => first_int)?)?;
        if wanted > 0 {
            return refuse("plan_changes", wanted.to_string());
        }
        execute!(&mut tx, "DELETE FROM rate_plan WHERE id = $1", [id.0])?;
        let event = Event { chain: None, action: "plan.remove", subject: &held, before: None, after: None };
        audit::append(&mut tx, &change, event).await?;
        version_bump(&mut tx).await?;
        tx.commit().await
    }
}

/// The plan, and whether it was made.
pub(crate) async fn plan_ensure(tx: &mut Tx, name: &str, now: Timestamp) -> Result<(PlanId, bool)> {
    let found = tx_rows!(tx, "SELECT id FROM rate_plan WHERE name = $1", [name] => first_int)?;
    if let Some(id) = found.first() {
        return Ok((PlanId(*id), false));
    }
    let sql = "INSERT INTO rate_plan (name, created_at) VALUES ($1, $2) RETURNING id";
    let made = tx_rows!(tx, sql, [name, now.0] => first_int)?;
    Ok((PlanId(one("plan", made)?), true))
}

async fn was_made(tx: &mut Tx, name: &str, change: &Change) -> Result<()> {
    let event = Event { chain: None, action: "plan.create", subject: name, before: None, after: None };
    audit::append(&mut *tx, change, event).await?;
    version_bump(tx).await?;
    Ok(())
}

/// Its name.
async fn held(tx: &mut Tx, id: PlanId) -> Result<String> {
    one("the plan", tx_rows!(tx, "SELECT name FROM rate_plan WHERE id = $1", [id.0] => first_text)?)
}

fn plan(row: &impl Columns) -> Result<RatePlan> {
    Ok(RatePlan {
        id: PlanId(row.int(0)?),
        name: row.text(1)?.to_owned(),
        created_at: Timestamp(row.int(2)?),
    })
}
