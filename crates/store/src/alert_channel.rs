//! Channels: by which ways people and programs are told, and what HTTP messages are signed with.

use crate::{
    Change, Result, Secret, Store, StoreError,
    alert_rule::{alert_version_bump, rules_by_channel},
    audit::{self, Event},
    error::taken,
    sql::{Columns, Tx, execute, rows, tx_rows, unreadable},
    store::first_int,
    tenant::{clean_name, one},
};
use opencmp_domain::{
    ChannelId, GroupId, PersonId, TenantId, Timestamp,
    alert::{
        channel::{Channel, ChannelSaid, Owner, Recipient},
        window::Window,
    },
};
use serde_json::Value;

/// How long the secret before is good beside a new one.
pub const SECRET_KEPT_SECS: i64 = 86_400;

const SELECT: &str = "SELECT c.id, c.tenant_id, c.said, c.enabled, c.modified_at, c.switched_off, p.id, p.disabled_at, p.limited,
                          (SELECT string_agg(CAST(w.id AS TEXT), ',')
                           FROM person_group g JOIN sim_group s ON s.id = g.group_id
                                JOIN sim_group w ON w.tenant_id = s.tenant_id
                                AND (w.id = s.id OR SUBSTR(w.name, 1, LENGTH(s.name) + 1) = s.name || '/')
                           WHERE g.person_id = p.id)
                      FROM alert_channel c LEFT JOIN person p ON p.id = c.person_id";

macro_rules! alert_channels {
    ($pool:expr, $rows:ident, $condition:literal, [$($bind:expr),*]) => {{
        let sql = format!("{SELECT} WHERE c.removed_at IS NULL {}", $condition);
        $rows!($pool, sqlx::AssertSqlSafe(sql.clone()), [$($bind),*] => channel)
    }};
}

impl Store {
    /// What is said has been checked. `secret`: of an HTTP endpoint. Errors: `Taken` (name), `Invalid` (name), `NotFound`
    /// (tenant, person).
    pub async fn alert_channel_add(
        &self,
        tenant: TenantId,
        said: &ChannelSaid,
        secret: Option<&Secret>,
        change: impl Into<Change>,
    ) -> Result<ChannelId> {
        let change = change.into();
        let (said, text) = clean(said)?;
        let mut tx = self.begin().await?;
        person_is_of(&mut tx, tenant, said.person).await?;
        let sql = "INSERT INTO alert_channel (tenant_id, person_id, name, kind, said, secrets, enabled, modified_at)
                   SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE EXISTS (SELECT 1 FROM tenant WHERE id = $1)";
        let person = said.person.map(|person| person.0);
        let (kind, enabled) = (i64::from(said.to.kind().code()), i64::from(said.enabled));
        let secret = secret.map(Secret::expose);
        let bound = (tenant.0, kind, enabled, change.at.0);
        let made =
            execute!(&mut tx, sql, [bound.0, person, &said.name, bound.1, &text, secret, bound.2, bound.3]);
        if made.map_err(taken("name", &said.name))? == 0 {
            return Err(StoreError::NotFound { what: "the tenant" });
        }
        let sql = "SELECT id FROM alert_channel WHERE tenant_id = $1 AND name = $2 AND removed_at IS NULL";
        let id = one("the channel", tx_rows!(&mut tx, sql, [tenant.0, &said.name] => first_int)?)?;
        let (action, after) = ("alert_channel.add", Some(told(&said)?));
        let event = Event { chain: Some(tenant), action, subject: &said.name, before: None, after };
        audit::append(&mut tx, &change, event).await?;
        alert_version_bump(&mut tx).await?;
        tx.commit().await?;
        Ok(ChannelId(id))
    }

    /// Of one tenant, by name.
    pub async fn alert_channel_list(&self, tenant: TenantId) -> Result<Vec<Channel>> {
        alert_channels!(self.readers(), rows, "AND c.tenant_id = $1 ORDER BY c.name, c.id", [tenant.0])
    }

    /// All tenants'.
    pub async fn alert_channels_all(&self) -> Result<Vec<Channel>> {
        alert_channels!(self.readers(), rows, "ORDER BY c.id", [])
    }

    /// A person's own, by name.
    pub async fn alert_channels_of(&self, person: PersonId) -> Result<Vec<Channel>> {
        alert_channels!(self.readers(), rows, "AND c.person_id = $1 ORDER BY c.name, c.id", [person.0])
    }

    pub async fn alert_channel(&self, id: ChannelId) -> Result<Option<Channel>> {
        Ok(alert_channels!(self.readers(), rows, "AND c.id = $1", [id.0])?.into_iter().next())
    }

    /// Replaces what is said of it; what switched it off by itself is forgotten. Whose it is and its kind stay. Errors: as
    /// `alert_channel_add`, and `Invalid` (to: another kind).
    pub async fn alert_channel_update(
        &self,
        id: ChannelId,
        said: &ChannelSaid,
        change: &Change,
    ) -> Result<()> {
        let (said, text) = clean(said)?;
        let mut tx = self.begin().await?;
        let held = held(&mut tx, id).await?;
        if held.said.to.kind() != said.to.kind() {
            let message = "a channel stays of its kind: add another".to_owned();
            return Err(StoreError::Invalid { field: "to", message });
        }
        person_is_of(&mut tx, held.tenant, said.person).await?;
        let sql = "UPDATE alert_channel SET person_id = $1, name = $2, said = $3, enabled = $4, switched_off = NULL,
                       modified_at = $5 WHERE id = $6";
        let person = said.person.map(|person| person.0);
        let bound = (i64::from(said.enabled), change.at.0, id.0);
        execute!(&mut tx, sql, [person, &said.name, &text, bound.0, bound.1, bound.2])
            .map_err(taken("name", &said.name))?;
        let (action, before, after) = ("alert_channel.change", Some(told(&held.said)?), Some(told(&said)?));
        let event = Event { chain: Some(held.tenant), action, subject: &held.said.name, before, after };
        audit::append(&mut tx, change, event).await?;
        alert_version_bump(&mut tx).await?;
        tx.commit().await
    }

    /// When this person's own channel may speak; the rest stays as it was said. Errors: `NotFound` (somebody else's, too).
    pub async fn alert_channel_hours_set(
        &self,
        id: ChannelId,
        person: PersonId,
        window: Option<&Window>,
        change: &Change,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        // Takes the row's lock: what an administrator says of the channel meanwhile isn't overwritten.
        let sql = "UPDATE alert_channel SET modified_at = $1 WHERE id = $2 AND person_id = $3 AND removed_at IS NULL";
        if execute!(&mut tx, sql, [change.at.0, id.0, person.0])? == 0 {
            return Err(StoreError::NotFound { what: "the channel" });
        }
        let held = held(&mut tx, id).await?;
        if held.said.window.as_ref() == window {
            return Ok(());
        }
        let (said, text) = clean(&ChannelSaid { window: window.cloned(), ..held.said.clone() })?;
        execute!(&mut tx, "UPDATE alert_channel SET said = $1 WHERE id = $2", [&text, id.0])?;
        let (action, before, after) = ("alert_channel.change", Some(told(&held.said)?), Some(told(&said)?));
        let event = Event { chain: Some(held.tenant), action, subject: &held.said.name, before, after };
        audit::append(&mut tx, change, event).await?;
        alert_version_bump(&mut tx).await?;
        tx.commit().await
    }

    /// Another secret; the one before is good for a day more. Errors: `NotFound`, `Invalid` (to: it has none).
    pub async fn alert_channel_secret_set(
        &self,
        id: ChannelId,
        secret: &Secret,
        change: &Change,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let held = held(&mut tx, id).await?;
        if !matches!(held.said.to, Recipient::Http { .. }) {
            let message = "only messages over HTTP are signed".to_owned();
            return Err(StoreError::Invalid { field: "to", message });
        }
        let before = tx_rows!(&mut tx, SECRETS, [id.0] => secrets)?.into_iter().next().unwrap_or_default();
        let mut lines = vec![secret.expose().to_owned()];
        if let Some((before, _)) = before.into_iter().next() {
            lines.push(format!("{} {}", before.expose(), change.at.plus_secs(SECRET_KEPT_SECS).0));
        }
        let sql = "UPDATE alert_channel SET secrets = $1, modified_at = $2 WHERE id = $3";
        execute!(&mut tx, sql, [lines.join("\n"), change.at.0, id.0])?;
        let action = "alert_channel.secret";
        let event =
            Event { chain: Some(held.tenant), action, subject: &held.said.name, before: None, after: None };
        audit::append(&mut tx, change, event).await?;
        alert_version_bump(&mut tx).await?;
        tx.commit().await
    }

    /// What its messages are signed with at `now`, the newest first.
    pub async fn alert_channel_secrets(&self, id: ChannelId, now: Timestamp) -> Result<Vec<Secret>> {
        let kept = rows!(self.readers(), SECRETS, [id.0] => secrets)?.into_iter().next().unwrap_or_default();
        let good = kept.into_iter().filter(|(_, until)| until.is_none_or(|until| now < until));
        Ok(good.map(|(secret, _)| secret).collect())
    }

    /// Takes it away for good, with its secrets; its deliveries stay. Errors: `NotFound`, `Invalid` (channel_used: rules tell
    /// by it; the message names them).
    pub async fn alert_channel_remove(&self, id: ChannelId, change: &Change) -> Result<()> {
        let mut tx = self.begin().await?;
        let held = held(&mut tx, id).await?;
        let used = rules_by_channel(&mut tx, held.tenant, id).await?;
        if !used.is_empty() {
            let names: Vec<String> = used.into_iter().map(|rule| rule.said.name).collect();
            return Err(StoreError::Invalid { field: "channel_used", message: names.join("、") });
        }
        let sql = "UPDATE alert_channel SET removed_at = $1, enabled = 0, secrets = NULL WHERE id = $2";
        execute!(&mut tx, sql, [change.at.0, id.0])?;
        let (action, before) = ("alert_channel.remove", Some(told(&held.said)?));
        let event = Event { chain: Some(held.tenant), action, subject: &held.said.name, before, after: None };
        audit::append(&mut tx, change, event).await?;
        alert_version_bump(&mut tx).await?;
        tx.commit().await
    }
}

const SECRETS: &str =
    "SELECT secrets FROM alert_channel WHERE id = $1 AND removed_at IS NULL AND secrets IS NOT NULL";

async fn held(tx: &mut Tx, id: ChannelId) -> Result<Channel> {
    one("the channel", alert_channels!(tx, tx_rows, "AND c.id = $1", [id.0])?)
}

async fn person_is_of(tx: &mut Tx, tenant: TenantId, person: Option<PersonId>) -> Result<()> {
    let Some(person) = person else { return Ok(()) };
    let sql = "SELECT id FROM person WHERE id = $1 AND tenant_id = $2";
    one("the person", tx_rows!(tx, sql, [person.0, tenant.0] => first_int)?).map(drop)
}

fn clean(said: &ChannelSaid) -> Result<(ChannelSaid, String)> {
    let said = ChannelSaid { name: clean_name("name", &said.name)?, ..said.clone() };
    let text = serde_json::to_string(&said).map_err(|e| unreadable("said", e))?;
    Ok((said, text))
}

fn told(said: &ChannelSaid) -> Result<Value> {
    serde_json::to_value(said).map_err(|e| unreadable("said", e))
}

fn channel(row: &impl Columns) -> Result<Channel> {
    let said: ChannelSaid = serde_json::from_str(row.text(2)?).map_err(|e| unreadable("said", e))?;
    Ok(Channel {
        id: ChannelId(row.int(0)?),
        tenant: TenantId(row.int(1)?),
        // What switches it off by itself leaves the rest as it was said.
        said: ChannelSaid { enabled: row.int(3)? != 0, ..said },
        modified_at: Timestamp(row.int(4)?),
        switched_off: row.opt_text(5)?.map(str::to_owned),
        owner: match row.opt_int(6)? {
            Some(_) => Some(owner(row)?),
            None => None,
        },
    })
}

fn owner(row: &impl Columns) -> Result<Owner> {
    let limited = row.flag(8)?;
    let groups = row.opt_text(9)?.unwrap_or_default().split(',').filter(|id| !id.is_empty());
    let groups: Vec<GroupId> =
        groups.map(|id| id.parse().map_err(|_| unreadable("group_id", id))).collect::<Result<_>>()?;
    Ok(Owner { shut_out: row.opt_int(7)?.is_some(), groups: limited.then_some(groups) })
}

/// Each with until when it is good; the newest without an end.
fn secrets(row: &impl Columns) -> Result<Vec<(Secret, Option<Timestamp>)>> {
    let line = |line: &str| match line.split_once(' ') {
        None => Ok((Secret::new(line), None)),
        Some((secret, until)) => match until.parse() {
            Ok(until) => Ok((Secret::new(secret), Some(Timestamp(until)))),
            Err(_) => Err(unreadable("secrets", "a time that is none")),
        },
    };
    row.text(0)?.lines().map(line).collect()
}
