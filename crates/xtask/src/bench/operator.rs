//! `cargo xtask bench operator`: the operator against a real API server, requests counted from the audit log by user agent.
//!
//! ```text
//! couple    1,000 plugs wait, then their socket comes           plugs_1000_s
//! idle      60 s with them                                      idle_requests
//! noop      an edit of a plug and of the socket without effect  noop_writes
//! restart   the operator begins again                           restart_writes
//! late      a socket for one plug that waits                    late_socket_s
//! requests  a socket waits, then 1,000 plugs come               {requests,events,reconciles}_per_coupling
//! delete    a socket with 20 plugs; the namespace of 20 plugs   leaked, deleted_plugs, delete_*_s
//! large     5,000 plugs wait, then their socket comes           plugs_5000_s
//! memory    10 sockets with 1,000 plugs, the operator restarted rss_mb, rss_peak_mb
//! single    10,000 plugs on one socket                          plugs_10000_s
//! crash     the test that kills an operator after each write    crash_points, crash_failures
//! ```
//! The first six share one API server, each of the others has its own; `--only couple,idle` selects. etcd waits for the disk, as in a cluster that
//! people use. A plug and its socket have one template each. A request of a coupling's life is any of the operator's that is no Event, no lease
//! and no watch; the statuses of sockets have a budget of their own, one a second. The peer's figures are the Go operator's of the same work, as
//! they were measured once; it is not run here. `--plugs N` measures with N in place of 1,000.

mod coupled;
mod crash;
mod delete;
mod large;
mod load;
mod process;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use kube_testkit::{Options, Server, Tool, Tools, audit};

use self::load::Load;
use super::report::Report;
use crate::kube;

const AGENT: &str = "midplane-operator/";
/// For what is measured in seconds: a miss is shown, a hang ends and says what was waited for.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Couple,
    Idle,
    Noop,
    Restart,
    Late,
    Requests,
    Delete,
    Large,
    Memory,
    Single,
    Crash,
}

/// What was asked for; nothing means everything.
pub(crate) struct Selection(Vec<Part>);

impl Selection {
    /// Of names as a person writes them.
    pub(crate) fn of(names: &[String]) -> Result<Self> {
        let part = |name: &String| {
            <Part as clap::ValueEnum>::from_str(name, true)
                .map_err(|_| anyhow::anyhow!("`{name}` is no part of this bench"))
        };
        Ok(Self(names.iter().map(part).collect::<Result<_>>()?))
    }

    fn has(&self, part: Part) -> bool {
        self.0.is_empty() || self.0.contains(&part)
    }

    fn has_any(&self, parts: &[Part]) -> bool {
        parts.iter().any(|part| self.has(*part))
    }
}

pub(crate) fn run(binary: &Path, plugs: usize, selection: &Selection) -> Result<Report> {
    let tools =
        kube::tools(&[Tool::Etcd, Tool::ApiServer, Tool::Kubectl, Tool::ControllerManager])?;
    let mut report = Report::new("operator");
    coupled::measure(binary, &tools, plugs, selection, &mut report)?;
    if selection.has(Part::Delete) {
        delete::measure(binary, &tools, &mut report)?;
    }
    large::measure(binary, &tools, selection, &mut report)?;
    if selection.has(Part::Crash) {
        let crash = crash::enumerate()?;
        report.figure("crash_points", crash.points, None);
        report.figure("crash_failures", crash.failures, Some(0.0));
    }
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
    let options = Options { controller_manager, fsync: true, ..Options::default() };
    Load::new(Server::start(tools, options)?)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a bench are small")]
fn count(entries: &[audit::Entry], of: impl Fn(&audit::Entry) -> bool) -> f64 {
    entries.iter().filter(|entry| of(entry)).count() as f64
}

fn is_effect(entry: &audit::Entry) -> bool {
    entry.is_write() && !entry.is_lease()
}
