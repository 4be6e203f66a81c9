//! Licences and sources of what we depend on.
//!
//! Everything comes from the crates.io index, under a licence that an Apache-2.0 binary may carry. An `OR` needs one side
//! that is allowed, an `AND` every side.

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
    use super::allowed;

    #[test]
    fn an_or_needs_one_side_and_an_and_needs_both() {
        assert!(allowed("MIT OR GPL-3.0"));
        assert!(allowed("MIT/Apache-2.0"));
        assert!(allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(!allowed("MIT AND GPL-3.0"));
        assert!(!allowed("(GPL-3.0 OR AGPL-3.0) AND MIT"));
    }
}
