//! The value types of RFC 2865 §5 and RFC 3162 §2. A value of the wrong size reads as None and leaves the packet good
//! (RFC 6929 §2.8).

use std::net::{Ipv4Addr, Ipv6Addr};

/// Four octets, big-endian.
#[inline]
pub fn integer(value: &[u8]) -> Option<u32> {
    value.try_into().ok().map(u32::from_be_bytes)
}

/// UTF-8 without NUL.
#[inline]
pub fn text(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value).ok().filter(|text| !text.contains('\0'))
}

#[inline]
pub fn ipv4(value: &[u8]) -> Option<Ipv4Addr> {
    <[u8; 4]>::try_from(value).ok().map(Ipv4Addr::from)
}

#[inline]
pub fn ipv6(value: &[u8]) -> Option<Ipv6Addr> {
    <[u8; 16]>::try_from(value).ok().map(Ipv6Addr::from)
}

/// Framed-IPv6-Prefix and its kin: a reserved octet, the prefix length in bits, the prefix; octets of the prefix that are
/// zero at its end may be left out (RFC 3162 §2.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ipv6Prefix {
    pub address: Ipv6Addr,
    /// Bits, 0 to 128.
    pub length: u8,
}

/// What is wrong with a prefix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadPrefix {
    /// The value is shorter than 2 octets or longer than 18.
    Octets,
    /// More than 128 bits.
    Length(u8),
}

pub fn ipv6_prefix(value: &[u8]) -> Result<Ipv6Prefix, BadPrefix> {
    let [_reserved, length, prefix @ ..] = value else { return Err(BadPrefix::Octets) };
    if prefix.len() > 16 {
        return Err(BadPrefix::Octets);
    }
    if *length > 128 {
        return Err(BadPrefix::Length(*length));
    }
    let mut address = [0; 16];
    address.iter_mut().zip(prefix).for_each(|(to, from)| *to = *from);
    Ok(Ipv6Prefix { address: address.into(), length: *length })
}
