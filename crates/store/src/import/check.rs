//! Texts that can't be kept as they are.

use super::{ImportError, ImportField};
use crate::tenant::{MOST_NAME, clean_text};
use opencmp_domain::sim::SimImport;

/// The most characters of a tag, and the most tags of a SIM.
const MOST_TAG: usize = 50;
const MOST_TAGS: usize = 20;

/// A row with its texts in the form that is kept. `Some(None)`: to be taken away.
pub(super) struct Row<'a> {
    pub(super) import: &'a SimImport,
    pub(super) batch: Option<Option<&'a str>>,
    pub(super) name: Option<Option<&'a str>>,
    /// `Some(None)`: the default group.
    pub(super) group: Option<Option<String>>,
    pub(super) plan: Option<Option<&'a str>>,
    /// JSON.
    pub(super) tags: Option<String>,
}

/// The rows whose texts are right.
pub(super) fn texts<'a>(rows: &'a [SimImport], errors: &mut Vec<ImportError>) -> Vec<Row<'a>> {
    rows.iter().filter_map(|row| checked(row, errors)).collect()
}

fn checked<'a>(import: &'a SimImport, errors: &mut Vec<ImportError>) -> Option<Row<'a>> {
    let before = errors.len();
    let mut refuse = |field, message: String| {
        errors.push(ImportError { line: import.line, field, message });
        None
    };
    let batch = text(&import.batch).unwrap_or_else(|message| refuse(ImportField::Batch, message));
    let name = text(&import.name).unwrap_or_else(|message| refuse(ImportField::Name, message));
    let plan = text(&import.plan).unwrap_or_else(|message| refuse(ImportField::Plan, message));
    let group =
        text(&import.group).and_then(|group| group.map(|group| group.map(nested).transpose()).transpose());
    let group = group.unwrap_or_else(|message| {
        refuse(ImportField::Group, message);
        None
    });
    let tags = import.tags.as_deref().map(tags).transpose();
    let tags = tags.unwrap_or_else(|message| {
        refuse(ImportField::Tags, message);
        None
    });
    if import.imsi.is_none() && import.iccid.is_none() && import.msisdn.is_none() {
        let message = "the row needs an IMSI, an ICCID or an MSISDN".to_owned();
        refuse(ImportField::Identifier, message);
    }
    (errors.len() == before).then_some(Row { import, batch, name, group, plan, tags })
}

fn text(text: &Option<String>) -> Result<Option<Option<&str>>, String> {
    match text.as_deref().map(str::trim) {
        None => Ok(None),
        Some("") => Ok(Some(None)),
        Some(text) => clean_text(text, MOST_NAME).map(|text| Some(Some(text))),
    }
}

/// `北區 / 台北` becomes `北區/台北`.
fn nested(name: &str) -> Result<String, String> {
    let parts: Vec<&str> = name.split('/').map(str::trim).collect();
    if parts.iter().any(|part| part.is_empty()) {
        return Err("has an empty part; nested names are written 北區/台北".to_owned());
    }
    Ok(parts.join("/"))
}

fn tags(tags: &[String]) -> Result<String, String> {
    let mut kept: Vec<&str> = Vec::new();
    for tag in tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty()) {
        let tag = clean_text(tag, MOST_TAG)?;
        if !kept.contains(&tag) {
            kept.push(tag);
        }
    }
    if kept.len() > MOST_TAGS {
        return Err(format!("are more than {MOST_TAGS}"));
    }
    serde_json::to_string(&kept).map_err(|error| error.to_string())
}
