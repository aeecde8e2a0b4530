//! What was found, against what must and should be.

use serde::Serialize;
use std::fmt::Write as _;

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Better {
    Higher,
    Lower,
}

/// What a figure is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Unit {
    Times,
    Milliseconds,
    Seconds,
    Cores,
    Megabytes,
    /// Thousands of octets.
    Kilobytes,
    Rows,
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::Times if value < 1.0 && value > 0.0 => format!("1/{:.1}", 1.0 / value),
            Self::Times => format!("{value:.2}×"),
            Self::Milliseconds if value < 10.0 => format!("{value:.2} ms"),
            Self::Milliseconds => format!("{value:.0} ms"),
            Self::Seconds if value < 10.0 => format!("{value:.2} s"),
            Self::Seconds => format!("{value:.1} s"),
            Self::Cores => format!("{value:.2} cores"),
            Self::Megabytes => format!("{value:.0} MB"),
            Self::Kilobytes => format!("{value:.0} kB"),
            Self::Rows => format!("{value:.0}"),
        }
    }
}

/// One row of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub measure: String,
    pub unit: Unit,
    pub better: Better,
    pub must: f64,
    pub aim: Option<f64>,
    /// None: not measured, and `detail` says why.
    pub value: Option<f64>,
    pub detail: String,
}

impl Row {
    pub fn at_least(measure: impl Into<String>, unit: Unit, must: f64, aim: Option<f64>) -> Self {
        Self::new(measure, unit, Better::Higher, must, aim)
    }

    pub fn at_most(measure: impl Into<String>, unit: Unit, must: f64, aim: Option<f64>) -> Self {
        Self::new(measure, unit, Better::Lower, must, aim)
    }

    fn new(measure: impl Into<String>, unit: Unit, better: Better, must: f64, aim: Option<f64>) -> Self {
        Self { measure: measure.into(), unit, better, must, aim, value: None, detail: String::new() }
    }

    pub fn found(mut self, value: f64, detail: impl Into<String>) -> Self {
        self.value = Some(value).filter(|value| value.is_finite());
        self.detail = detail.into();
        self
    }

    pub fn missing(mut self, why: impl Into<String>) -> Self {
        self.detail = why.into();
        self
    }

    fn meets(&self, bound: f64) -> Option<bool> {
        self.value.map(|value| match self.better {
            Better::Higher => value >= bound,
            Better::Lower => value <= bound,
        })
    }

    fn verdict(&self) -> &'static str {
        match (self.meets(self.must), self.aim.and_then(|aim| self.meets(aim))) {
            (None, _) => "not measured",
            (Some(false), _) => "FAILS",
            (Some(true), Some(true)) => "meets the aim",
            (Some(true), _) => "meets the must",
        }
    }

    pub fn fails(&self) -> bool {
        self.meets(self.must) == Some(false)
    }
}

/// The table in Markdown, which reads well on a terminal too.
pub fn markdown(rows: &[Row]) -> String {
    let header = ["measure", "found", "must", "aim", "verdict", "figures"].map(str::to_owned);
    let mut cells = vec![header];
    for row in rows {
        let show = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| row.unit.show(value));
        cells.push([
            row.measure.clone(),
            show(row.value),
            show(Some(row.must)),
            show(row.aim),
            row.verdict().to_owned(),
            row.detail.clone(),
        ]);
    }
    let widths: Vec<usize> =
        (0..6).map(|column| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for (index, row) in cells.iter().enumerate() {
        for (column, cell) in row.iter().enumerate() {
            let room = if column == 5 { 0 } else { widths[column] - cell.chars().count() };
            let _ = write!(text, "| {cell}{} ", " ".repeat(room));
        }
        text.push_str("|\n");
        if index == 0 {
            let line = widths.iter().enumerate().map(|(c, w)| "-".repeat(if c == 5 { 7 } else { *w }));
            let _ = writeln!(text, "| {} |", line.collect::<Vec<_>>().join(" | "));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_whether_it_is_good_enough() {
        let row = Row::at_least("rate", Unit::Times, 15.0, Some(18.0));
        assert_eq!(row.clone().found(19.0, "").verdict(), "meets the aim");
        assert_eq!(row.clone().found(16.0, "").verdict(), "meets the must");
        assert_eq!(row.clone().found(14.9, "").verdict(), "FAILS");
        assert_eq!(row.clone().found(f64::NAN, "").verdict(), "not measured");
        let row = Row::at_most("p99", Unit::Times, 0.1, None);
        assert!(!row.clone().found(0.05, "").fails() && row.clone().found(0.2, "").fails());
        let text = markdown(&[row.found(0.05, "1 ms to 20 ms")]);
        assert!(text.contains("| 1/20.0 | 1/10.0 | –   | meets the must | 1 ms to 20 ms |"), "{text}");
    }
}
