//! A message as it is written: multipart/alternative in UTF-8, everything else in ASCII.

use crate::{
    email::MailConfigError,
    outcome::{Why, line},
    outgoing::{Mail, MessageId},
};
use lettre::{
    Address, Message,
    address::AddressError,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use opencmp_domain::{Timestamp, delivery::Failure};
use std::time::{Duration, UNIX_EPOCH};
use url::Host;

/// Characters of a subject.
const MOST_SUBJECT: usize = 200;
/// Octets of a body. What is longer belongs on a page that the mail links to.
const MOST_BODY: usize = 256 * 1024;

pub(super) fn from(written: &str) -> Result<Mailbox, MailConfigError> {
    let mailbox: Mailbox =
        written.parse().map_err(|error| MailConfigError::From(written.to_owned(), error))?;
    let email = address(mailbox.email.as_ref())
        .ok_or_else(|| MailConfigError::From(written.to_owned(), AddressError::InvalidDomain))?;
    Ok(Mailbox { name: mailbox.name, email })
}

pub(super) fn written(from: &Mailbox, id: &MessageId, mail: &Mail, now: Timestamp) -> Result<Message, Why> {
    let to = address(&mail.to).ok_or_else(|| Why::new(Failure::Address, &mail.to))?;
    let length = mail.text.len() + mail.html.len();
    if length > MOST_BODY {
        return Err(Why::new(Failure::TooLong, format!("{length} > {MOST_BODY}")));
    }
    let now = UNIX_EPOCH + Duration::from_secs(u64::try_from(now.secs()).unwrap_or_default());
    let mut message = Message::builder()
        .from(from.clone())
        .to(Mailbox { name: None, email: to })
        .date(now)
        .message_id(Some(format!("<{id}@{}>", from.email.domain())))
        .subject(line(&mail.subject, MOST_SUBJECT))
        .multipart(MultiPart::alternative_plain_html(lines(&mail.text), lines(&mail.html)))
        .map_err(|error| Why::new(Failure::Address, error))?;
    // RFC 3834 §5: no vacation message comes back.
    let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
    message.headers_mut().insert_raw(HeaderValue::new(automatic, "auto-generated".to_owned()));
    Ok(message)
}

/// The lines of a body as lettre takes them, to be ended by CRLF on their way. A carriage return alone would pass it by,
/// which RFC 5321 §2.3.8 forbids: a relay that took it for a line's end could be told where the message ends.
fn lines(text: &str) -> String {
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.retain(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    text
}

/// The domain in ASCII (RFC 5890), which every relay takes; what is before it as it is. No addresses in numbers.
fn address(written: &str) -> Option<Address> {
    let (local, domain) = written.trim().rsplit_once('@')?;
    let Host::Domain(domain) = Host::parse(domain).ok()? else { return None };
    Address::new(local, domain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written_as(to: &str, subject: &str, text: &str) -> Result<String, Why> {
        let from = from("OpenCMP 警報 <alerts@cmp.example>").unwrap();
        let id = MessageId::try_from("msg_0001".to_owned()).unwrap();
        let mail = Mail {
            to: to.to_owned(),
            subject: subject.to_owned(),
            text: text.to_owned(),
            html: format!("<p>{text}</p>"),
        };
        let message = written(&from, &id, &mail, Timestamp::from_secs(1_614_145_368))?;
        Ok(String::from_utf8(message.formatted()).unwrap())
    }

    fn head(message: &str) -> &str {
        message.split("\r\n\r\n").next().unwrap()
    }

    #[test]
    fn a_message_says_what_it_is() {
        let message = written_as("lin@example.com", "設備離線", "門號 0400010123456").unwrap();
        for line in [
            "To: lin@example.com",
            "Message-ID: <msg_0001@cmp.example>",
            "Auto-Submitted: auto-generated",
            "Date: Wed, 24 Feb 2021 05:42:48 +0000",
        ] {
            assert!(head(&message).lines().any(|has| has == line), "{line}: {message}");
        }
        assert!(head(&message).contains("multipart/alternative"), "{message}");
        assert!(message.is_ascii(), "every relay takes it");
    }

    #[test]
    fn addresses_of_every_script() {
        for (to, written) in [
            ("lin@例子.台灣", Some("lin@xn--fsqu00a.xn--kpry57d")),
            ("lin@EXAMPLE.com", Some("lin@example.com")),
            (" lin@example.com ", Some("lin@example.com")),
            ("lin", None),
            ("lin@", None),
            ("@example.com", None),
            ("lin@[127.0.0.1]", None),
            ("lin@127.0.0.1", None),
            ("lin@example.com\r\nBcc: all@example.com", None),
            ("lin@example.com>\r\nRCPT TO:<all@example.com", None),
            ("lin <lin@example.com>", None),
            ("a@b@example.com", None),
        ] {
            assert_eq!(address(to).map(|address| address.to_string()).as_deref(), written, "{to}");
        }
        assert_eq!(written_as("lin", "x", "x").unwrap_err().code, Failure::Address);
    }

    #[test]
    fn every_line_of_a_body_ends_by_crlf() {
        let message = written_as("lin@example.com", "x", "one\rtwo\r\nthree\nfour\r.\r\n\0five").unwrap();
        assert!(message.contains("\r\n\r\none\r\ntwo\r\nthree\r\nfour\r\n.\r\nfive\r\n"), "{message:?}");
    }

    proptest! {
        #[test]
        fn nothing_that_is_said_becomes_a_header(
            subject in "[\\s\\S]{0,300}|([a-z]{0,9}(\r\n|\n|\r)Bcc: x@example.com[\r\n]*){1,9}",
            text in "[\\s\\S]{0,200}|([a-z.]{0,9}(\r\n|\n|\r)){1,9}",
        ) {
            let plain = written_as("lin@example.com", "x", "x").unwrap();
            let message = written_as("lin@example.com", &subject, &text).unwrap();
            let names = |message: &str| -> Vec<String> {
                let lines = head(message).split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
                lines.map(|line| line.split(':').next().unwrap().to_owned()).collect()
            };
            prop_assert_eq!(names(&message), names(&plain));
            prop_assert!(!message.replace("\r\n", "").contains(['\r', '\n']));
        }
    }
}
