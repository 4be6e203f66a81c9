//! Console, API and link on one port, told apart by the protocols that a caller offers (ALPN).
//!
//! ```text
//! TCP ──> link::server ──ClientHello──> h2 alone | midplane-data | midplane-replica ──> the link, mutual TLS
//!                                  └──> http/1.1, h2 with it, or none ──> Arrivals ──> axum, the console's certificate
//! ```
//! The console's certificate comes from files, or is one of our own authority. Either is looked at again every day by the
//! link's keeper, so that a renewed file is used without a restart. Plain HTTP is not answered on such a port.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request};
use axum::serve::{IncomingStream, Listener};
use jiff::Timestamp;
use link::Seams;
use link::server::{Arrival, Beside, ConsoleStream};
use link::tls::{ServerCertificate, Unusable, console_config};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::sync::mpsc;

use crate::ca::{Authority, CaError};
use crate::settings::{OnePort, Settings};

/// Callers whose handshake is done and whom nobody served yet; more are closed.
const WAITING: usize = 256;

#[derive(Debug, thiserror::Error)]
pub enum OnePortError {
    #[error("read `{path}`")]
    Read { path: PathBuf, source: rustls::pki_types::pem::Error },
    #[error("`{0}` holds no certificate")]
    Empty(PathBuf),
    #[error("use the console's certificate")]
    Unusable(#[from] Unusable),
    #[error("certify the console")]
    Authority(#[from] CaError),
}

impl OnePortError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } | Self::Empty(_) | Self::Unusable(_) => "MP-API-22",
            Self::Authority(err) => err.code(),
        }
    }
}

/// The console's side of the port: its certificate, renewed by whoever holds this.
#[derive(Clone, Debug)]
pub struct Console {
    source: OnePort,
    hosts: Vec<String>,
    shown: Arc<ServerCertificate>,
}

impl Console {
    pub fn new(
        source: OnePort,
        settings: &Settings,
        authority: &Authority,
        now: Timestamp,
    ) -> Result<Self, OnePortError> {
        let hosts = hosts(settings);
        let shown = Arc::new(certificate(&source, &hosts, authority, now)?);
        Ok(Self { source, hosts, shown })
    }

    /// Shows what the files hold now, or a fresh one of our own.
    pub fn renew(&self, authority: &Authority, now: Timestamp) -> Result<(), OnePortError> {
        self.shown.replace(&certificate(&self.source, &self.hosts, authority, now)?);
        Ok(())
    }

    /// Both ends of the way from the port to the console.
    pub fn share(
        &self,
        address: SocketAddr,
        seams: &Seams,
    ) -> Result<(Beside, Arrivals), OnePortError> {
        let (arrivals, waiting) = mpsc::channel(WAITING);
        let config = console_config(Arc::clone(&self.shown), seams)?;
        Ok((Beside { config, arrivals }, Arrivals { waiting, address }))
    }
}

fn certificate(
    source: &OnePort,
    hosts: &[String],
    authority: &Authority,
    now: Timestamp,
) -> Result<ServerCertificate, OnePortError> {
    let (chain, key) = match source {
        OnePort::Own => return Ok(authority.console_certificate(hosts, now)?),
        OnePort::Files { chain, key } => (chain, key),
    };
    let read = |path: &Path| {
        let path = path.to_owned();
        move |source| OnePortError::Read { path, source }
    };
    let found: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(chain).map_err(read(chain))?.collect();
    let found = found.map_err(read(chain))?;
    if found.is_empty() {
        return Err(OnePortError::Empty(chain.clone()));
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(read(key))?;
    Ok(ServerCertificate::of_chain(found, &key)?)
}

/// Under which names and addresses our own certificate is good.
fn hosts(settings: &Settings) -> Vec<String> {
    let mut hosts = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if !settings.http.ip().is_unspecified() {
        hosts.push(settings.http.ip().to_string());
    }
    let url = settings.public_url.as_ref().and_then(|url| url.parse::<http::Uri>().ok());
    let public = url.as_ref().and_then(http::Uri::host);
    let more = public.into_iter().chain(settings.allowed_hosts.iter().map(String::as_str));
    hosts.extend(more.map(|host| host.trim_matches(['[', ']']).to_owned()));
    hosts.sort();
    hosts.dedup();
    hosts
}

/// Callers of the console, as axum takes them.
#[derive(Debug)]
pub struct Arrivals {
    waiting: mpsc::Receiver<Arrival>,
    address: SocketAddr,
}

impl Listener for Arrivals {
    type Io = ConsoleStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.waiting.recv().await {
            Some(arrival) => arrival,
            // The link's listener ended; its own end is what the process hears.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        Ok(self.address)
    }
}

/// Where a caller came from, as axum hands it to a service.
#[derive(Clone, Copy, Debug)]
pub struct Remote(SocketAddr);

impl Connected<IncomingStream<'_, Arrivals>> for Remote {
    fn connect_info(stream: IncomingStream<'_, Arrivals>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// Routes ask for the address as a plain listener gives it.
pub async fn plain(ConnectInfo(from): ConnectInfo<Remote>, mut request: Request) -> Request {
    request.extensions_mut().insert(ConnectInfo(from.0));
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_hold_no_certificate_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let authority = Authority::open(&dir.path().join("ca"), now).unwrap();
        let (chain, key) = (dir.path().join("chain.pem"), dir.path().join("key.pem"));
        let files = OnePort::Files { chain: chain.clone(), key: key.clone() };
        let says = || certificate(&files, &[], &authority, now).unwrap_err().to_string();
        assert_eq!(says(), format!("read `{}`", chain.display()));
        std::fs::write(&chain, "no certificate").unwrap();
        assert_eq!(says(), format!("`{}` holds no certificate", chain.display()));
        std::fs::copy(dir.path().join("ca/intermediate.pem"), &chain).unwrap();
        std::fs::copy(dir.path().join("ca/root-key.pem"), &key).unwrap();
        assert_eq!(says(), "use the console's certificate", "the key is another's");
        std::fs::copy(dir.path().join("ca/intermediate-key.pem"), &key).unwrap();
        assert!(certificate(&files, &[], &authority, now).is_ok());
    }
}
