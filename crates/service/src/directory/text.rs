//! Columns of text laid out for search: small, in blocks, each with an index of what is where ([`Grams`]).

use super::grams::{BLOCK, Grams};
use memchr::memmem;

/// Identifiers of up to twice `N` digits, a digit in half an octet; the rest of the cell is zero.
#[derive(Default)]
pub(super) struct DigitColumn<const N: usize> {
    cells: Vec<[u8; N]>,
    grams: Grams,
}

/// Half octets: 0 is nothing, 1 the `+` of a foreign number, then the digits. So cells compare as their texts do.
const PLUS: u8 = 1;
const ZERO: u8 = 2;

impl<const N: usize> DigitColumn<N> {
    pub fn push(&mut self) {
        self.cells.push([0; N]);
    }

    pub fn set(&mut self, row: usize, text: &str) {
        let packed = pack(text);
        if let Some(cell) = self.cells.get_mut(row).filter(|cell| **cell != packed) {
            *cell = packed;
            self.grams.add(row, text.as_bytes());
        }
    }

    /// The same of `digits` digits that are a number.
    pub fn set_number(&mut self, row: usize, (digits, number): (usize, u64)) {
        let mut packed = [0; N];
        let mut rest = number;
        for place in (0..digits).rev() {
            put(&mut packed, place, ZERO + (rest % 10) as u8);
            rest /= 10;
        }
        // Most changes name the device that is already there.
        if self.cells.get(row).is_some_and(|cell| *cell != packed) {
            self.set(row, Unpacked::of(&packed).as_str());
        }
    }

    pub fn get(&self, row: usize) -> Unpacked {
        Unpacked::of(self.key(row))
    }

    pub fn is_empty(&self, row: usize) -> bool {
        self.key(row).first().is_none_or(|first| *first == 0)
    }

    /// Octets that compare as the texts do.
    pub fn key(&self, row: usize) -> &[u8] {
        self.cells.get(row).map(<[u8; N]>::as_slice).unwrap_or_default()
    }

    /// How many blocks would have to be looked into.
    pub fn breadth(&self, needle: &Digits) -> usize {
        let all = self.cells.len().div_ceil(BLOCK);
        self.grams.blocks(needle.text.as_bytes()).map_or(all, |blocks| blocks.take(all).count())
    }

    /// Rows that have `needle` in any part, rising.
    pub fn search(&self, needle: &Digits, mut found: impl FnMut(u32)) {
        let mut look = |first: usize, cells: &[[u8; N]]| {
            needle.find_in(cells, |at| found((first + at) as u32));
        };
        match self.grams.blocks(needle.text.as_bytes()) {
            None => look(0, &self.cells),
            Some(blocks) => {
                for first in blocks.map(|block| block * BLOCK) {
                    let end = (first + BLOCK).min(self.cells.len());
                    look(first, self.cells.get(first..end).unwrap_or_default());
                }
            }
        }
    }

    /// Rows that have `whole` and nothing else, rising.
    pub fn search_exact(&self, whole: &Digits, mut found: impl FnMut(u32)) {
        let cell = pack::<N>(&whole.text);
        let fits = whole.text.len() <= 2 * N;
        self.search(whole, |row| {
            if fits && self.key(row as usize) == cell {
                found(row)
            }
        });
    }

    /// Rows that begin with `beginning`, rising.
    pub fn search_beginning(&self, beginning: &Digits, mut found: impl FnMut(u32)) {
        let begins = |row: u32| self.get(row as usize).as_str().starts_with(&beginning.text);
        self.search(beginning, |row| {
            if begins(row) {
                found(row)
            }
        });
    }

    pub fn holds(&self, row: usize, needle: &Digits) -> bool {
        self.cells.get(row).is_some_and(|cell| needle.is_in(cell))
    }
}

fn pack<const N: usize>(text: &str) -> [u8; N] {
    let mut cell = [0; N];
    for (place, c) in text.bytes().take(2 * N).enumerate() {
        put(&mut cell, place, if c.is_ascii_digit() { c - b'0' + ZERO } else { PLUS });
    }
    cell
}

fn put(cell: &mut [u8], place: usize, code: u8) {
    if let Some(octet) = cell.get_mut(place / 2) {
        *octet |= if place.is_multiple_of(2) { code << 4 } else { code };
    }
}

/// A cell as text.
pub(super) struct Unpacked {
    text: [u8; 32],
    len: usize,
}

impl Unpacked {
    fn of(cell: &[u8]) -> Self {
        let mut unpacked = Self { text: [0; 32], len: 0 };
        let codes = cell.iter().flat_map(|octet| [octet >> 4, octet & 0xF]);
        for (to, code) in unpacked.text.iter_mut().zip(codes.take_while(|code| *code != 0)) {
            *to = if code == PLUS { b'+' } else { b'0' + code - ZERO };
            unpacked.len += 1;
        }
        unpacked
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.text.get(..self.len).unwrap_or_default()).unwrap_or_default()
    }
}

/// Digits that are sought.
pub(super) struct Digits {
    text: String,
    /// The first of them, each in all half octets of a word.
    first: Vec<u64>,
}

/// A run of so many digits of a cell of up to 20 is in its first 16 or in its last 16.
const MOST_AT_ONCE: usize = 13;
/// The lowest bit of each half octet.
const LOWEST: u64 = 0x1111_1111_1111_1111;

impl Digits {
    /// `None` unless it is digits and nothing else.
    pub fn new(text: String) -> Option<Self> {
        if text.is_empty() || !text.bytes().all(|octet| octet.is_ascii_digit()) {
            return None;
        }
        let codes = text.bytes().take(MOST_AT_ONCE).map(|digit| u64::from(digit - b'0' + ZERO) * LOWEST);
        Some(Self { first: codes.collect(), text })
    }

    /// Places of the cells that have it, rising.
    fn find_in<const N: usize>(&self, cells: &[[u8; N]], mut found: impl FnMut(usize)) {
        for (at, some) in cells.chunks(TOGETHER).enumerate() {
            if some.as_array().is_none_or(|some| self.may_be_in(some)) {
                let hits = some.iter().enumerate().filter(|(_, cell)| self.is_in(cell));
                hits.for_each(|(place, _)| found(at * TOGETHER + place));
            }
        }
    }

    /// False when none of the cells has the first digits: nothing here depends on what is in one of them, so that several
    /// are done with one instruction.
    fn may_be_in<const N: usize>(&self, cells: &[[u8; N]; TOGETHER]) -> bool {
        let any = |words: [u64; TOGETHER]| {
            let mut places = [LOWEST; TOGETHER];
            for (at, digit) in self.first.iter().take(FEW).enumerate() {
                places.iter_mut().zip(words).for_each(|(places, word)| *places &= begun(word, *digit, at));
            }
            places.into_iter().fold(0, |any, places| any | places) != 0
        };
        any(cells.map(|cell| first_word(&cell))) || N > 8 && any(cells.map(|cell| last_word(&cell)))
    }

    fn is_in<const N: usize>(&self, cell: &[u8; N]) -> bool {
        (self.begins_in(first_word(cell)) || N > 8 && self.begins_in(last_word(cell)))
            && (self.text.len() <= MOST_AT_ONCE || Unpacked::of(cell).as_str().contains(&self.text))
    }

    /// All places at once: a bit is left for each place where the digits so far are.
    fn begins_in(&self, word: u64) -> bool {
        let mut places = LOWEST;
        for (at, digit) in self.first.iter().enumerate() {
            places &= begun(word, *digit, at);
            // Asked at each digit, a processor guesses wrong more often than it takes to do the first ones in any case.
            if at + 1 >= FEW && places == 0 {
                return false;
            }
        }
        places != 0
    }
}

/// Cells that are looked at together, and by how many digits.
const TOGETHER: usize = 8;
const FEW: usize = 3;

fn first_word<const N: usize>(cell: &[u8; N]) -> u64 {
    cell.first_chunk().map_or(0, |eight| u64::from_be_bytes(*eight))
}

fn last_word<const N: usize>(cell: &[u8; N]) -> u64 {
    cell.last_chunk().map_or(0, |eight| u64::from_be_bytes(*eight))
}

/// A bit for each place where what is sought begins, if only its digit number `at` is asked.
fn begun(word: u64, digit: u64, at: usize) -> u64 {
    let mut differs = word ^ digit;
    differs |= differs >> 1;
    differs |= differs >> 2;
    (!differs & LOWEST) << (4 * at)
}

/// Names: searched in their folded form, which is kept only where it is another.
#[derive(Default)]
pub(super) struct NameColumn {
    names: TextColumn,
    folded: TextColumn,
    grams: Grams,
}

impl NameColumn {
    pub fn set(&mut self, row: usize, name: &str) {
        if self.get(row) == name {
            return;
        }
        let folded = fold(name);
        self.names.set(row, name);
        self.folded.set(row, if folded == name { "" } else { &folded });
        self.grams.add(row, folded.as_bytes());
    }

    pub fn get(&self, row: usize) -> &str {
        self.names.get(row)
    }

    /// How many blocks would have to be looked into.
    pub fn breadth(&self, needle: &Folded) -> usize {
        let all = self.names.blocks.len();
        self.grams.blocks(needle.0.needle()).map_or(all, |blocks| blocks.take(all).count())
    }

    /// Rows that have `needle` in any part, some more than once.
    pub fn search(&self, needle: &Folded, mut found: impl FnMut(u32)) {
        // Folding a folded text changes nothing: what is in the name as it is, is in the folded one too.
        let mut look = |block| {
            self.names.search(block, &needle.0, &mut found);
            self.folded.search(block, &needle.0, &mut found);
        };
        match self.grams.blocks(needle.0.needle()) {
            None => (0..self.names.blocks.len()).for_each(look),
            Some(blocks) => blocks.for_each(&mut look),
        }
    }

    pub fn holds(&self, row: usize, needle: &Folded) -> bool {
        let has = |text: &str| needle.0.find(text.as_bytes()).is_some();
        has(self.names.get(row)) || has(self.folded.get(row))
    }
}

/// What is sought in names.
pub(super) struct Folded(Box<memmem::Finder<'static>>);

impl Folded {
    pub fn new(text: &str) -> Option<Self> {
        let folded = fold(text);
        (!folded.is_empty()).then(|| Self(Box::new(memmem::Finder::new(folded.as_bytes()).into_owned())))
    }
}

/// Text of any length by row, the rows of a block end to end: a million heap cells would be twice the memory.
#[derive(Default)]
struct TextColumn {
    blocks: Vec<TextBlock>,
}

#[derive(Default)]
struct TextBlock {
    text: Vec<u8>,
    /// Where each row's text ends, with the octet that separates it. Rows after the last one's are empty.
    ends: Vec<u32>,
}

/// In no UTF-8, so that no match spans two texts.
const SEPARATOR: u8 = 0xFF;

impl TextColumn {
    fn set(&mut self, row: usize, text: &str) {
        let (block, at) = (row / BLOCK, row % BLOCK);
        if self.blocks.len() <= block {
            if let Some(last) = self.blocks.last_mut() {
                last.text.shrink_to_fit();
            }
            self.blocks.resize_with(block + 1, TextBlock::default);
        }
        if let Some(block) = self.blocks.get_mut(block) {
            block.set(at, text);
        }
    }

    fn get(&self, row: usize) -> &str {
        let text = self.blocks.get(row / BLOCK).and_then(|block| {
            let (_, text) = block.text.get(block.range(row % BLOCK))?.split_last()?;
            std::str::from_utf8(text).ok()
        });
        text.unwrap_or_default()
    }

    fn search(&self, block: usize, needle: &memmem::Finder<'_>, found: &mut impl FnMut(u32)) {
        let Some(held) = self.blocks.get(block) else { return };
        for at in needle.find_iter(&held.text) {
            let row = held.ends.partition_point(|end| *end as usize <= at);
            found((block * BLOCK + row) as u32);
        }
    }
}

impl TextBlock {
    fn range(&self, at: usize) -> std::ops::Range<usize> {
        let end = |at: usize| self.ends.get(at).map_or(self.text.len(), |end| *end as usize);
        let start = if at == 0 { 0 } else { end(at - 1) };
        start..end(at)
    }

    fn set(&mut self, at: usize, text: &str) {
        if self.ends.len() <= at {
            if text.is_empty() {
                return;
            }
            self.ends.resize(at + 1, self.text.len() as u32);
        }
        let old = self.range(at);
        let end = (!text.is_empty()).then_some(SEPARATOR);
        let (before, after) = (old.len(), text.len() + end.iter().len());
        self.text.splice(old, text.bytes().chain(end));
        for end in self.ends.iter_mut().skip(at) {
            *end = (*end as usize + after - before) as u32;
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
    use proptest::prelude::*;

    fn rows(search: impl FnOnce(&mut dyn FnMut(u32))) -> Vec<u32> {
        let mut rows = Vec::new();
        search(&mut |row| rows.push(row));
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    fn scan(texts: &[String], needle: &str) -> Vec<u32> {
        let rows = texts.iter().enumerate().filter(|(_, text)| fold(text).contains(&fold(needle)));
        rows.map(|(row, _)| row as u32).collect()
    }

    fn digits<const N: usize>(texts: &[String]) -> DigitColumn<N> {
        let mut column = DigitColumn::<N>::default();
        for (row, text) in texts.iter().enumerate() {
            column.push();
            column.set(row, text);
        }
        column
    }

    fn check<const N: usize>(column: &DigitColumn<N>, texts: &[String], needle: &str) {
        let sought = Digits::new(needle.to_owned()).unwrap();
        let expected = scan(texts, needle);
        assert_eq!(rows(|f| column.search(&sought, f)), expected, "{needle}");
        let held = (0..texts.len()).filter(|row| column.holds(*row, &sought)).map(|row| row as u32);
        assert_eq!(held.collect::<Vec<_>>(), expected, "{needle}");
    }

    /// Some that are in a text and some that hardly are.
    fn needles(texts: &[String], cuts: &[(usize, usize, usize)]) -> Vec<String> {
        let cut = |(text, start, len): &(usize, usize, usize)| {
            let chars: Vec<char> = texts.get(text % texts.len().max(1))?.chars().collect();
            let start = start % chars.len().max(1);
            Some(chars.into_iter().skip(start).take(*len).collect())
        };
        cuts.iter().filter_map(cut).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_search_of_digits_finds_what_looking_at_each_finds(
            texts in prop::collection::vec("\\+?[0-3]{0,15}", 0..700),
            cards in prop::collection::vec("89[0-3]{16,18}", 0..700),
            cuts in prop::collection::vec((0..700usize, 0..20usize, 1..21usize), 1..20),
            other in "[0-9]{1,24}",
            changes in prop::collection::vec((0..700usize, "[0-9]{0,16}"), 0..50),
        ) {
            let (mut texts, mut cards) = (texts, cards);
            let (mut column, mut card_column) = (digits::<8>(&texts), digits::<10>(&cards));
            for (row, text) in changes {
                if let Some(held) = texts.get_mut(row) {
                    held.clone_from(&text);
                    match text.parse() {
                        Ok(number) if row % 2 == 0 => column.set_number(row, (text.len(), number)),
                        _ => column.set(row, &text),
                    }
                }
                if let Some(held) = cards.get_mut(row) {
                    held.clone_from(&text);
                    card_column.set(row, &text);
                }
            }
            for (row, text) in texts.iter().enumerate() {
                let cell = column.get(row);
                prop_assert_eq!(cell.as_str(), text);
                prop_assert_eq!(column.is_empty(row), text.is_empty());
            }
            for pair in texts.iter().enumerate().collect::<Vec<_>>().windows(2) {
                prop_assert_eq!(column.key(pair[0].0).cmp(column.key(pair[1].0)), pair[0].1.cmp(pair[1].1));
            }
            for needle in needles(&texts, &cuts).iter().filter(|needle| Digits::new((*needle).clone()).is_some()) {
                check(&column, &texts, needle);
            }
            for needle in needles(&cards, &cuts).iter().filter(|needle| Digits::new((*needle).clone()).is_some()) {
                check(&card_column, &cards, needle);
            }
            check(&column, &texts, &other);
            check(&card_column, &cards, &other);
        }

        #[test]
        fn a_search_of_names_finds_what_looking_at_each_finds(
            names in prop::collection::vec("[臺台北電表aAＡ0-3é]{0,9}", 0..700),
            cuts in prop::collection::vec((0..700usize, 0..9usize, 1..9usize), 1..20),
            changes in prop::collection::vec((0..700usize, "[臺台北電aAＡ0-3]{0,12}"), 0..50),
        ) {
            let mut names = names;
            let mut column = NameColumn::default();
            for (row, name) in names.iter().enumerate() {
                column.set(row, name);
            }
            for (row, name) in changes {
                if let Some(held) = names.get_mut(row) {
                    held.clone_from(&name);
                    column.set(row, &name);
                }
            }
            for (row, name) in names.iter().enumerate() {
                prop_assert_eq!(column.get(row), name);
            }
            for needle in needles(&names, &cuts).iter().filter(|needle| !needle.is_empty()) {
                let sought = Folded::new(needle).unwrap();
                let expected = scan(&names, needle);
                prop_assert_eq!(rows(|f| column.search(&sought, f)), expected.clone());
                let held = (0..names.len()).filter(|row| column.holds(*row, &sought)).map(|row| row as u32);
                prop_assert_eq!(held.collect::<Vec<_>>(), expected);
            }
        }
    }

    #[test]
    fn folding_makes_one_of_what_people_type_in_many_ways() {
        let mut column = NameColumn::default();
        for (row, name) in ["臺北市 Ａ棟電表", "高雄", "Taipei-a"].iter().enumerate() {
            column.set(row, name);
        }
        let search = |needle| rows(|f| column.search(&Folded::new(needle).unwrap(), f));
        assert_eq!(search("台北"), [0]);
        assert_eq!(search("a"), [0, 2]);
        assert_eq!(search("雄"), [1]);
        assert!(Folded::new("").is_none());
    }
}
