//! What a file would do: how many SIMs, and what is wrong line by line, which can be taken along as a file.

use crate::{
    components::Icon,
    dom,
    format::thousands,
    i18n::{Lang, stock::said, use_texts},
};
use leptos::prelude::*;
use opencmp_domain::{
    stock::{ImportOutcome, LineError},
    text::no_formula,
};

/// Errors on the page; the report has more.
const MOST_SHOWN: usize = 100;

#[component]
pub fn Outcome(
    outcome: ImportOutcome,
    /// What is known already may be taken in from elsewhere.
    adopts: bool,
) -> impl IntoView {
    let texts = use_texts();
    let t = texts.stock();
    let lang = texts.lang;
    let figure = |label: &'static str, n: u64, hint: Option<&'static str>, tone: &'static str| {
        view! {
            <div class=format!("outcome {tone}") title=hint>
                <dt>{label}</dt>
                <dd>{thousands(n)}</dd>
            </div>
        }
        .into_any()
    };
    let wrong = outcome.errors_total > 0;
    let nothing = outcome.created + outcome.changed + outcome.adopted == 0;
    let shown = outcome.errors.len().min(MOST_SHOWN);
    let cut = (outcome.errors_total > shown as u64)
        .then(|| (t.errors_first)(&thousands(shown as u64), &thousands(outcome.errors_total)));
    let lines: Vec<_> = outcome
        .errors
        .iter()
        .take(MOST_SHOWN)
        .map(|error| {
            view! {
                <tr>
                    <td class="num">{error.line}</td>
                    <td class="mono">{error.column.clone()}</td>
                    <td class="wrap">{said(lang, &error.message)}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    let report = wrong.then(|| report([t.line, t.column, t.what], &outcome.errors, lang));
    let groups = (!outcome.new_groups.is_empty()).then(|| (t.new_groups)(&outcome.new_groups.join("、")));
    view! {
        <div class="dialog-body">
            <p>{(t.outcome)(&thousands(outcome.lines))}</p>
            <dl class="outcomes">
                {figure(t.will_create, outcome.created, None, "good")}
                {figure(t.will_change, outcome.changed, None, "")}
                {adopts.then(|| figure(t.will_adopt, outcome.adopted, Some(t.will_adopt_hint), ""))}
                {figure(t.unchanged, outcome.unchanged, None, "")}
                {figure(t.refused, outcome.refused, None, if wrong { "bad" } else { "" })}
            </dl>
            {groups.map(|groups| view! { <p class="muted">{groups}</p> }.into_any())}
            {(nothing && !wrong).then(|| view! { <p class="muted">{t.import_nothing}</p> }.into_any())}
            {report
                .map(|report| {
                    view! {
                        <p class="banner warn">
                            <Icon name="warning"/>
                            <span>{t.import_fix}</span>
                        </p>
                        <div class="table-wrap outcome-errors" tabindex="0" role="region" aria-label=t.errors>
                            <table class="table">
                                <thead>
                                    <tr>
                                        <th scope="col" class="num">{t.line}</th>
                                        <th scope="col">{t.column}</th>
                                        <th scope="col">{t.what}</th>
                                    </tr>
                                </thead>
                                <tbody>{lines}</tbody>
                            </table>
                        </div>
                        <p class="muted">{cut}</p>
                        <p>
                            <a class="button small" href=report download="import-errors.csv">
                                <Icon name="download"/>
                                {t.report}
                            </a>
                        </p>
                    }
                    .into_any()
                })}
        </div>
    }
}

/// A file of the errors, as an address that holds it: CSV with the mark that makes Excel read Chinese.
fn report(header: [&str; 3], errors: &[LineError], lang: Lang) -> String {
    let mut file = format!("\u{FEFF}{}\r\n", header.map(cell).join(","));
    for error in errors {
        let message = said(lang, &error.message);
        file.push_str(&format!("{},{},{}\r\n", error.line, cell(&error.column), cell(&message)));
    }
    format!("data:text/csv;charset=utf-8,{}", dom::url_encode(&file))
}

/// Quoted, and no formula.
fn cell(text: &str) -> String {
    format!("\"{}\"", no_formula(text).replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_becomes_a_formula() {
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("a \"b\""), "\"a \"\"b\"\"\"");
        let errors = [LineError { line: 3, column: "imsi".into(), message: "@x".into() }];
        let file = report(["l", "c", "w"], &errors, Lang::En);
        assert!(file.starts_with("data:text/csv;charset=utf-8,%EF%BB%BF%22l%22"), "{file}");
        assert!(file.ends_with("3,%22imsi%22,%22%27%40x%22%0D%0A"), "{file}");
    }
}
