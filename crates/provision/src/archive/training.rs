//! The training runs: a JVM, started as a workload is, from check through go to its end.
//!
//! ```text
//! common integration  -> list of classes -> `java -Xshare:dump` -> common.jsa
//! training integration, on common.jsa    -> SIGTERM             -> workload.jsa
//! ```
//! The first is as small as integrations get: an HTTP route in XML and one in YAML. The second is made of what integrations
//! usually are made of: REST and XML routes, JSON, XPath, XSLT, SQL against a port where nobody listens. The JVM writes down
//! the classes it used when it ends. Nothing it does leaves its folder or this host. From Java 25 on there is one archive
//! of one run.

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
/// The layer below it.
pub(super) const COMMON: &str = "common.jsa";
/// The list it is made of.
const CLASSES: &str = "common.classes";

/// A run takes 2 to 10 s on two cores; a machine that needs more than this is stuck.
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

pub(super) const COMMON_BUNDLE: &[(&str, &str)] = &[
    ("common.camel.yaml", include_str!("training/common.camel.yaml")),
    ("training.xml", include_str!("training/training.xml")),
    ("common.txt", "nobody"),
];

/// Trains in `work`, which holds `lib`; the archive is written into it.
///
/// A JVM that runs the integration but writes no archive is no error: its workloads start slower.
pub(super) fn run(java: &Java, work: &Path, class_path: &str) -> Result<(), TrainError> {
    let mut archive = Vec::new();
    if java.version >= AOT_SINCE {
        archive.push(format!("-XX:AOTCacheOutput=lib/{ARCHIVE}"));
    } else {
        archive.push(format!("-XX:ArchiveClassesAtExit=lib/{ARCHIVE}"));
        if common(java, work, class_path)? {
            archive.push(format!("-XX:SharedArchiveFile=lib/{COMMON}"));
        }
    }
    let integration = Integration {
        name: "training",
        files: BUNDLE,
        routes: &["training.camel.yaml", "training.xml"],
        questions: &[
            Question::Post(
                "/training/orders",
                r#"{"id":"T-1","lines":[{"sku":"A","qty":2},{"sku":"B","qty":20}]}"#,
            ),
            Question::Get("/training/orders/T-1"),
        ],
    };
    integration.run(java, work, class_path, &archive, End::Stop)
}

/// The classes that nearly every workload loads, as an archive of their own. False: this JVM made none.
fn common(java: &Java, work: &Path, class_path: &str) -> Result<bool, TrainError> {
    let integration = Integration {
        name: "common",
        files: COMMON_BUNDLE,
        routes: &["common.camel.yaml", "training.xml"],
        questions: &[
            Question::Get("/training-price/A"),
            Question::Get("/common/somebody"),
            Question::Get("/common/nobody"),
        ],
    };
    // Killed, because what a JVM loads in order to stop is not needed by those that run.
    let list = [format!("-XX:DumpLoadedClassList={CLASSES}")];
    integration.run(java, work, class_path, &list, End::Kill)?;
    let status = Command::new(java.java())
        .env_clear()
        // Only G1 can write objects of the heap into an archive; every collector can read them.
        .args(["-XX:+UseG1GC", "-Xmx512m", "-Xshare:dump", "-Xlog:disable"])
        .arg(format!("-XX:SharedClassListFile={CLASSES}"))
        .arg(format!("-XX:SharedArchiveFile=lib/{COMMON}"))
        .args(["-cp", class_path])
        .current_dir(work)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|source| TrainError::Start { path: java.java(), source })?;
    Ok(status.success() && work.join("lib").join(COMMON).is_file())
}

enum Question {
    Get(&'static str),
    Post(&'static str, &'static str),
}

/// How the JVM ends when its questions were asked.
#[derive(Clone, Copy)]
enum End {
    /// In its own time; it writes its archive then.
    Stop,
    Kill,
}

/// One that is run for its classes.
struct Integration {
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    routes: &'static [&'static str],
    questions: &'static [Question],
}

impl Integration {
    /// From check through go and some questions to `end`.
    fn run(
        &self,
        java: &Java,
        work: &Path,
        class_path: &str,
        archive: &[String],
        end: End,
    ) -> Result<(), TrainError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| TrainError::Io { path, source }
        };
        let own = work.join(self.name);
        let bundle = own.join("bundle");
        fs::create_dir_all(&bundle).map_err(io(&bundle))?;
        for (name, text) in self.files {
            fs::write(bundle.join(name), text).map_err(io(&bundle))?;
        }
        let port = free_port().map_err(io(work))?;
        let launch = own.join("launch.json");
        let text = json!({
            "format": 1, "kind": "main", "name": self.name, "train": self.name == "training",
            "bundle": bundle, "work": own, "routes": self.routes,
            "properties": {"training.port": port.to_string(), "training.bundle": bundle},
            "port": port, "host": "127.0.0.1",
            "status": own.join("status.json"), "go": own.join("go"),
            "log": {"dir": own.join("log"), "file": "training.log", "max_bytes": 1 << 20, "files": 1, "level": "info"},
            "shutdown_s": 5,
        });
        fs::write(&launch, text.to_string()).map_err(io(&launch))?;
        let socket = own.join("tracer.sock");
        let runner = UnixListener::bind(&socket).map_err(io(&socket))?;
        let output = own.join("output");
        let log = fs::File::create(&output).map_err(io(&output))?;
        let err = log.try_clone().map_err(io(&output))?;
        let child = Command::new(java.java())
            .env_clear()
            .env("MIDPLANE_TRACER", format!("unix:{}", socket.display()))
            .args(flags(Profile::Small, Some(512), None, java.version))
            .args(archive)
            .args(["-cp", class_path, MAIN_CLASS])
            .arg(&launch)
            .current_dir(work)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(err)
            .spawn()
            .map_err(|source| TrainError::Start { path: java.java(), source })?;
        let listening = std::thread::spawn(move || welcome(&runner));
        let mut jvm = Jvm { child, own: &own, started: Instant::now() };
        let done = jvm.wait_for(&["checked"]).and_then(|()| {
            fs::write(own.join("go"), "").map_err(io(&own))?;
            jvm.wait_for(&["ready"])?;
            for _ in 0..3 {
                self.questions.iter().for_each(|question| question.ask(port));
            }
            if matches!(end, End::Stop) { jvm.stop() } else { Ok(()) }
        });
        if done.is_err() || matches!(end, End::Kill) {
            jvm.kill();
        }
        // A tracer that never came leaves the listener waiting: this connection ends it.
        drop(UnixStream::connect(&socket));
        let _ = listening.join();
        done
    }
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
    own: &'a Path,
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

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
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
        let text = fs::read(self.own.join("status.json")).unwrap_or_default();
        let status: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
        status["state"].as_str().unwrap_or("nothing").to_owned()
    }

    fn stuck(&self, state: String) -> TrainError {
        let read = |name: &str| fs::read_to_string(self.own.join(name)).unwrap_or_default();
        let text = format!("{}{}{}", read("output"), read("status.json"), read("log/training.log"));
        let start = text.char_indices().rev().nth(2000).map_or(0, |(at, _)| at);
        TrainError::Stuck { state, output: text[start..].to_owned() }
    }
}

impl Question {
    /// The answer does not matter.
    fn ask(&self, port: u16) {
        let request = match self {
            Self::Get(path) => {
                format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            }
            Self::Post(path, body) => format!(
                "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            ),
        };
        let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.read_to_end(&mut Vec::new());
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
