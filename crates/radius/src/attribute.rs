//! Attributes and vendor containers, iterated in place.

use crate::dictionary::VENDOR_SPECIFIC;

/// 3GPP (TS 29.061 §16.4.7).
pub const VENDOR_3GPP: u32 = 10415;
/// Starent, now Cisco: sub-attributes have a type and a length of two octets each.
pub const VENDOR_STARENT: u32 = 8164;

/// One attribute as sent. [`crate::value`] reads the RFC types out of `value`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attribute<'a> {
    pub kind: u8,
    pub value: &'a [u8],
}

impl<'a> Attribute<'a> {
    /// The container of a Vendor-Specific attribute (RFC 2865 §5.26). None for any other attribute and for one that has
    /// no room for a Vendor-Id: that one stays raw.
    pub fn vendor(&self) -> Option<Vendor<'a>> {
        if self.kind != VENDOR_SPECIFIC {
            return None;
        }
        let (id, octets) = self.value.split_first_chunk()?;
        Some(Vendor { id: u32::from_be_bytes(*id), octets })
    }
}

/// Attributes in the order sent. Stops at the first that doesn't fit, which a checked [`crate::Packet`] doesn't have.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Attributes<'a> {
    pub(crate) fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }

    /// What hasn't been read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    #[inline]
    fn next(&mut self) -> Option<Attribute<'a>> {
        let [kind, length, ..] = *self.rest else { return None };
        let (attribute, rest) = self.rest.split_at_checked(usize::from(length))?;
        let value = attribute.get(2..)?;
        self.rest = rest;
        Some(Attribute { kind, value })
    }
}

/// The inside of a Vendor-Specific attribute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Vendor<'a> {
    pub id: u32,
    pub octets: &'a [u8],
}

impl<'a> Vendor<'a> {
    /// The sub-attributes: one or many (TS 29.061 allows both; gateways do both).
    pub fn subs(&self) -> Subs<'a> {
        Subs { rest: self.octets, wide: self.id == VENDOR_STARENT }
    }
}

/// A vendor's sub-attribute, or what's left of a container whose sub-attributes don't fit it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sub<'a> {
    Fits {
        kind: u16,
        value: &'a [u8],
    },
    /// A length below its own header or past the end of the container: the rest of this container says nothing more, the
    /// packet stays good (RFC 6929 §2.8).
    Broken(&'a [u8]),
}

/// Sub-attributes of one container. A length never reaches outside of it.
#[derive(Clone, Debug)]
pub struct Subs<'a> {
    rest: &'a [u8],
    wide: bool,
}

impl<'a> Subs<'a> {
    #[inline]
    fn split(&self) -> Option<(Sub<'a>, &'a [u8])> {
        let (kind, length, header) = match *self.rest {
            [high, low, length_high, length_low, ..] if self.wide => {
                (u16::from_be_bytes([high, low]), u16::from_be_bytes([length_high, length_low]), 4)
            }
            [kind, length, ..] if !self.wide => (u16::from(kind), u16::from(length), 2),
            _ => return None,
        };
        let (sub, rest) = self.rest.split_at_checked(usize::from(length))?;
        Some((Sub::Fits { kind, value: sub.get(header..)? }, rest))
    }
}

impl<'a> Iterator for Subs<'a> {
    type Item = Sub<'a>;

    #[inline]
    fn next(&mut self) -> Option<Sub<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let (sub, rest) = self.split().unwrap_or((Sub::Broken(self.rest), &[]));
        self.rest = rest;
        Some(sub)
    }
}
