//! The HTTP client of downloads: proxy, certificates, time-outs, one GET with a range.
//!
//! Certificates are judged as the operating system judges them; with an extra CA file the system's
//! roots and those of the file together are trusted (a platform verifier takes no additions).
//! Redirects are followed up to ten, credentials do not follow to another host.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};
use ureq::{Agent, Proxy};

use super::{DownloadError, Want};

const CONNECT: Duration = Duration::from_secs(15);

/// No bytes for this long means a dead connection; the transfer then resumes on a new one.
const SILENCE: Duration = Duration::from_secs(30);

/// How this machine reaches the outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// `http://[user:password@]host:port`
    pub proxy: Option<String>,
    /// Comma-separated hosts that are reached directly, as in `NO_PROXY`.
    pub no_proxy: Option<String>,
    /// PEM file with certificates trusted beside the system's.
    pub extra_ca: Option<PathBuf>,
}

impl Network {
    /// Reads the usual variables through `lookup` (the binary passes the process environment).
    pub fn from_variables(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let first = |names: &[&str]| {
            names.iter().find_map(|name| lookup(name).filter(|value| !value.is_empty()))
        };
        Self {
            proxy: first(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]),
            no_proxy: first(&["NO_PROXY", "no_proxy"]),
            extra_ca: first(&["MIDPLANE_EXTRA_CA"]).map(PathBuf::from),
        }
    }
}

/// Cheap to clone, usable from many threads; keeps connections open between downloads.
#[derive(Clone, Debug)]
pub struct Client {
    agent: Agent,
}

pub(super) struct Answer {
    /// Offset in the file at which `body` begins.
    pub(super) start: u64,
    pub(super) body: Box<dyn Read>,
}

impl Client {
    pub fn new(network: &Network) -> Result<Self, DownloadError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(provider)
            .root_certs(roots(network)?)
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .proxy(proxy(network)?)
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(SILENCE))
            .timeout_per_read(Some(SILENCE))
            .http_status_as_error(false)
            .max_idle_connections_per_host(8) // as many as the fetch of a base library runs at once
            .user_agent(concat!("midplane/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { agent: config.new_agent() })
    }

    /// One GET or HEAD of anything, whatever the status; at most `limit` bytes of its body. No redirect is followed.
    pub fn read(
        &self,
        method: &str,
        url: &str,
        headers: &[(String, String)],
        limit: u64,
        within: Duration,
    ) -> Result<Reading, DownloadError> {
        let failed = |err: ureq::Error| DownloadError::Network {
            url: url.to_owned(),
            source: Box::new(err),
        };
        let request = if method == "HEAD" { self.agent.head(url) } else { self.agent.get(url) };
        let mut request = request.config().max_redirects(0).timeout_global(Some(within)).build();
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let response = request.call().map_err(failed)?;
        let status = response.status().as_u16();
        let text = |value: &ureq::http::HeaderValue| value.to_str().ok().map(str::to_owned);
        let headers = response
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?)))
            .collect();
        let mut body = Vec::new();
        response
            .into_body()
            .into_reader()
            .take(limit + 1)
            .read_to_end(&mut body)
            .map_err(|err| failed(ureq::Error::Io(err)))?;
        let is_cut = body.len() as u64 > limit;
        Ok(Reading { status, headers, body, is_cut })
    }

    pub(super) fn get(&self, want: &Want<'_>, from: u64) -> Result<Answer, DownloadError> {
        let url = || want.url.to_owned();
        let mut request = self.agent.get(want.url);
        if from > 0 {
            request = request.header("range", format!("bytes={from}-"));
        }
        if let Some(value) = want.authorization {
            request = request.header("authorization", value);
        }
        let response = request
            .call()
            .map_err(|err| DownloadError::Network { url: url(), source: Box::new(err) })?;
        let start = match response.status().as_u16() {
            200 => 0,
            206 => response
                .headers()
                .get("content-range")
                .and_then(|value| first_byte(value.to_str().ok()?))
                .unwrap_or(0),
            // The part file is as long as, or longer than, what they have.
            416 if from > 0 => return self.get(want, 0),
            404 | 410 => return Err(DownloadError::NotFound { url: url() }),
            status => return Err(DownloadError::Refused { url: url(), status }),
        };
        if start != 0 && start != from {
            return self.get(want, 0);
        }
        Ok(Answer { start, body: Box::new(response.into_body().into_reader()) })
    }
}

/// What a host answered to a read.
#[derive(Clone, PartialEq, Eq)]
pub struct Reading {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// There was more than was wanted.
    pub is_cut: bool,
}

/// `bytes 100-199/200` -> 100
fn first_byte(content_range: &str) -> Option<u64> {
    content_range.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}

fn proxy(network: &Network) -> Result<Option<Proxy>, DownloadError> {
    let Some(given) = &network.proxy else { return Ok(None) };
    let refused = |_| DownloadError::Proxy { proxy: given.clone() };
    let plain = Proxy::new(given).map_err(refused)?;
    let Some(direct) = &network.no_proxy else { return Ok(Some(plain)) };
    let mut builder = Proxy::builder(plain.protocol()).host(plain.host()).port(plain.port());
    if let Some(user) = plain.username() {
        builder = builder.username(user);
    }
    if let Some(password) = plain.password() {
        builder = builder.password(password);
    }
    for host in direct.split(',').map(str::trim).filter(|host| !host.is_empty()) {
        builder = builder.no_proxy(host);
    }
    builder.build().map(Some).map_err(refused)
}

fn roots(network: &Network) -> Result<RootCerts, DownloadError> {
    let Some(path) = &network.extra_ca else { return Ok(RootCerts::PlatformVerifier) };
    let refused = |source| DownloadError::ExtraCa { path: path.clone(), source: Box::new(source) };
    let pem = std::fs::read(path).map_err(|err| refused(ureq::Error::Io(err)))?;
    let mut certificates = Vec::new();
    for item in ureq::tls::parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(refused)? {
            certificates.push(certificate);
        }
    }
    let system = rustls_native_certs::load_native_certs().certs;
    certificates.extend(system.iter().map(|der| Certificate::from_der(der).to_owned()));
    Ok(RootCerts::from(certificates))
}
