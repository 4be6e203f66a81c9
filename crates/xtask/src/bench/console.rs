//! `bench console`: what a browser loads and how long it takes, in headless Chromium against a running Midplane.
//!
//! `console/e2e/figures.mjs` drives the browser and reads its clocks; the demo is what is shown. Interactive means: the page
//! answers to a click on what needs attention, its data included. Cold is an empty profile, warm is the same browser again. The
//! diagram of 300 nodes is one that the browser is told of. For the search the store is filled with a month of messages first
//! (`--steps`), which takes minutes for 50 million; the live tail (`tail`) has a Midplane of its own, so that neither is in the
//! way of the other.

pub(crate) mod tail;

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::report::{Report, median};
use super::session::{Session, wait_until};
use super::telemetry;
use crate::cargo;

/// Enough that indexes matter, few enough for a minute of filling; the figure of the issue is asked for with 50 million.
const STEPS: u64 = 5_000_000;
/// What the browser calls its parts; `tail` is apart.
const PAGES: [&str; 4] = ["page", "detail", "search", "diagram"];

/// What is measured, and how much of it.
pub(crate) struct Wanted {
    /// None: all.
    pub(crate) only: Vec<String>,
    pub(crate) runs: usize,
    pub(crate) steps: Option<u64>,
    pub(crate) tail: tail::Wanted,
}

impl Wanted {
    fn has(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|one| one == part)
    }
}

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

pub(crate) fn run(binary: &Path, wanted: &Wanted) -> Result<Report> {
    let is_known = |part: &str| part == "tail" || PAGES.contains(&part);
    if let Some(unknown) = wanted.only.iter().find(|part| !is_known(part)) {
        bail!("the console has no part `{unknown}`; it has {} and tail", PAGES.join(", "));
    }
    let mut report = Report::new("console");
    let parts: Vec<&str> = PAGES.into_iter().filter(|part| wanted.has(part)).collect();
    if !parts.is_empty() {
        pages(binary, wanted, &parts, &mut report)?;
    }
    if wanted.has("tail") {
        tail::measure(binary, &wanted.tail, &mut report)?;
    }
    Ok(report)
}

fn pages(binary: &Path, wanted: &Wanted, parts: &[&str], report: &mut Report) -> Result<()> {
    let session = start(binary)?;
    let steps = if wanted.has("search") { wanted.steps.unwrap_or(STEPS) } else { 0 };
    if steps > 0 {
        let filled = telemetry::fill_into(&session.data().join("postgres"), steps, binary)?;
        report.note(format!(
            "the store was given {steps} steps of a month in {:.0} s",
            filled["wall_s"].as_f64().unwrap_or(f64::NAN)
        ));
    }
    let (runs, parts) = (wanted.runs.to_string(), parts.join(","));
    let is_filled = if steps > 0 { "filled" } else { "demo" };
    let measured: Measured = browser(&session, "figures.mjs", &[&runs, &parts, is_filled])?;
    let Measured {
        first_page_script_kb,
        largest_chunk_kb,
        cold_interactive_ms,
        warm_interactive_ms,
        detail_open_ms,
        search_paint_ms,
        diagram_300_ms,
    } = measured;
    for (key, values, goal) in [
        ("first_page_script_kb", first_page_script_kb, 250.0),
        ("largest_chunk_kb", largest_chunk_kb, 250.0),
        ("cold_interactive_ms", cold_interactive_ms, 1_000.0),
        ("warm_interactive_ms", warm_interactive_ms, 300.0),
        ("detail_open_ms", detail_open_ms, 150.0),
        ("search_paint_ms", search_paint_ms, 300.0),
        ("diagram_300_ms", diagram_300_ms, 500.0),
    ] {
        // What was not asked for has no values.
        if !values.is_empty() {
            report.figure(key, median(values), Some(goal));
        }
    }
    Ok(())
}

/// A Midplane whose demo has a failure to show.
fn start(binary: &Path) -> Result<Session> {
    let session = Session::start(binary)?;
    wait_until("a message failed", || {
        let failed = r#"{ messages(query: "outcome:failed", first: 1) { nodes { id } } }"#;
        let found = session.graphql(failed, json!({}));
        found.is_ok_and(|found| found["messages"]["nodes"][0].is_object())
    })?;
    Ok(session)
}

/// Runs a script of `console/e2e` with a link to sign in and `arguments`; its last line is what it measured.
fn browser<Found: DeserializeOwned>(
    session: &Session,
    script: &str,
    arguments: &[&str],
) -> Result<Found> {
    let link = session.graphql("mutation { createLoginLink { url } }", json!({}))?;
    let link = link["createLoginLink"]["url"].as_str().context("a link to sign in")?;
    let output = Command::new("node")
        .arg(Path::new("e2e").join(script))
        .arg(link)
        .args(arguments)
        .current_dir(cargo::root().join("console"))
        .stderr(Stdio::inherit())
        .output()
        .context("start node")?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "the browser's part failed: {said}");
    let last = said.lines().last().context("the browser's part said nothing")?;
    serde_json::from_str(last).with_context(|| format!("read what the browser measured: {last}"))
}
