//! The runner's end of the link.
//!
//! `join` trades a token for an identity, once. After that `Client::run` keeps one session open for ever: connect, say
//! where the journal stands, take commands and desired state, send events and heartbeats; renew at half life; come
//! back with full jitter after anything. A command is on disk before it is acknowledged and an event before it is
//! sent, hence a crash of either side repeats and loses nothing.
//!
//! What is done with a command is the `Handler`'s business. It is only told things; what it did comes back through
//! the journal.

mod backoff;
mod data;
pub(crate) mod dial;
mod fetch;
mod identity;
mod join;
mod network;
mod renew;
mod session;
mod telemetry;

pub use data::DataBody;
pub use dial::DialError;
pub use fetch::FetchError;
pub use identity::{Identity, IdentityError};
pub use join::{JoinError, join};
pub use network::{BadNetwork, Network, Proxy};
pub use telemetry::Source;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::journal::Journal;
use crate::seams::Seams;
use crate::wire;
use backoff::Backoff;
use dial::Link;

/// What the runner is told and asked. Every call only hands over: a session waits for it.
pub trait Handler: Send + Sync + 'static {
    /// Asked every 15 s and after `Client::nudge`.
    fn heartbeat(&self) -> impl Future<Output = Beat> + Send;

    /// The newest generation accepted for each workload.
    fn generations(&self) -> impl Future<Output = Vec<wire::Generation>> + Send;

    /// A journaled command. Comes again after a restart until its result is journaled.
    fn command(&self, command: wire::Command) -> impl Future<Output = ()> + Send;

    /// Everything that is to run here.
    fn desired(&self, desired: wire::Desired) -> impl Future<Output = ()> + Send;

    /// A request over the data connection.
    fn data(&self, request: Request<Incoming>) -> impl Future<Output = Response<DataBody>> + Send;
}

/// What a heartbeat carries beside what the client knows itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beat {
    pub workloads: Vec<wire::WorkloadState>,
    pub conditions: Vec<wire::Condition>,
    pub rss_bytes: u64,
    pub figures: Vec<wire::Figure>,
}

pub struct Settings {
    /// The folder of the identity.
    pub dir: PathBuf,
    pub build: String,
    pub capabilities: Vec<String>,
    pub network: Network,
    pub seams: Seams,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    Connecting,
    Connected {
        since: Timestamp,
    },
    /// `code`: as the server refused, or which hop failed.
    Waiting {
        code: String,
        message: String,
        until: Timestamp,
    },
}

pub struct Client {
    settings: Settings,
    journal: Journal,
    identity: RwLock<Arc<Identity>>,
    renewed: Mutex<Option<Instant>>,
    boot_id: String,
    current: watch::Sender<Option<Link>>,
    state: watch::Sender<LinkState>,
    nudge: Notify,
    tasks: TaskTracker,
    skew_ms: watch::Sender<Option<i64>>,
    address: Option<String>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client(..)")
    }
}

impl Client {
    /// For a folder that joined.
    pub fn new(settings: Settings, journal: Journal) -> Result<Self, IdentityError> {
        let identity = Identity::load(&settings.dir)?.ok_or(IdentityError::NotJoined)?;
        let boot_id = format!("{:016x}{:016x}", settings.seams.random(), settings.seams.random());
        Ok(Self {
            settings,
            journal,
            identity: RwLock::new(Arc::new(identity)),
            renewed: Mutex::new(None),
            boot_id,
            current: watch::Sender::new(None),
            state: watch::Sender::new(LinkState::Connecting),
            nudge: Notify::new(),
            tasks: TaskTracker::new(),
            skew_ms: watch::Sender::new(None),
            address: None,
        })
    }

    /// Dials another address than the one joined at; who answers is checked all the same.
    #[must_use]
    pub fn at(self, address: Option<String>) -> Self {
        Self { address, ..self }
    }

    fn address(&self) -> String {
        self.address.clone().unwrap_or_else(|| self.identity().address.clone())
    }

    /// Our clock minus the control plane's, as of the last welcome.
    pub fn skew_ms(&self) -> watch::Receiver<Option<i64>> {
        self.skew_ms.subscribe()
    }

    pub fn identity(&self) -> Arc<Identity> {
        Arc::clone(&self.identity.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    pub fn state(&self) -> watch::Receiver<LinkState> {
        self.state.subscribe()
    }

    /// Sends a heartbeat now, because a workload's state changed.
    pub fn nudge(&self) {
        self.nudge.notify_one();
    }

    /// Keeps the link up until `shutdown`.
    pub async fn run<H: Handler>(self: Arc<Self>, handler: Arc<H>, shutdown: CancellationToken) {
        for command in self.journal.pending_commands() {
            handler.command(command).await;
        }
        let mut backoff = Backoff::default();
        loop {
            self.state.send_replace(LinkState::Connecting);
            let began = Instant::now();
            let ended = tokio::select! {
                () = shutdown.cancelled() => break,
                ended = session::once(&self, &handler, &shutdown) => ended,
            };
            self.current.send_replace(None);
            let wait = backoff.next(
                began.elapsed(),
                ended.retry_after,
                ended.at_once,
                self.settings.seams.random(),
            );
            let until = self.settings.seams.now() + wait;
            if !ended.at_once {
                let (code, message) = (&ended.code, &ended.message);
                tracing::info!(
                    code,
                    reason = message,
                    wait_ms = wait.as_millis(),
                    "the link ended"
                );
            }
            self.state.send_replace(LinkState::Waiting {
                code: ended.code,
                message: ended.message,
                until,
            });
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.current.send_replace(None);
        self.tasks.close();
        // Data connections end with the token; a stuck one must not hold up the exit.
        let _ = tokio::time::timeout(Duration::from_secs(2), self.tasks.wait()).await;
    }
}
