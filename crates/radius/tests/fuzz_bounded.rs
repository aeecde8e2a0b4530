//! Mutates the vectors for a bounded time (`OPENCMP_FUZZ_SECONDS`, 5 by default) and checks what must hold for any
//! octets. `OPENCMP_FUZZ_SEED` repeats a run; the seed is printed. `cargo +nightly fuzz run packet` goes deeper.

mod support;
#[path = "support/fuzz_one.rs"]
mod target;

use std::panic::catch_unwind;
use std::time::{Duration, Instant};

/// Splitmix64: enough for choosing mutations, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn mutate(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut octets = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(6) {
        let at = random.below(octets.len());
        match random.below(7) {
            0 if !octets.is_empty() => octets[at] = random.next() as u8,
            1 if !octets.is_empty() => octets[at] ^= 1 << random.below(8),
            // Lengths at their edges.
            2 if !octets.is_empty() => octets[at] = [0, 1, 2, 5, 6, 7, 8, 18, 253, 255][random.below(10)],
            3 => octets.truncate(at),
            4 => octets.insert(at, random.next() as u8),
            5 if !octets.is_empty() => {
                octets.remove(at);
            }
            _ => {
                let other = &corpus[random.below(corpus.len())];
                octets.extend_from_slice(&other[random.below(other.len())..]);
                octets.truncate(5000);
            }
        }
    }
    // Else nearly every mutation would end at the Length check.
    if octets.len() >= 4 && random.below(8) != 0 {
        let length = octets.len() as u16;
        octets[2..4].copy_from_slice(&length.to_be_bytes());
    }
    octets
}

#[test]
fn mutated_packets_break_nothing() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let seed = setting("OPENCMP_FUZZ_SEED", now.as_nanos() as u64);
    let time = Duration::from_secs(setting("OPENCMP_FUZZ_SECONDS", 5));
    println!("OPENCMP_FUZZ_SEED={seed}");
    let corpus: Vec<Vec<u8>> = support::vectors().into_iter().map(|vector| vector.datagram).collect();
    corpus.iter().for_each(|datagram| target::fuzz_one(datagram));

    let mut random = Random(seed);
    let start = Instant::now();
    let mut runs = 0u64;
    while start.elapsed() < time {
        for _ in 0..256 {
            let datagram = mutate(&mut random, &corpus);
            if catch_unwind(|| target::fuzz_one(&datagram)).is_err() {
                let hex: String = datagram.iter().map(|octet| format!("{octet:02x}")).collect();
                panic!("OPENCMP_FUZZ_SEED={seed}, run {runs}: {hex}");
            }
            runs += 1;
        }
    }
    println!("{runs} mutated packets");
}
