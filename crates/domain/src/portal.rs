//! Portals: other people's pages that show some of ours in a frame.

use crate::ids::{GroupId, PortalId, SimId, TenantId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What is said of a portal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortalSaid {
    pub name: String,
    /// Whose pages may frame ours, as browsers write it: `https://portal.example`, `https://portal.example:8443`.
    pub origins: Vec<String>,
    /// What its frames may show at most. `None`: every group of the tenant.
    pub groups: Option<Vec<GroupId>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Portal {
    pub id: PortalId,
    pub tenant: TenantId,
    pub said: PortalSaid,
    pub created_at: Timestamp,
}

/// Why a frame can't be opened, or why it closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FrameRefusal {
    /// Not a token of ours for this portal.
    Invalid,
    Expired,
    /// Each token is good once.
    Used,
    /// The portal was removed, or no longer has this origin.
    Withdrawn,
}

impl FrameRefusal {
    pub const ALL: [Self; 4] = [Self::Invalid, Self::Expired, Self::Used, Self::Withdrawn];

    pub fn code(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Expired => "expired",
            Self::Used => "used",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A page that a frame can begin with, and its query: `/sims?state=active`, `/sims/7?tab=usage`, `/usage`, `/alerts`. Other
/// pages aren't shown in frames.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FramePage(String);

impl FramePage {
    /// The most characters of one.
    const MOST: usize = 2_000;

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whose page it is, where it is that of one SIM.
    pub fn sim(&self) -> Option<SimId> {
        self.0.split('?').next()?.strip_prefix("/sims/")?.parse().ok()
    }

    /// Where it is within a frame.
    pub fn framed(&self) -> String {
        format!("{FRAME_ROOT}{}", self.0)
    }
}

/// What pages in frames lie below.
pub const FRAME_ROOT: &str = "/embed";

impl TryFrom<String> for FramePage {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let path = text.split('?').next().unwrap_or_default();
        let of_sim = |path: &str| {
            let id = path.strip_prefix("/sims/")?;
            (id.len() <= 18 && !id.is_empty() && id.bytes().all(|octet| octet.is_ascii_digit())).then_some(())
        };
        let known = matches!(path, "/sims" | "/usage" | "/alerts") || of_sim(path).is_some();
        // What isn't a visible ASCII character is escaped in an address; a fragment would be another's.
        let plain = text.bytes().all(|octet| octet.is_ascii_graphic() && !b"#\"<>\\^`{|}".contains(&octet));
        if known && plain && text.len() <= Self::MOST {
            return Ok(Self(text));
        }
        Err("is /sims, /sims/ID, /usage or /alerts, with an escaped query if need be".to_owned())
    }
}

impl From<FramePage> for String {
    fn from(page: FramePage) -> Self {
        page.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_few_pages_are_shown_in_frames() {
        for good in [
            "/sims",
            "/sims?state=active&q=%E5%8C%97",
            "/sims/7",
            "/sims/7?tab=usage",
            "/usage?group=3",
            "/alerts",
        ] {
            let page = FramePage::try_from(good.to_owned()).unwrap();
            assert_eq!(page.framed(), format!("/embed{good}"));
            assert_eq!(page.sim(), good.starts_with("/sims/7").then_some(SimId(7)));
        }
        for bad in [
            "",
            "/",
            "sims",
            "/sims/",
            "/sims/x",
            "/sims/7/x",
            "/sims/-7",
            "/people",
            "/sims#x",
            "/sims?q=北",
            "//evil",
            "/sims?a b",
            "/sims/9999999999999999999",
            "/simsx",
            "/alerts/rules",
            "/alerts/7",
        ] {
            assert!(FramePage::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
