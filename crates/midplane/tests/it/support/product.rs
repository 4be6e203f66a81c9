//! A running `midplane up` in a home of its own, and what a test asks of it.
//!
//! It is ended with its workloads when dropped, also when the test fails; then the logs of all parts are printed.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use rustix::process::{Pid, Signal};
use serde_json::Value;

use super::home::{Home, recording_java};
use super::{binary, http, text, until};

/// The slowest machine this has to pass on is a shared two-core one.
pub(crate) const READY: Duration = Duration::from_secs(180);

pub(crate) struct Product {
    pub(crate) home: Home,
    up: Option<Child>,
    ports: u16,
    /// The line that `--json` printed.
    pub(crate) ready: Value,
    pub(crate) transcript: Vec<String>,
}

impl Product {
    /// Starts with the demo and waits until it is ready.
    pub(crate) fn start() -> Self {
        Self::with(Home::new(), &["--json"])
    }

    pub(crate) fn with(home: Home, arguments: &[&str]) -> Self {
        let mut product = Self {
            home,
            up: None,
            ports: free_ports(),
            ready: Value::Null,
            transcript: Vec::new(),
        };
        product.up(arguments);
        product
    }

    pub(crate) fn up_command(&self) -> Command {
        let mut command = self.home.command(binary());
        let ports = format!("{}-{}", self.ports, self.ports + PORTS - 1);
        command.args(["up", "--http", "127.0.0.1:0", "--link", "127.0.0.1:0", "--ports", &ports]);
        command.arg("--data").arg(self.home.data()).arg("--java").arg(recording_java());
        command
    }

    /// Starts `up` (again) and waits for its `--json` line, or for the last of the Next lines.
    pub(crate) fn up(&mut self, arguments: &[&str]) {
        let mut command = self.up_command();
        let mut child =
            command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let json = arguments.contains(&"--json");
        let stdout = child.stdout.take().unwrap();
        self.up = Some(child);
        self.transcript.clear();
        for line in BufReader::new(stdout).lines() {
            let line = line.unwrap();
            self.transcript.push(line.clone());
            if json {
                self.ready = serde_json::from_str(&line).unwrap();
                return;
            }
            if line.trim_end().ends_with("midplane status") {
                return;
            }
        }
        panic!("`up` ended before it was ready: {:?}\n{}", self.transcript, self.logs());
    }

    pub(crate) fn pid(&self) -> u32 {
        self.up.as_ref().unwrap().id()
    }

    /// Sends a signal to `up` and waits for its end.
    pub(crate) fn end(&mut self, signal: Signal) {
        let Some(mut child) = self.up.take() else { return };
        rustix::process::kill_process(Pid::from_child(&child), signal).unwrap();
        child.wait().unwrap();
    }

    pub(crate) fn midplane(&self, arguments: &[&str]) -> Output {
        self.home.midplane(arguments)
    }

    /// Runs a verb that must succeed, and returns what it printed.
    #[track_caller]
    pub(crate) fn must(&self, arguments: &[&str]) -> String {
        text(&self.succeed(arguments))
    }

    fn succeed(&self, arguments: &[&str]) -> std::process::Output {
        let output = self.midplane(arguments);
        assert!(
            output.status.success(),
            "midplane {arguments:?}: {}\n{}",
            text(&output),
            self.logs()
        );
        output
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        // What is said beside it stands in the other stream.
        serde_json::from_slice(&self.succeed(arguments).stdout).unwrap()
    }

    /// Asks the API as the administrator; the answer must have no errors.
    #[track_caller]
    pub(crate) fn graphql(&self, document: &str, variables: &Value) -> Value {
        let token = std::fs::read_to_string(self.home.data().join("server/admin-token")).unwrap();
        let body = serde_json::json!({"query": document, "variables": variables}).to_string();
        let url = format!("{}/graphql", self.ready["http"].as_str().unwrap());
        let (status, answer) = super::post(&url, token.trim(), &body).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert!(status == 200 && answer["errors"].is_null(), "{status} {answer}");
        answer["data"].clone()
    }

    pub(crate) fn workloads(&self) -> Vec<Value> {
        let output = self.midplane(&["get", "integrations", "-o", "json"]);
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    pub(crate) fn workload(&self, name: &str) -> Value {
        self.workloads().into_iter().find(|it| it["integration"] == name).unwrap_or_default()
    }

    pub(crate) fn url(&self, name: &str) -> String {
        self.workload(name)["url"].as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub(crate) fn until_state(&self, name: &str, state: &str) -> Value {
        let mut last = Value::Null;
        until(&format!("{name} is {state}"), READY, || {
            last = self.workload(name);
            if last["state"].as_str().is_some_and(|seen| seen.eq_ignore_ascii_case(state)) {
                Ok(())
            } else {
                Err(format!("{last}\n{}", self.logs()))
            }
        });
        last
    }

    /// A clone of the demo in which branches can be merged and pushed.
    pub(crate) fn tea(&self) -> PathBuf {
        let folder = self.home.path().join("tea");
        if !folder.exists() {
            let cloned = self.home.shell(&format!(
                "git clone -q {} tea",
                self.home.data().join("git/demo.git").display()
            ));
            assert!(cloned.status.success(), "{}", text(&cloned));
        }
        folder
    }

    /// Runs a line in the clone; it must succeed. What it printed is returned.
    #[track_caller]
    pub(crate) fn in_tea(&self, line: &str) -> String {
        let output = self.home.shell(&format!("cd {} && {line}", self.tea().display()));
        assert!(output.status.success(), "{line}: {}", text(&output));
        text(&output)
    }

    /// Sends an order and reads it back: the text that thanks for it.
    pub(crate) fn order(&self, id: &str) -> Option<String> {
        let url = self.url("orders");
        let order =
            format!(r#"{{"id":"{id}","customer":"Ada","lines":[{{"sku":"TEA-01","qty":2}}]}}"#);
        http(&url, Some(&order)).filter(|(status, _)| *status == 202)?;
        http(&format!("{url}/{id}"), None)
            .filter(|(status, _)| *status == 200)
            .map(|(_, body)| body)
    }

    /// What `up` keeps alive, by name.
    pub(crate) fn child(&self, name: &str) -> Option<u32> {
        let text = std::fs::read(self.home.data().join("up.json")).ok()?;
        let running: Value = serde_json::from_slice(&text).ok()?;
        u32::try_from(running["children"][name]["pid"].as_u64()?).ok()
    }

    pub(crate) fn kill(&self, pid: u32) {
        self.signal(pid, Signal::KILL);
    }

    #[expect(clippy::unused_self, reason = "reads like what it does")]
    pub(crate) fn signal(&self, pid: u32, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        let _ = rustix::process::kill_process(pid, signal);
    }

    /// The ends of all logs, for the message of a failed test.
    pub(crate) fn logs(&self) -> String {
        let mut text = String::new();
        for name in ["up", "server", "runner", "postgres"] {
            let path = self.home.data().join("log").join(format!("{name}.log"));
            text.push_str(&tail(&path));
        }
        text
    }
}

fn tail(path: &Path) -> String {
    let content = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = content.lines().collect();
    let last = &lines[lines.len().saturating_sub(15)..];
    if last.is_empty() {
        String::new()
    } else {
        format!("---- {}\n{}\n", path.display(), last.join("\n"))
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        if std::thread::panicking() {
            #[expect(clippy::print_stderr, reason = "a failed test shows what it saw")]
            {
                eprintln!("{}", self.logs());
            }
        }
        if let Some(child) = &self.up {
            let _ = rustix::process::kill_process(Pid::from_child(child), Signal::INT);
        }
        if let Some(mut child) = self.up.take() {
            let _ = child.wait();
        }
        // Also what a killed `up` left behind.
        let _ =
            self.home.command(binary()).arg("down").arg("--data").arg(self.home.data()).output();
    }
}

/// The demo needs four ports and one spare for each replaced workload.
pub(crate) const PORTS: u16 = 40;

/// A range of loopback ports that is free now. Tests run side by side and a demo binds its ports only when it is up, so no range is
/// given twice; it is drawn at random because of other programs.
pub(crate) fn free_ports() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let mut seed = u64::from(std::process::id())
        ^ u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() & 0xffff_ffff).unwrap();
    for _ in 0..200 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let first = 21_000 + u16::try_from((seed >> 33) % 250).unwrap() * PORTS;
        let is_free = |port| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
        if GIVEN.lock().unwrap().insert(first) && (first..first + PORTS).all(is_free) {
            return first;
        }
    }
    panic!("no free ports")
}
