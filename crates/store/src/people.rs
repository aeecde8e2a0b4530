//! People: who may sign in, with what, and what they reach.

use crate::{
    Change, Result, Store, StoreError,
    audit::{self, Event},
    error::taken,
    sign_in::{StaysIn, sign_ins_renew},
    sql::{Columns, Tx, execute, rows, tx_rows, unreadable},
    store::first_int,
    tenant::{clean_name, one},
};
use opencmp_domain::{
    GroupId, PersonId, Role, TenantId, Timestamp,
    people::{Person, PersonSaid},
};
use serde_json::json;

/// What a person proves themselves with. It doesn't print.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// argon2id, as a PHC string.
    pub password: Option<String>,
    /// RFC 6238, base32.
    pub totp_secret: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// The most characters of an e-mail address (RFC 5321 §4.5.3.1.3, without the angle brackets).
const MOST_EMAIL: usize = 254;

/// But for one person.
const ADMINS: &str =
    "SELECT COUNT(*) FROM person WHERE role = 'operator_admin' AND disabled_at IS NULL AND id <> $1";

const SELECT: &str = "SELECT p.id, p.tenant_id, p.role, p.email, p.name, p.limited, p.password IS NOT NULL,
                          p.totp_secret IS NOT NULL, p.created_at, p.signed_in_at, p.disabled_at,
                          (SELECT string_agg(CAST(g.group_id AS TEXT), ',') FROM person_group g WHERE g.person_id = p.id)
                      FROM person p";

macro_rules! people {
    ($pool:expr, $rows:ident, $condition:literal, [$($bind:expr),*]) => {{
        let sql = format!("{SELECT} {}", $condition);
        $rows!($pool, sqlx::AssertSqlSafe(sql.clone()), [$($bind),*] => person)
    }};
}

impl Store {
    /// Errors: `Taken` (email), `Invalid` (email, name, role, groups), `NotFound` (the tenant).
    pub async fn person_create(&self, said: &PersonSaid, change: impl Into<Change>) -> Result<PersonId> {
        let change = change.into();
        let mut tx = self.begin().await?;
        let (id, said) = person_insert(&mut tx, said, &change).await?;
        let event = Event {
            chain: said.tenant,
            action: "person.invite",
            subject: &said.email,
            before: None,
            after: Some(json!(said)),
        };
        audit::append(&mut tx, &change, event).await?;
        version_bump(&mut tx).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Of one tenant, or the operator's staff; by name.
    pub async fn person_list(&self, tenant: Option<TenantId>) -> Result<Vec<Person>> {
        let tenant = tenant.map_or(0, |tenant| tenant.0);
        people!(self.readers(), rows, "WHERE COALESCE(p.tenant_id, 0) = $1 ORDER BY p.name, p.id", [tenant])
    }

    pub async fn person(&self, id: PersonId) -> Result<Option<Person>> {
        Ok(people!(self.readers(), rows, "WHERE p.id = $1", [id.0])?.into_iter().next())
    }

    /// By the address that one signs in with, in any case of letters.
    pub async fn person_by_email(&self, email: &str) -> Result<Option<Person>> {
        let email = email.trim().to_lowercase();
        // Nobody has one; PostgreSQL would refuse it.
        if email.contains('\0') {
            return Ok(None);
        }
        Ok(people!(self.readers(), rows, "WHERE p.email = $1", [&email])?.into_iter().next())
    }

    /// How many are operator admins, but for `but`: the first start of an installation finds none.
    pub async fn operator_admins(&self, but: Option<PersonId>) -> Result<u64> {
        let but = but.map_or(0, |id| id.0);
        Ok(one("a count", rows!(self.readers(), ADMINS, [but] => first_int)?)?.unsigned_abs())
    }

    pub async fn credentials(&self, id: PersonId) -> Result<Option<Credentials>> {
        let sql = "SELECT password, totp_secret FROM person WHERE id = $1";
        Ok(rows!(self.readers(), sql, [id.0] => credentials)?.into_iter().next())
    }

    /// Name, role and groups; whose they are and their address stay. With another role or other groups they are signed out
    /// everywhere but where `stays` says, and the answer is true. Errors: as `person_create`.
    pub async fn person_update(
        &self,
        id: PersonId,
        said: &PersonSaid,
        stays: Option<StaysIn<'_>>,
        change: &Change,
    ) -> Result<bool> {
        let said = checked(said)?;
        let mut tx = self.begin().await?;
        let held = held(&mut tx, id).await?;
        if held.tenant != said.tenant {
            let message = "a person can't move to another tenant: invite them there".to_owned();
            return Err(StoreError::Invalid { field: "tenant", message });
        }
        let sql = "UPDATE person SET name = $1, role = $2, limited = $3 WHERE id = $4";
        execute!(&mut tx, sql, [&said.name, said.role.code(), said.groups.is_some(), id.0])?;
        groups_write(&mut tx, id, &said).await?;
        let event = Event {
            chain: held.tenant,
            action: "person.change",
            subject: &held.email,
            before: Some(json!({ "name": held.name, "role": held.role, "groups": held.groups })),
            after: Some(json!({ "name": said.name, "role": said.role, "groups": said.groups })),
        };
        audit::append(&mut tx, change, event).await?;
        let reaches_other = held.role != said.role || held.groups != said.groups;
        if reaches_other {
            sign_ins_renew(&mut tx, &held, stays, change).await?;
        }
        version_bump(&mut tx).await?;
        somebody_is_left(&mut tx, &held).await?;
        tx.commit().await?;
        Ok(reaches_other)
    }

    /// May they sign in. Shut out, every browser of theirs is signed out and links that were sent are void.
    pub async fn person_enable(&self, id: PersonId, enabled: bool, change: &Change) -> Result<()> {
        self.enable(id, enabled, true, change).await
    }

    /// The same for who must not be let in whoever is left, since everybody knows their password.
    pub async fn person_shut_out(&self, id: PersonId, change: &Change) -> Result<()> {
        self.enable(id, false, false, change).await
    }

    async fn enable(
        &self,
        id: PersonId,
        enabled: bool,
        leaves_somebody: bool,
        change: &Change,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let held = held(&mut tx, id).await?;
        if held.disabled_at.is_none() == enabled {
            return Ok(());
        }
        let disabled_at = (!enabled).then_some(change.at.0);
        execute!(&mut tx, "UPDATE person SET disabled_at = $1 WHERE id = $2", [disabled_at, id.0])?;
        if !enabled {
            execute!(&mut tx, "DELETE FROM sign_in WHERE person_id = $1", [id.0])?;
            execute!(&mut tx, "DELETE FROM one_time_link WHERE person_id = $1", [id.0])?;
        }
        let action = if enabled { "person.admit" } else { "person.shut_out" };
        let event = Event { chain: held.tenant, action, subject: &held.email, before: None, after: None };
        audit::append(&mut tx, change, event).await?;
        version_bump(&mut tx).await?;
        if leaves_somebody {
            somebody_is_left(&mut tx, &held).await?;
        }
        tx.commit().await
    }

    /// `password` is a PHC string. Every other browser of theirs is signed out (all, without `keep`), links are void.
    pub async fn password_set(
        &self,
        id: PersonId,
        password: &str,
        keep: Option<opencmp_domain::SignInId>,
        change: &Change,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let held = held(&mut tx, id).await?;
        password_write(&mut tx, id, password).await?;
        let keep = keep.map_or(0, |keep| keep.0);
        execute!(&mut tx, "DELETE FROM sign_in WHERE person_id = $1 AND id <> $2", [id.0, keep])?;
        let event = Event {
            chain: held.tenant,
            action: "person.password",
            subject: &held.email,
            before: None,
            after: None,
        };
        audit::append(&mut tx, change, event).await?;
        version_bump(&mut tx).await?;
        tx.commit().await
    }

    /// A second factor with its recovery codes (their hashes), or none any more. They are signed out everywhere but where
    /// `stays` says.
    pub async fn second_factor_set(
        &self,
        id: PersonId,
        secret: Option<&str>,
        recovery: &[String],
        stays: Option<StaysIn<'_>>,
        change: &Change,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let held = held(&mut tx, id).await?;
        let sql = "UPDATE person SET totp_secret = $1, totp_step = NULL WHERE id = $2";
        execute!(&mut tx, sql, [secret, id.0])?;
        execute!(&mut tx, "DELETE FROM recovery_code WHERE person_id = $1", [id.0])?;
        for hash in recovery {
            execute!(&mut tx, "INSERT INTO recovery_code (person_id, hash) VALUES ($1, $2)", [id.0, hash])?;
        }
        let action =
            if secret.is_some() { "person.second_factor.set" } else { "person.second_factor.remove" };
        let event = Event { chain: held.tenant, action, subject: &held.email, before: None, after: None };
        audit::append(&mut tx, change, event).await?;
        sign_ins_renew(&mut tx, &held, stays, change).await?;
        version_bump(&mut tx).await?;
        tx.commit().await
    }

    /// Whether a code of this time step may be taken: each step is good once, and none before it.
    pub async fn totp_step_use(&self, id: PersonId, step: u64) -> Result<bool> {
        let mut tx = self.begin().await?;
        let sql = "UPDATE person SET totp_step = $1 WHERE id = $2 AND COALESCE(totp_step, -1) < $1";
        let used = execute!(&mut tx, sql, [crate::sql::signed(step), id.0])?;
        tx.commit().await?;
        Ok(used == 1)
    }

    /// Whether there was such a code; it is used up.
    pub async fn recovery_code_use(&self, id: PersonId, hash: &str, change: &Change) -> Result<bool> {
        let mut tx = self.begin().await?;
        let sql = "DELETE FROM recovery_code WHERE person_id = $1 AND hash = $2";
        if execute!(&mut tx, sql, [id.0, hash])? == 0 {
            return Ok(false);
        }
        let held = held(&mut tx, id).await?;
        let action = "person.recovery_code";
        let event = Event { chain: held.tenant, action, subject: &held.email, before: None, after: None };
        audit::append(&mut tx, change, event).await?;
        tx.commit().await?;
        Ok(true)
    }

    pub async fn recovery_codes_left(&self, id: PersonId) -> Result<u64> {
        let sql = "SELECT COUNT(*) FROM recovery_code WHERE person_id = $1";
        Ok(one("a count", rows!(self.readers(), sql, [id.0] => first_int)?)?.unsigned_abs())
    }

    /// Keeps a link (its hash) that lets its bearer set this person's password. Links of before are void.
    pub async fn link_create(
        &self,
        id: PersonId,
        hash: &str,
        expires_at: Timestamp,
        change: &Change,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let held = held(&mut tx, id).await?;
        execute!(&mut tx, "DELETE FROM one_time_link WHERE person_id = $1", [id.0])?;
        let sql =
            "INSERT INTO one_time_link (hash, person_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
        execute!(&mut tx, sql, [hash, id.0, change.at.0, expires_at.0])?;
        let action = "person.link";
        let event = Event { chain: held.tenant, action, subject: &held.email, before: None, after: None };
        audit::append(&mut tx, change, event).await?;
        tx.commit().await
    }

    /// Whose link this is, if it is still good.
    pub async fn link_person(&self, hash: &str, now: Timestamp) -> Result<Option<Person>> {
        let condition = "JOIN one_time_link l ON l.person_id = p.id
                         WHERE l.hash = $1 AND l.expires_at > $2 AND p.disabled_at IS NULL";
        let sql = format!("{SELECT} {condition}");
        let found = rows!(self.readers(), sqlx::AssertSqlSafe(sql.clone()), [hash, now.0] => person)?;
        Ok(found.into_iter().next())
    }

    /// Uses up a link: its person has this password from now on, and is signed in nowhere. `named`: name and address, if
    /// these are said anew. `None`: it isn't good. Errors: `Taken` (email), `Invalid` (email, name).
    pub async fn link_use(
        &self,
        hash: &str,
        password: &str,
        named: Option<(&str, &str)>,
        change: &Change,
    ) -> Result<Option<PersonId>> {
        let mut tx = self.begin().await?;
        let sql = "DELETE FROM one_time_link WHERE hash = $1 AND expires_at > $2 RETURNING person_id";
        let Some(id) = tx_rows!(&mut tx, sql, [hash, change.at.0] => first_int)?.first().copied() else {
            return Ok(None);
        };
        let id = PersonId(id);
        let held = held(&mut tx, id).await?;
        if held.disabled_at.is_some() {
            return Ok(None);
        }
        if let Some((name, email)) = named {
            let (name, email) = (clean_name("name", name)?, clean_email(email)?);
            let sql = "UPDATE person SET name = $1, email = $2 WHERE id = $3";
            execute!(&mut tx, sql, [&name, &email, id.0]).map_err(taken("e-mail address", &email))?;
        }
        password_write(&mut tx, id, password).await?;
        execute!(&mut tx, "DELETE FROM sign_in WHERE person_id = $1", [id.0])?;
        let mut change = change.clone();
        change.by.person = Some(id);
        let event = Event {
            chain: held.tenant,
            action: "person.password",
            subject: &held.email,
            before: None,
            after: None,
        };
        audit::append(&mut tx, &change, event).await?;
        version_bump(&mut tx).await?;
        tx.commit().await?;
        Ok(Some(id))
    }

    /// Rises with every change of people, and when a sign-in is ended.
    pub async fn people_version(&self) -> Result<i64> {
        one("meta", rows!(self.readers(), "SELECT people_version FROM meta", [] => first_int)?)
    }
}

/// The row of somebody new, and what is said of them in its clean form. The audit log is the caller's.
pub(crate) async fn person_insert(
    tx: &mut Tx,
    said: &PersonSaid,
    change: &Change,
) -> Result<(PersonId, PersonSaid)> {
    let said = checked(said)?;
    let sql = "INSERT INTO person (tenant_id, role, email, name, limited, created_at)
               SELECT $1, $2, $3, $4, $5, $6 WHERE $1 IS NULL OR EXISTS (SELECT 1 FROM tenant WHERE id = $1)";
    let tenant = said.tenant.map(|tenant| tenant.0);
    let bind = (said.role.code(), said.groups.is_some(), change.at.0);
    let made = execute!(&mut *tx, sql, [tenant, bind.0, &said.email, &said.name, bind.1, bind.2]);
    if made.map_err(taken("e-mail address", &said.email))? == 0 {
        return Err(StoreError::NotFound { what: "the tenant" });
    }
    let found = tx_rows!(&mut *tx, "SELECT id FROM person WHERE email = $1", [&said.email] => first_int)?;
    let id = PersonId(one("the person", found)?);
    groups_write(tx, id, &said).await?;
    Ok((id, said))
}

/// Refuses what leaves an operator without an admin. After [`version_bump`], whose row whoever changes another person waits for:
/// two admins who shut out each other are not both right. `held` may be of before another's change: its role says nothing.
async fn somebody_is_left(tx: &mut Tx, held: &Person) -> Result<()> {
    if held.tenant.is_some() || held.disabled_at.is_some() {
        return Ok(());
    }
    if one("a count", tx_rows!(tx, ADMINS, [0] => first_int)?)? > 0 {
        return Ok(());
    }
    let message = "the last operator admin stays one: make another first".to_owned();
    Err(StoreError::Invalid { field: "person", message })
}

pub(crate) async fn version_bump(tx: &mut Tx) -> Result<()> {
    execute!(tx, "UPDATE meta SET people_version = people_version + 1", [])?;
    Ok(())
}

async fn password_write(tx: &mut Tx, id: PersonId, password: &str) -> Result<()> {
    execute!(&mut *tx, "UPDATE person SET password = $1 WHERE id = $2", [password, id.0])?;
    execute!(tx, "DELETE FROM one_time_link WHERE person_id = $1", [id.0])?;
    Ok(())
}

pub(crate) async fn held(tx: &mut Tx, id: PersonId) -> Result<Person> {
    one("the person", people!(tx, tx_rows, "WHERE p.id = $1", [id.0])?)
}

/// Replaces the groups that a person is limited to; each must be of their tenant.
async fn groups_write(tx: &mut Tx, id: PersonId, said: &PersonSaid) -> Result<()> {
    execute!(&mut *tx, "DELETE FROM person_group WHERE person_id = $1", [id.0])?;
    for group in said.groups.iter().flatten() {
        let sql = "INSERT INTO person_group (person_id, group_id)
                   SELECT $1, id FROM sim_group WHERE id = $2 AND tenant_id = $3 ON CONFLICT DO NOTHING";
        let tenant = said.tenant.map_or(0, |tenant| tenant.0);
        if execute!(&mut *tx, sql, [id.0, group.0, tenant])? == 0 {
            return Err(StoreError::NotFound { what: "the group" });
        }
    }
    Ok(())
}

/// In lower case; the shape only, since just sending to it says more.
fn clean_email(text: &str) -> Result<String> {
    let email = text.trim().to_lowercase();
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"@<>,;:\"()[]\\".contains(c);
    let shaped = email.split_once('@').is_some_and(|(local, domain)| {
        let dotted = domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
        !local.is_empty() && dotted && local.chars().chain(domain.chars()).all(plain)
    });
    if shaped && email.len() <= MOST_EMAIL {
        return Ok(email);
    }
    let message = "an e-mail address looks like name@example.com".to_owned();
    Err(StoreError::Invalid { field: "email", message })
}

fn checked(said: &PersonSaid) -> Result<PersonSaid> {
    let invalid = |field, message: &str| Err(StoreError::Invalid { field, message: message.to_owned() });
    let email = clean_email(&said.email)?;
    if said.tenant.is_none() != said.role.is_operator() {
        return invalid(
            "role",
            "operator roles are for the operator's staff, tenant roles for a tenant's people",
        );
    }
    if said.groups.is_some() && !said.role.may_be_limited_to_groups() {
        return invalid("groups", "only editors and viewers can be limited to groups");
    }
    if said.groups.as_ref().is_some_and(Vec::is_empty) {
        return invalid("groups", "name at least one group, or don't limit");
    }
    let mut groups = said.groups.clone();
    if let Some(groups) = &mut groups {
        groups.sort_unstable();
        groups.dedup();
    }
    Ok(PersonSaid { email, name: clean_name("name", &said.name)?, groups, ..said.clone() })
}

fn person(row: &impl Columns) -> Result<Person> {
    let limited = row.flag(5)?;
    let groups = row.opt_text(11)?.unwrap_or_default().split(',').filter(|id| !id.is_empty());
    let mut groups: Vec<GroupId> =
        groups.map(|id| id.parse().map_err(|_| unreadable("group_id", id))).collect::<Result<_>>()?;
    groups.sort_unstable();
    let role = row.text(2)?;
    Ok(Person {
        id: PersonId(row.int(0)?),
        tenant: row.opt_int(1)?.map(TenantId),
        role: Role::parse(role).ok_or_else(|| unreadable("role", role))?,
        email: row.text(3)?.to_owned(),
        name: row.text(4)?.to_owned(),
        groups: limited.then_some(groups),
        has_password: row.flag(6)?,
        has_second_factor: row.flag(7)?,
        created_at: Timestamp(row.int(8)?),
        signed_in_at: row.opt_int(9)?.map(Timestamp),
        disabled_at: row.opt_int(10)?.map(Timestamp),
    })
}

fn credentials(row: &impl Columns) -> Result<Credentials> {
    Ok(Credentials {
        password: row.opt_text(0)?.map(str::to_owned),
        totp_secret: row.opt_text(1)?.map(str::to_owned),
    })
}
