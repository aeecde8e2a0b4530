//! Custom fields: what a tenant keeps of its SIMs beside what everybody does.

use crate::{ids::FieldId, state::coded};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The most fields of a tenant, the most choices of a field, the most characters of a value.
pub const MOST_FIELDS: usize = 30;
pub const MOST_CHOICES: usize = 50;
pub const MOST_VALUE: usize = 200;

coded! {
    FieldKind {
        Text = 0 "text",
        Number = 1 "number",
        Date = 2 "date",
        /// One of a few.
        Choice = 3 "choice",
    }
}

/// A field of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomField {
    pub id: FieldId,
    pub said: FieldSaid,
}

/// What is said of a field when it is added or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSaid {
    pub name: String,
    /// Stays what it was at the beginning: values were checked by it.
    pub kind: FieldKind,
    /// Of a choice.
    pub choices: Vec<String>,
    /// Asked for whenever a SIM is changed by hand or is new in a file.
    pub required: bool,
}

impl FieldSaid {
    /// The value in the form that is kept. The error says what would be right.
    pub fn value(&self, text: &str) -> Result<String, String> {
        let text = text.trim();
        if text.chars().any(char::is_control) {
            return Err("has control characters in it, such as a line break".to_owned());
        }
        if text.chars().count() > MOST_VALUE {
            return Err(format!("has more than {MOST_VALUE} characters"));
        }
        match self.kind {
            FieldKind::Text => Ok(text.to_owned()),
            FieldKind::Number if is_number(text) => Ok(text.to_owned()),
            FieldKind::Number => Err(format!("{text:?} is not a number such as 12 or -3.5")),
            FieldKind::Date => match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
                Ok(date) if text.len() == 10 => Ok(date.to_string()),
                _ => Err(format!("{text:?} is not a date such as 2026-11-23")),
            },
            FieldKind::Choice if self.choices.iter().any(|choice| choice == text) => Ok(text.to_owned()),
            FieldKind::Choice => Err(format!("{text:?} is not one of: {}", self.choices.join(", "))),
        }
    }
}

/// Digits, which may have a sign before them and a point among them.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let only_digits = |text: &str| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    only_digits(whole) && only_digits(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: FieldKind) -> FieldSaid {
        FieldSaid { name: "x".into(), kind, choices: vec!["東".into(), "西".into()], required: false }
    }

    #[test]
    fn a_value_is_of_its_kind() {
        for (kind, right, wrong) in [
            (FieldKind::Number, &["12", "-3.5", "+1", "007"][..], &["", "1e5", "1,000", ".5", "3.", "-"][..]),
            (FieldKind::Date, &["2026-11-23"], &["2026-11-31", "2026/11/23", "26-1-1", "2026-1-01"]),
            (FieldKind::Choice, &["東"], &["北", "東西"]),
            (FieldKind::Text, &["=1+1", "門牌 3"], &["a\nb"]),
        ] {
            for text in right {
                assert_eq!(field(kind).value(&format!(" {text} ")).as_deref(), Ok(*text), "{kind}");
            }
            for text in wrong {
                assert!(field(kind).value(text).is_err(), "{kind}: {text}");
            }
        }
        assert!(field(FieldKind::Text).value(&"長".repeat(MOST_VALUE + 1)).is_err());
    }
}
