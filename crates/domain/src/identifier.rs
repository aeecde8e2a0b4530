//! Subscriber and equipment identifiers. Digits are packed into integers, because a million of them live in memory;
//! they are written and read as text everywhere else.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, ops::RangeInclusive, str::FromStr};

/// Why a text is not the identifier that it should be. The message names what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {value:?}: {expected}")]
pub struct InvalidIdentifier {
    pub kind: &'static str,
    pub value: String,
    pub expected: &'static str,
}

fn invalid(kind: &'static str, value: &str, expected: &'static str) -> InvalidIdentifier {
    InvalidIdentifier { kind, value: value.chars().take(40).collect(), expected }
}

/// Up to 16 decimal digits with their leading zeros: the length in the top octet, the value below.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Digits16(u64);

impl Digits16 {
    const VALUE: u64 = (1 << 56) - 1;

    fn parse(text: &[u8]) -> Option<Self> {
        if text.is_empty() || text.len() > 16 {
            return None;
        }
        let mut value = 0u64;
        for octet in text {
            if !octet.is_ascii_digit() {
                return None;
            }
            value = value * 10 + u64::from(octet - b'0');
        }
        Some(Self((text.len() as u64) << 56 | value))
    }

    fn len(self) -> usize {
        (self.0 >> 56) as usize
    }

    fn value(self) -> u64 {
        self.0 & Self::VALUE
    }

    fn from_bits(bits: u64, lengths: RangeInclusive<usize>) -> Option<Self> {
        let digits = Self(bits);
        (lengths.contains(&digits.len()) && digits.value() < 10u64.pow(digits.len() as u32)).then_some(digits)
    }
}

impl fmt::Display for Digits16 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0width$}", self.value(), width = self.len())
    }
}

macro_rules! text_identifier {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
        impl TryFrom<&[u8]> for $name {
            type Error = InvalidIdentifier;
            fn try_from(octets: &[u8]) -> Result<Self, InvalidIdentifier> {
                match std::str::from_utf8(octets) {
                    Ok(text) => text.parse(),
                    Err(_) => Err(invalid(stringify!($name), &String::from_utf8_lossy(octets), "not text")),
                }
            }
        }
    };
}

macro_rules! packed_identifier {
    ($name:ident, $lengths:expr) => {
        text_identifier!($name);
        impl $name {
            const LENGTHS: RangeInclusive<usize> = $lengths;

            /// The identifier that [`Self::to_bits`] packed; `None` for a number that it never gives, such as 0.
            pub fn from_bits(bits: u64) -> Option<Self> {
                Digits16::from_bits(bits, Self::LENGTHS).map(Self)
            }

            /// The packed form: stable, ordered by length and then value; for indexes and the database of the fleet.
            pub fn to_bits(self) -> u64 {
                self.0.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

/// IMSI (E.212, TS 23.003 §2.2): 6 to 15 digits, of which the first three are the MCC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Imsi(Digits16);
packed_identifier!(Imsi, 6..=15);

impl Imsi {
    /// The country that the card is from.
    pub fn mcc(self) -> u16 {
        (self.0.value() / 10u64.pow(self.0.len() as u32 - 3)) as u16
    }
}

impl FromStr for Imsi {
    type Err = InvalidIdentifier;
    fn from_str(s: &str) -> Result<Self, InvalidIdentifier> {
        let expected = "an IMSI has 6 to 15 digits";
        match Digits16::parse(s.as_bytes()) {
            Some(digits) if Self::LENGTHS.contains(&digits.len()) => Ok(Self(digits)),
            _ => Err(invalid("IMSI", s, expected)),
        }
    }
}

/// MSISDN in international form without `+` (E.164: at most 15 digits). Taiwan's IoT numbers are 13 digits with the
/// leading 0 nationally, 15 digits internationally: `0400010123456` is `886400010123456`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Msisdn(Digits16);
packed_identifier!(Msisdn, 5..=15);

impl Msisdn {
    /// The country code that national numbers (leading 0) are completed with.
    pub const HOME_COUNTRY: &'static str = "886";

    /// As people in the home country write it: `0400010123456`; foreign numbers with `+`.
    pub fn national(&self) -> String {
        let text = self.to_string();
        match text.strip_prefix(Self::HOME_COUNTRY) {
            Some(rest) => format!("0{rest}"),
            None => format!("+{text}"),
        }
    }
}

impl FromStr for Msisdn {
    type Err = InvalidIdentifier;

    /// Takes `+886…`, `00886…`, `0…` (national) and `886…`; blanks, hyphens and dots between digits are ignored.
    fn from_str(s: &str) -> Result<Self, InvalidIdentifier> {
        let expected = "a number has 5 to 15 digits, such as 0400010123456 or +886400010123456";
        let mut digits = String::with_capacity(18);
        for c in s.trim().chars() {
            match c {
                '0'..='9' => digits.push(c),
                '+' if digits.is_empty() => digits.push_str("00"),
                ' ' | '-' | '.' | '(' | ')' => {}
                _ => return Err(invalid("MSISDN", s, expected)),
            }
        }
        let international = if let Some(rest) = digits.strip_prefix("00") {
            rest.to_owned()
        } else if let Some(rest) = digits.strip_prefix('0') {
            format!("{}{rest}", Self::HOME_COUNTRY)
        } else {
            digits
        };
        match Digits16::parse(international.as_bytes()) {
            Some(packed) if Self::LENGTHS.contains(&packed.len()) && !international.starts_with('0') => {
                Ok(Self(packed))
            }
            _ => Err(invalid("MSISDN", s, expected)),
        }
    }
}

/// IMEI or IMEISV (TS 23.003 §6.2): 14 digits without check digit, 15 with check or spare digit, 16 with the
/// software version. Devices are compared by [`Imei::device`], the first 14.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Imei(Digits16);
packed_identifier!(Imei, 14..=16);

impl Imei {
    /// TAC and serial number: the 14 digits that tell devices apart. A new software version is not a new device.
    pub fn device(self) -> u64 {
        self.0.value() / 10u64.pow(self.0.len() as u32 - 14)
    }

    /// TAC: the first 8 digits, as text because it may begin with zeros.
    pub fn tac(self) -> String {
        format!("{:08}", self.device() / 1_000_000)
    }

    /// How many digits, and the number that they are.
    pub fn digits(self) -> (usize, u64) {
        (self.0.len(), self.0.value())
    }

    /// False for the fillers that broken modems send (all zeros, one repeated digit).
    pub fn is_plausible(self) -> bool {
        let device = format!("{:014}", self.device());
        let first = device.as_bytes().first().copied();
        !device.bytes().all(|d| Some(d) == first)
    }

    /// The 15-digit printed form with a computed Luhn check digit.
    pub fn printed(self) -> String {
        let body = format!("{:014}", self.device());
        let check = luhn_check_digit(&body);
        format!("{body}{check}")
    }
}

impl FromStr for Imei {
    type Err = InvalidIdentifier;
    fn from_str(s: &str) -> Result<Self, InvalidIdentifier> {
        match Digits16::parse(s.as_bytes()) {
            Some(digits) if Self::LENGTHS.contains(&digits.len()) => Ok(Self(digits)),
            _ => Err(invalid("IMEI", s, "an IMEI has 14 or 15 digits, an IMEISV 16")),
        }
    }
}

/// ICCID (ITU-T E.118): `89`, then 16 to 18 further digits; printed with or without its Luhn digit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Iccid(u128);
text_identifier!(Iccid);

impl Iccid {
    const VALUE: u128 = (1 << 120) - 1;

    pub fn to_bits(self) -> u128 {
        self.0
    }
}

impl fmt::Display for Iccid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0width$}", self.0 & Self::VALUE, width = (self.0 >> 120) as usize)
    }
}

impl FromStr for Iccid {
    type Err = InvalidIdentifier;

    /// A trailing `F` (the filler nibble of EF-ICCID) is dropped.
    fn from_str(s: &str) -> Result<Self, InvalidIdentifier> {
        let digits = s.trim().trim_end_matches(['F', 'f']);
        let well_formed = (18..=20).contains(&digits.len())
            && digits.starts_with("89")
            && digits.bytes().all(|d| d.is_ascii_digit());
        match digits.parse::<u128>() {
            Ok(value) if well_formed => Ok(Self((digits.len() as u128) << 120 | value)),
            _ => Err(invalid("ICCID", s, "an ICCID has 18 to 20 digits and begins with 89")),
        }
    }
}

/// A public land mobile network: MCC and MNC. `466-01` and `466-001` differ, so the MNC's length is kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Plmn(u32);
text_identifier!(Plmn);

impl Plmn {
    pub fn mcc(self) -> u16 {
        ((self.0 >> 16) & 0xFFF) as u16
    }

    pub fn mnc(self) -> u16 {
        (self.0 & 0xFFFF) as u16
    }

    fn mnc_digits(self) -> usize {
        if self.0 >> 31 == 1 { 3 } else { 2 }
    }

    /// Stable packed form: bit 31 says that the MNC has three digits.
    pub fn to_bits(self) -> u32 {
        self.0
    }

    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}

impl fmt::Display for Plmn {
    /// Without a hyphen, as the network sends it: `46692`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}{:0width$}", self.mcc(), self.mnc(), width = self.mnc_digits())
    }
}

impl FromStr for Plmn {
    type Err = InvalidIdentifier;

    /// `46692`, `466-92`, `310170`.
    fn from_str(s: &str) -> Result<Self, InvalidIdentifier> {
        let digits: String = s.chars().filter(|c| *c != '-').collect();
        let numbers = (digits.get(..3).map(str::parse::<u32>), digits.get(3..).map(str::parse::<u32>));
        match numbers {
            (Some(Ok(mcc)), Some(Ok(mnc)))
                if (5..=6).contains(&digits.len()) && digits.bytes().all(|d| d.is_ascii_digit()) =>
            {
                let three = u32::from(digits.len() == 6) << 31;
                Ok(Self(three | mcc << 16 | mnc))
            }
            _ => Err(invalid("PLMN", s, "a network is MCC and MNC, 5 or 6 digits, such as 46692")),
        }
    }
}

/// An access point name without its operator part, in lower case (TS 23.003 §9).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Apn(String);
text_identifier!(Apn);

impl Apn {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Apn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Apn {
    type Err = InvalidIdentifier;

    /// `internet.iot.mnc092.mcc466.gprs` becomes `internet.iot`.
    fn from_str(s: &str) -> Result<Self, InvalidIdentifier> {
        let lower = s.trim().to_ascii_lowercase();
        let network = strip_operator_identifier(&lower);
        let label_ok = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if network.len() <= 63 && network.split('.').all(label_ok) {
            Ok(Self(network.to_owned()))
        } else {
            Err(invalid("APN", s, "an APN is up to 63 letters, digits and hyphens, labels separated by dots"))
        }
    }
}

/// Cuts `.mncMMM.mccCCC.gprs` from the end of an APN.
pub fn strip_operator_identifier(apn: &str) -> &str {
    let Some(rest) = apn.strip_suffix(".gprs") else { return apn };
    let mut labels = rest.rsplitn(3, '.');
    match (labels.next(), labels.next(), labels.next()) {
        (Some(mcc), Some(mnc), Some(network)) if mcc.starts_with("mcc") && mnc.starts_with("mnc") => network,
        _ => apn,
    }
}

/// The Luhn digit that completes `digits` (ITU-T E.118, TS 23.003 annex B).
pub fn luhn_check_digit(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, d)| {
            let value = u32::from(d.wrapping_sub(b'0'));
            if i % 2 == 0 { value * 2 / 10 + value * 2 % 10 } else { value }
        })
        .sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_stored_form() {
        for text in
            ["0400010123456", "+886400010123456", "00886400010123456", "886400010123456", "0400-010 123456"]
        {
            let number: Msisdn = text.parse().unwrap();
            assert_eq!(number.to_string(), "886400010123456", "{text}");
            assert_eq!(number.national(), "0400010123456");
        }
        assert_eq!("48691003145".parse::<Msisdn>().unwrap().national(), "+48691003145");
        for text in ["", "12", "04x0010123456", "1234567890123456", "=1+1"] {
            assert!(text.parse::<Msisdn>().is_err(), "{text}");
        }
    }

    #[test]
    fn imei_and_imeisv_of_one_device_are_equal_by_device() {
        let imeisv: Imei = "8664250312345601".parse().unwrap();
        let imei: Imei = "866425031234562".parse().unwrap();
        let bare: Imei = "86642503123456".parse().unwrap();
        assert_eq!(imeisv.device(), imei.device());
        assert_eq!(bare.device(), imei.device());
        assert_eq!(imeisv.printed(), "866425031234562");
        assert_eq!("0044012345678901".parse::<Imei>().unwrap().tac(), "00440123");
        assert!(!"000000000000000".parse::<Imei>().unwrap().is_plausible());
        assert!("86642503123456A".parse::<Imei>().is_err());
    }

    #[test]
    fn iccid_takes_the_printed_forms() {
        assert_eq!("8988692123456789016F".parse::<Iccid>().unwrap().to_string(), "8988692123456789016");
        assert!("898869200000000".parse::<Iccid>().is_err());
        assert!("1288692123456789016".parse::<Iccid>().is_err());
    }

    #[test]
    fn the_length_of_the_mnc_is_part_of_the_network() {
        let two: Plmn = "46601".parse().unwrap();
        let three: Plmn = "466001".parse().unwrap();
        assert_ne!(two, three);
        assert_eq!(three.to_string(), "466001");
        assert_eq!(Plmn::from_bits("310-170".parse::<Plmn>().unwrap().to_bits()).to_string(), "310170");
        assert!("4669".parse::<Plmn>().is_err());
    }

    #[test]
    fn an_apn_loses_its_operator_part() {
        assert_eq!("Internet.IoT.mnc092.mcc466.gprs".parse::<Apn>().unwrap().as_str(), "internet.iot");
        assert!("bad apn".parse::<Apn>().is_err());
    }

    proptest::proptest! {
        #[test]
        fn packed_digits_keep_leading_zeros(text in "[0-9]{6,15}") {
            let imsi: Imsi = text.parse().unwrap();
            proptest::prop_assert_eq!(imsi.to_string(), text);
            proptest::prop_assert_eq!(Imsi::from_bits(imsi.to_bits()), Some(imsi));
        }

        #[test]
        fn any_bits_are_an_identifier_or_refused(bits: u64) {
            if let Some(imei) = Imei::from_bits(bits) {
                proptest::prop_assert_eq!(imei.to_string().parse::<Imei>(), Ok(imei));
            }
        }

        #[test]
        fn nothing_panics(text in ".{0,40}") {
            let _ = (text.parse::<Imsi>(), text.parse::<Msisdn>(), text.parse::<Imei>(), text.parse::<Iccid>());
            let _ = (text.parse::<Plmn>(), text.parse::<Apn>());
        }
    }
}
