//! Keeps one child process alive: starts it, waits, starts it again with back-off; ends it when asked.
//!
//! Each child leads its own process group, so that Ctrl-C reaches `up` alone, and holds the read end of a pipe as standard input:
//! when `up` dies without a word, the pipe ends and the child leaves by itself (`--supervised`). Output goes to an appended
//! file that is capped here, never to a pipe that could fill.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::Signal;
use tokio::process::Command;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::failure::{Failure, Outcome};
use crate::process::Identity;

/// The first wait after a crash; doubles up to the second.
const BACK_OFF: Duration = Duration::from_millis(200);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(30);
/// After this long alive, the next crash starts from the first wait again.
const HEALTHY_AFTER: Duration = Duration::from_mins(1);
/// A log larger than this is moved aside to `.1` (one is kept), so that a data folder stays within bounds.
const LARGEST_LOG: u64 = 16 * 1024 * 1024;
const LOG_CHECK: Duration = Duration::from_secs(30);
/// Notes of crashes that nobody read yet: `up` reads them at once, more than a few means that it is stuck.
const UNREAD_NOTES: usize = 64;

/// A child that ended without being asked.
#[derive(Debug)]
pub struct Note {
    pub name: &'static str,
    pub status: String,
    pub again_in: Duration,
    pub last_lines: Vec<String>,
}

pub struct Program {
    pub name: &'static str,
    pub executable: PathBuf,
    pub arguments: Vec<String>,
    pub log: PathBuf,
}

pub struct Supervised {
    pub name: &'static str,
    identity: Arc<Mutex<Option<Identity>>>,
    stop: Option<oneshot::Sender<Signal>>,
    task: JoinHandle<()>,
}

pub fn notes() -> (mpsc::Sender<Note>, mpsc::Receiver<Note>) {
    mpsc::channel(UNREAD_NOTES)
}

pub fn start(program: Program, notes: mpsc::Sender<Note>) -> Supervised {
    let (stop, stopped) = oneshot::channel();
    let identity = Arc::new(Mutex::new(None));
    let name = program.name;
    let task = spawn(keep(program, notes, stopped, Arc::clone(&identity)));
    Supervised { name, identity, stop: Some(stop), task }
}

#[expect(
    clippy::disallowed_methods,
    reason = "`up` has a handful of tasks, each held by its `Supervised`"
)]
fn spawn(future: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(future)
}

impl Supervised {
    pub fn identity(&self) -> Option<Identity> {
        self.identity.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Sends `signal`, then SIGKILL when `patience` is over, and does not start it again.
    pub async fn stop(mut self, signal: Signal, patience: Duration) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(signal);
        }
        if tokio::time::timeout(patience, &mut self.task).await.is_err() {
            if let Some(identity) = self.identity() {
                identity.signal(Signal::KILL);
            }
            let _ = tokio::time::timeout(Duration::from_secs(5), self.task).await;
        }
    }
}

async fn keep(
    program: Program,
    notes: mpsc::Sender<Note>,
    mut stopped: oneshot::Receiver<Signal>,
    identity: Arc<Mutex<Option<Identity>>>,
) {
    let mut wait = BACK_OFF;
    loop {
        let began = tokio::time::Instant::now();
        let status = match launch(&program) {
            Ok(mut child) => {
                let own = child.id().and_then(Identity::of);
                identity.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone_from(&own);
                // Held until the child is gone: its end is the sign that we are.
                let pipe = child.stdin.take();
                let mut cap = tokio::time::interval(LOG_CHECK);
                let status = loop {
                    tokio::select! {
                        status = child.wait() => break status.map_or_else(|err| err.to_string(), |status| status.to_string()),
                        _ = cap.tick() => cap_log(&program.log),
                        signal = &mut stopped => {
                            if let Some(own) = &own {
                                own.signal(signal.unwrap_or(Signal::TERM));
                            }
                            let _ = child.wait().await;
                            return;
                        }
                    }
                };
                drop(pipe);
                status
            }
            Err(failure) => failure.to_string(),
        };
        identity.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if began.elapsed() > HEALTHY_AFTER {
            wait = BACK_OFF;
        }
        let note = Note {
            name: program.name,
            status,
            again_in: wait,
            last_lines: last_lines(&program.log, 5),
        };
        let _ = notes.try_send(note);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = &mut stopped => return,
        }
        wait = (wait * 2).min(LONGEST_BACK_OFF);
    }
}

fn launch(program: &Program) -> Outcome<tokio::process::Child> {
    cap_log(&program.log);
    let log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&program.log)
        .map_err(|err| Failure::file("open the log", &program.log, &err))?;
    let also = log.try_clone().map_err(|err| Failure::file("open the log", &program.log, &err))?;
    Command::new(&program.executable)
        .args(&program.arguments)
        .stdin(Stdio::piped())
        .stdout(also)
        .stderr(log)
        .process_group(0)
        .spawn()
        .map_err(|err| Failure::file("start", &program.executable, &err))
}

/// Copies and empties: the child writes with `O_APPEND`, so it goes on at the new end.
fn cap_log(log: &Path) {
    if std::fs::metadata(log).is_ok_and(|meta| meta.len() > LARGEST_LOG) {
        let mut aside = log.as_os_str().to_owned();
        aside.push(".1");
        if std::fs::copy(log, &aside).is_ok() {
            let _ =
                std::fs::OpenOptions::new().write(true).open(log).and_then(|file| file.set_len(0));
        }
    }
}

/// The last `count` lines, JSON log lines reduced to level and message.
pub fn last_lines(log: &Path, count: usize) -> Vec<String> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    /// Enough for the last lines of any log.
    const WINDOW: u64 = 64 * 1024;
    let mut text = Vec::new();
    let read = std::fs::File::open(log).and_then(|mut file| {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(WINDOW)))?;
        file.read_to_end(&mut text)
    });
    if read.is_err() {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(&text);
    let mut last: VecDeque<String> = VecDeque::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if last.len() == count {
            last.pop_front();
        }
        last.push_back(readable(line));
    }
    last.into()
}

fn readable(line: &str) -> String {
    let Ok(entry) = serde_json::from_str::<serde_json::Value>(line) else { return line.to_owned() };
    let fields = &entry["fields"];
    let message = fields["message"].as_str().or_else(|| entry["message"].as_str()).unwrap_or(line);
    let error = fields["error"].as_str().map_or_else(String::new, |error| format!(": {error}"));
    format!("{} {message}{error}", entry["level"].as_str().unwrap_or_default())
        .trim_start()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Program, Signal, last_lines, notes, start};

    fn program(folder: &std::path::Path, script: &str) -> Program {
        Program {
            name: "server",
            executable: "/bin/sh".into(),
            arguments: vec!["-c".into(), script.into()],
            log: folder.join("server.log"),
        }
    }

    #[tokio::test]
    async fn a_child_that_ends_is_started_again_later_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let (sender, mut receiver) = notes();
        let child = start(
            program(
                folder.path(),
                "echo '{\"level\":\"ERROR\",\"fields\":{\"message\":\"no\"}}'; exit 3",
            ),
            sender,
        );
        let (first, second) = (receiver.recv().await.unwrap(), receiver.recv().await.unwrap());
        assert!(first.again_in < second.again_in);
        assert_eq!(first.last_lines, ["ERROR no"]);
        assert!(first.status.contains('3'), "{}", first.status);
        child.stop(Signal::TERM, Duration::from_secs(5)).await;
    }

    #[tokio::test]
    async fn a_child_sees_its_supervisor_go() {
        let folder = tempfile::tempdir().unwrap();
        let (sender, _receiver) = notes();
        let child = start(program(folder.path(), "cat; echo alone"), sender);
        let log = folder.path().join("server.log");
        let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
        while child.identity().is_none() {
            assert!(tokio::time::Instant::now() < deadline);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        child.task.abort();
        while last_lines(&log, 1) != ["alone"] {
            assert!(tokio::time::Instant::now() < deadline);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    async fn a_stubborn_child_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let (sender, _receiver) = notes();
        let child =
            start(program(folder.path(), "trap '' TERM; while :; do sleep 0.05; done"), sender);
        while child.identity().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let identity = child.identity().unwrap();
        child.stop(Signal::TERM, Duration::from_millis(200)).await;
        assert!(!identity.is_alive());
    }
}
