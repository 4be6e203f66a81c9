//! The console: what npm does for it, where, and when it has to.
//!
//! ```text
//! package-lock.json -> <cache>/console/<digest>/node_modules   once for each lock, shared by every clone
//! console/**        -> console/dist (ignored by Git)            when something of it changed; cargo embeds what is there
//! ```
//! `up`, `install` and `test` build it, `lint` and `test` check it. Plain `cargo build` never needs Node: without `dist` the
//! binary has no console and says so. Node comes from the machine; a missing one is named with the command that installs
//! it, and only `up` goes on without.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::{cargo, machine, say};

/// Vite's oldest.
const NODE: (u32, u32) = (20, 19);
const INSTALL: &str = "Debian and Ubuntu: `apt-get install nodejs npm`, macOS: `brew install node`";

fn folder() -> PathBuf {
    cargo::root().join("console")
}

/// Builds what the binary embeds, unless it is of the same sources already.
pub(crate) fn build() -> Result<()> {
    let since = Instant::now();
    let stamp = folder().join("dist/.stamp");
    let sources = digest_of_sources()?;
    if fs::read_to_string(&stamp).is_ok_and(|known| known == sources) {
        say::step("console", "built before");
        return Ok(());
    }
    install()?;
    npm(&folder(), &["run", "--silent", "build"])?;
    fs::write(&stamp, sources).with_context(|| format!("write {}", stamp.display()))?;
    say::step("console", format_args!("built in {:.1} s", since.elapsed().as_secs_f64()));
    Ok(())
}

/// As `build`; on a machine without Node it says what is missing and goes on.
pub(crate) fn build_if_possible() -> Result<()> {
    match node() {
        Ok(()) => build(),
        Err(err) => {
            say::step("console", format_args!("not built: {err:#}"));
            Ok(())
        }
    }
}

/// Types, formatting and lints.
pub(crate) fn check() -> Result<()> {
    install()?;
    npm(&folder(), &["run", "--silent", "check"])
}

/// The model's tests.
pub(crate) fn test() -> Result<()> {
    install()?;
    npm(&folder(), &["run", "--silent", "test"])
}

/// Types of the operations, from the schema.
pub(crate) fn types() -> Result<()> {
    install()?;
    npm(&folder(), &["run", "--silent", "types"])
}

/// A browser for the tests: found, or installed where that can be done without asking.
pub(crate) fn browser() -> Result<()> {
    if machine::version("chromium").is_some() || machine::variable_os("MIDPLANE_CHROMIUM").is_some()
    {
        return Ok(());
    }
    let packages = ["chromium", "fonts-liberation", "fonts-noto-color-emoji"];
    let line = format!("apt-get install {}", packages.join(" "));
    if !machine::is_root() || !Path::new("/etc/debian_version").exists() {
        bail!(
            "the tests of the console need Chromium; install it (Debian: `{line}`) or name one in MIDPLANE_CHROMIUM"
        );
    }
    say::step("chromium", "being installed");
    for arguments in [
        &["update", "--quiet=2"][..],
        &["install", "--yes", "--quiet=2", "--no-install-recommends"],
    ] {
        let mut command = Command::new("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        if arguments[0] == "install" {
            command.args(packages);
        }
        let output = command.output().context("start apt-get")?;
        if !output.status.success() {
            bail!("`{line}` failed: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
    Ok(())
}

fn node() -> Result<()> {
    let Some(version) = machine::version_of("node") else {
        bail!("Node {}.{} or newer is missing; install it ({INSTALL})", NODE.0, NODE.1);
    };
    if version < NODE {
        let (major, minor) = version;
        bail!(
            "Node {major}.{minor} is too old; the console needs {}.{} ({INSTALL})",
            NODE.0,
            NODE.1
        );
    }
    if machine::version("npm").is_none() {
        bail!("npm is missing; install it ({INSTALL})");
    }
    Ok(())
}

/// Makes `console/node_modules` a link to the packages of this lock, installing them if nobody did.
fn install() -> Result<()> {
    node()?;
    let lock = fs::read(folder().join("package-lock.json")).context("read package-lock.json")?;
    let digest = hex(&Sha256::digest(&lock));
    let kept = machine::cache().join("console").join(&digest[..16]);
    if !kept.exists() {
        let since = Instant::now();
        let fresh = kept.with_extension(std::process::id().to_string());
        fs::create_dir_all(&fresh).with_context(|| format!("make {}", fresh.display()))?;
        for name in ["package.json", "package-lock.json", ".npmrc"] {
            fs::copy(folder().join(name), fresh.join(name))
                .with_context(|| format!("copy {name}"))?;
        }
        npm(&fresh, &["ci", "--silent", "--no-progress"])?;
        if fs::rename(&fresh, &kept).is_err() {
            // Another clone was first.
            fs::remove_dir_all(&fresh).with_context(|| format!("remove {}", fresh.display()))?;
        }
        say::step(
            "npm",
            format_args!("packages of the console in {:.1} s", since.elapsed().as_secs_f64()),
        );
    }
    let link = folder().join("node_modules");
    if fs::read_link(&link).is_ok_and(|to| to == kept.join("node_modules")) {
        return Ok(());
    }
    match fs::symlink_metadata(&link) {
        Ok(found) if found.is_dir() => {
            fs::remove_dir_all(&link).context("remove console/node_modules")?;
        }
        Ok(_) => fs::remove_file(&link).context("remove console/node_modules")?,
        Err(_) => {}
    }
    symlink(kept.join("node_modules"), &link).context("link console/node_modules")
}

fn npm(folder: &Path, arguments: &[&str]) -> Result<()> {
    let status = Command::new("npm").args(arguments).current_dir(folder).status();
    if !status.context("start npm")?.success() {
        bail!("`npm {}` failed in {}", arguments.join(" "), folder.display());
    }
    Ok(())
}

/// Everything that the build reads. The schema is not: its types are committed.
fn digest_of_sources() -> Result<String> {
    let mut files = Vec::new();
    list(&folder(), &mut files)?;
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file.strip_prefix(folder()).unwrap_or(&file).as_os_str().as_encoded_bytes());
        hash.update([0]);
        hash.update(Sha256::digest(
            fs::read(&file).with_context(|| format!("read {}", file.display()))?,
        ));
    }
    Ok(hex(&hash.finalize()))
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let skipped = ["node_modules", "dist", ".build", "e2e"];
    for entry in fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))? {
        let path = entry?.path();
        if skipped.iter().any(|name| path.file_name() == Some(OsStr::new(name))) {
            continue;
        }
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
