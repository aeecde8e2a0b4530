//! Messages that leave: what they look like, and the words of a test.

use crate::i18n::texts_in;
use opencmp_domain::{
    Timestamp,
    alert::{
        channel::{Channel, ChannelKind},
        delivery::Content,
    },
};
use serde_json::{Value, json};

/// Characters of a short message: three parts in Chinese.
pub const MOST_SMS: usize = 200;

/// A test of a channel, of the tenant with this name: its subject, and what it says.
pub fn test(channel: &Channel, tenant: &str, now: Timestamp) -> (String, Content) {
    let t = texts_in(channel.said.to.lang()).messages();
    let (subject, text) = (t.test.to_owned(), (t.test_text)(tenant));
    let said = Plain {
        sms: format!("{subject} {text}"),
        event: "channel.test",
        data: json!({ "channel": channel.said.name, "tenant": tenant, "message": text }),
        text,
    };
    let content = said.content(channel.said.to.kind(), &subject, now);
    (subject, content)
}

/// A message of one paragraph, by each kind of channel.
pub struct Plain {
    pub text: String,
    pub sms: String,
    pub event: &'static str,
    pub data: Value,
}

impl Plain {
    pub fn content(self, kind: ChannelKind, subject: &str, now: Timestamp) -> Content {
        match kind {
            ChannelKind::Email => {
                let html = page(&format!("<p>{}</p>", escaped(&self.text)));
                Content::Mail { subject: subject.to_owned(), text: self.text, html }
            }
            ChannelKind::Sms => Content::Sms { text: cut(&self.sms, MOST_SMS) },
            ChannelKind::Http => {
                Content::Hook { event: self.event.to_owned(), at: now, data: self.data.to_string() }
            }
        }
    }
}

pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A mail's page: what every mail program shows.
pub fn page(body: &str) -> String {
    format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><style>\
         body{{font:15px/1.5 sans-serif;color:#1d2530;margin:24px;max-width:640px}}\
         h2{{font-size:17px;margin:24px 0 8px}}table{{border-collapse:collapse}}\
         th{{text-align:left;font-weight:400;color:#5a6675;padding:3px 16px 3px 0;vertical-align:top;white-space:nowrap}}\
         td{{padding:3px 0}}.end{{color:#5a6675;font-size:13px}}\
         </style></head><body>{body}</body></html>"
    )
}
