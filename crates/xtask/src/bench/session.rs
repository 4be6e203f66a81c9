//! A Midplane of its own for a bench: `midplane up` of the release build in a temporary folder.
//!
//! Dropping it ends everything by SIGINT, as Ctrl-C does. Nothing but the public interfaces is used: the line that `--json` prints,
//! Git, HTTP, GraphQL with the administrator's token.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cargo;

pub(crate) struct Session {
    up: Child,
    pub(crate) folder: TempDir,
    pub(crate) http: String,
    /// From the start of the process to its JSON line.
    pub(crate) ready_in: Duration,
}

struct Started {
    up: Child,
    http: String,
    ready_in: Duration,
}

fn start(binary: &Path, folder: &Path) -> Result<Started> {
    let since = Instant::now();
    let mut up = Command::new(binary);
    up.args(["up", "--json", "--http", "127.0.0.1:0", "--link", "127.0.0.1:0", "--data"])
        .arg(folder.join("data"))
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .stdout(Stdio::piped());
    let mut up = up.spawn().context("start `midplane up`")?;
    match address(&mut up) {
        Ok(http) => Ok(Started { up, http, ready_in: since.elapsed() }),
        Err(err) => {
            end(&mut up);
            Err(err)
        }
    }
}

/// Waits for the line that `--json` prints when all is ready.
fn address(up: &mut Child) -> Result<String> {
    let mut line = String::new();
    BufReader::new(up.stdout.take().context("read `midplane up`")?).read_line(&mut line)?;
    let ready: Value =
        serde_json::from_str(&line).with_context(|| format!("`midplane up` said `{line}`"))?;
    Ok(ready["http"].as_str().context("`midplane up` names no http address")?.to_owned())
}

/// As Ctrl-C does: workloads end as well.
fn end(up: &mut Child) {
    if signal(up.id(), "INT").is_ok() {
        let _ = up.wait();
    }
}

/// The binary that was named, or the optimised one, built now.
pub(crate) fn binary(named: Option<PathBuf>) -> Result<PathBuf> {
    if let Some(named) = named {
        return named.canonicalize().with_context(|| format!("find {}", named.display()));
    }
    cargo::run(&["build", "--release", "--package", "midplane", "--locked", "--quiet"])?;
    Ok(cargo::metadata()?.target_directory.join("release/midplane"))
}

impl Session {
    pub(crate) fn start(binary: &Path) -> Result<Self> {
        let folder =
            tempfile::Builder::new().prefix("mp").tempdir().context("make a temporary folder")?;
        let Started { up, http, ready_in } = start(binary, folder.path())?;
        Ok(Self { up, folder, http, ready_in })
    }

    /// Ends Midplane with SIGTERM, which leaves the workloads, and starts it again on the same data.
    pub(crate) fn restart(&mut self, binary: &Path) -> Result<()> {
        signal(self.up.id(), "TERM")?;
        self.up.wait()?;
        let Started { up, http, ready_in } = start(binary, self.folder.path())?;
        (self.up, self.http, self.ready_in) = (up, http, ready_in);
        Ok(())
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn graphql(&self, query: &str, variables: Value) -> Result<Value> {
        let token = std::fs::read_to_string(self.data().join("server/admin-token"))
            .context("read the token")?;
        let mut answer = ureq::post(format!("{}/graphql", self.http))
            .header("Authorization", format!("Bearer {}", token.trim()))
            .header("Content-Type", "application/json")
            .send(json!({"query": query, "variables": variables}).to_string())
            .context("ask the API")?;
        let answer: Value = serde_json::from_str(&answer.body_mut().read_to_string()?)?;
        if let Some(errors) = answer.get("errors") {
            bail!("the API answered {errors}");
        }
        Ok(answer["data"].clone())
    }

    /// Adds an integration of one file of routes to the demo's repository and waits until it runs.
    pub(crate) fn push(&self, name: &str, routes: &str) -> Result<()> {
        let folder = self.folder.path();
        let origin = self.data().join("git/demo.git");
        git(folder, &["clone", "-q", &origin.to_string_lossy(), name])?;
        let clone = folder.join(name);
        std::fs::create_dir(clone.join(name)).context("make the integration's folder")?;
        let file = clone.join(name).join(format!("{name}.camel.yaml"));
        std::fs::write(file, routes).context("write its routes")?;
        git(&clone, &["add", name])?;
        git(&clone, &["commit", "-q", "-m", "Add an integration"])?;
        git(&clone, &["push", "-q"])?;
        wait_until("the bench's integration to run", || self.pid(name).is_some())
    }

    /// The process of an integration that runs.
    pub(crate) fn pid(&self, name: &str) -> Option<u32> {
        let query =
            "query($name: String!) { integration(name: $name) { workloads { state pid } } }";
        let answer = self.graphql(query, json!({"name": name})).ok()?;
        let workload = &answer["integration"]["workloads"][0];
        let runs = workload["state"].as_str().is_some_and(|it| it.eq_ignore_ascii_case("running"));
        runs.then(|| workload["pid"].as_u64()).flatten().and_then(|pid| pid.try_into().ok())
    }

    /// The address that an integration serves.
    pub(crate) fn url(&self, integration: &str) -> Result<String> {
        let query = "query($name: String!) { integration(name: $name) { workloads { url } } }";
        let answer = self.graphql(query, json!({"name": integration}))?;
        let url = answer["integration"]["workloads"][0]["url"].as_str();
        Ok(url
            .with_context(|| format!("`{integration}` has no URL"))?
            .trim_end_matches('/')
            .to_owned())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        end(&mut self.up);
    }
}

pub(crate) fn signal(pid: u32, name: &str) -> Result<()> {
    let done = Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status()
        .context("start kill")?;
    if !done.success() {
        bail!("process {pid} is gone");
    }
    Ok(())
}

/// Runs git and waits; its words are shown only when it fails.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> Result<()> {
    let output = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .context("start git")?;
    if !output.status.success() {
        bail!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// Waits for a condition, at most a minute.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) -> Result<()> {
    let since = Instant::now();
    while !holds() {
        if since.elapsed() > Duration::from_secs(60) {
            bail!("waited a minute for: {what}");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}
