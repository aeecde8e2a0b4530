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

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a sound file.
    fn chain(of: i64, entries: u64) -> Vec<String> {
        let mut previous = String::new();
        let line = |seq| {
            let entry = json!({
                "chain": of, "seq": seq, "at": 0, "person": null, "who": null, "from": null,
                "action": "group.create", "subject": format!("g{seq}"), "before": null, "after": null,
                "why": null, "previous": previous,
            });
            let entry = entry.to_string();
            let hash = sha256_hex(&entry);
            previous.clone_from(&hash);
            export_line(&SealedEntry { seq, entry, hash })
        };
        (1..=entries).map(line).collect()
    }

    fn found(lines: &[String]) -> std::result::Result<Verified, BrokenChain> {
        verify(lines.concat().as_bytes()).unwrap()
    }

    /// As somebody would who has the file and knows how it is made.
    fn sealed_anew(line: &str, from: &str, to: &str) -> String {
        let entry = line.trim_end().split_once(LINE_GOES_ON).unwrap().1.strip_suffix('}').unwrap();
        let entry = entry.replace(from, to);
        let hash = sha256_hex(&entry);
        export_line(&SealedEntry { seq: 0, entry, hash })
    }

    #[test]
    fn a_sound_file_is_told_from_one_that_was_cut_by_its_last_hash() {
        let lines = chain(7, 5);
        let whole = found(&lines).unwrap();
        let hash = |line: &str| line.split('"').nth(3).unwrap().to_owned();
        assert_eq!(whole, Verified { entries: 5, hash: hash(&lines[4]) });
        // Nothing in it says where it should end: what was noted elsewhere does.
        assert_eq!(found(&lines[..3]).unwrap(), Verified { entries: 3, hash: hash(&lines[2]) });
        assert_eq!(found(&[]).unwrap(), Verified { entries: 0, hash: String::new() });
    }

    #[test]
    fn the_first_broken_link_is_named() {
        type Break = fn(&mut Vec<String>);
        let cases: [(&str, Break, BrokenChain); 9] = [
            (
                "a changed line",
                |lines| lines[2] = lines[2].replace("g3", "g9"),
                BrokenChain::Changed { line: 3, seq: 3 },
            ),
            (
                "a changed line with its hash",
                |lines| lines[2] = sealed_anew(&lines[2], "g3", "g9"),
                BrokenChain::Unlinked { line: 4, seq: 4 },
            ),
            (
                "a removed line",
                |lines| drop(lines.remove(2)),
                BrokenChain::OutOfPlace { line: 3, seq: 4, expected: 3 },
            ),
            (
                "a removed line, and the next in its place",
                |lines| {
                    lines.remove(2);
                    lines[2] = sealed_anew(&lines[2], "\"seq\":4", "\"seq\":3");
                },
                BrokenChain::Unlinked { line: 3, seq: 3 },
            ),
            (
                "a cut beginning",
                |lines| drop(lines.remove(0)),
                BrokenChain::OutOfPlace { line: 1, seq: 2, expected: 1 },
            ),
            (
                "a swapped pair",
                |lines| lines.swap(1, 2),
                BrokenChain::OutOfPlace { line: 2, seq: 3, expected: 2 },
            ),
            (
                "a line twice",
                |lines| lines.insert(1, lines[0].clone()),
                BrokenChain::OutOfPlace { line: 2, seq: 1, expected: 2 },
            ),
            (
                "a line of another chain",
                |lines| lines[3] = chain(8, 4)[3].clone(),
                BrokenChain::OtherChain { line: 4, seq: 4 },
            ),
            ("a torn line", |lines| lines[4].truncate(80), BrokenChain::NotAnEntry(5)),
        ];
        for (what, breaks, broken) in cases {
            let mut lines = chain(7, 5);
            breaks(&mut lines);
            assert_eq!(found(&lines).unwrap_err(), broken, "{what}");
        }
    }
}
