//! Deletions: a socket with twenty plugs, and then the namespace of the plugs.
//!
//! Done means: the object is gone from the API server and so is everything that was made. kube-controller-manager begins to empty a namespace five
//! seconds after its deletion, which is in the figure.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use kube_testkit::Tools;

use super::load::{Load, NAMESPACE, plug, socket};
use super::process::Operator;
use super::{PATIENCE, start};
use crate::bench::report::Report;
use crate::say;

const PLUGS: usize = 20;

#[expect(clippy::cast_precision_loss, reason = "counts of a bench are small")]
pub(super) fn measure(binary: &Path, tools: &Tools, report: &mut Report) -> Result<()> {
    let load = start(tools, true)?;
    let operator = Operator::start(binary, &load)?;
    load.make((0..PLUGS).map(|number| plug("s0", number)).collect())?;
    couple(&load)?;
    let since = Instant::now();
    load.kubectl(&["delete", "socket", "s0", "-n", "infra", "--wait=true", "--timeout=120s"])?;
    load.wait_made("infra", 0, PATIENCE)?;
    report.figure("delete_socket_s", since.elapsed().as_secs_f64(), Some(10.0));
    let left = load.plugs()?;
    report.figure("deleted_plugs", (PLUGS - left.min(PLUGS)) as f64, Some(0.0));
    operator.wait_quiet(PATIENCE)?;
    let leaked = load.made(NAMESPACE)? + load.made("infra")? + load.journals()?;

    couple(&load)?;
    say::step("deleting", format_args!("namespace {NAMESPACE}"));
    let since = Instant::now();
    load.kubectl(&["delete", "namespace", NAMESPACE, "--wait=true", "--timeout=120s"])?;
    load.wait_made("infra", 0, PATIENCE)?;
    report.figure("delete_namespace_s", since.elapsed().as_secs_f64(), Some(10.0));
    operator.wait_quiet(PATIENCE)?;
    let leaked = leaked + load.made("infra")? + load.journals()?;
    report.figure("leaked", leaked as f64, Some(0.0));
    operator.stop()
}

fn couple(load: &Load) -> Result<()> {
    load.make(vec![socket("s0")])?;
    load.wait_coupled("s0", PLUGS, PATIENCE)
}
