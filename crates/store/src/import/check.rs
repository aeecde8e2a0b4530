//! Texts that can't be kept as they are.

use super::{ImportError, ImportField, ImportTo, held::Plan};
use crate::tenant::{MOST_NAME, clean_text};
use opencmp_domain::{FieldId, custom::CustomField, group::nested_name, sim::SimImport};

/// The most characters of a tag, and the most tags of a SIM.
pub(crate) const MOST_TAG: usize = 50;
pub(crate) const MOST_TAGS: usize = 20;

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
    pub(super) fields: Vec<(FieldId, String)>,
}

/// The rows whose texts are right.
pub(super) fn texts<'a>(
    rows: &'a [SimImport],
    to: ImportTo,
    fields: &[CustomField],
    errors: &mut Vec<ImportError>,
) -> Vec<Row<'a>> {
    rows.iter().filter_map(|row| checked(row, to, fields, errors)).collect()
}

/// The rows that say all that is asked for of a new SIM.
pub(super) fn complete<'a>(
    plans: super::conflict::Resolved<'a>,
    fields: &[CustomField],
    errors: &mut Vec<ImportError>,
) -> super::conflict::Resolved<'a> {
    let lacks = |plan: &Plan<'_>, field: &CustomField| {
        field.said.required && plan.target.is_none() && !plan.row.fields.iter().any(|(id, _)| *id == field.id)
    };
    let mut complete = |plan: &Plan<'_>| {
        let before = errors.len();
        for field in fields.iter().filter(|field| lacks(plan, field)) {
            let message = "is required of a new SIM".to_owned();
            let custom = Some(field.said.name.clone());
            errors.push(ImportError { line: plan.line(), field: ImportField::Custom, custom, message });
        }
        errors.len() == before
    };
    let mut plans = plans;
    plans.plans.retain(&mut complete);
    plans
}

fn checked<'a>(
    import: &'a SimImport,
    to: ImportTo,
    fields: &[CustomField],
    errors: &mut Vec<ImportError>,
) -> Option<Row<'a>> {
    let before = errors.len();
    let values = values(import, to, fields, errors);
    let mut refuse = |field, message: String| {
        errors.push(ImportError { line: import.line, field, custom: None, message });
        None
    };
    let batch = text(&import.batch).unwrap_or_else(|message| refuse(ImportField::Batch, message));
    let name = text(&import.name).unwrap_or_else(|message| refuse(ImportField::Name, message));
    let plan = text(&import.plan).unwrap_or_else(|message| refuse(ImportField::Plan, message));
    let group = text(&import.group)
        .and_then(|group| group.map(|group| group.map(nested_name).transpose()).transpose());
    let group = group.unwrap_or_else(|message| {
        refuse(ImportField::Group, message);
        None
    });
    if to == ImportTo::Stock && matches!(group, Some(Some(_))) {
        refuse(
            ImportField::Group,
            "SIMs in stock have no group: leave it empty, or import for a tenant".to_owned(),
        );
    }
    let tags = import.tags.as_deref().map(tags).transpose();
    let tags = tags.unwrap_or_else(|message| {
        refuse(ImportField::Tags, message);
        None
    });
    if import.imsi.is_none() && import.iccid.is_none() && import.msisdn.is_none() {
        let message = "the row needs an IMSI, an ICCID or an MSISDN".to_owned();
        refuse(ImportField::Identifier, message);
    }
    (errors.len() == before).then_some(Row { import, batch, name, group, plan, tags, fields: values })
}

/// What the row says of custom fields.
fn values(
    import: &SimImport,
    to: ImportTo,
    fields: &[CustomField],
    errors: &mut Vec<ImportError>,
) -> Vec<(FieldId, String)> {
    let mut values = Vec::with_capacity(import.fields.len());
    for (name, text) in &import.fields {
        let field = fields.iter().find(|field| field.said.name == *name);
        let value = match field {
            Some(field) => field.said.value(text).map(|value| (field.id, value)),
            None if to == ImportTo::Stock => {
                Err("SIMs in stock have no custom fields: leave it empty, or import for a tenant".to_owned())
            }
            None => Err("is not one of the tenant's custom fields".to_owned()),
        };
        match value {
            Ok(value) => values.push(value),
            Err(message) => {
                let custom = Some(name.clone());
                errors.push(ImportError { line: import.line, field: ImportField::Custom, custom, message });
            }
        }
    }
    values
}

fn text(text: &Option<String>) -> Result<Option<Option<&str>>, String> {
    match text.as_deref().map(str::trim) {
        None => Ok(None),
        Some("") => Ok(Some(None)),
        Some(text) => clean_text(text, MOST_NAME).map(|text| Some(Some(text))),
    }
}

/// Tags as they are kept: JSON, each once.
pub(crate) fn tags(tags: &[String]) -> Result<String, String> {
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
