//! `cargo xtask generate [WHAT...]`: what is generated and checked in.
//!
//! Each part is a file of that name; without arguments all run. A test or `lint` fails when something here is stale.

mod base_lock;
mod catalogue;
mod conformance;
mod console_types;
mod reference;
mod schema;
mod screenshots;
mod sqlx;

use anyhow::{Result, bail};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which parts; without a name all but `screenshots`.
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

/// Run only when they are named: they start the product.
const ON_DEMAND: &[Part] = &[("screenshots", screenshots::run)];

pub(crate) fn run(arguments: Arguments) -> Result<()> {
    let every = || PARTS.iter().chain(ON_DEMAND);
    if let Some(unknown) = arguments.what.iter().find(|name| every().all(|(part, _)| part != name))
    {
        let known: Vec<_> = every().map(|(part, _)| *part).collect();
        bail!("there is nothing called `{unknown}` to generate; there is {}", known.join(", "));
    }
    let is_named = |name: &str| arguments.what.iter().any(|wanted| wanted == name);
    for (name, part) in PARTS {
        if arguments.what.is_empty() || is_named(name) {
            part()?;
        }
    }
    for (_, part) in ON_DEMAND.iter().filter(|(name, _)| is_named(name)) {
        part()?;
    }
    Ok(())
}
