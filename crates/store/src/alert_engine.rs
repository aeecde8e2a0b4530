//! What the engine of alerts begins with: the rules that hold, and the alerts that it remembers. Alerts are written by the
//! flush ([`crate::flush`]), so that each is there once.

use crate::{
    Result, Store,
    sql::{Columns, execute, narrow, rows, unreadable},
    store::first_int,
};
use opencmp_domain::{
    AlertId, GroupId, PersonId, RuleId, SimId, TenantId, Timestamp,
    alert::{
        AlertKind, Category, Cause, Caused, Facts, Level, StoredAlert,
        rule::{Rule, Target},
    },
    group::is_within,
};

impl Store {
    /// All tenants' rules that are enabled, for the engine: groups of a target come with those nested in them.
    pub async fn alert_rules_in_force(&self) -> Result<Vec<Rule>> {
        let sql = "SELECT id, tenant_id, said, version, modified_by, modified_at FROM alert_rule
                   WHERE enabled = $1 AND removed_at IS NULL ORDER BY id";
        let mut rules = rows!(self.readers(), sql, [1i64] => rule)?;
        if rules.iter().any(|rule| matches!(rule.said.target, Target::Groups(_))) {
            let groups = self.group_list(None).await?;
            for rule in &mut rules {
                let Target::Groups(chosen) = &mut rule.said.target else { continue };
                let theirs = || groups.iter().filter(|group| group.tenant == rule.tenant);
                let names: Vec<&str> = theirs()
                    .filter(|group| chosen.contains(&group.id))
                    .map(|group| group.name.as_str())
                    .collect();
                let nested = |name: &str| names.iter().any(|parent| is_within(name, parent));
                *chosen = theirs().filter(|group| nested(&group.name)).map(|group| group.id).collect();
            }
        }
        Ok(rules)
    }

    /// Alerts that go on, and those that ended `since` then, by rising id.
    pub async fn alerts_remembered(
        &self,
        since: Timestamp,
        after: AlertId,
        most: u32,
    ) -> Result<Vec<StoredAlert>> {
        let sql = "SELECT id, tenant_id, rule_id, rule_version, sim_id, group_id, kind, level, began_at, noticed_at,
                       ended_at, times, parent_id, facts, by_itself
                   FROM alert WHERE (ended_at IS NULL OR ended_at >= $1) AND id > $2 ORDER BY id LIMIT $3";
        rows!(self.readers(), sql, [since.0, after.0, i64::from(most)] => |row| stored_alert(row, 0))
    }

    /// Alerts that told of a stage which SIMs reached together ([`StoredAlert::is_stage_of_many`]), and began `since` then.
    pub async fn alerts_of_stages(&self, since: Timestamp) -> Result<Vec<StoredAlert>> {
        let sql = "SELECT id, tenant_id, rule_id, rule_version, sim_id, group_id, kind, level, began_at, noticed_at,
                       ended_at, times, parent_id, facts, by_itself
                   FROM alert WHERE sim_id IS NULL AND began_at >= $1 AND kind = $2 ORDER BY id";
        let kind = i64::from(AlertKind::UsageStage.code());
        rows!(self.readers(), sql, [since.0, kind] => |row| stored_alert(row, 0))
    }

    /// Causes that nobody has looked at, the oldest first.
    pub async fn alert_causes(&self, most: u32) -> Result<Vec<Cause>> {
        let sql =
            "SELECT id, kind, tenant_id, sim_id, at, before, after FROM alert_cause ORDER BY id LIMIT $1";
        rows!(self.readers(), sql, [i64::from(most)] => cause)
    }

    /// Sign-ins of a tenant's account failed so often that it was closed to who tries. Kept where a rule asks for it.
    pub async fn alert_sign_ins_failed(
        &self,
        tenant: TenantId,
        account: &str,
        tries: u32,
        at: Timestamp,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let sql = "INSERT INTO alert_cause (kind, tenant_id, at, before, after)
                   SELECT 2, $1, $2, $3, $4 WHERE EXISTS (
                       SELECT 1 FROM alert_rule
                       WHERE tenant_id = $1 AND category = $5 AND enabled = 1 AND removed_at IS NULL)";
        let category = i64::from(Category::Security.code());
        execute!(&mut tx, sql, [tenant.0, at.0, account, tries.to_string(), category])?;
        tx.commit().await
    }

    /// The highest id of an alert; 0: there is none.
    pub async fn alert_last_id(&self) -> Result<AlertId> {
        let found = rows!(self.readers(), "SELECT COALESCE(MAX(id), 0) FROM alert", [] => first_int)?;
        Ok(AlertId(found.into_iter().next().unwrap_or_default()))
    }
}

/// As facts lie in a row.
pub(crate) fn facts_text(facts: &Facts) -> Result<String> {
    serde_json::to_string(facts).map_err(|error| unreadable("facts", error))
}

fn cause(row: &impl Columns) -> Result<Cause> {
    let (kind, before, after) = (row.int(1)?, row.text(5)?, row.text(6)?);
    let state = |text: &str| text.parse().map_err(|error: String| unreadable("alert_cause", error));
    let what = match kind {
        1 => Caused::StateChanged {
            sim: SimId(row.opt_int(3)?.unwrap_or_default()),
            from: state(before)?,
            to: state(after)?,
        },
        2 => Caused::SignInsFailed {
            tenant: TenantId(row.int(2)?),
            account: before.to_owned(),
            tries: after.parse().map_err(|error| unreadable("alert_cause", error))?,
        },
        other => return Err(unreadable("kind", other)),
    };
    Ok(Cause { id: row.int(0)?, at: Timestamp(row.int(4)?), what })
}

fn rule(row: &impl Columns) -> Result<Rule> {
    Ok(Rule {
        id: RuleId(row.int(0)?),
        tenant: TenantId(row.int(1)?),
        said: serde_json::from_str(row.text(2)?).map_err(|error| unreadable("said", error))?,
        version: narrow("version", row.int(3)?)?,
        modified_by: row.opt_int(4)?.map(PersonId),
        modified_by_name: None,
        modified_at: Timestamp(row.int(5)?),
    })
}

/// From fifteen columns: `id` to `by_itself`, as the table has them.
pub(crate) fn stored_alert(row: &impl Columns, first: usize) -> Result<StoredAlert> {
    let (kind, level) = (row.int(first + 6)?, row.int(first + 7)?);
    Ok(StoredAlert {
        id: AlertId(row.int(first)?),
        tenant: TenantId(row.int(first + 1)?),
        rule: RuleId(row.int(first + 2)?),
        rule_version: narrow("rule_version", row.int(first + 3)?)?,
        sim: row.opt_int(first + 4)?.map(SimId),
        group: row.opt_int(first + 5)?.map(GroupId),
        kind: AlertKind::from_code(narrow("kind", kind)?).ok_or_else(|| unreadable("kind", kind))?,
        level: Level::from_code(narrow("level", level)?).ok_or_else(|| unreadable("level", level))?,
        began_at: Timestamp(row.int(first + 8)?),
        noticed_at: Timestamp(row.int(first + 9)?),
        ended_at: row.opt_int(first + 10)?.map(Timestamp),
        times: narrow("times", row.int(first + 11)?)?,
        parent: row.opt_int(first + 12)?.map(AlertId),
        facts: serde_json::from_str(row.text(first + 13)?).map_err(|error| unreadable("facts", error))?,
        by_itself: row.int(first + 14)? != 0,
    })
}
