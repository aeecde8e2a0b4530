//! Deliveries: an alert on its way to people and programs.

use serde::{Deserialize, Serialize};

macro_rules! failures {
    ($($(#[$doc:meta])* $name:ident = $code:literal),* $(,)?) => {
        /// Why an attempt to deliver came to nothing. The delivery log has it as a word of the reader's language, with what
        /// the peer said beside it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Failure {
            $($(#[$doc])* #[serde(rename = $code)] $name),*
        }

        impl Failure {
            pub const ALL: &[Self] = &[$(Self::$name),*];

            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code),*
                }
            }

            pub fn parse(code: &str) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

failures! {
    /// The installation doesn't have this channel.
    NotConfigured = "not_configured",
    /// The recipient's address, or the configuration's, can't be used as it is written.
    Address = "address",
    /// The address leads where this server doesn't connect to.
    Forbidden = "forbidden",
    /// More than the channel takes.
    TooLong = "too_long",
    /// Nobody knows the name.
    Resolve = "resolve",
    /// Nobody answers there.
    Connect = "connect",
    /// No trusted certificate, or no TLS at all.
    Tls = "tls",
    /// No answer in time.
    Timeout = "timeout",
    /// The connection ended early, or the peer speaks another protocol.
    Broken = "broken",
    /// The peer doesn't take our name and password.
    Credentials = "credentials",
    /// Too much at once, says the peer or our own limit.
    Throttled = "throttled",
    /// The peer can't at the moment.
    Busy = "busy",
    /// The peer takes this message or this recipient never.
    Rejected = "rejected",
    /// An HTTP status that isn't a success.
    Status = "status",
    /// The endpoint sends us elsewhere, where we don't go.
    Redirect = "redirect",
    /// The endpoint is gone and says so.
    Gone = "gone",
    /// It was sent and nothing came back: it may have arrived.
    Unanswered = "unanswered",
    /// Some parts of it were taken, the rest wasn't.
    Partly = "partly",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back() {
        for failure in Failure::ALL {
            assert_eq!(Failure::parse(failure.code()), Some(*failure));
            assert_eq!(serde_json::to_string(failure).unwrap(), format!("\"{}\"", failure.code()));
        }
        assert_eq!(Failure::parse("nothing"), None);
    }
}
