//! What follows from a SIM's index: who it is, and what its counters say after so many records.

use crate::{
    device::traffic::mix,
    record::{Status, Subscriber},
};
use opencmp_domain::{ServiceState, identifier::luhn_check_digit, sim::SimImport};

pub const MAX_SIMS: u32 = 1_000_000_000;

/// APN and radio access by index.
pub(crate) const KINDS: usize = 4;
pub(crate) const APNS: [&str; KINDS] = ["internet.iot", "internet.iot", "telematics.iot", "nbiot.meter"];

/// The arithmetic of a run. A SIM's record number `k` is record `k mod n` of its session `k / n`, of `n` records each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plan {
    pub seed: u64,
    /// At least 2.
    pub session_records: u32,
}

/// Octets up and down.
pub type Octets = (u64, u64);

impl Plan {
    pub fn status(&self, record: u32) -> Status {
        match record % self.session_records {
            0 => Status::Start,
            last if last == self.session_records - 1 => Status::Stop,
            _ => Status::Interim,
        }
    }

    pub fn session(&self, record: u32) -> u32 {
        record / self.session_records
    }

    /// What the counters of a record say: octets since its session's start.
    pub fn counters(&self, sim: u32, record: u32) -> Octets {
        let hash = mix(self.seed ^ u64::from(sim) << 24);
        let step = u64::from(record % self.session_records);
        let grow = |first: u64, more: u64| step * first + step * step.saturating_sub(1) / 2 * more;
        let up = grow(100 + (hash & 0xFFF), hash >> 12 & 0x1F);
        let down = grow(60 + (hash >> 20 & 0x1FFF), hash >> 36 & 0x3F);
        (up, down)
    }

    /// What a SIM comes to after its first `records` records.
    pub fn total(&self, sim: u32, records: u32) -> Octets {
        let whole = u64::from(self.session(records));
        let (up, down) = self.counters(sim, self.session_records - 1);
        let begun = records % self.session_records;
        let (more_up, more_down) = if begun == 0 { (0, 0) } else { self.counters(sim, begun - 1) };
        (whole * up + more_up, whole * down + more_down)
    }
}

/// The ten digits that all of a SIM's identifiers share.
pub(crate) fn digits(sim: u32) -> [u8; 10] {
    let mut rest = 5_000_000_000 + u64::from(sim);
    let mut ascii = [b'0'; 10];
    for digit in ascii.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    ascii
}

/// In the test network 001-01.
pub fn subscriber(sim: u32) -> Subscriber {
    let digits = digits(sim);
    let mut subscriber =
        Subscriber { imsi: *b"001010000000000", msisdn: *b"886400000000000", imeisv: *b"8630000000000001" };
    let places =
        [subscriber.imsi.get_mut(5..15), subscriber.msisdn.get_mut(5..15), subscriber.imeisv.get_mut(4..14)];
    places.into_iter().flatten().for_each(|place| place.copy_from_slice(&digits));
    subscriber
}

/// A SIM's IMSI as text.
pub fn imsi(sim: u32) -> String {
    String::from_utf8_lossy(&subscriber(sim).imsi).into_owned()
}

/// A SIM's line in an inventory.
pub fn import(sim: u32) -> SimImport {
    let subscriber = subscriber(sim);
    let text = |ascii: &[u8]| String::from_utf8_lossy(ascii).into_owned();
    let card = format!("89886929{}", text(&digits(sim)));
    let device: Option<opencmp_domain::Imei> = text(&subscriber.imeisv).parse().ok();
    SimImport {
        line: u64::from(sim) + 2,
        msisdn: text(&subscriber.msisdn).parse().ok(),
        iccid: format!("{card}{}", luhn_check_digit(&card)).parse().ok(),
        imsi: text(&subscriber.imsi).parse().ok(),
        imei: device.and_then(|device| device.printed().parse().ok()),
        apn: APNS.get(sim as usize % KINDS).and_then(|apn| apn.parse().ok()),
        batch: Some(format!("2026-{:02}-01", 1 + sim / 10_000 % 12)),
        name: Some(format!("負載測試-{sim:07}")),
        group: Some(format!("負載測試/{:02}", sim % 100)),
        plan: Some("物聯網 Z999型".to_owned()),
        tags: None,
        service_state: Some(ServiceState::Active),
        fields: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_total_is_the_sum_of_each_sessions_last_counters(
            seed: u64, sim: u32, session_records in 2u32..50, records in 0u32..400,
        ) {
            let plan = Plan { seed, session_records };
            let mut total = (0, 0);
            for record in 0..records {
                let last = record + 1 == records || plan.session(record + 1) != plan.session(record);
                if last {
                    let (up, down) = plan.counters(sim, record);
                    total = (total.0 + up, total.1 + down);
                }
                if plan.status(record) != Status::Start {
                    let (before, now) = (plan.counters(sim, record - 1), plan.counters(sim, record));
                    proptest::prop_assert!(now.0 > before.0 && now.1 > before.1);
                }
            }
            proptest::prop_assert_eq!(plan.total(sim, records), total);
        }
    }

    #[test]
    fn identities_are_well_formed() {
        for sim in [0, 1, 999_999, MAX_SIMS - 1] {
            let import = import(sim);
            assert_eq!(import.imsi.unwrap().to_string(), imsi(sim));
            assert_eq!(import.msisdn.unwrap().national().len(), 13);
            assert_eq!(import.iccid.unwrap().to_string().len(), 19);
            assert_eq!(import.imei.unwrap().to_string().len(), 15);
            assert!(import.apn.is_some());
        }
        assert_eq!(imsi(7), "001015000000007");
    }
}
