//! `bench console`: what a browser loads and how long it takes, in headless Chromium against a running Midplane.
//!
//! `console/e2e/figures.mjs` drives the browser and reads its clocks; the demo is what is shown. Interactive means: the page
//! answers to a click on what needs attention, its data included. Cold is an empty profile, warm is the same browser again. The
//! search is over what the demo has sent so far; the diagram of 300 nodes is one that the browser is told of.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::json;

use super::report::{Report, median};
use super::session::{Session, wait_until};
use crate::cargo;

/// All that the browser measured, a value for each run.
#[derive(Deserialize)]
struct Measured {
    first_page_script_kb: Vec<f64>,
    largest_chunk_kb: Vec<f64>,
    cold_interactive_ms: Vec<f64>,
    warm_interactive_ms: Vec<f64>,
    detail_open_ms: Vec<f64>,
    search_paint_ms: Vec<f64>,
    diagram_300_ms: Vec<f64>,
}

pub(crate) fn run(binary: &Path, runs: usize) -> Result<Report> {
    let session = Session::start(binary)?;
    wait_until("a message failed", || {
        let failed = r#"{ messages(query: "outcome:failed", first: 1) { nodes { id } } }"#;
        let found = session.graphql(failed, json!({}));
        found.is_ok_and(|found| found["messages"]["nodes"][0].is_object())
    })?;
    let link = session.graphql("mutation { createLoginLink { url } }", json!({}))?;
    let link = link["createLoginLink"]["url"].as_str().context("a link to sign in")?.to_owned();
    let output = Command::new("node")
        .arg("e2e/figures.mjs")
        .args([&link, &runs.to_string()])
        .current_dir(cargo::root().join("console"))
        .stderr(Stdio::inherit())
        .output()
        .context("start node")?;
    if !output.status.success() {
        bail!("the browser's part failed: {}", String::from_utf8_lossy(&output.stdout));
    }
    let measured: Measured =
        serde_json::from_slice(&output.stdout).context("read what the browser measured")?;
    let mut report = Report::new("console");
    report.figure("first_page_script_kb", median(measured.first_page_script_kb), Some(250.0));
    report.figure("largest_chunk_kb", median(measured.largest_chunk_kb), Some(250.0));
    report.figure("cold_interactive_ms", median(measured.cold_interactive_ms), Some(1_000.0));
    report.figure("warm_interactive_ms", median(measured.warm_interactive_ms), Some(300.0));
    report.figure("detail_open_ms", median(measured.detail_open_ms), Some(150.0));
    report.figure("search_paint_ms", median(measured.search_paint_ms), Some(300.0));
    report.figure("diagram_300_ms", median(measured.diagram_300_ms), Some(500.0));
    Ok(report)
}
