//! `fill`, `ingest` and `search`: the store of messages on a durable PostgreSQL, measured by `store`'s example `telemetry`.
//!
//! The store is kept under the target folder: `fill --steps N` adds to it, `search` asks whatever is there, and a later run begins where an
//! earlier one ended. The example measures, because SQL has one home; this file names figures and goals.

use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::report::Report;
use crate::cargo;

/// Enough for a figure that does not jump, few enough for a minute.
const INGEST_STEPS: u64 = 2_000_000;

pub(crate) fn fill(steps: u64) -> Result<Report> {
    let found = measure("fill", steps)?;
    let mut report = Report::new("fill");
    report.figure("steps_per_core_s", number(&found, "steps_per_core_s"), None);
    report.figure("wall_s", number(&found, "wall_s"), None);
    Ok(report)
}

pub(crate) fn ingest(steps: Option<u64>) -> Result<Report> {
    let found = measure("ingest", steps.unwrap_or(INGEST_STEPS))?;
    let mut report = Report::new("ingest");
    let ours = number(&found, "steps_per_core_s");
    let naive = number(&found, "naive_steps_per_core_s");
    report.note("goals: steps_per_core_s >= 500000, naive_ratio >= 5".to_owned());
    report.figure("steps_per_core_s", ours, None);
    report.figure("bytes_per_step", number(&found, "bytes_per_step"), Some(25.0));
    report.figure("wire_bytes_per_message", number(&found, "wire_bytes_per_message"), Some(60.0));
    report.peer("naive_steps_per_core_s", naive);
    report.peer("naive_bytes_per_step", number(&found, "naive_bytes_per_step"));
    report.ratio("naive_ratio", ours / naive, None);
    Ok(report)
}

pub(crate) fn search(runs: usize) -> Result<Report> {
    let found = measure("search", runs.max(100) as u64)?;
    let mut report = Report::new("search");
    for (key, goal) in [("detail_p99_ms", 2.0), ("newest_p99_ms", 5.0), ("heatmap_p99_ms", 5.0)] {
        if found[key].is_number() {
            report.figure(key, number(&found, key), Some(goal));
        } else {
            report.note(format!(
                "{key}: the store is empty; run `cargo xtask bench fill --steps 50000000` first"
            ));
        }
    }
    Ok(report)
}

fn number(found: &Value, key: &str) -> f64 {
    found[key].as_f64().unwrap_or(f64::NAN)
}

fn measure(mode: &str, count: u64) -> Result<Value> {
    let folder = cargo::metadata()?.target_directory.join("bench/telemetry");
    let folder = folder.to_str().context("the target folder is no text")?.to_owned();
    let count = count.to_string();
    let arguments = [
        "run",
        "--release",
        "--quiet",
        "-p",
        "store",
        "--example",
        "telemetry",
        "--",
        &folder,
        mode,
        &count,
    ];
    let output =
        cargo::command(&arguments).stderr(Stdio::inherit()).output().context("start cargo")?;
    if !output.status.success() {
        bail!("the measuring program failed");
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().context("it said nothing")?;
    serde_json::from_str(last).with_context(|| format!("it said `{last}`"))
}
