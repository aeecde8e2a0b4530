//! Identifiers of made-up cards and devices: well-formed, with right check digits, and nobody's.

use crate::record::Subscriber;
use opencmp_domain::{Iccid, Imei, Imsi, Msisdn, identifier::luhn_check_digit};
use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

/// The identifiers of one SIM and the device it is in.
pub struct Numbers {
    imsi: String,
    /// International.
    msisdn: String,
    iccid: String,
    /// TAC, serial number, software version.
    imeisv: String,
}

impl Numbers {
    /// `block` keeps customers apart; `serial` counts within it, below 100,000.
    pub fn new(block: u32, serial: u32, tacs: &[&str], rng: &mut ChaCha8Rng) -> Self {
        let tac = tacs.choose(rng).copied().unwrap_or("86307101");
        // Numbers are given out in runs with gaps, as they come back from other customers.
        let number = serial + serial / 40 * 7;
        let card = format!("8988692{:02}{block}{:08}", 19 + block % 5, 10_000 + serial);
        Self {
            imsi: format!("46692{:02}{:08}", 10 + block, 3_000_000 + number),
            msisdn: format!("8864000{:02}{:06}", 10 + block / 10, block % 10 * 100_000 + number % 100_000),
            iccid: format!("{card}{}", luhn_check_digit(&card)),
            imeisv: format!("{tac}{:06}{:02}", rng.random_range(1_000..999_999), rng.random_range(1..12)),
        }
    }

    pub fn imsi(&self) -> Option<Imsi> {
        self.imsi.parse().ok()
    }

    pub fn msisdn(&self) -> Option<Msisdn> {
        self.msisdn.parse().ok()
    }

    pub fn iccid(&self) -> Option<Iccid> {
        self.iccid.parse().ok()
    }

    /// As printed: 15 digits with the check digit.
    pub fn imei(&self) -> Option<Imei> {
        let device: Imei = self.imeisv.parse().ok()?;
        device.printed().parse().ok()
    }

    /// As the network sees them.
    pub fn subscriber(&self) -> Subscriber {
        Subscriber { imsi: digits(&self.imsi), msisdn: digits(&self.msisdn), imeisv: digits(&self.imeisv) }
    }

    /// The IMEISV of some other device.
    pub fn other_device(&self, tac: &str, rng: &mut ChaCha8Rng) -> [u8; 16] {
        digits(&format!("{tac}{:06}01", rng.random_range(1_000..999_999)))
    }

    /// The IMEISV of the same device after a firmware update.
    pub fn other_software(&self) -> [u8; 16] {
        let device = self.imeisv.get(..14).unwrap_or_default();
        digits(&format!("{device}42"))
    }
}

fn digits<const N: usize>(text: &str) -> [u8; N] {
    let mut ascii = [b'0'; N];
    ascii.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
    ascii
}
