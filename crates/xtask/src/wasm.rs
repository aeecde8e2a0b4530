//! The browser's half: `frontend` compiled, split, bound and shrunk.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result, anyhow, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::workspace::{OUTPUT_NAME, Profile, Workspace, cargo, fingerprint, run};

/// Raise when a step below changes what it makes of the same input.
const RECIPE: &[u8] = b"2";

/// The names under which leptos's server half looks for the parts of a split module: what loads them, and which files
/// each consists of.
const SPLIT_LOADER: &str = "./__wasm_split.______________________.js";
pub const SPLIT_MANIFEST: &str = "__wasm_split_manifest.json";

/// What rustc emits for wasm32-unknown-unknown; wasm-opt refuses features it isn't told of.
const WASM_OPT: &[&str] = &[
    "-Oz",
    "--low-memory-unused",
    "--strip-producers",
    "--strip-target-features",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-sign-ext",
    "--enable-mutable-globals",
];

/// Builds the browser's half and returns the folder that holds its files, ready to be served as `/pkg`.
pub fn stage(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    let module = compile(workspace, profile)?;
    let module = fs::read(&module).with_context(|| format!("cannot read {}", module.display()))?;
    let stamp = fingerprint(&[&module, RECIPE]);

    let staging = workspace.front.join("stage");
    let (pkg, stamp_file) = (staging.join(profile.wasm()), staging.join(format!("{}.stamp", profile.wasm())));
    if fs::read_to_string(&stamp_file).is_ok_and(|made| made == stamp) && pkg.is_dir() {
        return Ok(pkg);
    }

    let started = Instant::now();
    let _ = fs::remove_file(&stamp_file);
    if pkg.exists() {
        fs::remove_dir_all(&pkg)?;
    }
    fs::create_dir_all(&pkg)?;
    let main = split(&module, &staging, &pkg)?;
    bind(&main, &pkg)?;
    if profile == Profile::Release {
        optimise(workspace, &pkg)?;
    }
    fs::write(&stamp_file, stamp)?;
    println!("xtask: wasm split, bound and optimised in {:.1} s", started.elapsed().as_secs_f32());
    Ok(pkg)
}

fn compile(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    run(cargo()
        .args(["build", "-p", "opencmp-frontend", "--lib", "--target", "wasm32-unknown-unknown"])
        .args(["--profile", profile.wasm(), "--target-dir"])
        .arg(&workspace.front)
        .current_dir(&workspace.root))?;
    Ok(workspace.front.join("wasm32-unknown-unknown").join(profile.wasm()).join("opencmp_frontend.wasm"))
}

/// Moves each `#[lazy]` route into a module of its own and returns the main one, which still needs binding.
///
/// Needs the relocations that `-Clink-arg=--emit-relocs` leaves in the module (`.cargo/config.toml`). A module without lazy
/// routes comes out whole.
fn split(module: &[u8], staging: &Path, pkg: &Path) -> Result<PathBuf> {
    let main = staging.join(format!("{OUTPUT_NAME}.wasm"));
    let main_glue = format!("./{OUTPUT_NAME}.js");
    let mut options = wasm_split_cli_support::Options::new(module);
    options.output_dir = pkg;
    options.main_out_path = &main;
    options.link_name = SPLIT_LOADER;
    options.main_module = &main_glue;
    let made =
        wasm_split_cli_support::transform(options).map_err(|error| anyhow!("wasm split: {error:#}"))?;
    if made.prefetch_map.is_empty() {
        fs::remove_file(pkg.join(SPLIT_LOADER))?;
    } else {
        fs::write(pkg.join(SPLIT_MANIFEST), serde_json::to_vec(&made.prefetch_map)?)?;
    }
    Ok(main)
}

fn bind(main: &Path, pkg: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(main)
        .out_name(OUTPUT_NAME)
        .web(true)?
        .typescript(false)
        // leptos's hydration script names the module itself.
        .omit_default_module_path(true)
        // The split parts import what the linker exports.
        .keep_lld_exports(true)
        .generate(pkg)
        .context("wasm-bindgen")?;
    fs::rename(pkg.join(format!("{OUTPUT_NAME}_bg.wasm")), pkg.join(format!("{OUTPUT_NAME}.wasm")))?;
    Ok(())
}

fn optimise(workspace: &Workspace, pkg: &Path) -> Result<()> {
    let wasm_opt = workspace.root.join("end2end/node_modules/.bin/wasm-opt");
    ensure!(wasm_opt.exists(), "{} is missing: run `make setup`", wasm_opt.display());
    for entry in fs::read_dir(pkg)? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "wasm") {
            run(Command::new(&wasm_opt).args(WASM_OPT).arg(&file).arg("-o").arg(&file))?;
        }
    }
    Ok(())
}
