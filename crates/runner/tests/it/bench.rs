//! A control plane in memory, a runner, and the questions that tests ask.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::digest::Digest;
use domain::id::{OrganizationId, RuntimeId};
use link::authority::{Signer, csr, pin};
use link::bundle::{Entry, Mode, encode};
use link::refused::Refused;
use link::server::{Handler, Limits, Opened, Peer, Server};
use link::tls::{ServerCertificate, ServerTls};
use link::token::{JoinToken, Secret};
use link::wire;
use runner::{Join, Seams, Settings};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A cold machine fetches and trains the base library first.
const DEADLINE: Duration = Duration::from_secs(120);

/// Everything the control plane knows; each change counts `version` up.
#[derive(Default)]
pub(crate) struct Known {
    artifacts: HashMap<Digest, Bytes>,
    desired: BTreeMap<Uuid, wire::DesiredWorkload>,
    commands: Vec<wire::Command>,
    pub(crate) events: Vec<wire::Event>,
    pub(crate) beat: Option<wire::Heartbeat>,
    /// How often the runner came.
    pub(crate) sessions: u64,
    sealing_key: Vec<u8>,
}

pub(crate) struct Plane {
    intermediate: Signer,
    root: Signer,
    seams: Seams,
    runtime: RuntimeId,
    known: Mutex<Known>,
    version: watch::Sender<u64>,
    pub(crate) store: crate::telemetry::Store,
}

impl Plane {
    fn change<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        let out = change(&mut self.known.lock().unwrap());
        self.version.send_modify(|version| *version += 1);
        out
    }

    pub(crate) fn look<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        look(&self.known.lock().unwrap())
    }

    fn sign(&self, csr_der: &[u8], generation: u64) -> wire::EnrollReply {
        let checked = csr::check(csr_der).unwrap();
        let organization = OrganizationId(Uuid::nil());
        let now = (self.seams.now)();
        let leaf =
            self.intermediate.leaf(&checked, organization, self.runtime, generation, now).unwrap();
        wire::EnrollReply {
            organization_id: organization.to_string(),
            runtime_id: self.runtime.to_string(),
            runtime_name: "laptop".into(),
            chain_der: vec![leaf.to_vec(), self.intermediate.certificate.to_vec()],
            ca_der: vec![self.root.certificate.to_vec()],
            generation,
            not_after_s: now.as_second() + 86_400,
        }
    }
}

impl Handler for Plane {
    fn telemetry(&self) -> Option<Arc<dyn link::seams::telemetry::Receiver>> {
        Some(Arc::new(self.store.clone()))
    }

    async fn enroll(&self, request: wire::EnrollRequest) -> Result<wire::EnrollReply, Refused> {
        self.change(|known| known.sealing_key.clone_from(&request.sealing_key));
        Ok(self.sign(&request.csr_der, 1))
    }

    async fn renew(
        &self,
        peer: &Peer,
        request: wire::RenewRequest,
    ) -> Result<wire::EnrollReply, Refused> {
        Ok(self.sign(&request.csr_der, peer.generation + 1))
    }

    async fn admit(&self, _: &Peer) -> Result<(), Refused> {
        Ok(())
    }

    async fn open(&self, _: &Peer, _: &wire::RunnerHello) -> Result<Opened, Refused> {
        let last_event_seq = self.change(|known| {
            known.sessions += 1;
            known.events.last().map_or(0, |event| event.seq)
        });
        Ok(Opened { epoch: 1, last_event_seq, clock_ms: (self.seams.now)().as_millisecond() })
    }

    async fn commands_after(
        &self,
        _: &Peer,
        _: u64,
        seq: u64,
        _: u32,
    ) -> Result<Vec<wire::Command>, Refused> {
        let after = |command: &&wire::Command| command.seq > seq;
        Ok(self.look(|known| known.commands.iter().filter(after).cloned().collect()))
    }

    async fn acknowledged(&self, _: &Peer, _: u64, _: u64) -> Result<(), Refused> {
        Ok(())
    }

    async fn desired(&self, _: &Peer, _: u64) -> Result<wire::Desired, Refused> {
        let workloads = self.look(|known| known.desired.values().cloned().collect());
        Ok(wire::Desired { whole: true, workloads })
    }

    async fn events(&self, _: &Peer, _: u64, events: Vec<wire::Event>) -> Result<(), Refused> {
        self.change(|known| known.events.extend(events));
        Ok(())
    }

    async fn heartbeat(&self, _: &Peer, _: u64, beat: wire::Heartbeat) -> Result<(), Refused> {
        self.change(|known| known.beat = Some(beat));
        Ok(())
    }

    async fn closed(&self, _: &Peer, _: u64) {}

    async fn artifact(&self, _: &Peer, digest: Digest) -> Result<Bytes, Refused> {
        let found = self.look(|known| known.artifacts.get(&digest).cloned());
        found.ok_or_else(|| Refused::new("MP-LINK-09", "no such artifact"))
    }
}

/// What to deploy; the rest of a specification is filled in.
pub(crate) struct Wish<'a> {
    pub(crate) integration: &'a str,
    pub(crate) generation: u64,
    pub(crate) files: &'a [(&'a str, String)],
    pub(crate) change: &'a (dyn Fn(&mut Value) + Sync),
}

pub(crate) struct Bench {
    pub(crate) plane: Arc<Plane>,
    pub(crate) server: Arc<Server<Plane>>,
    pub(crate) data: PathBuf,
    folder: tempfile::TempDir,
    settings: Settings,
    runner: Option<(JoinHandle<()>, CancellationToken)>,
    server_stop: CancellationToken,
    /// Whether the folder is a disk of its own.
    mounted: bool,
}

impl Bench {
    /// A control plane and a joined runner that is running.
    pub(crate) async fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), false).await
    }

    /// With its folder on a disk of so many MiB; `None` where none can be mounted.
    pub(crate) async fn on_small_disk(mib: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={mib}m,mode=0711");
        let mount = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(folder.path())
            .output();
        if !mount.is_ok_and(|output| output.status.success()) {
            return None;
        }
        Some(Self::start_in(folder, true).await)
    }

    async fn start_in(folder: tempfile::TempDir, mounted: bool) -> Self {
        let seams = Seams::system();
        let now = (seams.now)();
        let root = Signer::root(now).unwrap();
        let intermediate = root.intermediate(now).unwrap();
        let certificate = intermediate.server(now).unwrap();
        let (clock, random) = (seams.now.clone(), seams.random.clone());
        let link_seams = link::Seams::new(move || clock(), move || random());
        let shown =
            ServerCertificate::new(&certificate, &intermediate.certificate, &root.certificate)
                .unwrap();
        let tls =
            ServerTls::new(std::slice::from_ref(&root.certificate), shown, &link_seams).unwrap();
        let pinned = pin(&root.certificate).unwrap();
        let plane = Arc::new(Plane {
            intermediate,
            root,
            seams: seams.clone(),
            runtime: RuntimeId(Uuid::from_u128(7)),
            known: Mutex::default(),
            version: watch::Sender::new(0),
            store: crate::telemetry::Store::default(),
        });
        let server = Server::new(plane.clone(), tls, "test", link_seams, Limits::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server_stop = CancellationToken::new();
        spawn(server.clone().run(listener, server_stop.clone()));

        // As root, workloads run under another user and must pass through.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
        let data = folder.path().join("runner");
        let token = JoinToken { address, pin: pinned, secret: Secret::new([7; 32]) };
        let join = Join {
            data: data.clone(),
            token: token.to_string(),
            network: link::client::Network::default(),
            build: "test".into(),
            seams: seams.clone(),
        };
        let joined = runner::join(join).await.unwrap();
        assert_eq!(joined.name, "laptop");
        let mut settings = Settings::new(&data, &cache());
        let first = free_ports();
        settings.ports = first..=first + 19;
        let mut bench =
            Self { plane, server, data, folder, settings, runner: None, server_stop, mounted };
        bench.start_runner();
        bench
    }

    pub(crate) fn start_runner(&mut self) {
        let shutdown = CancellationToken::new();
        let (settings, token) = (self.settings.clone(), shutdown.clone());
        let task = spawn(async move { runner::run(settings, token).await.unwrap() });
        self.runner = Some((task, shutdown));
    }

    pub(crate) fn shift_clock(&mut self, by: jiff::SignedDuration) {
        let now = Seams::system().now;
        self.settings.seams.now = Arc::new(move || now() + by);
    }

    /// As on a machine that makes no name spaces.
    pub(crate) fn without_jail(&mut self) {
        self.settings.unshare = PathBuf::from("/bin/false");
    }

    pub(crate) fn use_java(&mut self, java: &Path) {
        self.settings.java.explicit = Some(java.to_owned());
    }

    /// Ends it in the middle of whatever it does: every task is dropped where it waits, and nothing is tidied up.
    pub(crate) async fn kill_runner(&mut self) {
        let (task, shutdown) = self.runner.take().unwrap();
        shutdown.cancel();
        task.await.unwrap();
    }

    pub(crate) fn id(integration: &str) -> Uuid {
        let hash: [u8; 32] = Sha256::digest(integration).into();
        Uuid::from_slice(&hash[..16]).unwrap()
    }

    fn put(&self, bytes: Vec<u8>) -> Digest {
        let digest = Digest(Sha256::digest(&bytes).into());
        self.plane.change(|known| known.artifacts.insert(digest, bytes.into()));
        digest
    }

    /// Stores a bundle and a specification and wants it to run.
    pub(crate) fn deploy(&self, wish: &Wish<'_>) {
        let id = Self::id(wish.integration);
        let entries: Vec<Entry<'_>> = wish
            .files
            .iter()
            .map(|(path, text)| Entry { path, mode: Mode::Plain, bytes: text.as_bytes() })
            .collect();
        let bundle = encode(&entries).unwrap();
        let stored = Bytes::from(bundle.bytes);
        self.plane.change(|known| known.artifacts.insert(bundle.digest, stored));
        let routes: Vec<&str> = wish
            .files
            .iter()
            .map(|(path, _)| *path)
            .filter(|path| path.ends_with("yaml") || path.ends_with("xml"))
            .collect();
        let base = provision::base_library::digest().trim_start_matches("sha256:");
        let mut specification = json!({"format":1,"organization":Uuid::nil(),"project":"demo","environment":"dev",
            "integration":wish.integration,"workload":id,"deployment":Uuid::from_u128(wish.generation.into()),
            "generation":wish.generation,"release":{"id":Uuid::nil(),"short":"4f2c",
            "bundle":bundle.digest.to_string(),"lock":null,"base":format!("sha256:{base}"),"camel":"4.18.0"},
            "kind":"main","routes":routes,"properties":{},"uses":[],"secrets":[],"expose":{"path":"/hello","http":true},
            "profile":"small","memory_bytes":null,"cpu_millis":null,"startup_s":30,"log_level":"info"});
        (wish.change)(&mut specification);
        let spec = self.put(specification.to_string().into_bytes()).to_string();
        self.want(id, wish.generation, spec, true);
    }

    pub(crate) fn want(&self, id: Uuid, generation: u64, spec: String, run: bool) {
        let workload_id = id.to_string();
        let wanted = wire::DesiredWorkload {
            workload_id,
            generation,
            spec,
            run,
            ..wire::DesiredWorkload::default()
        };
        self.plane.change(|known| known.desired.insert(id, wanted));
        self.server.wake(self.plane.runtime);
    }

    /// Wants routes held back as this document says.
    pub(crate) fn hold(&self, id: Uuid, document: &str) {
        self.plane.change(|known| {
            if let Some(wanted) = known.desired.get_mut(&id) {
                document.clone_into(&mut wanted.routes);
            }
        });
        self.server.wake(self.plane.runtime);
    }

    pub(crate) fn forget(&self, id: Uuid) {
        self.plane.change(|known| known.desired.remove(&id));
        self.server.wake(self.plane.runtime);
    }

    /// Stores a secret that only this runner can open.
    pub(crate) fn seal(
        &self,
        integration: &str,
        name: &str,
        generation: u64,
        value: &str,
    ) -> String {
        let key = self.plane.look(|known| known.sealing_key.clone());
        let organization = OrganizationId(Uuid::nil());
        let bound = link::seal::associated(organization, "dev", integration, name, generation);
        self.put(link::seal::seal(&key, &bound, value.as_bytes()).unwrap()).to_string()
    }

    pub(crate) fn command(&self, seq: u64, kind: &str, body: Value) {
        let command = wire::Command {
            seq,
            id: Uuid::from_u128(seq.into()).to_string(),
            lane: "ops".into(),
            kind: kind.to_owned(),
            body: body.to_string().into_bytes(),
            deadline_ms: i64::MAX,
        };
        self.plane.change(|known| known.commands.push(command));
        self.server.wake(self.plane.runtime);
    }

    /// Waits until `find` finds something in what the control plane knows.
    #[track_caller]
    pub(crate) fn until<T>(
        &self,
        what: &str,
        find: impl Fn(&Known) -> Option<T>,
    ) -> impl Future<Output = T> {
        let plane = self.plane.clone();
        let what = what.to_owned();
        async move {
            let deadline = Instant::now() + DEADLINE;
            let mut version = plane.version.subscribe();
            loop {
                version.borrow_and_update();
                if let Some(found) = plane.look(&find) {
                    return found;
                }
                if Instant::now() > deadline {
                    plane.look(|known| {
                        panic!("never {what}; beat {:#?}; events {:#?}", known.beat, known.events)
                    });
                }
                let _ = tokio::time::timeout(Duration::from_secs(1), version.changed()).await;
            }
        }
    }

    /// Waits for a phase of a generation.
    pub(crate) async fn phase(
        &self,
        integration: &str,
        generation: u64,
        phase: &str,
    ) -> wire::Phase {
        let id = Self::id(integration).to_string();
        let what = format!("{integration} {generation} {phase}");
        self.until(&what, |known| {
            known.events.iter().find_map(|event| match &event.event {
                Some(wire::event::Event::Phase(found))
                    if found.workload_id == id
                        && found.generation == generation
                        && found.phase == phase =>
                {
                    Some(found.clone())
                }
                _ => None,
            })
        })
        .await
    }

    /// Waits for a heartbeat in which the workload is as `is` says.
    pub(crate) async fn state(
        &self,
        integration: &str,
        what: &str,
        is: impl Fn(&wire::WorkloadState) -> bool,
    ) -> wire::WorkloadState {
        let id = Self::id(integration).to_string();
        self.until(what, |known| {
            let workloads = &known.beat.as_ref()?.workloads;
            workloads.iter().find(|state| state.workload_id == id && is(state)).cloned()
        })
        .await
    }

    pub(crate) async fn result(&self, seq: u64) -> wire::CommandResult {
        let id = Uuid::from_u128(seq.into()).to_string();
        self.until("a result", |known| {
            known.events.iter().find_map(|event| match &event.event {
                Some(wire::event::Event::Result(found)) if found.command_id == id => {
                    Some(found.clone())
                }
                _ => None,
            })
        })
        .await
    }

    pub(crate) fn workload(&self, integration: &str) -> PathBuf {
        self.data.join("workloads").join(integration)
    }

    /// The specification that is wanted now.
    pub(crate) fn spec(&self, id: Uuid) -> String {
        self.plane.look(|known| known.desired[&id].spec.clone())
    }

    /// So that the next heartbeat is one of the runner that was just started.
    pub(crate) fn forget_beat(&self) {
        self.plane.change(|known| known.beat = None);
    }

    /// How many processes of this workload live.
    pub(crate) fn live(&self, integration: &str) -> usize {
        pids(&self.workload(integration)).len()
    }

    pub(crate) fn runtime(&self) -> RuntimeId {
        self.plane.runtime
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some((task, shutdown)) = self.runner.take() {
            shutdown.cancel();
            task.abort();
        }
        self.server_stop.cancel();
        kill_all(self.folder.path());
        if self.mounted {
            let _ = std::process::Command::new("umount").arg("-l").arg(self.folder.path()).status();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's tasks end with the test")]
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(task)
}

/// Ends every process that was started for a `launch.json` below `folder`.
fn kill_all(folder: &Path) {
    for pid in pids(folder) {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
}

fn pids(folder: &Path) -> Vec<rustix::process::Pid> {
    let folder = folder.to_str().unwrap().as_bytes();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let ours = line
            .split(|byte| *byte == 0)
            .any(|argument| argument.starts_with(folder) && argument.ends_with(b"launch.json"));
        if ours {
            found.extend(pid.and_then(rustix::process::Pid::from_raw));
        }
    }
    found
}

fn cache() -> PathBuf {
    if rustix::process::geteuid().is_root() {
        return "/var/cache/midplane".into();
    }
    std::env::home_dir().unwrap().join(".cache/midplane")
}

/// The first of twenty ports that nobody else here uses: each test process takes a block by its pid.
fn free_ports() -> u16 {
    use std::sync::atomic::{AtomicU16, Ordering};
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let block = NEXT.fetch_add(1, Ordering::Relaxed);
    let process = u16::try_from(std::process::id() % 40).unwrap();
    21_000 + process * 200 + block * 20
}

/// What `GET path` answers on a loopback port; `None` when nobody does.
pub(crate) fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    head.contains(" 200 ").then(|| body.to_owned())
}

/// The port in a URL of a workload.
pub(crate) fn port_of(url: &str) -> u16 {
    let rest = url.strip_prefix("http://127.0.0.1:").unwrap();
    rest.split('/').next().unwrap().parse().unwrap()
}

/// Looks until it is so; for what shows only on disk.
#[track_caller]
pub(crate) fn eventually(what: &str, is: impl Fn() -> bool) -> impl Future<Output = ()> {
    let end = Instant::now() + DEADLINE;
    let what = what.to_owned();
    async move {
        while !is() {
            assert!(Instant::now() < end, "never: {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// A route that answers `GET /hello` with `text`.
pub(crate) fn hello(text: &str) -> String {
    format!(
        "- route:\n    id: hello\n    from:\n      uri: platform-http:/hello\n      steps:\n        - setBody:\n            simple: \"{text}\"\n"
    )
}

pub(crate) fn unchanged(_: &mut Value) {}
