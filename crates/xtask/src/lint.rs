//! `cargo xtask lint`: formatting, clippy with warnings as errors, the console's types and lints, then `tidy`.

use anyhow::Result;

use crate::{cargo, console, tidy};

pub(crate) fn run() -> Result<()> {
    cargo::run(&["fmt", "--all", "--check"])?;
    cargo::run(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--quiet",
        "--",
        "--deny",
        "warnings",
    ])?;
    console::check()?;
    tidy::run()
}
