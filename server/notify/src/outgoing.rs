//! What is sent: one message, by one channel, to one recipient, already in words.

use crate::{Secret, webhook::SigningSecret};
use opencmp_domain::{Msisdn, Timestamp};
use std::fmt;
use url::Url;

#[derive(Clone, Debug)]
pub struct Outgoing {
    pub id: MessageId,
    pub event: EventType,
    /// When it happened, not when it is sent.
    pub at: Timestamp,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub enum Content {
    Mail(Mail),
    Sms(Sms),
    Hook(Hook),
}

#[derive(Clone, Debug)]
pub struct Mail {
    /// `name@example.com`. A domain of any script.
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

#[derive(Clone, Debug)]
pub struct Sms {
    pub to: Msisdn,
    pub text: String,
}

#[derive(Clone, Debug)]
pub struct Hook {
    pub url: Url,
    /// The one in use, and while it is replaced the one before too.
    pub secrets: Vec<SigningSecret>,
    pub data: serde_json::Value,
}

/// Names a message, the same at every attempt, so that who gets it twice knows. 1 to 64 of `A-Z a-z 0-9 _ -`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageId(String);

/// `alert.device_offline`: what happened. 1 to 64 of `A-Z a-z 0-9 _ .`
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventType(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is 1 to 64 of A-Z, a-z, 0-9, _ and {1}")]
pub struct InvalidName(String, char);

macro_rules! names {
    ($name:ident, $also:literal) => {
        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, InvalidName> {
                let known = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == $also;
                if (1..=64).contains(&text.len()) && text.chars().all(known) {
                    return Ok(Self(text));
                }
                Err(InvalidName(text, $also))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

names!(MessageId, '-');
names!(EventType, '.');

/// A name and password at a peer.
#[derive(Clone, Debug)]
pub struct Login {
    pub name: String,
    pub password: Secret,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_character_that_means_something_elsewhere() {
        for (text, id, event) in [
            ("msg_p5jXN8AQM9LWM0D4loKWxJek", true, true),
            ("0198c1f0-7a7b-7000-8000-000000000001", true, false),
            ("alert.device_offline", false, true),
            ("", false, false),
            ("a b", false, false),
            ("a\r\nb", false, false),
            ("<a@b>", false, false),
            ("警報", false, false),
        ] {
            assert_eq!(MessageId::try_from(text.to_owned()).is_ok(), id, "{text}");
            assert_eq!(EventType::try_from(text.to_owned()).is_ok(), event, "{text}");
        }
        assert!(MessageId::try_from("a".repeat(65)).is_err());
    }
}
