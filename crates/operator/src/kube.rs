//! The edges: an API server that is watched, and written to.
//!
//! ```text
//! lease ─> key ─> nobody else at work ─> lists ─> workers
//!                                        watches ─> index ─> queue ─> worker: core::step <─> performer ─> API server
//!                                                     ^                                          │
//!                                                     └───────────── answers to writes ──────────┘
//! ```
//! `run` is the whole operator; it ends when it is told to, when the lease is lost, or with an error that says what to do. A stop lets running
//! reconciles finish their request; what they had begun is in the journal, so that even a kill loses nothing. Everything is bounded by the
//! number of objects in the cluster: the queue holds each once, the index is compressed, watches of other kinds keep only names.

mod apparatus;
pub mod ask;
mod client;
mod grants;
mod index;
mod key;
mod keys;
mod kinds;
mod lease;
mod metrics;
mod namespaces;
mod own;
mod perform;
mod queue;
pub mod rights;
mod seams;
mod serve;
mod status;
mod takeover;
mod track;
mod watch;
mod worker;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use self::client::Failure;
pub use self::lease::Term;
pub use self::metrics::Metrics;
pub use self::seams::Seams;

use self::apparatus::Apparatuses;
use self::client::Api;
use self::grants::Grants;
use self::index::Index;
use self::key::{Key, Own};
use self::kinds::Kinds;
use self::perform::Performer;
use self::queue::Queue;
use self::status::Statuses;
use self::track::Track;
use self::worker::Worker;
use crate::apparatus::client::NotPrepared;
use crate::apparatus::guard::Guard;
use crate::core::settings::Settings;

/// Writes at the same time. The API server of a small cluster answers some hundreds a second; more would only queue there.
pub const DEFAULT_WORKERS: usize = 16;
/// For reconciles that run when the process is told to stop.
const FINISHED_WITHIN: Duration = Duration::from_secs(10);
const SWEEP_EVERY: Duration = Duration::from_secs(60);
const SOCKET_DISTANCE: Duration = Duration::from_secs(1);
/// A storm of edits of one object is looked at ten times a second.
const DISTANCE: Duration = Duration::from_millis(100);
pub(crate) const USER_AGENT: &str = concat!("midplane-operator/", env!("CARGO_PKG_VERSION"));

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "another operator is at work: {who} was active {seconds} s ago; stop it (scale its Deployment to 0) and start this one a minute later"
    )]
    OtherManager { who: String, seconds: i64 },
    #[error("the lease `{name}` was lost to another process, which goes on with the work")]
    LeaseLost { name: String },
    #[error(
        "Secret `{namespace}/{name}` cannot be used: {why}; restore it, or delete it and accept that couplings are read anew from their sources"
    )]
    Key { namespace: String, name: String, why: String },
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error(transparent)]
    Http(#[from] NotPrepared),
    #[error("cannot use this cluster's configuration")]
    Config(#[from] ::kube::Error),
    #[error(
        "there is no configuration of a cluster: set KUBECONFIG, or run in a pod with a service account"
    )]
    Kubeconfig(#[from] Box<::kube::config::InferConfigError>),
    #[error(
        "the operator lacks rights:\n{missing}\napply what `midplane operator --print-rbac {scope}` prints, or serve other namespaces"
    )]
    Rights { missing: String, scope: String },
    #[error("cannot {doing}")]
    Cluster { doing: &'static str, source: Failure },
}

impl Error {
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherManager { .. } => "MP-OP-40",
            Self::LeaseLost { .. } => "MP-OP-41",
            Self::Key { .. } => "MP-OP-42",
            Self::Listen { .. } => "MP-OP-43",
            Self::Http(_) | Self::Config(_) | Self::Kubeconfig(_) => "MP-OP-44",
            Self::Cluster { .. } => "MP-OP-45",
            Self::Rights { .. } => "MP-OP-47",
        }
    }
}

/// How this process works; what it decides is in `Settings`.
#[derive(Clone)]
pub struct Options {
    /// Where journals, key and lease are.
    pub namespace: String,
    /// The namespaces of plugs and sockets; empty: all.
    pub namespaces: Vec<String>,
    pub workers: usize,
    /// Metrics, readiness and liveness.
    pub listen: Option<SocketAddr>,
    /// None: this process leads without asking.
    pub term: Option<Term>,
    /// Which addresses an apparatus may have.
    pub guard: Guard,
    pub seams: Arc<dyn Seams>,
    pub open_consent: bool,
    pub open_specs: bool,
    pub plain_results: bool,
    pub metrics: Arc<Metrics>,
}

/// What readiness and metrics are read from.
pub(crate) struct Health {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) index: Arc<Mutex<Index>>,
    pub(crate) queue: Arc<Queue<Key>>,
    pub(crate) stage: Mutex<Stage>,
}

/// How far the start is; what is said when it is not ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Standby,
    Starting(String),
    Leading,
    Stopping,
}

impl Health {
    pub(crate) fn set(&self, stage: Stage) {
        if let Ok(mut current) = self.stage.lock() {
            if *current != stage {
                tracing::info!(?stage, "operator");
            }
            *current = stage;
        }
    }
}

/// The cluster of `KUBECONFIG`, or the one this pod runs in.
pub async fn configuration() -> Result<::kube::Config, Error> {
    ::kube::Config::infer().await.map_err(|err| Error::Kubeconfig(Box::new(err)))
}

/// Randomness for keys and nonces.
#[expect(clippy::expect_used, reason = "without randomness nothing can be sealed")]
pub fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).expect("randomness");
    bytes
}

/// Runs until `stop`.
pub async fn run(
    mut config: ::kube::Config,
    options: Options,
    stop: CancellationToken,
) -> Result<(), Error> {
    config.headers.push((http::header::USER_AGENT, http::HeaderValue::from_static(USER_AGENT)));
    // Reads of a watch are bounded by the watch itself.
    config.read_timeout = None;
    let client = ::kube::Client::try_from(config)?;
    let api = Api::new(client, options.metrics.clone());
    let index: Arc<Mutex<Index>> = Arc::default();
    let distance = |key: &Key| match key {
        Key::Own(Own::Socket, _) => SOCKET_DISTANCE,
        Key::Own(..) | Key::Orphan(_) => DISTANCE,
    };
    let queue = Arc::new(Queue::new(distance, SOCKET_DISTANCE));
    let health = Arc::new(Health {
        metrics: options.metrics.clone(),
        index: index.clone(),
        queue: queue.clone(),
        stage: Mutex::new(Stage::Standby),
    });
    let mut background = JoinSet::new();
    if let Some(address) = options.listen {
        let server = serve::bind(address).await?;
        let health = health.clone();
        background.spawn(async move { serve::run(server, health).await });
    }
    health.set(Stage::Starting("asking for the operator's rights".to_owned()));
    rights::check(&api, &options).await?;
    health.set(Stage::Standby);
    let mut leadership = match &options.term {
        Some(term) => {
            let lease = lease::Lease::new(&api, &options, term.clone());
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                taken = lease.take() => taken,
            }
            Some(lease)
        }
        None => None,
    };
    let lost = async {
        match &mut leadership {
            Some(lease) => lease.hold().await,
            None => std::future::pending().await,
        }
    };
    let led = tokio::select! {
        led = lead(&api, &options, &index, &queue, &health, &stop) => led,
        () = lost => Err(Error::LeaseLost { name: k8s::names::LEASE.to_owned() }),
    };
    health.set(Stage::Stopping);
    if let (Some(lease), Ok(())) = (leadership, &led) {
        lease.release().await;
    }
    led
}

/// The work of the one that leads.
async fn lead(
    api: &Api,
    options: &Options,
    index: &Arc<Mutex<Index>>,
    queue: &Arc<Queue<Key>>,
    health: &Arc<Health>,
    stop: &CancellationToken,
) -> Result<(), Error> {
    health.set(Stage::Starting("reading the operator's key".to_owned()));
    let secrets = keys::load(api, options).await?;
    takeover::check_lease(api, options).await?;
    let mut settings = Settings::new(&options.namespace, secrets.hash);
    settings.namespaces.clone_from(&options.namespaces);
    settings.open_consent = options.open_consent;
    settings.open_specs = options.open_specs;
    settings.plain_results = options.plain_results;

    let owner = {
        let index = index.clone();
        Arc::new(move |journal: &str| index.lock().ok()?.owner(journal))
    };
    let track = Arc::new(Track::new(api.clone(), queue.clone(), &options.namespaces, owner));
    let statuses = Arc::new(Statuses::new(options.metrics.clone()));
    let apparatuses = Apparatuses::new(
        api.clone(),
        track.clone(),
        queue.clone(),
        options.metrics.clone(),
        options.seams.clone(),
        options.guard.clone(),
        index.clone(),
    )?;
    let performer = Arc::new(Performer {
        api: api.clone(),
        kinds: Kinds::default(),
        index: index.clone(),
        track: track.clone(),
        statuses: statuses.clone(),
        apparatuses,
        keys: secrets.keys,
        seams: options.seams.clone(),
        namespace: options.namespace.clone(),
        grants: Grants::new(index.clone(), queue.clone(), &options.namespaces),
    });

    let mut tasks = JoinSet::new();
    let lists = own::start(&mut tasks, &performer, options, queue, health);
    namespaces::start(&mut tasks, api, options, index, queue);
    tokio::select! {
        () = stop.cancelled() => return Ok(()),
        () = lists.done(health) => (),
    }
    takeover::check_fields(&lists, options)?;
    if let Ok(index) = index.lock() {
        let now = Instant::now();
        for key in index.orphans() {
            queue.push(key, now);
        }
    }
    performer.apparatuses.adopt(&options.namespaces).await;
    health.set(Stage::Leading);

    {
        let (performer, kinds) = (performer.clone(), lists.kinds.clone());
        tasks.spawn(async move { own::restore(&performer, &kinds).await });
    }
    let worker = Arc::new(Worker {
        performer: performer.clone(),
        settings,
        queue: queue.clone(),
        metrics: options.metrics.clone(),
    });
    let mut workers = JoinSet::new();
    for _ in 0..options.workers.max(1) {
        let (worker, stop) = (worker.clone(), stop.clone());
        workers.spawn(async move { worker.run(&stop).await });
    }
    {
        let (statuses, api) = (statuses.clone(), api.clone());
        let (index, queue) = (index.clone(), queue.clone());
        tasks.spawn(async move { statuses.run(&api, &index, &queue).await });
    }
    {
        let performer = performer.clone();
        tasks.spawn(async move {
            loop {
                let next = performer.apparatuses.remove_idle().await;
                tokio::time::sleep(next).await;
            }
        });
    }
    {
        let track = track.clone();
        tasks.spawn(async move {
            loop {
                tokio::time::sleep(SWEEP_EVERY).await;
                track.sweep();
            }
        });
    }
    stop.cancelled().await;
    health.set(Stage::Stopping);
    let finished = async { while workers.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(FINISHED_WITHIN, finished).await;
    statuses.flush(api, index, queue).await;
    Ok(())
}
