//! Licences and sources of what we depend on.
//!
//! Everything comes from the crates.io index, under a licence that an Apache-2.0 binary may carry. An `OR` needs one side
//! that is allowed, an `AND` every side. What the console ships comes from npm under the same licences; what only builds it is
//! not asked.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::cargo::Metadata;

const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "OpenSSL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    "bzip2-1.0.6",
];

const INDEX: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub(crate) fn check(metadata: &Metadata) -> Vec<String> {
    let mut findings = Vec::new();
    for package in &metadata.packages {
        let Some(source) = &package.source else { continue };
        let called = format!("{} {}", package.name, package.version);
        if source != INDEX {
            findings.push(format!("`{called}` comes from `{source}`, not from crates.io"));
        }
        match (&package.license, &package.license_file) {
            (Some(licence), _) if allowed(licence) => {}
            (Some(licence), _) => findings.push(format!("`{called}` is under `{licence}`")),
            (None, Some(_)) => findings
                .push(format!("`{called}` names a licence file only: read it and list it here")),
            (None, None) => findings.push(format!("`{called}` names no licence")),
        }
    }
    findings
}

#[derive(Deserialize)]
struct Lock {
    packages: BTreeMap<String, NpmPackage>,
}

#[derive(Deserialize)]
struct NpmPackage {
    #[serde(default)]
    dev: bool,
    license: Option<String>,
}

/// Packages that end up in browsers, from the console's lock file.
pub(crate) fn check_npm(root: &Path) -> Result<Vec<String>> {
    let path = root.join("console/package-lock.json");
    let text = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
    let lock: Lock = serde_json::from_slice(&text).context("read the console's lock")?;
    let shipped = lock.packages.iter().filter(|(name, package)| !name.is_empty() && !package.dev);
    Ok(shipped.filter_map(|(name, package)| judge_npm(name, package.license.as_deref())).collect())
}

fn judge_npm(name: &str, licence: Option<&str>) -> Option<String> {
    let called = name.rsplit_once("node_modules/").map_or(name, |(_, name)| name);
    match licence {
        Some(licence) if allowed(licence) => None,
        Some(licence) => Some(format!("`{called}` of the console is under `{licence}`")),
        None => Some(format!("`{called}` of the console names no licence")),
    }
}

/// SPDX: `AND` binds tighter than `OR`; parentheses only around one of them in practice.
fn allowed(licence: &str) -> bool {
    let licence = licence.replace('/', " OR ");
    if let Some((before, rest)) = licence.split_once('(')
        && let Some((inside, after)) = rest.split_once(')')
    {
        let verdict = if allowed(inside) { "MIT" } else { "refused" };
        return allowed(&format!("{before}{verdict}{after}"));
    }
    licence.split(" OR ").any(|side| side.split(" AND ").all(|one| ALLOWED.contains(&one.trim())))
}

#[cfg(test)]
mod tests {
    use super::{allowed, judge_npm};

    #[test]
    fn what_ships_to_browsers_is_asked_for_its_licence_too() {
        assert_eq!(judge_npm("node_modules/react", Some("MIT")), None);
        let found = judge_npm("node_modules/a/node_modules/b", Some("GPL-3.0"));
        assert_eq!(found.as_deref(), Some("`b` of the console is under `GPL-3.0`"));
        assert!(judge_npm("node_modules/c", None).is_some());
    }

    #[test]
    fn an_or_needs_one_side_and_an_and_needs_both() {
        assert!(allowed("MIT OR GPL-3.0"));
        assert!(allowed("MIT/Apache-2.0"));
        assert!(allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(!allowed("MIT AND GPL-3.0"));
        assert!(!allowed("(GPL-3.0 OR AGPL-3.0) AND MIT"));
    }
}
