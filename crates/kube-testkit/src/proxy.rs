//! A proxy on loopback, before an API server, that breaks requests on purpose.
//!
//! ```text
//! client --http--> proxy --https--> kube-apiserver
//!                    | rules: which requests, what fault, how often
//!                    | cut(): ends every watch that is open
//!                    | kill_after(n): after the n-th write was done, nobody gets an answer any more
//! ```
//! It forwards what it does not break unchanged, streams included, and remembers every write. `kill_after` is how the death of a client
//! after any write is enumerated: the write is in the cluster, its answer is lost, and everything the client tries later fails, as if it
//! had died there. `revive` is its restart.

mod fault;
mod serve;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

pub use fault::{Fault, Rule};
use tokio::sync::watch;

use crate::Server;

/// A write that reached the API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    pub method: String,
    /// With its query.
    pub path: String,
    pub status: u16,
}

/// A running proxy; it ends with its last clone and its connections.
#[derive(Clone)]
pub struct FaultProxy {
    pub url: String,
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    upstream: String,
    client: reqwest::Client,
    state: Mutex<State>,
    /// Counts the cuts; an open watch ends when it changes.
    cuts: watch::Sender<u64>,
}

#[derive(Default)]
pub(crate) struct State {
    rules: Vec<Rule>,
    writes: Vec<Write>,
    kill_after: Option<usize>,
    /// Writes since `kill_after` was called.
    counted: usize,
    dead: bool,
    /// It was dead once.
    died: bool,
    /// Faults that were injected.
    injected: u64,
}

impl FaultProxy {
    pub async fn start(server: &Server) -> Self {
        let certificate =
            reqwest::Certificate::from_pem(server.authority.as_bytes()).expect("a certificate");
        let client = reqwest::Client::builder()
            .tls_certs_only([certificate])
            .no_proxy()
            .http1_only()
            .build()
            .expect("an HTTP client");
        let shared = Arc::new(Shared {
            upstream: server.url.clone(),
            client,
            state: Mutex::default(),
            cuts: watch::Sender::new(0),
        });
        let address: SocketAddr = serve::start(&shared).await;
        Self { url: format!("http://{address}"), shared }
    }

    /// Breaks requests that fit, in the order of the rules.
    pub fn inject(&self, rule: Rule) {
        self.shared.state().rules.push(rule);
    }

    /// Forgets the rules.
    pub fn heal(&self) {
        self.shared.state().rules.clear();
    }

    /// Ends every open watch.
    pub fn cut(&self) {
        self.shared.cuts.send_modify(|count| *count += 1);
    }

    /// Dies after `writes` more of them.
    pub fn kill_after(&self, writes: usize) {
        let mut state = self.shared.state();
        state.kill_after = Some(writes);
        state.counted = 0;
    }

    pub fn is_dead(&self) -> bool {
        self.shared.state().dead
    }

    /// Whether `kill_after` ever came true.
    pub fn died(&self) -> bool {
        self.shared.state().died
    }

    /// Serves again, and counts no more.
    pub fn revive(&self) {
        let mut state = self.shared.state();
        state.kill_after = None;
        state.dead = false;
    }

    pub fn writes(&self) -> Vec<Write> {
        self.shared.state().writes.clone()
    }

    pub fn forget_writes(&self) {
        self.shared.state().writes.clear();
    }

    pub fn injected(&self) -> u64 {
        self.shared.state().injected
    }
}

impl Shared {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds this")
    }
}
