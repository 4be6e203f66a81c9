//! The release build's operator as a process of its own: its metrics over HTTP, its memory and CPU from `/proc`.

use std::fmt;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::load::{Load, SYSTEM};
use crate::bench::process::cpu_s;

const READY_WITHIN: Duration = Duration::from_secs(120);
/// Nothing was looked at for this long.
const QUIET: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(super) struct Operator {
    child: Child,
    address: String,
}

impl Operator {
    /// Starts it, and waits until it leads.
    pub(super) fn start(binary: &Path, load: &Load) -> Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let log = fs::File::create(load.server.folder.join("operator.log"))?;
        let child = Command::new(binary)
            .args(["operator", "--namespace", SYSTEM, "--listen", &address, "--log", "warn"])
            .env("KUBECONFIG", load.server.kubeconfig())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("start {}", binary.display()))?;
        let mut operator = Self { child, address };
        let until = Instant::now() + READY_WITHIN;
        while !operator.get("/readyz").is_ok_and(|text| text.starts_with("leading")) {
            if let Some(status) = operator.child.try_wait()? {
                let log = fs::read_to_string(load.server.folder.join("operator.log"))?;
                bail!("the operator ended with {status}:\n{log}");
            }
            if Instant::now() > until {
                bail!("the operator is not ready after {} s", READY_WITHIN.as_secs());
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(operator)
    }

    fn get(&self, path: &str) -> Result<String> {
        let url = format!("http://{}{path}", self.address);
        Ok(ureq::get(&url).call()?.body_mut().read_to_string()?)
    }

    pub(super) fn metric(&self, name: &str) -> Result<f64> {
        let text = self.get("/metrics")?;
        let name = format!("midplane_operator_{name} ");
        text.lines()
            .find_map(|line| line.strip_prefix(&name)?.parse().ok())
            .with_context(|| format!("there is no metric {name}"))
    }

    pub(super) fn wait_metric(&self, name: &str, least: f64, patience: Duration) -> Result<()> {
        let until = Instant::now() + patience;
        while self.metric(name)? < least {
            if Instant::now() > until {
                bail!(
                    "not within {} s: {name} of {least}; it is {}",
                    patience.as_secs(),
                    self.metric(name)?
                );
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// Waits until nothing is queued and nothing was looked at for a while.
    pub(super) fn wait_quiet(&self, patience: Duration) -> Result<()> {
        let until = Instant::now() + patience;
        let mut last = -1.0;
        let mut since = Instant::now();
        loop {
            let looked = self.metric("reconciles_total")?;
            let ready = self.metric("queue_ready")?;
            if ready > 0.0 || looked.total_cmp(&last).is_ne() {
                since = Instant::now();
            }
            last = looked;
            if since.elapsed() > QUIET {
                return Ok(());
            }
            if Instant::now() > until {
                bail!(
                    "not within {} s: an operator that looks at nothing for {} s; {ready} are queued or looked at, {} wait, {looked} looks so far",
                    patience.as_secs(),
                    QUIET.as_secs(),
                    self.metric("queue_delayed")?,
                );
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    pub(super) fn rss_mb(&self) -> Result<f64> {
        self.memory("VmRSS:")
    }

    pub(super) fn peak_mb(&self) -> Result<f64> {
        self.memory("VmHWM:")
    }

    fn memory(&self, row: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let row = status.lines().find_map(|line| line.strip_prefix(row)).context("no such row")?;
        let kib: f64 = row.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib / 1024.0)
    }

    /// As SIGTERM does.
    pub(super) fn stop(mut self) -> Result<()> {
        let killed = Command::new("kill").arg(self.child.id().to_string()).status()?;
        if !killed.success() {
            bail!("the operator cannot be stopped");
        }
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the operator ended with {status}");
        }
        Ok(())
    }
}

/// Seconds of CPU of the three processes that share the machine.
pub(super) struct Cpu {
    operator: f64,
    api_server: f64,
    etcd: f64,
}

impl Cpu {
    pub(super) fn read(load: &Load, operator: &Operator) -> Result<Self> {
        let of = |pid: i32| cpu_s(pid.unsigned_abs());
        Ok(Self {
            operator: cpu_s(operator.child.id())?,
            api_server: of(load.server.api_pid())?,
            etcd: of(load.server.etcd_pid())?,
        })
    }

    pub(super) fn since(&self, before: &Self) -> Self {
        Self {
            operator: self.operator - before.operator,
            api_server: self.api_server - before.api_server,
            etcd: self.etcd - before.etcd,
        }
    }
}

impl fmt::Display for Cpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "CPU seconds of the operator {:.1}, the API server {:.1}, etcd {:.1}",
            self.operator, self.api_server, self.etcd
        )
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
