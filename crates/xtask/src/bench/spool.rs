//! The spool and its blocks: how long a gibibyte takes to be taken up again, what a message costs on the wire, and how much memory a
//! runner needs that hears 20,000 steps a second.
//!
//! The peer of the recovery is reading the same bytes once: what a spool would have to do that knows nothing of its segments.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use telemetry::block::{self, Class};
use telemetry::generate::{bodies, busy};
use telemetry::model::Sequence;
use telemetry::spool::{Limits, Spool};

use super::report::{Report, median};

const GIB: u64 = 1 << 30;
const BATCH: u32 = 300;

pub(crate) fn run(binary: &Path, runs: usize) -> Result<Report> {
    let mut report = Report::new("spool");
    let at = Sequence { epoch: 1, number: 1 };
    let wire = block::encode(Class::Routine, at, &busy(BATCH)).context("encode a batch")?;
    let each = f64::from(u32::try_from(wire.len())?) / f64::from(BATCH);
    report.figure("wire_bytes_per_message", each, Some(60.0));
    let dir = tempfile::tempdir().context("make a folder")?;
    let limits = Limits { bytes: 4 * GIB, ..Limits::default() };
    fill(dir.path(), limits)?;
    let mut opened = Vec::new();
    let mut read = Vec::new();
    for run in 0..runs {
        let began = Instant::now();
        let mut spool = Spool::open(dir.path(), limits, 2_000 + u64::try_from(run)?)?;
        ensure!(spool.next_block()?.is_some(), "the spool is empty");
        opened.push(began.elapsed().as_secs_f64());
        ensure!(spool.bytes() >= GIB, "the spool holds less than 1 GiB");
        drop(spool);
        let began = Instant::now();
        for entry in std::fs::read_dir(dir.path())? {
            std::fs::read(entry?.path())?;
        }
        read.push(began.elapsed().as_secs_f64());
    }
    report.figure("recover_s", median(opened), Some(2.0));
    report.peer("read_all_s", median(read));
    report.figure("runner_rss_mb", super::chaos::runner_rss_mb(binary)?, Some(32.0));
    Ok(report)
}

/// A gibibyte of bodies that do not compress, and a segment that was open when it ended.
fn fill(dir: &Path, limits: Limits) -> Result<()> {
    let mut spool = Spool::open(dir, limits, 1_000)?;
    let batch = bodies(16, 60 << 10);
    while spool.bytes() < GIB {
        spool.append(Class::Bodies, &batch, 1)?;
    }
    spool.flush()?;
    Ok(())
}
