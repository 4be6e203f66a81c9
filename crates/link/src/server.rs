//! The control plane's end of the link.
//!
//! ```text
//! accept ──admission──> TLS ──ALPN h2──> services (Enroll, Renew, Session, Artifact) ──> Handler
//!                          ├─midplane-data/1──> data (reversed: we are the HTTP/2 client)
//!                          ├─midplane-replica/1──> hop (another server asks for a runtime that is here)
//!                          └─anything else, with `Beside`──> the console, on the same port
//! registry: runtime -> its session and its connections; `wake` reaches all of them
//! ```
//! The link knows no store: `Handler` decides who may enrol, what is to run and what is kept. Who is calling follows
//! from the certificate alone and is asked again after each handshake, on each new stream and on each wake-up, which
//! is why a revoked runner loses its live connections at once.
//!
//! Nothing here dials a runner; `hop` dials another server, once for a request.

mod accept;
mod data;
mod hop;
mod peer;
mod registry;
mod services;
mod session;
mod telemetry;

pub use accept::{Arrival, Beside, ConsoleStream};
pub use data::DataError;
pub use hop::AWAY;
pub use peer::Peer;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::digest::Digest;
use domain::id::RuntimeId;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::refused::Refused;
use crate::seams::{Seams, telemetry as telemetry_seam};
use crate::tls::ServerTls;
use crate::wire;
use registry::Registry;

/// What the control plane decides. Implemented over the store; in this crate's tests by a plain type.
pub trait Handler: Send + Sync + 'static {
    /// Burns a token and signs. The same key may repeat it.
    fn enroll(
        &self,
        request: wire::EnrollRequest,
    ) -> impl Future<Output = Result<wire::EnrollReply, Refused>> + Send;

    /// Signs for a new key. `peer` may have expired, not more.
    fn renew(
        &self,
        peer: &Peer,
        request: wire::RenewRequest,
    ) -> impl Future<Output = Result<wire::EnrollReply, Refused>> + Send;

    /// Whether `peer` may (still) be connected: deny list and generation.
    fn admit(&self, peer: &Peer) -> impl Future<Output = Result<(), Refused>> + Send;

    /// Makes this the runtime's one session. Older epochs are refused from now on.
    fn open(
        &self,
        peer: &Peer,
        hello: &wire::RunnerHello,
    ) -> impl Future<Output = Result<Opened, Refused>> + Send;

    /// Unfinished commands after `seq`, in order. Refuses a session that was displaced.
    fn commands_after(
        &self,
        peer: &Peer,
        epoch: u64,
        seq: u64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<wire::Command>, Refused>> + Send;

    /// The runner has every command up to `seq` on disk.
    fn acknowledged(
        &self,
        peer: &Peer,
        epoch: u64,
        seq: u64,
    ) -> impl Future<Output = Result<(), Refused>> + Send;

    fn desired(
        &self,
        peer: &Peer,
        epoch: u64,
    ) -> impl Future<Output = Result<wire::Desired, Refused>> + Send;

    /// Stores new events, which follow each other and the last stored one without a gap, in one transaction.
    fn events(
        &self,
        peer: &Peer,
        epoch: u64,
        events: Vec<wire::Event>,
    ) -> impl Future<Output = Result<(), Refused>> + Send;

    fn heartbeat(
        &self,
        peer: &Peer,
        epoch: u64,
        beat: wire::Heartbeat,
    ) -> impl Future<Output = Result<(), Refused>> + Send;

    fn closed(&self, peer: &Peer, epoch: u64) -> impl Future<Output = ()> + Send;

    /// The bytes of an artifact, if this runtime may read it.
    fn artifact(
        &self,
        peer: &Peer,
        digest: Digest,
    ) -> impl Future<Output = Result<Bytes, Refused>> + Send;

    /// Where telemetry goes. Without one, runners keep theirs until there is.
    fn telemetry(&self) -> Option<Arc<dyn telemetry_seam::Receiver>> {
        None
    }
}

/// A session as the handler opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    pub epoch: u64,
    /// Of this journal: the newest event that is stored.
    pub last_event_seq: u64,
    /// The range of protocol versions is this build's; a handler may not widen it.
    pub clock_ms: i64,
}

/// Numbers that a test makes small.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// TLS handshakes at a time; more wait in the kernel's backlog, where they cost nothing.
    pub handshakes: usize,
    pub handshake: Duration,
    /// Three missed heartbeats.
    pub silence: Duration,
    /// Connections are aged out at this, ± 20 %, so that a new replica gets its share.
    pub age: Duration,
    /// The data connection closes after this without a request.
    pub data_idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshakes: 128,
            handshake: Duration::from_secs(5),
            silence: Duration::from_secs(45),
            age: Duration::from_mins(30),
            data_idle: Duration::from_mins(1),
        }
    }
}

pub struct Server<H> {
    handler: Arc<H>,
    tls: ServerTls,
    build: String,
    seams: Seams,
    limits: Limits,
    registry: Registry,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl<H> std::fmt::Debug for Server<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Server(..)")
    }
}

impl<H: Handler> Server<H> {
    pub fn new(
        handler: Arc<H>,
        tls: ServerTls,
        build: &str,
        seams: Seams,
        limits: Limits,
    ) -> Arc<Self> {
        Arc::new(Self {
            handler,
            tls,
            build: build.to_owned(),
            seams,
            limits,
            registry: Registry::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        })
    }

    /// Something about this runtime changed: look again whether it may be connected, what to send, what to run.
    pub fn wake(&self, runtime: RuntimeId) {
        self.registry.wake(runtime);
    }

    /// A command was written for this runtime: send it. Nothing else is looked at, so that it does not wait.
    pub fn wake_for_commands(&self, runtime: RuntimeId) {
        self.registry.wake_for_commands(runtime);
    }

    /// As `wake`, for all of them, after wake-ups may have been lost.
    pub fn wake_all(&self) {
        self.registry.wake_all();
    }

    /// Whether the runtime's session is on this server.
    pub fn holds(&self, runtime: RuntimeId) -> bool {
        self.registry.session(runtime).is_some()
    }
}
