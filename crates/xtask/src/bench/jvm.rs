//! What a workload's JVM costs, against a plain `java -cp 'lib/*' org.apache.camel.main.Main` of the same routes.
//!
//! Both serve the demo's `prices` over HTTP: it needs no database and no other integration, so that only the start is measured. The clock runs from the start of
//! the process to the first answer of the route; CPU time and memory are read at that moment. The two take turns, so that a
//! change of the machine's speed meets both.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use provision::archive::{self, Profile};
use provision::{base_library, java, launcher, maven};
use serde_json::json;

use super::process;
use super::report::{Report, median};
use crate::{cargo, machine};

/// The file of the demo that is started.
const ROUTES: &str = "prices.xml";

#[derive(Default)]
pub(super) struct Costs {
    pub(super) wall_ms: Vec<f64>,
    pub(super) cpu_ms: Vec<f64>,
    pub(super) rss_mb: Vec<f64>,
}

pub(crate) fn measure(runs: usize, report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let plan = Plan::prepare(folder.path())?;
    let (mut ours, mut plain) = (Costs::default(), Costs::default());
    for round in 0..=runs {
        // The first round warms the disk cache and is not counted.
        let (mut left, mut right) = (Costs::default(), Costs::default());
        plan.once(plan.ours(round, None)?, &mut left)?;
        plan.once(plan.plain(round)?, &mut right)?;
        if round > 0 {
            ours.add(left);
            plain.add(right);
        }
    }
    for (key, ratio_key, goal, ours, plain) in [
        ("jvm_start_ms", "jvm_start_ratio", 0.6, ours.wall_ms, plain.wall_ms),
        ("jvm_cpu_ms", "jvm_cpu_ratio", 0.5, ours.cpu_ms, plain.cpu_ms),
        ("jvm_rss_mb", "jvm_rss_ratio", 0.8, ours.rss_mb, plain.rss_mb),
    ] {
        let (ours, plain) = (median(ours), median(plain));
        report.figure(key, ours, None);
        report.peer(key, plain);
        report.ratio(ratio_key, ours / plain, Some(goal));
    }
    Ok(())
}

impl Costs {
    pub(super) fn add(&mut self, other: Self) {
        self.wall_ms.extend(other.wall_ms);
        self.cpu_ms.extend(other.cpu_ms);
        self.rss_mb.extend(other.rss_mb);
    }
}

pub(super) struct Plan {
    folder: PathBuf,
    routes: PathBuf,
    java: java::Java,
    view: archive::LibraryView,
    jars: Vec<PathBuf>,
}

pub(super) struct Start {
    command: Command,
    port: u16,
}

impl Plan {
    pub(super) fn prepare(folder: &Path) -> Result<Self> {
        let (cache, fetcher) = (machine::cache(), machine::fetcher());
        let java = java::find(&machine::java())?;
        let jars = maven::fetch_all(&base_library::lock().jars, &fetcher, &|_| {})?;
        let resolver = maven::fetch_all(&base_library::resolver_lock().jars, &fetcher, &|_| {})?;
        let built = launcher::build(&java, &cache, &jars, &resolver)?;
        let view = archive::train(&java, &cache, base_library::lock(), &jars, &built)?;
        Ok(Self {
            folder: folder.to_path_buf(),
            routes: cargo::root().join("demo/main/prices"),
            java,
            view,
            jars,
        })
    }

    /// As a runner starts it; traced when there is somebody to tell.
    pub(super) fn ours(&self, round: usize, tracer: Option<&str>) -> Result<Start> {
        let port = free_port()?;
        let work = self.folder.join(format!("ours-{round}"));
        fs::create_dir_all(&work)?;
        std::os::unix::fs::symlink(&self.view.dir, work.join("lib"))?;
        // Go is given at once: what is measured is one start, not the wait between check and go.
        fs::write(work.join("go"), "")?;
        let launch = json!({
            "format": 1, "kind": "main", "name": "prices", "bundle": self.routes, "work": work, "routes": [ROUTES],
            "properties": {}, "port": port, "host": "127.0.0.1", "status": work.join("status.json"), "go": work.join("go"),
            "log": {"dir": work, "file": "log", "max_bytes": 1 << 20, "files": 2, "level": "info"}, "shutdown_s": 5,
        });
        fs::write(work.join("launch.json"), launch.to_string())?;
        let mut command = Command::new(self.java.java());
        command
            .args(archive::flags(
                Profile::Small,
                None,
                self.view.archive.as_ref(),
                self.java.version,
            ))
            .args(["-cp", &self.view.class_path, launcher::MAIN_CLASS])
            .arg(work.join("launch.json"))
            .env_remove("MIDPLANE_TRACER")
            .envs(archive::ENVIRONMENT.iter().copied())
            .envs(tracer.map(|address| ("MIDPLANE_TRACER", address)))
            .current_dir(&work);
        Ok(Start { command, port })
    }

    fn plain(&self, round: usize) -> Result<Start> {
        let port = free_port()?;
        let work = self.folder.join(format!("plain-{round}"));
        fs::create_dir_all(work.join("lib"))?;
        for jar in &self.jars {
            std::os::unix::fs::symlink(
                jar,
                work.join("lib").join(jar.file_name().context("jar")?),
            )?;
        }
        for entry in fs::read_dir(&self.routes)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                fs::copy(entry.path(), work.join(entry.file_name()))?;
            }
        }
        fs::write(
            work.join("application.properties"),
            format!(
                "camel.main.routesIncludePattern=file:{ROUTES}\ncamel.server.enabled=true\ncamel.server.host=127.0.0.1\ncamel.server.port={port}\n"
            ),
        )?;
        let mut command = Command::new(self.java.java());
        command.args(["-cp", "lib/*:.", "org.apache.camel.main.Main"]).current_dir(&work);
        Ok(Start { command, port })
    }

    pub(super) fn once(&self, mut start: Start, costs: &mut Costs) -> Result<()> {
        let words = File::create(self.folder.join("words"))?;
        let since = Instant::now();
        let mut child =
            start.command.stdout(words.try_clone()?).stderr(words).stdin(Stdio::null()).spawn()?;
        let url = format!("http://127.0.0.1:{}/prices/TEA-01", start.port);
        let answered = loop {
            if ureq::get(&url).call().is_ok() {
                break true;
            }
            if since.elapsed() > Duration::from_secs(60) || child.try_wait()?.is_some() {
                break false;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let wall = since.elapsed();
        let (cpu, rss) = (process::cpu_s(child.id()), process::rss_mb(child.id()));
        child.kill()?;
        child.wait()?;
        if !answered {
            bail!("the JVM never answered: {}", fs::read_to_string(self.folder.join("words"))?);
        }
        costs.wall_ms.push(wall.as_secs_f64() * 1000.0);
        costs.cpu_ms.push(cpu? * 1000.0);
        costs.rss_mb.push(rss?);
        Ok(())
    }
}

fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
