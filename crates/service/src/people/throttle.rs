//! How often somebody may be wrong.
//!
//! Nobody can lock another out: what counts is who tries *from where*. Only when a password is tried from very many networks
//! does the account itself close, and then not to networks in which its person is signed in already.

use opencmp_domain::Timestamp;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::{hash::Hash, net::IpAddr};

const MINUTE: i64 = 60;
const ONE_PERSON_FROM_ONE_NETWORK: Limit = Limit { failures: 5, secs: 15 * MINUTE };
const ONE_NETWORK: Limit = Limit { failures: 50, secs: 15 * MINUTE };
const ONE_PERSON: Limit = Limit { failures: 100, secs: 60 * MINUTE };
/// Ways to a provider that were begun and didn't end in a sign-in, and keys of portals that were wrong. Apart from
/// passwords, and from each other: a page elsewhere can begin one in somebody's browser, and must not shut their network
/// out with it.
const ONE_NETWORK_ON_THE_WAY: Limit = Limit { failures: 100, secs: 15 * MINUTE };
/// Entries above which those that are past their time are dropped.
const MANY: usize = 10_000;

struct Limit {
    failures: u32,
    secs: i64,
}

/// Where somebody tries from: a household, an office, a machine. IPv4: /24; IPv6: /56.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network(u128);

impl Network {
    pub fn of(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            None => Self(0),
            Some(IpAddr::V4(v4)) => Self(u128::from(v4.to_bits() >> 8) | 1 << 64),
            Some(IpAddr::V6(v6)) => Self(v6.to_bits() >> 72 | 1 << 65),
        }
    }
}

#[derive(Default)]
pub struct Throttle {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    both: FxHashMap<(String, Network), Failures>,
    networks: FxHashMap<Network, Failures>,
    people: FxHashMap<String, Failures>,
    on_the_way: FxHashMap<(Way, Network), Failures>,
}

/// What is tried where nobody is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    Provider,
    Portal,
}

struct Failures {
    count: u32,
    since: Timestamp,
}

impl Throttle {
    /// Counts a try before it is judged, so that many at once don't all slip through. Refused: seconds to wait.
    /// `trusted`: the person is signed in from this network already.
    pub fn begin(&self, person: &str, network: Network, trusted: bool, now: Timestamp) -> Result<(), i64> {
        let mut held = self.held.lock();
        let both = (person.to_owned(), network);
        let waits = [
            wait(&held.both, &both, &ONE_PERSON_FROM_ONE_NETWORK, now),
            wait(&held.networks, &network, &ONE_NETWORK, now),
            if trusted { 0 } else { wait(&held.people, person, &ONE_PERSON, now) },
        ];
        let longest = waits.into_iter().max().unwrap_or(0);
        if longest > 0 {
            return Err(longest);
        }
        count(&mut held.both, both, &ONE_PERSON_FROM_ONE_NETWORK, now);
        count(&mut held.networks, network, &ONE_NETWORK, now);
        count(&mut held.people, person.to_owned(), &ONE_PERSON, now);
        Ok(())
    }

    /// The last try was the one too many: how many there were.
    pub fn just_closed(&self, person: &str, network: Network) -> Option<u32> {
        let held = self.held.lock();
        let count = |failures: Option<&Failures>, limit: &Limit| {
            failures.map(|failures| failures.count).filter(|count| *count == limit.failures)
        };
        count(held.both.get(&(person.to_owned(), network)), &ONE_PERSON_FROM_ONE_NETWORK)
            .or_else(|| count(held.people.get(person), &ONE_PERSON))
    }

    /// The same for the way to a provider and back, where nobody is named yet: the network alone counts.
    pub fn begin_way(&self, way: Way, network: Network, now: Timestamp) -> Result<(), i64> {
        let mut held = self.held.lock();
        let left = wait(&held.on_the_way, &(way, network), &ONE_NETWORK_ON_THE_WAY, now);
        if left > 0 {
            return Err(left);
        }
        count(&mut held.on_the_way, (way, network), &ONE_NETWORK_ON_THE_WAY, now);
        Ok(())
    }

    /// It led to a sign-in: neither the way there nor the way back counted.
    pub fn way_succeeded(&self, way: Way, network: Network, steps: u32) {
        if let Some(failures) = self.held.lock().on_the_way.get_mut(&(way, network)) {
            failures.count = failures.count.saturating_sub(steps);
        }
    }

    /// It was right: the try didn't count.
    pub fn succeeded(&self, person: &str, network: Network) {
        let mut held = self.held.lock();
        held.both.remove(&(person.to_owned(), network));
        for failures in [held.networks.get_mut(&network).map(|f| &mut f.count)].into_iter().flatten() {
            *failures = failures.saturating_sub(1);
        }
        if let Some(failures) = held.people.get_mut(person) {
            failures.count = failures.count.saturating_sub(1);
        }
    }
}

fn wait<K: Eq + Hash + std::borrow::Borrow<Q>, Q: Eq + Hash + ?Sized>(
    held: &FxHashMap<K, Failures>,
    key: &Q,
    limit: &Limit,
    now: Timestamp,
) -> i64 {
    held.get(key).map_or(0, |failures| {
        let left = limit.secs - now.secs_since(failures.since);
        if failures.count >= limit.failures && left > 0 { left } else { 0 }
    })
}

fn count<K: Eq + Hash>(held: &mut FxHashMap<K, Failures>, key: K, limit: &Limit, now: Timestamp) {
    let past = |failures: &Failures| now.secs_since(failures.since) >= limit.secs;
    if held.len() >= MANY {
        held.retain(|_, failures| !past(failures));
    }
    let failures = held.entry(key).or_insert(Failures { count: 0, since: now });
    if past(failures) {
        *failures = Failures { count: 0, since: now };
    }
    failures.count += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        Network::of(Some(text.parse().unwrap()))
    }

    #[test]
    fn five_wrong_from_one_network_and_then_a_wait() {
        let (throttle, here, now) = (Throttle::default(), network("192.0.2.1"), Timestamp(0));
        for _ in 0..5 {
            assert_eq!(throttle.begin("a@x.tw", here, false, now), Ok(()));
        }
        assert_eq!(throttle.begin("a@x.tw", network("192.0.2.77"), false, now.plus_secs(10)), Err(890));
        // Somebody else here, and the same person elsewhere, are not concerned.
        assert_eq!(throttle.begin("b@x.tw", here, false, now), Ok(()));
        assert_eq!(throttle.begin("a@x.tw", network("198.51.100.1"), false, now), Ok(()));
        assert_eq!(throttle.begin("a@x.tw", here, false, now.plus_secs(900)), Ok(()));
    }

    #[test]
    fn who_is_right_begins_anew() {
        let (throttle, here, now) = (Throttle::default(), network("2001:db8::1"), Timestamp(0));
        for _ in 0..30 {
            assert_eq!(throttle.begin("a@x.tw", here, false, now), Ok(()));
            throttle.succeeded("a@x.tw", here);
        }
    }

    #[test]
    fn ways_that_lead_nowhere_close_the_way_and_nothing_else() {
        let (throttle, here, now) = (Throttle::default(), network("192.0.2.1"), Timestamp(0));
        for _ in 0..200 {
            assert_eq!(throttle.begin_way(Way::Provider, here, now), Ok(()));
            assert_eq!(throttle.begin_way(Way::Provider, here, now), Ok(()));
            throttle.way_succeeded(Way::Provider, here, 2);
        }
        for _ in 0..100 {
            assert_eq!(throttle.begin_way(Way::Provider, here, now), Ok(()));
        }
        assert_eq!(throttle.begin_way(Way::Provider, here, now), Err(900));
        assert_eq!(throttle.begin_way(Way::Provider, network("198.51.100.1"), now), Ok(()));
        assert_eq!(throttle.begin("a@x.tw", here, false, now), Ok(()));
    }

    #[test]
    fn an_attack_from_everywhere_leaves_the_person_in_where_they_are() {
        let (throttle, now) = (Throttle::default(), Timestamp(0));
        let mut let_in = 0;
        for at in 0..200u32 {
            let there = Network::of(Some(std::net::Ipv4Addr::from_bits(at << 8).into()));
            let_in += u32::from(throttle.begin("a@x.tw", there, false, now).is_ok());
        }
        assert_eq!(let_in, 100);
        let home = network("203.0.113.5");
        assert!(throttle.begin("a@x.tw", home, false, now).is_err());
        assert_eq!(throttle.begin("a@x.tw", home, true, now), Ok(()));
    }
}
