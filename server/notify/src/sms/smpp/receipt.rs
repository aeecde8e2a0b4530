//! What a deliver_sm says became of a message (SMPP 3.4, appendix B and §5.3.2).

use super::pdu::{ShortMessage, parameter};
use crate::sms::{Receipt, ReceiptState};

/// How a message centre writes its ids. The one in a receipt may be hexadecimal where the one in the response was decimal, or
/// have other leading zeros.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IdForm {
    /// Compared to the letter.
    #[default]
    Text,
    Decimal,
    Hexadecimal,
}

impl IdForm {
    /// The same number has the same form here, however it was written. What isn't a number stays as it is.
    pub(super) fn canonical(self, id: &str) -> String {
        let id = id.trim();
        let number = match self {
            Self::Text => None,
            Self::Decimal => id.parse::<u128>().ok(),
            Self::Hexadecimal => u128::from_str_radix(id, 16).ok(),
        };
        number.map_or_else(|| id.to_owned(), |number| number.to_string())
    }
}

/// `None`: a message from a subscriber, or nothing that can be understood. Parameters are believed before text.
pub(super) fn read(message: &ShortMessage, ids: IdForm) -> Option<Receipt> {
    // §5.2.12: a receipt, or an intermediate notification.
    if !matches!(message.esm_class & 0x3c, 0x04 | 0x20) {
        return None;
    }
    let text = String::from_utf8_lossy(message.payload());
    let parameter = |tag| message.parameter(tag);
    let id = match parameter(parameter::RECEIPTED_MESSAGE_ID) {
        Some(id) => String::from_utf8_lossy(id).trim_end_matches('\0').to_owned(),
        None => field(&text, "id:")?.to_owned(),
    };
    let state = match parameter(parameter::MESSAGE_STATE).and_then(|state| state.first()) {
        Some(state) => by_number(*state),
        None => by_word(field(&text, "stat:")?),
    };
    let error = match parameter(parameter::NETWORK_ERROR) {
        Some([_network, high, low]) => Some(u16::from_be_bytes([*high, *low]).to_string()),
        _ => field(&text, "err:").map(str::to_owned),
    };
    let error = error.filter(|code| code.bytes().any(|octet| octet != b'0'));
    let id = ids.canonical(&id);
    (!id.is_empty() && id.len() <= 65).then_some(Receipt { id, state, error: error.map(short) })
}

fn short(code: String) -> String {
    crate::outcome::line(&code, 16)
}

/// What follows a name, up to the next blank. Names are written in either case.
fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    // What the message said comes last and may look like a name.
    let head = find(text, "text:").and_then(|end| text.get(..end)).unwrap_or(text);
    let from = head.get(find(head, name)? + name.len()..)?;
    from.split_ascii_whitespace().next()
}

/// At the beginning, or after a blank.
fn find(text: &str, name: &str) -> Option<usize> {
    let at =
        |place: usize| text.get(place..place + name.len()).is_some_and(|has| has.eq_ignore_ascii_case(name));
    let begins =
        |place: usize| place == 0 || text.as_bytes().get(place - 1).is_some_and(u8::is_ascii_whitespace);
    (0..text.len()).find(|place| begins(*place) && at(*place))
}

fn by_number(state: u8) -> ReceiptState {
    match state {
        1 => ReceiptState::EnRoute,
        2 => ReceiptState::Delivered,
        3 => ReceiptState::Expired,
        4 => ReceiptState::Deleted,
        5 => ReceiptState::Undeliverable,
        6 => ReceiptState::Accepted,
        8 => ReceiptState::Rejected,
        _ => ReceiptState::Unknown,
    }
}

fn by_word(word: &str) -> ReceiptState {
    match word.to_ascii_uppercase().as_str() {
        "ENROUTE" => ReceiptState::EnRoute,
        "DELIVRD" => ReceiptState::Delivered,
        "EXPIRED" => ReceiptState::Expired,
        "DELETED" => ReceiptState::Deleted,
        "UNDELIV" => ReceiptState::Undeliverable,
        "ACCEPTD" => ReceiptState::Accepted,
        "REJECTD" => ReceiptState::Rejected,
        _ => ReceiptState::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn receipt(text: &str) -> ShortMessage {
        ShortMessage { esm_class: 0x04, message: text.as_bytes().to_vec(), ..ShortMessage::default() }
    }

    fn said(id: &str, state: ReceiptState, error: Option<&str>) -> Option<Receipt> {
        Some(Receipt { id: id.to_owned(), state, error: error.map(str::to_owned) })
    }

    #[test]
    fn receipts_are_read_as_message_centres_write_them() {
        let head = "sub:001 dlvrd:001 submit date:2102241342 done date:2102241343";
        for (text, expected) in [
            (
                format!("id:0F3A {head} stat:DELIVRD err:000 text:hello"),
                said("0F3A", ReceiptState::Delivered, None),
            ),
            (
                format!("id:77 {head} stat:UNDELIV err:011 Text:"),
                said("77", ReceiptState::Undeliverable, Some("011")),
            ),
            ("ID:77 STAT:rejectd".to_owned(), said("77", ReceiptState::Rejected, None)),
            ("id:77 stat:NONSENSE".to_owned(), said("77", ReceiptState::Unknown, None)),
            ("stat:DELIVRD id:77".to_owned(), said("77", ReceiptState::Delivered, None)),
            ("id:77 sub:001 text: stat:DELIVRD".to_owned(), None),
            ("msgid:77 stat:DELIVRD".to_owned(), None),
            ("hello".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(read(&receipt(&text), IdForm::Text), expected, "{text}");
        }
        let from_a_subscriber = ShortMessage { esm_class: 0, ..receipt("id:77 stat:DELIVRD") };
        assert_eq!(read(&from_a_subscriber, IdForm::Text), None);
    }

    #[test]
    fn parameters_are_believed_before_text() {
        let mut message = receipt("id:1 stat:DELIVRD err:000");
        message.parameters = vec![
            (parameter::RECEIPTED_MESSAGE_ID, b"77\0".to_vec()),
            (parameter::MESSAGE_STATE, vec![5]),
            (parameter::NETWORK_ERROR, vec![3, 0x01, 0x02]),
        ];
        assert_eq!(read(&message, IdForm::Text), said("77", ReceiptState::Undeliverable, Some("258")));
        // In a parameter of its own.
        let mut message = receipt("");
        message.parameters = vec![(parameter::PAYLOAD, b"id:77 stat:EXPIRED".to_vec())];
        assert_eq!(read(&message, IdForm::Text), said("77", ReceiptState::Expired, None));
    }

    #[test]
    fn the_same_id_has_one_form() {
        for (response, receipt) in [
            ((IdForm::Decimal, "3898"), (IdForm::Hexadecimal, "0F3A")),
            ((IdForm::Decimal, "0000003898"), (IdForm::Decimal, "3898")),
            ((IdForm::Hexadecimal, "f3a"), (IdForm::Hexadecimal, "00000F3A")),
            ((IdForm::Hexadecimal, "F3A"), (IdForm::Decimal, "3898")),
            ((IdForm::Text, " a-7 "), (IdForm::Text, "a-7")),
            ((IdForm::Decimal, "a-7"), (IdForm::Hexadecimal, "a-7")),
        ] {
            let one = |(form, id): (IdForm, &str)| form.canonical(id);
            assert_eq!(one(response), one(receipt), "{response:?} {receipt:?}");
        }
        assert_ne!(IdForm::Text.canonical("07"), IdForm::Text.canonical("7"));
    }

    proptest! {
        #[test]
        fn nothing_that_is_said_is_a_panic(text in "\\PC*|(id:|stat:|err:|text:| |[a-z0-9離]){0,30}", octets: Vec<u8>) {
            let _ = read(&receipt(&text), IdForm::Hexadecimal);
            let message = ShortMessage { esm_class: 4, message: octets.clone(), ..ShortMessage::default() };
            let _ = read(&message, IdForm::Decimal);
            let parameters = [0x1e, 0x423, 0x424, 0x427].map(|tag| (tag, octets.clone()));
            let message = ShortMessage { esm_class: 4, parameters: parameters.to_vec(), ..ShortMessage::default() };
            let _ = read(&message, IdForm::Text);
        }
    }
}
