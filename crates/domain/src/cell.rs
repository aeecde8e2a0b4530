//! Cells of the radio network as the operator's planning has them. What a session says of its cell is
//! [`session::CellId`](crate::session::CellId).

use crate::{identifier::Plmn, state::coded, time::Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

coded! {
    /// The radio access that a cell belongs to, named as OpenCelliD's and Mozilla's files name it.
    Radio {
        Gsm = 1 "GSM",
        Umts = 2 "UMTS",
        Lte = 3 "LTE",
        Nr = 4 "NR",
    }
}

impl Radio {
    /// The largest LAC (16 bits) or TAC: 16 bits, of NR 24 (TS 23.003 §4.1, §19.4.2.3, §28.6).
    pub const fn most_area(self) -> u32 {
        match self {
            Self::Gsm | Self::Umts | Self::Lte => 0xFFFF,
            Self::Nr => 0xFF_FFFF,
        }
    }

    /// The largest CI (16 bits), UTRAN cell id or ECI (28 bits), NCI (36 bits): TS 23.003 §4.3.1, TS 25.331 §10.3.2.2,
    /// TS 23.003 §19.6, §19.6A.
    pub const fn most_cell(self) -> u64 {
        match self {
            Self::Gsm => 0xFFFF,
            Self::Umts | Self::Lte => 0xFFF_FFFF,
            Self::Nr => 0xF_FFFF_FFFF,
        }
    }
}

/// Which cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CellKey {
    pub plmn: Plmn,
    pub radio: Radio,
    /// LAC or TAC.
    pub area: u32,
    /// CI, RNC and CI, ECI or NCI.
    pub cell: u64,
}

impl CellKey {
    /// What is wrong with it: the field, and what would be right.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let (radio, most) = (self.radio, self.radio.most_area());
        if self.area > most {
            return Err(("area", format!("an area of {radio} is a number from 0 to {most}")));
        }
        let most = radio.most_cell();
        if self.cell > most {
            return Err(("cell", format!("a cell of {radio} is a number from 0 to {most}")));
        }
        Ok(())
    }
}

impl fmt::Display for CellKey {
    /// `LTE 46692-12001-25600257`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}-{}-{}", self.radio, self.plmn, self.area, self.cell)
    }
}

/// A place, WGS 84, in millionths of a degree: a tenth of a metre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    latitude: i32,
    longitude: i32,
}

impl Position {
    const MILLIONTHS: f64 = 1_000_000.0;

    /// `None` where there is no such place.
    pub fn from_millionths(latitude: i64, longitude: i64) -> Option<Self> {
        let (Ok(latitude), Ok(longitude)) = (i32::try_from(latitude), i32::try_from(longitude)) else {
            return None;
        };
        let on_earth = latitude.unsigned_abs() <= 90_000_000 && longitude.unsigned_abs() <= 180_000_000;
        on_earth.then_some(Self { latitude, longitude })
    }

    /// Of degrees in decimal form, `25.033912` and `121.5645`.
    pub fn parse(latitude: &str, longitude: &str) -> Option<Self> {
        let millionths = |text: &str| {
            let degrees: f64 = text.trim().parse().ok()?;
            // What is no number or far out is no place: the bounds above refuse it.
            degrees.is_finite().then(|| (degrees * Self::MILLIONTHS).round() as i64)
        };
        Self::from_millionths(millionths(latitude)?, millionths(longitude)?)
    }

    pub fn latitude_millionths(self) -> i32 {
        self.latitude
    }

    pub fn longitude_millionths(self) -> i32 {
        self.longitude
    }

    /// In degrees, as text that [`Self::parse`] reads back.
    pub fn latitude(self) -> String {
        degrees(self.latitude)
    }

    pub fn longitude(self) -> String {
        degrees(self.longitude)
    }
}

fn degrees(millionths: i32) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    let (whole, rest) = (millionths.unsigned_abs() / 1_000_000, millionths.unsigned_abs() % 1_000_000);
    format!("{sign}{whole}.{rest:06}")
}

/// What is said of a cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    pub key: CellKey,
    pub name: Option<String>,
    pub position: Option<Position>,
    /// How far it reaches, metres.
    pub reach: Option<u32>,
}

impl Cell {
    pub const MOST_NAME: usize = 100;
    /// Timing advance ends at 35 km for GSM, at 100 km for LTE; extended cells reach 120.
    pub const MOST_REACH: u32 = 200_000;
}

/// A cell in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellLine {
    pub cell: Cell,
    pub changed_at: Timestamp,
}

/// Which cells are meant. Nothing said: all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellFilter {
    pub plmn: Option<Plmn>,
    pub radio: Option<Radio>,
    /// A cell or an area by its number, a cell as alerts write it (`46692-12001-25600257`), or a part of a name.
    pub text: String,
}

/// A page of cells, by network, radio, area, cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellPage {
    pub cells: Vec<CellLine>,
    pub total: u64,
}

/// A network that cells are known of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellNetwork {
    pub plmn: Plmn,
    /// By the table of networks; its code where that doesn't have it.
    pub name: String,
    pub radio: Radio,
    pub cells: u64,
    /// Of them, those whose place is known.
    pub placed: u64,
    pub changed_at: Timestamp,
}

/// A line of a file of cells. What is `None` isn't said: what is held stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellImport {
    /// The first line of the file is 1.
    pub line: u64,
    pub cell: Cell,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_written() {
        for (latitude, longitude, expected) in [
            ("25.033912", "121.5645", Some(("25.033912", "121.564500"))),
            ("-0.0000005", "-180", Some(("-0.000001", "-180.000000"))),
            (" 90 ", "0", Some(("90.000000", "0.000000"))),
            ("90.000001", "0", None),
            ("0", "180.1", None),
            ("NaN", "0", None),
            ("1e300", "0", None),
            ("", "0", None),
        ] {
            let found = Position::parse(latitude, longitude);
            let texts = found.map(|place| (place.latitude(), place.longitude()));
            let texts = texts.as_ref().map(|(latitude, longitude)| (latitude.as_str(), longitude.as_str()));
            assert_eq!(texts, expected, "{latitude} {longitude}");
            if let Some(place) = found {
                assert_eq!(Position::parse(&place.latitude(), &place.longitude()), Some(place));
            }
        }
    }

    #[test]
    fn numbers_fit_their_radio() {
        let plmn = "46692".parse().unwrap();
        for (radio, area, cell, wrong) in [
            (Radio::Gsm, 65_535, 65_535, None),
            (Radio::Gsm, 1, 65_536, Some("cell")),
            (Radio::Umts, 1, 65_536, None),
            (Radio::Lte, 65_536, 1, Some("area")),
            (Radio::Lte, 1, 1 << 28, Some("cell")),
            (Radio::Nr, 0xFF_FFFF, (1 << 36) - 1, None),
            (Radio::Nr, 1, 1 << 36, Some("cell")),
        ] {
            let key = CellKey { plmn, radio, area, cell };
            assert_eq!(key.check().err().map(|(field, _)| field), wrong, "{key}");
        }
    }
}
