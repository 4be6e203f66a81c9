//! `cargo xtask tidy`: what a compiler does not check.
//!
//! Each rule is a file that returns its findings as lines; all rules run, then the command fails if any line was found.

mod directions;
mod error_pages;
mod files;
mod licences;

use anyhow::{Result, bail};

use crate::{cargo, say};

pub(crate) fn run() -> Result<()> {
    let root = cargo::root();
    let metadata = cargo::metadata()?;
    let mut findings = Vec::new();
    findings.extend(directions::check(&metadata));
    findings.extend(licences::check(&metadata));
    findings.extend(licences::check_npm(&root)?);
    findings.extend(files::check(&root, &metadata)?);
    findings.extend(error_pages::check(&root)?);
    for finding in &findings {
        say::line(finding);
    }
    if !findings.is_empty() {
        bail!("tidy found {} things", findings.len());
    }
    Ok(())
}
