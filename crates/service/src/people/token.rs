//! What a browser, or a link in a message, proves itself with: 256 random bits, of which only a hash is kept.

use crate::{Result, ServiceError};
use opencmp_store::sha256_hex;
use std::fmt::Write;

/// It doesn't print.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    pub fn random() -> Result<Self> {
        let mut octets = [0; 32];
        getrandom::fill(&mut octets).map_err(|error| {
            tracing::error!(%error, "the system gives no random numbers");
            ServiceError::Unavailable
        })?;
        Ok(Self(hex(&octets)))
    }

    /// As it came from outside; `None` if it can't be one.
    pub fn parse(text: &str) -> Option<Self> {
        let shaped = text.len() == 64 && text.bytes().all(|octet| octet.is_ascii_hexdigit());
        shaped.then(|| Self(text.to_ascii_lowercase()))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    /// SHA-256, hex. Nothing slower is needed: there is nothing to guess.
    pub fn hash(&self) -> String {
        sha256_hex(&self.0)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Takes as long wherever they differ: hashes are compared.
pub fn same_secret(one: &str, other: &str) -> bool {
    sha256_hex(one) == sha256_hex(other)
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::with_capacity(64), |mut hex, octet| {
        let _ = write!(hex, "{octet:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_does_not_print() {
        let token = Token::random().unwrap();
        assert_eq!(Token::parse(token.expose()), Some(token.clone()));
        assert_ne!(Token::random().unwrap(), token);
        assert!(!format!("{token:?}").contains(token.expose()));
        for text in ["", "a", &"g".repeat(64), &"a".repeat(65)] {
            assert_eq!(Token::parse(text), None);
        }
    }
}
