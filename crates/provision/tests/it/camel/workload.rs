//! One workload under test: its folder, its launch file, its JVM.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use provision::archive::{ENVIRONMENT, LibraryView, Profile, flags, train};
use provision::base_library;
use provision::java::{Java, JavaSearch, find};
use provision::launcher::{Jars, MAIN_CLASS, build};
use provision::maven::{Fetcher, fetch_all};
use serde_json::{Value, json};

/// Far beyond any start on a loaded machine.
const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Kit {
    pub(crate) java: Java,
    pub(crate) fetcher: Fetcher,
    pub(crate) jars: Jars,
    pub(crate) resolver_jars: Vec<PathBuf>,
    pub(crate) view: LibraryView,
}

/// What all tests share, made once on this machine.
pub(crate) fn kit() -> &'static Kit {
    static KIT: OnceLock<Kit> = OnceLock::new();
    KIT.get_or_init(|| {
        let home = home();
        let search = JavaSearch { home: Some(home.clone()), ..JavaSearch::default() };
        let java = find(&search).unwrap();
        let cache = match std::env::var_os("MIDPLANE_CACHE") {
            Some(cache) => cache.into(),
            None if rustix::process::geteuid().is_root() => "/var/cache/midplane".into(),
            None => home.join(".cache/midplane"),
        };
        let fetcher = Fetcher { cache, m2_home: Some(home.join(".m2")), ..Fetcher::default() };
        let base = fetch_all(&base_library::lock().jars, &fetcher, &|_| {}).unwrap();
        let resolver_jars =
            fetch_all(&base_library::resolver_lock().jars, &fetcher, &|_| {}).unwrap();
        let jars = build(&java, &fetcher.cache, &base, &resolver_jars).unwrap();
        let view = train(&java, &fetcher.cache, base_library::lock(), &base, &jars).unwrap();
        Kit { java, fetcher, jars, resolver_jars, view }
    })
}

fn home() -> PathBuf {
    std::env::var_os("HOME").map_or_else(|| PathBuf::from("/nonexistent"), PathBuf::from)
}

pub(crate) struct Workload {
    folder: tempfile::TempDir,
    pub(crate) port: u16,
    launch: Value,
    tracer: Option<String>,
    child: Option<Child>,
}

impl Workload {
    /// An integration of these files; all of them are routes, of the kind that their content asks for.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        for name in ["bundle", "work"] {
            fs::create_dir(path.join(name)).unwrap();
        }
        for (name, text) in files {
            fs::write(path.join("bundle").join(name), text).unwrap();
        }
        std::os::unix::fs::symlink(&kit().view.dir, path.join("work/lib")).unwrap();
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let spring = files.iter().any(|(_, text)| text.contains("<camelContext"));
        let launch = json!({
            "format": 1, "kind": if spring { "spring" } else { "main" }, "name": "orders",
            "bundle": path.join("bundle"), "work": path.join("work"),
            "routes": files.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            "properties": {}, "port": port, "host": "127.0.0.1",
            "status": path.join("status.json"), "go": path.join("go"),
            "log": {"dir": path.join("log"), "file": "orders.log",
                    "max_bytes": 1 << 20, "files": 3, "level": "info"},
            "shutdown_s": 10,
        });
        Self { folder, port, launch, tracer: None, child: None }
    }

    /// Replaces a field of the launch file: `property` for one of `properties`.
    pub(crate) fn with(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        self.launch.pointer_mut(parent).unwrap()[key] = value.into();
        self
    }

    /// Where its tracer finds a runner: `unix:/path`.
    pub(crate) fn traced(mut self, address: String) -> Self {
        self.tracer = Some(address);
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn start(mut self) -> Self {
        let launch = self.path("launch.json");
        fs::write(&launch, self.launch.to_string()).unwrap();
        let kit = kit();
        let output = fs::File::create(self.path("output")).unwrap();
        let child = Command::new(kit.java.java())
            .env_clear()
            .envs(ENVIRONMENT.iter().copied())
            .env("FROM_ENVIRONMENT", "secret")
            .envs(self.tracer.iter().map(|address| ("MIDPLANE_TRACER", address)))
            .args(flags(Profile::Small, None, kit.view.archive.as_ref(), kit.java.version))
            .args(["-cp", &kit.view.class_path, MAIN_CLASS])
            .arg(&launch)
            .current_dir(self.path("work"))
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        self.child = Some(child);
        self
    }

    pub(crate) fn go(&self) {
        fs::write(self.path("go"), "").unwrap();
    }

    pub(crate) fn status(&self) -> Value {
        let text = fs::read(self.path("status.json")).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Waits until the state is `state`; another final one fails the test with all that was said.
    #[track_caller]
    pub(crate) fn wait_for(&self, state: &str) -> Value {
        let mut status = Value::Null;
        let came = eventually(|| {
            status = self.status();
            status["state"] == state || status["state"] == "failed" || status["state"] == "stopped"
        });
        assert!(came && status["state"] == state, "wanted {state}: {status}\n{}", self.output());
        status
    }

    pub(crate) fn output(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.path(name)).unwrap_or_default();
        format!("{}{}", read("output"), read("log/orders.log"))
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("log/orders.log")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = self.child.as_ref().unwrap().id();
        let pid = rustix::process::Pid::from_raw(pid.try_into().unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// The exit code, once the JVM has ended.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> Option<i32> {
        let mut code = None;
        let child = self.child.as_mut().unwrap();
        assert!(eventually(|| {
            code = child.try_wait().unwrap();
            code.is_some()
        }));
        code.unwrap().code()
    }

    pub(crate) fn is_listening(&self) -> bool {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok()
    }

    /// Status and body of a GET.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let status = text.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        (status, text.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned()))
    }
}

impl Drop for Workload {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Whether the condition came true before the deadline.
pub(crate) fn eventually(mut condition: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    while started.elapsed() < DEADLINE {
        if condition() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    false
}

/// Lines of a file that a route writes to.
pub(crate) fn count(path: &Path, what: &str) -> usize {
    fs::read_to_string(path).unwrap_or_default().matches(what).count()
}
