//! `check DIR`: the deploy's own check, offline, on files as they lie there.
//!
//! The same functions of `camel` that the control plane calls: find integrations, read `midplane.yaml`, check routes against
//! the catalogue. What only an environment knows (its configuration and secrets) is not asked here. Hidden files, and folders that Git
//! ignores by habit (`target`, `node_modules`), are left out. Exit 1 when there is an error; warnings alone are fine.

use std::collections::BTreeSet;
use std::path::Path;

use camel::SourceFile;
use camel::catalogue::Catalogue;
use camel::problem::Problem;
use serde_json::json;

use crate::arguments::client::CheckArguments;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Format, Output, Tone};

/// As the control plane's fetch: a repository that is larger is refused there.
const MOST_FILES: usize = 50_000;
/// Larger than any file whose content is looked at; others are listed by name only.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

pub fn run(arguments: &CheckArguments, output: &Output) -> Outcome<Exit> {
    let root = &arguments.folder;
    if !root.is_dir() {
        return Err(Failure::new(
            "MP-CLI-23",
            Exit::NotFound,
            format!("`{}` is not a folder", root.display()),
        )
        .next("name the folder of a repository or of one integration"));
    }
    let files = read(root)?;
    let files: Vec<SourceFile<'_>> =
        files.iter().map(|(path, content)| SourceFile { path, content }).collect();
    let name = root
        .canonicalize()
        .ok()
        .and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
    let discovery =
        camel::integration::discover(&files, &name.unwrap_or_else(|| "main".to_owned()));
    let names: BTreeSet<String> =
        discovery.integrations.iter().map(|found| found.name.clone()).collect();
    let root_dependencies =
        discovery.root.as_ref().map(|root| root.dependencies.clone()).unwrap_or_default();
    let mut problems = discovery.problems;
    for found in &discovery.integrations {
        let front =
            if found.folder.is_empty() { String::new() } else { format!("{}/", found.folder) };
        let own: BTreeSet<String> =
            found.files.iter().map(|file| format!("{front}{file}")).collect();
        let own: Vec<SourceFile<'_>> =
            files.iter().copied().filter(|file| own.contains(file.path)).collect();
        let mut dependencies = root_dependencies.clone();
        dependencies
            .extend(found.descriptor.iter().flat_map(|descriptor| descriptor.dependencies.clone()));
        let settings = camel::check::Settings {
            dependencies: &dependencies,
            properties: None,
            integrations: Some(&names),
        };
        problems.extend(found.problems.iter().cloned());
        problems.extend(camel::check::check(&own, Catalogue::bundled(), &settings));
    }
    let mut seen = BTreeSet::new();
    problems.retain(|problem| seen.insert(problem.to_string()));
    print(output, arguments.output, &names, &problems)?;
    Ok(if problems.iter().any(Problem::is_error) { Exit::Fault } else { Exit::Done })
}

fn print(
    output: &Output,
    format: Format,
    names: &BTreeSet<String>,
    problems: &[Problem],
) -> Outcome {
    let machine = || {
        let problems: Vec<_> = problems
            .iter()
            .map(|it| {
                json!({"severity": if it.is_error() { "error" } else { "warning" }, "code": it.code, "file": it.file, "line": it.line,
                       "column": it.column, "message": it.message, "nearest": it.nearest})
            })
            .collect();
        json!({"integrations": names, "problems": problems})
    };
    match format {
        Format::Json => return output.json(&machine()),
        Format::Yaml => return output.yaml(&machine()),
        Format::Table => {}
    }
    for problem in problems {
        let (word, tone) =
            if problem.is_error() { ("error", Tone::Bad) } else { ("warning", Tone::Waiting) };
        output.line(&format!("{} {problem} [{}]", output.paint(word, tone), problem.code))?;
    }
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    let warnings = problems.len() - errors;
    let list = names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.is_empty() {
        output.line("no integration found: a folder with Camel routes (*.camel.yaml, *.camel.xml, camel-context.xml) is one")
    } else if errors == 0 {
        let remark =
            if warnings == 0 { String::new() } else { format!(", {}", count(warnings, "warning")) };
        output.line(&format!("{} {list}{remark}", output.paint("ok", Tone::Good)))
    } else {
        output.line(&format!(
            "{} in {list}: this would be refused, and what runs would keep running",
            count(errors, "error")
        ))
    }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Every file under `root`: path with `/`, and its content when that is looked at.
fn read(root: &Path) -> Outcome<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    let mut folders = vec![(root.to_path_buf(), String::new())];
    while let Some((folder, front)) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .map_err(|err| Failure::file("read the folder", &folder, &err))?;
        for entry in entries {
            let entry = entry.map_err(|err| Failure::file("read the folder", &folder, &err))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{front}{name}");
            let kind =
                entry.file_type().map_err(|err| Failure::file("read", &entry.path(), &err))?;
            if name.starts_with('.')
                || (kind.is_dir() && matches!(name.as_str(), "target" | "node_modules"))
            {
                continue;
            }
            if kind.is_dir() {
                folders.push((entry.path(), format!("{path}/")));
            } else if kind.is_file() {
                let small = entry.metadata().is_ok_and(|meta| meta.len() <= MOST_BYTES);
                let content = if camel::integration::wanted(&path) && small {
                    std::fs::read(entry.path())
                        .map_err(|err| Failure::file("read", &entry.path(), &err))?
                } else {
                    Vec::new()
                };
                files.push((path, content));
            }
            if files.len() > MOST_FILES {
                return Err(Failure::new(
                    "MP-CLI-24",
                    Exit::Fault,
                    format!("`{}` holds more than {MOST_FILES} files", root.display()),
                )
                .next("check one integration's folder"));
            }
        }
    }
    files.sort();
    Ok(files)
}
