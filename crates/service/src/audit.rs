//! The audit log: read on a page, taken away as a file, and a file verified without a server.
//!
//! A line of a file is `{"hash":"…","entry":{…}}`. The hash is SHA-256 of the entry's text, exactly as it stands in the line,
//! and the entry holds the hash of the one before it as `previous`.

use crate::{Result, Service, people::scope_may};
use opencmp_domain::{
    Scope,
    people::{AuditFilter, AuditLine},
    role::Permission,
};
use opencmp_store::{SealedEntry, audit::entry_place, sha256_hex};
use serde_json::json;
use std::io::{self, BufRead};

/// Entries that an export reads at a time.
const PIECE: u32 = 1000;

impl Service {
    /// Newest first. The operator reads their own chain, within a tenant the tenant's.
    pub async fn audit_lines(
        &self,
        scope: &Scope,
        filter: &AuditFilter,
        most: u32,
    ) -> Result<Vec<AuditLine>> {
        scope_may(scope, Permission::AuditRead)?;
        Ok(self.store.audit_lines(scope.only_tenant(), filter, most).await?)
    }

    /// The next piece of a file of the whole chain, after the entry `after`; empty at its end. Beginning is an event.
    pub async fn audit_export(&self, scope: &Scope, after: u64) -> Result<Vec<SealedEntry>> {
        scope_may(scope, Permission::AuditRead)?;
        if after == 0 {
            self.export_note(scope, "audit", None).await?;
        }
        let all = AuditFilter::default();
        Ok(self.store.audit_entries(scope.only_tenant(), &all, after, PIECE).await?)
    }

    /// Something leaves as a file: that is written down before it does.
    pub async fn export_note(&self, scope: &Scope, what: &str, query: Option<&str>) -> Result<()> {
        let change = self.change(scope);
        let about = query.map(|query| json!({ "query": query }));
        Ok(self.store.audit_note(scope.only_tenant(), "export", what, about, &change).await?)
    }
}

/// A line of a file.
pub fn export_line(sealed: &SealedEntry) -> String {
    format!("{LINE_BEGINS}{}{LINE_GOES_ON}{}}}\n", sealed.hash, sealed.entry)
}

const LINE_BEGINS: &str = "{\"hash\":\"";
const LINE_GOES_ON: &str = "\",\"entry\":";

/// What a file was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub entries: u64,
    /// Of the last entry: held against what was noted elsewhere, it says that nothing is missing at the end.
    pub hash: String,
}

/// The first thing that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenChain {
    #[error("line {0} is not an entry of an audit log")]
    NotAnEntry(u64),
    #[error("line {line}: entry {seq} was changed: its text doesn't have its hash")]
    Changed { line: u64, seq: u64 },
    #[error("line {line}: entry {seq} stands where entry {expected} should")]
    OutOfPlace { line: u64, seq: u64, expected: u64 },
    #[error("line {line}: entry {seq} doesn't follow from the one before it")]
    Unlinked { line: u64, seq: u64 },
    #[error("line {line}: entry {seq} is of another chain")]
    OtherChain { line: u64, seq: u64 },
}

/// Reads a file of a whole chain. `Ok(Err(…))`: the first broken link.
pub fn verify(file: impl BufRead) -> io::Result<std::result::Result<Verified, BrokenChain>> {
    let (mut entries, mut previous, mut chain) = (0, String::new(), None);
    for (line, text) in (1..).zip(file.lines()) {
        let text = text?;
        if text.is_empty() {
            continue;
        }
        let parts = text
            .strip_prefix(LINE_BEGINS)
            .and_then(|rest| rest.split_once(LINE_GOES_ON))
            .and_then(|(hash, rest)| Some((hash, rest.strip_suffix('}')?)));
        let Some((hash, entry)) = parts else { return Ok(Err(BrokenChain::NotAnEntry(line))) };
        let Some((of, seq, follows)) = entry_place(entry) else {
            return Ok(Err(BrokenChain::NotAnEntry(line)));
        };
        let expected = entries + 1;
        let broken = if sha256_hex(entry) != hash {
            Some(BrokenChain::Changed { line, seq })
        } else if chain.is_some_and(|chain| chain != of) {
            Some(BrokenChain::OtherChain { line, seq })
        } else if seq != expected {
            Some(BrokenChain::OutOfPlace { line, seq, expected })
        } else if follows != previous {
            Some(BrokenChain::Unlinked { line, seq })
        } else {
            None
        };
        if let Some(broken) = broken {
            return Ok(Err(broken));
        }
        (entries, previous, chain) = (expected, hash.to_owned(), Some(of));
    }
    Ok(Ok(Verified { entries, hash: previous }))
}
