//! Changes of SIMs that are wanted: recorded by rules, taken by whatever carries such changes out.

use crate::{
    Change, Result, Store, StoreError,
    audit::{self, Event},
    sims::Within,
    sql::{Columns, Tx, execute, int_list, narrow, parsed, rows, rows_once, tx_rows, unreadable},
    tenant::one,
};
use opencmp_domain::{
    AlertId, ChangeId, PlanId, RuleId, SimId, TenantId, Timestamp,
    alert::StoredAlert,
    change::{ChangeKind, ChangePage, ChangeRequest, ChangeState, WantedChange},
};
use serde_json::json;
use sqlx::AssertSqlSafe;

/// A SIM that is another tenant's by now says nothing of itself here.
const SELECT: &str =
    "SELECT c.id, c.tenant_id, c.sim_id, s.msisdn, c.what, c.plan_id, p.name, c.due_at, c.undo_at, c.state,
        c.answer, c.alert_id, c.rule_id, r.name, c.created_at, c.closed_at
    FROM change_request c
    LEFT JOIN sim s ON s.id = c.sim_id AND s.tenant_id = c.tenant_id
    LEFT JOIN rate_plan p ON p.id = c.plan_id
    LEFT JOIN alert_rule r ON r.id = c.rule_id";

impl Store {
    /// Those that are to be carried out now, the longest due first.
    pub async fn changes_due(&self, now: Timestamp, most: u32) -> Result<Vec<ChangeRequest>> {
        let sql = format!("{SELECT} WHERE c.state = 1 AND c.due_at <= $1 ORDER BY c.due_at, c.id LIMIT $2");
        rows!(self.readers(), AssertSqlSafe(sql.clone()), [now.0, i64::from(most)] => request)
    }

    /// What became of one. False: it wasn't wanted any more.
    pub async fn change_answered(
        &self,
        id: ChangeId,
        state: ChangeState,
        answer: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        let sql =
            "UPDATE change_request SET state = $1, answer = $2, closed_at = $3 WHERE id = $4 AND state = 1";
        let changed = execute!(&mut tx, sql, [i64::from(state.code()), answer, now.0, id.0])?;
        tx.commit().await?;
        Ok(changed > 0)
    }

    /// Newest first, before `before`; of SIMs that are in reach.
    pub async fn change_list(
        &self,
        within: Within<'_>,
        before: Option<ChangeId>,
        limit: usize,
    ) -> Result<ChangePage> {
        let groups = within
            .groups
            .map(|groups| format!(" AND s.group_id IN ({})", int_list(groups.iter().map(|group| group.0))));
        let groups = groups.unwrap_or_default();
        let sql =
            format!("{SELECT} WHERE c.tenant_id = $1 AND c.id < $2{groups} ORDER BY c.id DESC LIMIT $3");
        let before = before.map_or(i64::MAX, |before| before.0);
        let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let bound = [within.tenant.0, before, most];
        let mut lines = rows_once!(self.readers(), AssertSqlSafe(sql.clone()), [bound[0], bound[1], bound[2]] => request)?;
        let more = lines.len() > limit;
        lines.truncate(limit);
        let next = lines.last().filter(|_| more).map(|last| last.id);
        Ok(ChangePage { lines, next })
    }

    pub(crate) async fn change_of_alert(&self, alert: AlertId) -> Result<Option<ChangeRequest>> {
        let sql = format!("{SELECT} WHERE c.alert_id = $1");
        Ok(rows!(self.readers(), AssertSqlSafe(sql.clone()), [alert.0] => request)?.into_iter().next())
    }

    /// It is wanted no more. Errors: `NotFound`, `Invalid` (state: it isn't wanted).
    pub async fn change_withdraw(&self, within: Within<'_>, id: ChangeId, change: &Change) -> Result<()> {
        let mut tx = self.begin().await?;
        let sql = format!("{SELECT} WHERE c.id = $1 AND c.tenant_id = $2");
        let held = tx_rows!(&mut tx, AssertSqlSafe(sql.clone()), [id.0, within.tenant.0] => request)?;
        let held = one("the change", held)?;
        if let Some(groups) = within.groups {
            let list = int_list(groups.iter().map(|group| group.0));
            let sql = format!("SELECT id FROM sim WHERE id = $1 AND tenant_id = $2 AND group_id IN ({list})");
            let there = crate::sql::tx_rows_once!(
                &mut tx, AssertSqlSafe(sql.clone()), [held.sim.0, within.tenant.0] => crate::store::first_int
            )?;
            one("the change", there)?;
        }
        let sql = "UPDATE change_request SET state = 5, closed_at = $1 WHERE id = $2 AND state = 1";
        if execute!(&mut tx, sql, [change.at.0, id.0])? == 0 {
            let message = "it isn't wanted any more".to_owned();
            return Err(StoreError::Invalid { field: "state", message });
        }
        let subject = held.msisdn.map_or_else(|| format!("#{}", held.sim), |msisdn| msisdn.national());
        let before = Some(json!({ "what": held.what, "due_at": held.due_at, "alert": held.alert }));
        let (chain, action) = (Some(within.tenant), "change.withdraw");
        let event = Event { chain, action, subject: &subject, before, after: None };
        audit::append(&mut tx, change, event).await?;
        tx.commit().await
    }
}

/// `due`: when, and when it is undone.
pub(crate) async fn want(
    tx: &mut Tx,
    alert: &StoredAlert,
    sim: SimId,
    wanted: WantedChange,
    due: (Timestamp, Option<Timestamp>),
    now: Timestamp,
) -> Result<()> {
    let sql = "INSERT INTO change_request (tenant_id, sim_id, what, plan_id, due_at, undo_at, state, alert_id, rule_id,
                   created_at) VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9)";
    let what = i64::from(wanted.what.code());
    let (plan, undo) = (wanted.plan.map(|plan| plan.0), due.1.map(|undo| undo.0));
    let (tenant, id, rule) = (alert.tenant.0, alert.id.0, alert.rule.0);
    execute!(tx, sql, [tenant, sim.0, what, plan, due.0.0, undo, id, rule, now.0])?;
    Ok(())
}

fn request(row: &impl Columns) -> Result<ChangeRequest> {
    let (what, state) = (row.int(4)?, row.int(9)?);
    Ok(ChangeRequest {
        id: ChangeId(row.int(0)?),
        tenant: TenantId(row.int(1)?),
        sim: SimId(row.int(2)?),
        msisdn: parsed("msisdn", row.opt_text(3)?)?,
        what: ChangeKind::from_code(narrow("what", what)?).ok_or_else(|| unreadable("what", what))?,
        plan: row.opt_int(5)?.map(PlanId),
        plan_name: row.opt_text(6)?.map(str::to_owned),
        due_at: Timestamp(row.int(7)?),
        undo_at: row.opt_int(8)?.map(Timestamp),
        state: ChangeState::from_code(narrow("state", state)?).ok_or_else(|| unreadable("state", state))?,
        answer: row.text(10)?.to_owned(),
        alert: AlertId(row.int(11)?),
        rule: RuleId(row.int(12)?),
        rule_name: row.opt_text(13)?.map(str::to_owned),
        created_at: Timestamp(row.int(14)?),
        closed_at: row.opt_int(15)?.map(Timestamp),
    })
}
