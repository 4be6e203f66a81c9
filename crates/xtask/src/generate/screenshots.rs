//! `cargo xtask generate screenshots`: pictures of the console for the guides, of the demo as it runs.
//!
//! Only on demand: it starts the product and a browser. Times and ids are painted over, counts are those of the run; a test
//! (`e2e_the_guides_show_the_console_as_it_is`) compares what is kept with what there is, roughly.

use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::bench::session::{Session, wait_until};
use crate::{cargo, console};

pub(crate) fn run() -> Result<()> {
    console::build()?;
    console::browser()?;
    cargo::run(&["build", "--bin", "midplane", "--locked", "--quiet"])?;
    let binary = cargo::metadata()?.target_directory.join("debug/midplane");
    let session = Session::start(&binary)?;
    wait_until("a message failed", || {
        let failed = r#"{ messages(query: "outcome:failed", first: 1) { nodes { id } } }"#;
        let found = session.graphql(failed, json!({}));
        found.is_ok_and(|found| found["messages"]["nodes"][0].is_object())
    })?;
    let link = session.graphql("mutation { createLoginLink { url } }", json!({}))?;
    let link = link["createLoginLink"]["url"].as_str().context("a link to sign in")?.to_owned();
    let status = Command::new("node")
        .arg("e2e/screens.mjs")
        .arg(link)
        .arg(cargo::root().join("docs/guides/images"))
        .current_dir(cargo::root().join("console"))
        .status()
        .context("start node")?;
    if !status.success() {
        bail!("the browser's part failed");
    }
    Ok(())
}
