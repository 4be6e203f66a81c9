//! Calls cargo: the same one that runs this program, from the workspace's root.
//!
//! Also where the root and the build folder are found, so that no other verb guesses a path.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The folder of the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    command.args(arguments).current_dir(root());
    command
}

/// Runs cargo with its output on this terminal.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let status = command(arguments).status().context("start cargo")?;
    if !status.success() {
        bail!("`cargo {}` failed", arguments.join(" "));
    }
    Ok(())
}

/// Often enough to show that it goes on.
const SHOWN_EVERY: Duration = Duration::from_secs(15);

/// Builds `package`; `shown` hears now and then how many crates are done.
///
/// # Errors
/// Cargo did not start, or the build failed; cargo has said why on this terminal.
pub(crate) fn build(package: &str, shown: &dyn Fn(usize)) -> Result<()> {
    let call = ["build", "--package", package, "--locked", "--quiet"];
    let mut child = command(&call)
        .args(["--message-format", "json-render-diagnostics"])
        .stdout(Stdio::piped())
        .spawn()
        .context("start cargo")?;
    let (mut done, mut last) = (0, Instant::now());
    for line in BufReader::new(child.stdout.take().context("read what cargo says")?).lines() {
        done += usize::from(line?.starts_with(r#"{"reason":"compiler-artifact""#));
        if last.elapsed() >= SHOWN_EVERY {
            last = Instant::now();
            shown(done);
        }
    }
    if !child.wait()?.success() {
        bail!("`cargo {}` failed", call.join(" "));
    }
    Ok(())
}

#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) target_directory: PathBuf,
    pub(crate) workspace_members: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    pub(crate) license_file: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
}

#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Target {
    pub(crate) src_path: PathBuf,
}

pub(crate) fn metadata() -> Result<Metadata> {
    let output =
        command(&["metadata", "--format-version", "1"]).output().context("start cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).context("read cargo metadata")
}
