//! From text to the parts of a short message: GSM 7-bit where it fits, else UCS-2 (3GPP TS 23.038 §6.2).

/// TS 23.038 §6.2.1, by code. 0x1B leads to [`EXTENSION`] and is no character.
const DEFAULT: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const ESCAPE: u8 = 0x1b;
/// TS 23.038 §6.2.1.1.
const EXTENSION: [(char, u8); 10] = [
    ('\u{c}', 0x0a),
    ('^', 0x14),
    ('{', 0x28),
    ('}', 0x29),
    ('\\', 0x2f),
    ('[', 0x3c),
    ('~', 0x3d),
    (']', 0x3e),
    ('|', 0x40),
    ('€', 0x65),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// A septet in each octet: how SMPP carries it.
    Gsm7,
    /// UTF-16, big-endian.
    Ucs2,
}

/// How a receiver knows the parts of one message (TS 23.040 §9.2.3.24). The message centre decides which it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Concatenation {
    /// User data header with a reference of 8 bits: what handsets know best.
    #[default]
    Udh8,
    /// With one of 16 bits.
    Udh16,
    /// SMPP's `sar_` parameters: the message centre makes the header.
    Sar,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub coding: Coding,
    /// Without headers. At least one.
    pub octets: Vec<Vec<u8>>,
}

/// How many messages a text is paid as.
pub fn parts(text: &str, concatenation: Concatenation) -> usize {
    split(text, concatenation, true).octets.len()
}

/// `gsm7`: the message centre's default alphabet is GSM's; otherwise everything is UCS-2.
pub(super) fn split(text: &str, concatenation: Concatenation, gsm7: bool) -> Parts {
    let septets: Option<Vec<Vec<u8>>> = text.chars().map(septets).collect();
    let (coding, pieces) = match septets.filter(|_| gsm7) {
        Some(pieces) => (Coding::Gsm7, pieces),
        None => (Coding::Ucs2, text.chars().map(code_units).collect()),
    };
    Parts { coding, octets: fill(&pieces, coding.single(), coding.each(concatenation)) }
}

impl Coding {
    /// Octets as SMPP counts them, of a message that needs no header: of 140 octets on the air.
    fn single(self) -> usize {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 140,
        }
    }

    /// The header takes 6 or 7 octets of them. A message centre may make either of the `sar_` parameters.
    fn each(self, concatenation: Concatenation) -> usize {
        match (self, concatenation) {
            (Self::Gsm7, Concatenation::Udh8) => 153,
            (Self::Gsm7, Concatenation::Udh16 | Concatenation::Sar) => 152,
            (Self::Ucs2, Concatenation::Udh8) => 134,
            (Self::Ucs2, Concatenation::Udh16 | Concatenation::Sar) => 132,
        }
    }
}

/// A character in GSM's alphabet, if it is there.
fn septets(c: char) -> Option<Vec<u8>> {
    if let Some(code) = DEFAULT.chars().position(|known| known == c && c != '\u{1b}') {
        return u8::try_from(code).ok().map(|code| vec![code]);
    }
    let (_, code) = EXTENSION.iter().find(|(known, _)| *known == c)?;
    Some(vec![ESCAPE, *code])
}

fn code_units(c: char) -> Vec<u8> {
    c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()).collect()
}

/// A piece is never divided: neither an escaped character nor a surrogate pair.
fn fill(pieces: &[Vec<u8>], single: usize, each: usize) -> Vec<Vec<u8>> {
    let whole: Vec<u8> = pieces.concat();
    if whole.len() <= single {
        return vec![whole];
    }
    let mut parts = Vec::new();
    let mut part = Vec::with_capacity(each);
    for piece in pieces {
        if part.len() + piece.len() > each {
            parts.push(std::mem::take(&mut part));
        }
        part.extend_from_slice(piece);
    }
    parts.push(part);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Concatenation; 3] = [Concatenation::Udh8, Concatenation::Udh16, Concatenation::Sar];

    fn read(parts: &Parts) -> String {
        let octets = parts.octets.concat();
        match parts.coding {
            Coding::Ucs2 => {
                let units = octets.chunks(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
                char::decode_utf16(units).map(Result::unwrap).collect()
            }
            Coding::Gsm7 => {
                let mut octets = octets.into_iter();
                let mut text = String::new();
                while let Some(octet) = octets.next() {
                    if octet == ESCAPE {
                        let code = octets.next().unwrap();
                        text.push(EXTENSION.iter().find(|(_, known)| *known == code).unwrap().0);
                    } else {
                        text.push(DEFAULT.chars().nth(octet.into()).unwrap());
                    }
                }
                text
            }
        }
    }

    #[test]
    fn the_alphabet_is_gsms() {
        assert_eq!(DEFAULT.chars().count(), 128);
        for (c, code) in [
            ('@', 0x00),
            ('$', 0x02),
            ('Δ', 0x10),
            ('_', 0x11),
            ('Ξ', 0x1a),
            ('É', 0x1f),
            (' ', 0x20),
            ('¤', 0x24),
            ('0', 0x30),
            ('¡', 0x40),
            ('A', 0x41),
            ('Ä', 0x5b),
            ('§', 0x5f),
            ('¿', 0x60),
            ('a', 0x61),
            ('à', 0x7f),
        ] {
            assert_eq!(septets(c), Some(vec![code]), "{c}");
        }
        assert_eq!(septets('€'), Some(vec![0x1b, 0x65]));
        for c in ['\u{1b}', '`', 'ç', '離', '😀'] {
            assert_eq!(septets(c), None, "{c}");
        }
    }

    #[test]
    fn lengths_are_those_of_the_air() {
        for (text, concatenation, coding, lengths) in [
            ("", Concatenation::Udh8, Coding::Gsm7, vec![0]),
            (&*"a".repeat(160), Concatenation::Udh8, Coding::Gsm7, vec![160]),
            (&"a".repeat(161), Concatenation::Udh8, Coding::Gsm7, vec![153, 8]),
            (&"a".repeat(161), Concatenation::Udh16, Coding::Gsm7, vec![152, 9]),
            (&"€".repeat(80), Concatenation::Udh8, Coding::Gsm7, vec![160]),
            (&"€".repeat(81), Concatenation::Udh8, Coding::Gsm7, vec![152, 10]),
            (&"離".repeat(70), Concatenation::Udh8, Coding::Ucs2, vec![140]),
            (&"離".repeat(71), Concatenation::Udh8, Coding::Ucs2, vec![134, 8]),
            (&"離".repeat(71), Concatenation::Sar, Coding::Ucs2, vec![132, 10]),
            (&"😀".repeat(35), Concatenation::Udh8, Coding::Ucs2, vec![140]),
            (&"😀".repeat(36), Concatenation::Udh8, Coding::Ucs2, vec![132, 12]),
        ] {
            let parts = split(text, concatenation, true);
            let found: Vec<usize> = parts.octets.iter().map(Vec::len).collect();
            assert_eq!((parts.coding, found), (coding, lengths), "{text} {concatenation:?}");
        }
        assert_eq!(split("abc", Concatenation::Udh8, false).coding, Coding::Ucs2);
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_was_written(
            text in "[a-z€\\^@Ø]{0,400}|[a-z離€😀\u{10ffff}]{0,300}|\\PC{0,300}", which in 0..3usize, gsm7: bool,
        ) {
            let parts = split(&text, ALL[which], gsm7);
            prop_assert_eq!(read(&parts), text.clone());
            let many = parts.octets.len() > 1;
            let most = if many { parts.coding.each(ALL[which]) } else { parts.coding.single() };
            prop_assert!(parts.octets.iter().all(|part| part.len() <= most && !(many && part.is_empty())));
            // Each part is text by itself.
            for part in &parts.octets {
                read(&Parts { coding: parts.coding, octets: vec![part.clone()] });
            }
        }
    }
}
