//! Which addresses may be connected to.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::Host;

/// What the whole Internet reaches, and exceptions in either direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks {
    opened: Vec<IpNet>,
    closed: Vec<IpNet>,
}

impl Networks {
    /// What the whole Internet reaches, and nothing else.
    pub fn public() -> Self {
        Self::default()
    }

    /// These too, though they aren't public.
    pub fn with(mut self, opened: impl IntoIterator<Item = IpNet>) -> Self {
        self.opened.extend(opened);
        self
    }

    /// These never: an operator's own machines may have public addresses.
    pub fn without(mut self, closed: impl IntoIterator<Item = IpNet>) -> Self {
        self.closed.extend(closed);
        self
    }

    pub fn admits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let within = |networks: &[IpNet]| networks.iter().any(|network| network.contains(&address));
        if within(&self.closed) {
            return false;
        }
        // Behind a translator it is the IPv4 address that is reached.
        let behind = translated(address).is_none_or(|v4| self.admits(v4.into()));
        behind && (within(&self.opened) || is_public(address))
    }

    /// Names pass: where they lead is looked at when they are looked up.
    pub fn admits_host<S>(&self, host: &Host<S>) -> bool {
        match host {
            Host::Ipv4(v4) => self.admits((*v4).into()),
            Host::Ipv6(v6) => self.admits((*v6).into()),
            Host::Domain(_) => true,
        }
    }
}

/// The IPv4 address within one of the well-known prefix for translation (RFC 6052 §2.1).
fn translated(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(v6) = address else { return None };
    let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = v6.segments() else { return None };
    Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
}

/// What the whole Internet reaches (IANA's registries of special-purpose addresses).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    let special = v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_documentation()
        || v4.is_multicast()
        || a == 0
        || a >= 240
        || (a, b & 0xc0) == (100, 64)
        || (a, b & 0xfe) == (198, 18)
        || (a, b, c) == (192, 0, 0);
    !special
}

/// Global unicast, without documentation, what IETF's protocols use among themselves (2001::/23, Teredo in it), and the
/// forms that have an IPv4 address in them.
fn is_public_v6(v6: Ipv6Addr) -> bool {
    let [a, b, ..] = v6.segments();
    let special = (a, b) == (0x2001, 0xdb8)
        || (a, b & 0xfe00) == (0x2001, 0)
        || (a, b & 0xf000) == (0x3fff, 0)
        || a == 0x2002;
    a & 0xe000 == 0x2000 && !special
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn networks(written: &[&str]) -> Vec<IpNet> {
        written.iter().map(|network| network.parse().unwrap()).collect()
    }

    #[test]
    fn public_is_what_everybody_reaches() {
        for (address, public) in [
            ("8.8.8.8", true),
            ("10.1.2.3", false),
            ("100.64.0.1", false),
            ("100.127.255.255", false),
            ("100.128.0.1", true),
            ("127.0.0.1", false),
            ("127.255.255.254", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("172.32.0.1", true),
            ("192.0.0.8", false),
            ("192.0.2.1", false),
            ("192.168.1.1", false),
            ("198.19.0.1", false),
            ("224.0.0.1", false),
            ("0.0.0.0", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:4700::1111", true),
            ("::1", false),
            ("::", false),
            ("::7f00:1", false),
            ("fe80::1", false),
            ("fc00::1", false),
            ("fd00::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
            ("100::1", false),
            ("5f00::1", false),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b::808:808", false),
            ("64:ff9b:1::808:808", false),
            ("2001::1", false),
            ("2001:2::1", false),
            ("2001:20::1", false),
            ("2001:db8::1", false),
            ("2001:4860:4860::8888", true),
            ("3fff::1", false),
            ("2002:7f00:1::", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:8.8.8.8", true),
        ] {
            assert_eq!(Networks::public().admits(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn networks_are_opened_and_closed_and_what_is_closed_stays_so() {
        let some = Networks::public().with(networks(&["10.1.0.0/16", "fd00:1::/32"]));
        let some = some.without(networks(&["10.1.9.0/24", "8.8.8.0/24"]));
        for (address, admitted) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("10.2.2.3", false),
            ("10.1.9.3", false),
            ("::ffff:10.1.9.3", false),
            ("8.8.8.8", false),
            ("8.8.4.4", true),
            ("fd00:1::7", true),
            ("fd00:2::7", false),
        ] {
            assert_eq!(some.admits(address.parse().unwrap()), admitted, "{address}");
        }
    }

    #[test]
    fn behind_a_translator_it_is_the_address_behind_that_counts() {
        let some = Networks::public().with(networks(&["64:ff9b::/96", "10.1.0.0/16"]));
        for (address, admitted) in [
            ("64:ff9b::8.8.8.8", true),
            ("64:ff9b::10.1.0.1", true),
            ("64:ff9b::10.2.0.1", false),
            ("64:ff9b::127.0.0.1", false),
            ("64:ff9b::169.254.169.254", false),
        ] {
            assert_eq!(some.admits(address.parse().unwrap()), admitted, "{address}");
        }
    }

    proptest! {
        #[test]
        fn an_ipv4_address_is_the_same_in_every_form(bits: u32) {
            let v4 = Ipv4Addr::from_bits(bits);
            let some = Networks::public();
            let admitted = some.admits(v4.into());
            prop_assert_eq!(some.admits(v4.to_ipv6_mapped().into()), admitted);
            prop_assert!(!some.admits(v4.to_ipv6_compatible().into()));
            let host = url::Url::parse(&format!("http://{bits}/")).unwrap();
            prop_assert_eq!(some.admits_host(&host.host().unwrap()), admitted);
        }
    }
}
