//! A checked view over a datagram.

use crate::attribute::{Attribute, Attributes};
use crate::authenticator::Authenticator;
use crate::code::{Code, Role};
use crate::dictionary::{EAP_MESSAGE, MESSAGE_AUTHENTICATOR, PROXY_STATE};
use crate::{Discard, HEADER_LEN, MAX_LEN};

/// A packet whose structure is sound: every attribute fits. Nothing is copied; its hashes are not checked yet, that is
/// [`Packet::verify`].
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Exactly Length octets, [`HEADER_LEN`] at least.
    octets: &'a [u8],
    header: &'a [u8; HEADER_LEN],
    code: Code,
    /// Where the sixteen octets of Message-Authenticator begin.
    message_authenticator_at: Option<usize>,
    has_proxy_state: bool,
}

impl<'a> Packet<'a> {
    /// Looks at what came in on a server's port. Octets after Length are padding: they are cut off here and are no part
    /// of any hash (RFC 2865 §3).
    pub fn request(datagram: &'a [u8], role: Role) -> Result<Self, Discard> {
        Self::check(datagram, |code| role.takes_request(code))
    }

    /// Looks at what a client got back from a server's port.
    pub fn response(datagram: &'a [u8], role: Role) -> Result<Self, Discard> {
        Self::check(datagram, |code| role.takes_response(code))
    }

    /// Looks at a packet of either direction, for tools.
    pub fn any(datagram: &'a [u8], role: Role) -> Result<Self, Discard> {
        Self::check(datagram, |code| role.takes(code))
    }

    fn check(datagram: &'a [u8], takes: impl Fn(Code) -> bool) -> Result<Self, Discard> {
        let Some((header, _)) = datagram.split_first_chunk::<HEADER_LEN>() else {
            return Err(Discard::TooShort);
        };
        let [code, _, high, low, ..] = *header;
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length < HEADER_LEN {
            return Err(Discard::LengthBelow20);
        }
        if length > MAX_LEN {
            return Err(Discard::LengthAbove4096);
        }
        let octets = datagram.get(..length).ok_or(Discard::LengthExceedsDatagram)?;
        let code = Code::from_octet(code).ok_or(Discard::UnknownCode)?;
        if !takes(code) {
            return Err(Discard::CodeNotAllowed);
        }
        let seen = Seen::over(octets)?;
        if seen.message_authenticator_at.is_none() {
            if code == Code::StatusServer {
                return Err(Discard::MessageAuthenticatorMissing);
            }
            if seen.eap {
                return Err(Discard::MessageAuthenticatorMissingWithEap);
            }
        }
        Ok(Self {
            octets,
            header,
            code,
            message_authenticator_at: seen.message_authenticator_at,
            has_proxy_state: seen.proxy_state,
        })
    }

    pub fn code(&self) -> Code {
        self.code
    }

    pub fn identifier(&self) -> u8 {
        self.header[1]
    }

    /// The request or response authenticator as sent.
    pub fn authenticator(&self) -> &'a Authenticator {
        let (_, authenticator) = self.header.split_last_chunk().unwrap_or((&[], &[0; 16]));
        authenticator
    }

    /// The packet without padding: exactly Length octets.
    pub fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// Every attribute in the order sent.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.octets.get(HEADER_LEN..).unwrap_or_default())
    }

    /// The first attribute of a type.
    pub fn attribute(&self, kind: u8) -> Option<Attribute<'a>> {
        self.attributes().find(|attribute| attribute.kind == kind)
    }

    pub fn has_message_authenticator(&self) -> bool {
        self.message_authenticator_at.is_some()
    }

    /// A response must copy Proxy-State attributes (RFC 2865 §5.33); most packets have none.
    pub fn has_proxy_state(&self) -> bool {
        self.has_proxy_state
    }

    /// The packet around the sixteen octets of Message-Authenticator: before, the value, after.
    pub(crate) fn around_message_authenticator(&self) -> Option<(&'a [u8], &'a Authenticator, &'a [u8])> {
        let (before, rest) = self.octets.split_at_checked(self.message_authenticator_at?)?;
        let (value, after) = rest.split_first_chunk()?;
        Some((before, value, after))
    }
}

/// What one walk over the attributes finds out.
#[derive(Default)]
struct Seen {
    message_authenticator_at: Option<usize>,
    proxy_state: bool,
    eap: bool,
}

impl Seen {
    fn over(octets: &[u8]) -> Result<Self, Discard> {
        let mut seen = Self::default();
        let mut rest = octets.get(HEADER_LEN..).unwrap_or_default();
        loop {
            let (kind, length) = match *rest {
                [] => return Ok(seen),
                [_] => return Err(Discard::AttributeHeaderTruncated),
                [_, 0, ..] => return Err(Discard::AttributeLengthZero),
                [_, 1, ..] => return Err(Discard::AttributeLengthOne),
                [0, ..] => return Err(Discard::AttributeTypeZero),
                [kind, length, ..] => (kind, usize::from(length)),
            };
            let at = octets.len() - rest.len();
            rest = rest.get(length..).ok_or(Discard::AttributeOverruns)?;
            match kind {
                MESSAGE_AUTHENTICATOR if length != 18 => return Err(Discard::MessageAuthenticatorLength),
                MESSAGE_AUTHENTICATOR if seen.message_authenticator_at.is_some() => {
                    return Err(Discard::MessageAuthenticatorRepeated);
                }
                MESSAGE_AUTHENTICATOR => seen.message_authenticator_at = Some(at + 2),
                PROXY_STATE => seen.proxy_state = true,
                EAP_MESSAGE => seen.eap = true,
                _ => {}
            }
        }
    }
}
