//! Language, appearance and time zone of whoever is looking.
//!
//! They are cookies; in a portal's frame, where cookies are the platform's own matter, the portal says them. The server reads them, renders the page by them and writes what it decided into the attributes of
//! `<html>`; the browser reads them from there. So both sides always agree, and nothing flashes.

use crate::{dom, i18n::Lang};
use opencmp_domain::{
    Timestamp, Tz,
    time::{DEFAULT_ZONE, offered_zone},
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
    /// As the operating system is set.
    #[default]
    Auto,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    pub fn code(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Auto => "auto",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.code() == text)
    }
}

/// Fixed while a page lives, but for the theme, which the browser changes in place.
#[derive(Clone, Debug, PartialEq)]
pub struct Prefs {
    pub lang: Lang,
    pub theme: Theme,
    pub zone: Tz,
    /// Columns of the SIM list as last chosen, in the form of its URL; empty for the brochure's.
    pub columns: String,
    /// When the server rendered the page.
    pub rendered_at: Timestamp,
}

impl Prefs {
    /// What the server decides for a request: cookies, then the tenant's own zone, then the defaults.
    #[cfg(feature = "ssr")]
    pub fn of_request() -> Self {
        if let Some(framed) = crate::request::framed() {
            let zone = crate::request::tenant_zone().or(framed.zone);
            return Self {
                lang: framed.lang,
                theme: framed.theme,
                zone: zone.unwrap_or(DEFAULT_ZONE),
                columns: String::new(),
                rendered_at: chrono::Utc::now().into(),
            };
        }
        let cookies = crate::request::Cookies::of_request();
        let zone = cookies.get("tz").and_then(offered_zone).or_else(crate::request::tenant_zone);
        Self {
            lang: crate::request::lang_of_request(),
            theme: cookies.get("theme").and_then(Theme::parse).unwrap_or_default(),
            zone: zone.unwrap_or(DEFAULT_ZONE),
            columns: cookies.get("cols").unwrap_or_default().to_owned(),
            rendered_at: chrono::Utc::now().into(),
        }
    }

    /// What the server decided for this page.
    pub fn of_page() -> Self {
        Self {
            lang: dom::page_attribute("data-lang").and_then(|v| Lang::parse(&v)).unwrap_or_default(),
            theme: dom::page_attribute("data-theme").and_then(|v| Theme::parse(&v)).unwrap_or_default(),
            zone: dom::page_attribute("data-tz").and_then(|v| offered_zone(&v)).unwrap_or(DEFAULT_ZONE),
            columns: dom::page_attribute("data-cols").unwrap_or_default(),
            rendered_at: dom::page_attribute("data-now")
                .and_then(|v| v.parse().ok())
                .map_or_else(dom::browser_now, Timestamp),
        }
    }

    pub fn current() -> Self {
        #[cfg(feature = "ssr")]
        return Self::of_request();
        #[cfg(not(feature = "ssr"))]
        Self::of_page()
    }
}
