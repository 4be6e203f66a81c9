//! Calls of apparatuses: the service that a plug or socket has called at each step of its life.
//!
//! ```text
//! containers or podTemplate ─> pod and Service on demand ─Ready, /ping─> POST /config, /created, /coupled, /updated, ...
//! endpoint alone ────────────────────────────────────────────────────────^
//! ```
//! A call may take minutes (some poll an identity provider inside of it). A reconcile waits two seconds for the answer; a call that takes
//! longer goes on by itself, the core is told to come again, and the answer is kept for the question with the same event id. So one
//! apparatus that hangs holds nobody else up. What is sent, and what an answer means, is `crate::apparatus`.

mod pods;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k8s::apparatus::Apparatus;
use serde::Deserialize as _;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use self::pods::{Pods, Readiness};
use super::client::{Api, Ask};
use super::index::Index;
use super::key::Key;
use super::kinds::known;
use super::metrics::Metrics;
use super::queue::Queue;
use super::seams::Seams;
use super::track::{Place, Track};
use crate::apparatus::address::{address, pod_name};
use crate::apparatus::client::{Client, NotPrepared};
use crate::apparatus::guard::Guard;
use crate::core::object::Account;
use crate::core::request::{Call, Reply};

/// What a reconcile waits for: longer than a service that works, shorter than anybody looking at `kubectl get -w`.
const PATIENCE: Duration = Duration::from_secs(2);
/// How soon a call that still runs is asked about; its end is noticed at once.
const ASK_AGAIN_SECONDS: u64 = 30;
/// Calls at the same time. Each is a socket and at most a megabyte.
const MOST_CALLS: usize = 128;
/// Answers that nobody came back for.
const MOST_KEPT: usize = 1_000;
/// How soon a pod that is ready, but whose service is not, is asked again.
const PING_AGAIN: Duration = Duration::from_secs(1);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Event {
    owner: String,
    id: String,
    action: &'static str,
}

enum State {
    Running,
    Answered(Reply),
}

pub(crate) struct Apparatuses {
    api: Api,
    client: Client,
    pods: Arc<Pods>,
    seams: Arc<dyn Seams>,
    track: Arc<Track>,
    queue: Arc<Queue<Key>>,
    metrics: Arc<Metrics>,
    slots: Arc<Semaphore>,
    calls: Arc<Mutex<HashMap<Event, State>>>,
    tasks: Mutex<JoinSet<()>>,
}

impl Apparatuses {
    pub(crate) fn new(
        api: Api,
        track: Arc<Track>,
        queue: Arc<Queue<Key>>,
        metrics: Arc<Metrics>,
        seams: Arc<dyn Seams>,
        guard: Guard,
        index: Arc<Mutex<Index>>,
    ) -> Result<Self, NotPrepared> {
        Ok(Self {
            client: Client::new(guard, tls())?,
            pods: Arc::new(Pods::new(api.clone(), seams.clone(), index)),
            seams,
            api,
            track,
            queue,
            metrics,
            slots: Arc::new(Semaphore::new(MOST_CALLS)),
            calls: Arc::default(),
            tasks: Mutex::default(),
        })
    }

    /// `places` gets what the answer depends on.
    pub(crate) async fn call(
        &self,
        key: &Key,
        call: &Call,
        places: &mut std::collections::HashSet<Place>,
    ) -> Reply {
        let event = Event {
            owner: call.owner.uid.clone(),
            id: call.event_id.clone(),
            action: call.action.as_str(),
        };
        if let Some(reply) = self.kept(&event) {
            return reply;
        }
        let apparatus = match Apparatus::deserialize(&*call.apparatus) {
            Ok(apparatus) => apparatus,
            Err(err) => {
                let message = format!("spec.apparatus cannot be read: {err}");
                return Reply::Failed { message, passes: false };
            }
        };
        let target = match address(&apparatus, &call.owner.object) {
            Ok(target) => target,
            Err(wrong) => return Reply::Failed { message: wrong.to_string(), passes: false },
        };
        if target.on_demand {
            if let Some(pod) = pod_place(call) {
                self.track.interest(key, &Account::Operator, &pod).await;
                places.insert(pod);
            }
            match self.pods.ready(call, &apparatus).await {
                Readiness::Ready => (),
                Readiness::Starting => return Reply::Starting,
                Readiness::Refused { message, passes } => return Reply::Failed { message, passes },
            }
            if !self.client.ping(&target).await {
                self.queue.push_at(key.clone(), Instant::now() + PING_AGAIN);
                return Reply::Starting;
            }
        }
        let secret = match self.signing_key(call).await {
            Ok(secret) => secret,
            Err(message) => return Reply::Failed { message, passes: true },
        };
        self.start(key, call, event, secret).await
    }

    fn kept(&self, event: &Event) -> Option<Reply> {
        let mut calls = self.calls.lock().ok()?;
        match calls.get(event)? {
            State::Running => Some(Reply::Later { seconds: ASK_AGAIN_SECONDS }),
            State::Answered(_) => match calls.remove(event)? {
                State::Answered(reply) => Some(reply),
                State::Running => None,
            },
        }
    }

    async fn start(&self, key: &Key, call: &Call, event: Event, secret: Option<Vec<u8>>) -> Reply {
        let Ok(slot) = self.slots.clone().try_acquire_owned() else {
            return Reply::Later { seconds: 1 };
        };
        if let Ok(mut calls) = self.calls.lock() {
            if calls.len() >= MOST_KEPT {
                calls.retain(|_, state| matches!(state, State::Running));
            }
            calls.insert(event.clone(), State::Running);
        }
        self.metrics.call();
        let (done, answer) = tokio::sync::oneshot::channel();
        let (client, pods, seams) = (self.client.clone(), self.pods.clone(), self.seams.clone());
        let (calls, queue, metrics) =
            (self.calls.clone(), self.queue.clone(), self.metrics.clone());
        let (key, call, of) = (key.clone(), call.clone(), event.clone());
        let work = async move {
            let reply = client.call(&call, secret.as_deref(), seams.now()).await;
            drop(slot);
            if matches!(reply, Reply::Failed { .. }) {
                metrics.call_failure();
            }
            pods.used(&call).await;
            let late = done.send(reply).err();
            if let Ok(mut calls) = calls.lock() {
                match late {
                    Some(reply) => calls.insert(of, State::Answered(reply)),
                    None => calls.remove(&of),
                };
            }
            queue.push(key, Instant::now());
        };
        if let Ok(mut tasks) = self.tasks.lock() {
            while tasks.try_join_next().is_some() {}
            tasks.spawn(work);
        }
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(reply)) => reply,
            // It takes longer, or we are stopping.
            Ok(Err(_)) | Err(_) => Reply::Later { seconds: ASK_AGAIN_SECONDS },
        }
    }

    async fn signing_key(&self, call: &Call) -> Result<Option<Vec<u8>>, String> {
        let Some(name) = call.apparatus["signingSecretName"].as_str() else { return Ok(None) };
        let namespace = call.owner.object.namespace();
        let account = Account::service(namespace, &call.service_account);
        let path = known("v1", "Secret")
            .and_then(|kind| kind.object(Some(namespace), name))
            .ok_or_else(|| format!("`{name}` is no name of a Secret"))?;
        let secret = self.api.json(Ask::get(&account, path)).await.map_err(|failure| {
            format!("cannot read Secret {namespace}/{name} as {account}: {}", failure.message)
        })?;
        hmac_key(&secret)
            .map(Some)
            .ok_or_else(|| format!("Secret {namespace}/{name} has no key hmac"))
    }

    /// Removes pods that nobody called for their idle time. Returns how long until the next may be due.
    pub(crate) async fn remove_idle(&self) -> Duration {
        self.pods.remove_idle().await
    }

    /// Finds the pods of an earlier process.
    pub(crate) async fn adopt(&self, namespaces: &[String]) {
        self.pods.adopt(namespaces).await;
    }
}

fn pod_place(call: &Call) -> Option<Place> {
    let owner = &call.owner.object;
    let kind = known("v1", "Pod")?;
    let name = super::key::Name::new(owner.namespace(), &pod_name(owner));
    Some(Place { kind, name })
}

fn hmac_key(secret: &Value) -> Option<Vec<u8>> {
    let key = STANDARD.decode(secret["data"]["hmac"].as_str()?).ok()?;
    (!key.is_empty()).then_some(key)
}

/// An apparatus outside the cluster is trusted as the machine trusts it.
fn tls() -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    #[expect(clippy::expect_used, reason = "this provider has the default versions")]
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the default versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
