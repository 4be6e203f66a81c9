//! What real Go and sprig make of the templates in `tools/conformance`: needs `go` and the modules its go.mod pins.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{cargo, say};

const FOLDER: &str = "tools/conformance";

pub(crate) fn run() -> Result<()> {
    let folder = cargo::root().join(FOLDER);
    let done = Command::new("go").args(["run", "."]).current_dir(&folder).output().context(
        "start `go`: install Go 1.24 or newer from https://go.dev/dl and put it on the PATH",
    )?;
    if !done.status.success() {
        bail!("`go run .` in {FOLDER} failed: {}", String::from_utf8_lossy(&done.stderr).trim());
    }
    let cases = String::from_utf8_lossy(&done.stdout).lines().count().saturating_sub(1);
    fs::write(folder.join("cases.jsonl"), &done.stdout)
        .with_context(|| format!("write {FOLDER}/cases.jsonl"))?;
    say::step("conformance", format!("{cases} cases answered by Go and sprig 2.22.0"));
    Ok(())
}
