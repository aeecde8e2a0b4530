//! 3GPP-User-Location-Info (TS 29.061 §16.4.7.2; type octets from TS 29.061 Rel-16).

use super::plmn::Plmn;

/// A location with the octets it came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UserLocation<'a> {
    Known(Location),
    /// A type not known here or a value too short for its type: no location, kept raw.
    Raw {
        kind: u8,
        value: &'a [u8],
    },
}

/// Where the device is, by its network's own coordinates.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Location {
    Cgi { plmn: Plmn, lac: u16, ci: u16 },
    Sai { plmn: Plmn, lac: u16, sac: u16 },
    Rai { plmn: Plmn, lac: u16, rac: u8 },
    Tai(Tai),
    Ecgi(Ecgi),
    TaiEcgi(Tai, Ecgi),
    EnodeB(EnodeB),
    TaiEnodeB(Tai, EnodeB),
    ExtendedEnodeB(ExtendedEnodeB),
    TaiExtendedEnodeB(Tai, ExtendedEnodeB),
    Ncgi(Ncgi),
    Tai5gs(Tai5gs),
    Tai5gsNcgi(Tai5gs, Ncgi),
}

/// Tracking area of LTE.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Tai {
    pub plmn: Plmn,
    pub tac: u16,
}

/// LTE cell: 28 bits, eNodeB in the upper 20.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ecgi {
    pub plmn: Plmn,
    pub eci: u32,
}

/// Macro eNodeB: 20 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct EnodeB {
    pub plmn: Plmn,
    pub id: u32,
}

/// Extended eNodeB: a short macro id of 18 bits or a long one of 21.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ExtendedEnodeB {
    pub plmn: Plmn,
    pub short: bool,
    pub id: u32,
}

/// NR cell: 36 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ncgi {
    pub plmn: Plmn,
    pub nci: u64,
}

/// Tracking area of 5GS: 24 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Tai5gs {
    pub plmn: Plmn,
    pub tac: u32,
}

/// The key of a cell table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Cell {
    /// GSM, or UMTS by service area, which often but not always equals the cell.
    Gsm {
        plmn: Plmn,
        lac: u16,
        ci: u16,
    },
    Lte {
        plmn: Plmn,
        tac: Option<u16>,
        eci: u32,
    },
    Nr {
        plmn: Plmn,
        tac: Option<u32>,
        nci: u64,
    },
}

impl<'a> UserLocation<'a> {
    /// None for no octets at all.
    pub fn decode(value: &'a [u8]) -> Option<Self> {
        let (kind, fields) = value.split_first()?;
        Some(
            Location::read(*kind, Fields(fields))
                .map_or(Self::Raw { kind: *kind, value: fields }, Self::Known),
        )
    }

    pub fn location(&self) -> Option<Location> {
        match self {
            Self::Known(location) => Some(*location),
            Self::Raw { .. } => None,
        }
    }

    pub(crate) fn encode(&self, mut put: impl FnMut(&[u8])) {
        match self {
            Self::Known(location) => location.write(put),
            Self::Raw { kind, value } => {
                put(&[*kind]);
                put(value);
            }
        }
    }
}

impl Location {
    /// The type octet and the type's name.
    pub fn kind(&self) -> (u8, &'static str) {
        match self {
            Self::Cgi { .. } => (0, "CGI"),
            Self::Sai { .. } => (1, "SAI"),
            Self::Rai { .. } => (2, "RAI"),
            Self::Tai(_) => (128, "TAI"),
            Self::Ecgi(_) => (129, "ECGI"),
            Self::TaiEcgi(..) => (130, "TAI+ECGI"),
            Self::EnodeB(_) => (131, "eNodeB ID"),
            Self::TaiEnodeB(..) => (132, "TAI+eNodeB ID"),
            Self::ExtendedEnodeB(_) => (133, "extended eNodeB ID"),
            Self::TaiExtendedEnodeB(..) => (134, "TAI+extended eNodeB ID"),
            Self::Ncgi(_) => (135, "NCGI"),
            Self::Tai5gs(_) => (136, "5GS TAI"),
            Self::Tai5gsNcgi(..) => (137, "5GS TAI+NCGI"),
        }
    }

    /// The network of the first identity.
    pub fn plmn(&self) -> Plmn {
        match self {
            Self::Cgi { plmn, .. } | Self::Sai { plmn, .. } | Self::Rai { plmn, .. } => *plmn,
            Self::Tai(tai)
            | Self::TaiEcgi(tai, _)
            | Self::TaiEnodeB(tai, _)
            | Self::TaiExtendedEnodeB(tai, _) => tai.plmn,
            Self::Ecgi(ecgi) => ecgi.plmn,
            Self::EnodeB(enodeb) => enodeb.plmn,
            Self::ExtendedEnodeB(enodeb) => enodeb.plmn,
            Self::Ncgi(ncgi) => ncgi.plmn,
            Self::Tai5gs(tai) | Self::Tai5gsNcgi(tai, _) => tai.plmn,
        }
    }

    /// The cell, when the location is as fine as that.
    pub fn cell(&self) -> Option<Cell> {
        Some(match *self {
            Self::Cgi { plmn, lac, ci } => Cell::Gsm { plmn, lac, ci },
            Self::Sai { plmn, lac, sac } => Cell::Gsm { plmn, lac, ci: sac },
            Self::Ecgi(Ecgi { plmn, eci }) => Cell::Lte { plmn, tac: None, eci },
            Self::TaiEcgi(tai, Ecgi { plmn, eci }) => Cell::Lte { plmn, tac: Some(tai.tac), eci },
            Self::Ncgi(Ncgi { plmn, nci }) => Cell::Nr { plmn, tac: None, nci },
            Self::Tai5gsNcgi(tai, Ncgi { plmn, nci }) => Cell::Nr { plmn, tac: Some(tai.tac), nci },
            _ => return None,
        })
    }

    fn read(kind: u8, mut fields: Fields<'_>) -> Option<Self> {
        let fields = &mut fields;
        Some(match kind {
            0 => Self::Cgi { plmn: fields.plmn()?, lac: fields.u16()?, ci: fields.u16()? },
            1 => Self::Sai { plmn: fields.plmn()?, lac: fields.u16()?, sac: fields.u16()? },
            2 => {
                let rai = Self::Rai { plmn: fields.plmn()?, lac: fields.u16()?, rac: fields.octet()? };
                fields.octet()?;
                rai
            }
            128 => Self::Tai(fields.tai()?),
            129 => Self::Ecgi(fields.ecgi()?),
            130 => Self::TaiEcgi(fields.tai()?, fields.ecgi()?),
            131 => Self::EnodeB(fields.enodeb()?),
            132 => Self::TaiEnodeB(fields.tai()?, fields.enodeb()?),
            133 => Self::ExtendedEnodeB(fields.extended_enodeb()?),
            134 => Self::TaiExtendedEnodeB(fields.tai()?, fields.extended_enodeb()?),
            135 => Self::Ncgi(fields.ncgi()?),
            136 => Self::Tai5gs(fields.tai_5gs()?),
            137 => Self::Tai5gsNcgi(fields.tai_5gs()?, fields.ncgi()?),
            _ => return None,
        })
    }

    fn write(&self, mut put: impl FnMut(&[u8])) {
        put(&[self.kind().0]);
        match self {
            Self::Cgi { plmn, lac, ci: cell } | Self::Sai { plmn, lac, sac: cell } => {
                put(&plmn.nibbles());
                put(&lac.to_be_bytes());
                put(&cell.to_be_bytes());
            }
            Self::Rai { plmn, lac, rac } => {
                put(&plmn.nibbles());
                put(&lac.to_be_bytes());
                put(&[*rac, 0xFF]);
            }
            Self::Tai(tai) => put(&tai.octets()),
            Self::Ecgi(ecgi) => put(&ecgi.octets()),
            Self::TaiEcgi(tai, ecgi) => {
                put(&tai.octets());
                put(&ecgi.octets());
            }
            Self::EnodeB(enodeb) => put(&enodeb.octets()),
            Self::TaiEnodeB(tai, enodeb) => {
                put(&tai.octets());
                put(&enodeb.octets());
            }
            Self::ExtendedEnodeB(enodeb) => put(&enodeb.octets()),
            Self::TaiExtendedEnodeB(tai, enodeb) => {
                put(&tai.octets());
                put(&enodeb.octets());
            }
            Self::Ncgi(ncgi) => put(&ncgi.octets()),
            Self::Tai5gs(tai) => put(&tai.octets()),
            Self::Tai5gsNcgi(tai, ncgi) => {
                put(&tai.octets());
                put(&ncgi.octets());
            }
        }
    }
}

impl Tai {
    fn octets(&self) -> [u8; 5] {
        let [a, b, c] = self.plmn.nibbles();
        let [high, low] = self.tac.to_be_bytes();
        [a, b, c, high, low]
    }
}

impl Ecgi {
    fn octets(&self) -> [u8; 7] {
        let [a, b, c] = self.plmn.nibbles();
        let [d, e, f, g] = (self.eci & 0x0FFF_FFFF).to_be_bytes();
        [a, b, c, d, e, f, g]
    }

    pub fn enodeb(&self) -> u32 {
        self.eci >> 8
    }

    pub fn cell(&self) -> u8 {
        (self.eci & 0xFF) as u8
    }
}

impl EnodeB {
    fn octets(&self) -> [u8; 6] {
        let [a, b, c] = self.plmn.nibbles();
        let [_, d, e, f] = (self.id & 0x0F_FFFF).to_be_bytes();
        [a, b, c, d, e, f]
    }
}

impl ExtendedEnodeB {
    fn octets(&self) -> [u8; 6] {
        let [a, b, c] = self.plmn.nibbles();
        let id = if self.short { 1 << 23 | self.id & 0x03_FFFF } else { self.id & 0x1F_FFFF };
        let [_, d, e, f] = id.to_be_bytes();
        [a, b, c, d, e, f]
    }
}

impl Ncgi {
    /// NCI stands left-aligned in five octets; the last four bits are spare.
    fn octets(&self) -> [u8; 8] {
        let [a, b, c] = self.plmn.nibbles();
        let [_, _, _, d, e, f, g, h] = ((self.nci & 0xF_FFFF_FFFF) << 4).to_be_bytes();
        [a, b, c, d, e, f, g, h]
    }
}

impl Tai5gs {
    fn octets(&self) -> [u8; 6] {
        let [a, b, c] = self.plmn.nibbles();
        let [_, d, e, f] = self.tac.to_be_bytes();
        [a, b, c, d, e, f]
    }
}

/// What is left to read. Octets past the last field are ignored.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn octet(&mut self) -> Option<u8> {
        self.take::<1>().map(|[octet]| octet)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_be_bytes)
    }

    fn u24(&mut self) -> Option<u32> {
        self.take().map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    }

    fn plmn(&mut self) -> Option<Plmn> {
        self.take().and_then(Plmn::from_nibbles)
    }

    fn tai(&mut self) -> Option<Tai> {
        Some(Tai { plmn: self.plmn()?, tac: self.u16()? })
    }

    fn ecgi(&mut self) -> Option<Ecgi> {
        Some(Ecgi { plmn: self.plmn()?, eci: self.take().map(u32::from_be_bytes)? & 0x0FFF_FFFF })
    }

    fn enodeb(&mut self) -> Option<EnodeB> {
        Some(EnodeB { plmn: self.plmn()?, id: self.u24()? & 0x0F_FFFF })
    }

    fn extended_enodeb(&mut self) -> Option<ExtendedEnodeB> {
        let (plmn, id) = (self.plmn()?, self.u24()?);
        let short = id & 1 << 23 != 0;
        Some(ExtendedEnodeB { plmn, short, id: id & if short { 0x03_FFFF } else { 0x1F_FFFF } })
    }

    fn ncgi(&mut self) -> Option<Ncgi> {
        let plmn = self.plmn()?;
        let [a, b, c, d, e] = self.take()?;
        Some(Ncgi { plmn, nci: u64::from_be_bytes([0, 0, 0, a, b, c, d, e]) >> 4 })
    }

    fn tai_5gs(&mut self) -> Option<Tai5gs> {
        Some(Tai5gs { plmn: self.plmn()?, tac: self.u24()? })
    }
}
