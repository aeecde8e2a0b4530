//! Slots in chunks: growing copies nothing, and a slot's address is two steps away.

const CHUNK_BITS: u32 = 12;
const CHUNK: usize = 1 << CHUNK_BITS;

/// Slots are handed out in order and never taken back. A number that was never handed out reads as an empty slot, and
/// what is written there touches nothing else: no access panics.
pub(crate) struct Arena<T> {
    chunks: Vec<Vec<T>>,
    len: u32,
    nowhere: T,
}

impl<T: Default> Arena<T> {
    pub fn new() -> Self {
        Self { chunks: Vec::new(), len: 0, nowhere: T::default() }
    }

    pub fn len(&self) -> u32 {
        self.len
    }

    pub fn push(&mut self, value: T) -> u32 {
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => chunk.push(value),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(value);
                self.chunks.push(chunk);
            }
        }
        self.len += 1;
        self.len - 1
    }

    #[inline]
    pub fn at(&self, slot: u32) -> &T {
        let (chunk, place) = split(slot);
        self.chunks.get(chunk).and_then(|chunk| chunk.get(place)).unwrap_or(&self.nowhere)
    }

    #[inline]
    pub fn at_mut(&mut self, slot: u32) -> &mut T {
        let (chunk, place) = split(slot);
        let Self { chunks, nowhere, .. } = self;
        chunks.get_mut(chunk).and_then(|chunk| chunk.get_mut(place)).unwrap_or(nowhere)
    }
}

fn split(slot: u32) -> (usize, usize) {
    ((slot >> CHUNK_BITS) as usize, slot as usize & (CHUNK - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_keep_their_values_over_chunks() {
        let mut arena = Arena::new();
        for value in 0..10_000u32 {
            assert_eq!(arena.push(value + 1), value);
        }
        *arena.at_mut(5000) = 7;
        assert_eq!((*arena.at(4999), *arena.at(5000), *arena.at(9999)), (5000, 7, 10_000));
        *arena.at_mut(10_000) = 9;
        assert_eq!((arena.len(), *arena.at(9999)), (10_000, 10_000));
    }
}
