//! Requests seen a short while ago (RFC 5080 §2.2.2). Only packets whose authenticator verified come here: a forged one
//! must not touch what a real one left.
//!
//! The response itself isn't kept. A duplicate has the octets of the request it repeats, so its response comes out the
//! same octet for octet, and building it costs less than keeping it.

use std::mem;
use std::net::{IpAddr, SocketAddr};

use opencmp_radius::Authenticator;
use rustc_hash::FxHashMap;

/// How long a request is remembered.
const KEPT_US: i64 = 30_000_000;

/// Source address, source port and Identifier; each socket has a cache of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Key {
    address: [u64; 2],
    port_and_identifier: u32,
}

impl Key {
    pub(crate) fn new(source: SocketAddr, identifier: u8) -> Self {
        let address = match source.ip() {
            IpAddr::V4(address) => [0, u64::from(address.to_bits())],
            IpAddr::V6(address) => {
                let bits = address.to_bits();
                [(bits >> 64) as u64, bits as u64]
            }
        };
        Self { address, port_and_identifier: u32::from(source.port()) << 8 | u32::from(identifier) }
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    authenticator: Authenticator,
    at_us: i64,
    answered: bool,
}

/// What a request is, as far as the cache knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Seen {
    /// Now in flight.
    New,
    InFlight,
    Answered,
}

/// Two generations: the young one takes what comes, and when it is 30 s old or full, the old one is emptied and they
/// change places. Forgetting costs nothing per entry and memory is bounded; forgetting early is harmless, since the
/// ingest knows a repeated record by its content.
#[derive(Debug)]
pub(crate) struct Duplicates {
    young: FxHashMap<Key, Entry>,
    old: FxHashMap<Key, Entry>,
    turned_at_us: i64,
    capacity: usize,
}

impl Duplicates {
    /// `capacity` entries a generation.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { young: FxHashMap::default(), old: FxHashMap::default(), turned_at_us: 0, capacity }
    }

    /// Looks a request up and remembers it as in flight when it is new. The same key with another authenticator is a new
    /// request and takes the old one's place.
    pub(crate) fn take(&mut self, key: Key, authenticator: &Authenticator, now_us: i64) -> Seen {
        if self.young.len() >= self.capacity || !(0..KEPT_US).contains(&(now_us - self.turned_at_us)) {
            mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
            self.turned_at_us = now_us;
        }
        if let Some(entry) = self.young.get(&key).or_else(|| self.old.get(&key))
            && entry.authenticator == *authenticator
            && (0..KEPT_US).contains(&(now_us - entry.at_us))
        {
            return if entry.answered { Seen::Answered } else { Seen::InFlight };
        }
        self.young.insert(key, Entry { authenticator: *authenticator, at_us: now_us, answered: false });
        Seen::New
    }

    /// The request's response is on its way: from now on duplicates are answered.
    pub(crate) fn answered(&mut self, key: Key, authenticator: &Authenticator) {
        if let Some(entry) = self.entry(key)
            && entry.authenticator == *authenticator
        {
            entry.answered = true;
        }
    }

    /// The request wasn't recorded: when it comes again, it is new.
    pub(crate) fn forget(&mut self, key: Key, authenticator: &Authenticator) {
        if self.entry(key).is_some_and(|entry| entry.authenticator == *authenticator) {
            self.young.remove(&key);
            self.old.remove(&key);
        }
    }

    fn entry(&mut self, key: Key) -> Option<&mut Entry> {
        self.young.get_mut(&key).or_else(|| self.old.get_mut(&key))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const A: Authenticator = [1; 16];
    const B: Authenticator = [2; 16];
    const SECOND: i64 = 1_000_000;

    fn key(port: u16, identifier: u8) -> Key {
        Key::new(SocketAddr::from(([192, 0, 2, 1], port)), identifier)
    }

    #[test]
    fn a_repeated_request_is_in_flight_then_answered() {
        let mut cache = Duplicates::new(100);
        assert_eq!(cache.take(key(1, 1), &A, 0), Seen::New);
        assert_eq!(cache.take(key(1, 1), &A, SECOND), Seen::InFlight);
        cache.answered(key(1, 1), &A);
        assert_eq!(cache.take(key(1, 1), &A, 2 * SECOND), Seen::Answered);
        assert_eq!(cache.take(key(2, 1), &A, 2 * SECOND), Seen::New, "another port");
        assert_eq!(cache.take(key(1, 2), &A, 2 * SECOND), Seen::New, "another identifier");
    }

    #[test]
    fn another_authenticator_is_a_new_request() {
        let mut cache = Duplicates::new(100);
        cache.take(key(1, 1), &A, 0);
        assert_eq!(cache.take(key(1, 1), &B, 0), Seen::New);
        cache.answered(key(1, 1), &A);
        assert_eq!(cache.take(key(1, 1), &B, 0), Seen::InFlight, "A's late answer says nothing about B");
        assert_eq!(cache.take(key(1, 1), &A, 0), Seen::New);
    }

    #[test]
    fn what_was_forgotten_is_new() {
        let mut cache = Duplicates::new(100);
        cache.take(key(1, 1), &A, 0);
        cache.forget(key(1, 1), &B);
        assert_eq!(cache.take(key(1, 1), &A, 0), Seen::InFlight);
        cache.forget(key(1, 1), &A);
        assert_eq!(cache.take(key(1, 1), &A, 0), Seen::New);
    }

    #[test]
    fn entries_expire_after_thirty_seconds_whenever_the_generations_turn() {
        for start in [0, 7 * SECOND, 29 * SECOND] {
            let mut cache = Duplicates::new(100);
            cache.take(key(9, 9), &A, 0);
            cache.take(key(1, 1), &A, start);
            cache.answered(key(1, 1), &A);
            assert_eq!(cache.take(key(1, 1), &A, start + 29 * SECOND), Seen::Answered);
            assert_eq!(cache.take(key(1, 1), &A, start + 30 * SECOND), Seen::New);
        }
    }

    #[test]
    fn an_answer_finds_its_request_in_the_old_generation() {
        let mut cache = Duplicates::new(2);
        cache.take(key(1, 1), &A, 0);
        cache.take(key(1, 2), &A, 0);
        cache.take(key(1, 3), &A, 0);
        cache.answered(key(1, 1), &A);
        assert_eq!(cache.take(key(1, 1), &A, 0), Seen::Answered);
    }

    #[test]
    fn memory_is_bounded() {
        let mut cache = Duplicates::new(64);
        for port in 0..5000 {
            cache.take(key(port, 1), &A, 0);
        }
        assert!(cache.young.len() + cache.old.len() <= 128);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Against one plain map.
        #[test]
        fn it_behaves_like_a_map_whose_entries_expire(
            steps in vec((0..3u8, 0..4u8, 1..3u8, 0..12 * SECOND), 1..200),
        ) {
            let mut cache = Duplicates::new(1000);
            let mut plain = HashMap::<Key, Entry>::new();
            let mut now_us = 0;
            for (step, identifier, authenticator, passes_us) in steps {
                now_us += passes_us;
                let (key, authenticator) = (key(1, identifier), [authenticator; 16]);
                plain.retain(|_, entry| now_us - entry.at_us < KEPT_US);
                let known = plain.get_mut(&key).filter(|entry| entry.authenticator == authenticator);
                match (step, known) {
                    (0, known) => {
                        let expected = match known {
                            None => Seen::New,
                            Some(entry) if entry.answered => Seen::Answered,
                            Some(_) => Seen::InFlight,
                        };
                        if expected == Seen::New {
                            plain.insert(key, Entry { authenticator, at_us: now_us, answered: false });
                        }
                        prop_assert_eq!(cache.take(key, &authenticator, now_us), expected);
                    }
                    (1, known) => {
                        known.into_iter().for_each(|entry| entry.answered = true);
                        cache.answered(key, &authenticator);
                    }
                    (_, known) => {
                        if known.is_some() {
                            plain.remove(&key);
                        }
                        cache.forget(key, &authenticator);
                    }
                }
            }
        }
    }
}
