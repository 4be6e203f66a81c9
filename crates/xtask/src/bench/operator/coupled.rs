//! One socket with many plugs: how fast they couple, what that asks of the API server, and what is asked when nothing happens.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use kube_testkit::{Tools, audit};

use super::load::{Load, plug, socket};
use super::process::{Cpu, Operator};
use super::{AGENT, PATIENCE, Part, Selection, count, is_effect, start};
use crate::bench::report::Report;
use crate::say;

const IDLE: Duration = Duration::from_secs(60);
/// Enough for what does not depend on the number of plugs.
const FEW: usize = 100;

pub(super) fn measure(
    binary: &Path,
    tools: &Tools,
    plugs: usize,
    selection: &Selection,
    report: &mut Report,
) -> Result<()> {
    use Part::{Couple, Idle, Late, Noop, Requests, Restart};
    if !selection.has_any(&[Couple, Idle, Noop, Restart, Late, Requests]) {
        return Ok(());
    }
    let load = start(tools, false)?;
    let mut operator = Operator::start(binary, &load)?;
    if selection.has_any(&[Couple, Idle, Noop, Restart]) {
        let many = selection.has_any(&[Couple, Idle]);
        let count = if many { plugs } else { plugs.min(FEW) };
        let couplings = couple(&load, &operator, count, selection.has(Couple), report)?;
        if selection.has(Idle) {
            idle(&load, report)?;
        }
        if selection.has(Noop) {
            noop(&load, &operator, report)?;
        }
        if selection.has(Restart) {
            operator = restart(binary, &load, operator, couplings, report)?;
        }
    }
    if selection.has(Late) {
        late(&load, &operator, report)?;
    }
    if selection.has(Requests) {
        requests(&load, &operator, plugs, report)?;
    }
    operator.stop()
}

/// Plugs that wait, then their socket. Returns how many there are.
#[expect(clippy::cast_precision_loss, reason = "counts of a bench are small")]
fn couple(
    load: &Load,
    operator: &Operator,
    plugs: usize,
    report_it: bool,
    report: &mut Report,
) -> Result<f64> {
    load.make((0..plugs).map(|number| plug("s0", number)).collect())?;
    operator.wait_quiet(PATIENCE)?;
    let (_, before) = audit::requests(&load.server.audit_log(), AGENT, 0)?;
    let looked = operator.metric("reconciles_total")?;
    let cpu = Cpu::read(load, operator)?;
    let since = Instant::now();
    load.make(vec![socket("s0")])?;
    load.wait_coupled("s0", plugs, PATIENCE)?;
    let seconds = since.elapsed().as_secs_f64();
    let cpu = Cpu::read(load, operator)?.since(&cpu);
    operator.wait_quiet(PATIENCE)?;
    say::step("coupled", format_args!("{plugs} plugs in {seconds:.1} s"));
    let couplings = plugs as f64;
    if !report_it {
        return Ok(couplings);
    }
    if plugs == 1_000 {
        report.figure("plugs_1000_s", seconds, Some(10.0));
    } else {
        report.note(format!("{plugs} plugs coupled in {seconds:.1} s"));
    }
    report.note(format!("while {plugs} plugs coupled in {seconds:.1} s: {cpu}"));
    let (requests, _) = audit::requests(&load.server.audit_log(), AGENT, before)?;
    report.note(format!(
        "plugs that waited, each from the socket's coming: {:.2} requests, {:.2} Events, {:.2} looks",
        count(&requests, audit::Entry::is_ordinary) / couplings,
        count(&requests, audit::Entry::is_event) / couplings,
        (operator.metric("reconciles_total")? - looked) / couplings,
    ));
    Ok(couplings)
}

fn idle(load: &Load, report: &mut Report) -> Result<()> {
    let (_, before) = audit::requests(&load.server.audit_log(), AGENT, 0)?;
    say::step("idle", format_args!("{} s", IDLE.as_secs()));
    std::thread::sleep(IDLE);
    let (requests, _) = audit::requests(&load.server.audit_log(), AGENT, before)?;
    let idle = count(&requests, |entry| !entry.is_lease() && !entry.is_watch());
    report.figure("idle_requests", idle, Some(0.0));
    Ok(())
}

/// An annotation on a plug, and one on the socket: all of its plugs are looked at.
fn noop(load: &Load, operator: &Operator, report: &mut Report) -> Result<()> {
    let (_, before) = audit::requests(&load.server.audit_log(), AGENT, 0)?;
    let looked = operator.metric("reconciles_total")?;
    load.kubectl(&["annotate", "plug", "s0-0", "-n", "app", "note=nothing"])?;
    load.kubectl(&["annotate", "socket", "s0", "-n", "infra", "note=nothing"])?;
    operator.wait_metric("reconciles_total", looked + 2.0, PATIENCE)?;
    operator.wait_quiet(PATIENCE)?;
    let (requests, _) = audit::requests(&load.server.audit_log(), AGENT, before)?;
    report.figure("noop_writes", count(&requests, is_effect), Some(0.0));
    Ok(())
}

fn restart(
    binary: &Path,
    load: &Load,
    operator: Operator,
    couplings: f64,
    report: &mut Report,
) -> Result<Operator> {
    operator.stop()?;
    let (_, before) = audit::requests(&load.server.audit_log(), AGENT, 0)?;
    let operator = Operator::start(binary, load)?;
    operator.wait_metric("reconciles_total", couplings, PATIENCE)?;
    operator.wait_quiet(PATIENCE)?;
    let (requests, _) = audit::requests(&load.server.audit_log(), AGENT, before)?;
    report.figure("restart_writes", count(&requests, is_effect), Some(0.0));
    let rest = count(&requests, |entry| !entry.is_lease() && !entry.is_watch());
    report.note(format!("restart with {couplings} couplings: {rest} requests that read"));
    Ok(operator)
}

/// From the answer to the socket's creation until its plug says that it is coupled.
fn late(load: &Load, operator: &Operator, report: &mut Report) -> Result<()> {
    load.make(vec![plug("late", 0)])?;
    operator.wait_quiet(PATIENCE)?;
    load.make(vec![socket("late")])?;
    let since = Instant::now();
    load.wait_plug("late-0", PATIENCE)?;
    report.figure("late_socket_s", since.elapsed().as_secs_f64(), Some(1.0));
    operator.wait_quiet(PATIENCE)
}

/// The whole life of couplings, from plugs that are not there yet.
#[expect(clippy::cast_precision_loss, reason = "counts of a bench are small")]
fn requests(load: &Load, operator: &Operator, plugs: usize, report: &mut Report) -> Result<()> {
    load.make(vec![socket("s1")])?;
    operator.wait_quiet(PATIENCE)?;
    let (_, before) = audit::requests(&load.server.audit_log(), AGENT, 0)?;
    let looked = operator.metric("reconciles_total")?;
    let since = Instant::now();
    load.make((0..plugs).map(|number| plug("s1", number)).collect())?;
    load.wait_coupled("s1", plugs, PATIENCE)?;
    let seconds = since.elapsed().as_secs_f64();
    operator.wait_quiet(PATIENCE)?;
    let (requests, _) = audit::requests(&load.server.audit_log(), AGENT, before)?;
    let looked = operator.metric("reconciles_total")? - looked;
    let couplings = plugs as f64;
    let per = |of: &dyn Fn(&audit::Entry) -> bool| count(&requests, of) / couplings;
    report.figure("requests_per_coupling", per(&audit::Entry::is_ordinary), Some(6.0));
    report.figure("events_per_coupling", per(&audit::Entry::is_event), Some(3.0));
    report.figure("reconciles_per_coupling", looked / couplings, Some(2.0));
    let statuses = count(&requests, audit::Entry::is_socket_status) / seconds;
    report.figure("socket_statuses_per_s", statuses, Some(1.0));
    report
        .note(format!("{plugs} plugs made and coupled to a socket that was there: {seconds:.1} s"));
    Ok(())
}
