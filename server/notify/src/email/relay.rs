//! Handing a message to the relay, step by step, since the same code means something else at each.

use super::{
    MailSecurity,
    stream::{Secured, start_tls},
};
use crate::{
    dial::{dial, secure},
    outcome::{Outcome, Why},
    outgoing::Login,
};
use lettre::{
    Message,
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, AsyncTokioStream},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};
use opencmp_domain::delivery::Failure;
use std::sync::Arc;

pub(super) struct Relay {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    pub tls: Arc<rustls::ClientConfig>,
    pub login: Option<Login>,
    pub hello: String,
}

impl Relay {
    /// Ready for a message. What is wrong here is wrong with the relay or with us, never with the message.
    pub async fn connect(&self) -> Result<AsyncSmtpConnection, Why> {
        let stream = self.open().await?;
        let hello = ClientId::Domain(self.hello.clone());
        let connecting = AsyncSmtpConnection::connect_with_transport(stream, &hello);
        let mut connection = connecting.await.map_err(|error| unreachable(&error))?;
        if let Some(login) = &self.login {
            let credentials = Credentials::new(login.name.clone(), login.password.expose().to_owned());
            let answer = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await;
            answer.map_err(|error| refused_us(&error))?;
        }
        Ok(connection)
    }

    async fn open(&self) -> Result<Box<dyn AsyncTokioStream>, Why> {
        let stream = dial(&self.host, self.port).await?;
        Ok(match self.security {
            MailSecurity::Plain => Box::new(stream),
            MailSecurity::Tls => {
                Box::new(Secured::from_the_first_octet(secure(&self.tls, &self.host, stream).await?))
            }
            MailSecurity::StartTls => {
                let stream = start_tls(stream, &self.hello).await?;
                Box::new(Secured::after_starttls(secure(&self.tls, &self.host, stream).await?))
            }
        })
    }
}

/// The relay's last word. On an error the connection is of no more use.
pub(super) async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    message: &Message,
) -> Result<String, Outcome> {
    let (envelope, octets) = (message.envelope(), message.formatted());
    let mut options = Vec::new();
    if !envelope.to().iter().all(|to| AsRef::<str>::as_ref(to).is_ascii()) {
        // RFC 6531: without the extension, the address can't be said.
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Outcome::refused(Failure::Address, "SMTPUTF8"));
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    if !octets.is_ascii() {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let from = Mail::new(envelope.from().cloned(), options);
    connection.command(from).await.map_err(refused_message)?;
    for to in envelope.to() {
        connection.command(Rcpt::new(to.clone(), Vec::new())).await.map_err(refused_message)?;
    }
    connection.command(Data).await.map_err(refused_message)?;
    let answer = connection.message(&octets).await.map_err(refused_message)?;
    Ok(answer.message().collect::<Vec<_>>().join(" "))
}

/// 4yz is for now and 5yz for good (RFC 5321 §4.2.1), except where it is about us (530, RFC 4954 §6).
fn refused_message(error: Error) -> Outcome {
    match error.status().map(u16::from) {
        Some(530 | 534 | 535 | 538) => Outcome::Again { why: refused_us(&error), not_before: None },
        Some(_) if error.is_permanent() => Outcome::refused(Failure::Rejected, &error),
        _ => Outcome::Again { why: unreachable(&error), not_before: None },
    }
}

fn refused_us(error: &Error) -> Why {
    if error.is_permanent() || error.is_client() {
        return Why::new(Failure::Credentials, error);
    }
    unreachable(error)
}

fn unreachable(error: &Error) -> Why {
    let code = if error.status().is_some() { Failure::Busy } else { Failure::Broken };
    Why::new(code, error)
}
