//! XLSX in constant memory: rows go to a temporary file as they come.

use super::{Cell, ExportError};
use chrono::NaiveDate;
use rust_xlsxwriter::{Format, Workbook, Worksheet};
use std::{
    fs::File,
    io::{BufWriter, Seek, SeekFrom},
};

/// Rows that a sheet may have (the format's limit), its header included. What is more goes to the next sheet.
const MOST_ROWS: u32 = 1_048_576;
const MOST_CELL: usize = 32_767;
/// Fast; spreadsheets of a million rows are sent once and thrown away.
const COMPRESSION: u8 = 2;

/// A workbook of one table. The header stays in sight and can be filtered by.
pub struct XlsxTable {
    workbook: Workbook,
    sheet: Worksheet,
    name: String,
    header: Vec<String>,
    widths: Vec<f64>,
    sheets: u32,
    row: u32,
    heading: Format,
    text: Format,
    count: Format,
    date_time: Format,
}

impl XlsxTable {
    /// `columns`: heading and width in characters.
    pub fn new(name: &str, columns: &[(&str, f64)]) -> Result<Self, ExportError> {
        let mut workbook = Workbook::new();
        workbook.set_zip_compression_level(COMPRESSION);
        let heading = Format::new().set_bold();
        // The text format: what people type into these cells later stays text as well.
        let text = Format::new().set_num_format("@");
        let count = Format::new().set_num_format("#,##0");
        let date_time = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
        for format in [&heading, &text, &count, &date_time] {
            workbook.register_format(format);
        }
        let sheet = workbook.new_worksheet_with_constant_memory()?;
        let mut table = Self {
            workbook,
            sheet,
            name: name.to_owned(),
            header: columns.iter().map(|(name, _)| (*name).to_owned()).collect(),
            widths: columns.iter().map(|(_, width)| *width).collect(),
            sheets: 1,
            row: 0,
            heading,
            text,
            count,
            date_time,
        };
        table.begin_sheet()?;
        Ok(table)
    }

    fn begin_sheet(&mut self) -> Result<(), ExportError> {
        let name =
            if self.sheets == 1 { self.name.clone() } else { format!("{} ({})", self.name, self.sheets) };
        self.sheet.set_name(name)?;
        self.sheet.set_freeze_panes(1, 0)?;
        for (column, (name, width)) in (0u16..).zip(self.header.iter().zip(&self.widths)) {
            self.sheet.set_column_width(column, *width)?;
            self.sheet.write_string_with_format(0, column, name, &self.heading)?;
        }
        self.row = 1;
        Ok(())
    }

    fn end_sheet(&mut self) -> Result<(), ExportError> {
        if let Some(last) = self.header.len().checked_sub(1).and_then(|last| u16::try_from(last).ok()) {
            self.sheet.autofilter(0, 0, self.row.saturating_sub(1), last)?;
        }
        Ok(())
    }

    pub fn row(&mut self, cells: &[Cell]) -> Result<(), ExportError> {
        if self.row >= MOST_ROWS {
            self.end_sheet()?;
            let next = self.workbook.new_worksheet_with_constant_memory()?;
            let full = std::mem::replace(&mut self.sheet, next);
            self.workbook.push_worksheet(full);
            self.sheets += 1;
            self.begin_sheet()?;
        }
        for (column, cell) in (0u16..).zip(cells) {
            match cell {
                Cell::Empty => {}
                Cell::Text(text) | Cell::Identifier(text) => {
                    self.sheet.write_string_with_format(self.row, column, cut(text), &self.text)?;
                }
                Cell::Count(n) => {
                    self.sheet.write_number_with_format(self.row, column, *n as f64, &self.count)?;
                }
                Cell::At(at) => {
                    let day = at.date().signed_duration_since(EPOCH).num_days() as f64;
                    let seconds =
                        at.time().signed_duration_since(chrono::NaiveTime::MIN).num_seconds() as f64;
                    let serial = day + seconds / 86_400.0;
                    self.sheet.write_number_with_format(self.row, column, serial, &self.date_time)?;
                }
            }
        }
        self.row += 1;
        Ok(())
    }

    /// The workbook as a temporary file without a name, at its beginning, and its size in octets.
    pub fn finish(mut self) -> Result<(File, u64), ExportError> {
        self.end_sheet()?;
        self.workbook.push_worksheet(self.sheet);
        let mut file = tempfile::tempfile()?;
        let mut out = BufWriter::with_capacity(256 * 1024, &mut file);
        self.workbook.save_to_writer(&mut out)?;
        out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        let size = file.seek(SeekFrom::End(0))?;
        file.rewind()?;
        Ok((file, size))
    }
}

/// Day 0 of spreadsheets.
const EPOCH: NaiveDate = match NaiveDate::from_ymd_opt(1899, 12, 30) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// A cell holds so many characters and no more.
fn cut(text: &str) -> &str {
    match text.char_indices().nth(MOST_CELL) {
        Some((end, _)) => text.get(..end).unwrap_or_default(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{Data, Reader, Xlsx};

    fn read(table: XlsxTable) -> Xlsx<std::io::BufReader<File>> {
        let (file, size) = table.finish().unwrap();
        assert!(size > 0);
        Xlsx::new(std::io::BufReader::new(file)).unwrap()
    }

    #[test]
    fn what_was_written_is_read_back() {
        let columns = [("門號", 16.0), ("設備名稱", 20.0), ("累計流量 (KB)", 12.0), ("存取時間", 20.0)];
        let mut table = XlsxTable::new("門號明細", &columns).unwrap();
        let at = NaiveDate::from_ymd_opt(2021, 2, 24).unwrap().and_hms_opt(16, 17, 49).unwrap();
        table
            .row(&[
                Cell::Identifier("0400010123456".into()),
                Cell::Text("=HYPERLINK(\"http://x\")".into()),
                Cell::Count(16_691_200),
                Cell::At(at),
            ])
            .unwrap();
        table.row(&[Cell::Identifier("8988692123456789016".into()), Cell::Empty]).unwrap();
        let mut book = read(table);
        assert_eq!(book.sheet_names(), ["門號明細"]);
        assert!(book.worksheet_formula("門號明細").unwrap().is_empty());
        let range = book.worksheet_range("門號明細").unwrap();
        let cell = |row, column| range.get_value((row, column)).cloned().unwrap_or(Data::Empty);
        assert_eq!(cell(0, 0), Data::String("門號".into()));
        assert_eq!(cell(1, 0), Data::String("0400010123456".into()));
        assert_eq!(cell(1, 1), Data::String("=HYPERLINK(\"http://x\")".into()));
        assert_eq!(cell(1, 2), Data::Float(16_691_200.0));
        let Data::DateTime(read_at) = cell(1, 3) else { panic!("{:?}", cell(1, 3)) };
        assert!((read_at.as_f64() - 44_251.679_039_351_85).abs() < 1e-9);
        assert_eq!(cell(2, 0), Data::String("8988692123456789016".into()));
        assert_eq!(cell(2, 1), Data::Empty);
    }

    #[test]
    fn a_full_sheet_goes_on_in_the_next() {
        let mut table = XlsxTable::new("n", &[("a", 8.0)]).unwrap();
        table.row = MOST_ROWS - 1;
        table.row(&[Cell::Count(1)]).unwrap();
        table.row(&[Cell::Count(2)]).unwrap();
        let mut book = read(table);
        assert_eq!(book.sheet_names(), ["n", "n (2)"]);
        assert_eq!(book.worksheet_range("n (2)").unwrap().get_value((1, 0)), Some(&Data::Float(2.0)));
    }
}
