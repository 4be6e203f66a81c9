//! What the binary tells the control plane when it starts it.
//!
//! Plain values, already resolved: no environment variable and no file of settings is read here or below.

use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Clone, Debug)]
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
}

impl Settings {
    pub fn token_file(&self) -> PathBuf {
        self.bootstrap_token_file.clone().unwrap_or_else(|| self.data.join("admin-token"))
    }

    pub fn base_url(&self) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.http),
        }
    }

    pub fn runner_address(&self) -> String {
        self.link_address.clone().unwrap_or_else(|| self.link.to_string())
    }
}
