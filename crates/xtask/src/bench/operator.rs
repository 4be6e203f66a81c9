//! `cargo xtask bench operator`: the operator against a real API server, requests counted from the audit log by user agent.
//!
//! ```text
//! 1,000 plugs on one socket ─> settle ─> 60 s idle ─> restart ─> edit without effect ─> late socket ─> deletions
//! 5,000 plugs; 10,000 plugs on 10 sockets, for memory                          each on an API server of its own
//! ```
//! A plug and its socket have one template each. Objects are made through `kubectl` in large files before the clock starts: a socket last, so
//! that all plugs couple at once. The peer's figures are the Go operator's of the same work, as they were measured once; it is not run here.
//! `--plugs N` measures with N in place of 1,000 and leaves the larger sizes out. The crash enumeration is a test
//! (`k8s_death_after_any_write_loses_and_repeats_nothing`), whose figures are taken from its output.

mod crash;
mod load;
mod process;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use kube_testkit::{Options, Server, Tool, Tools, audit};

use self::load::{Load, NAMESPACE, SYSTEM};
use self::process::Operator;
use super::report::Report;
use crate::{kube, say};

const AGENT: &str = "midplane-operator/";
const IDLE: Duration = Duration::from_secs(60);
/// For what is measured in seconds: a miss is shown, a hang ends.
const PATIENCE: Duration = Duration::from_secs(600);

pub(crate) fn run(binary: &Path, plugs: usize) -> Result<Report> {
    let tools =
        kube::tools(&[Tool::Etcd, Tool::ApiServer, Tool::Kubectl, Tool::ControllerManager])?;
    let mut report = Report::new("operator");
    one_socket(binary, &tools, plugs, &mut report)?;
    deletions(binary, &tools, &mut report)?;
    if plugs >= 1_000 {
        let seconds = couple_all(binary, &tools, 1, 5_000, &mut report)?.0;
        report.figure("plugs_5000_s", seconds, Some(60.0));
        let (_, memory) = couple_all(binary, &tools, 10, 10_000, &mut report)?;
        report.figure("rss_mb", memory.settled_mb, Some(40.0));
        report.figure("rss_peak_mb", memory.peak_mb, Some(80.0));
    }
    let crash = crash::enumerate()?;
    report.figure("crash_points", crash.points, None);
    report.figure("crash_failures", crash.failures, Some(0.0));
    for (key, value) in [
        ("requests_per_coupling", 61.0),
        ("reconciles_per_coupling", 8.0),
        ("plugs_1000_s", 406.0),
        ("restart_writes", 9_730.0),
        ("leaked", 22.0),
        ("deleted_plugs", 20.0),
        ("rss_mb", 84.0),
    ] {
        report.peer(key, value);
    }
    Ok(report)
}

fn start(tools: &Tools, controller_manager: bool) -> Result<Load> {
    let options = Options { controller_manager, ..Options::default() };
    Load::new(Server::start(tools, options)?)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a bench are small")]
fn one_socket(binary: &Path, tools: &Tools, plugs: usize, report: &mut Report) -> Result<()> {
    let load = start(tools, false)?;
    let log = load.server.audit_log();
    let operator = Operator::start(binary, &load)?;
    load.plugs("s0", plugs)?;
    operator.wait_quiet(PATIENCE)?;
    let (_, before) = audit::requests(&log, AGENT, 0)?;
    let looked = operator.metric("reconciles_total")?;
    let since = Instant::now();
    load.socket("s0")?;
    load.wait_coupled("s0", plugs, PATIENCE)?;
    let seconds = since.elapsed().as_secs_f64();
    operator.wait_quiet(PATIENCE)?;
    let (requests, after) = audit::requests(&log, AGENT, before)?;
    let couplings = plugs as f64;
    let ordinary = requests.iter().filter(|entry| !entry.is_event() && !entry.is_lease());
    let ordinary = ordinary.filter(|entry| !entry.is_watch()).count() as f64;
    let events = requests.iter().filter(|entry| entry.is_event()).count() as f64;
    let looked = operator.metric("reconciles_total")? - looked;
    report.figure("requests_per_coupling", ordinary / couplings, Some(6.0));
    report.figure("events_per_coupling", events / couplings, Some(3.0));
    report.figure("reconciles_per_coupling", looked / couplings, Some(2.0));
    if plugs == 1_000 {
        report.figure("plugs_1000_s", seconds, Some(10.0));
    } else {
        report.note(format!("{plugs} plugs coupled in {seconds:.1} s"));
    }
    say::step("coupled", format_args!("{plugs} plugs in {seconds:.1} s"));

    std::thread::sleep(IDLE);
    let (requests, after) = audit::requests(&log, AGENT, after)?;
    let idle = requests.iter().filter(|entry| !entry.is_lease() && !entry.is_watch()).count();
    report.figure("idle_requests", idle as f64, Some(0.0));

    load.annotate_plug("s0-0")?;
    operator.wait_quiet(PATIENCE)?;
    let (requests, after) = audit::requests(&log, AGENT, after)?;
    report.figure("noop_writes", writes(&requests), Some(0.0));

    operator.stop()?;
    let (_, after) = audit::requests(&log, AGENT, after)?;
    let operator = Operator::start(binary, &load)?;
    operator.wait_metric("reconciles_total", couplings, PATIENCE)?;
    operator.wait_quiet(PATIENCE)?;
    let (requests, _) = audit::requests(&log, AGENT, after)?;
    report.figure("restart_writes", writes(&requests), Some(0.0));

    load.plugs("late", 1)?;
    operator.wait_quiet(PATIENCE)?;
    let since = Instant::now();
    load.socket("late")?;
    load.wait_coupled("late", 1, PATIENCE)?;
    report.figure("late_socket_s", since.elapsed().as_secs_f64(), Some(1.0));
    operator.stop()
}

#[expect(clippy::cast_precision_loss, reason = "counts of a bench are small")]
fn writes(requests: &[audit::Entry]) -> f64 {
    requests.iter().filter(|entry| entry.is_write() && !entry.is_lease()).count() as f64
}

/// Deleting a socket with 20 plugs, and then the namespace of the plugs.
#[expect(clippy::cast_precision_loss, reason = "counts of a bench are small")]
fn deletions(binary: &Path, tools: &Tools, report: &mut Report) -> Result<()> {
    const PLUGS: usize = 20;
    let load = start(tools, true)?;
    let operator = Operator::start(binary, &load)?;
    load.plugs("s0", PLUGS)?;
    load.socket("s0")?;
    load.wait_coupled("s0", PLUGS, PATIENCE)?;
    let since = Instant::now();
    load.kubectl(&["delete", "socket", "s0", "-n", "infra", "--wait=true"])?;
    load.wait_made("infra", 0, PATIENCE)?;
    let socket_s = since.elapsed().as_secs_f64();
    let left = load.count("plugs", NAMESPACE)?;
    report.figure("deleted_plugs", (PLUGS - left.min(PLUGS)) as f64, Some(0.0));
    load.socket("s0")?;
    load.wait_coupled("s0", PLUGS, PATIENCE)?;
    let since = Instant::now();
    load.kubectl(&["delete", "namespace", NAMESPACE, "--wait=true", "--timeout=600s"])?;
    load.wait_made("infra", 0, PATIENCE)?;
    let namespace_s = since.elapsed().as_secs_f64();
    operator.wait_quiet(PATIENCE)?;
    let leaked = load.made("infra")? + load.journals()?;
    report.figure("leaked", leaked as f64, Some(0.0));
    report.figure("delete_socket_s", socket_s, Some(10.0));
    report.figure("delete_namespace_s", namespace_s, Some(10.0));
    operator.stop()
}

struct Memory {
    settled_mb: f64,
    peak_mb: f64,
}

/// Couples `plugs` over `sockets`, then restarts the operator for its memory.
fn couple_all(
    binary: &Path,
    tools: &Tools,
    sockets: usize,
    plugs: usize,
    report: &mut Report,
) -> Result<(f64, Memory)> {
    let load = start(tools, false)?;
    let operator = Operator::start(binary, &load)?;
    for socket in 0..sockets {
        load.plugs(&format!("s{socket}"), plugs / sockets)?;
    }
    let since = Instant::now();
    for socket in 0..sockets {
        load.socket(&format!("s{socket}"))?;
    }
    for socket in 0..sockets {
        load.wait_coupled(&format!("s{socket}"), plugs / sockets, PATIENCE)?;
    }
    let seconds = since.elapsed().as_secs_f64();
    say::step("coupled", format_args!("{plugs} plugs on {sockets} sockets in {seconds:.1} s"));
    operator.wait_quiet(PATIENCE)?;
    report.note(format!("{plugs} plugs: {:.1} MB after coupling", operator.rss_mb()?));
    operator.stop()?;
    let operator = Operator::start(binary, &load).context("restart")?;
    operator.wait_quiet(PATIENCE)?;
    let memory = Memory { settled_mb: operator.rss_mb()?, peak_mb: operator.peak_mb()? };
    operator.stop()?;
    let journals = load.journals()?;
    report.note(format!("{plugs} plugs: {journals} journals in {SYSTEM}"));
    Ok((seconds, memory))
}
