//! A cluster: one folder with its data, configuration and socket.
//!
//! ```text
//! <folder>/cluster/       PostgreSQL's own (PG_VERSION in it is the memory of the major version)
//! <folder>/hba.conf ident.conf   written at every start: who may connect is code, not state
//! <folder>/s/             the Unix socket, unless that path were too long for one
//! <folder>/password port  a loopback cluster only (0600)
//! ```
//! Settings go on the server's command line, so they follow this program's version and a user's
//! additions to `postgresql.conf` still count where we say nothing.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use super::account::own_name;
use super::{APPLICATION_ROLE, INGEST_ROLE, OWNER_ROLE};
use super::{Account, Binaries, DATABASE, PostgresError};

/// `sun_path` holds 104 bytes on macOS, the least of our systems, with a closing zero.
const SOCKET_PATH: usize = 103;
const SOCKET_NAME: &str = ".s.PGSQL.5432";
const SOCKET_PORT: u16 = 5432;

/// The longest folder that can hold a cluster's socket.
pub fn longest_folder() -> usize {
    SOCKET_PATH - SOCKET_NAME.len() - "/s/".len()
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Ours: socket, peer, our three roles, everything durable.
    Control,
    /// Like `Control`, but a power cut may ruin it (`kill -9` does not), and the superuser may connect.
    Test,
    /// For workloads (the demo): loopback, a role and a database called `name`, scram with this
    /// password (kept from the first start on; see [`Cluster::password`]).
    Loopback { name: String, new_password: String },
}

#[derive(Clone, Debug)]
pub struct Settings {
    pub folder: PathBuf,
    /// Standard error of the server is appended here.
    pub log: PathBuf,
    pub purpose: Purpose,
    /// A folder with a short path for the socket, when `folder` is too deep
    /// (`$XDG_RUNTIME_DIR`, `/tmp`).
    pub short: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    Socket { folder: PathBuf },
    Loopback { port: u16 },
}

impl Address {
    pub fn socket_path(&self) -> PathBuf {
        match self {
            Self::Socket { folder } => folder.join(SOCKET_NAME),
            Self::Loopback { .. } => PathBuf::new(),
        }
    }

    /// A URL for sqlx; `password` only for the loopback kind.
    pub fn url(&self, role: &str, database: &str, password: Option<&str>) -> String {
        match (self, password) {
            (Self::Socket { folder }, _) => {
                let folder = encode(&folder.to_string_lossy());
                format!("postgres://{role}@localhost:{SOCKET_PORT}/{database}?host={folder}")
            }
            (Self::Loopback { port }, Some(password)) => {
                format!("postgres://{role}:{}@127.0.0.1:{port}/{database}", encode(password))
            }
            (Self::Loopback { port }, None) => {
                format!("postgres://{role}@127.0.0.1:{port}/{database}")
            }
        }
    }
}

#[derive(Clone, Debug)]
pub struct Cluster {
    pub(super) binaries: Binaries,
    pub(super) account: Account,
    pub(super) settings: Settings,
    pub(super) address: Address,
}

/// The major version of the cluster in `folder`, if there is one.
pub(super) fn major_of(folder: &Path) -> Result<Option<u32>, PostgresError> {
    let path = folder.join("cluster/PG_VERSION");
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.trim().parse().ok()),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(err) => Err(PostgresError::io("read", path)(err)),
    }
}

impl Cluster {
    /// Makes the folder a cluster if it is none yet, and writes who may connect.
    pub fn prepare(
        binaries: &Binaries,
        account: &Account,
        settings: &Settings,
    ) -> Result<Self, PostgresError> {
        let folder = &settings.folder;
        if let Some(major) = major_of(folder)?.filter(|major| *major != binaries.major) {
            return Err(PostgresError::OtherMajor { folder: folder.clone(), major });
        }
        private_folder(folder, account)?;
        account.check_reaches(&binaries.folder)?;
        account.check_reaches(folder)?;
        let address = match &settings.purpose {
            Purpose::Control | Purpose::Test => {
                let folder = socket_folder(settings)?;
                private_folder(&folder, account)?;
                Address::Socket { folder }
            }
            Purpose::Loopback { new_password, .. } => {
                let password = folder.join("password");
                if !folder.join("cluster").exists() {
                    write_private(&password, new_password)?;
                }
                Address::Loopback { port: free_port(folder)? }
            }
        };
        let cluster = Self {
            binaries: binaries.clone(),
            account: account.clone(),
            settings: settings.clone(),
            address,
        };
        super::init::init(&cluster)?;
        cluster.write_access()?;
        Ok(cluster)
    }

    pub fn address(&self) -> &Address {
        &self.address
    }

    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// The password of a loopback cluster, as it was set at the first start.
    pub fn password(&self) -> Result<String, PostgresError> {
        let path = self.settings.folder.join("password");
        fs::read_to_string(&path).map_err(PostgresError::io("read", path))
    }

    /// The server's command line, for whoever supervises it; [`super::Running`] is the usual way.
    pub fn command(&self) -> Command {
        let mut command = self.tool("postgres");
        command.arg("-D").arg(self.data());
        let folder = &self.settings.folder;
        let mut set = |name: &str, value: &str| {
            command.arg("-c").arg(format!("{name}={value}"));
        };
        match &self.address {
            Address::Socket { folder } => {
                set("listen_addresses", "");
                set("unix_socket_directories", &folder.to_string_lossy());
                set("port", &SOCKET_PORT.to_string());
            }
            Address::Loopback { port } => {
                set("listen_addresses", "127.0.0.1");
                set("unix_socket_directories", "");
                set("port", &port.to_string());
                set("password_encryption", "scram-sha-256");
            }
        }
        set("unix_socket_permissions", "0700");
        set("hba_file", &folder.join("hba.conf").to_string_lossy());
        set("ident_file", &folder.join("ident.conf").to_string_lossy());
        // A server of one machine: small, and it logs only what a person should see.
        for (name, value) in [
            ("shared_buffers", "32MB"),
            ("max_connections", "80"),
            ("max_wal_size", "256MB"),
            ("jit", "off"),
            ("log_min_messages", "log"),
            ("log_min_error_statement", "panic"),
            ("log_checkpoints", "off"),
            ("log_line_prefix", "%m [%p] %q%u@%d "),
            ("log_timezone", "UTC"),
            ("timezone", "UTC"),
        ] {
            set(name, value);
        }
        match &self.settings.purpose {
            Purpose::Control => {}
            Purpose::Loopback { .. } => set("synchronous_commit", "off"),
            Purpose::Test => {
                for (name, value) in [
                    ("fsync", "off"),
                    ("full_page_writes", "off"),
                    ("autovacuum", "off"),
                    ("max_connections", "200"),
                ] {
                    set(name, value);
                }
            }
        }
        command
    }

    pub(super) fn data(&self) -> PathBuf {
        self.settings.folder.join("cluster")
    }

    /// A command that runs as the cluster's account, in its folder, with nothing of our environment.
    pub(super) fn tool(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.folder.join(name));
        command.env_clear().env("LC_ALL", "C").env("TZ", "UTC").env("PATH", "/usr/bin:/bin");
        command.current_dir(&self.settings.folder);
        self.account.apply(&mut command);
        command
    }

    /// Who is asked for when looking whether the server accepts connections.
    pub(super) fn probe_names(&self) -> (&str, &str) {
        match &self.settings.purpose {
            Purpose::Control | Purpose::Test => (APPLICATION_ROLE, DATABASE),
            Purpose::Loopback { name, .. } => (name, name),
        }
    }

    fn write_access(&self) -> Result<(), PostgresError> {
        let folder = &self.settings.folder;
        let ours = format!("{OWNER_ROLE},{APPLICATION_ROLE},{INGEST_ROLE}");
        let hba = match &self.settings.purpose {
            Purpose::Control => format!("local {DATABASE} {ours} peer map=midplane\n"),
            Purpose::Test => "local all all peer map=midplane\n".to_owned(),
            Purpose::Loopback { name, .. } => {
                format!("host \"{name}\" \"{name}\" 127.0.0.1/32 scram-sha-256\n")
            }
        };
        let mut ident = String::new();
        if !matches!(self.settings.purpose, Purpose::Loopback { .. }) {
            let name = own_name()?.replace('"', "\"\"");
            let test = self.settings.purpose == Purpose::Test;
            for role in ours.split(',').chain(test.then_some("postgres")) {
                let _ = writeln!(ident, "midplane \"{name}\" {role}");
            }
        }
        for (name, text) in [("hba.conf", hba), ("ident.conf", ident)] {
            let path = folder.join(name);
            write_private(&path, &text)?;
            self.account.give(&path)?;
        }
        Ok(())
    }
}

/// Makes `path` a folder of mode 0700 that belongs to `account`.
fn private_folder(path: &Path, account: &Account) -> Result<(), PostgresError> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(PostgresError::io("make", path))?;
    let meta = path.symlink_metadata().map_err(PostgresError::io("look at", path))?;
    let ours = rustix::process::geteuid().as_raw();
    let theirs = match account {
        Account::Own { .. } => ours,
        Account::Other { uid, .. } => *uid,
    };
    if !meta.is_dir() || (meta.uid() != ours && meta.uid() != theirs) {
        let foreign = std::io::Error::other("it belongs to somebody else");
        return Err(PostgresError::io("use", path)(foreign));
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
        .map_err(PostgresError::io("close", path))?;
    account.give(path)
}

fn socket_folder(settings: &Settings) -> Result<PathBuf, PostgresError> {
    let own = settings.folder.join("s");
    if settings.folder.as_os_str().len() <= longest_folder() {
        return Ok(own);
    }
    let too_long = || PostgresError::PathTooLong { folder: settings.folder.clone() };
    let short = settings.short.as_ref().ok_or_else(too_long)?;
    let digest = hex::encode(Sha256::digest(settings.folder.as_os_str().as_encoded_bytes()));
    let folder = short.join(format!("mp-{}", &digest[..16]));
    if folder.join(SOCKET_NAME).as_os_str().len() > SOCKET_PATH {
        return Err(too_long());
    }
    Ok(folder)
}

/// The port of the last start if nobody else has it now, else any free one.
fn free_port(folder: &Path) -> Result<u16, PostgresError> {
    let memory = folder.join("port");
    let remembered = fs::read_to_string(&memory).ok().and_then(|text| text.trim().parse().ok());
    if let Some(port) = remembered {
        // Our own server may already listen there; then it is adopted.
        let running = folder.join("cluster/postmaster.pid").exists();
        if running || std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map_err(PostgresError::io("find a free port for", folder))?
        .port();
    write_private(&memory, &port.to_string())?;
    Ok(port)
}

fn write_private(path: &Path, text: &str) -> Result<(), PostgresError> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    let written = fs::write(&fresh, "")
        .and_then(|()| fs::set_permissions(&fresh, fs::Permissions::from_mode(0o600)))
        .and_then(|()| fs::write(&fresh, text))
        .and_then(|()| fs::rename(&fresh, path));
    written.map_err(PostgresError::io("write", path))
}

fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            other => {
                let _ = write!(encoded, "%{other:02X}");
            }
        }
    }
    encoded
}
