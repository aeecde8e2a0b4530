//! A SIM inventory file: CSV whose header names the columns. What is wrong is said per line and column.
//!
//! [`text_of`] is for files as people send them: UTF-8 with or without its mark, UTF-16 as Excel's "Unicode text" has it. Big5 and
//! whatever else is refused by name: read wrongly, it would be another text.

use opencmp_domain::{Apn, Iccid, Imei, Imsi, Msisdn, ServiceState, sim::SimImport};
use std::{borrow::Cow, io::Read, str::FromStr};

/// Lines that one file may have; a larger inventory comes in several.
pub const MOST_LINES: usize = 2_000_000;
const MOST_TEXT: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Msisdn,
    Iccid,
    Imsi,
    Imei,
    Batch,
    Name,
    Group,
    Plan,
    Apn,
    State,
    Tags,
    /// A custom field, whose name the header says.
    Field,
}

impl Column {
    const KNOWN: &str = "msisdn, iccid, imsi, imei, batch, name, group, plan, apn, state, tags and, for custom fields, field:NAME";

    fn of(header: &str) -> Option<Self> {
        if custom_field(header).is_some() {
            return Some(Self::Field);
        }
        Some(match header.trim().trim_start_matches('\u{FEFF}').to_ascii_lowercase().as_str() {
            "msisdn" | "門號" | "number" => Self::Msisdn,
            "iccid" | "sim卡號" => Self::Iccid,
            "imsi" => Self::Imsi,
            "imei" => Self::Imei,
            "batch" | "批號" => Self::Batch,
            "name" | "設備名稱" => Self::Name,
            "group" | "群組" => Self::Group,
            "plan" | "資費類型" => Self::Plan,
            "apn" => Self::Apn,
            "state" | "服務狀態" => Self::State,
            "tags" | "標籤" => Self::Tags,
            _ => return None,
        })
    }
}

/// The name in `field:NAME`.
fn custom_field(header: &str) -> Option<&str> {
    let header = header.trim().trim_start_matches('\u{FEFF}');
    let prefix = ["field:", "欄位:", "欄位："]
        .into_iter()
        .find(|prefix| header.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix)))?;
    header.get(prefix.len()..).map(str::trim).filter(|name| !name.is_empty())
}

/// What is wrong with one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// The header is line 1.
    pub line: u64,
    /// The column.
    pub field: String,
    /// What would be right.
    pub message: String,
}

impl RowError {
    /// A line that names a cell which a line before it names: the line, and which it was.
    pub fn repeated_cell((line, first): (u64, u64)) -> Self {
        Self { line, field: "cell".to_owned(), message: format!("is also in line {first}") }
    }
}

impl From<opencmp_store::ImportError> for RowError {
    fn from(error: opencmp_store::ImportError) -> Self {
        let field = match error.custom {
            Some(name) => format!("field:{name}"),
            None => error.field.to_string(),
        };
        Self { line: error.line, field, message: error.message }
    }
}

/// Why the file as a whole can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableFile {
    #[error("the file is empty: its first line names the columns, such as msisdn,iccid,imsi,name,group")]
    Empty,
    #[error("column {name:?} is not known; known are {known}")]
    UnknownColumn { name: String, known: &'static str },
    #[error("column {0:?} is there twice")]
    RepeatedColumn(String),
    #[error("one of the columns imsi, iccid and msisdn is needed, to tell which SIM a line is about")]
    NoIdentifier,
    #[error(
        "the columns radio, mcc, net, area and cell are all needed, to tell which cell a line is about; plmn may stand for mcc and net"
    )]
    NoCell,
    #[error("line {line}: {message}; save the file as CSV in UTF-8")]
    NotCsv { line: u64, message: String },
    #[error("more than {MOST_LINES} lines: split the file")]
    TooLong,
    #[error("the file can't be read: {0}")]
    Broken(String),
    #[error("the file is in Big5, it seems: save it as CSV in UTF-8")]
    Big5,
    #[error("the file is not text in UTF-8: save it as CSV in UTF-8")]
    NotText,
    #[error("this is a workbook of Excel: save it as CSV in UTF-8")]
    Workbook,
}

/// The octets of a file as text.
pub fn text_of(file: &[u8]) -> Result<Cow<'_, str>, UnreadableFile> {
    if file.starts_with(b"PK\x03\x04") || file.starts_with(b"\xD0\xCF\x11\xE0") {
        return Err(UnreadableFile::Workbook);
    }
    let utf16 = |octets: &[u8], read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = octets.as_chunks().0.iter().map(|pair| read(*pair)).collect();
        String::from_utf16(&units).map(Cow::Owned).map_err(|_| UnreadableFile::NotText)
    };
    match file {
        [0xFF, 0xFE, rest @ ..] => return utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => return utf16(rest, u16::from_be_bytes),
        _ => {}
    }
    match std::str::from_utf8(file) {
        Ok(text) if text.contains('\0') => Err(UnreadableFile::NotText),
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) if is_big5(file) => Err(UnreadableFile::Big5),
        Err(_) => Err(UnreadableFile::NotText),
    }
}

/// Whether all that isn't ASCII is pairs of octets as Big5 has them.
fn is_big5(file: &[u8]) -> bool {
    let mut octets = file.iter();
    while let Some(octet) = octets.next() {
        match octet {
            0..=0x7F => {}
            0x81..=0xFE
                if octets.next().is_some_and(|second| matches!(second, 0x40..=0x7E | 0xA1..=0xFE)) => {}
            _ => return false,
        }
    }
    true
}

/// Tabs, where the header has them and no commas.
pub(crate) fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    match (header.contains(','), header.contains('\t'), header.contains(';')) {
        (false, true, _) => b'\t',
        (false, false, true) => b';',
        _ => b',',
    }
}

/// Reads the file whole. Lines with errors are left out of the rows and named in the errors.
pub fn read_sims(mut file: impl Read) -> Result<(Vec<SimImport>, Vec<RowError>), UnreadableFile> {
    let mut octets = Vec::new();
    file.read_to_end(&mut octets).map_err(|error| UnreadableFile::Broken(error.to_string()))?;
    read_sims_text(&text_of(&octets)?)
}

/// The same of a text, whose columns may be apart by tabs or semicolons as well, as what is copied from a spreadsheet is.
pub fn read_sims_text(text: &str) -> Result<(Vec<SimImport>, Vec<RowError>), UnreadableFile> {
    let text = one_line_end(text);
    read(&text, delimiter(&text))
}

/// Where lines end with both, the reader counts them from between the two.
pub(crate) fn one_line_end(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) }
}

fn read(text: &str, delimiter: u8) -> Result<(Vec<SimImport>, Vec<RowError>), UnreadableFile> {
    let mut builder = csv::ReaderBuilder::new();
    let mut reader =
        builder.delimiter(delimiter).flexible(false).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(not_csv)?.clone();
    let columns = columns(&header)?;
    let (mut rows, mut errors) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(not_csv)?;
        let line = record.position().map_or(0, csv::Position::line);
        if rows.len() + errors.len() >= MOST_LINES {
            return Err(UnreadableFile::TooLong);
        }
        match row(&columns, &header, &record, line) {
            Ok(row) => rows.push(row),
            Err(mut wrong) => errors.append(&mut wrong),
        }
    }
    Ok((rows, errors))
}

pub(crate) fn not_csv(error: csv::Error) -> UnreadableFile {
    let line = error.position().map_or(1, csv::Position::line);
    let message = match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "the text is not UTF-8".to_owned(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} columns where the header has {expected_len}")
        }
        _ => error.to_string(),
    };
    UnreadableFile::NotCsv { line, message }
}

fn columns(header: &csv::StringRecord) -> Result<Vec<Column>, UnreadableFile> {
    if header.iter().all(str::is_empty) {
        return Err(UnreadableFile::Empty);
    }
    let mut columns: Vec<Column> = Vec::with_capacity(header.len());
    for (at, name) in header.iter().enumerate() {
        let column = Column::of(name)
            .ok_or_else(|| UnreadableFile::UnknownColumn { name: name.to_owned(), known: Column::KNOWN })?;
        let same = |held: &str| Column::of(held) == Some(column) && custom_field(held) == custom_field(name);
        if header.iter().take(at).any(same) {
            return Err(UnreadableFile::RepeatedColumn(name.to_owned()));
        }
        columns.push(column);
    }
    if ![Column::Imsi, Column::Iccid, Column::Msisdn].iter().any(|column| columns.contains(column)) {
        return Err(UnreadableFile::NoIdentifier);
    }
    Ok(columns)
}

/// One line. An empty cell says nothing about that column.
fn row(
    columns: &[Column],
    header: &csv::StringRecord,
    record: &csv::StringRecord,
    line: u64,
) -> Result<SimImport, Vec<RowError>> {
    let mut row = SimImport { line, ..SimImport::default() };
    let mut errors = Vec::new();
    for ((column, name), cell) in columns.iter().zip(header).zip(record) {
        // As our own downloads write identifiers, for spreadsheets.
        let cell = cell.strip_prefix("=\"").and_then(|cell| cell.strip_suffix('"')).unwrap_or(cell);
        if cell.is_empty() {
            continue;
        }
        let result = match column {
            Column::Msisdn => parsed::<Msisdn>(cell).map(|value| row.msisdn = Some(value)),
            Column::Iccid => parsed::<Iccid>(cell).map(|value| row.iccid = Some(value)),
            Column::Imsi => parsed::<Imsi>(cell).map(|value| row.imsi = Some(value)),
            Column::Imei => parsed::<Imei>(cell).map(|value| row.imei = Some(value)),
            Column::Apn => parsed::<Apn>(cell).map(|value| row.apn = Some(value)),
            Column::State => match ServiceState::from_label(cell) {
                Some(state) => {
                    row.service_state = Some(state);
                    Ok(())
                }
                None => Err(format!(
                    "{cell:?} is not a state: test, suspended, active, deactivated or terminated"
                )),
            },
            Column::Tags => text(cell).map(|value| {
                let tags = value.split(['|', ';']).map(str::trim).filter(|tag| !tag.is_empty());
                row.tags = Some(tags.map(str::to_owned).collect());
            }),
            Column::Batch => text(cell).map(|value| row.batch = Some(value)),
            Column::Name => text(cell).map(|value| row.name = Some(value)),
            Column::Group => text(cell).map(|value| row.group = Some(value)),
            Column::Plan => text(cell).map(|value| row.plan = Some(value)),
            Column::Field => text(cell).map(|value| {
                row.fields.extend(custom_field(name).map(|name| (name.to_owned(), value)));
            }),
        };
        if let Err(message) = result {
            let field = match custom_field(name) {
                Some(name) => format!("field:{name}"),
                None => field(*column).to_owned(),
            };
            errors.push(RowError { line, field, message });
        }
    }
    if errors.is_empty() && row.imsi.is_none() && row.iccid.is_none() && row.msisdn.is_none() {
        let message = "the line names no SIM: give its imsi, iccid or msisdn".to_owned();
        errors.push(RowError { line, field: "imsi".to_owned(), message });
    }
    if errors.is_empty() { Ok(row) } else { Err(errors) }
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(cell: &str) -> Result<T, String> {
    cell.parse().map_err(|error: T::Err| error.to_string())
}

pub(crate) fn text(cell: &str) -> Result<String, String> {
    if cell.chars().count() > MOST_TEXT {
        Err(format!("at most {MOST_TEXT} characters"))
    } else if cell.chars().any(char::is_control) {
        Err("control characters are not possible here".to_owned())
    } else {
        Ok(cell.to_owned())
    }
}

fn field(column: Column) -> &'static str {
    match column {
        Column::Msisdn => "msisdn",
        Column::Iccid => "iccid",
        Column::Imsi => "imsi",
        Column::Imei => "imei",
        Column::Batch => "batch",
        Column::Name => "name",
        Column::Group => "group",
        Column::Plan => "plan",
        Column::Apn => "apn",
        Column::State => "state",
        Column::Tags => "tags",
        Column::Field => "field",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_names_the_columns_in_either_language() {
        let file = "\u{FEFF}門號,IMSI,設備名稱,服務狀態,tags\n0400010123456,466920123456789,電表 1,啟用,north|pilot\n";
        let (rows, errors) = read_sims(file.as_bytes()).unwrap();
        assert!(errors.is_empty());
        assert_eq!(rows[0].line, 2);
        assert_eq!(rows[0].name.as_deref(), Some("電表 1"));
        assert_eq!(rows[0].service_state, Some(ServiceState::Active));
        assert_eq!(rows[0].tags.as_deref(), Some(&["north".to_owned(), "pilot".to_owned()][..]));
    }

    #[test]
    fn custom_fields_are_named_in_the_header() {
        let file = "imsi\tfield: 門牌 \t欄位:期數\n466920123456789\t3 號\t\n";
        let (rows, errors) = read_sims_text(file).unwrap();
        assert!(errors.is_empty());
        assert_eq!(rows[0].fields, [("門牌".to_owned(), "3 號".to_owned())]);
        assert!(matches!(read_sims_text("imsi,field:a,FIELD:a\n"), Err(UnreadableFile::RepeatedColumn(_))));
        assert!(matches!(read_sims_text("imsi,field:\n"), Err(UnreadableFile::UnknownColumn { .. })));
    }

    #[test]
    fn what_we_write_for_spreadsheets_is_read_back() {
        let (rows, errors) = read_sims_text("imsi\n\"=\"\"466920123456789\"\"\"\n").unwrap();
        assert_eq!((rows.len(), errors.len()), (1, 0));
    }

    #[test]
    fn text_is_utf8_or_utf16_and_anything_else_is_named() {
        let text = "imsi,name\n466920123456789,環礁\n";
        let utf16: Vec<u8> =
            [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(text_of(text.as_bytes()).unwrap(), text);
        assert_eq!(text_of(&utf16).unwrap(), text);
        assert_eq!(text_of(b"imsi,name\n1,\xC0\xF4\xC1G\n"), Err(UnreadableFile::Big5));
        assert_eq!(text_of(b"imsi,name\n1,\xFF\xFF\n"), Err(UnreadableFile::NotText));
        assert_eq!(text_of(b"a\0b"), Err(UnreadableFile::NotText));
        assert_eq!(text_of(b"PK\x03\x04..."), Err(UnreadableFile::Workbook));
    }

    #[test]
    fn errors_name_line_and_column() {
        let file = "imsi,imei,state\n466920123456789,12345,active\nabc,,asleep\n,866425031234562,active\n466920123456780,,\n";
        let (rows, errors) = read_sims(file.as_bytes()).unwrap();
        assert_eq!(rows.len(), 1);
        let named: Vec<(u64, &str)> = errors.iter().map(|e| (e.line, e.field.as_str())).collect();
        assert_eq!(named, [(2, "imei"), (3, "imsi"), (3, "state"), (4, "imsi")]);
    }

    #[test]
    fn lines_are_counted_however_they_end() {
        for end in ["\n", "\r\n"] {
            let file = ["imsi,name", "466920123456789,a", "x,b", "466920123456780,c", "y,d", ""].join(end);
            let (rows, errors) = read_sims(file.as_bytes()).unwrap();
            assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4]);
            assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [3, 5]);
        }
    }

    #[test]
    fn an_unreadable_file_says_why() {
        assert_eq!(read_sims(&b""[..]), Err(UnreadableFile::Empty));
        let unknown = UnreadableFile::UnknownColumn { name: "colour".into(), known: Column::KNOWN };
        assert_eq!(read_sims(&b"imsi,colour\n"[..]), Err(unknown));
        assert_eq!(read_sims(&b"imsi,IMSI\n"[..]), Err(UnreadableFile::RepeatedColumn("IMSI".into())));
        assert_eq!(read_sims(&b"name,group\n"[..]), Err(UnreadableFile::NoIdentifier));
        assert!(matches!(
            read_sims(&b"imsi,name\n466920123456789\n"[..]),
            Err(UnreadableFile::NotCsv { line: 2, .. })
        ));
        assert_eq!(read_sims(&b"imsi,name\n466920123456789,\xA4\xA4\n"[..]), Err(UnreadableFile::Big5));
    }
}
