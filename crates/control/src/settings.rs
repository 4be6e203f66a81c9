//! What the binary tells the control plane when it starts it.
//!
//! Plain values, already resolved: no environment variable and no file of settings is read here or below.

use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Clone)]
pub struct Settings {
    /// The database as the role that owns the schema; used once, to migrate.
    pub owner_url: String,
    /// The database as the role that serves requests.
    pub application_url: String,
    /// The server's own folder: `kek`, `ca/`, `admin-token`, `git/`.
    pub data: PathBuf,
    pub http: SocketAddr,
    pub link: SocketAddr,
    /// How browsers and clients reach us; `http://<http>` when absent.
    pub public_url: Option<String>,
    /// `host:port` that runners dial, as join tokens carry it; `<link>` when absent.
    pub link_address: Option<String>,
    /// Tells two instances on one host apart, in the name of the cookie.
    pub instance: String,
    /// Where the first start writes the administrator's token; `<data>/admin-token` when absent.
    pub bootstrap_token_file: Option<PathBuf>,
    /// Names besides loopback and the public URL's under which browsers may call us.
    pub allowed_hosts: Vec<String>,
    /// Console, API and link on `http`, over TLS; `link` is then the same address.
    pub one_port: Option<OnePort>,
    /// `host:port` of this server's link as other servers of the installation reach it; `<link>` when absent.
    pub replica_address: Option<String>,
    pub sources: Sources,
    /// The console's files; empty when the binary was built without it.
    pub console: &'static [crate::rest::console::Asset],
}

/// Whose certificate browsers see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnePort {
    /// One of our own authority; browsers must be told to believe it.
    Own,
    /// PEM files, read again every day.
    Files { chain: PathBuf, key: PathBuf },
}

/// How Git sources over HTTPS are reached.
#[derive(Clone, Default)]
pub struct Sources {
    /// Hosts that may be reached although their address is private.
    pub private_hosts: Vec<String>,
    /// `http://host:port`; it may hold a password.
    pub proxy: Option<String>,
    /// Hosts that are reached without it, as in `NO_PROXY`.
    pub no_proxy: Option<String>,
    /// PEM, believed beside the system's authorities.
    pub extra_ca: Option<Vec<u8>>,
}

// Addresses of databases and proxies may hold passwords.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { data, http, link, instance, one_port, .. } = self;
        f.debug_struct("Settings")
            .field("data", data)
            .field("http", http)
            .field("link", link)
            .field("instance", instance)
            .field("one_port", one_port)
            .finish_non_exhaustive()
    }
}

impl Settings {
    pub fn token_file(&self) -> PathBuf {
        self.bootstrap_token_file.clone().unwrap_or_else(|| self.data.join("admin-token"))
    }

    pub fn base_url(&self) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None if self.one_port.is_some() => format!("https://{}", self.http),
            None => format!("http://{}", self.http),
        }
    }

    pub fn runner_address(&self) -> String {
        self.link_address.clone().unwrap_or_else(|| self.link.to_string())
    }

    pub fn replica_address(&self) -> String {
        self.replica_address.clone().unwrap_or_else(|| self.link.to_string())
    }
}
