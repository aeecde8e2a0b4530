//! What rules do by themselves, in the transaction that takes the first turn of an alert away: so it is done once, whatever
//! ends before or after.

use crate::{
    Change, Result, Store,
    alerts::handle,
    audit::{self, Event},
    change_request::want,
    import::check::MOST_TAGS,
    sims::{Within, inventory_of, tag_in, told},
    sql::{Columns, Tx, execute, int_list, narrow, rows, tx_rows, unreadable},
};
use opencmp_domain::{
    Actor, AlertId, RuleId, SimId, SimSet, TenantId, Timestamp, Tz,
    alert::{
        HandlingSaid, StoredAlert,
        action::{ActionKind, ActionLine, ActionOutcome, Actions},
    },
    change::WantedChange,
    group::TagEdit,
    sim::SimInventory,
};
use rustc_hash::FxHashMap;
use serde_json::json;
use std::collections::BTreeMap;

/// What a rule does for an alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    pub alert: StoredAlert,
    pub rule_name: String,
    pub actions: Actions,
    /// The name of the channel by which a program is told. `None`: it is switched off, or none is to be told.
    pub told: Option<String>,
}

/// What a rule does for the alerts of one batch.
type OfRule<'a> = BTreeMap<(TenantId, RuleId), Vec<&'a Act>>;

impl Store {
    /// What was done by itself for an alert, in the order of kinds.
    pub async fn alert_actions(&self, alert: AlertId) -> Result<Vec<ActionLine>> {
        let sql = "SELECT kind, outcome, at, said FROM alert_action WHERE alert_id = $1 ORDER BY kind";
        let mut lines = rows!(self.readers(), sql, [alert.0] => line)?;
        let request = self.change_of_alert(alert).await?;
        if let Some(line) = lines.iter_mut().find(|line| line.kind == ActionKind::Change) {
            line.request = request;
        }
        Ok(lines)
    }
}

/// SIMs' tags change: the inventory does.
pub(crate) fn touches_inventory(acts: &[Act]) -> bool {
    acts.iter().any(|act| act.actions.tag.is_some() && act.alert.sim.is_some())
}

pub(crate) async fn take(tx: &mut Tx, acts: &[Act], now: Timestamp) -> Result<()> {
    let mut by_rule = OfRule::new();
    for act in acts {
        by_rule.entry((act.alert.tenant, act.alert.rule)).or_default().push(act);
    }
    for ((tenant, rule), acts) in by_rule {
        // All of them are of the rule as it is now.
        let Some(first) = acts.first() else { continue };
        let why = first.rule_name.clone().try_into().ok();
        let change = Change { by: Actor::SYSTEM, at: now, why };
        let of_rule = Taking { tenant, rule, acts: &acts, change: &change };
        of_rule.all(tx, &first.actions).await?;
    }
    Ok(())
}

struct Taking<'a> {
    tenant: TenantId,
    rule: RuleId,
    acts: &'a [&'a Act],
    change: &'a Change,
}

impl Taking<'_> {
    async fn all(&self, tx: &mut Tx, actions: &Actions) -> Result<()> {
        let sims = match actions.tag.is_some() || actions.change.is_some() {
            true => self.sims(tx).await?,
            false => FxHashMap::default(),
        };
        if let Some(tag) = &actions.tag {
            self.tag(tx, tag, &sims).await?;
        }
        if let Some(note) = &actions.handle {
            self.handle(tx, note).await?;
        }
        if actions.http.is_some() {
            for act in self.acts {
                let told = act.told.as_deref();
                let outcome = told.map_or(ActionOutcome::ChannelOff, |_| ActionOutcome::Done);
                self.keep(tx, act, ActionKind::Http, outcome, told.unwrap_or_default()).await?;
            }
        }
        match actions.change {
            Some(wanted) => self.want(tx, wanted, &sims).await,
            None => Ok(()),
        }
    }

    /// Those of the alerts that are the tenant's still.
    async fn sims(&self, tx: &mut Tx) -> Result<FxHashMap<SimId, SimInventory>> {
        let ids: SimSet = self.acts.iter().filter_map(|act| act.alert.sim).collect();
        let within = Within { tenant: self.tenant, groups: None };
        let held = inventory_of(tx, within, ids.ids()).await?;
        Ok(held.into_iter().map(|sim| (sim.id, sim)).collect())
    }

    async fn tag(&self, tx: &mut Tx, tag: &str, sims: &FxHashMap<SimId, SimInventory>) -> Result<()> {
        let mut tagged = Vec::new();
        for act in self.acts {
            let held = act.alert.sim.map(|sim| sims.get(&sim));
            let outcome = match held {
                None => ActionOutcome::NoSim,
                Some(None) => ActionOutcome::SimGone,
                Some(Some(sim)) if sim.tags.iter().any(|held| held == tag) => ActionOutcome::Already,
                Some(Some(sim)) if sim.tags.len() >= MOST_TAGS => ActionOutcome::Full,
                Some(Some(sim)) => {
                    tagged.push(sim.id);
                    ActionOutcome::Done
                }
            };
            self.keep(tx, act, ActionKind::Tag, outcome, tag).await?;
        }
        if tagged.is_empty() {
            return Ok(());
        }
        let edit = TagEdit { tag: tag.to_owned(), add: true, sims: tagged.into_iter().collect() };
        let within = Within { tenant: self.tenant, groups: None };
        tag_in(tx, within, std::slice::from_ref(&edit), self.change).await?;
        Ok(())
    }

    async fn handle(&self, tx: &mut Tx, note: &str) -> Result<()> {
        let ids = self.acts.iter().map(|act| act.alert.id);
        // What somebody handled meanwhile stays theirs.
        let which = format!(
            "id IN ({}) AND tenant_id = {} AND handled_at IS NULL",
            int_list(ids.clone().map(|id| id.0)),
            self.tenant
        );
        let said =
            HandlingSaid { handled: true, note: Some(note.to_owned()).filter(|note| !note.is_empty()) };
        let changed = handle(tx, &which, &said, self.change).await?;
        for act in self.acts {
            self.keep(tx, act, ActionKind::Handle, ActionOutcome::Done, note).await?;
        }
        if changed > 0 {
            let subject = changed.to_string();
            let after = Some(json!({ "alerts": crate::alerts::listed(ids), "note": said.note }));
            self.audit(tx, "alert.handle", &subject, after).await?;
        }
        Ok(())
    }

    async fn want(
        &self,
        tx: &mut Tx,
        wanted: WantedChange,
        sims: &FxHashMap<SimId, SimInventory>,
    ) -> Result<()> {
        let (zone, cycle_day) = calendar(tx, self.tenant).await?;
        let due = wanted.due(self.change.at, zone, cycle_day);
        let mut named = Vec::new();
        for act in self.acts {
            let outcome = match act.alert.sim {
                None => ActionOutcome::NoSim,
                Some(sim) if !sims.contains_key(&sim) => ActionOutcome::SimGone,
                Some(sim) => {
                    want(tx, &act.alert, sim, wanted, due, self.change.at).await?;
                    named.push(sim);
                    ActionOutcome::Wanted
                }
            };
            self.keep(tx, act, ActionKind::Change, outcome, "").await?;
        }
        if named.is_empty() {
            return Ok(());
        }
        let subject = format!("{} SIM", named.len());
        let sims: SimSet = named.into_iter().collect();
        let (due_at, undo_at) = due;
        let after = json!({
            "what": wanted.what, "plan": wanted.plan, "due_at": due_at, "undo_at": undo_at, "sims": told(&sims),
        });
        self.audit(tx, "change.want", &subject, Some(after)).await
    }

    async fn keep(
        &self,
        tx: &mut Tx,
        act: &Act,
        kind: ActionKind,
        outcome: ActionOutcome,
        said: &str,
    ) -> Result<()> {
        let sql = "INSERT INTO alert_action (alert_id, kind, at, outcome, said) VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT (alert_id, kind) DO NOTHING";
        let (kind, outcome) = (i64::from(kind.code()), i64::from(outcome.code()));
        execute!(tx, sql, [act.alert.id.0, kind, self.change.at.0, outcome, said])?;
        Ok(())
    }

    async fn audit(
        &self,
        tx: &mut Tx,
        action: &'static str,
        subject: &str,
        after: Option<serde_json::Value>,
    ) -> Result<()> {
        let before = Some(json!({ "rule": self.rule }));
        let event = Event { chain: Some(self.tenant), action, subject, before, after };
        audit::append(tx, self.change, event).await
    }
}

/// The tenant's time zone and the day of the month on which its cycles begin.
async fn calendar(tx: &mut Tx, tenant: TenantId) -> Result<(Tz, u32)> {
    let sql = "SELECT time_zone, cycle_day FROM tenant WHERE id = $1";
    crate::tenant::one("the tenant", tx_rows!(tx, sql, [tenant.0] => zone_and_day)?)
}

fn zone_and_day(row: &impl Columns) -> Result<(Tz, u32)> {
    let zone = row.text(0)?;
    let zone = zone.parse().map_err(|_| unreadable("time_zone", zone))?;
    Ok((zone, narrow("cycle_day", row.int(1)?)?))
}

fn line(row: &impl Columns) -> Result<ActionLine> {
    let (kind, outcome) = (row.int(0)?, row.int(1)?);
    Ok(ActionLine {
        kind: ActionKind::from_code(narrow("kind", kind)?).ok_or_else(|| unreadable("kind", kind))?,
        outcome: ActionOutcome::from_code(narrow("outcome", outcome)?)
            .ok_or_else(|| unreadable("outcome", outcome))?,
        at: Timestamp(row.int(2)?),
        said: row.text(3)?.to_owned(),
        request: None,
    })
}
