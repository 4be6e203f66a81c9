//! Many plugs: whether time stays linear, and what the operator keeps of them.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use kube_testkit::Tools;

use super::load::{Load, SYSTEM, plug, socket};
use super::process::{Cpu, Operator};
use super::{Part, Selection, start};
use crate::bench::report::Report;
use crate::say;

/// Ten thousand at the pace of a thousand in ten seconds, three times over.
const PATIENCE: Duration = Duration::from_secs(300);

pub(super) fn measure(
    binary: &Path,
    tools: &Tools,
    selection: &Selection,
    report: &mut Report,
) -> Result<()> {
    if selection.has(Part::Large) {
        let load = start(tools, false)?;
        let operator = Operator::start(binary, &load)?;
        let seconds = waiting(&load, &operator, 5_000, report)?;
        report.figure("plugs_5000_s", seconds, Some(60.0));
        operator.stop()?;
    }
    if selection.has(Part::Memory) {
        memory(binary, tools, report)?;
    }
    if selection.has(Part::Single) {
        let load = start(tools, false)?;
        let operator = Operator::start(binary, &load)?;
        let seconds = waiting(&load, &operator, 10_000, report)?;
        report.figure("plugs_10000_s", seconds, None);
        operator.stop()?;
    }
    Ok(())
}

/// Plugs that wait, then their socket.
fn waiting(load: &Load, operator: &Operator, plugs: usize, report: &mut Report) -> Result<f64> {
    load.make((0..plugs).map(|number| plug("s0", number)).collect())?;
    operator.wait_quiet(PATIENCE)?;
    let cpu = Cpu::read(load, operator)?;
    let since = Instant::now();
    load.make(vec![socket("s0")])?;
    load.wait_coupled("s0", plugs, PATIENCE)?;
    let seconds = since.elapsed().as_secs_f64();
    say::step("coupled", format_args!("{plugs} plugs in {seconds:.1} s"));
    let cpu = Cpu::read(load, operator)?.since(&cpu);
    report.note(format!("while {plugs} plugs coupled in {seconds:.1} s: {cpu}"));
    operator.wait_quiet(PATIENCE)?;
    report
        .note(format!("{plugs} plugs on one socket: {:.1} MB after coupling", operator.rss_mb()?));
    Ok(seconds)
}

/// Ten sockets with a thousand plugs each, coupled by one operator and then taken up by the next one, whose memory is measured.
fn memory(binary: &Path, tools: &Tools, report: &mut Report) -> Result<()> {
    const SOCKETS: usize = 10;
    const EACH: usize = 1_000;
    let load = start(tools, false)?;
    let name = |number| format!("s{number}");
    for number in 0..SOCKETS {
        load.make((0..EACH).map(|plug_number| plug(&name(number), plug_number)).collect())?;
    }
    load.make((0..SOCKETS).map(|number| socket(&name(number))).collect())?;
    let operator = Operator::start(binary, &load)?;
    say::step("empty", format_args!("{:.1} MB at the first look", operator.rss_mb()?));
    for number in 0..SOCKETS {
        load.wait_coupled(&name(number), EACH, PATIENCE)?;
    }
    operator.wait_quiet(PATIENCE)?;
    report.note(format!("{} plugs: {:.1} MB after coupling", SOCKETS * EACH, operator.rss_mb()?));
    operator.stop()?;
    let operator = Operator::start(binary, &load).context("restart")?;
    #[expect(clippy::cast_precision_loss, reason = "counts of a bench are small")]
    operator.wait_metric("reconciles_total", (SOCKETS * EACH) as f64, PATIENCE)?;
    operator.wait_quiet(PATIENCE)?;
    report.figure("rss_mb", operator.rss_mb()?, Some(40.0));
    report.figure("rss_peak_mb", operator.peak_mb()?, Some(80.0));
    operator.stop()?;
    report.note(format!("{} journals in {SYSTEM}", load.journals()?));
    Ok(())
}
