//! The crash enumeration: the tests that kill an operator after each write in turn, and what they counted.

use std::process::Stdio;

use anyhow::{Context as _, Result};

use crate::cargo;

/// Of a whole life, and of a decoupling alone.
const TESTS: &str = "k8s_death_after_any_write";

pub(super) struct Crash {
    pub(super) points: f64,
    pub(super) failures: f64,
}

pub(super) fn enumerate() -> Result<Crash> {
    let output = cargo::linting(&[
        "test",
        // Another selection of packages would build other features of the same libraries.
        "--workspace",
        "--locked",
        "--quiet",
        "--test",
        "it",
        TESTS,
        "--",
        "--nocapture",
    ])
    .stderr(Stdio::inherit())
    .output()
    .context("start cargo test")?;
    let text = String::from_utf8_lossy(&output.stdout);
    // Each prints how many writes it died after.
    let points = text
        .lines()
        .filter_map(|line| line.split_once("crash points: ")?.1.trim().parse::<f64>().ok())
        .sum();
    Ok(Crash { points, failures: if output.status.success() { 0.0 } else { 1.0 } })
}
