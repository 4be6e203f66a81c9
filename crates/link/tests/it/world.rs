//! A server over `memory`, and runners that join it.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use jiff::Timestamp;
use link::Seams;
use link::client::{Beat, Client, DataBody, Identity, JoinError, Network, Settings, join};
use link::journal::Journal;
use link::server::{Limits, Server};
use link::tls::{ServerCertificate, ServerTls};
use link::token::{JoinToken, Secret};
use link::wire;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::memory::Memory;

const SECRET: [u8; 32] = [42; 32];

pub(crate) struct World {
    pub(crate) memory: Arc<Memory>,
    pub(crate) server: Arc<Server<Memory>>,
    pub(crate) address: String,
    pub(crate) tls: ServerTls,
    _stop: DropGuard,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        let memory = Arc::new(Memory::new(Secret::new(SECRET).digest()));
        let certificate = memory.intermediate.server(memory.now()).unwrap();
        let root = &memory.root.certificate;
        let shown =
            ServerCertificate::new(&certificate, &memory.intermediate.certificate, root).unwrap();
        let seams = seams(&memory);
        let tls = ServerTls::new(std::slice::from_ref(root), shown, &seams).unwrap();
        let server = Server::new(Arc::clone(&memory), tls.clone(), "test", seams, limits);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let stop = CancellationToken::new();
        spawn(Arc::clone(&server).run(listener, stop.clone()));
        Self { memory, server, address, tls, _stop: stop.drop_guard() }
    }

    pub(crate) fn token(&self) -> JoinToken {
        JoinToken {
            address: self.address.clone(),
            pin: link::authority::pin(&self.memory.root.certificate).unwrap(),
            secret: Secret::new(SECRET),
        }
    }

    pub(crate) async fn join(&self, dir: &Path) -> Result<Identity, JoinError> {
        let seams = seams(&self.memory);
        join(&self.token(), dir, &Network::default(), "test", &[], &seams).await
    }

    pub(crate) async fn runner(&self, dir: &Path) -> Runner {
        self.join(dir).await.unwrap();
        self.start(dir)
    }

    pub(crate) fn start(&self, dir: &Path) -> Runner {
        let journal = Journal::open(&dir.join("journal")).unwrap();
        let settings = Settings {
            dir: dir.to_owned(),
            build: "test".to_owned(),
            capabilities: vec!["logs".to_owned()],
            network: Network::default(),
            seams: seams(&self.memory),
        };
        let client = Arc::new(Client::new(settings, journal.clone()).unwrap());
        let heard = Arc::new(Heard { journal: journal.clone(), told: Mutex::default() });
        let stop = CancellationToken::new();
        spawn(Arc::clone(&client).run(Arc::clone(&heard), stop.clone()));
        Runner { client, journal, heard, _stop: stop.drop_guard() }
    }
}

pub(crate) struct Runner {
    pub(crate) client: Arc<Client>,
    pub(crate) journal: Journal,
    pub(crate) heard: Arc<Heard>,
    _stop: DropGuard,
}

/// What the runner was told; every command gets a result at once.
pub(crate) struct Heard {
    journal: Journal,
    told: Mutex<(Vec<wire::Command>, Vec<wire::Desired>)>,
}

impl Heard {
    pub(crate) fn commands(&self) -> Vec<u64> {
        self.told.lock().unwrap().0.iter().map(|command| command.seq).collect()
    }

    pub(crate) fn desired(&self) -> Option<wire::Desired> {
        self.told.lock().unwrap().1.last().cloned()
    }
}

impl link::client::Handler for Heard {
    async fn heartbeat(&self) -> Beat {
        Beat::default()
    }

    async fn generations(&self) -> Vec<wire::Generation> {
        Vec::new()
    }

    async fn command(&self, command: wire::Command) {
        self.told.lock().unwrap().0.push(command.clone());
        let result = wire::CommandResult {
            command_id: command.id,
            ok: true,
            ..wire::CommandResult::default()
        };
        let result = wire::event::Event::Result(result);
        self.journal.event(Timestamp::UNIX_EPOCH, result).await.unwrap();
    }

    async fn desired(&self, desired: wire::Desired) {
        self.told.lock().unwrap().1.push(desired);
    }

    /// `/endless` never ends; anything else is echoed.
    async fn data(&self, request: Request<Incoming>) -> Response<DataBody> {
        if request.uri().path() == "/endless" {
            let chunk = Bytes::from(vec![b'x'; 32 << 10]);
            let chunks = futures::stream::repeat_with(move || Ok(Frame::data(chunk.clone())));
            return Response::new(StreamBody::new(chunks).boxed());
        }
        let path = Bytes::from(request.uri().path().to_owned());
        Response::new(Full::new(path).map_err(|never| match never {}).boxed())
    }
}

pub(crate) fn seams(memory: &Arc<Memory>) -> Seams {
    let memory = Arc::clone(memory);
    // Enough to tell boots apart; the jitter becomes short.
    let counter = std::sync::atomic::AtomicU64::new(1);
    Seams::new(
        move || memory.now(),
        move || counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed),
    )
}

#[expect(clippy::disallowed_methods, reason = "a test has no lifecycle")]
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

/// Waits for `condition`, for ten seconds at most.
#[track_caller]
pub(crate) fn until(what: &str, condition: impl Fn() -> bool) -> impl Future<Output = ()> {
    let at = std::panic::Location::caller();
    async move {
        let looked = async {
            while !condition() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let done = tokio::time::timeout(Duration::from_secs(10), looked).await;
        assert!(done.is_ok(), "{at}: still not: {what}");
    }
}
