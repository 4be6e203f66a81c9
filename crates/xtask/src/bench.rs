//! `cargo xtask bench NAME`: figures, paired with the peer or the physical limit of the same run.
//!
//! With `--json` the last line is `{"bench":..,"figures":{..},"peer":{..},"ratio":{..}}`; ratios stand in `figures` too.

use anyhow::{Result, bail};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// `deploy` or `footprint`.
    name: String,
    /// End with one line of JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: Arguments) -> Result<()> {
    let _ = arguments.json;
    bail!("there is no bench `{}`", arguments.name)
}
