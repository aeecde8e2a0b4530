//! What has to be known of a message centre.

use super::receipt::IdForm;
use crate::{
    Login, TlsError,
    sms::{Concatenation, Unanswered},
};
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct SmppConfig {
    pub host: String,
    pub port: u16,
    pub tls: Option<SmppTls>,
    /// system_id and password: at most 15 and 8 characters.
    pub login: Login,
    /// At most 12 characters; usually none.
    pub system_type: String,
    pub source: Source,
    pub concatenation: Concatenation,
    /// The message centre's default alphabet is GSM's; otherwise everything goes as UCS-2.
    pub gsm7: bool,
    /// After this long the message centre gives up; left out: when it likes.
    pub validity: Option<Duration>,
    /// Ids as responses have them, and as receipts have them.
    pub response_ids: IdForm,
    pub receipt_ids: IdForm,
    pub unanswered: Unanswered,
    /// Parts a second; 0: as many as can be.
    pub per_second: u32,
    /// Parts that are sent and not answered, at most.
    pub window: u16,
    pub timing: Timing,
}

#[derive(Clone, Debug, Default)]
pub struct SmppTls {
    /// Certificates in PEM to trust beside the public ones.
    pub roots: Option<String>,
}

/// Who messages are from (SMPP 3.4 §5.2.5 and §5.2.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// 1 international, 5 alphanumeric, 0 unknown (short numbers).
    pub ton: u8,
    /// 1 E.164, 0 unknown.
    pub npi: u8,
    /// At most 20 characters.
    pub address: String,
}

#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Connecting, with TLS.
    pub connect: Duration,
    /// For an answer to anything.
    pub response: Duration,
    /// A silent link is asked whether it is there.
    pub enquire_every: Duration,
    /// Between attempts to connect: the first, doubled up to the last.
    pub reconnect: (Duration, Duration),
    /// How long a part waits for a link, for its turn, and for room in the window.
    pub patience: Duration,
    /// After this long no part of a message is begun. An attempt is over after this and once `response`.
    pub whole: Duration,
    /// How long nothing is sent after the message centre was asked too much.
    pub pause: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            response: Duration::from_secs(20),
            enquire_every: Duration::from_secs(30),
            reconnect: (Duration::from_secs(1), Duration::from_secs(60)),
            patience: Duration::from_secs(10),
            whole: Duration::from_secs(60),
            pause: Duration::from_secs(2),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SmppConfigError {
    #[error("{0} has more than {1} characters, or others than visible ASCII")]
    Text(&'static str, usize),
    #[error("the window is at least 1")]
    Window,
    #[error("the message centre's certificate")]
    Tls(#[from] TlsError),
    #[error("random numbers: {0}")]
    Random(getrandom::Error),
}

impl SmppConfig {
    pub(super) fn check(&self) -> Result<(), SmppConfigError> {
        for (name, text, most) in [
            ("the system id", self.login.name.as_str(), 15),
            ("the password", self.login.password.expose(), 8),
            ("the system type", &self.system_type, 12),
            ("the source address", &self.source.address, 20),
        ] {
            if text.len() > most || !text.bytes().all(|octet| (0x20..0x7f).contains(&octet)) {
                return Err(SmppConfigError::Text(name, most));
            }
        }
        if self.window == 0 {
            return Err(SmppConfigError::Window);
        }
        Ok(())
    }

    /// Relative, as §7.1.1 writes it: `YYMMDDhhmmss000R`; from a second to 99 days.
    pub(super) fn validity(&self) -> String {
        let Some(validity) = self.validity else { return String::new() };
        let secs = validity.as_secs().clamp(1, 99 * 86_400 - 1);
        let (days, hours, minutes) = (secs / 86_400, secs / 3_600 % 24, secs / 60 % 60);
        format!("0000{days:02}{hours:02}{minutes:02}{:02}000R", secs % 60)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Secret;

    pub fn config() -> SmppConfig {
        SmppConfig {
            host: "localhost".to_owned(),
            port: 2775,
            tls: None,
            login: Login { name: "cmp".to_owned(), password: Secret::new("password") },
            system_type: String::new(),
            source: Source { ton: 5, npi: 0, address: "OpenCMP".to_owned() },
            concatenation: Concatenation::Udh8,
            gsm7: true,
            validity: None,
            response_ids: IdForm::Text,
            receipt_ids: IdForm::Text,
            unanswered: Unanswered::Leave,
            per_second: 0,
            window: 10,
            timing: Timing::default(),
        }
    }

    #[test]
    fn what_doesn_t_fit_a_packet_is_refused() {
        assert!(config().check().is_ok());
        let mut long = config();
        long.login.password = Secret::new("password9");
        assert!(long.check().is_err());
        let mut chinese = config();
        chinese.source.address = "平台".to_owned();
        assert!(chinese.check().is_err());
        let shut = SmppConfig { window: 0, ..config() };
        assert!(shut.check().is_err());
        assert!(!format!("{:?}", config()).contains("\"password\""), "secrets don't print");
    }

    #[test]
    fn validity_is_relative() {
        for (secs, written) in
            [(3_600, "000000010000000R"), (86_400 + 61, "000001000101000R"), (0, "000000000001000R")]
        {
            let validity = Some(Duration::from_secs(secs));
            assert_eq!(SmppConfig { validity, ..config() }.validity(), written);
        }
        assert_eq!(config().validity(), "");
    }
}
