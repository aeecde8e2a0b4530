//! Alert rules: what they say, and what they said before. Each change is another version.

use crate::{
    Change, Result, Store, StoreError,
    audit::{self, Event},
    error::taken,
    import::check::MOST_TAG,
    sql::{Columns, Tx, execute, int_list, narrow, rows, tx_rows, tx_rows_once, unreadable},
    store::first_int,
    tenant::{clean_name, clean_text, one},
};
use opencmp_domain::{
    ChannelId, PersonId, PlanId, RuleId, TenantId, Timestamp,
    alert::{
        channel::ChannelKind,
        rule::{Rule, RuleSaid, RuleVersion, Target},
    },
};
use serde_json::Value;
use sqlx::AssertSqlSafe;

const SELECT: &str = "SELECT r.id, r.tenant_id, r.said, r.version, r.modified_by, p.name, r.modified_at
    FROM alert_rule r LEFT JOIN person p ON p.id = r.modified_by WHERE r.removed_at IS NULL";

macro_rules! alert_rules {
    ($pool:expr, $rows:ident, $condition:literal, [$($bind:expr),*]) => {{
        let sql = format!("{SELECT} {}", $condition);
        $rows!($pool, sqlx::AssertSqlSafe(sql.clone()), [$($bind),*] => rule)
    }};
}

impl Store {
    /// What is said has been checked. Errors: `Taken` (name), `Invalid` (name), `NotFound` (tenant, group, channel).
    pub async fn alert_rule_add(
        &self,
        tenant: TenantId,
        said: &RuleSaid,
        change: impl Into<Change>,
    ) -> Result<RuleId> {
        let change = change.into();
        let (said, text) = clean(said)?;
        let mut tx = self.begin().await?;
        all_are_of(&mut tx, tenant, &said).await?;
        let sql = "INSERT INTO alert_rule (tenant_id, category, name, said, enabled, version, modified_by, modified_at)
                   SELECT $1, $2, $3, $4, $5, 1, $6, $7 WHERE EXISTS (SELECT 1 FROM tenant WHERE id = $1)";
        let by = change.by.person.map(|person| person.0);
        let (category, enabled) = (i64::from(said.category().code()), i64::from(said.enabled));
        let bound = (tenant.0, category, enabled, change.at.0);
        let made = execute!(&mut tx, sql, [bound.0, bound.1, &said.name, &text, bound.2, by, bound.3]);
        if made.map_err(taken("name", &said.name))? == 0 {
            return Err(StoreError::NotFound { what: "the tenant" });
        }
        let sql = "SELECT id FROM alert_rule WHERE tenant_id = $1 AND name = $2 AND removed_at IS NULL";
        let id = RuleId(one("the rule", tx_rows!(&mut tx, sql, [tenant.0, &said.name] => first_int)?)?);
        version_keep(&mut tx, id, 1, &text, &change).await?;
        let (action, after) = ("alert_rule.add", Some(told(&said)?));
        let event = Event { chain: Some(tenant), action, subject: &said.name, before: None, after };
        audit::append(&mut tx, &change, event).await?;
        alert_version_bump(&mut tx).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Of one tenant, by category and name.
    pub async fn alert_rule_list(&self, tenant: TenantId) -> Result<Vec<Rule>> {
        alert_rules!(
            self.readers(),
            rows,
            "AND r.tenant_id = $1 ORDER BY r.category, r.name, r.id",
            [tenant.0]
        )
    }

    pub async fn alert_rule(&self, id: RuleId) -> Result<Option<Rule>> {
        Ok(alert_rules!(self.readers(), rows, "AND r.id = $1", [id.0])?.into_iter().next())
    }

    /// Replaces what is said of it, if it still is at `version`; answers its next one. Whose it is and its category stay.
    /// Errors: as `alert_rule_add`, and `Invalid` (version: somebody changed it meanwhile; condition).
    pub async fn alert_rule_update(
        &self,
        id: RuleId,
        version: u32,
        said: &RuleSaid,
        change: &Change,
    ) -> Result<u32> {
        let (said, text) = clean(said)?;
        let mut tx = self.begin().await?;
        let held = held(&mut tx, id).await?;
        if held.version != version {
            let message = "somebody changed the rule meanwhile: look again".to_owned();
            return Err(StoreError::Invalid { field: "version", message });
        }
        if held.said.category() != said.category() {
            let message = "a rule stays in its category".to_owned();
            return Err(StoreError::Invalid { field: "condition", message });
        }
        if held.said == said {
            return Ok(version);
        }
        all_are_of(&mut tx, held.tenant, &said).await?;
        let next = change_to(&mut tx, &held, &said, &text, change).await?;
        tx.commit().await?;
        Ok(next)
    }

    /// 告警啟用. Answers its version.
    pub async fn alert_rule_enable(&self, id: RuleId, enabled: bool, change: &Change) -> Result<u32> {
        let mut tx = self.begin().await?;
        let held = held(&mut tx, id).await?;
        if held.said.enabled == enabled {
            return Ok(held.version);
        }
        let (said, text) = clean(&RuleSaid { enabled, ..held.said.clone() })?;
        let next = change_to(&mut tx, &held, &said, &text, change).await?;
        tx.commit().await?;
        Ok(next)
    }

    /// Takes it away for good; its alerts stay, with what it said.
    pub async fn alert_rule_remove(&self, id: RuleId, change: &Change) -> Result<()> {
        let mut tx = self.begin().await?;
        let held = held(&mut tx, id).await?;
        let sql = "UPDATE alert_rule SET removed_at = $1, enabled = 0 WHERE id = $2";
        execute!(&mut tx, sql, [change.at.0, id.0])?;
        let (action, before) = ("alert_rule.remove", Some(told(&held.said)?));
        let event = Event { chain: Some(held.tenant), action, subject: &held.said.name, before, after: None };
        audit::append(&mut tx, change, event).await?;
        alert_version_bump(&mut tx).await?;
        tx.commit().await
    }

    /// Newest first; of a rule that is gone as well.
    pub async fn alert_rule_versions(&self, id: RuleId) -> Result<Vec<RuleVersion>> {
        let sql = "SELECT v.version, v.said, p.name, v.modified_at FROM alert_rule_version v
                   LEFT JOIN person p ON p.id = v.modified_by WHERE v.rule_id = $1 ORDER BY v.version DESC";
        rows!(self.readers(), sql, [id.0] => version)
    }

    pub async fn alert_rule_version(&self, id: RuleId, number: u32) -> Result<Option<RuleVersion>> {
        let sql = "SELECT v.version, v.said, p.name, v.modified_at FROM alert_rule_version v
                   LEFT JOIN person p ON p.id = v.modified_by WHERE v.rule_id = $1 AND v.version = $2";
        Ok(rows!(self.readers(), sql, [id.0, i64::from(number)] => version)?.into_iter().next())
    }

    /// Rises with every change of rules and channels.
    pub async fn alert_version(&self) -> Result<i64> {
        one("meta", rows!(self.readers(), "SELECT alert_version FROM meta", [] => first_int)?)
    }

    /// The same beside `people_version`: what a channel may say goes by whose it is.
    pub async fn alert_known_version(&self) -> Result<(i64, i64)> {
        let sql = "SELECT alert_version, people_version FROM meta";
        one("meta", rows!(self.readers(), sql, [] => two_ints)?)
    }
}

/// Brings about the rule's next version.
async fn change_to(tx: &mut Tx, held: &Rule, said: &RuleSaid, text: &str, change: &Change) -> Result<u32> {
    let next = held.version + 1;
    let sql = "UPDATE alert_rule SET name = $1, said = $2, enabled = $3, version = $4, modified_by = $5, modified_at = $6
               WHERE id = $7";
    let by = change.by.person.map(|person| person.0);
    let row = [i64::from(said.enabled), i64::from(next), change.at.0, held.id.0];
    execute!(&mut *tx, sql, [&said.name, text, row[0], row[1], by, row[2], row[3]])
        .map_err(taken("name", &said.name))?;
    version_keep(tx, held.id, next, text, change).await?;
    let (action, before, after) = ("alert_rule.change", Some(told(&held.said)?), Some(told(said)?));
    let event = Event { chain: Some(held.tenant), action, subject: &held.said.name, before, after };
    audit::append(tx, change, event).await?;
    alert_version_bump(tx).await?;
    Ok(next)
}

async fn version_keep(tx: &mut Tx, id: RuleId, version: u32, text: &str, change: &Change) -> Result<()> {
    let sql = "INSERT INTO alert_rule_version (rule_id, version, said, modified_by, modified_at)
               VALUES ($1, $2, $3, $4, $5)";
    let by = change.by.person.map(|person| person.0);
    execute!(tx, sql, [id.0, i64::from(version), text, by, change.at.0])?;
    Ok(())
}

fn two_ints(row: &impl Columns) -> Result<(i64, i64)> {
    Ok((row.int(0)?, row.int(1)?))
}

pub(crate) async fn alert_version_bump(tx: &mut Tx) -> Result<()> {
    execute!(tx, "UPDATE meta SET alert_version = alert_version + 1", [])?;
    Ok(())
}

async fn held(tx: &mut Tx, id: RuleId) -> Result<Rule> {
    one("the rule", alert_rules!(tx, tx_rows, "AND r.id = $1", [id.0])?)
}

/// The rules of a tenant that tell by this channel.
pub(crate) async fn rules_by_channel(tx: &mut Tx, tenant: TenantId, id: ChannelId) -> Result<Vec<Rule>> {
    let mut all = alert_rules!(tx, tx_rows, "AND r.tenant_id = $1 ORDER BY r.name", [tenant.0])?;
    all.retain(|rule| rule.said.uses(id));
    Ok(all)
}

/// The rules of all tenants that want SIMs to get this plan.
pub(crate) async fn rules_by_plan(tx: &mut Tx, id: PlanId) -> Result<Vec<Rule>> {
    let mut all = alert_rules!(tx, tx_rows, "ORDER BY r.tenant_id, r.name", [])?;
    all.retain(|rule| rule.said.actions.change.is_some_and(|change| change.plan == Some(id)));
    Ok(all)
}

/// Groups, channels and the plan that a rule names are there, and its tenant's.
async fn all_are_of(tx: &mut Tx, tenant: TenantId, said: &RuleSaid) -> Result<()> {
    if let Target::Groups(groups) = &said.target {
        for group in groups {
            crate::group::group_name(&mut *tx, tenant, *group).await?;
        }
    }
    let channels = &said.notify.channels;
    let named = int_list(channels.iter().map(|id| id.0));
    let sql = format!(
        "SELECT COUNT(*) FROM alert_channel WHERE tenant_id = $1 AND removed_at IS NULL AND id IN ({named})"
    );
    let there = tx_rows_once!(&mut *tx, AssertSqlSafe(sql.clone()), [tenant.0] => first_int)?;
    if there.first() != Some(&(channels.len() as i64)) {
        return Err(StoreError::NotFound { what: "the channel" });
    }
    if let Some(channel) = said.actions.http {
        let sql = "SELECT id FROM alert_channel WHERE id = $1 AND tenant_id = $2 AND removed_at IS NULL AND kind = $3";
        let http = i64::from(ChannelKind::Http.code());
        one("the channel", tx_rows!(&mut *tx, sql, [channel.0, tenant.0, http] => first_int)?)?;
    }
    if let Some(plan) = said.actions.change.and_then(|change| change.plan) {
        one("the plan", tx_rows!(tx, "SELECT id FROM rate_plan WHERE id = $1", [plan.0] => first_int)?)?;
    }
    Ok(())
}

/// What is said, in the form that is kept: lists without repetitions.
fn clean(said: &RuleSaid) -> Result<(RuleSaid, String)> {
    let mut said = RuleSaid { name: clean_name("name", &said.name)?, ..said.clone() };
    said.notify.channels.sort_unstable();
    said.notify.channels.dedup();
    match &mut said.target {
        Target::All => {}
        Target::Groups(groups) => {
            groups.sort_unstable();
            groups.dedup();
        }
        Target::Tags(tags) => {
            for tag in tags.iter_mut() {
                *tag = tag.trim().to_owned();
            }
            tags.sort_unstable();
            tags.dedup();
        }
    }
    if let Some(tag) = &mut said.actions.tag {
        let wrong = |message| StoreError::Invalid { field: "actions", message };
        *tag = clean_text(tag, MOST_TAG).map_err(wrong)?.to_owned();
    }
    if let Some(note) = &mut said.actions.handle {
        *note = note.trim().replace("\r\n", "\n");
    }
    let text = serde_json::to_string(&said).map_err(|e| unreadable("said", e))?;
    Ok((said, text))
}

fn told(said: &RuleSaid) -> Result<Value> {
    serde_json::to_value(said).map_err(|e| unreadable("said", e))
}

fn rule(row: &impl Columns) -> Result<Rule> {
    Ok(Rule {
        id: RuleId(row.int(0)?),
        tenant: TenantId(row.int(1)?),
        said: said(row.text(2)?)?,
        version: narrow("version", row.int(3)?)?,
        modified_by: row.opt_int(4)?.map(PersonId),
        modified_by_name: row.opt_text(5)?.map(str::to_owned),
        modified_at: Timestamp(row.int(6)?),
    })
}

fn version(row: &impl Columns) -> Result<RuleVersion> {
    Ok(RuleVersion {
        version: narrow("version", row.int(0)?)?,
        said: said(row.text(1)?)?,
        modified_by_name: row.opt_text(2)?.map(str::to_owned),
        modified_at: Timestamp(row.int(3)?),
    })
}

fn said(text: &str) -> Result<RuleSaid> {
    serde_json::from_str(text).map_err(|e| unreadable("said", e))
}
