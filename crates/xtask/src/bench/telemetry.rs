//! `fill`, `ingest` and `search`: the store of messages on a durable PostgreSQL, measured by `store`'s example `telemetry`.
//!
//! A filled store is kept under the target folder, which lies outside the clone: `fill --steps N` makes it once, `search` asks whatever
//! is there. The example measures, because SQL has one home; this file names figures and goals.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::report::Report;
use crate::cargo;

/// Enough for a figure that does not jump, few enough for a minute.
const INGEST_STEPS: u64 = 5_000_000;
/// The ninety-ninth of a hundred is one; of a thousand it is ten.
const LEAST_RUNS: u64 = 1_000;

pub(crate) fn fill(steps: u64) -> Result<Report> {
    let found = measure("fill", steps)?;
    let mut report = Report::new("fill");
    if found["kept"] == true {
        report.note(format!("the store holds {} steps already", found["steps"]));
    } else {
        report.figure("wall_s", number(&found, "wall_s"), None);
        report.figure("bytes", number(&found, "bytes"), None);
    }
    report.figure("steps", number(&found, "steps"), None);
    Ok(report)
}

pub(crate) fn ingest(steps: Option<u64>) -> Result<Report> {
    let found = measure("ingest", steps.unwrap_or(INGEST_STEPS))?;
    let mut report = Report::new("ingest");
    let figure = |key| number(&found, key);
    let (ours, naive) = (figure("steps_per_core_s"), figure("naive_steps_per_core_s"));
    report.note("from a block of 512 messages of ten steps to flushed and searchable; CPU of the writer and of PostgreSQL".to_owned());
    report.note("*_us: where the CPU of one message goes; heap and index are parts of postgres, measured by copying the rows once more".to_owned());
    report.at_least("steps_per_core_s", ours, 500_000.0);
    report.figure("bytes_per_step", figure("bytes_per_step"), Some(25.0));
    report.figure("wire_bytes_per_message", figure("wire_bytes_per_message"), Some(60.0));
    for key in [
        "wall_steps_s",
        "decode_us",
        "rows_us",
        "send_us",
        "postgres_us",
        "heap_us",
        "index_us",
        "keyed_steps_per_core_s",
        "keyed_bytes_per_step",
    ] {
        report.figure(key, figure(key), None);
    }
    report.peer("naive_steps_per_core_s", naive);
    report.peer("naive_bytes_per_step", figure("naive_bytes_per_step"));
    report.ratio_at_least("naive_ratio", ours / naive, 5.0);
    Ok(report)
}

pub(crate) fn search(runs: usize) -> Result<Report> {
    let found = measure("search", LEAST_RUNS.max(runs as u64))?;
    let mut report = Report::new("search");
    if found["steps"].is_null() {
        report.note(
            "the store is empty; run `cargo xtask bench fill --steps 50000000` first".to_owned(),
        );
        return Ok(report);
    }
    report.note(format!(
        "{} steps; a transaction of the application role for each question",
        found["steps"]
    ));
    for (key, goal) in [
        ("detail_p99_ms", Some(2.0)),
        ("newest_p99_ms", Some(5.0)),
        ("needle_p99_ms", Some(10.0)),
        ("heatmap_p99_ms", Some(5.0)),
        ("attribute_p99_ms", None),
        ("detail_p50_ms", None),
        ("newest_p50_ms", None),
        ("needle_p50_ms", None),
        ("heatmap_p50_ms", None),
    ] {
        report.figure(key, number(&found, key), goal);
    }
    for key in ["detail", "newest", "needle", "heatmap"].map(|key| format!("naive_{key}_p99_ms")) {
        report.peer(&key, number(&found, &key));
    }
    Ok(report)
}

fn number(found: &Value, key: &str) -> f64 {
    found[key].as_f64().unwrap_or(f64::NAN)
}

/// Fills the store of a Midplane that runs; `cluster` is the folder of its PostgreSQL. Beside a debug binary a debug build fills it:
/// that is a quick look, for which nothing optimised is built.
pub(crate) fn fill_into(cluster: &Path, steps: u64, binary: &Path) -> Result<Value> {
    let is_debug = binary.parent().is_some_and(|folder| folder.ends_with("debug"));
    call(cluster, "into", steps, if is_debug { &[] } else { &["--release"] })
}

fn measure(mode: &str, count: u64) -> Result<Value> {
    let folder = cargo::metadata()?.target_directory.join("bench/telemetry");
    call(&folder, mode, count, &["--release"])
}

fn call(folder: &Path, mode: &str, count: u64, profile: &[&str]) -> Result<Value> {
    let folder = folder.to_str().context("the folder is no text")?;
    let count = count.to_string();
    let example = ["--quiet", "-p", "store", "--example", "telemetry", "--", folder, mode, &count];
    let arguments = [&["run"], profile, &example].concat();
    let output =
        cargo::command(&arguments).stderr(Stdio::inherit()).output().context("start cargo")?;
    if !output.status.success() {
        bail!("the measuring program failed");
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().context("it said nothing")?;
    serde_json::from_str(last).with_context(|| format!("it said `{last}`"))
}
