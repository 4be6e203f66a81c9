//! The certificates that a server makes for itself, each exchanged while serving.
//!
//! ```text
//! intermediate (90 days) ──> the link's listener, the replica's own, the console's on a shared port (7 days each)
//! ```
//! All are looked at once a day. What is in use serves on when there is no newer one, and the log says so each day: there
//! are days to act, for the intermediate a month.

use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use link::server::Beside;
use link::tls::{ALPN_REPLICA, Trust, client_config};
use rustls::ClientConfig;
use uuid::Uuid;

use super::{LinkServer, LinkServerError};
use crate::ca::Authority;
use crate::one_port::{Arrivals, Console, OnePortError};
use crate::settings::OnePort;

/// How this server calls another one.
pub(super) fn calls(
    authority: &Authority,
    replica: Uuid,
    seams: &link::Seams,
    now: Timestamp,
) -> Result<Arc<ClientConfig>, LinkServerError> {
    let (chain, key) = authority.replica(replica, now)?;
    let trust = Trust::Roots(authority.roots());
    Ok(client_config(trust, Some((chain, &key)), ALPN_REPLICA, seams)?)
}

impl LinkServer {
    /// Lets the console use the link's port.
    pub fn share(&self, source: OnePort) -> Result<(Beside, Arrivals), OnePortError> {
        let (settings, now) = (&self.server.settings, self.server.system.now());
        let console = Console::new(source, settings, &self.server.authority, now)?;
        let console = self.console.get_or_init(|| console);
        console.share(settings.http, &self.seams)
    }

    pub(super) async fn renew_certificates(self: &Arc<Self>) {
        let this = Arc::clone(self);
        // Reads and writes files, under a lock that another server may hold.
        let renewed = tokio::task::spawn_blocking(move || this.renew(this.server.system.now()));
        if let Err(err) = renewed.await {
            tracing::error!(error = &err as &dyn std::error::Error, "renew the certificates");
        }
    }

    fn renew(&self, now: Timestamp) {
        let authority = &self.server.authority;
        if let Err(err) = authority.renew(now) {
            failed("the intermediate certificate", err.code(), &err);
        }
        match authority.server_certificate(now) {
            Ok(next) => self.tls.replace(&next),
            Err(err) => failed("the listener's certificate", err.code(), &err),
        }
        match calls(authority, self.replica, &self.seams, now) {
            Ok(next) => *self.calls.write().unwrap_or_else(PoisonError::into_inner) = next,
            Err(err) => failed("the replica's certificate", err.code(), &err),
        }
        if let Some(console) = self.console.get()
            && let Err(err) = console.renew(authority, now)
        {
            failed("the console's certificate", err.code(), &err);
        }
    }

    pub(super) fn calls(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.calls.read().unwrap_or_else(PoisonError::into_inner))
    }
}

fn failed(what: &str, code: &str, err: &(dyn std::error::Error + 'static)) {
    tracing::error!(code, error = err, "renew {what}");
}
