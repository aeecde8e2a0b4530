//! Signatures of Standard Webhooks 1.0.0: HMAC-SHA256, `v1`.

use crate::MessageId;
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::{fmt, ops::RangeInclusive, str::FromStr};

const PREFIX: &str = "whsec_";
/// Octets of a secret.
const LENGTHS: RangeInclusive<usize> = 24..=64;

/// The secret of an endpoint, `whsec_` and base64. It doesn't print.
#[derive(Clone)]
pub struct SigningSecret {
    octets: Vec<u8>,
    keyed: Hmac<Sha256>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret is whsec_ and base64 of 24 to 64 octets")]
pub struct InvalidSecret;

impl SigningSecret {
    /// A new one, of the operating system's random numbers.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut octets = [0; 32];
        getrandom::fill(&mut octets)?;
        // Every length is a key to HMAC (RFC 2104 §2).
        Self::of(octets.to_vec()).map_err(|_| getrandom::Error::UNEXPECTED)
    }

    /// As its owner and the database have it.
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", BASE64.encode(&self.octets))
    }

    fn of(octets: Vec<u8>) -> Result<Self, InvalidSecret> {
        if !LENGTHS.contains(&octets.len()) {
            return Err(InvalidSecret);
        }
        let keyed = Hmac::new_from_slice(&octets).map_err(|_| InvalidSecret)?;
        Ok(Self { octets, keyed })
    }

    /// `v1,BASE64` of `id.timestamp.body`; the timestamp in seconds.
    pub(super) fn sign(&self, id: &MessageId, timestamp: i64, body: &[u8]) -> String {
        let mac = self.keyed.clone().chain_update(format!("{id}.{timestamp}.")).chain_update(body);
        format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
    }
}

impl FromStr for SigningSecret {
    type Err = InvalidSecret;

    fn from_str(text: &str) -> Result<Self, InvalidSecret> {
        let text = text.strip_prefix(PREFIX).ok_or(InvalidSecret)?;
        Self::of(BASE64.decode(text).map_err(|_| InvalidSecret)?)
    }
}

impl PartialEq for SigningSecret {
    fn eq(&self, other: &Self) -> bool {
        self.octets == other.octets
    }
}

impl Eq for SigningSecret {}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers: the first is of the specification's reference libraries.
    #[test]
    fn signatures_are_those_of_the_specification() {
        for (secret, id, timestamp, body, signature) in [
            (
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                r#"{"test": 2432232314}"#,
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
            (
                "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=",
                "msg_0001",
                1_614_145_368,
                r#"{"type":"alert.device_offline","timestamp":"2021-02-24T13:42:48+08:00","data":{"msisdn":"886400010123456"}}"#,
                "v1,rI/m6054Q/iA8TEcgFLr0Vxj6VLj5APgdncz0fC8b10=",
            ),
        ] {
            let secret: SigningSecret = secret.parse().unwrap();
            let id = MessageId::try_from(id.to_owned()).unwrap();
            assert_eq!(secret.sign(&id, timestamp, body.as_bytes()), signature);
        }
    }

    #[test]
    fn secrets_are_read_back_and_don_t_print() {
        let secret = SigningSecret::random().unwrap();
        assert_eq!(secret.expose().parse(), Ok(secret.clone()));
        assert_eq!(format!("{secret:?}"), "SigningSecret(…)");
        for bad in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AQID", "whsec_!", "whsk_AQID"] {
            assert_eq!(bad.parse::<SigningSecret>(), Err(InvalidSecret), "{bad}");
        }
        let of = |octets: usize| format!("whsec_{}", BASE64.encode(vec![7; octets])).parse::<SigningSecret>();
        assert!(of(23).is_err() && of(24).is_ok() && of(64).is_ok() && of(65).is_err());
    }
}
