//! Columns of text laid out for search: a million identifiers are one stretch of memory, so "any part" is one pass.

use memchr::memmem;

/// Identifiers of at most `WIDTH` characters, each in a cell of its own ended by zeros, so that no match spans two.
#[derive(Default)]
pub(super) struct CellColumn<const STRIDE: usize> {
    cells: Vec<u8>,
}

impl<const STRIDE: usize> CellColumn<STRIDE> {
    pub fn push(&mut self, text: &str) {
        let start = self.cells.len();
        self.cells.resize(start + STRIDE, 0);
        self.set(start / STRIDE, text);
    }

    /// The last octet of a cell stays zero.
    pub fn set(&mut self, row: usize, text: &str) {
        let Some(cell) = self.cells.get_mut(row * STRIDE..(row + 1) * STRIDE) else { return };
        cell.fill(0);
        for (to, from) in cell.iter_mut().take(STRIDE - 1).zip(text.bytes()) {
            *to = from;
        }
    }

    pub fn get(&self, row: usize) -> &str {
        let cell = self.cells.get(row * STRIDE..(row + 1) * STRIDE).unwrap_or_default();
        let end = cell.iter().position(|octet| *octet == 0).unwrap_or(cell.len());
        std::str::from_utf8(cell.get(..end).unwrap_or_default()).unwrap_or_default()
    }

    /// The cell as octets, zeros included: equal-length identifiers compare as numbers do.
    pub fn key(&self, row: usize) -> &[u8] {
        self.cells.get(row * STRIDE..(row + 1) * STRIDE).unwrap_or_default()
    }

    /// Rows that have `needle` in any part, rising.
    pub fn search(&self, needle: &str, mut found: impl FnMut(u32)) {
        if needle.is_empty() || needle.len() >= STRIDE {
            return;
        }
        let mut last = None;
        for at in memmem::find_iter(&self.cells, needle.as_bytes()) {
            let row = (at / STRIDE) as u32;
            if last != Some(row) {
                found(row);
                last = Some(row);
            }
        }
    }
}

/// Free text folded for search and laid end to end. Built when first searched after a change of the inventory.
#[derive(Default)]
pub(super) struct FoldedText {
    text: Vec<u8>,
    ends: Vec<u32>,
}

impl FoldedText {
    pub fn build<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        let mut built = Self::default();
        for value in values {
            built.text.extend_from_slice(fold(value).as_bytes());
            built.text.push(0);
            built.ends.push(built.text.len() as u32);
        }
        built
    }

    pub fn search(&self, needle: &str, mut found: impl FnMut(u32)) {
        let needle = fold(needle);
        if needle.is_empty() {
            return;
        }
        let mut last = None;
        for at in memmem::find_iter(&self.text, needle.as_bytes()) {
            let row = self.ends.partition_point(|end| *end as usize <= at) as u32;
            if last != Some(row) {
                found(row);
                last = Some(row);
            }
        }
    }
}

/// Upper and lower case, 台 and 臺, full and half width are one in a search.
pub(super) fn fold(text: &str) -> String {
    text.chars()
        .filter(|c| *c != '\0')
        .flat_map(|c| {
            match c {
                '臺' => '台',
                '\u{3000}' => ' ',
                '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
                other => other,
            }
            .to_lowercase()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(search: impl FnOnce(&mut dyn FnMut(u32))) -> Vec<u32> {
        let mut rows = Vec::new();
        search(&mut |row| rows.push(row));
        rows
    }

    #[test]
    fn a_match_never_spans_two_cells() {
        let mut column = CellColumn::<6>::default();
        for text in ["12345", "51", "", "451"] {
            column.push(text);
        }
        assert_eq!(rows(|f| column.search("51", f)), [1, 3]);
        assert_eq!(rows(|f| column.search("45", f)), [0, 3]);
        assert_eq!(rows(|f| column.search("123456", f)), Vec::<u32>::new());
        assert_eq!(column.get(3), "451");
    }

    #[test]
    fn folding_makes_one_of_what_people_type_in_many_ways() {
        let text = FoldedText::build(["臺北市 Ａ棟電表", "高雄", "Taipei-a"].into_iter());
        assert_eq!(rows(|f| text.search("台北", f)), [0]);
        assert_eq!(rows(|f| text.search("a", f)), [0, 2]);
        assert_eq!(rows(|f| text.search("雄", f)), [1]);
    }
}
