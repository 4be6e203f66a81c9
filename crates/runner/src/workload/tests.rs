//! One workload with real JVMs, without a control plane: specifications and bundles lie in a folder.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Instant;

use link::bundle::{Entry, Mode, encode};
use link::journal::Journal;
use link::seal::SealingKey;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::*;
use crate::artifacts::{Artifacts, Source};
use crate::board::{Board, State};
use crate::folder::Folder;
use crate::library;
use crate::outlet::Outlet;
use crate::privilege::WorkloadUser;
use crate::record::Target;
use crate::settings::Settings;
use crate::tasks::Tasks;

const DEADLINE: Duration = Duration::from_secs(120);

/// A runner without a link, on a folder of its own.
struct Bench {
    data: tempfile::TempDir,
    port: u16,
    shared: Arc<Shared>,
    tasks: Tasks,
    orders: Option<mpsc::Sender<Order>>,
}

fn cache() -> std::path::PathBuf {
    if rustix::process::geteuid().is_root() {
        return "/var/cache/midplane".into();
    }
    std::env::home_dir().unwrap().join(".cache/midplane")
}

impl Bench {
    async fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o711);
        std::fs::set_permissions(data.path(), mode).unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (shared, tasks) = open(data.path());
        Self { data, port, shared, tasks, orders: None }
    }

    fn start(&mut self) {
        let path = self.shared.folder.record(Uuid::nil());
        let record = crate::durable::read(&path, Record::FORMAT).unwrap();
        let port = self.port;
        let record = record.unwrap_or_else(|| Record { port, ..crate::decide::example() });
        let (orders, inbox) = mpsc::channel(INBOX);
        self.orders = Some(orders);
        let workload = Workload::new(self.shared.clone(), record, inbox);
        self.tasks.spawn("workload", workload.run());
    }

    /// As `kill -9` would: everything in memory is gone, the processes stay.
    async fn crash(&mut self) {
        self.tasks.shutdown().cancel();
        self.tasks.finish().await;
        (self.shared, self.tasks) = open(self.data.path());
        self.start();
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::create_dir_all(self.data.path().join("from")).unwrap();
        std::fs::write(self.data.path().join("from").join(name), bytes).unwrap();
    }

    async fn deploy(&self, generation: u64, route: &str) {
        let entry = Entry { path: "orders.camel.yaml", mode: Mode::Plain, bytes: route.as_bytes() };
        let bundle = encode(&[entry]).unwrap();
        self.put(&bundle.digest.hex(), &bundle.bytes);
        let base = provision::base_library::digest().trim_start_matches("sha256:");
        let specification = json!({"format":1,"organization":Uuid::nil(),"project":"demo","environment":"dev",
            "integration":"orders","workload":Uuid::nil(),"deployment":Uuid::from_u128(generation.into()),
            "generation":generation,"release":{"id":Uuid::nil(),"short":"4f2c","bundle":bundle.digest.to_string(),
            "lock":null,"base":format!("sha256:{base}"),"camel":"4.18.0"},"kind":"main","routes":["orders.camel.yaml"],
            "properties":{},"uses":[],"secrets":[],"expose":{"path":"/hello","http":true},"profile":"small",
            "memory_bytes":null,"cpu_millis":null,"startup_s":20,"log_level":"info"});
        let bytes = specification.to_string().into_bytes();
        let hex = hex::encode(Sha256::digest(&bytes));
        self.put(&hex, &bytes);
        let spec = format!("sha256:{hex}");
        let specification = self.shared.artifacts.specification(&spec).await.unwrap();
        let target: Target = specification.target(&spec);
        let asked = Asked { generation, target: Some(target), intent: Intent::Run, uses: Vec::new() };
        self.orders.as_ref().unwrap().send(Order::Ask(asked)).await.unwrap();
    }

    async fn until(
        &self,
        what: &str,
        is: impl Fn(&crate::board::Line) -> bool,
    ) -> crate::board::Line {
        let begun = Instant::now();
        let mut changed = self.shared.board.changed();
        loop {
            let line = self.shared.board.get(Uuid::nil());
            if let Some(line) = &line
                && is(line)
            {
                return line.clone();
            }
            assert!(
                begun.elapsed() < DEADLINE,
                "never {what}: {line:?} {:?}",
                self.shared.library.borrow()
            );
            let _ = tokio::time::timeout(Duration::from_secs(1), changed.changed()).await;
        }
    }

    fn get(&self) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.write_all(b"GET /hello HTTP/1.0\r\nHost: localhost\r\n\r\n").ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        Some(text.split_once("\r\n\r\n")?.1.to_owned())
    }

    fn stop(&self) {
        for number in self.shared.folder.workload(Path::new("orders")).numbers() {
            let place = self.shared.folder.workload(Path::new("orders")).instance(number);
            let mut instance = Instance::find(place, &self.shared);
            let _ = instance.kill(0);
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.stop();
    }
}

fn open(data: &Path) -> (Arc<Shared>, Tasks) {
    let settings = Arc::new(Settings::new(&data.join("runner"), &cache()));
    let folder = Folder::new(&settings.data);
    let account = WorkloadUser::Auto.account();
    folder.prepare(account.is_some()).unwrap();
    let tasks = Tasks::new(CancellationToken::new());
    let waiting = library::State::Waiting { doing: String::new(), failure: None };
    let (state, library) = watch::channel(waiting);
    let keep = library::keep(settings.clone(), state, tasks.shutdown().clone());
    tasks.spawn("library", keep);
    let journal = Journal::open(&data.join("runner")).unwrap();
    let shared = Shared {
        outlet: Outlet::new(journal, settings.seams.clone()),
        artifacts: Artifacts::new(Source::Folder(data.join("from")), folder.clone()),
        settings,
        folder,
        account,
        library,
        board: Board::default(),
        identity: todo_identity(),
        tasks: tasks.clone(),
        disk: watch::Sender::new(None),
    };
    (Arc::new(shared), tasks)
}

fn route(text: &str) -> String {
    format!(
        "- route:\n    id: hello\n    from:\n      uri: platform-http:/hello\n      steps:\n        - setBody:\n            constant: {text}\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn camel_a_workload_is_deployed_updated_and_adopted() {
    let mut bench = Bench::new().await;
    bench.start();
    bench.deploy(1, &route("one")).await;
    let first = bench.until("ready", |line| line.state == State::Ready).await;
    assert_eq!(bench.get().as_deref(), Some("one"));

    bench.crash().await;
    let adopted = bench.until("adopted", |line| line.state == State::Ready).await;
    assert_eq!((adopted.pid, adopted.started_ms), (first.pid, first.started_ms));

    bench.deploy(2, &route("two")).await;
    bench.until("updated", |line| line.state == State::Ready && line.generation == 2).await;
    assert_eq!(bench.get().as_deref(), Some("two"));

    bench.deploy(3, &route("three").replace("platform-http:", "htpp:")).await;
    let line = bench.until("refused", |line| !line.reason.is_empty()).await;
    assert_eq!((line.generation, line.state), (2, State::Ready));
    assert!(line.reason.contains("htpp"), "{}", line.reason);
    assert_eq!(bench.get().as_deref(), Some("two"));

    let pid = rustix::process::Pid::from_raw(line.pid.unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    let back = |line: &crate::board::Line| line.state == State::Ready && line.restarts == 1;
    bench.until("started again after a crash", back).await;
    assert_eq!(bench.get().as_deref(), Some("two"));
}
