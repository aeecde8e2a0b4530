//! What a first visit to the list takes over the wire: in Chromium where it is installed, else by what the page names.

use super::{Effort, rows_or_why};
use crate::{
    browser,
    fleets::{Fleets, Who},
    http::Client,
    readers,
    table::{Row, Unit},
};
use anyhow::{Result, ensure};
use std::{collections::BTreeMap, net::SocketAddr};

pub fn run(fleets: &mut Fleets<'_>, _: Effort) -> Vec<Row> {
    let row = Row::at_most(
        "first visit to the list: wasm, js, css, font (brotli)",
        Unit::Kilobytes,
        350.0,
        Some(250.0),
    );
    rows_or_why(vec![row], |rows| {
        let address = fleets.ours(Who::OursSqlite)?.http;
        let (files, how) = match browser::visit(fleets.workspace(), address) {
            Ok(files) => (files, "Chromium"),
            Err(error) => {
                eprintln!("  without a browser: {error:#}");
                (named_by_page(address)?, "files that the page names")
            }
        };
        ensure!(!files.is_empty(), "the page loads nothing");
        let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
        for (name, size) in &files {
            eprintln!("  {size:>8}  {name}");
            *kinds.entry(kind(name).to_owned()).or_default() += size;
        }
        let page = kinds.remove("page").unwrap_or(0);
        let sum: u64 = kinds.values().sum();
        let parts: Vec<String> =
            kinds.iter().map(|(kind, size)| format!("{kind} {:.0}", *size as f64 / 1e3)).collect();
        let detail = format!("{how}: {} kB; the page itself {:.0} kB", parts.join(", "), page as f64 / 1e3);
        Ok(rows.into_iter().map(|row| row.found(sum as f64 / 1e3, detail.clone())).collect())
    })
}

fn kind(name: &str) -> &str {
    let file = name.split(['?', '#']).next().unwrap_or(name).rsplit('/').next().unwrap_or_default();
    file.rsplit_once('.').map_or("page", |(_, extension)| extension)
}

/// Everything in the page and its style sheets that looks like a file of ours.
fn named_by_page(address: SocketAddr) -> Result<Vec<(String, u64)>> {
    let mut client = Client::new(address).header("Cookie", readers::OWNER).header("Accept-Encoding", "br");
    let size = |answer: &crate::http::Answer| answer.body.len() as u64;
    let plain = Client::new(address)
        .header("Cookie", readers::OWNER)
        .header("Accept-Encoding", "identity")
        .fetch("/sims")?;
    let mut files = vec![("/sims".to_owned(), size(&client.fetch("/sims")?))];
    let mut names = paths(&plain.text());
    let mut at = 0;
    while let Some(name) = names.get(at).cloned() {
        at += 1;
        let Ok(answer) = client.fetch(&name) else { continue };
        files.push((name.clone(), size(&answer)));
        if kind(&name) == "css" {
            let text = Client::new(address).header("Accept-Encoding", "identity").fetch(&name)?;
            for more in paths(&text.text()) {
                if !names.contains(&more) {
                    names.push(more);
                }
            }
        }
    }
    Ok(files)
}

/// Absolute paths with one of the extensions that count.
fn paths(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in text.split(['"', '\'', '(', ')', ' ']) {
        let counts = ["js", "wasm", "css", "woff2", "svg"].contains(&kind(part));
        if part.starts_with('/') && counts && !found.iter().any(|held| held == part) {
            found.push(part.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_page_names_its_files() {
        let page = r#"<link rel="stylesheet" href="/pkg/opencmp.css"><script>import('/pkg/opencmp.js')</script><a href="/sims">"#;
        assert_eq!(super::paths(page), ["/pkg/opencmp.css", "/pkg/opencmp.js"]);
        assert_eq!(super::kind("http://127.0.0.1:1/pkg/a.woff2?x=1"), "woff2");
        assert_eq!(super::kind("/sims"), "page");
    }
}
