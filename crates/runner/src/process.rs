//! A JVM as the operating system sees it: started in a process group of its own, known by pid and start time, watched
//! through a pidfd.
//!
//! The pid and its start time are on disk (`process.json`) before anything else happens to a new process; another runner
//! adopts it by them. A process of which not even that was written (the runner died in between) is found by the path of
//! its `launch.json` among the arguments of all processes. A pid alone never counts: it may be somebody else's by now.
//!
//! Signals go to the whole group, because the configured `java` may be a script that runs the real one as its child. It is
//! a process group, not a session: a new session needs code between fork and exec, which `forbid(unsafe_code)` excludes;
//! the terminal's Ctrl-C and hang-up go to the foreground group only. Memory is limited by JVM flags and by `limit`.
//! Linux is tested. Elsewhere there is no pidfd: `ps` is asked every 200 ms.

pub(crate) mod inspect;
#[cfg_attr(target_os = "linux", path = "process/watch.rs")]
#[cfg_attr(not(target_os = "linux"), path = "process/watch_by_ps.rs")]
mod watch;

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, WaitOptions};
use serde::{Deserialize, Serialize};

use crate::decide::Ending;
use crate::privilege::Account;

/// Which process, for certain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) format: u32,
    pub(crate) pid: i32,
    /// As the system tells it (`/proc/<pid>/stat`, or what `ps` prints); only ever compared.
    pub(crate) start: String,
    /// The boot that `start` counts from.
    pub(crate) boot: String,
    /// Wall clock, for people.
    pub(crate) started_ms: i64,
}

impl Identity {
    pub(crate) const FORMAT: u32 = 1;
}

/// What to start.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// The whole environment; nothing is inherited.
    pub(crate) environment: Vec<(OsString, OsString)>,
    pub(crate) folder: PathBuf,
    pub(crate) stdout: File,
    pub(crate) stderr: File,
    pub(crate) account: Option<Account>,
}

/// A process that lives, or did when it was opened.
#[derive(Debug)]
pub(crate) struct Handle {
    pid: Pid,
    watch: watch::Watch,
}

/// Starts it. The caller writes the identity down before it does anything else.
pub(crate) fn start(start: Start) -> io::Result<i32> {
    let mut command = Command::new(&start.program);
    command
        .args(&start.arguments)
        .env_clear()
        .envs(start.environment)
        .current_dir(&start.folder)
        .stdin(Stdio::null())
        .stdout(start.stdout)
        .stderr(start.stderr)
        .process_group(0);
    if let Some(account) = start.account {
        command.gid(account.gid).uid(account.uid);
    }
    // Dropping a `Child` neither kills nor waits; the exit is seen and reaped through the watch.
    let child = command.spawn()?;
    Ok(i32::try_from(child.id()).unwrap_or(i32::MAX))
}

/// Opens the process of `identity` if it still lives.
pub(crate) fn adopt(identity: &Identity, boot: &str) -> Option<Handle> {
    if identity.boot != boot {
        return None;
    }
    let pid = Pid::from_raw(identity.pid)?;
    // First the handle, then the comparison: what the handle names cannot change any more.
    let watch = watch::Watch::open(pid).ok()?;
    let found = inspect::inspect(identity.pid)?;
    (found.start == identity.start && !found.ended).then_some(Handle { pid, watch })
}

/// The process that was started for this `launch.json`, when its identity was never written down.
pub(crate) fn find(launch: &Path) -> Option<i32> {
    inspect::by_argument(launch)
}

impl Handle {
    pub(crate) fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    pub(crate) fn terminate(&self) -> io::Result<()> {
        self.signal(Signal::TERM)
    }

    pub(crate) fn kill(&self) -> io::Result<()> {
        self.signal(Signal::KILL)
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        if self.has_ended() {
            return Ok(());
        }
        match rustix::process::kill_process_group(self.pid, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(err) => Err(err.into()),
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.watch.has_ended(self.pid)
    }

    /// Returns when the process has ended.
    pub(crate) async fn ended(&self) {
        self.watch.ended(self.pid).await;
    }

    /// Takes leave of an ended process: ends what is left of its group, and reaps it when it is a child of ours. How it
    /// ended is known only of a child.
    pub(crate) fn reap(&self) -> Option<ExitStatus> {
        let _ = rustix::process::kill_process_group(self.pid, Signal::KILL);
        match rustix::process::waitpid(Some(self.pid), WaitOptions::NOHANG) {
            Ok(Some((_, status))) => Some(ExitStatus::from_raw(status.as_raw())),
            Ok(None) | Err(_) => None,
        }
    }
}

/// Whether an end says anything about what ran. A JVM that gets SIGTERM ends with 143 before the launcher listens and with
/// 0 afterwards, a script passes on a signal as 128 and its number, and nobody knows how another's child ended.
pub(crate) fn how(status: Option<ExitStatus>) -> Ending {
    match status.map(|status| status.code()) {
        None | Some(None | Some(0 | 129..)) => Ending::Killed,
        Some(Some(_)) => Ending::Itself,
    }
}

/// One line about an end, for people.
pub(crate) fn ending(status: Option<ExitStatus>) -> String {
    match status {
        None => "the process ended".to_owned(),
        Some(status) => match (status.code(), status.signal()) {
            (Some(code), _) => format!("the process ended with exit code {code}"),
            (None, Some(9)) => {
                "the process was killed (signal 9; the system may have run out of memory)"
                    .to_owned()
            }
            (None, Some(signal)) => format!("the process was ended by signal {signal}"),
            (None, None) => "the process ended".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_exit_code_of_its_own_blames_what_ran() {
        let code = |code: i32| Some(ExitStatus::from_raw(code << 8));
        assert_eq!(how(code(3)), Ending::Itself);
        assert_eq!(how(code(1)), Ending::Itself);
        for killed in [None, code(0), code(137), code(143), Some(ExitStatus::from_raw(9))] {
            assert_eq!(how(killed), Ending::Killed, "{killed:?}");
        }
    }
}
