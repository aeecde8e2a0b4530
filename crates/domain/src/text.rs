//! Text that people write, and that programs of theirs read.

use std::borrow::Cow;

/// What is listed line by line, or apart by commas, semicolons or tabs, as it is typed in Chinese and as it is copied from a
/// spreadsheet.
pub fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\r', ',', ';', '\t', '，', '；', '、'])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
}

/// A cell of a spreadsheet that begins like a formula gets an apostrophe before it (OWASP, "CSV Injection").
pub fn no_formula(cell: &str) -> Cow<'_, str> {
    match cell.bytes().next() {
        Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n') => format!("'{cell}").into(),
        _ => cell.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_in_many_forms() {
        let text = "0400010123456\r\n 0400010123457 ,8988\t;\n\n4669；1";
        let lines: Vec<&str> = listed(text).collect();
        assert_eq!(lines, ["0400010123456", "0400010123457", "8988", "4669", "1"]);
    }
}
