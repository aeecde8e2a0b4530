//! Which gateways a client may speak for. The secret goes by source; behind address translation or a proxy one source has
//! several gateways, and who else has that secret can't be told from them except by what they say.

use std::net::IpAddr;

use ipnet::IpNet;
use opencmp_radius::Packet;
use opencmp_radius::dictionary::{NAS_IDENTIFIER, NAS_IP_ADDRESS, NAS_IPV6_ADDRESS};
use opencmp_radius::value::{ipv4, ipv6};

/// An allow list; the empty one allows everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedNodes {
    identifiers: Vec<Box<[u8]>>,
    networks: Vec<IpNet>,
}

impl AllowedNodes {
    /// One per line: an address or a block of them, else a NAS-Identifier.
    pub fn from_lines(lines: &str) -> Self {
        let mut allowed = Self::default();
        for line in lines.lines().filter(|line| !line.is_empty()) {
            let network = line.parse::<IpNet>().ok();
            match network.or_else(|| line.parse::<IpAddr>().ok().map(Into::into)) {
                Some(network) => allowed.networks.push(network),
                None => allowed.identifiers.push(line.as_bytes().into()),
            }
        }
        allowed
    }

    /// One of the packet's NAS-Identifier, NAS-IP-Address and NAS-IPv6-Address is in the list.
    pub(crate) fn allow(&self, packet: &Packet<'_>) -> bool {
        let in_networks = |address: IpAddr| self.networks.iter().any(|network| network.contains(&address));
        self.is_empty()
            || packet.attributes().any(|attribute| match attribute.kind {
                NAS_IDENTIFIER => self.identifiers.iter().any(|name| **name == *attribute.value),
                NAS_IP_ADDRESS => ipv4(attribute.value).is_some_and(|address| in_networks(address.into())),
                NAS_IPV6_ADDRESS => ipv6(attribute.value).is_some_and(|address| in_networks(address.into())),
                _ => false,
            })
    }

    fn is_empty(&self) -> bool {
        self.identifiers.is_empty() && self.networks.is_empty()
    }
}

/// What a packet says of its gateway, for people: the identifier if there is one, else an address.
pub(crate) fn said(packet: &Packet<'_>) -> Option<String> {
    let text = |kind, read: fn(&[u8]) -> Option<String>| {
        packet.attributes().find(|attribute| attribute.kind == kind).and_then(|found| read(found.value))
    };
    text(NAS_IDENTIFIER, |value| Some(value.escape_ascii().to_string()))
        .or_else(|| text(NAS_IP_ADDRESS, |value| ipv4(value).map(|address| address.to_string())))
        .or_else(|| text(NAS_IPV6_ADDRESS, |value| ipv6(value).map(|address| address.to_string())))
}
