//! E-mail, to one relay.
//!
//! - [`message`]: what is written, RFC 5322 and MIME.
//! - [`relay`]: how it is handed over, RFC 5321. [`stream`]: on what.
//! - Here: configuration, and connections that are kept for the next message.
//!
//! A connection is kept only after a message went through to the end. An attempt that is dropped half-way takes its
//! connection along, so that no answer is ever taken for another's.

mod message;
mod relay;
mod stream;

use crate::{
    TlsError, dial,
    outcome::{Detail, Outcome},
    outgoing::{Login, Mail, Outgoing},
};
use lettre::{message::Mailbox, transport::smtp::client::AsyncSmtpConnection};
use opencmp_domain::{Timestamp, delivery::Failure};
use parking_lot::Mutex;
use relay::Relay;
use std::{net::IpAddr, time::Duration};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};

/// Relays close what is idle, after minutes as a rule.
const KEPT: Duration = Duration::from_secs(30);

#[derive(Clone, Debug)]
pub struct MailConfig {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    pub login: Option<Login>,
    /// `OpenCMP <alerts@example.com>`
    pub from: String,
    /// What we call ourselves in EHLO; left out: the domain of `from`.
    pub hello: Option<String>,
    /// Certificates in PEM to trust beside the public ones.
    pub roots: Option<String>,
    /// At once.
    pub connections: usize,
    /// One attempt, from looking up the name to the relay's last word.
    pub whole: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    /// From the first octet, port 465 as a rule.
    Tls,
    /// STARTTLS, or nothing is sent; port 587 as a rule.
    StartTls,
    /// A relay on this machine.
    Plain,
}

#[derive(Debug, thiserror::Error)]
pub enum MailConfigError {
    #[error("without TLS only a relay on this machine can be used, not {0}")]
    Plain(String),
    #[error("{0:?} can't be what mail is from")]
    From(String, #[source] lettre::address::AddressError),
    #[error("{0:?} is no name to introduce ourselves by")]
    Hello(String),
    #[error("the relay's certificate")]
    Tls(#[from] TlsError),
}

pub struct Mailer {
    from: Mailbox,
    relay: Relay,
    room: Semaphore,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
    whole: Duration,
}

impl Mailer {
    pub fn new(config: MailConfig) -> Result<Self, MailConfigError> {
        let from = message::from(&config.from)?;
        let local =
            config.host == "localhost" || config.host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        if config.security == MailSecurity::Plain && !local {
            return Err(MailConfigError::Plain(config.host));
        }
        let hello = config.hello.unwrap_or_else(|| from.email.domain().to_owned());
        if hello.is_empty() || !hello.bytes().all(|octet| octet.is_ascii_graphic()) {
            return Err(MailConfigError::Hello(hello));
        }
        let tls = dial::tls(config.roots.as_deref())?;
        let relay = Relay {
            host: config.host,
            port: config.port,
            security: config.security,
            tls,
            login: config.login,
            hello,
        };
        Ok(Self {
            from,
            relay,
            room: Semaphore::new(config.connections.max(1)),
            idle: Mutex::default(),
            whole: config.whole,
        })
    }

    /// One attempt, at `now`. The same id gives the same Message-ID, so that two copies are known for one.
    pub async fn send(&self, outgoing: &Outgoing, mail: &Mail, now: Timestamp) -> Outcome {
        let message = match message::written(&self.from, &outgoing.id, mail, now) {
            Ok(message) => message,
            Err(why) => return Outcome::Refused { why },
        };
        match timeout(self.whole, self.hand_over(&message)).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::again(Failure::Timeout, format!("{:?}", self.whole)),
        }
    }

    async fn hand_over(&self, message: &lettre::Message) -> Outcome {
        let Ok(_room) = self.room.acquire().await else {
            return Outcome::again(Failure::NotConfigured, "");
        };
        let mut connection = match self.connection().await {
            Ok(connection) => connection,
            Err(why) => return Outcome::Again { why, not_before: None },
        };
        match relay::hand_over(&mut connection, message).await {
            Ok(answer) => {
                self.idle.lock().push((connection, Instant::now()));
                Outcome::Delivered { answer: Detail::new(answer) }
            }
            Err(outcome) => outcome,
        }
    }

    /// One that was kept and still answers, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, crate::Why> {
        while let Some((mut connection, since)) = self.take_idle() {
            if since.elapsed() < KEPT && connection.test_connected().await {
                return Ok(connection);
            }
        }
        self.relay.connect().await
    }

    fn take_idle(&self) -> Option<(AsyncSmtpConnection, Instant)> {
        self.idle.lock().pop()
    }
}
