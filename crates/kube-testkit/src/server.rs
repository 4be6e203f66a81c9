//! One API server over one etcd, on loopback.
//!
//! ```text
//! certificates, token, audit policy -> etcd (unix socket, no fsync unless asked for) -> kube-apiserver (ephemeral port) -> /readyz
//! ```
//! Ready after 3 s on two cores, 260 MB + 43 MB resident. There is no scheduler and no kubelet: pods stay pending, and tests set their
//! status. Without a controller manager namespaces do not finish and nothing is collected. Service accounts need not exist to be
//! impersonated. Every request is in the audit log (`audit`), which is how the benches count.

mod ask;
mod certificates;
mod guard;

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

pub use ask::Asker;
use guard::Guarded;
pub use guard::Life;

use crate::tools::{Tool, Tools};

/// Ten times what it takes on an idle machine of two cores.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Another process may take the port between its choice and its use.
const ATTEMPTS: usize = 3;

const PREFIX: &str = "mpk-";

const AUDIT_POLICY: &str = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n";

#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    #[error("write the server's files")]
    Io(#[from] io::Error),
    #[error("make the server's certificates")]
    Certificates(#[from] rcgen::Error),
    #[error("`{program}` ended at its start:\n{tail}")]
    Ended { program: &'static str, tail: String },
    #[error("the API server is not ready after {READY_WITHIN:?}:\n{tail}")]
    NotReady { tail: String },
}

#[derive(Clone, Debug)]
pub struct Options {
    /// Namespaces finish, owners are collected, Jobs get pods.
    pub controller_manager: bool,
    pub life: Life,
    /// Where its files are; default: a folder of its own that is removed at the end.
    pub folder: Option<PathBuf>,
    /// Watches end after this time; the default of the API server is half an hour and more.
    pub watch_timeout_s: Option<u32>,
    /// etcd waits for the disk, as in a cluster that people use. For figures; tests have nothing to lose.
    pub fsync: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            controller_manager: false,
            life: Life::Bound,
            folder: None,
            watch_timeout_s: None,
            fsync: false,
        }
    }
}

/// A running API server. Dropping it ends and removes it.
#[derive(Debug)]
pub struct Server {
    pub folder: PathBuf,
    pub url: String,
    /// Of `system:masters`.
    pub token: String,
    pub authority: String,
    etcd: Guarded,
    api: Guarded,
    manager: Option<Guarded>,
    tools: Tools,
    options: Options,
    _lock: fs::File,
}

impl Server {
    /// Starts one. Blocks.
    pub fn start(tools: &Tools, options: Options) -> Result<Self, ServerError> {
        let folder = if let Some(folder) = &options.folder {
            fs::create_dir_all(folder)?;
            folder.clone()
        } else {
            remove_stale();
            tempfile::Builder::new().prefix(PREFIX).tempdir_in("/tmp")?.keep()
        };
        let lock = fs::File::create(folder.join("lock"))?;
        lock.lock()?;
        let certificates = certificates::make()?;
        fs::write(folder.join("ca.pem"), &certificates.authority)?;
        fs::write(folder.join("serving.pem"), &certificates.serving)?;
        fs::write(folder.join("serving.key"), &certificates.serving_key)?;
        fs::write(folder.join("accounts.key"), &certificates.accounts_key)?;
        fs::write(folder.join("accounts.pub"), &certificates.accounts_public)?;
        fs::write(folder.join("audit.yaml"), AUDIT_POLICY)?;
        let token = token()?;
        fs::write(folder.join("tokens"), format!("{token},admin,admin,\"system:masters\"\n"))?;
        let remove = options.folder.is_none().then_some(folder.as_path());
        let etcd = Guarded::start(options.life, &folder, remove, &etcd(tools, &options, &folder))?;
        let (api, url) =
            start_api(tools, &options, &folder, &etcd, &token, &certificates.authority)?;
        let mut server = Self {
            folder,
            url,
            token,
            authority: certificates.authority,
            etcd,
            api,
            manager: None,
            tools: tools.clone(),
            options,
            _lock: lock,
        };
        fs::write(server.kubeconfig(), server.config(&server.url))?;
        if server.options.controller_manager {
            server.manager = Some(server.start_manager()?);
        }
        Ok(server)
    }

    /// The file to name in `KUBECONFIG`.
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join("kubeconfig")
    }

    pub fn audit_log(&self) -> PathBuf {
        self.folder.join("audit.log")
    }

    pub fn api_pid(&self) -> i32 {
        self.api.pid()
    }

    pub fn etcd_pid(&self) -> i32 {
        self.etcd.pid()
    }

    /// Requests without `kubectl`.
    pub fn asker(&self) -> io::Result<Asker> {
        Asker::new(&self.url, &self.token, &self.authority)
    }

    /// A kubeconfig for another address of the same server, as a proxy's.
    pub fn config(&self, url: &str) -> String {
        let tls = if url.starts_with("https") {
            format!(", certificate-authority: {}", self.folder.join("ca.pem").display())
        } else {
            String::new()
        };
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: test\n\
             clusters: [{{name: test, cluster: {{server: '{url}'{tls}}}}}]\n\
             users: [{{name: test, user: {{token: {}}}}}]\n\
             contexts: [{{name: test, context: {{cluster: test, user: test}}}}]\n",
            self.token
        )
    }

    /// `kubectl` with this server's configuration. The tool must have been asked for.
    pub fn kubectl(&self) -> Command {
        let mut command = Command::new(self.tools.path(Tool::Kubectl));
        command.env("KUBECONFIG", self.kubeconfig()).env("HOME", &self.folder);
        command
    }

    /// Ends the API server as a crash would, and starts it again at the same address.
    pub fn restart_api(&mut self) -> Result<(), ServerError> {
        self.api.kill();
        let port = self.url.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(0);
        self.api = Guarded::start(
            self.options.life,
            &self.folder,
            None,
            &api(&self.tools, &self.options, &self.folder, port),
        )?;
        wait_ready(&self.url, &self.token, &self.authority, &self.etcd, &self.api)
    }

    fn start_manager(&self) -> Result<Guarded, ServerError> {
        let mut command = Command::new(self.tools.path(Tool::ControllerManager));
        command
            .arg(format!("--kubeconfig={}", self.kubeconfig().display()))
            .arg(format!("--root-ca-file={}", self.folder.join("ca.pem").display()))
            .arg(format!(
                "--service-account-private-key-file={}",
                self.folder.join("accounts.key").display()
            ))
            .args(["--leader-elect=false", "--secure-port=0"]);
        Ok(Guarded::start(self.options.life, &self.folder, None, &command)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.options.life == Life::Detached {
            return;
        }
        if let Some(manager) = &mut self.manager {
            manager.kill();
        }
        self.api.kill();
        self.etcd.kill();
        if self.options.folder.is_none() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

fn start_api(
    tools: &Tools,
    options: &Options,
    folder: &Path,
    etcd: &Guarded,
    token: &str,
    authority: &str,
) -> Result<(Guarded, String), ServerError> {
    let mut attempt = 1;
    loop {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let url = format!("https://127.0.0.1:{port}");
        let mut started =
            Guarded::start(options.life, folder, None, &api(tools, options, folder, port))?;
        match wait_ready(&url, token, authority, etcd, &started) {
            Ok(()) => return Ok((started, url)),
            Err(ServerError::Ended { tail, .. })
                if attempt < ATTEMPTS && tail.contains("address already in use") =>
            {
                started.kill();
                attempt += 1;
            }
            Err(err) => return Err(err),
        }
    }
}

fn etcd(tools: &Tools, options: &Options, folder: &Path) -> Command {
    let mut command = Command::new(tools.path(Tool::Etcd));
    // Its peers talk over an ephemeral port that nobody is told.
    let nobody = "http://127.0.0.1:0";
    command
        .arg("--data-dir")
        .arg(folder.join("etcd"))
        .arg(format!("--listen-client-urls={}", etcd_url(folder)))
        .args(["--advertise-client-urls", nobody, "--listen-peer-urls", nobody])
        .args(["--initial-advertise-peer-urls", nobody, "--initial-cluster"])
        .arg(format!("default={nobody}"))
        .args(["--log-level", "warn"]);
    if !options.fsync {
        command.arg("--unsafe-no-fsync");
    }
    command
}

fn etcd_url(folder: &Path) -> String {
    format!("unix://{}", folder.join("etcd.sock").display())
}

fn api(tools: &Tools, options: &Options, folder: &Path, port: u16) -> Command {
    let mut command = Command::new(tools.path(Tool::ApiServer));
    let file = |name: &str| folder.join(name).display().to_string();
    command
        .arg(format!("--etcd-servers={}", etcd_url(folder)))
        .arg(format!("--secure-port={port}"))
        .arg("--bind-address=127.0.0.1")
        .arg(format!("--tls-cert-file={}", file("serving.pem")))
        .arg(format!("--tls-private-key-file={}", file("serving.key")))
        .arg(format!("--service-account-key-file={}", file("accounts.pub")))
        .arg(format!("--service-account-signing-key-file={}", file("accounts.key")))
        .arg("--service-account-issuer=https://kubernetes.default.svc")
        .arg(format!("--token-auth-file={}", file("tokens")))
        .arg("--authorization-mode=RBAC")
        .arg("--service-cluster-ip-range=10.96.0.0/16")
        .arg(format!("--audit-log-path={}", file("audit.log")))
        .arg(format!("--audit-policy-file={}", file("audit.yaml")));
    if !options.controller_manager {
        // It would refuse pods whose service account nobody made.
        command.arg("--disable-admission-plugins=ServiceAccount");
    }
    if let Some(seconds) = options.watch_timeout_s {
        command.arg(format!("--min-request-timeout={seconds}"));
    }
    command
}

fn wait_ready(
    url: &str,
    token: &str,
    authority: &str,
    etcd: &Guarded,
    api: &Guarded,
) -> Result<(), ServerError> {
    let asker = Asker::new(url, token, authority)?;
    let until = Instant::now() + READY_WITHIN;
    loop {
        if asker.get("/readyz").is_ok() {
            return Ok(());
        }
        for (program, guarded) in [("etcd", etcd), ("kube-apiserver", api)] {
            if !guarded.runs() {
                return Err(ServerError::Ended { program, tail: guarded.tail() });
            }
        }
        if Instant::now() > until {
            return Err(ServerError::NotReady { tail: api.tail() });
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// 128 random bits; the server lives on loopback and for minutes.
fn token() -> io::Result<String> {
    use std::io::Read as _;
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Removes what earlier processes left; their servers ended with them.
fn remove_stale() {
    let Ok(entries) = fs::read_dir("/tmp") else { return };
    for folder in entries.flatten().map(|entry| entry.path()) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with(PREFIX) {
            continue;
        }
        let Ok(lock) = fs::File::open(folder.join("lock")) else { continue };
        if lock.try_lock().is_ok() {
            let _ = fs::remove_dir_all(&folder);
        }
    }
}
