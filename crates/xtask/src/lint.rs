//! `cargo xtask lint`: formatting, clippy with warnings as errors, then `tidy`.

use anyhow::Result;

use crate::{cargo, tidy};

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
    tidy::run()
}
