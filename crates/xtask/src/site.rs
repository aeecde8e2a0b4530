//! `target/site`: everything that the server serves from disk.

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::Write,
    path::{Path, PathBuf},
    thread,
};

use anyhow::{Context, Result};

use crate::{
    css,
    wasm::SPLIT_MANIFEST,
    workspace::{OUTPUT_NAME, Profile, Workspace, fingerprint},
};

/// Path below the site's root → content.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Brings `target/site` up to date: the staged `pkg`, the style sheet and `public/`; in release `.br` and `.gz` beside
/// what compresses. Unchanged files keep their time stamps; files that no longer belong there are removed.
pub fn assemble(workspace: &Workspace, profile: Profile, staged: &Path) -> Result<Sizes> {
    fs::create_dir_all(&workspace.site)?;
    // Several people or tests may bundle at the same time.
    let lock = fs::File::create(workspace.site.with_extension("lock"))?;
    lock.lock()?;

    let mut files = Files::new();
    collect(&workspace.root.join("public"), Path::new(""), &mut files)?;
    collect(staged, Path::new("pkg"), &mut files)?;
    let style = workspace.root.join("style/main.css");
    if style.exists() {
        let sheet = css::bundle(&style, profile == Profile::Release)?;
        files.insert(Path::new("pkg").join(format!("{OUTPUT_NAME}.css")), sheet.into_bytes());
    }

    let compressed = match profile {
        Profile::Dev => Files::new(),
        Profile::Release => compress(&files, &workspace.front.join("compressed"))?,
    };
    let sizes = Sizes::of(&files, &compressed);
    files.extend(compressed);
    write(&workspace.site, &files)?;
    Ok(sizes)
}

/// Adds all files of a folder, hidden ones apart.
fn collect(folder: &Path, below: &Path, files: &mut Files) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if path.is_dir() {
            collect(&path, &below.join(name), files)?;
        } else {
            files.insert(below.join(name), fs::read(&path)?);
        }
    }
    Ok(())
}

type Encode = fn(&[u8]) -> Result<Vec<u8>>;

/// What the server looks for beside a file when the browser accepts the encoding.
const ENCODINGS: [(&str, Encode); 2] = [("br", brotli), ("gz", gzip)];

/// The compressed forms of those files that shrink; kept in `cache` by content, since the best quality is slow.
fn compress(files: &Files, cache: &Path) -> Result<Files> {
    fs::create_dir_all(cache)?;
    let jobs: Vec<_> = files
        .iter()
        .filter(|(path, content)| compresses(path) && content.len() > 512)
        .flat_map(|(path, content)| ENCODINGS.map(|(encoding, encode)| (path, content, encoding, encode)))
        .collect();
    let workers = thread::available_parallelism()?.get();
    thread::scope(|scope| {
        let running: Vec<_> = (0..workers)
            .map(|worker| {
                let mine: Vec<_> = jobs.iter().skip(worker).step_by(workers).collect();
                scope.spawn(move || -> Result<Vec<(PathBuf, Vec<u8>)>> {
                    mine.into_iter()
                        .map(|(path, content, encoding, encode)| {
                            let kept = cache.join(format!("{}.{encoding}", fingerprint(&[content])));
                            let small = match fs::read(&kept) {
                                Ok(small) => small,
                                Err(_) => {
                                    let small = encode(content)?;
                                    replace(&kept, &small)?;
                                    small
                                }
                            };
                            Ok((with_suffix(path, encoding), small))
                        })
                        .collect()
                })
            })
            .collect();
        let mut all = Files::new();
        for worker in running {
            all.extend(worker.join().map_err(|_| anyhow::anyhow!("a compression thread panicked"))??);
        }
        Ok(all)
    })
}

fn compresses(path: &Path) -> bool {
    const TEXT: &[&str] =
        &["wasm", "js", "mjs", "css", "svg", "json", "html", "txt", "xml", "webmanifest", "topojson", "ico"];
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|e| TEXT.contains(&e))
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let (quality, window) = (11, 24);
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, quality, window);
    encoder.write_all(content)?;
    encoder.flush()?;
    Ok(encoder.into_inner())
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

fn write(site: &Path, files: &Files) -> Result<()> {
    let mut present = Files::new();
    collect(site, Path::new(""), &mut present)?;
    for stale in present.keys().filter(|path| !files.contains_key(*path)) {
        fs::remove_file(site.join(stale))?;
    }
    for (path, content) in files {
        if present.get(path) != Some(content) {
            replace(&site.join(path), content)?;
        }
    }
    Ok(())
}

/// Writes a file such that a reader sees the old or the new one, never half.
fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let name = path.file_name().context("a file has a name")?.to_string_lossy();
    let fresh = path.with_file_name(format!(".{name}.{}", std::process::id()));
    fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
    fs::write(&fresh, content)?;
    fs::rename(&fresh, path).with_context(|| format!("cannot write {}", path.display()))
}

/// A file's or several files' octets: as they are, in gzip, in brotli. What doesn't shrink is sent as it is.
type Octets = [usize; 3];

/// The sizes of what the browser loads, for people to keep an eye on.
pub struct Sizes {
    files: Vec<(String, Octets)>,
    /// What a first visit fetches besides the page itself: the list and whatever is in the main part, then by part.
    visits: Vec<(String, Octets)>,
    compressed: bool,
}

impl Sizes {
    fn of(files: &Files, compressed: &Files) -> Self {
        let octets = |path: &Path, content: &[u8]| {
            let sent =
                |encoding| compressed.get(&with_suffix(path, encoding)).map_or(content.len(), Vec::len);
            [content.len(), sent("gz"), sent("br")]
        };
        let sizes: BTreeMap<&Path, Octets> =
            files.iter().map(|(path, content)| (path.as_path(), octets(path, content))).collect();

        let parts: BTreeMap<String, Vec<String>> = files
            .get(&Path::new("pkg").join(SPLIT_MANIFEST))
            .and_then(|manifest| serde_json::from_slice(manifest).ok())
            .unwrap_or_default();
        let of_part = |module: &String| sizes.get(Path::new("pkg").join(format!("{module}.wasm")).as_path());
        let every_page = sizes.iter().filter(|(path, _)| {
            let module = path.file_stem().unwrap_or_default().to_string_lossy();
            !path.ends_with(SPLIT_MANIFEST) && !parts.values().flatten().any(|part| *part == module)
        });
        let main = sum(every_page.map(|(_, octets)| octets));
        let mut visits = vec![("the SIM list".to_owned(), main)];
        for (part, modules) in &parts {
            visits.push((format!("with {part}"), sum(modules.iter().filter_map(of_part).chain([&main]))));
        }
        let files = sizes.iter().filter(|(path, _)| path.starts_with("pkg"));
        Self {
            files: files.map(|(path, octets)| (path.display().to_string(), *octets)).collect(),
            visits,
            compressed: !compressed.is_empty(),
        }
    }
}

fn sum<'a>(all: impl Iterator<Item = &'a Octets>) -> Octets {
    all.fold([0; 3], |[a, b, c], [x, y, z]| [a + x, b + y, c + z])
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = |title: &str, lines: &[(String, Octets)]| {
            writeln!(f, "{:>12} {:>12} {:>12}  {title}", "bytes", "gzip", "brotli")?;
            for (name, octets) in lines {
                for (at, octets) in octets.iter().enumerate() {
                    match at == 0 || self.compressed {
                        true => write!(f, "{:>9.1} kB ", *octets as f64 / 1000.0)?,
                        false => write!(f, "{:>12} ", "-")?,
                    }
                }
                writeln!(f, " {name}")?;
            }
            Ok(())
        };
        table("target/site", &self.files)?;
        table("fetched by a first visit, the page itself apart", &self.visits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_holds_what_is_there_now_and_nothing_stale() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().to_path_buf();
        let put = |path: &str, content: &str| {
            fs::create_dir_all(root.join(path).parent().expect("a parent")).expect("a folder");
            fs::write(root.join(path), content).expect("a file");
        };
        put("public/icons/dot.svg", &"<svg/>".repeat(1000));
        put("style/main.css", "@import 'base.css';");
        put("style/base.css", "a{}");
        put("staged/opencmp.js", "//");
        put("target/site/pkg/old.wasm", "");
        let workspace = Workspace {
            target: root.join("target"),
            front: root.join("target/front"),
            site: root.join("target/site"),
            root: root.clone(),
        };

        assemble(&workspace, Profile::Release, &root.join("staged")).expect("a site");
        let dot = root.join("target/site/icons/dot.svg");
        assert!(with_suffix(&dot, "br").exists() && with_suffix(&dot, "gz").exists());
        assert_eq!(fs::read_to_string(root.join("target/site/pkg/opencmp.css")).expect("a sheet"), "a{}\n");
        assert!(!root.join("target/site/pkg/old.wasm").exists());

        // A compressed file left over from a release would be served instead of the new content.
        put("public/icons/dot.svg", "<svg></svg>");
        assemble(&workspace, Profile::Dev, &root.join("staged")).expect("a site");
        assert!(!with_suffix(&dot, "br").exists());
        assert_eq!(fs::read_to_string(&dot).expect("an icon"), "<svg></svg>");
    }
}
