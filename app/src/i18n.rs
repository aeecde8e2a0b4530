//! The words of the interface, in Traditional Chinese and English.
//!
//! Each area of the interface has its table in a file of its own. An entry gives both languages at once, so neither can
//! lack one, and a misspelt key doesn't compile. Words with holes take text: numbers and times are formatted first, by
//! [`crate::format`].
//!
//! The language is fixed while a page lives; switching it loads the same address again.

pub mod actions;
pub mod alert;
pub mod alerts;
pub mod backtest;
pub mod bulk;
pub mod cells;
pub mod dashboard;
pub mod deliveries;
pub mod embed;
pub mod groups;
pub mod manage;
pub mod messages;
pub mod operator;
pub mod people;
pub mod portals;
pub mod providers;
pub mod shell;
pub mod sim;
pub mod sims;
pub mod state;
pub mod stock;
pub mod usage;
pub mod why;

use crate::prefs::Prefs;
use leptos::prelude::*;
pub use opencmp_domain::Lang;

/// All words in one language. Those of pages that are parts of their own in the browser (`crate::parts`) are functions, so
/// that the words come with the part.
pub struct Texts {
    pub lang: Lang,
    pub shell: &'static shell::Texts,
    pub state: &'static state::Texts,
    pub sims: &'static sims::Texts,
}

static ZH: Texts = Texts { lang: Lang::ZhTw, shell: &shell::ZH, state: &state::ZH, sims: &sims::ZH };

static EN: Texts = Texts { lang: Lang::En, shell: &shell::EN, state: &state::EN, sims: &sims::EN };

macro_rules! words_of_parts {
    ($($area:ident)*) => {
        impl Texts {
            $(pub fn $area(&self) -> &'static $area::Texts {
                match self.lang {
                    Lang::ZhTw => &$area::ZH,
                    Lang::En => &$area::EN,
                }
            })*
        }
    };
}
words_of_parts! { dashboard sim usage operator people manage groups bulk cells stock providers portals embed actions alert alerts backtest deliveries messages why }

pub fn texts_in(lang: Lang) -> &'static Texts {
    match lang {
        Lang::ZhTw => &ZH,
        Lang::En => &EN,
    }
}

/// The words of this page's language. Called where a component begins; the reference may be moved anywhere.
pub fn use_texts() -> &'static Texts {
    texts_in(use_context::<Prefs>().map(|prefs| prefs.lang).unwrap_or_default())
}

/// A table of words: `key: "中文", "English";`, with holes `key(name): "…{name}…", "…{name}…";` — then the key is a
/// function of texts, called as `(t.area.key)(&name)`.
macro_rules! texts {
    ($($key:ident $(($($hole:ident),+))?: $zh:literal, $en:literal;)*) => {
        pub struct Texts {
            $(pub $key: $crate::i18n::texts!(@type $($($hole)+)?),)*
        }
        pub static ZH: Texts = Texts {
            $($key: $crate::i18n::texts!(@value $zh $($($hole)+)?),)*
        };
        pub static EN: Texts = Texts {
            $($key: $crate::i18n::texts!(@value $en $($($hole)+)?),)*
        };
    };
    (@type) => { &'static str };
    (@type $($hole:ident)+) => { fn($($crate::i18n::texts!(@text $hole)),+) -> String };
    (@text $hole:ident) => { &str };
    (@value $text:literal) => { $text };
    (@value $text:literal $($hole:ident)+) => { |$($hole: &str),+| format!($text) };
}
pub(crate) use texts;
