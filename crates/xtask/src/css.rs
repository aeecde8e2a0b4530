//! One style sheet out of many: local `@import`s are replaced by what they name, in order.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};

/// Reads `entry` with every `@import` inlined; `compact` drops comments and indentation.
pub fn bundle(entry: &Path, compact: bool) -> Result<String> {
    let css = inline(entry, &mut Vec::new())?;
    Ok(if compact { without_comments(&css) } else { css })
}

fn inline(file: &Path, open: &mut Vec<PathBuf>) -> Result<String> {
    ensure!(!open.iter().any(|outer| outer == file), "{} imports itself", file.display());
    open.push(file.to_path_buf());
    let css = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut out = String::with_capacity(css.len());
    for token in tokens(&css) {
        match token.strip_prefix("@import") {
            Some(rule) => {
                let import = Import::parse(rule).with_context(|| format!("{}: {token}", file.display()))?;
                let inner = inline(&file.parent().unwrap_or(Path::new("")).join(import.path), open)?;
                out.push_str(&import.wrap(&inner));
            }
            None => out.push_str(token),
        }
    }
    open.pop();
    Ok(out)
}

/// `@import "path" layer(name) media;`
struct Import<'a> {
    path: &'a str,
    layer: Option<&'a str>,
    media: &'a str,
}

impl<'a> Import<'a> {
    /// `rule` is what stands between `@import` and `;`, the latter included.
    fn parse(rule: &'a str) -> Result<Self> {
        let rule = rule.trim().trim_end_matches(';').trim();
        let (target, rest) = match rule.strip_prefix("url(") {
            Some(inner) => inner.split_once(')').context("no closing bracket")?,
            None => {
                let quote = rule.chars().next().filter(|c| matches!(c, '"' | '\'')).context("no path")?;
                let end = rule[1..].find(quote).context("no closing quote")? + 2;
                rule.split_at(end)
            }
        };
        let path = target.trim().trim_matches(['"', '\'']);
        if path.contains("://") || path.starts_with('/') {
            bail!("only files beside this one can be imported");
        }
        let rest = rest.trim();
        let (layer, media) = match rest.strip_prefix("layer(") {
            Some(inner) => {
                let (name, media) = inner.split_once(')').context("no closing bracket")?;
                (Some(name.trim()), media.trim())
            }
            None => (None, rest),
        };
        Ok(Self { path, layer, media })
    }

    fn wrap(&self, css: &str) -> String {
        let layered = match self.layer {
            Some(name) => format!("@layer {name} {{\n{css}\n}}\n"),
            None => css.to_owned(),
        };
        if self.media.is_empty() { layered } else { format!("@media {} {{\n{layered}\n}}\n", self.media) }
    }
}

fn without_comments(css: &str) -> String {
    let kept: String = tokens(css).filter(|token| !token.starts_with("/*")).collect();
    let mut out = String::with_capacity(kept.len());
    for line in kept.lines().map(str::trim).filter(|line| !line.is_empty()) {
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// Cuts a sheet into comments, strings, `@import` rules and the text between them. Nothing is lost: the tokens
/// joined are the sheet.
fn tokens(css: &str) -> impl Iterator<Item = &str> {
    let mut rest = css;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (token, after) = rest.split_at(token_length(rest));
        rest = after;
        Some(token)
    })
}

fn token_length(css: &str) -> usize {
    let to_end_of =
        |mark: &str, from: usize| css[from..].find(mark).map_or(css.len(), |at| from + at + mark.len());
    match css.as_bytes()[0] {
        b'/' if css.starts_with("/*") => to_end_of("*/", 2),
        quote @ (b'"' | b'\'') => {
            let mut escaped = false;
            let end = css.bytes().skip(1).position(|byte| {
                let closes = byte == quote && !escaped;
                escaped = byte == b'\\' && !escaped;
                closes
            });
            end.map_or(css.len(), |at| at + 2)
        }
        b'@' if css.starts_with("@import") => to_end_of(";", 7),
        _ => {
            let start = css.chars().next().map_or(0, char::len_utf8);
            css[start..].find(['/', '"', '\'', '@']).map_or(css.len(), |at| start + at)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundled(files: &[(&str, &str)], compact: bool) -> Result<String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, css) in files {
            fs::write(folder.path().join(name), css).expect("a writable folder");
        }
        bundle(&folder.path().join("main.css"), compact)
    }

    #[test]
    fn imports_are_inlined_in_order_with_their_layer_and_media() {
        let css = bundled(
            &[
                (
                    "main.css",
                    "@layer base, page;\n@import \"a.css\" layer(base);\n@import url('b.css') print;\nb{}\n",
                ),
                ("a.css", "@import 'c.css';\na{content:'@import \"x\";'}"),
                ("b.css", "/* @import \"missing.css\"; */p{}"),
                ("c.css", "c{}"),
            ],
            true,
        );
        assert_eq!(
            css.expect("all files are there"),
            "@layer base, page;\n@layer base {\nc{}\na{content:'@import \"x\";'}\n}\n@media print {\np{}\n}\nb{}\n"
        );
    }

    #[test]
    fn a_cycle_and_a_remote_sheet_are_refused() {
        assert!(bundled(&[("main.css", "@import \"main.css\";")], false).is_err());
        assert!(bundled(&[("main.css", "@import url(https://example.org/a.css);")], false).is_err());
    }

    #[test]
    fn text_is_kept_to_the_letter() {
        let css = "a::after{content:'\\'/* no comment */'} /* 中文 */ @media (x){b/c{}}";
        assert_eq!(tokens(css).collect::<String>(), css);
        assert_eq!(without_comments(css), "a::after{content:'\\'/* no comment */'}  @media (x){b/c{}}\n");
    }
}
