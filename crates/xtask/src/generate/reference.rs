//! `docs/reference/cli.md`: what the command line says of itself. A test of `midplane` fails when the page is stale.

use anyhow::{Context, Result, bail};

use crate::cargo;

pub(crate) fn run() -> Result<()> {
    let output = cargo::command(&["run", "--quiet", "--bin", "midplane", "--", "reference"])
        .output()
        .context("start cargo")?;
    if !output.status.success() {
        bail!("`midplane reference` failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let path = cargo::root().join("docs/reference/cli.md");
    std::fs::create_dir_all(cargo::root().join("docs/reference")).context("make docs/reference")?;
    std::fs::write(&path, output.stdout).with_context(|| format!("write {}", path.display()))
}
