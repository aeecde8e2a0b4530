//! Custom fields of tenants, and their values. A SIM's values are one row of JSON beside the SIM's own, which is what lists
//! read by the million.

use crate::{
    Change, Result, Store, StoreError,
    audit::{self, Event},
    error::taken,
    import::write::run_built,
    sql::{Columns, Tx, execute, int_list, rows, rows_once, tx_rows, tx_rows_once, unreadable},
    store::{first_int, first_text},
    tenant::{clean_name, clean_text, one},
};
use opencmp_domain::{
    FieldId, SimId, TenantId,
    custom::{CustomField, FieldKind, FieldSaid, MOST_CHOICES, MOST_FIELDS},
};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, QueryBuilder};
use std::collections::{BTreeMap, BTreeSet};

/// Values of a SIM, by field.
pub(crate) type Values = BTreeMap<FieldId, String>;

/// Rows of one statement.
const CHUNK: usize = 1_000;

/// The most characters of a choice.
const MOST_CHOICE: usize = 50;

const FIELDS: &str = "SELECT id, name, kind, choices, required FROM custom_field
                      WHERE tenant_id = $1 AND removed_at IS NULL ORDER BY position, id";

impl Store {
    /// In the tenant's order.
    pub async fn custom_fields(&self, tenant: TenantId) -> Result<Vec<CustomField>> {
        rows!(self.readers(), FIELDS, [tenant.0] => field)
    }

    /// Adds a field behind the others, or changes one; its kind stays. Errors: `Taken`, `Invalid` (field_name, field_choices,
    /// field_count), `NotFound`.
    pub async fn custom_field_save(
        &self,
        tenant: TenantId,
        id: Option<FieldId>,
        said: &FieldSaid,
        change: impl Into<Change>,
    ) -> Result<FieldId> {
        let (said, change) = (checked(said)?, change.into());
        let mut tx = self.begin().await?;
        let held = fields_in(&mut tx, tenant).await?;
        let choices = serde_json::to_string(&said.choices).map_err(|e| unreadable("choices", e))?;
        let (id, action, before, said) = match id {
            Some(id) => {
                let field = held.into_iter().find(|field| field.id == id);
                let before = field.ok_or(StoreError::NotFound { what: "the field" })?.said;
                let sql = "UPDATE custom_field SET name = $1, choices = $2, required = $3 WHERE id = $4";
                let done = execute!(&mut tx, sql, [&said.name, &choices, said.required, id.0]);
                done.map_err(taken("field", &said.name))?;
                let said = FieldSaid { kind: before.kind, ..said };
                (id, "field.change", Some(before), said)
            }
            None if held.len() >= MOST_FIELDS => {
                let message = format!("a tenant has at most {MOST_FIELDS} fields");
                return Err(StoreError::Invalid { field: "field_count", message });
            }
            None => {
                let sql = "INSERT INTO custom_field (tenant_id, name, kind, choices, required, position, created_at)
                           SELECT $1, $2, $3, $4, $5, COALESCE(MAX(position), 0) + 1, $6
                           FROM custom_field WHERE tenant_id = $1";
                let done = execute!(
                    &mut tx,
                    sql,
                    [tenant.0, &said.name, said.kind.as_str(), &choices, said.required, change.at.0]
                );
                done.map_err(taken("field", &said.name))?;
                let sql =
                    "SELECT id FROM custom_field WHERE tenant_id = $1 AND name = $2 AND removed_at IS NULL";
                let id = one("the field", tx_rows!(&mut tx, sql, [tenant.0, &said.name] => first_int)?)?;
                (FieldId(id), "field.create", None, said)
            }
        };
        let (before, after) = (before.as_ref().map(told), Some(told(&said)));
        audit::append(
            &mut tx,
            &change,
            Event { chain: Some(tenant), action, subject: &said.name, before, after },
        )
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Its values stay where they are, and are shown nowhere. Errors: `NotFound`.
    pub async fn custom_field_remove(
        &self,
        tenant: TenantId,
        id: FieldId,
        change: impl Into<Change>,
    ) -> Result<()> {
        let change = change.into();
        let mut tx = self.begin().await?;
        let held = fields_in(&mut tx, tenant).await?.into_iter().find(|field| field.id == id);
        let held = held.ok_or(StoreError::NotFound { what: "the field" })?.said;
        execute!(&mut tx, "UPDATE custom_field SET removed_at = $1 WHERE id = $2", [change.at.0, id.0])?;
        let (action, before) = ("field.remove", Some(told(&held)));
        let event = Event { chain: Some(tenant), action, subject: &held.name, before, after: None };
        audit::append(&mut tx, &change, event).await?;
        tx.commit().await
    }

    /// Puts the tenant's fields in this order; those that aren't named stand behind.
    pub async fn custom_fields_order(
        &self,
        tenant: TenantId,
        order: &[FieldId],
        change: impl Into<Change>,
    ) -> Result<()> {
        let change = change.into();
        let mut tx = self.begin().await?;
        let held = fields_in(&mut tx, tenant).await?;
        let place = |field: &CustomField| order.iter().position(|id| *id == field.id).unwrap_or(order.len());
        let mut wanted = held.clone();
        wanted.sort_by_key(place);
        if wanted == held {
            return Ok(());
        }
        for (position, field) in (1i64..).zip(&wanted) {
            let sql = "UPDATE custom_field SET position = $1 WHERE id = $2";
            execute!(&mut tx, sql, [position, field.id.0])?;
        }
        let names = |fields: &[CustomField]| {
            let names: Vec<&str> = fields.iter().map(|field| field.said.name.as_str()).collect();
            Some(json!(names))
        };
        let (before, after) = (names(&held), names(&wanted));
        let event = Event { chain: Some(tenant), action: "field.order", subject: "", before, after };
        audit::append(&mut tx, &change, event).await?;
        tx.commit().await
    }

    /// What is kept of a SIM, removed fields too.
    pub async fn sim_custom(&self, sim: SimId) -> Result<BTreeMap<FieldId, String>> {
        let sql = "SELECT fields FROM sim_custom WHERE sim_id = $1";
        let found = rows!(self.readers(), sql, [sim.0] => first_text)?;
        found.first().map_or_else(|| Ok(Values::new()), |text| values(text))
    }
}

impl Store {
    /// The same of many SIMs; those of which nothing is kept aren't named.
    pub async fn sims_custom(&self, sims: &[SimId]) -> Result<FxHashMap<SimId, BTreeMap<FieldId, String>>> {
        let list = int_list(sims.iter().map(|sim| sim.0));
        let sql = format!("SELECT sim_id, fields FROM sim_custom WHERE sim_id IN ({list})");
        let found = rows_once!(self.readers(), AssertSqlSafe(sql), [] => of_sim)?;
        Ok(found.into_iter().collect())
    }
}

fn of_sim(row: &impl Columns) -> Result<(SimId, Values)> {
    Ok((SimId(row.int(0)?), values(row.text(1)?)?))
}

fn checked(said: &FieldSaid) -> Result<FieldSaid> {
    let invalid = |message: String| StoreError::Invalid { field: "field_choices", message };
    let mut choices: Vec<String> = Vec::new();
    if said.kind == FieldKind::Choice {
        let mut seen = BTreeSet::new();
        for choice in &said.choices {
            let choice =
                clean_text(choice, MOST_CHOICE).map_err(|message| invalid(format!("a choice {message}")))?;
            if seen.insert(choice) {
                choices.push(choice.to_owned());
            }
        }
        if choices.is_empty() || choices.len() > MOST_CHOICES {
            return Err(invalid(format!("a choice is made of 1 to {MOST_CHOICES} texts")));
        }
    }
    Ok(FieldSaid { name: clean_name("field_name", &said.name)?, choices, ..said.clone() })
}

/// For the audit log.
fn told(said: &FieldSaid) -> Value {
    json!({ "name": said.name, "kind": said.kind, "choices": said.choices, "required": said.required })
}

pub(crate) async fn fields_in(tx: &mut Tx, tenant: TenantId) -> Result<Vec<CustomField>> {
    tx_rows!(tx, FIELDS, [tenant.0] => field)
}

/// What is kept of these SIMs.
pub(crate) async fn values_of(tx: &mut Tx, sims: Vec<SimId>) -> Result<FxHashMap<SimId, Values>> {
    let mut found = FxHashMap::default();
    for sims in sims.chunks(CHUNK) {
        let list = int_list(sims.iter().map(|sim| sim.0));
        let sql = format!("SELECT sim_id, fields FROM sim_custom WHERE sim_id IN ({list})");
        found.extend(tx_rows_once!(&mut *tx, AssertSqlSafe(sql), [] => sim_values)?);
    }
    Ok(found)
}

/// Replaces what is kept of these SIMs.
pub(crate) async fn values_write(tx: &mut Tx, values: &[(SimId, &Values)]) -> Result<()> {
    for values in values.chunks(CHUNK) {
        let texts = values.iter().map(|(sim, values)| Ok((sim.0, text(values)?)));
        let texts: Vec<(i64, String)> = texts.collect::<Result<_>>()?;
        run_built!(tx, |query| {
            query.push("INSERT INTO sim_custom (sim_id, fields) ");
            query.push_values(&texts, |mut row, (sim, text)| {
                row.push_bind(*sim).push_bind(text);
            });
            query.push(" ON CONFLICT (sim_id) DO UPDATE SET fields = excluded.fields");
        });
    }
    Ok(())
}

fn text(values: &Values) -> Result<String> {
    let by_id: BTreeMap<i64, &str> = values.iter().map(|(id, value)| (id.0, value.as_str())).collect();
    serde_json::to_string(&by_id).map_err(|e| unreadable("fields", e))
}

fn values(text: &str) -> Result<Values> {
    let by_id: BTreeMap<i64, String> = serde_json::from_str(text).map_err(|_| unreadable("fields", text))?;
    Ok(by_id.into_iter().map(|(id, value)| (FieldId(id), value)).collect())
}

fn sim_values(row: &impl Columns) -> Result<(SimId, Values)> {
    Ok((SimId(row.int(0)?), values(row.text(1)?)?))
}

fn field(row: &impl Columns) -> Result<CustomField> {
    let (kind, choices) = (row.text(2)?, row.text(3)?);
    let said = FieldSaid {
        name: row.text(1)?.to_owned(),
        kind: kind.parse().map_err(|_| unreadable("kind", kind))?,
        choices: serde_json::from_str(choices).map_err(|_| unreadable("choices", choices))?,
        required: row.flag(4)?,
    };
    Ok(CustomField { id: FieldId(row.int(0)?), said })
}
