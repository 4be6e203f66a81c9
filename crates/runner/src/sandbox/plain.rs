//! A release that needs no jail: it holds no code, so stubs alone keep it in. Where a jail cannot be made, only these are tried.

use std::fs;
use std::path::{Path, PathBuf};

use camel::SourceFile;
use camel::catalogue::Catalogue;

use crate::specification::{Kind, Specification};

/// A release's files are bounded when it is made; this is only for what somebody put there since.
const MOST_FILES: usize = 10_000;

/// The first part of the release that is code, or why that cannot be said; `None`: it holds none.
pub(super) fn code_in(specification: &Specification, bundle: &Path) -> Option<String> {
    if specification.kind == Kind::Spring {
        return Some("a Spring context".to_owned());
    }
    if let Some(path) = classes(bundle) {
        return Some(format!("file `{}`", path.display()));
    }
    let mut contents = Vec::new();
    for name in &specification.routes {
        match fs::read(bundle.join(name)) {
            Ok(content) => contents.push((name.as_str(), content)),
            Err(err) => return Some(format!("file `{name}`, which cannot be read: {err}")),
        }
    }
    let files: Vec<SourceFile<'_>> =
        contents.iter().map(|(path, content)| SourceFile { path, content }).collect();
    let (model, problems) = camel::read::read(&files, Catalogue::bundled());
    if let Some(problem) = problems.first() {
        return Some(format!("a file that cannot be read: {problem}"));
    }
    let unread = |name: &&String| !model.files.iter().any(|file| file.path == **name);
    if let Some(name) = specification.routes.iter().find(unread) {
        return Some(format!("file `{name}`"));
    }
    let properties = specification.properties.iter();
    camel::sandbox::code_in(&model, properties.map(|(name, value)| (name.as_str(), value.as_str())))
}

/// What a class loader would find in the folder by itself.
fn classes(bundle: &Path) -> Option<PathBuf> {
    let mut open = vec![bundle.to_owned()];
    let mut seen = 0;
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { return Some(folder) };
        for entry in entries.flatten() {
            seen += 1;
            let path = entry.path();
            let is_code = path.extension().is_some_and(|end| end == "class" || end == "jar");
            let is_service = path.file_name().is_some_and(|name| name == "META-INF");
            if is_code || is_service || seen > MOST_FILES {
                return Some(path.strip_prefix(bundle).unwrap_or(&path).to_owned());
            }
            if path.is_dir() {
                open.push(path);
            }
        }
    }
    None
}
