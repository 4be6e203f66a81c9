//! A throw-away cluster: its folder, its server, and the shell that ends both with this process.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use provision::postgres::{self as pg, Account, Address, Binaries, Purpose, Search, Settings};
use rustix::process::{Pid, Signal, kill_process};

use super::urls;

const START_WITHIN: Duration = Duration::from_mins(1);

const PREFIX: &str = "mpt-";

/// Waits for the end of its input, ends the server of folder `$1`, removes the folder.
const WATCH: &str = r#"
cat > /dev/null
pid=$(head -n 1 "$1/postgres/cluster/postmaster.pid" 2> /dev/null)
[ -n "$pid" ] && kill -QUIT "$pid" 2> /dev/null
tries=0
while [ -n "$pid" ] && kill -0 "$pid" 2> /dev/null && [ "$tries" -lt 100 ]; do
    tries=$((tries + 1))
    sleep 0.05
done
rm -rf "$1"
"#;

#[derive(Debug)]
pub struct Cluster {
    inner: pg::Cluster,
    running: Mutex<pg::Running>,
    /// Its standard input is closed by the end of this process, however that comes.
    watcher: Child,
    /// Locked as long as this process lives.
    _lock: File,
}

impl Cluster {
    /// Makes, starts and migrates one. Blocks.
    pub fn migrated() -> Self {
        remove_stale();
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in("/tmp")
            .expect("make a folder")
            .keep();
        fs::set_permissions(&folder, Permissions::from_mode(0o711)).expect("open the folder");
        let lock = File::create(folder.join("lock")).expect("make the lock");
        lock.lock().expect("lock the folder");
        let watcher = watch(&folder);
        let settings = Settings {
            folder: folder.join("postgres"),
            log: folder.join("postgres.log"),
            purpose: Purpose::Test,
            short: None,
        };
        let binaries = Binaries::choose(&search(), &settings.folder, &|_, _| ())
            .expect("find or fetch PostgreSQL");
        let account = Account::for_database().expect("an account for PostgreSQL");
        let cluster = pg::Cluster::prepare(&binaries, &account, &settings).expect("make a cluster");
        let running = cluster.start(START_WITHIN).expect("start PostgreSQL");
        let made = Self { inner: cluster, running: Mutex::new(running), watcher, _lock: lock };
        made.migrate();
        made
    }

    pub fn address(&self) -> &Address {
        self.inner.address()
    }

    /// `kill -9` of the server, as a power cut would end it; returns when it is gone.
    pub fn kill(&self) {
        let mut running = self.running.lock().expect("one killer");
        let pid = Pid::from_raw(running.pid()).expect("a pid");
        kill_process(pid, Signal::KILL).expect("kill PostgreSQL");
        while !running.exited() {
            std::thread::yield_now();
        }
    }

    /// Starts the server again; it recovers. What the killed one left behind holds its memory until it has noticed, on a busy machine for
    /// a while; until then PostgreSQL refuses to start.
    pub fn restart(&self) {
        let since = std::time::Instant::now();
        let started = loop {
            match self.inner.start(START_WITHIN) {
                Ok(started) => break started,
                Err(err) => {
                    assert!(since.elapsed() < START_WITHIN, "start PostgreSQL again: {err}");
                }
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        };
        *self.running.lock().expect("one starter") = started;
    }

    fn migrate(&self) {
        let Address::Socket { folder } = self.address() else { unreachable!("a test cluster") };
        let owner = urls(folder, pg::DATABASE).owner;
        // The caller may be inside a runtime already.
        std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime")
                .block_on(store::migrate::migrate(&owner))
                .expect("migrate");
        })
        .join()
        .expect("migrate");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Ok(mut running) = self.running.lock() {
            running.stop(Duration::from_secs(10));
        }
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

fn watch(folder: &Path) -> Child {
    Command::new("sh")
        .args(["-c", WATCH, "sh"])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("start the shell that cleans up")
}

/// The binaries that a developer's machine has, or those that `midplane up` fetched.
fn search() -> Search {
    #[expect(clippy::disallowed_methods, reason = "a test looks where the machine has binaries")]
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let home = variable("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .unwrap_or_else(std::env::temp_dir);
    let cache = match variable("MIDPLANE_CACHE") {
        Some(cache) => PathBuf::from(cache),
        None if rustix::process::geteuid().is_root() => PathBuf::from("/var/cache/midplane"),
        None => home.join("midplane"),
    };
    Search {
        explicit: variable("MIDPLANE_POSTGRES").map(PathBuf::from),
        path: variable("PATH").map(Into::into),
        cache,
        mirrors: Vec::new(),
        network: provision::download::Network::from_variables(variable),
    }
}

/// Ends and removes what earlier processes left whose shell was killed too.
fn remove_stale() {
    let Ok(entries) = fs::read_dir("/tmp") else { return };
    for folder in entries.flatten().map(|entry| entry.path()) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with(PREFIX) {
            continue;
        }
        let Ok(lock) = File::open(folder.join("lock")) else { continue };
        if lock.try_lock().is_err() {
            continue;
        }
        let pid = fs::read_to_string(folder.join("postgres/cluster/postmaster.pid"));
        let pid = pid.ok().and_then(|text| text.lines().next()?.trim().parse().ok());
        if let Some(pid) = pid.and_then(Pid::from_raw) {
            let server = fs::read_link(format!("/proc/{}/cwd", pid.as_raw_nonzero()));
            if server.is_ok_and(|cwd| cwd.starts_with(&folder)) {
                let _ = kill_process(pid, Signal::QUIT);
            }
        }
        let _ = fs::remove_dir_all(&folder);
    }
}
