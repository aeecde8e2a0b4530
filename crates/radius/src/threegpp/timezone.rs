/// 3GPP-MS-TimeZone (TS 29.061 §16.4.7.2): the local time where the device is. For display; usage days don't depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MsTimeZone {
    /// Offset from UTC in quarters of an hour, −79 to 79, daylight saving time included.
    quarter_hours: i8,
    /// Daylight saving time, already part of the offset, in hours.
    dst_hours: u8,
    /// Gateways leave other bits of the second octet set; kept so that encoding gives back what was decoded.
    spare: u8,
}

impl MsTimeZone {
    /// None when the offset has more than 79 quarters or the adjustment more than 2 hours.
    pub fn new(quarter_hours: i8, dst_hours: u8) -> Option<Self> {
        (quarter_hours.unsigned_abs() < 80 && dst_hours <= 2).then_some(Self {
            quarter_hours,
            dst_hours,
            spare: 0,
        })
    }

    /// First octet: TP-Time-Zone of TS 23.040 §9.2.3.11, tens in the low nibble with 0x08 for minus, units in the high
    /// one. Second: the low two bits.
    pub fn decode(value: &[u8]) -> Option<Self> {
        let [zone, dst] = *value else { return None };
        let (tens, units) = (zone & 0x07, zone >> 4);
        if units > 9 {
            return None;
        }
        let quarters = i8::try_from(tens * 10 + units).ok()?;
        Some(Self {
            quarter_hours: if zone & 0x08 == 0 { quarters } else { -quarters },
            dst_hours: dst & 0x03,
            spare: dst & !0x03,
        })
    }

    pub fn octets(&self) -> [u8; 2] {
        let quarters = self.quarter_hours.unsigned_abs();
        let sign = if self.quarter_hours < 0 { 0x08 } else { 0 };
        [(quarters % 10) << 4 | sign | (quarters / 10), self.spare | self.dst_hours]
    }

    pub fn quarter_hours(&self) -> i8 {
        self.quarter_hours
    }

    pub fn utc_offset_minutes(&self) -> i32 {
        i32::from(self.quarter_hours) * 15
    }

    pub fn dst_hours(&self) -> u8 {
        self.dst_hours
    }
}
