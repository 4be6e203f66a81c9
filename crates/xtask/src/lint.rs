//! `cargo xtask lint`: formatting, clippy with warnings as errors, the console's types and lints, then `tidy`.
//!
//! Clippy runs while the tests are compiled, so that `cargo xtask test` finds them built: everything is compiled once. The
//! console is built first because cargo embeds it.

use anyhow::Result;

use crate::{cargo, console, tidy};

pub(crate) fn run() -> Result<()> {
    cargo::run(&["fmt", "--all", "--check"])?;
    console::check()?;
    console::build()?;
    cargo::lint()?;
    tidy::run()
}
