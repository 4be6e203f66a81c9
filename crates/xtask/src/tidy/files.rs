//! Every source file: is it reachable, does it say what it is, is it small?
//!
//! A `.rs` file that no `mod` line names is silently left out by the compiler; here it is a finding. A file past 600 lines
//! (tests not counted) must say "Long because" in its module doc; past 1,000 nothing helps. The doc is 1 to 40 lines.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cargo::Metadata;

const LONG: usize = 600;
const TOO_LONG: usize = 1_000;
const LONGEST_DOC: usize = 40;

pub(crate) fn check(root: &Path, metadata: &Metadata) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    let mut reached = BTreeSet::new();
    for package in metadata.packages.iter().filter(|package| package.source.is_none()) {
        for target in &package.targets {
            reach(&target.src_path, true, &mut reached)?;
        }
        let folder = package.manifest_path.parent().unwrap_or(root);
        for part in ["src", "tests", "benches"] {
            let mut files = Vec::new();
            list(&folder.join(part), &mut files)?;
            for file in files {
                let shown = file.strip_prefix(root).unwrap_or(&file).display().to_string();
                if !reached.contains(&file) {
                    findings.push(format!("{shown}: no `mod` line reaches this file"));
                }
                findings.extend(judge(&shown, &read(&file)?));
            }
        }
    }
    Ok(findings)
}

fn judge(shown: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let doc: Vec<_> = text.lines().take_while(|line| line.starts_with("//!")).collect();
    if doc.is_empty() && shown.ends_with("/tests.rs") {
        // The module beside it says what is tested.
    } else if doc.is_empty() {
        findings.push(format!("{shown}: no module doc"));
    } else if doc.len() > LONGEST_DOC {
        findings.push(format!("{shown}: a module doc of {} lines", doc.len()));
    }
    let lines = text.lines().take_while(|line| *line != "mod tests {").count();
    let explained = doc.join(" ").contains("Long because");
    if lines > TOO_LONG || (lines > LONG && !explained) {
        findings.push(format!(
            "{shown}: {lines} lines; split it by noun, or say \"Long because\" in its module doc"
        ));
    }
    findings
}

/// Follows `mod name;` from `file`. A crate root, and `mod` in `foo.rs`, look in different folders.
fn reach(file: &Path, is_root: bool, reached: &mut BTreeSet<PathBuf>) -> Result<()> {
    if !reached.insert(file.to_path_buf()) {
        return Ok(());
    }
    let folder = file.parent().unwrap_or(file);
    let below = if is_root {
        folder.to_path_buf()
    } else {
        folder.join(file.file_stem().unwrap_or_default())
    };
    let mut named = Vec::new();
    for line in read(file)?.lines() {
        let line = line.trim_start();
        if let Some((_, rest)) = line.split_once("path = \"").filter(|_| line.starts_with("#[")) {
            named.extend(rest.split_once('"').map(|(path, _)| folder.join(path)));
            continue;
        }
        let line =
            line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub ")).unwrap_or(line);
        if let Some(name) = line
            .strip_prefix("mod ")
            .and_then(|rest| rest.split_once(';'))
            .map(|(name, _)| name.trim())
        {
            named.push(below.join(format!("{name}.rs")));
            for child in named.drain(..).filter(|child| child.exists()) {
                reach(&child, false, reached)?;
            }
        }
    }
    Ok(())
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("read {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_it_is_and_stays_small() {
        assert!(judge("a.rs", "//! A.\nfn a() {}\n").is_empty());
        assert_eq!(judge("a.rs", "fn a() {}\n").len(), 1);
        let long = "fn a() {}\n".repeat(700);
        assert_eq!(judge("a.rs", &format!("//! A.\n{long}")).len(), 1);
        assert!(judge("a.rs", &format!("//! A. Long because it is a table.\n{long}")).is_empty());
        assert!(judge("a.rs", &format!("//! A.\n#[cfg(test)]\nmod tests {{\n{long}")).is_empty());
    }
}
