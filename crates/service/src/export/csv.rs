//! CSV: UTF-8 with a byte order mark, so that Excel reads Chinese; RFC 4180 otherwise.

use super::{Cell, ExportError};
use opencmp_domain::text::no_formula;
use std::io::Write;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Writes as rows come; nothing is kept.
pub struct CsvTable<W: Write> {
    writer: csv::Writer<W>,
    identifiers: Identifiers,
}

/// How identifiers stand in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Identifiers {
    /// `="0400010123456"`, which spreadsheets show as `0400010123456`; bare digits they would turn into `4.00E+11`.
    #[default]
    ForSpreadsheets,
    /// The digits alone, for programs.
    Plain,
}

impl<W: Write> CsvTable<W> {
    pub fn new(mut out: W, header: &[&str], identifiers: Identifiers) -> Result<Self, ExportError> {
        out.write_all(BYTE_ORDER_MARK)?;
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        writer.write_record(header.iter().map(|name| no_formula(name).into_owned()))?;
        Ok(Self { writer, identifiers })
    }

    pub fn row(&mut self, cells: &[Cell]) -> Result<(), ExportError> {
        for cell in cells {
            match cell {
                Cell::Empty => self.writer.write_field("")?,
                Cell::Text(text) => self.writer.write_field(no_formula(text).as_bytes())?,
                Cell::Identifier(digits) => match self.identifiers {
                    Identifiers::ForSpreadsheets if digits.bytes().all(|b| b.is_ascii_digit()) => {
                        self.writer.write_field(format!("=\"{digits}\""))?;
                    }
                    _ => self.writer.write_field(no_formula(digits).as_bytes())?,
                },
                Cell::Count(n) => self.writer.write_field(n.to_string())?,
                Cell::At(at) => self.writer.write_field(at.format("%Y-%m-%d %H:%M:%S").to_string())?,
            }
        }
        self.writer.write_record(None::<&[u8]>)?;
        Ok(())
    }

    /// Hands on what is buffered.
    pub fn flush(&mut self) -> Result<(), ExportError> {
        Ok(self.writer.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(rows: &[Vec<Cell>], identifiers: Identifiers) -> String {
        let mut out = Vec::new();
        let mut table = CsvTable::new(&mut out, &["門號", "設備名稱"], identifiers).unwrap();
        for row in rows {
            table.row(row).unwrap();
        }
        table.flush().unwrap();
        drop(table);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn excel_sees_utf8_and_every_digit() {
        let row = vec![Cell::Identifier("0400010123456".into()), Cell::Text("環礁, \"一號\"".into())];
        let text = write(std::slice::from_ref(&row), Identifiers::ForSpreadsheets);
        assert_eq!(text, "\u{FEFF}門號,設備名稱\r\n\"=\"\"0400010123456\"\"\",\"環礁, \"\"一號\"\"\"\r\n");
        assert!(write(&[row], Identifiers::Plain).contains("\r\n0400010123456,"));
    }

    #[test]
    fn no_text_becomes_a_formula() {
        for evil in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0"] {
            let text = write(
                &[vec![Cell::Text(evil.into()), Cell::Identifier(evil.into())]],
                Identifiers::default(),
            );
            let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{FEFF}').as_bytes());
            let record = reader.records().next().unwrap().unwrap_or_else(|e| panic!("{e}: {text:?}"));
            assert_eq!(&record[0], format!("'{evil}"));
            assert_eq!(&record[1], format!("'{evil}"));
        }
        assert!(
            write(&[vec![Cell::Text("松興 = 一號".into()), Cell::Text("".into())]], Identifiers::default())
                .contains("\r\n松興 = 一號,")
        );
    }
}
