//! Embeds two folders into the binary: `demo/` for `demo::repository`, and `console/dist/` for the server.
//!
//! The folders are the single source: what is tested there is what `up` commits and what browsers get. `console/dist` is
//! written by `cargo xtask` (npm); without it the binary builds all the same and has no console.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let root =
        PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../..");
    let demo = files(&root.join("demo"));
    let pairs = demo.iter().map(|(path, file)| format!("({path:?}, include_bytes!({file:?}))"));
    write("demo.rs", "&[(&str, &[u8])]", pairs);
    let console = files(&root.join("console/dist"));
    let assets = console
        .iter()
        .filter(|(path, _)| !path.starts_with('.'))
        .map(|(path, file)| format!("Asset {{ path: {path:?}, bytes: include_bytes!({file:?}) }}"));
    write("console.rs", "&[Asset]", assets);
}

/// Paths inside of the folder, sorted, with the files they stand for.
fn files(folder: &Path) -> Vec<(String, String)> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    walk(folder, folder, &mut files);
    files.sort();
    files
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(root, &path, files);
        } else if let (Ok(inside), Ok(file)) = (path.strip_prefix(root), path.canonicalize()) {
            let inside = inside.to_string_lossy().replace('\\', "/");
            files.push((inside, file.display().to_string()));
        }
    }
}

fn write(name: &str, kind: &str, rows: impl Iterator<Item = String>) {
    let mut code = format!("pub(crate) const FILES: {kind} = &[\n");
    for row in rows {
        let _ = writeln!(code, "    {row},");
    }
    code.push_str("];\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join(name);
    if let Err(err) = std::fs::write(&out, code) {
        println!("cargo::error=write {}: {err}", out.display());
    }
}
