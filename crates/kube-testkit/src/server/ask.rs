//! Plain requests as the administrator over kept connections: for waiting, filling and counting without a process for each.

use std::io;
use std::sync::Arc;
use std::time::Duration;

/// A list of ten thousand objects takes a second on a busy machine of two cores.
const ANSWERED_WITHIN: Duration = Duration::from_secs(60);
/// Callers that ask at the same time; a connection for each stays.
const KEPT: usize = 8;

#[derive(Clone, Debug)]
pub struct Asker {
    agent: ureq::Agent,
    url: String,
    authorization: String,
}

impl Asker {
    pub(super) fn new(url: &str, token: &str, authority: &str) -> io::Result<Self> {
        let certificate =
            ureq::tls::Certificate::from_pem(authority.as_bytes()).map_err(io::Error::other)?;
        let tls = ureq::tls::TlsConfig::builder()
            .root_certs(ureq::tls::RootCerts::new_with_certs(&[certificate]))
            .unversioned_rustls_crypto_provider(Arc::new(
                rustls::crypto::aws_lc_rs::default_provider(),
            ))
            .build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(ANSWERED_WITHIN))
            .max_idle_connections(KEPT)
            .max_idle_connections_per_host(KEPT)
            .proxy(None)
            .build()
            .new_agent();
        Ok(Self { agent, url: url.to_owned(), authorization: format!("Bearer {token}") })
    }

    pub fn get(&self, path: &str) -> io::Result<String> {
        let answer = self
            .agent
            .get(format!("{}{path}", self.url))
            .header("Authorization", &self.authorization)
            .call();
        read(answer)
    }

    pub fn post(&self, path: &str, body: &str) -> io::Result<String> {
        let answer = self
            .agent
            .post(format!("{}{path}", self.url))
            .header("Authorization", &self.authorization)
            .header("Content-Type", "application/json")
            .send(body);
        read(answer)
    }
}

fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> io::Result<String> {
    /// A socket with a thousand plugs has 200 KB, a page of 500 plugs 2 MB.
    const LARGEST: u64 = 64 * 1024 * 1024;
    let mut answer = answer.map_err(ureq::Error::into_io)?;
    answer.body_mut().with_config().limit(LARGEST).read_to_string().map_err(ureq::Error::into_io)
}
