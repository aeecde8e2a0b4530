//! The gateways behind one RADIUS client. The secret goes by the source of the packet (RFC 2865 §3), but one source may speak
//! for several: behind address translation, through a proxy, or as a block of addresses in one entry.

use crate::{
    ids::{NasId, NodeId},
    stored::escape_octets,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

/// Who a packet says it is from: NAS-Identifier, NAS-IP-Address, NAS-IPv6-Address (RFC 2865 §5.4, §5.32; RFC 3162 §2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NodeName<'a> {
    pub identifier: Option<&'a [u8]>,
    pub ipv4: Option<[u8; 4]>,
    pub ipv6: Option<[u8; 16]>,
}

impl NodeName<'_> {
    /// It says nothing: the source stands for the gateway.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Both may be of one gateway: by the first of identifier, IPv4 and IPv6 address that both say, and if one of them says
    /// nothing. A gateway may say NAS-Identifier in some packets and not in others, and has an address for each interface.
    pub fn may_be(&self, other: &NodeName<'_>) -> bool {
        fn same<T: PartialEq>(one: Option<T>, other: Option<T>) -> Option<bool> {
            Some(one? == other?)
        }
        same(self.identifier, other.identifier)
            .or_else(|| same(self.ipv4, other.ipv4))
            .or_else(|| same(self.ipv6, other.ipv6))
            .unwrap_or(self.is_empty() || other.is_empty())
    }
}

/// For people: the identifier if there is one, else an address; empty if there is nothing.
impl fmt::Display for NodeName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.identifier, self.ipv4, self.ipv6) {
            (Some(identifier), ..) => f.write_str(&escape_octets(identifier)),
            (_, Some(address), _) => Ipv4Addr::from(address).fmt(f),
            (_, _, Some(address)) => Ipv6Addr::from(address).fmt(f),
            _ => Ok(()),
        }
    }
}

/// A gateway that was heard of behind a RADIUS client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Given out by the applier, rising.
    pub id: NodeId,
    pub nas: NasId,
    pub identifier: Option<Box<[u8]>>,
    pub ipv4: Option<[u8; 4]>,
    pub ipv6: Option<[u8; 16]>,
    /// Arrival of its latest record.
    pub heard_at: Timestamp,
    /// Its latest Accounting-On or -Off, by event time.
    pub restarted_at: Option<Timestamp>,
}

impl Node {
    pub fn name(&self) -> NodeName<'_> {
        NodeName { identifier: self.identifier.as_deref(), ipv4: self.ipv4, ipv6: self.ipv6 }
    }
}

/// The same for the operator's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// As [`NodeName`] displays; empty: its packets don't say.
    pub name: String,
    pub address: Option<String>,
    pub heard_at: Timestamp,
    pub restarted_at: Option<Timestamp>,
    pub open_sessions: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(identifier: &'static str, ipv4: u8) -> NodeName<'static> {
        let identifier = (!identifier.is_empty()).then_some(identifier.as_bytes());
        NodeName { identifier, ipv4: (ipv4 != 0).then_some([192, 0, 2, ipv4]), ipv6: None }
    }

    #[test]
    fn the_identifier_decides_then_the_address() {
        for (one, other, may_be) in [
            (name("pgw-1", 0), name("pgw-1", 0), true),
            (name("pgw-1", 0), name("pgw-2", 0), false),
            // Two interfaces of one.
            (name("pgw-1", 1), name("pgw-1", 2), true),
            (name("pgw-1", 1), name("pgw-2", 1), false),
            (name("", 1), name("pgw-2", 1), true),
            (name("", 1), name("pgw-2", 2), false),
            (name("", 1), name("pgw-2", 0), false),
            (name("", 0), name("pgw-2", 7), true),
        ] {
            assert_eq!(one.may_be(&other), may_be, "{one:?} {other:?}");
            assert_eq!(other.may_be(&one), may_be, "{other:?} {one:?}");
        }
    }

    #[test]
    fn a_name_reads_like_one() {
        assert_eq!(name("pgw-1", 1).to_string(), "pgw-1");
        assert_eq!(name("", 1).to_string(), "192.0.2.1");
        assert_eq!(name("", 0).to_string(), "");
        assert_eq!(NodeName { identifier: Some(b"p\xFF"), ..NodeName::default() }.to_string(), "p\\xff");
    }
}
