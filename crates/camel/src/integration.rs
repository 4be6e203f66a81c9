//! Which folders of a source are integrations, and which files each one has.
//!
//! A folder that holds Camel routes is one, named after itself. `midplane.yaml` in a folder makes
//! everything below it one integration (routes in sub-folders included) and may rename it; at the
//! root of a source it only holds defaults, unless the root folder holds routes itself. Without a
//! descriptor the outermost folder with routes takes what is below it, so that `orders/schemas` and
//! `orders/more` belong to `orders`; folders under the root are always apart.
//!
//! Left alone: hidden folders and what builds leave behind. Contents are looked at only where
//! `wanted` says so; a caller may leave the others empty.

use std::collections::{BTreeMap, BTreeSet};

use crate::SourceFile;
use crate::catalogue::Catalogue;
use crate::descriptor::{self, Descriptor, FILE_NAME};
use crate::model::FileKind;
use crate::placeholder::{self, URL_PREFIX};
use crate::problem::{Position, Problem};
use crate::read::{self, has_extension};

/// Folders that are never part of an integration.
const SKIPPED: [&str; 3] = ["target", "node_modules", "build"];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Launcher {
    #[default]
    Main,
    /// A file has a `<camelContext>`.
    Spring,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Discovery {
    /// Sorted by folder.
    pub integrations: Vec<Found>,
    /// Of the source as a whole; those of one integration are with it.
    pub problems: Vec<Problem>,
    /// `midplane.yaml` at the root of the source.
    pub root: Option<Descriptor>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub name: String,
    /// `""` for the root folder.
    pub folder: String,
    /// Absent without a file and when the file has errors.
    pub descriptor: Option<Descriptor>,
    /// Files that Camel loads, relative to the folder.
    pub routes: Vec<String>,
    /// Every file of the integration, relative to the folder.
    pub files: Vec<String>,
    pub launcher: Launcher,
    pub problems: Vec<Problem>,
}

impl Found {
    fn empty(folder: &str) -> Self {
        Self {
            name: String::new(),
            folder: folder.to_owned(),
            descriptor: None,
            routes: Vec::new(),
            files: Vec::new(),
            launcher: Launcher::Main,
            problems: Vec::new(),
        }
    }

    pub fn path_of(&self, file: &str) -> String {
        join(&self.folder, file)
    }
}

/// Whether the content of this path matters to `discover`, `check` and `needs`.
pub fn wanted(path: &str) -> bool {
    let base = base_name(path);
    ["yaml", "xml"].iter().any(|extension| has_extension(base, extension))
        || base == "application.properties"
        || has_extension(base, "java")
}

pub fn discover(files: &[SourceFile<'_>], source_name: &str) -> Discovery {
    let catalogue = Catalogue::bundled();
    let files: Vec<_> = files.iter().copied().filter(|file| !skipped(file.path)).collect();
    let mut routes: BTreeMap<&str, (FileKind, &str)> = BTreeMap::new();
    let mut unreadable: Vec<(&str, Problem)> = Vec::new();
    let mut described: BTreeMap<&str, SourceFile<'_>> = BTreeMap::new();
    let mut out = Discovery::default();
    for file in &files {
        if base_name(file.path) == FILE_NAME {
            described.insert(folder_of(file.path), *file);
            continue;
        }
        match read::parse(*file, catalogue) {
            Ok(Some(parsed)) => {
                routes.insert(file.path, (parsed.kind, folder_of(file.path)));
            }
            Ok(None) => {}
            // A broken route file still makes its folder an integration, one that cannot deploy.
            Err(problem) => unreadable.push((file.path, problem)),
        }
    }
    let route_folders: BTreeSet<&str> = routes
        .values()
        .filter(|(kind, _)| *kind != FileKind::Kamelet)
        .map(|(_, folder)| *folder)
        .chain(unreadable.iter().map(|(path, _)| folder_of(path)))
        .collect();
    let homes: BTreeSet<&str> =
        route_folders.iter().map(|folder| home(folder, &described, &route_folders)).collect();
    let mut all: BTreeMap<&str, Found> =
        homes.iter().map(|home| (*home, Found::empty(home))).collect();
    for file in &files {
        let Some(found) = owner(file.path, &homes).and_then(|home| all.get_mut(home)) else {
            continue;
        };
        let Some(relative) = within(file.path, &found.folder).map(ToOwned::to_owned) else {
            continue;
        };
        if let Some((kind, _)) = routes.get(file.path) {
            found.routes.push(relative.clone());
            if *kind == FileKind::Spring {
                found.launcher = Launcher::Spring;
            }
        }
        found.files.push(relative);
    }
    for (path, problem) in unreadable {
        if let Some(found) = owner(path, &homes).and_then(|home| all.get_mut(home)) {
            found.problems.push(problem);
        }
    }
    for (home, mut found) in all {
        found.files.sort_unstable();
        found.routes.sort_unstable();
        if let Some(file) = described.get(home) {
            let (descriptor, problems) = descriptor::parse(file.path, file.content);
            found.descriptor = descriptor;
            found.problems.extend(problems);
        }
        name(&mut found, source_name);
        out.integrations.push(found);
    }
    if let Some(file) = described.get("") {
        let (descriptor, problems) = descriptor::parse(file.path, file.content);
        out.root = descriptor;
        if !homes.contains("") {
            out.problems.extend(problems);
        }
    }
    for (folder, file) in &described {
        let used = homes.contains(folder) || folder.is_empty();
        if !used {
            let text = "no Camel routes beside or below this file";
            let at = Position { line: 1, column: 1 };
            out.problems.push(Problem::warning("MP-CAMEL-52", file.path, at, text));
        }
    }
    same_names(&mut out);
    java_only(&files, &homes, &mut out);
    out
}

/// The integration that a folder with routes belongs to.
fn home<'a>(
    folder: &'a str,
    described: &BTreeMap<&str, SourceFile<'_>>,
    route_folders: &BTreeSet<&str>,
) -> &'a str {
    let above = || ancestors(folder).filter(|above| !above.is_empty());
    if let Some(nearest) = above().find(|above| described.contains_key(above)) {
        return nearest;
    }
    above().filter(|above| route_folders.contains(above)).last().unwrap_or(folder)
}

/// The integration that a file belongs to: the nearest above it. Beside other integrations the
/// root is only the files directly in it.
fn owner<'h>(path: &str, homes: &BTreeSet<&'h str>) -> Option<&'h str> {
    let home = ancestors(folder_of(path)).find_map(|above| homes.get(above).copied())?;
    (!home.is_empty() || !path.contains('/') || homes.len() == 1).then_some(home)
}

/// The folder itself, then each one above it, the root last.
fn ancestors(folder: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(folder);
    std::iter::from_fn(move || {
        let current = next?;
        next = match current.rsplit_once('/') {
            Some((above, _)) => Some(above),
            None if current.is_empty() => None,
            None => Some(""),
        };
        Some(current)
    })
}

fn name(found: &mut Found, source_name: &str) {
    let written = found.descriptor.as_ref().and_then(|descriptor| descriptor.integration.clone());
    let folder = base_name(&found.folder);
    let default = if folder.is_empty() { source_name } else { folder };
    found.name = written.unwrap_or_else(|| default.to_owned());
    if !descriptor::is_name(&found.name) {
        let text = format!(
            "`{}` cannot name an integration: lower-case letters, digits and `-`; \
             rename the folder or set `integration:` in its midplane.yaml",
            found.name.escape_debug()
        );
        let file = if found.folder.is_empty() { "." } else { &found.folder };
        found.problems.push(Problem::error("MP-CAMEL-51", file, Position::default(), text));
    }
}

fn same_names(out: &mut Discovery) {
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, found) in out.integrations.iter().enumerate() {
        by_name.entry(&found.name).or_default().push(at);
    }
    let same: Vec<Vec<usize>> = by_name.into_values().filter(|all| all.len() > 1).collect();
    for all in same {
        for at in &all {
            let others: Vec<_> = all
                .iter()
                .filter(|other| *other != at)
                .map(|other| format!("`{}`", out.integrations[*other].folder))
                .collect();
            let found = &out.integrations[*at];
            let text = format!("the name `{}` is also used by {}", found.name, others.join(", "));
            let problem = Problem::error("MP-CAMEL-50", &found.folder, Position::default(), text);
            out.integrations[*at].problems.push(problem);
        }
    }
}

/// Folders whose routes are Java only would otherwise be passed over in silence.
fn java_only(files: &[SourceFile<'_>], homes: &BTreeSet<&str>, out: &mut Discovery) {
    for file in files.iter().filter(|file| has_extension(file.path, "java")) {
        let inside = homes.iter().any(|home| !home.is_empty() && within(file.path, home).is_some());
        let builder = file.content.windows(20).any(|window| window == b"extends RouteBuilder");
        if !inside && builder {
            out.problems.push(java_problem(file.path));
        }
    }
}

pub(crate) fn java_files<'a>(files: &[SourceFile<'a>]) -> impl Iterator<Item = &'a str> {
    files.iter().map(|file| file.path).filter(|path| has_extension(path, "java"))
}

pub(crate) fn java_problem(path: &str) -> Problem {
    let text = "Java sources are not compiled: write the route in YAML or XML, or publish the \
                classes as a jar and name it under `dependencies` in midplane.yaml";
    Problem::error("MP-CAMEL-40", path, Position::default(), text)
}

/// Names of the integrations whose address is used, as `{{midplane.url.prices}}`.
pub fn references(files: &[SourceFile<'_>]) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for file in files.iter().filter(|file| wanted(file.path)) {
        let Ok(text) = std::str::from_utf8(file.content) else { continue };
        for found in placeholder::find(text) {
            if let Some(name) = found.key.strip_prefix(URL_PREFIX) {
                out.insert(name.to_owned());
            }
        }
    }
    out
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn join(folder: &str, file: &str) -> String {
    if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") }
}

/// The path relative to `folder`, when it is inside.
fn within<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() {
        return Some(path);
    }
    path.strip_prefix(folder)?.strip_prefix('/')
}

fn skipped(path: &str) -> bool {
    let mut folders = path.split('/');
    let file = folders.next_back().unwrap_or_default();
    folders.any(|folder| folder.starts_with('.') || SKIPPED.contains(&folder))
        || file.starts_with('.')
}

#[cfg(test)]
mod tests;
