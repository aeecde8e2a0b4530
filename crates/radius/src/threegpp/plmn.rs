use std::fmt;

/// A network: three digits MCC, two or three MNC. `466-92` and `466-092` are different networks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Plmn {
    /// ASCII digits; the last is unused when `len` is 5.
    digits: [u8; 6],
    len: u8,
}

impl Plmn {
    /// Five or six ASCII digits, as in 3GPP-SGSN-MCC-MNC.
    pub fn from_text(text: &[u8]) -> Option<Self> {
        if !matches!(text.len(), 5 | 6) || !text.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut digits = [b'0'; 6];
        digits.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
        Some(Self { digits, len: if text.len() == 5 { 5 } else { 6 } })
    }

    /// Three octets MCC2|MCC1, MNC3|MCC3, MNC2|MNC1 with MNC3 = F for a two-digit MNC (TS 24.008 §10.5.1.3).
    pub fn from_nibbles(octets: [u8; 3]) -> Option<Self> {
        let [a, b, c] = octets;
        let mut digits = [a & 0xF, a >> 4, b & 0xF, c & 0xF, c >> 4, b >> 4];
        let len = if b >> 4 == 0xF { 5 } else { 6 };
        if len == 5 {
            digits[5] = 0;
        }
        if digits.iter().any(|digit| *digit > 9) {
            return None;
        }
        Some(Self { digits: digits.map(|digit| digit + b'0'), len })
    }

    /// The inverse of [`Self::from_nibbles`].
    pub fn nibbles(&self) -> [u8; 3] {
        let [m1, m2, m3, n1, n2, n3] = self.digits.map(|digit| digit & 0xF);
        let n3 = if self.len == 5 { 0xF } else { n3 };
        [m2 << 4 | m1, n3 << 4 | m3, n2 << 4 | n1]
    }

    /// ASCII digits, five or six.
    pub fn digits(&self) -> &[u8] {
        self.digits.get(..usize::from(self.len)).unwrap_or(&self.digits)
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.digits()).unwrap_or_default()
    }

    pub fn mcc(&self) -> &str {
        self.as_str().get(..3).unwrap_or_default()
    }

    pub fn mnc(&self) -> &str {
        self.as_str().get(3..).unwrap_or_default()
    }
}

impl fmt::Debug for Plmn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.mcc(), self.mnc())
    }
}
