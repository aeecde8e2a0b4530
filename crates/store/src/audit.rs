//! The audit log: who did what, from where, what was there before and after, and why. Only added to, in the transaction
//! of the change itself.
//!
//! Each tenant has a chain of its own, the operator another. An entry holds the hash of the one before it, and its own
//! hash is SHA-256 of its text: whoever holds a hash can tell that nothing before it was changed.

use crate::{
    Result, Store, StoreError,
    sql::{Columns, Tx, execute, narrow, rows, rows_once, tx_rows, unreadable},
    store::first_text,
};
use opencmp_domain::{
    Actor, PersonId, Reason, TenantId, Timestamp,
    people::{AuditFilter, AuditLine},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What every operation that changes something is told: who does it, when, and why, if they say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub by: Actor,
    pub at: Timestamp,
    pub why: Option<Reason>,
}

impl Change {
    pub fn new(by: Actor, at: Timestamp) -> Self {
        Self { by, at, why: None }
    }
}

/// By the system itself.
impl From<Timestamp> for Change {
    fn from(at: Timestamp) -> Self {
        Self::new(Actor::SYSTEM, at)
    }
}

/// What happened, for the log. `before` and `after` are what is said of the subject, without secrets.
pub(crate) struct Event<'a> {
    /// `None`: the operator's chain.
    pub chain: Option<TenantId>,
    /// `gateway.add`
    pub action: &'static str,
    pub subject: &'a str,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// The text of an entry. Its fields are part of the format of exports: they are added to, not changed.
#[derive(Serialize, Deserialize)]
struct Entry<'a> {
    chain: i64,
    seq: i64,
    at: i64,
    person: Option<i64>,
    /// Name and address as they were.
    who: Option<String>,
    from: Option<String>,
    #[serde(borrow)]
    action: std::borrow::Cow<'a, str>,
    subject: String,
    before: Option<Value>,
    after: Option<Value>,
    why: Option<String>,
    /// Hash of the entry before; of nothing for the first.
    previous: String,
}

/// An entry as it is kept and exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedEntry {
    pub seq: u64,
    /// JSON.
    pub entry: String,
    /// SHA-256 of `entry`, hex.
    pub hash: String,
}

/// SHA-256 in hex: of an entry's text, and of every token that is kept as its hash only.
pub fn sha256_hex(octets: impl AsRef<[u8]>) -> String {
    let digest = Sha256::digest(octets);
    let mut hex = String::with_capacity(64);
    for octet in digest {
        hex.push_str(&format!("{octet:02x}"));
    }
    hex
}

/// Where in its chain an entry says that it stands, and what it says is the hash before it. `None`: not an entry.
pub fn entry_place(entry: &str) -> Option<(i64, u64, String)> {
    let entry: Entry<'_> = serde_json::from_str(entry).ok()?;
    Some((entry.chain, u64::try_from(entry.seq).ok()?, entry.previous))
}

/// Adds to the log within the transaction of the change.
pub(crate) async fn append(tx: &mut Tx, change: &Change, event: Event<'_>) -> Result<()> {
    let chain = event.chain.map_or(0, |tenant| tenant.0);
    let sql = "INSERT INTO audit_head (chain, seq, hash) VALUES ($1, 0, '') ON CONFLICT (chain) DO NOTHING";
    execute!(&mut *tx, sql, [chain])?;
    // Takes the row's lock: another change of this chain waits here.
    let sql = "UPDATE audit_head SET seq = seq + 1 WHERE chain = $1 RETURNING seq, hash";
    let head = tx_rows!(&mut *tx, sql, [chain] => head)?;
    let (seq, previous) = head.into_iter().next().ok_or(StoreError::NotFound { what: "the audit log" })?;
    let person = change.by.person.map(|person| person.0);
    let who = match person {
        Some(id) => {
            let sql = "SELECT name || ' <' || email || '>' FROM person WHERE id = $1";
            tx_rows!(&mut *tx, sql, [id] => first_text)?.into_iter().next()
        }
        None => None,
    };
    let entry = Entry {
        chain,
        seq,
        at: change.at.0,
        person,
        who,
        from: change.by.address.map(|address| address.to_string()),
        action: event.action.into(),
        subject: event.subject.to_owned(),
        before: event.before,
        after: event.after,
        why: change.why.clone().map(String::from),
        previous,
    };
    let entry = serde_json::to_string(&entry).map_err(|e| unreadable("audit_log", e))?;
    let hash = sha256_hex(&entry);
    let sql = "INSERT INTO audit_log (chain, seq, at, person_id, action, subject, entry, hash)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let row = [chain, seq, change.at.0];
    execute!(&mut *tx, sql, [row[0], row[1], row[2], person, event.action, event.subject, &entry, &hash])?;
    execute!(tx, "UPDATE audit_head SET hash = $1 WHERE chain = $2", [&hash, chain])?;
    Ok(())
}

impl Store {
    /// A sensitive read, or something else that changes no row.
    pub async fn audit_note(
        &self,
        chain: Option<TenantId>,
        action: &'static str,
        subject: &str,
        about: Option<Value>,
        change: &Change,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        append(&mut tx, change, Event { chain, action, subject, before: None, after: about }).await?;
        tx.commit().await
    }

    /// Newest first.
    pub async fn audit_lines(
        &self,
        chain: Option<TenantId>,
        filter: &AuditFilter,
        most: u32,
    ) -> Result<Vec<AuditLine>> {
        let entries = self.audit_select(chain, filter, "DESC", 0, most).await?;
        entries.iter().map(|sealed| line(&sealed.entry)).collect()
    }

    /// As they are kept, oldest first, after the entry `after`.
    pub async fn audit_entries(
        &self,
        chain: Option<TenantId>,
        filter: &AuditFilter,
        after: u64,
        most: u32,
    ) -> Result<Vec<SealedEntry>> {
        self.audit_select(chain, filter, "ASC", after, most).await
    }

    async fn audit_select(
        &self,
        chain: Option<TenantId>,
        filter: &AuditFilter,
        order: &'static str,
        after: u64,
        most: u32,
    ) -> Result<Vec<SealedEntry>> {
        let chain = chain.map_or(0, |tenant| tenant.0);
        let person = filter.person.map_or(0, |person| person.0);
        // The end of every text that begins so.
        let action = filter.action.clone().unwrap_or_default();
        let action_end = format!("{action}\u{10ffff}");
        let from = filter.from.map_or(i64::MIN, |at| at.0);
        let until = filter.until.map_or(i64::MAX, |at| at.0);
        let before = filter.before.map_or(i64::MAX, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let sql = match order {
            "ASC" => {
                "SELECT seq, entry, hash FROM audit_log
                 WHERE chain = $1 AND seq > $2 AND seq < $3 AND ($4 = 0 OR person_id = $4)
                   AND action >= $5 AND action <= $6 AND at >= $7 AND at < $8
                 ORDER BY seq ASC LIMIT $9"
            }
            _ => {
                "SELECT seq, entry, hash FROM audit_log
                 WHERE chain = $1 AND seq > $2 AND seq < $3 AND ($4 = 0 OR person_id = $4)
                   AND action >= $5 AND action <= $6 AND at >= $7 AND at < $8
                 ORDER BY seq DESC LIMIT $9"
            }
        };
        let most = i64::from(most);
        rows_once!(
            self.readers(),
            sql,
            [chain, after, before, person, &action, &action_end, from, until, most] => sealed
        )
    }

    /// The number and the hash of a chain's last entry.
    pub async fn audit_head(&self, chain: Option<TenantId>) -> Result<Option<(u64, String)>> {
        let chain = chain.map_or(0, |tenant| tenant.0);
        let found =
            rows!(self.readers(), "SELECT seq, hash FROM audit_head WHERE chain = $1", [chain] => head)?;
        let head = found.into_iter().next();
        Ok(head.map(|(seq, hash)| (seq.unsigned_abs(), hash)))
    }
}

fn head(row: &impl Columns) -> Result<(i64, String)> {
    Ok((row.int(0)?, row.text(1)?.to_owned()))
}

fn sealed(row: &impl Columns) -> Result<SealedEntry> {
    Ok(SealedEntry {
        seq: narrow("seq", row.int(0)?)?,
        entry: row.text(1)?.to_owned(),
        hash: row.text(2)?.to_owned(),
    })
}

fn line(entry: &str) -> Result<AuditLine> {
    let entry: Entry<'_> = serde_json::from_str(entry).map_err(|e| unreadable("audit_log", e))?;
    let json = |value: Option<Value>| value.map(|value| value.to_string());
    Ok(AuditLine {
        chain: (entry.chain != 0).then_some(TenantId(entry.chain)),
        seq: narrow("seq", entry.seq)?,
        at: Timestamp(entry.at),
        person: entry.person.map(PersonId),
        who: entry.who,
        from: entry.from,
        action: entry.action.into_owned(),
        subject: entry.subject,
        before: json(entry.before),
        after: json(entry.after),
        why: entry.why,
    })
}
