//! A file of cells: the columns of OpenCelliD and of Mozilla's location service, with their line of names or without it, and a
//! column for the name besides.

use crate::{
    import::{MOST_LINES, RowError, UnreadableFile, delimiter, not_csv, one_line_end, text},
    reference::network_of_numbers,
};
use opencmp_domain::{
    InvalidIdentifier, Plmn,
    cell::{Cell, CellImport, CellKey, Position, Radio},
};
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Radio,
    /// The network whole, as our own files have it: no zero is lost.
    Plmn,
    Mcc,
    Net,
    Area,
    Cell,
    Longitude,
    Latitude,
    Reach,
    Name,
    /// Of OpenCelliD's, what nothing here is about: unit, samples, changeable, created, updated, averageSignal.
    Other,
}

impl Column {
    const KNOWN: &str = "radio, mcc, net (or plmn), area, cell, lon, lat, range, name";
    /// Those of a file whose first line is a cell already.
    const UNNAMED: [Self; 14] = [
        Self::Radio,
        Self::Mcc,
        Self::Net,
        Self::Area,
        Self::Cell,
        Self::Other,
        Self::Longitude,
        Self::Latitude,
        Self::Reach,
        Self::Other,
        Self::Other,
        Self::Other,
        Self::Other,
        Self::Other,
    ];

    fn of(header: &str) -> Option<Self> {
        Some(match header.trim().trim_start_matches('\u{FEFF}').to_ascii_lowercase().as_str() {
            "radio" | "無線技術" => Self::Radio,
            "plmn" | "網路" => Self::Plmn,
            "mcc" => Self::Mcc,
            "net" | "mnc" => Self::Net,
            "area" | "lac" | "tac" | "區域" => Self::Area,
            "cell" | "cid" | "ci" | "eci" | "nci" | "基地台" => Self::Cell,
            "lon" | "longitude" | "經度" => Self::Longitude,
            "lat" | "latitude" | "緯度" => Self::Latitude,
            "range" | "reach" | "涵蓋範圍" => Self::Reach,
            "name" | "名稱" => Self::Name,
            "unit" | "samples" | "changeable" | "created" | "updated" | "averagesignal" => Self::Other,
            _ => return None,
        })
    }

    fn field(self) -> &'static str {
        match self {
            Self::Radio => "radio",
            Self::Plmn => "plmn",
            Self::Mcc => "mcc",
            Self::Net => "net",
            Self::Area => "area",
            Self::Cell => "cell",
            Self::Longitude => "lon",
            Self::Latitude => "lat",
            Self::Reach => "range",
            Self::Name => "name",
            Self::Other => "",
        }
    }
}

/// Reads a text whole. Lines with errors are left out of the cells and named in the errors.
pub fn read_cells_text(all: &str) -> Result<(Vec<CellImport>, Vec<RowError>), UnreadableFile> {
    let all = one_line_end(all);
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(delimiter(&all)).flexible(false).has_headers(false).trim(csv::Trim::All);
    let mut reader = builder.from_reader(all.as_bytes());
    let mut columns = Vec::new();
    let (mut cells, mut errors) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(not_csv)?;
        let line = record.position().map_or(0, csv::Position::line);
        if columns.is_empty() {
            let unnamed = record.get(0).is_some_and(|first| radio(first).is_ok() || first == "CDMA");
            if !unnamed {
                columns = named(&record)?;
                continue;
            }
            columns = Column::UNNAMED.to_vec();
            if record.len() != columns.len() {
                let message = format!("{} columns where OpenCelliD's files have 14", record.len());
                return Err(UnreadableFile::NotCsv { line, message });
            }
        }
        if cells.len() + errors.len() >= MOST_LINES {
            return Err(UnreadableFile::TooLong);
        }
        match cell(&columns, &record, line) {
            Ok(cell) => cells.push(cell),
            Err(mut wrong) => errors.append(&mut wrong),
        }
    }
    if columns.is_empty() { Err(UnreadableFile::Empty) } else { Ok((cells, errors)) }
}

fn named(header: &csv::StringRecord) -> Result<Vec<Column>, UnreadableFile> {
    let mut columns = Vec::with_capacity(header.len());
    for name in header {
        let unknown = || UnreadableFile::UnknownColumn { name: name.to_owned(), known: Column::KNOWN };
        let column = Column::of(name).ok_or_else(unknown)?;
        if column != Column::Other && columns.contains(&column) {
            return Err(UnreadableFile::RepeatedColumn(name.to_owned()));
        }
        columns.push(column);
    }
    let needed = [Column::Radio, Column::Area, Column::Cell];
    let network =
        columns.contains(&Column::Plmn) || columns.contains(&Column::Mcc) && columns.contains(&Column::Net);
    if network && needed.iter().all(|column| columns.contains(column)) {
        Ok(columns)
    } else {
        Err(UnreadableFile::NoCell)
    }
}

/// Narrow-band IoT and LTE-M are LTE's radio, their cells ECIs (TS 23.003 §19.6).
fn radio(said: &str) -> Result<Radio, String> {
    match said.to_ascii_uppercase().as_str() {
        "NBIOT" | "NB-IOT" | "LTE-M" => Ok(Radio::Lte),
        "5G" => Ok(Radio::Nr),
        other => Radio::from_str(other).map_err(|_| format!("{said:?} is not GSM, UMTS, LTE or NR")),
    }
}

/// A name that begins like a formula has an apostrophe before it in our own files.
fn as_named(said: &str) -> &str {
    match said.strip_prefix('\'') {
        Some(named) if named.starts_with(['=', '+', '-', '@']) => named,
        _ => said,
    }
}

fn cell(columns: &[Column], record: &csv::StringRecord, line: u64) -> Result<CellImport, Vec<RowError>> {
    let said = |column: Column| {
        let at = columns.iter().position(|held| *held == column)?;
        record.get(at).filter(|said| !said.is_empty())
    };
    let mut errors = Vec::new();
    let mut wrong = |column: Column, message: String| {
        errors.push(RowError { line, field: column.field().to_owned(), message });
    };
    let number = |column: Column| {
        let said = said(column).unwrap_or_default();
        said.parse::<u64>().map_err(|_| format!("{said:?} is not a number such as 12001"))
    };
    let radio = radio(said(Column::Radio).unwrap_or_default()).map_err(|e| wrong(Column::Radio, e)).ok();
    let area = number(Column::Area).map_err(|e| wrong(Column::Area, e)).ok();
    let number = number(Column::Cell).map_err(|e| wrong(Column::Cell, e)).ok();
    let plmn: Option<Plmn> = match said(Column::Plmn) {
        Some(whole) => {
            let message = |_: InvalidIdentifier| format!("{whole:?} is no network: 46692 is one");
            whole.parse().map_err(|error| wrong(Column::Plmn, message(error))).ok()
        }
        None => {
            let (mcc, net) = (said(Column::Mcc).unwrap_or_default(), said(Column::Net).unwrap_or_default());
            let plmn = network_of_numbers(mcc, net);
            if plmn.is_none() {
                wrong(Column::Net, format!("{mcc:?} and {net:?} are no network: mcc 466 and net 92 are one"));
            }
            plmn
        }
    };
    let (longitude, latitude) = (said(Column::Longitude), said(Column::Latitude));
    let position = match (latitude, longitude) {
        (None, None) => None,
        (latitude, longitude) => {
            let found = Position::parse(latitude.unwrap_or_default(), longitude.unwrap_or_default());
            if found.is_none() {
                let message =
                    "is no place in degrees, such as 121.5645 and 25.0339: give lon and lat, or neither";
                wrong(Column::Longitude, message.to_owned());
            }
            found
        }
    };
    // OpenCelliD writes 0 where it doesn't know.
    let reach = match said(Column::Reach).map(str::parse::<u32>) {
        None | Some(Ok(0)) => None,
        Some(Ok(reach)) if reach <= Cell::MOST_REACH => Some(reach),
        Some(_) => {
            wrong(Column::Reach, format!("is not a number of metres up to {}", Cell::MOST_REACH));
            None
        }
    };
    let name = match said(Column::Name).map(as_named).map(text) {
        None => None,
        Some(Ok(name)) if name.chars().count() <= Cell::MOST_NAME => Some(name),
        Some(Ok(_)) => {
            wrong(Column::Name, format!("at most {} characters", Cell::MOST_NAME));
            None
        }
        Some(Err(message)) => {
            wrong(Column::Name, message);
            None
        }
    };
    let key = match (plmn, radio, area, number) {
        (Some(plmn), Some(radio), Some(area), Some(cell)) => {
            // A number beyond 32 bits is no area of any radio.
            let key = CellKey { plmn, radio, area: u32::try_from(area).unwrap_or(u32::MAX), cell };
            if let Err((field, message)) = key.check() {
                errors.push(RowError { line, field: field.to_owned(), message });
            }
            Some(key)
        }
        _ => None,
    };
    match key {
        Some(key) if errors.is_empty() => Ok(CellImport { line, cell: Cell { key, name, position, reach } }),
        _ => Err(errors),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENCELLID: &str = "LTE,466,92,12001,25600257,0,121.5645,25.033912,1200,3,1,1459779780,1459779780,0\n\
                              UMTS,466,1,4001,65538,,,,0,1,1,0,0,\n";

    #[test]
    fn opencellids_files_are_read_with_their_header_or_without() {
        let header =
            "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal\r\n";
        let with = format!("\u{FEFF}{header}{OPENCELLID}");
        for (file, first) in [(OPENCELLID, 1), (with.as_str(), 2)] {
            let (cells, errors) = read_cells_text(file).unwrap();
            assert!(errors.is_empty(), "{errors:?}");
            let told: Vec<_> = cells.iter().map(|line| (line.line, line.cell.key.to_string())).collect();
            let expected = [
                (first, "LTE 46692-12001-25600257".to_owned()),
                (first + 1, "UMTS 46601-4001-65538".to_owned()),
            ];
            assert_eq!(told, expected);
            let cell = &cells[0].cell;
            assert_eq!((cell.position, cell.reach), (Position::parse("25.033912", "121.5645"), Some(1200)));
            assert_eq!((cells[1].cell.position, cells[1].cell.reach), (None, None));
        }
    }

    #[test]
    fn columns_may_stand_in_any_order_and_have_a_name() {
        let file = "名稱\tcell\ttac\tmnc\tmcc\tradio\n北屯 03\t25600257\t12001\t92\t466\tNB-IoT\n";
        let (cells, errors) = read_cells_text(file).unwrap();
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(cells[0].cell.name.as_deref(), Some("北屯 03"));
        assert_eq!(cells[0].cell.key.radio, Radio::Lte);
    }

    #[test]
    fn errors_name_line_and_column() {
        let file = "radio,mcc,net,area,cell,lon,lat,range,name\n\
                    WIMAX,466,92,1,1,,,,\n\
                    LTE,466,92,70000,1,,,,\n\
                    LTE,466,92,1,268435456,,,,\n\
                    LTE,,92,1,1,121,,9999999,\n\
                    LTE,466,92,x,-1,0,91,,\n\
                    NR,466,92,99999999999,1,0,0,,ok\n";
        let (cells, errors) = read_cells_text(file).unwrap();
        assert!(cells.is_empty(), "{cells:?}");
        let named: Vec<(u64, &str)> = errors.iter().map(|error| (error.line, error.field.as_str())).collect();
        let expected = [
            (2, "radio"),
            (3, "area"),
            (4, "cell"),
            (5, "net"),
            (5, "lon"),
            (5, "range"),
            (6, "area"),
            (6, "cell"),
            (6, "lon"),
            (7, "area"),
        ];
        assert_eq!(named, expected);
    }

    #[test]
    fn an_unreadable_file_says_why() {
        assert_eq!(read_cells_text(""), Err(UnreadableFile::Empty));
        assert_eq!(read_cells_text("radio,mcc,net,area\n"), Err(UnreadableFile::NoCell));
        let unknown = UnreadableFile::UnknownColumn { name: "colour".into(), known: Column::KNOWN };
        assert_eq!(read_cells_text("radio,mcc,net,area,cell,colour\n"), Err(unknown));
        assert_eq!(read_cells_text("radio,radio\n"), Err(UnreadableFile::RepeatedColumn("radio".into())));
        assert!(matches!(read_cells_text("LTE,466,92,1,1\n"), Err(UnreadableFile::NotCsv { line: 1, .. })));
        assert!(matches!(
            read_cells_text("radio,mcc,net,area,cell\nLTE,466,92,1\n"),
            Err(UnreadableFile::NotCsv { line: 2, .. })
        ));
    }
}
