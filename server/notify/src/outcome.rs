//! What became of an attempt.

use opencmp_domain::delivery::Failure;
use std::{fmt, time::Duration};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The peer has it, and nothing more is heard of it.
    Delivered { answer: Detail },
    /// The peer has it and will say what became of it: a [`crate::sms::Receipt`] for each of these. It may be that there are
    /// none, where a message centre gives no ids.
    Accepted { ids: Vec<String> },
    /// Worth another attempt, but not sooner than this from now.
    Again { why: Why, not_before: Option<Duration> },
    /// The peer may have it. Another attempt may be a second message: it isn't made by itself.
    Uncertain { why: Why },
    /// Another attempt would end the same.
    Refused { why: Why },
    /// As [`Outcome::Refused`], and so would every other message: the endpoint is to be switched off.
    Gone { why: Why },
}

/// For the delivery log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    pub code: Failure,
    /// What the peer or the system said, in whatever language.
    pub detail: Detail,
}

impl Outcome {
    pub fn again(code: Failure, detail: impl fmt::Display) -> Self {
        Self::Again { why: Why::new(code, detail), not_before: None }
    }

    pub fn refused(code: Failure, detail: impl fmt::Display) -> Self {
        Self::Refused { why: Why::new(code, detail) }
    }

    pub fn why(&self) -> Option<&Why> {
        match self {
            Self::Delivered { .. } | Self::Accepted { .. } => None,
            Self::Again { why, .. }
            | Self::Uncertain { why }
            | Self::Refused { why }
            | Self::Gone { why } => Some(why),
        }
    }

    /// One word, for metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Delivered { .. } => "delivered",
            Self::Accepted { .. } => "accepted",
            Self::Again { .. } => "again",
            Self::Uncertain { .. } => "uncertain",
            Self::Refused { .. } => "refused",
            Self::Gone { .. } => "gone",
        }
    }
}

impl Why {
    pub fn new(code: Failure, detail: impl fmt::Display) -> Self {
        Self { code, detail: Detail::new(detail) }
    }
}

/// `throttled HTTP 429: slow down`: the code is the first word, for [`Failure::parse`].
impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.detail.as_str() {
            "" => f.write_str(self.code.code()),
            detail => write!(f, "{} {detail}", self.code.code()),
        }
    }
}

/// One line of at most [`Detail::MOST`] characters, without characters that change how the rest of the page looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail(String);

impl Detail {
    pub const MOST: usize = 300;

    pub fn new(said: impl fmt::Display) -> Self {
        Self(line(&said.to_string(), Self::MOST))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Controls and blanks become one blank, invisible characters of direction go, and what is too long ends in `…`.
pub(crate) fn line(text: &str, most: usize) -> String {
    let mut kept = String::new();
    let mut count = 0;
    let mut blank = false;
    for c in text.chars() {
        if c.is_control() || c.is_whitespace() {
            blank = count > 0;
            continue;
        }
        if matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        {
            continue;
        }
        if count + usize::from(blank) + 1 > most {
            kept.pop();
            kept.push('…');
            break;
        }
        if std::mem::take(&mut blank) {
            kept.push(' ');
            count += 1;
        }
        kept.push(c);
        count += 1;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn details_are_one_line() {
        assert_eq!(Detail::new("550 5.1.1\r\n no such\tuser \u{202e}x").as_str(), "550 5.1.1 no such user x");
        assert_eq!(line("abcdef", 3), "ab…");
        assert_eq!(line("abc", 3), "abc");
        assert_eq!(line(" \r\n", 3), "");
    }

    #[test]
    fn a_reason_is_a_code_and_what_was_said() {
        assert_eq!(Why::new(Failure::Throttled, "HTTP 429").to_string(), "throttled HTTP 429");
        assert_eq!(Why::new(Failure::Unanswered, "").to_string(), "unanswered");
    }

    proptest! {
        #[test]
        fn details_are_bounded(text in "\\PC*|[\\s\\S]{0,700}", most in 1..40usize) {
            let kept = line(&text, most);
            prop_assert!(kept.chars().count() <= most);
            prop_assert!(!kept.chars().any(char::is_control));
            prop_assert_eq!(line(&kept, most), kept.clone());
        }
    }
}
