//! Times and octets of a secondary RAT.

/// Seconds since 1900 UTC as in NTP. The FreeRADIUS dictionary reads these as seconds since 1970, which is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NtpTime(pub u32);

/// Seconds from 1900 to 1970.
const UNIX_EPOCH: i64 = 2_208_988_800;

impl NtpTime {
    /// None before 1968 and after 2104, which NTP's 32 bits can't tell apart from each other.
    pub fn from_unix(seconds: i64) -> Option<Self> {
        let ntp = Self(u32::try_from((seconds + UNIX_EPOCH) & 0xFFFF_FFFF).ok()?);
        (ntp.unix() == seconds).then_some(ntp)
    }

    /// Seconds since 1970 UTC. Without the top bit it is the era that begins in 2036 (RFC 4330 §3).
    pub fn unix(self) -> i64 {
        let era = if self.0 >= 1 << 31 { 0 } else { 1 << 32 };
        i64::from(self.0) + era - UNIX_EPOCH
    }
}

/// 3GPP-Secondary-RAT-Usage (TS 29.061 §16.4.7.2): what one RAT carried in one interval. May occur several times.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SecondaryRatUsage {
    /// Low four bits the RAT (0 NR, 1 NR-U, 2 EUTRA, 3 EUTRA-U, 4 unlicensed; dictionaries differ), see
    /// [`Self::is_session`] for the fifth.
    pub flags: u8,
    pub start: NtpTime,
    pub end: NtpTime,
    pub downlink_octets: u64,
    pub uplink_octets: u64,
}

impl SecondaryRatUsage {
    pub fn decode(value: &[u8]) -> Option<Self> {
        let (flags, rest) = value.split_first()?;
        let (start, rest) = rest.split_first_chunk()?;
        let (end, rest) = rest.split_first_chunk()?;
        let (downlink, rest) = rest.split_first_chunk()?;
        let uplink = rest.try_into().ok()?;
        Some(Self {
            flags: *flags,
            start: NtpTime(u32::from_be_bytes(*start)),
            end: NtpTime(u32::from_be_bytes(*end)),
            downlink_octets: u64::from_be_bytes(*downlink),
            uplink_octets: u64::from_be_bytes(uplink),
        })
    }

    pub fn octets(&self) -> [u8; 25] {
        let mut octets = [0; 25];
        let pieces = [self.flags]
            .into_iter()
            .chain(self.start.0.to_be_bytes())
            .chain(self.end.0.to_be_bytes())
            .chain(self.downlink_octets.to_be_bytes())
            .chain(self.uplink_octets.to_be_bytes());
        octets.iter_mut().zip(pieces).for_each(|(to, from)| *to = from);
        octets
    }

    pub fn rat(&self) -> u8 {
        self.flags & 0x0F
    }

    /// For the whole PDU session rather than one QoS flow.
    pub fn is_session(&self) -> bool {
        self.flags & 0x10 != 0
    }
}
