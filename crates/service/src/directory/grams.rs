//! Where a text may be: for each run of four octets, the blocks of rows in which it occurs.
//!
//! A search looks only into the blocks that have all runs of what is sought. With identifiers that follow one another those are
//! few of thousands; with identifiers at random, about a third of the blocks for four digits and a hundredth for seven. A
//! change only adds: what a row had before stays marked, and costs a look in vain.

/// Rows of a block.
pub(super) const BLOCK: usize = 256;

/// Runs share the lines that they are hashed to.
const LINES_LOG2: u32 = 13;
/// Blocks of a segment: the bits of a line, which is one of the cache's. A search reads one of them a run and segment.
const SEGMENT: usize = 512;

type Line = [u64; SEGMENT / 64];

#[derive(Default)]
pub(super) struct Grams {
    segments: Vec<Box<[Line]>>,
}

impl Grams {
    pub fn add(&mut self, row: usize, text: &[u8]) {
        let block = row / BLOCK;
        let (segment, bit) = (block / SEGMENT, block % SEGMENT);
        while self.segments.len() <= segment {
            self.segments.push(vec![Line::default(); 1 << LINES_LOG2].into_boxed_slice());
        }
        let Some(lines) = self.segments.get_mut(segment) else { return };
        for gram in grams(text) {
            if let Some(word) = lines.get_mut(line_of(gram)).and_then(|line| line.get_mut(bit / 64)) {
                *word |= 1 << (bit % 64);
            }
        }
    }

    /// The blocks that may hold `needle`, rising; `None` when it is too short to tell.
    pub fn blocks(&self, needle: &[u8]) -> Option<impl Iterator<Item = usize>> {
        let sought: Vec<usize> = grams(needle).map(line_of).collect();
        if sought.is_empty() {
            return None;
        }
        let words = self.segments.iter().enumerate().flat_map(move |(segment, lines)| {
            let mut common = [u64::MAX; SEGMENT / 64];
            for line in sought.iter().filter_map(|line| lines.get(*line)) {
                common.iter_mut().zip(line).for_each(|(common, word)| *common &= word);
            }
            common.into_iter().enumerate().map(move |(word, bits)| (segment * SEGMENT + word * 64, bits))
        });
        Some(words.flat_map(|(first, bits)| ones(bits).map(move |bit| first + bit)))
    }
}

fn line_of(gram: u32) -> usize {
    (gram.wrapping_mul(0x9E37_79B1) >> (32 - LINES_LOG2)) as usize
}

/// Runs of four octets, and characters of three: one of them alone is a word in Chinese.
fn grams(text: &[u8]) -> impl Iterator<Item = u32> {
    let fours = text.windows(4).filter_map(|four| four.try_into().ok()).map(u32::from_be_bytes);
    let characters = text.windows(3).filter_map(|three| match three {
        [lead @ 0xE0..=0xEF, second, third] => Some(u32::from_be_bytes([0, *lead, *second, *third])),
        _ => None,
    });
    fours.chain(characters)
}

/// Places of the ones, rising.
pub(super) fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = bits.trailing_zeros();
        bits &= bits.wrapping_sub(1);
        (place < 64).then_some(place as usize)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_in_its_block_and_hardly_elsewhere() {
        let mut grams = Grams::default();
        let rows = 3 * SEGMENT * BLOCK;
        for row in (0..rows).step_by(7) {
            grams.add(row, format!("{:010}", 5_000_000_000 + row as u64).as_bytes());
        }
        let row = rows / 2 / 7 * 7;
        let needle = format!("{:06}", row);
        let blocks: Vec<usize> = grams.blocks(needle.as_bytes()).unwrap().collect();
        assert!(blocks.contains(&(row / BLOCK)));
        assert!(blocks.len() < 64, "{} of {} blocks", blocks.len(), rows / BLOCK);
        assert!(grams.blocks(b"123").is_none());
        assert!(grams.blocks("電".as_bytes()).is_some());
    }
}
