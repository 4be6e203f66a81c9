//! One program that ends with us, however we end.
//!
//! A shell starts it, writes its pid, and waits for the end of a pipe that only this process holds; then it kills that pid. With
//! `Life::Detached` the program stays until its pid is killed.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It ends with this process.
    Bound,
    /// It stays, until somebody kills the pid in its file.
    Detached,
}

/// Time for a shell to start a program on a busy machine.
const STARTED_WITHIN: Duration = Duration::from_secs(10);

const BOUND: &str = r#"
pid_file=$1; log=$2; remove=$3; shift 3
"$@" > "$log" 2>&1 < /dev/null &
pid=$!
echo "$pid" > "$pid_file.new" && mv "$pid_file.new" "$pid_file"
cat > /dev/null
kill -KILL "$pid" 2> /dev/null
wait "$pid" 2> /dev/null
if [ -n "$remove" ]; then sleep 0.2; rm -rf "$remove"; fi
"#;

const DETACHED: &str = r#"
pid_file=$1; log=$2; shift 3
echo "$$" > "$pid_file.new" && mv "$pid_file.new" "$pid_file"
exec "$@" > "$log" 2>&1 < /dev/null
"#;

#[derive(Debug)]
pub(super) struct Guarded {
    shell: Child,
    pid: Pid,
    pub(super) log: PathBuf,
}

impl Guarded {
    /// `remove` is deleted after the program ended with its parent.
    pub(super) fn start(
        life: Life,
        folder: &Path,
        remove: Option<&Path>,
        command: &Command,
    ) -> io::Result<Self> {
        let program = Path::new(command.get_program());
        let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let pid_file = folder.join(format!("{name}.pid"));
        let log = folder.join(format!("{name}.log"));
        let _ = fs::remove_file(&pid_file);
        let (script, stdin) = match life {
            Life::Bound => (BOUND, Stdio::piped()),
            Life::Detached => (DETACHED, Stdio::null()),
        };
        let shell = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(&pid_file)
            .arg(&log)
            .arg(remove.unwrap_or_else(|| Path::new("")))
            .arg(program)
            .args(command.get_args())
            .current_dir(folder)
            .stdin(stdin)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let until = Instant::now() + STARTED_WITHIN;
        loop {
            let pid = fs::read_to_string(&pid_file).ok();
            if let Some(pid) = pid.and_then(|text| text.trim().parse().ok()).and_then(Pid::from_raw)
            {
                return Ok(Self { shell, pid, log });
            }
            if Instant::now() > until {
                return Err(io::Error::other(format!("{name} wrote no pid")));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(super) fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Whether it still runs; a zombie does not.
    pub(super) fn runs(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap_or_default();
        stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
    }

    /// The last lines of its log.
    pub(super) fn tail(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }

    /// Kills it; returns when it is gone.
    pub(super) fn kill(&mut self) {
        let _ = kill_process(self.pid, Signal::KILL);
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
