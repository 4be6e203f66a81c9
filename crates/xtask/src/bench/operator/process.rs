//! The release build's operator as a process of its own: its metrics over HTTP, its memory from `/proc`.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::load::{Load, SYSTEM};

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
                bail!("{name} is not {least} after {} s", patience.as_secs());
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
            if self.metric("queue_ready")? > 0.0 || looked.total_cmp(&last).is_ne() {
                since = Instant::now();
            }
            last = looked;
            if since.elapsed() > QUIET {
                return Ok(());
            }
            if Instant::now() > until {
                bail!("the operator is not quiet after {} s", patience.as_secs());
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

impl Drop for Operator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
