//! The hashes that say a packet is from someone who knows the secret. All cover exactly Length octets.

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};

use crate::code::Code;
use crate::dictionary::USER_PASSWORD;
use crate::packet::Packet;
use crate::{Discard, HEADER_LEN, Secret};

/// The authenticator field, and the value of Message-Authenticator.
pub type Authenticator = [u8; 16];

const ZERO: Authenticator = [0; 16];

/// The longest User-Password (RFC 2865 §5.2).
const MAX_PASSWORD_LEN: usize = 128;

/// What a check of one hash found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Check {
    Valid,
    Invalid,
    Absent,
    /// Random octets by design: nothing to check.
    Random,
    /// A response can't be checked without the authenticator of its request.
    RequestUnknown,
}

/// What both checks found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct Verdict {
    pub code: Code,
    pub authenticator: Check,
    pub message_authenticator: Check,
}

impl Verdict {
    /// The reason to discard the packet, if there is one.
    pub fn discard(&self) -> Option<Discard> {
        match (self.authenticator, self.message_authenticator) {
            (Check::Invalid, _) if self.code.is_response() => Some(Discard::ResponseAuthenticatorInvalid),
            (Check::Invalid, _) => Some(Discard::RequestAuthenticatorInvalid),
            (_, Check::Invalid) => Some(Discard::MessageAuthenticatorInvalid),
            _ => None,
        }
    }

    pub fn into_result(self) -> Result<(), Discard> {
        self.discard().map_or(Ok(()), Err)
    }
}

impl Packet<'_> {
    /// Checks both hashes. `request_authenticator` is that of the request when this is a response, else None.
    ///
    /// An Accounting-Request with a wrong authenticator must not be answered (RFC 5080 §2.3.3); all zeros, which some
    /// ancient clients send, is wrong too.
    pub fn verify(&self, secret: &Secret, request_authenticator: Option<&Authenticator>) -> Verdict {
        let authenticator = if self.code().has_random_authenticator() {
            Check::Random
        } else {
            match self.authenticator_in_hash(request_authenticator) {
                None => Check::RequestUnknown,
                Some(field) => {
                    check(self.authenticator(), &packet_hash(self.octets(), field, secret.octets()))
                }
            }
        };
        Verdict {
            code: self.code(),
            authenticator,
            message_authenticator: self.verify_message_authenticator(secret, request_authenticator),
        }
    }

    fn verify_message_authenticator(
        &self,
        secret: &Secret,
        request_authenticator: Option<&Authenticator>,
    ) -> Check {
        let Some((before, value, after)) = self.around_message_authenticator() else {
            return Check::Absent;
        };
        let field = if self.code().has_random_authenticator() {
            Some(self.authenticator())
        } else {
            self.authenticator_in_hash(request_authenticator)
        };
        match field {
            None => Check::RequestUnknown,
            Some(field) => message_authenticator(before, after, field, secret)
                .map_or(Check::Invalid, |computed| check(value, &computed)),
        }
    }

    /// What stands in the authenticator field while a keyed request or a response is hashed.
    fn authenticator_in_hash<'r>(
        &self,
        request_authenticator: Option<&'r Authenticator>,
    ) -> Option<&'r Authenticator> {
        if self.code().is_keyed_request() { Some(&ZERO) } else { request_authenticator }
    }

    /// The password of an Access-Request in the clear (RFC 2865 §5.2), without its padding. None when there is none or
    /// its length can't be.
    pub fn user_password(&self, secret: &Secret) -> Option<Vec<u8>> {
        let hidden = self.attribute(USER_PASSWORD)?.value;
        if hidden.is_empty() || hidden.len() > MAX_PASSWORD_LEN || !hidden.len().is_multiple_of(16) {
            return None;
        }
        let mut previous: &[u8] = self.authenticator();
        let mut password = Vec::with_capacity(hidden.len());
        for block in hidden.chunks_exact(16) {
            let pad = Md5::new().chain_update(secret.octets()).chain_update(previous).finalize();
            password.extend(block.iter().zip(pad).map(|(octet, pad)| octet ^ pad));
            previous = block;
        }
        let end = password.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1);
        password.truncate(end);
        Some(password)
    }
}

/// Hides a password the way [`Packet::user_password`] reads it. Octets past the 128th are cut off.
pub(crate) fn hide_password(
    password: &[u8],
    secret: &Secret,
    request_authenticator: &Authenticator,
    mut put: impl FnMut(&[u8]),
) {
    let password = password.get(..MAX_PASSWORD_LEN).unwrap_or(password);
    let mut previous = *request_authenticator;
    let (blocks, last) = password.as_chunks::<16>();
    let mut padded = ZERO;
    padded.iter_mut().zip(last).for_each(|(to, from)| *to = *from);
    let padded = (!last.is_empty() || blocks.is_empty()).then_some(&padded);
    for block in blocks.iter().chain(padded) {
        let mut pad: Authenticator =
            Md5::new().chain_update(secret.octets()).chain_update(previous).finalize().into();
        pad.iter_mut().zip(block).for_each(|(pad, octet)| *pad ^= octet);
        put(&pad);
        previous = pad;
    }
}

/// MD5(Code | Identifier | Length | `field` | attributes | secret) over a whole packet. Attributes are hashed where they
/// lie; only the header is put together.
#[inline]
pub(crate) fn packet_hash(octets: &[u8], field: &Authenticator, secret: &[u8]) -> Authenticator {
    let (start, attributes) = octets.split_at(HEADER_LEN.min(octets.len()));
    let mut header = [0; HEADER_LEN];
    header.iter_mut().zip(start.iter().take(4).chain(field)).for_each(|(to, from)| *to = *from);
    Md5::new().chain_update(header).chain_update(attributes).chain_update(secret).finalize().into()
}

/// HMAC-MD5 over a whole packet with the sixteen octets between `before` and `after` zero and `field` as authenticator
/// (RFC 3579 §3.2, RFC 5176 §3.4). Keys may have any length, so None doesn't happen.
pub(crate) fn message_authenticator(
    before: &[u8],
    after: &[u8],
    field: &Authenticator,
    secret: &Secret,
) -> Option<Authenticator> {
    let mut mac = Hmac::<Md5>::new_from_slice(secret.octets()).ok()?;
    let (start, attributes) = before.split_at_checked(HEADER_LEN)?;
    mac.update(start.get(..4)?);
    mac.update(field);
    mac.update(attributes);
    mac.update(&ZERO);
    mac.update(after);
    Some(mac.finalize().into_bytes().into())
}

/// Compares without stopping at the first difference, so that the time taken says nothing about where it is.
fn check(sent: &Authenticator, computed: &Authenticator) -> Check {
    let difference = u128::from_ne_bytes(*sent) ^ u128::from_ne_bytes(*computed);
    if std::hint::black_box(difference) == 0 { Check::Valid } else { Check::Invalid }
}
