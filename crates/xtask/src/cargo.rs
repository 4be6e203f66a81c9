//! Calls cargo: the same one that runs this program, from the workspace's root.
//!
//! Also where the root and the build folder are found, so that no other verb guesses a path.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::{machine, say};

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

const CLIPPY: &str = "clippy-driver";

/// Cargo with clippy in the place of the compiler for this workspace's crates: it compiles as well, and says what it finds.
/// On a machine without clippy it is cargo alone.
pub(crate) fn linting(arguments: &[&str]) -> Command {
    let mut command = command(arguments);
    if machine::version(CLIPPY).is_some() {
        command.env("RUSTC_WORKSPACE_WRAPPER", CLIPPY);
    }
    command
}

#[derive(Deserialize)]
struct Said {
    reason: String,
    message: Option<Diagnostic>,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    rendered: String,
}

/// Compiles every target of the workspace and shows what clippy says of it, also of what was compiled before.
///
/// # Errors
/// Something does not compile, or there was a warning.
pub(crate) fn lint() -> Result<()> {
    if machine::version(CLIPPY).is_none() {
        bail!("clippy is missing; install it (`rustup component add clippy`)");
    }
    let call = ["test", "--workspace", "--locked", "--no-run", "--quiet"];
    let output = linting(&call)
        .args(["--message-format", "json"])
        .stderr(Stdio::inherit())
        .output()
        .context("start cargo")?;
    let mut warnings = BTreeSet::new();
    for line in output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let Ok(Said { reason, message: Some(found) }) = serde_json::from_slice(line) else {
            continue;
        };
        // A library is compiled with its tests and without: once is enough to be told.
        if reason == "compiler-message"
            && matches!(found.level.as_str(), "warning" | "error")
            // The sum at the end of each crate stands at no place.
            && found.rendered.contains("-->")
            && warnings.insert(found.rendered.clone())
        {
            say::line(&found.rendered);
        }
    }
    if !output.status.success() {
        bail!("the workspace does not compile");
    }
    if !warnings.is_empty() {
        bail!("clippy found {} things", warnings.len());
    }
    Ok(())
}

/// Often enough to show that it goes on.
const SHOWN_EVERY: Duration = Duration::from_secs(15);

/// Builds a program of this workspace, with third-party crates as every other command builds them; `shown` hears now and then how many crates are done.
///
/// # Errors
/// Cargo did not start, or the build failed; cargo has said why on this terminal.
pub(crate) fn build(program: &str, shown: &dyn Fn(usize)) -> Result<()> {
    let call = ["build", "--bin", program, "--locked", "--quiet"];
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
