//! Building packets in the caller's buffer.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::attribute::VENDOR_3GPP;
use crate::authenticator::{Authenticator, hide_password, message_authenticator, packet_hash};
use crate::code::Code;
use crate::dictionary::{MESSAGE_AUTHENTICATOR, PROXY_STATE, USER_PASSWORD, VENDOR_SPECIFIC};
use crate::packet::Packet;
use crate::threegpp::ThreeGpp;
use crate::value::Ipv6Prefix;
use crate::{HEADER_LEN, MAX_LEN, Secret};

/// The packet doesn't fit the buffer or 4096 octets, or a value doesn't fit its attribute (253 octets).
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the packet doesn't fit")]
pub struct NoRoom;

/// Puts a packet together attribute by attribute. What doesn't fit is remembered and told once, when the packet is
/// signed. Nothing is allocated.
#[derive(Debug)]
pub struct PacketBuilder<'b> {
    out: &'b mut [u8],
    len: usize,
    message_authenticator_at: Option<usize>,
    full: bool,
}

impl<'b> PacketBuilder<'b> {
    pub fn new(out: &'b mut [u8], code: Code, identifier: u8) -> Self {
        let mut builder = Self { out, len: 0, message_authenticator_at: None, full: false };
        builder.put(&[code.octet(), identifier]);
        builder.put(&[0; HEADER_LEN - 2]);
        builder
    }

    /// An attribute with its value as it is.
    pub fn attribute(&mut self, kind: u8, value: &[u8]) -> &mut Self {
        self.within(kind, |builder| builder.put(value))
    }

    pub fn text(&mut self, kind: u8, text: &str) -> &mut Self {
        self.attribute(kind, text.as_bytes())
    }

    /// Integers and times.
    pub fn integer(&mut self, kind: u8, value: u32) -> &mut Self {
        self.attribute(kind, &value.to_be_bytes())
    }

    pub fn ipv4(&mut self, kind: u8, address: Ipv4Addr) -> &mut Self {
        self.attribute(kind, &address.octets())
    }

    pub fn ipv6(&mut self, kind: u8, address: Ipv6Addr) -> &mut Self {
        self.attribute(kind, &address.octets())
    }

    /// With no more octets of the prefix than its length needs.
    pub fn ipv6_prefix(&mut self, kind: u8, prefix: Ipv6Prefix) -> &mut Self {
        let octets = prefix.address.octets();
        let needed = usize::from(prefix.length.div_ceil(8));
        self.within(kind, |builder| {
            builder.put(&[0, prefix.length]);
            builder.put(octets.get(..needed).unwrap_or(&octets));
        })
    }

    /// User-Password, hidden under the request authenticator that the packet will be signed with (RFC 2865 §5.2).
    pub fn user_password(
        &mut self,
        password: &[u8],
        secret: &Secret,
        authenticator: &Authenticator,
    ) -> &mut Self {
        self.within(USER_PASSWORD, |builder| {
            hide_password(password, secret, authenticator, |block| builder.put(block));
        })
    }

    /// A sub-attribute in a container of its own, as Cisco and Huawei send them.
    pub fn three_gpp(&mut self, sub: &ThreeGpp<'_>) -> &mut Self {
        self.within(VENDOR_SPECIFIC, |builder| {
            builder.put(&VENDOR_3GPP.to_be_bytes());
            builder.three_gpp_sub(sub);
        })
    }

    /// All sub-attributes in one container, as Nokia sends them; in another one when it is full.
    pub fn three_gpp_packed<'t>(&mut self, subs: impl IntoIterator<Item = ThreeGpp<'t>>) -> &mut Self {
        let mut subs = subs.into_iter().peekable();
        while subs.peek().is_some() {
            let start = self.len;
            self.put(&[VENDOR_SPECIFIC, 0]);
            self.put(&VENDOR_3GPP.to_be_bytes());
            while let Some(sub) = subs.next_if(|sub| self.len - start + 2 + sub.encoded_len() <= 255) {
                self.three_gpp_sub(&sub);
            }
            if self.len - start == 6 {
                // Too long for any container; signing will say so.
                self.full = true;
                return self;
            }
            self.close(start);
        }
        self
    }

    /// Another vendor's sub-attribute in a container of its own, in the usual form of one octet type, one octet length.
    pub fn vendor(&mut self, id: u32, kind: u8, value: &[u8]) -> &mut Self {
        self.within(VENDOR_SPECIFIC, |builder| {
            builder.put(&id.to_be_bytes());
            builder.within(kind, |builder| builder.put(value));
        })
    }

    /// Keeps the place for Message-Authenticator; signing fills it. In Access-Accept, -Reject and -Challenge it must come
    /// first (CVE-2024-3596).
    pub fn message_authenticator(&mut self) -> &mut Self {
        let at = self.len + 2;
        self.attribute(MESSAGE_AUTHENTICATOR, &[0; 16]);
        self.message_authenticator_at = Some(at);
        self
    }

    /// Copies the Proxy-State attributes of the request, unmodified and in order (RFC 2865 §5.33).
    pub fn proxy_states_of(&mut self, request: &Packet<'_>) -> &mut Self {
        if request.has_proxy_state() {
            for attribute in request.attributes().filter(|attribute| attribute.kind == PROXY_STATE) {
                self.attribute(PROXY_STATE, attribute.value);
            }
        }
        self
    }

    /// Signs an Accounting-, CoA- or Disconnect-Request.
    pub fn sign_request(self, secret: &Secret) -> Result<&'b [u8], NoRoom> {
        self.sign(secret, &[0; 16], true)
    }

    /// Signs an Access-Request or Status-Server. `authenticator` must be random octets, never used before.
    pub fn sign_access_request(
        self,
        secret: &Secret,
        authenticator: &Authenticator,
    ) -> Result<&'b [u8], NoRoom> {
        self.sign(secret, authenticator, false)
    }

    /// Signs a response to the request that had this authenticator.
    pub fn sign_response(
        self,
        secret: &Secret,
        request_authenticator: &Authenticator,
    ) -> Result<&'b [u8], NoRoom> {
        self.sign(secret, request_authenticator, true)
    }

    /// Message-Authenticator first, then the authenticator over the result.
    fn sign(self, secret: &Secret, authenticator: &Authenticator, hashed: bool) -> Result<&'b [u8], NoRoom> {
        let length = u16::try_from(self.len).map_err(|_| NoRoom)?;
        if self.full || self.len > MAX_LEN {
            return Err(NoRoom);
        }
        let packet = self.out.get_mut(..self.len).ok_or(NoRoom)?;
        packet.get_mut(2..4).ok_or(NoRoom)?.copy_from_slice(&length.to_be_bytes());
        if let Some(at) = self.message_authenticator_at {
            let (before, rest) = packet.split_at_mut_checked(at).ok_or(NoRoom)?;
            let (value, after) = rest.split_first_chunk_mut().ok_or(NoRoom)?;
            *value = message_authenticator(before, after, authenticator, secret).ok_or(NoRoom)?;
        }
        let field = if hashed { packet_hash(packet, authenticator, secret.octets()) } else { *authenticator };
        packet.get_mut(4..HEADER_LEN).ok_or(NoRoom)?.copy_from_slice(&field);
        Ok(packet)
    }

    fn three_gpp_sub(&mut self, sub: &ThreeGpp<'_>) {
        self.within(sub.kind(), |builder| sub.encode(|octets| builder.put(octets)));
    }

    /// Type, length, and the value that `inside` puts there.
    fn within(&mut self, kind: u8, inside: impl FnOnce(&mut Self)) -> &mut Self {
        let start = self.len;
        self.put(&[kind, 0]);
        inside(self);
        self.close(start);
        self
    }

    fn close(&mut self, start: usize) {
        match (u8::try_from(self.len - start), self.out.get_mut(start + 1)) {
            (Ok(length), Some(field)) => *field = length,
            _ => self.full = true,
        }
    }

    #[inline]
    fn put(&mut self, octets: &[u8]) {
        let end = self.len + octets.len();
        match self.out.get_mut(self.len..end) {
            Some(place) => {
                place.copy_from_slice(octets);
                self.len = end;
            }
            None => self.full = true,
        }
    }
}

impl ThreeGpp<'_> {
    fn encoded_len(&self) -> usize {
        let mut len = 0;
        self.encode(|octets| len += octets.len());
        len
    }
}
