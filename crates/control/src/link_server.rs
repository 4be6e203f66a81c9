//! The link's end of the control plane: `link::server` over the store.
//!
//! ```text
//! bus `runtime` ──> wake ──> session looks: revoked? commands? desired?    bus `queued` ──> commands alone
//! runner ──> handler ──> one Tx: cursor of events + app (phases, results, heartbeats) ──> bus
//! ```
//! Several replicas may run; a runner's session is on one of them, and its epoch in the store fences the others. The
//! handler decides nothing itself: it loads, asks `domain`, stores.
//!
//! `logs` reads a workload's log over the runner's data connection, or by one hop over the server that has it.
//! `certificates` are what the server makes for itself.

mod certificates;
mod convert;
mod handler;
mod logs;

pub use logs::{LogQuery, LogStream};

use std::sync::{Arc, OnceLock, RwLock};
use std::time::Duration;

use domain::id::RuntimeId;
use link::Seams;
use link::server::{Beside, Limits};
use link::tls::{ServerTls, Unusable};
use rustls::ClientConfig;
use store::bus::Wake;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::ca::CaError;
use crate::ingest::Ingest;
use crate::one_port::Console;
use crate::server::Server;
use handler::Handler;

/// Certificates of the server itself live for a week and are replaced daily.
const NEW_CERTIFICATE: Duration = Duration::from_hours(24);
/// Commands past their deadline are given up this often; nobody waits for the second.
const EXPIRE: Duration = Duration::from_secs(5);

pub struct LinkServer {
    server: Server,
    tls: ServerTls,
    replica: Uuid,
    seams: Seams,
    /// How this server calls another one; exchanged when its certificate is.
    calls: RwLock<Arc<ClientConfig>>,
    /// Set when the console shares the port.
    console: OnceLock<Console>,
    link: Arc<link::server::Server<Handler>>,
}

impl std::fmt::Debug for LinkServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkServer(..)")
    }
}

#[derive(Debug, thiserror::Error)]
pub enum LinkServerError {
    #[error("open the certificate authority")]
    Authority(#[from] CaError),
    #[error("prepare TLS for the link")]
    Tls(#[from] Unusable),
}

impl LinkServerError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Authority(err) => err.code(),
            Self::Tls(_) => "MP-ENROL-13",
        }
    }
}

impl LinkServer {
    /// Prepares to serve with a certificate of the server's authority.
    pub fn new(server: &Server, ingest: &Ingest) -> Result<Arc<Self>, LinkServerError> {
        let now = server.system.now();
        let authority = Arc::clone(&server.authority);
        let (clock, random) = (server.system.clone(), server.system.clone());
        let seams =
            Seams::new(move || clock.now(), move || u64::from_le_bytes(random.random::<8>()));
        let tls = ServerTls::new(&authority.roots(), authority.server_certificate(now)?, &seams)?;
        let replica = server.system.new_id();
        let handler = Handler::new(server.clone(), replica, ingest.clone());
        let link = link::server::Server::new(
            Arc::new(handler),
            tls.clone(),
            env!("CARGO_PKG_VERSION"),
            seams.clone(),
            Limits::default(),
        );
        let calls = RwLock::new(certificates::calls(&authority, replica, &seams, now)?);
        let (server, console) = (server.clone(), OnceLock::new());
        Ok(Arc::new(Self { server, tls, replica, seams, calls, console, link }))
    }

    /// Serves until `shutdown`.
    pub async fn run(
        self: Arc<Self>,
        listener: TcpListener,
        console: Option<Beside>,
        shutdown: CancellationToken,
    ) -> Result<(), LinkServerError> {
        let serving = Arc::clone(&self.link).run_beside(listener, shutdown.clone(), console);
        let beside = async {
            tokio::select! {
                () = self.wake() => {}
                () = self.keep() => {}
                () = shutdown.cancelled() => {}
            }
        };
        tokio::join!(serving, beside);
        Ok(())
    }

    async fn wake(&self) {
        let mut changes = self.server.bus.subscribe(store::desired::TOPIC);
        let mut queued = self.server.bus.subscribe(store::command::QUEUED);
        loop {
            tokio::select! {
                wake = queued.next() => match wake {
                    Some(Wake::Changed { organization: _, id }) => {
                        self.link.wake_for_commands(RuntimeId(id));
                    }
                    Some(Wake::Everything) => self.link.wake_all(),
                    None => return,
                },
                wake = changes.next() => match wake {
                    Some(Wake::Changed { organization: _, id }) => self.link.wake(RuntimeId(id)),
                    Some(Wake::Everything) => self.link.wake_all(),
                    None => return,
                },
            }
        }
    }

    async fn keep(self: &Arc<Self>) {
        let mut certificate = tokio::time::interval(NEW_CERTIFICATE);
        let mut expire = tokio::time::interval(EXPIRE);
        certificate.tick().await;
        loop {
            tokio::select! {
                _ = certificate.tick() => self.renew_certificates().await,
                _ = expire.tick() => {
                    if let Err(err) = crate::app::command::expire(&self.server).await {
                        tracing::warn!(error = &err as &dyn std::error::Error, "give up late commands");
                    }
                }
            }
        }
    }
}
