//! How often somebody may be wrong.
//!
//! What counts first is who tries *from where*. What is tried from elsewhere in the same name, or here in other names, counts
//! too, or guessing would only be a matter of many networks or many names. So that others lock nobody out, a browser that the
//! person has signed in from has a count to itself, and a network that they are signed in from has that of their own name.

use opencmp_domain::Timestamp;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::{hash::Hash, net::IpAddr};

const MINUTE: i64 = 60;
const ONE_PERSON_FROM_ONE_PLACE: Limit = Limit { failures: 5, secs: 15 * MINUTE };
const ONE_NETWORK: Limit = Limit { failures: 50, secs: 15 * MINUTE };
/// One IPv6 /48, of which somebody may have all 256 networks.
const ONE_PERSON_FROM_ONE_SITE: Limit = Limit { failures: 10, secs: 15 * MINUTE };
const ONE_SITE: Limit = Limit { failures: 200, secs: 15 * MINUTE };
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
            Some(IpAddr::V6(v6)) => Self(v6.to_bits() >> 72 | IPV6),
        }
    }

    /// The /48 around a network of IPv6.
    fn site(self) -> Option<Self> {
        (self.0 & IPV6 != 0).then_some(Self((self.0 & !IPV6) >> 8 | 1 << 66))
    }
}

/// What tells networks of IPv6 from others.
const IPV6: u128 = 1 << 65;

/// Where a try comes from, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub network: Network,
    pub known: Known,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// A browser that the person has signed in from: the hash of what its cookie says.
    Browser(String),
    /// A network that they are signed in from.
    Network,
    Not,
}

impl Place {
    /// What is counted of a person's tries from here, the narrowest first.
    fn lanes(&self) -> Vec<(Lane, &'static Limit)> {
        if let Known::Browser(hash) = &self.known {
            return vec![(Lane::Browser(hash.clone()), &ONE_PERSON_FROM_ONE_PLACE)];
        }
        let site = self.network.site().map(|site| (Lane::Network(site), &ONE_PERSON_FROM_ONE_SITE));
        [(Lane::Network(self.network), &ONE_PERSON_FROM_ONE_PLACE)].into_iter().chain(site).collect()
    }

    /// What is counted of everybody's tries from here. A browser that is known is nobody else.
    fn networks(&self) -> Vec<(Network, &'static Limit)> {
        if matches!(self.known, Known::Browser(_)) {
            return Vec::new();
        }
        let site = self.network.site().map(|site| (site, &ONE_SITE));
        [(self.network, &ONE_NETWORK)].into_iter().chain(site).collect()
    }

    fn counts_for_the_person(&self) -> bool {
        !matches!(self.known, Known::Browser(_))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Lane {
    Browser(String),
    Network(Network),
}

#[derive(Default)]
pub struct Throttle {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    lanes: FxHashMap<(String, Lane), Failures>,
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
    pub fn begin(&self, person: &str, place: &Place, now: Timestamp) -> Result<(), i64> {
        let mut held = self.held.lock();
        let lanes: Vec<_> =
            place.lanes().into_iter().map(|(lane, limit)| ((person.to_owned(), lane), limit)).collect();
        let networks = place.networks();
        let own = lanes.first().map_or(0, |(lane, limit)| wait(&held.lanes, lane, limit, now));
        let others = match place.known {
            Known::Browser(_) | Known::Network => 0,
            Known::Not => {
                let lanes = lanes.iter().map(|(lane, limit)| wait(&held.lanes, lane, limit, now));
                let networks = networks.iter().map(|(of, limit)| wait(&held.networks, of, limit, now));
                let person = wait(&held.people, person, &ONE_PERSON, now);
                lanes.chain(networks).max().unwrap_or(0).max(person)
            }
        };
        let longest = own.max(others);
        if longest > 0 {
            return Err(longest);
        }
        for (lane, limit) in lanes {
            count(&mut held.lanes, lane, limit, now);
        }
        for (network, limit) in networks {
            count(&mut held.networks, network, limit, now);
        }
        if place.counts_for_the_person() {
            count(&mut held.people, person.to_owned(), &ONE_PERSON, now);
        }
        Ok(())
    }

    /// The last try was the one too many: how many there were.
    pub fn just_closed(&self, person: &str, place: &Place) -> Option<u32> {
        let held = self.held.lock();
        let full = |failures: Option<&Failures>, limit: &Limit| {
            failures.map(|failures| failures.count).filter(|count| *count == limit.failures)
        };
        let lanes = place.lanes().into_iter();
        let closed = lanes.map(|(lane, limit)| full(held.lanes.get(&(person.to_owned(), lane)), limit));
        let closed = closed.flatten().next();
        closed
            .or_else(|| full(held.people.get(person), &ONE_PERSON).filter(|_| place.counts_for_the_person()))
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
    pub fn succeeded(&self, person: &str, place: &Place) {
        let mut held = self.held.lock();
        let less = |failures: Option<&mut Failures>| {
            if let Some(failures) = failures {
                failures.count = failures.count.saturating_sub(1);
            }
        };
        for (at, (lane, _)) in place.lanes().into_iter().enumerate() {
            let lane = (person.to_owned(), lane);
            if at == 0 {
                held.lanes.remove(&lane);
            } else {
                less(held.lanes.get_mut(&lane));
            }
        }
        for (network, _) in place.networks() {
            less(held.networks.get_mut(&network));
        }
        if place.counts_for_the_person() {
            less(held.people.get_mut(person));
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

    fn at(text: &str) -> Place {
        Place { network: network(text), known: Known::Not }
    }

    fn browser(text: &str) -> Place {
        Place { known: Known::Browser("hash".into()), ..at(text) }
    }

    #[test]
    fn five_wrong_from_one_network_and_then_a_wait() {
        let (throttle, here, now) = (Throttle::default(), at("192.0.2.1"), Timestamp(0));
        for _ in 0..5 {
            assert_eq!(throttle.begin("a@x.tw", &here, now), Ok(()));
        }
        assert_eq!(throttle.just_closed("a@x.tw", &here), Some(5));
        assert_eq!(throttle.begin("a@x.tw", &at("192.0.2.77"), now.plus_secs(10)), Err(890));
        // Somebody else here, and the same person elsewhere, are not concerned.
        assert_eq!(throttle.begin("b@x.tw", &here, now), Ok(()));
        assert_eq!(throttle.begin("a@x.tw", &at("198.51.100.1"), now), Ok(()));
        assert_eq!(throttle.begin("a@x.tw", &here, now.plus_secs(900)), Ok(()));
    }

    #[test]
    fn who_is_right_begins_anew() {
        let (throttle, here, now) = (Throttle::default(), at("2001:db8::1"), Timestamp(0));
        for _ in 0..30 {
            assert_eq!(throttle.begin("a@x.tw", &here, now), Ok(()));
            throttle.succeeded("a@x.tw", &here);
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
        assert_eq!(throttle.begin("a@x.tw", &at("192.0.2.1"), now), Ok(()));
    }

    #[test]
    fn an_attack_from_everywhere_leaves_the_person_in_where_they_are() {
        let (throttle, now) = (Throttle::default(), Timestamp(0));
        let mut let_in = 0;
        for at in 0..200u32 {
            let network = Network::of(Some(std::net::Ipv4Addr::from_bits(at << 8).into()));
            let there = Place { network, known: Known::Not };
            let_in += u32::from(throttle.begin("a@x.tw", &there, now).is_ok());
        }
        assert_eq!(let_in, 100);
        let home = at("203.0.113.5");
        assert!(throttle.begin("a@x.tw", &home, now).is_err());
        assert_eq!(throttle.begin("a@x.tw", &Place { known: Known::Network, ..home }, now), Ok(()));
        assert_eq!(throttle.begin("a@x.tw", &browser("198.51.100.9"), now), Ok(()));
    }

    #[test]
    fn a_network_full_of_tries_leaves_those_in_who_are_known_there() {
        let (throttle, here, now) = (Throttle::default(), at("192.0.2.1"), Timestamp(0));
        for name in 0..50 {
            assert_eq!(throttle.begin(&format!("{name}@invented.example"), &here, now), Ok(()));
        }
        assert_eq!(throttle.begin("a@x.tw", &here, now), Err(900));
        // Even a neighbour's tries in their own name are not their browser's; its own are.
        let (network, browser) = (Place { known: Known::Network, ..here }, browser("192.0.2.1"));
        for _ in 0..5 {
            assert_eq!(throttle.begin("a@x.tw", &network, now), Ok(()));
        }
        assert_eq!(throttle.begin("a@x.tw", &network, now), Err(900));
        for _ in 0..5 {
            assert_eq!(throttle.begin("a@x.tw", &browser, now), Ok(()));
        }
        assert_eq!(throttle.begin("a@x.tw", &browser, now), Err(900));
    }

    #[test]
    fn the_networks_of_one_site_close_no_account() {
        let (throttle, now) = (Throttle::default(), Timestamp(0));
        let tries = (0..256).map(|net: u32| at(&format!("2001:db8:1:{:x}::1", net << 8)));
        let let_in = tries.filter(|there| throttle.begin("a@x.tw", there, now).is_ok()).count();
        assert_eq!(let_in, 10);
        assert_eq!(throttle.begin("a@x.tw", &at("2001:db8:2::1"), now), Ok(()));
        // Who is signed in from one of them is their neighbour, not them.
        let neighbour = Place { known: Known::Network, ..at("2001:db8:1:ff00::1") };
        assert_eq!(throttle.begin("a@x.tw", &neighbour, now), Ok(()));
    }
}
