//! Embeds the folder `demo/` into the binary: a list of (path, bytes), sorted, for `demo::repository`.
//!
//! The folder is the single source: what is tested there is what `up` commits.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default())
        .join("../../demo");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    walk(&root, &root, &mut files);
    files.sort();
    let mut code = "pub(crate) const FILES: &[(&str, &[u8])] = &[\n".to_owned();
    for (path, file) in &files {
        let _ = writeln!(code, "    ({path:?}, include_bytes!({:?})),", file.display().to_string());
    }
    code.push_str("];\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join("demo.rs");
    if let Err(err) = std::fs::write(&out, code) {
        println!("cargo::error=write {}: {err}", out.display());
    }
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(root, &path, files);
        } else if let (Ok(inside), Ok(file)) = (path.strip_prefix(root), path.canonicalize()) {
            files.push((inside.to_string_lossy().replace('\\', "/"), file));
        }
    }
}
