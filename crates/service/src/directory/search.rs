//! What a search looks for in which columns, and the rows that it finds.

use super::{
    grams::ones,
    rows::Rows,
    text::{Digits, Folded, fold},
};
use opencmp_domain::query::SearchKind;

/// One thing to look for in one column.
pub(super) enum Sought {
    Msisdn(Digits),
    Imsi(Digits),
    Imei(Digits),
    Iccid(Digits),
    /// Folded.
    Batch(String),
    Name(Folded),
}

pub(super) struct Search(Vec<Sought>);

impl Search {
    pub fn new(kind: SearchKind, text: &str) -> Self {
        let is = |wanted: &[SearchKind]| kind == SearchKind::Any || wanted.contains(&kind);
        let mut sought = Vec::new();
        if is(&[SearchKind::Msisdn]) {
            sought.extend(number_forms(text).into_iter().filter_map(Digits::new).map(Sought::Msisdn));
        }
        if is(&[SearchKind::Imsi]) {
            sought.extend(Digits::new(bare(text)).map(Sought::Imsi));
        }
        if is(&[SearchKind::Imei]) {
            sought.extend(Digits::new(bare(text)).map(Sought::Imei));
        }
        if is(&[SearchKind::Iccid, SearchKind::SimCard]) {
            sought.extend(Digits::new(bare(text)).map(Sought::Iccid));
        }
        if is(&[SearchKind::Batch]) {
            sought.push(Sought::Batch(fold(text)));
        }
        if is(&[SearchKind::Name]) {
            sought.extend(Folded::new(text).map(Sought::Name));
        }
        Self(sought)
    }

    /// How many blocks of rows would have to be looked into, over all columns.
    pub fn breadth(&self, rows: &Rows) -> usize {
        self.0.iter().map(|sought| rows.breadth(sought)).sum()
    }

    pub fn find(&self, rows: &Rows) -> RowSet {
        let mut found = RowSet::up_to(rows.len());
        for sought in &self.0 {
            rows.search(sought, &mut found);
        }
        found
    }

    pub fn holds(&self, rows: &Rows, row: u32) -> bool {
        self.0.iter().any(|sought| rows.holds(row, sought))
    }
}

/// An identifier as it is typed: blanks and hyphens dropped.
pub(super) fn bare(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '+')).collect()
}

/// A number as it is typed, and an international one in its national form too.
pub(super) fn number_forms(text: &str) -> Vec<String> {
    let digits = bare(text);
    let international = digits.strip_prefix("00").unwrap_or(&digits).strip_prefix("886");
    let national = international.map(|rest| format!("0{rest}"));
    [Some(digits.clone()), national].into_iter().flatten().collect()
}

/// A set of rows: a bit each.
pub(super) struct RowSet(Vec<u64>);

impl RowSet {
    pub fn up_to(rows: usize) -> Self {
        Self(vec![0; rows.div_ceil(64)])
    }

    pub fn insert(&mut self, row: u32) {
        if let Some(word) = self.0.get_mut(row as usize / 64) {
            *word |= 1 << (row % 64);
        }
    }

    pub fn contains(&self, row: u32) -> bool {
        self.0.get(row as usize / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// Rising.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        let words = self.0.iter().enumerate();
        words.flat_map(|(at, word)| ones(*word).map(move |bit| (at * 64 + bit) as u32))
    }
}
