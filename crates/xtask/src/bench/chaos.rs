//! `chaos`, and the memory of a runner for `spool`: measured by tests of the binary, which have the harness for it.
//!
//! The test is built as `cargo xtask test` builds it; what it runs is the optimised binary. It says what it found in a line that begins
//! with `figures:`. What a chaos run has to show is in its figures: nothing unaccounted for, and nothing twice.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::report::Report;
use crate::{cargo, say, up};

const MESSAGES: u64 = 10_000_000;

pub(crate) fn run(binary: &Path, messages: Option<u64>, seed: Option<u64>) -> Result<Report> {
    let messages = messages.unwrap_or(MESSAGES).to_string();
    let seed = seed.unwrap_or(42).to_string();
    let test = "chaos::e2e_chaos_leaves_no_message_unaccounted_and_none_twice";
    let variables = [("MIDPLANE_CHAOS_MESSAGES", &*messages), ("MIDPLANE_CHAOS_SEED", &*seed)];
    let found = measure(test, false, binary, &variables)?;
    let mut report = Report::new("chaos");
    let number = |key: &str| found[key].as_f64().unwrap_or(f64::NAN);
    report.figure("unaccounted", number("unaccounted"), Some(0.0));
    report.figure("doubled", number("doubled"), Some(0.0));
    for key in ["messages", "kept", "jvm_messages", "faults", "seconds", "seed"] {
        report.figure(key, number(key), None);
    }
    Ok(report)
}

/// Of a runner that hears 20,000 steps a second.
pub(crate) fn runner_rss_mb(binary: &Path) -> Result<f64> {
    let test = "chaos::pace::e2e_a_runner_at_twenty_thousand_steps_a_second";
    let found = measure(test, true, binary, &[])?;
    found["runner_rss_mb"].as_f64().context("the test measured no memory")
}

fn measure(test: &str, ignored: bool, binary: &Path, variables: &[(&str, &str)]) -> Result<Value> {
    up::fetch_parts()?;
    let mut call = vec!["test", "--workspace", "--locked", "--quiet", "--test", "it", "--"];
    call.extend(["--exact", "--nocapture", test]);
    if ignored {
        call.push("--ignored");
    }
    let mut child = cargo::linting(&call)
        .env("MIDPLANE_E2E_BINARY", binary)
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .spawn()
        .context("start cargo test")?;
    let mut figures = None;
    for line in BufReader::new(child.stdout.take().context("read the test's output")?).lines() {
        let line = line?;
        // The test program writes its own words before ours on the same line.
        match line.split_once("figures: ") {
            Some((_, text)) => figures = serde_json::from_str(text).ok(),
            None if line.contains("chaos: ") => say::line(&line),
            None => {}
        }
    }
    let passed = child.wait()?.success();
    match figures {
        Some(figures) => Ok(figures),
        None if passed => bail!("the test `{test}` said nothing"),
        None => bail!("the test `{test}` failed before it had figures"),
    }
}
