//! `cargo xtask install`: an optimised binary on the PATH.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{cargo, console, say};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder to put `midplane` into; default: `~/.local/bin`.
    #[arg(long)]
    to: Option<PathBuf>,
}

pub(crate) fn run(arguments: Arguments) -> Result<()> {
    console::build_if_possible()?;
    cargo::run(&["build", "--release", "--package", "midplane", "--locked"])?;
    let built = cargo::metadata()?.target_directory.join("release/midplane");
    let home = std::env::home_dir().context("find the home folder; name one with --to")?;
    let folder = arguments.to.unwrap_or_else(|| home.join(".local/bin"));
    std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    let to = folder.join("midplane");
    // A running binary cannot be written over, but it can be replaced.
    let fresh = folder.join(".midplane.new");
    std::fs::copy(&built, &fresh).with_context(|| format!("copy to {}", fresh.display()))?;
    std::fs::rename(&fresh, &to).with_context(|| format!("replace {}", to.display()))?;
    say::step("installed", to.display());
    Ok(())
}
