//! The server process: started, or adopted from an earlier life of ours.
//!
//! `start -> accepts connections -> (exited | stop)`. It is its own process group, so that a Ctrl-C
//! in the terminal reaches us and not it: the one who supervises decides the order of the end.
//! Dropping this value does not stop the server. A server that died hard leaves `postmaster.pid`;
//! the next one recovers by itself, from its write-ahead log.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::init::last_words;
use super::probe::accepts;
use super::{Address, Cluster, PostgresError};

/// Looks often: a start takes 100 ms, and somebody waits for it.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// After this much the log begins anew; PostgreSQL writes a few lines per start.
const LOG_BYTES: u64 = 8 * 1024 * 1024;

#[derive(Debug)]
pub struct Running {
    pid: Pid,
    /// `None`: adopted, not a child of this process.
    child: Option<Child>,
}

impl Cluster {
    /// Takes over the server that already runs on this folder, or starts one; in both cases it
    /// accepts connections when this returns.
    pub fn start(&self, deadline: Duration) -> Result<Running, PostgresError> {
        let until = Instant::now() + deadline;
        if let Some(running) = self.adopt(until)? {
            return Ok(running);
        }
        let log = self.open_log()?;
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).process_group(0);
        let from = self.log_length();
        let child = command.spawn().map_err(PostgresError::io("run", "postgres"))?;
        let mut running = Running { pid: Pid::from_child(&child), child: Some(child) };
        let (role, database) = self.probe_names();
        loop {
            if accepts(&self.address, role, database) {
                return Ok(running);
            }
            if running.exited() || Instant::now() >= until {
                let log = self.log_since(from);
                running.stop(Duration::from_secs(5));
                return Err(PostgresError::NotStarted { log });
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// The server of this folder if it lives and answers before `until`.
    fn adopt(&self, until: Instant) -> Result<Option<Running>, PostgresError> {
        let path = self.data().join("postmaster.pid");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(err) => return Err(PostgresError::io("read", path)(err)),
        };
        let first = text.lines().next().and_then(|line| line.trim().parse().ok());
        let Some(pid) = first.and_then(Pid::from_raw) else { return Ok(None) };
        let mut running = Running { pid, child: None };
        let (role, database) = self.probe_names();
        // A pid that lives may be somebody else's by now; only an answer counts.
        while !running.exited() && self.is_ours(pid) {
            if accepts(&self.address, role, database) {
                return Ok(Some(running));
            }
            if Instant::now() >= until {
                let log = format!(
                    "process {} holds the folder but does not answer",
                    pid.as_raw_nonzero()
                );
                return Err(PostgresError::NotStarted { log });
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(None)
    }

    /// Whether the process works in our folder; where that cannot be seen, the answer is yes.
    fn is_ours(&self, pid: Pid) -> bool {
        let cwd = fs::read_link(format!("/proc/{}/cwd", pid.as_raw_nonzero()));
        let data = self.data().canonicalize();
        match (cwd, data) {
            (Ok(cwd), Ok(data)) => cwd == data,
            (Err(err), _) if err.kind() == std::io::ErrorKind::NotFound => {
                !std::path::Path::new("/proc/self").exists()
            }
            (Ok(_) | Err(_), _) => true,
        }
    }

    pub fn is_accepting(&self) -> bool {
        let (role, database) = self.probe_names();
        accepts(&self.address, role, database)
    }

    fn open_log(&self) -> Result<File, PostgresError> {
        let path = &self.settings.log;
        if self.log_length() > LOG_BYTES {
            let _ = fs::rename(path, path.with_extension("log.1"));
        }
        let opened = OpenOptions::new().create(true).append(true).open(path);
        opened.map_err(PostgresError::io("open", path))
    }

    fn log_length(&self) -> u64 {
        fs::metadata(&self.settings.log).map_or(0, |meta| meta.len())
    }

    fn log_since(&self, from: u64) -> String {
        let mut text = Vec::new();
        if let Ok(mut file) = File::open(&self.settings.log) {
            let _ = file.seek(SeekFrom::Start(from));
            let _ = file.take(64 * 1024).read_to_end(&mut text);
        }
        last_words(&text)
    }

    /// A loopback address with the port that this start uses.
    pub fn port(&self) -> Option<u16> {
        match self.address {
            Address::Loopback { port } => Some(port),
            Address::Socket { .. } => None,
        }
    }
}

impl Running {
    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    pub fn is_adopted(&self) -> bool {
        self.child.is_none()
    }

    /// Whether the process has ended. Reaps a child.
    pub fn exited(&mut self) -> bool {
        match &mut self.child {
            Some(child) => !matches!(child.try_wait(), Ok(None)),
            None => test_kill_process(self.pid).is_err(),
        }
    }

    /// Ends the server cleanly: clients are cut off, everything is flushed. After `grace` it is
    /// ended at once, which the next start recovers from. Returns whether it ended cleanly.
    pub fn stop(&mut self, grace: Duration) -> bool {
        let clean = self.end(Signal::INT, grace);
        if !clean && !self.end(Signal::QUIT, Duration::from_secs(5)) {
            self.end(Signal::KILL, grace);
        }
        clean
    }

    fn end(&mut self, signal: Signal, grace: Duration) -> bool {
        if self.exited() {
            return true;
        }
        let _ = kill_process(self.pid, signal);
        let until = Instant::now() + grace;
        while Instant::now() < until {
            if self.exited() {
                return true;
            }
            std::thread::sleep(LOOK_EVERY);
        }
        false
    }
}
