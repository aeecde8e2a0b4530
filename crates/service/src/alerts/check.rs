//! What can be said of a rule or a channel. What is wrong is named by its field.

use crate::{Result, ServiceError};
use opencmp_domain::{
    alert::{
        channel::{ChannelSaid, MOST_RECIPIENTS, Recipient},
        rule::{RuleField, RuleSaid},
    },
    time::offered_zone,
};
use url::{Host, Url};

const MOST_URL: usize = 2_000;
/// RFC 5321 §4.5.3.1.3
const MOST_ADDRESS: usize = 254;

/// Errors: `Invalid`, with the field as [`RuleField::as_str`] names it.
pub fn rule_checked(said: &RuleSaid) -> Result<()> {
    let wrong = |field: RuleField| {
        let message = match field {
            RuleField::Name => "1 to 100 characters, in one line",
            RuleField::Target => "name at least one group or tag",
            RuleField::Condition => "ask for something",
            RuleField::DailyOver => "more than nothing",
            RuleField::Percents => "1 to 10 shares from 1 to 1,000 %, rising",
            RuleField::Allowance => "more than nothing",
            RuleField::AfterMinutes => "1 minute to 90 days",
            RuleField::Listed => "8 to 15 digits each",
            RuleField::SharedBy => "2 SIMs at least",
            RuleField::TimesUsual => "2 to 1,000 times",
            RuleField::Rearm => "a day at most",
            RuleField::Channels => "fewer channels",
            RuleField::DaysBefore => "ten falling numbers of days at most, from 1 to 365",
            RuleField::Digest => "1 to 24 hours",
            RuleField::Actions => {
                "a tag of 1 to 50 characters, a note of 1000 at most, a change that can be undone"
            }
        };
        ServiceError::Invalid { field: field.as_str(), message: message.to_owned() }
    };
    said.check().map_err(wrong)?;
    zone_checked(said.notify.window.zone().name())
}

/// The clean form of what is said. Errors: `Invalid` (addresses, numbers, url, zone).
pub fn channel_checked(said: &ChannelSaid) -> Result<ChannelSaid> {
    let invalid = |field, message: String| Err(ServiceError::Invalid { field, message });
    let counted = |many: usize| (1..=MOST_RECIPIENTS).contains(&many);
    let to = match &said.to {
        Recipient::Email { addresses, lang } => {
            let trimmed =
                addresses.iter().map(|address| address.trim()).filter(|address| !address.is_empty());
            let mut addresses: Vec<String> = trimmed.map(str::to_owned).collect();
            addresses.dedup();
            if let Some(bad) = addresses.iter().find(|address| !is_address(address)) {
                return invalid("addresses", format!("{bad:?} is not an address such as name@example.com"));
            }
            if !counted(addresses.len()) {
                return invalid("addresses", format!("name 1 to {MOST_RECIPIENTS}"));
            }
            Recipient::Email { addresses, lang: *lang }
        }
        Recipient::Sms { numbers, lang } => {
            let mut numbers = numbers.clone();
            numbers.dedup();
            if !counted(numbers.len()) {
                return invalid("numbers", format!("name 1 to {MOST_RECIPIENTS}"));
            }
            Recipient::Sms { numbers, lang: *lang }
        }
        Recipient::Http { url } => match endpoint(url.trim()) {
            Some(url) => Recipient::Http { url },
            None => {
                let message = "an https address without a name or password in it; http on this machine only";
                return invalid("url", message.to_owned());
            }
        },
    };
    if let Some(window) = &said.window {
        zone_checked(window.zone().name())?;
    }
    Ok(ChannelSaid { to, ..said.clone() })
}

/// Browsers know only these.
pub(super) fn zone_checked(name: &str) -> Result<()> {
    match offered_zone(name) {
        Some(_) => Ok(()),
        None => {
            let message = format!("{name:?} is not one of the time zones that are offered");
            Err(ServiceError::Invalid { field: "zone", message })
        }
    }
}

/// What may be meant as an address; whether it is one, its own server knows.
fn is_address(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>,;:\"()[]\\".contains(c);
    let named = |(local, domain): (&str, &str)| {
        !local.is_empty() && !local.contains('@') && domain.contains('.') && !domain.starts_with('.')
    };
    text.len() <= MOST_ADDRESS && !text.contains(odd) && text.rsplit_once('@').is_some_and(named)
}

/// `None`: not https (http on the machine itself), or something secret is in it that would be shown and logged.
fn endpoint(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|_| text.len() <= MOST_URL)?;
    let loopback = match url.host()? {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let safe = url.scheme() == "https" || (url.scheme() == "http" && loopback);
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (safe && bare).then(|| url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::Lang;

    fn channel(to: Recipient) -> ChannelSaid {
        ChannelSaid { name: "c".into(), to, person: None, window: None, enabled: true }
    }

    fn field(to: Recipient) -> Option<&'static str> {
        match channel_checked(&channel(to)) {
            Err(ServiceError::Invalid { field, .. }) => Some(field),
            _ => None,
        }
    }

    #[test]
    fn an_endpoint_is_of_https_or_of_this_machine() {
        for (given, clean) in [
            (" https://Hooks.example/cmp?x=1 ", "https://hooks.example/cmp?x=1"),
            ("https://hooks.example", "https://hooks.example/"),
            ("http://127.0.0.1:9000/a", "http://127.0.0.1:9000/a"),
            ("http://[::1]:9000/a", "http://[::1]:9000/a"),
            ("http://localhost/a", "http://localhost/a"),
        ] {
            let kept = channel_checked(&channel(Recipient::Http { url: given.into() })).unwrap();
            assert_eq!(kept.to, Recipient::Http { url: clean.into() });
        }
        for bad in [
            "",
            "hooks.example",
            "http://hooks.example/a",
            "http://127.0.0.1.example/a",
            "https://me:secret@hooks.example/a",
            "https://me@hooks.example/a",
            "https://hooks.example/a#part",
            "ftp://hooks.example/a",
            "data:text/plain,x",
        ] {
            assert_eq!(field(Recipient::Http { url: bad.into() }), Some("url"), "{bad}");
        }
    }

    #[test]
    fn addresses_and_numbers_are_some_and_not_too_many() {
        let mail = |addresses: &[&str]| Recipient::Email {
            addresses: addresses.iter().map(|&address| address.to_owned()).collect(),
            lang: Lang::En,
        };
        let kept = channel_checked(&channel(mail(&[" ops@example.com", "ops@example.com", ""]))).unwrap();
        assert_eq!(kept.to, mail(&["ops@example.com"]));
        for bad in
            ["ops", "@example.com", "a@b", "a b@example.com", "a@example.com, b@example.com", "a@@x.y\n"]
        {
            assert_eq!(field(mail(&[bad])), Some("addresses"), "{bad}");
        }
        assert_eq!(field(mail(&[])), Some("addresses"));
        assert_eq!(field(Recipient::Sms { numbers: vec![], lang: Lang::En }), Some("numbers"));
    }
}
