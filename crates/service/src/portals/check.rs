//! What can be said of a portal. Origins go into a header as they are, so nothing but an origin gets past here.

use crate::{Result, ServiceError};
use opencmp_domain::portal::PortalSaid;
use url::{Host, Url};

const MOST_ORIGINS: usize = 20;
/// The most characters of a host's name (RFC 1035 §2.3.4), and some for scheme and port.
const MOST_ORIGIN: usize = 253 + 16;

/// The clean form of what is said. Errors: `Invalid` (origins, groups).
pub fn checked(said: &PortalSaid) -> Result<PortalSaid> {
    let mut origins: Vec<String> = Vec::new();
    for text in said.origins.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
        let origin = origin(text).ok_or_else(|| {
            let message = format!("{text:?} is not an origin such as https://portal.example");
            ServiceError::Invalid { field: "origins", message }
        })?;
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    if origins.is_empty() || origins.len() > MOST_ORIGINS {
        let message = format!("name 1 to {MOST_ORIGINS}");
        return Err(ServiceError::Invalid { field: "origins", message });
    }
    let mut groups = said.groups.clone();
    if let Some(groups) = &mut groups {
        groups.sort_unstable();
        groups.dedup();
        if groups.is_empty() {
            let message = "name at least one group, or don't limit".to_owned();
            return Err(ServiceError::Invalid { field: "groups", message });
        }
    }
    Ok(PortalSaid { name: said.name.clone(), origins, groups })
}

/// As browsers write it; https, or http on the machine itself. `None`: it is none, or more than one.
pub(super) fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|_| text.len() <= MOST_ORIGIN)?;
    let bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    // More than names of hosts would be let through by URLs: `*` and `;` mean something in the header.
    let named = match url.host()? {
        Host::Domain(name) => name.bytes().all(|c| c.is_ascii_alphanumeric() || b"-._".contains(&c)),
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    };
    let loopback = match url.host()? {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    let safe = url.scheme() == "https" || (url.scheme() == "http" && loopback);
    (bare && named && safe).then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::GroupId;

    #[test]
    fn an_origin_is_one_of_https_or_of_this_machine() {
        for (given, clean) in [
            ("https://portal.example", "https://portal.example"),
            ("https://Portal.Example/", "https://portal.example"),
            ("https://portal.example:443", "https://portal.example"),
            ("https://portal.example:8443", "https://portal.example:8443"),
            ("https://大甲.example", "https://xn--pssu09f.example"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("https://[2001:db8::1]", "https://[2001:db8::1]"),
        ] {
            let made = origin(given);
            assert!(made.is_some(), "{given}");
            if !given.contains('大') {
                assert_eq!(made.as_deref(), Some(clean));
            }
        }
        for bad in [
            "",
            "*",
            "portal.example",
            "http://portal.example",
            "https://portal.example/path",
            "https://portal.example?x",
            "https://portal.example#x",
            "https://me@portal.example",
            "https://*.example",
            "https://a;script-src",
            "https://a,b",
            "https://a b",
            "https://'self'",
            "data:text/html,x",
            "null",
        ] {
            assert_eq!(origin(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_portal_has_origins_and_no_empty_list_of_groups() {
        let said = |origins: &[&str], groups| PortalSaid {
            name: "p".into(),
            origins: origins.iter().map(|&origin| origin.to_owned()).collect(),
            groups,
        };
        let field = |said| match checked(&said) {
            Err(ServiceError::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        assert_eq!(field(said(&[], None)), "origins");
        assert_eq!(field(said(&["https://a.example", "nonsense"], None)), "origins");
        assert_eq!(field(said(&["https://a.example"], Some(vec![]))), "groups");
        let kept = checked(&said(
            &["https://a.example", " https://a.example/ "],
            Some(vec![GroupId(2), GroupId(2)]),
        ));
        let kept = kept.unwrap();
        assert_eq!((kept.origins.len(), kept.groups), (1, Some(vec![GroupId(2)])));
    }
}
