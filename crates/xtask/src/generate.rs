//! `cargo xtask generate [WHAT...]`: what is generated and checked in.
//!
//! Each part is a file of that name; without arguments all run. A test or `lint` fails when something here is stale.

mod base_lock;
mod catalogue;
mod conformance;
mod console_types;
mod reference;
mod schema;
mod sqlx;

use anyhow::{Result, bail};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which parts; all without a name.
    what: Vec<String>,
}

type Part = (&'static str, fn() -> Result<()>);

const PARTS: &[Part] = &[
    ("base-lock", base_lock::run),
    ("catalogue", catalogue::run),
    ("conformance", conformance::run),
    ("reference", reference::run),
    ("schema", schema::run),
    // After the schema, which it reads.
    ("console-types", console_types::run),
    ("sqlx", sqlx::run),
];

pub(crate) fn run(arguments: Arguments) -> Result<()> {
    if let Some(unknown) =
        arguments.what.iter().find(|name| PARTS.iter().all(|(part, _)| part != name))
    {
        let known: Vec<_> = PARTS.iter().map(|(part, _)| *part).collect();
        bail!("there is nothing called `{unknown}` to generate; there is {}", known.join(", "));
    }
    for (name, part) in PARTS {
        if arguments.what.is_empty() || arguments.what.iter().any(|wanted| wanted == name) {
            part()?;
        }
    }
    Ok(())
}
