//! The training run: one JVM, started as a workload is, from check through go to SIGTERM.
//!
//! Its integration (`training/`) is made of what integrations usually are made of: REST and XML routes,
//! JSON, XPath, XSLT, SQL against a port where nobody listens. The JVM writes down the classes it used when
//! it ends. Nothing it does leaves its folder or this host.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{AOT_SINCE, Profile, flags};
use crate::java::Java;
use crate::launcher::MAIN_CLASS;

/// The archive's name in its view.
pub(super) const ARCHIVE: &str = "workload.jsa";

/// A training takes 5 to 10 s on two cores; a machine that needs more than this is stuck.
const DEADLINE: Duration = Duration::from_secs(120);
/// A frame of 7 bytes, kind 129 and version 1, that agrees on version 1 and gives 256 MiB of credit.
const WELCOME: &[u8] = &[7, 0, 0, 0, 129, 1, 0, 1, 0, 0x80, 0x80, 0x80, 0x80, 0x01];
const POLL: Duration = Duration::from_millis(20);

pub(super) const BUNDLE: &[(&str, &str)] = &[
    ("training.camel.yaml", include_str!("training/training.camel.yaml")),
    ("training.xml", include_str!("training/training.xml")),
    ("training.xsl", include_str!("training/training.xsl")),
];

#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error("use the folder `{}`", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("start `{}`", path.display())]
    Start { path: PathBuf, source: io::Error },
    #[error("the training run came to `{state}` only: {output}")]
    Stuck { state: String, output: String },
}

impl TrainError {
    pub fn code(&self) -> &'static str {
        "MP-RUN-14"
    }
}

/// Trains in `work`, which holds `lib`; the archive is written into it.
///
/// A JVM that runs the integration but writes no archive is no error: its workloads start slower.
pub(super) fn run(java: &Java, work: &Path, class_path: &str) -> Result<(), TrainError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| TrainError::Io { path, source }
    };
    let bundle = work.join("bundle");
    fs::create_dir(&bundle).map_err(io(&bundle))?;
    for (name, text) in BUNDLE {
        fs::write(bundle.join(name), text).map_err(io(&bundle))?;
    }
    let port = free_port().map_err(io(work))?;
    let launch = work.join("launch.json");
    let text = json!({
        "format": 1, "kind": "main", "name": "training", "train": true,
        "bundle": bundle, "work": work, "routes": ["training.camel.yaml", "training.xml"],
        "properties": {"training.port": port.to_string(), "training.bundle": bundle},
        "port": port, "host": "127.0.0.1",
        "status": work.join("status.json"), "go": work.join("go"),
        "log": {"dir": work.join("log"), "file": "training.log", "max_bytes": 1 << 20, "files": 1, "level": "info"},
        "shutdown_s": 5,
    });
    fs::write(&launch, text.to_string()).map_err(io(&launch))?;
    let socket = work.join("tracer.sock");
    let runner = UnixListener::bind(&socket).map_err(io(&socket))?;
    let output = work.join("output");
    let log = fs::File::create(&output).map_err(io(&output))?;
    let err = log.try_clone().map_err(io(&output))?;
    let dump = if java.version >= AOT_SINCE { "AOTCacheOutput" } else { "ArchiveClassesAtExit" };
    let child = Command::new(java.java())
        .env_clear()
        .env("MIDPLANE_TRACER", format!("unix:{}", socket.display()))
        .args(flags(Profile::Small, Some(512), None, java.version))
        .arg(format!("-XX:{dump}=lib/{ARCHIVE}"))
        .args(["-cp", class_path, MAIN_CLASS])
        .arg(&launch)
        .current_dir(work)
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(err)
        .spawn()
        .map_err(|source| TrainError::Start { path: java.java(), source })?;
    let listening = std::thread::spawn(move || welcome(&runner));
    let mut jvm = Jvm { child, work, started: Instant::now() };
    let done = jvm.wait_for(&["checked"]).and_then(|()| {
        fs::write(work.join("go"), "").map_err(io(work))?;
        jvm.wait_for(&["ready"])?;
        for _ in 0..3 {
            exercise(port);
        }
        jvm.stop()
    });
    if done.is_err() {
        let _ = jvm.child.kill();
        let _ = jvm.child.wait();
    }
    // A tracer that never came leaves the listener waiting: this connection ends it.
    drop(UnixStream::connect(&socket));
    let _ = listening.join();
    done
}

/// Plays the runner for the tracer, so that its classes are in the archive too: says welcome, hears all.
fn welcome(runner: &UnixListener) {
    if let Ok((mut stream, _)) = runner.accept() {
        let _ = stream.write_all(WELCOME);
        let _ = io::copy(&mut stream, &mut io::sink());
    }
}

struct Jvm<'a> {
    child: Child,
    work: &'a Path,
    started: Instant,
}

impl Jvm<'_> {
    fn wait_for(&mut self, states: &[&str]) -> Result<(), TrainError> {
        loop {
            let state = self.state();
            if states.contains(&state.as_str()) {
                return Ok(());
            }
            let ended = !matches!(self.child.try_wait(), Ok(None));
            if ended || state == "failed" || self.started.elapsed() > DEADLINE {
                return Err(self.stuck(state));
            }
            std::thread::sleep(POLL);
        }
    }

    fn stop(&mut self) -> Result<(), TrainError> {
        if let Some(pid) =
            i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        while matches!(self.child.try_wait(), Ok(None)) {
            if self.started.elapsed() > DEADLINE {
                let state = self.state();
                return Err(self.stuck(state));
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }

    fn state(&self) -> String {
        let text = fs::read(self.work.join("status.json")).unwrap_or_default();
        let status: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
        status["state"].as_str().unwrap_or("nothing").to_owned()
    }

    fn stuck(&self, state: String) -> TrainError {
        let read = |name: &str| fs::read_to_string(self.work.join(name)).unwrap_or_default();
        let text = format!("{}{}{}", read("output"), read("status.json"), read("log/training.log"));
        let start = text.char_indices().rev().nth(2000).map_or(0, |(at, _)| at);
        TrainError::Stuck { state, output: text[start..].to_owned() }
    }
}

/// Sends one order and reads one back; the answers do not matter.
fn exercise(port: u16) {
    let body = r#"{"id":"T-1","lines":[{"sku":"A","qty":2},{"sku":"B","qty":20}]}"#;
    for request in [
        format!(
            "POST /training/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        ),
        "GET /training/orders/T-1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            .to_owned(),
    ] {
        let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { continue };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.read_to_end(&mut Vec::new());
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
