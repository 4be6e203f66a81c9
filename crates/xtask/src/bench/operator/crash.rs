//! The crash enumeration: the test that kills an operator after each write in turn, and what it counted.

use std::process::Stdio;

use anyhow::{Context as _, Result};

use crate::cargo;

const TEST: &str = "k8s_death_after_any_write_loses_and_repeats_nothing";

pub(super) struct Crash {
    pub(super) points: f64,
    pub(super) failures: f64,
}

pub(super) fn enumerate() -> Result<Crash> {
    let output = cargo::command(&[
        "test",
        // Another selection of packages would build other features of the same libraries.
        "--workspace",
        "--locked",
        "--quiet",
        "--test",
        "it",
        TEST,
        "--",
        "--nocapture",
    ])
    .stderr(Stdio::inherit())
    .output()
    .context("start cargo test")?;
    let text = String::from_utf8_lossy(&output.stdout);
    // The test prints how many writes it died after.
    let points = text
        .lines()
        .find_map(|line| line.split_once("crash points: ")?.1.trim().parse().ok())
        .unwrap_or(0.0);
    Ok(Crash { points, failures: if output.status.success() { 0.0 } else { 1.0 } })
}
