//! `cargo xtask generate schema`: the GraphQL schema as text, each field with the permission that it needs.
//!
//! The crate that holds the schema prints it; a test of that crate fails when the committed file differs.

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::cargo;

pub(crate) fn run() -> Result<()> {
    let printed = cargo::command(&["run", "--quiet", "-p", "control", "--example", "schema"])
        .output()
        .context("start cargo")?;
    if !printed.status.success() {
        bail!("print the schema: {}", String::from_utf8_lossy(&printed.stderr));
    }
    let path = cargo::root().join("docs/reference/schema.graphql");
    fs::write(&path, printed.stdout).with_context(|| format!("write {}", path.display()))
}
