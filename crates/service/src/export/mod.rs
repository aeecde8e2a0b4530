//! Tables as files, row by row, whatever their size: [`CsvTable`] and [`XlsxTable`] take the same [`Cell`]s.
//!
//! What a customer's file says ends up in somebody's spreadsheet, so neither form lets a cell become a formula, and
//! identifiers stay the digits that they are.

mod csv;
mod xlsx;

pub use csv::{CsvTable, Identifiers};
pub use xlsx::XlsxTable;

use chrono::NaiveDateTime;

/// What stands in one cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    #[default]
    Empty,
    Text(String),
    /// Digits that are a name, not a number: 門號, ICCID, IMSI, IMEI. A spreadsheet would drop leading zeros and all
    /// digits after the fifteenth.
    Identifier(String),
    Count(u64),
    /// Local time in the zone of whoever asked.
    At(NaiveDateTime),
}

impl Cell {
    pub fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.into()))
    }

    pub fn identifier(digits: Option<impl ToString>) -> Self {
        digits.map_or(Self::Empty, |digits| Self::Identifier(digits.to_string()))
    }
}

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("writing the file")]
    Io(#[from] std::io::Error),
    #[error("writing the CSV")]
    Csv(#[from] ::csv::Error),
    #[error("writing the workbook")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
}
