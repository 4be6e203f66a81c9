//! Where tracers meet the runner: their sockets, what they are told, and the way of what they say to the control plane.
//!
//! ```text
//! JVM ──Unix socket, one for each workload──> session ──> keeper: admit, redact, sample ──> spool ──> ship ──> link
//! log files ──────────────────────────────────────────────^
//! ```
//! A socket belongs to one workload, so what comes through it is that workload's, whatever it says of itself; who connects is asked
//! of the kernel (user) and has to show the token that its start was given. Tokens outlive the runner, as workloads do.
//!
//! Nothing here can hold up a workload: a tracer without credit drops in its own ring and says how much. Nothing here can hold up a
//! command: shipping has its own stream. If the spool cannot be opened, workloads run untraced and a warning says so.

mod door;
mod fact;
mod keeper;
mod lines;
mod memory;
mod place;
mod session;
mod ship;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full};
use link::client::DataBody;
use link::wire;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use telemetry::capture::{Capture, Level};
use telemetry::redact::Redactor;
use telemetry::spool::{Limits, SpoolError, Unkept};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use uuid::Uuid;

use crate::clock::{Seams, Tick};
use crate::originals::Originals;
use crate::privilege::Account;
use crate::process::inspect;
use crate::tasks::Tasks;
pub(crate) use fact::Fact;
use keeper::Keeper;
use place::Place;
pub use place::observe;
pub(crate) use ship::Shipper;

/// How long something may be in memory only: what a killed runner loses at most.
const FLUSH: Duration = Duration::from_millis(100);
/// A disk is full off and on while something is let go for what comes: at least one heartbeat says so, which comes every 15 s.
const TROUBLE_STAYS_MS: Tick = 20_000;
/// A question about what is in flight waits no longer.
const ANSWER: Duration = Duration::from_secs(3);
/// Observed applications are few and patient, and so is who waits for the end of a process that is gone.
const LOOK_AROUND: Duration = Duration::from_secs(1);

/// Who a tracer speaks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Name {
    Managed(Uuid),
    Observed(String),
}

/// All tracers of this runner.
pub(crate) struct Tracers {
    place: Place,
    account: Option<Account>,
    seams: Seams,
    tasks: Tasks,
    keeper: Arc<Mutex<Keeper>>,
    /// Something is in the spool that was not there before.
    grown: Arc<Notify>,
    doors: Mutex<HashMap<Name, Door>>,
    /// Why a flush failed of late, and when one did last.
    trouble: Mutex<Option<(String, Tick)>>,
    /// The newest settings for each managed workload; kept for those whose door is not open yet.
    captures: Mutex<BTreeMap<Uuid, Arc<Capture>>>,
    /// `None`: they cannot be kept on this disk.
    originals: Option<Arc<Originals>>,
}

/// One open socket.
struct Door {
    capture: watch::Sender<Arc<Capture>>,
    /// Questions go to every tracer that is connected.
    questions: Arc<Mutex<Vec<mpsc::Sender<oneshot::Sender<Value>>>>>,
}

impl std::fmt::Debug for Tracers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tracers(..)")
    }
}

impl Tracers {
    /// Opens the spool. `root` is the runner's folder.
    pub(crate) fn open(
        root: &std::path::Path,
        account: Option<Account>,
        seams: &Seams,
        tasks: &Tasks,
        limits: Limits,
    ) -> Result<Arc<Self>, SpoolError> {
        let place = Place::new(root);
        let io = |source| SpoolError::Io { path: root.to_owned(), source };
        place.prepare(account.is_some()).map_err(io)?;
        let originals = Originals::open(&place.originals()).inspect_err(|err| {
            tracing::warn!(error = %err, "messages are not kept as they were");
        });
        let originals = originals.ok().map(Arc::new);
        let keeper = Keeper::open(&place, limits, originals.clone(), now_us(seams))?;
        Ok(Arc::new(Self {
            place,
            account,
            seams: seams.clone(),
            tasks: tasks.clone(),
            keeper: Arc::new(Mutex::new(keeper)),
            grown: Arc::new(Notify::new()),
            doors: Mutex::default(),
            trouble: Mutex::default(),
            captures: Mutex::default(),
            originals,
        }))
    }

    /// Opens the doors of earlier starts, and keeps what has to be kept going.
    pub(crate) fn start(self: &Arc<Self>) {
        for (name, facts) in self.place.known() {
            if let Err(err) = self.open_door(&name, facts) {
                tracing::warn!(?name, error = %err, "open the socket for a tracer");
            }
        }
        let flushing = Arc::clone(self);
        self.tasks.spawn("runner.telemetry.flush", async move { flushing.flush_for_ever().await });
        let looking = Arc::clone(self);
        self.tasks.spawn("runner.telemetry.observed", async move {
            loop {
                tokio::time::sleep(LOOK_AROUND).await;
                looking.look_for_observed();
                looking.look_for_ended().await;
            }
        });
    }

    /// Whether a start of this workload is to be left alone: without an address its tracer installs nothing.
    pub(crate) fn is_off(&self, workload: Uuid) -> bool {
        self.capture_of(&Name::Managed(workload)).level == Level::Off
    }

    /// What a start of a workload is given so that its tracer finds us. Its door is open when this returns.
    pub(crate) fn variable(
        self: &Arc<Self>,
        workload: Uuid,
        fact: Fact,
    ) -> io::Result<(OsString, OsString)> {
        let name = Name::Managed(workload);
        let facts = self.place.add(&name, fact)?;
        let token = facts.last().map(|fact| fact.token.clone()).unwrap_or_default();
        self.open_door(&name, facts)?;
        let config = self.write_config(&name);
        let mut value = format!("unix:{},token={token}", self.place.socket(&name).display());
        if let Some(config) = config {
            value.push_str(&format!(",config={}", config.display()));
        }
        Ok(("MIDPLANE_TRACER".into(), value.into()))
    }

    /// Takes the settings that came with the desired state and tells those whose settings changed.
    pub(crate) fn capture(self: &Arc<Self>, desired: &wire::Desired) {
        let mut captures = lock(&self.captures);
        for workload in &desired.workloads {
            let Ok(id) = workload.workload_id.parse::<Uuid>() else { continue };
            let text = if workload.capture.is_empty() { "{}" } else { &workload.capture };
            match Capture::parse(text) {
                Ok(capture) => {
                    captures.insert(id, Arc::new(capture));
                }
                Err(err) => {
                    tracing::warn!(workload = %id, code = err.code(), error = %err, "settings of capture");
                }
            }
        }
        if desired.whole {
            captures.retain(|id, _| {
                desired.workloads.iter().any(|one| one.workload_id == id.to_string())
            });
        }
        let changed: Vec<_> = lock(&self.doors)
            .iter()
            .filter_map(|(name, door)| {
                let Name::Managed(id) = name else { return None };
                let new = captures.get(id)?;
                let set = |old: &mut Arc<Capture>| {
                    let changes = **old != **new;
                    *old = Arc::clone(new);
                    changes
                };
                door.capture.send_if_modified(set).then(|| (name.clone(), Arc::clone(new)))
            })
            .collect();
        let known: Vec<Uuid> = captures.keys().copied().collect();
        drop(captures);
        self.limit_originals(known);
        if changed.is_empty() {
            return;
        }
        // The caller reads the link: it does not wait for a disk.
        let tracers = Arc::clone(self);
        let set = tokio::task::spawn_blocking(move || {
            for (name, capture) in changed {
                lock(&tracers.keeper).set(&name, &capture);
                tracers.write_config(&name);
            }
        });
        self.tasks.spawn("runner.telemetry.settings", async move { drop(set.await) });
    }

    /// What was set before holds until the control plane has said something, also over a restart.
    fn limit_originals(self: &Arc<Self>, workloads: Vec<Uuid>) {
        let Some(originals) = self.originals.clone() else { return };
        let (tracers, now_us) = (Arc::clone(self), now_us(&self.seams));
        let set = tokio::task::spawn_blocking(move || {
            for workload in workloads {
                // The newest, however late this thread is.
                let capture = lock(&tracers.captures).get(&workload).cloned();
                if let Some(capture) = capture {
                    originals.set(workload, capture.originals, now_us);
                }
            }
        });
        self.tasks.spawn("runner.telemetry.originals", async move { drop(set.await) });
    }

    /// Works with the keeper on a thread that may wait for it. None: the runner ends.
    async fn with_keeper<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Keeper) -> T + Send + 'static,
    ) -> Option<T> {
        let keeper = Arc::clone(&self.keeper);
        tokio::task::spawn_blocking(move || work(&mut lock(&keeper))).await.ok()
    }

    /// What the metrics of this runtime show; the control plane knows the names.
    pub(crate) async fn figures(&self) -> Vec<(&'static str, u64)> {
        self.with_keeper(|keeper| keeper.figures()).await.unwrap_or_default()
    }

    /// Asks every tracer of a workload for its oldest messages in flight.
    pub(crate) async fn in_flight(&self, name: &Name) -> Option<Vec<Value>> {
        let askers: Vec<_> = {
            let doors = lock(&self.doors);
            let questions = Arc::clone(&doors.get(name)?.questions);
            drop(doors);
            let mut questions = lock(&questions);
            questions.retain(|one| !one.is_closed());
            questions.clone()
        };
        let ask = |asker: mpsc::Sender<oneshot::Sender<Value>>| async move {
            let (answer, answered) = oneshot::channel();
            asker.try_send(answer).ok()?;
            tokio::time::timeout(ANSWER, answered).await.ok()?.ok()
        };
        let answers = futures::future::join_all(askers.into_iter().map(ask)).await;
        Some(answers.into_iter().flatten().collect())
    }

    /// The source that the link ships from.
    pub(crate) fn shipper(self: &Arc<Self>) -> Shipper {
        Shipper::new(Arc::clone(&self.keeper), Arc::clone(&self.grown))
    }

    /// The rules that mask what this workload's messages carry.
    pub(crate) fn redactor(&self, workload: Uuid) -> Redactor {
        let capture = self.capture_of(&Name::Managed(workload));
        let redaction = &capture.redaction;
        Redactor::new(&redaction.additions(), redaction.key().as_ref()).unwrap_or_default()
    }

    /// What is kept of messages as they were before they were masked.
    pub(crate) fn originals(&self) -> Option<Arc<Originals>> {
        self.originals.clone()
    }

    /// Reads new lines of a workload's logs from now on.
    pub(crate) fn follow_logs(&self, workload: Uuid, place: crate::folder::Place, fact: Fact) {
        lock(&self.keeper).follow(workload, place, fact);
    }

    /// The same for a workload that an earlier runner started; what it was started as is known from its tokens.
    pub(crate) fn adopt_logs(&self, workload: Uuid, place: crate::folder::Place, fact: Fact) {
        let mut keeper = lock(&self.keeper);
        let fact = keeper.newest(&Name::Managed(workload)).unwrap_or(fact);
        keeper.follow(workload, place, fact);
    }

    /// The workload is removed: its door closes and its tokens are worth nothing.
    pub(crate) fn forget(&self, workload: Uuid) {
        let name = Name::Managed(workload);
        lock(&self.doors).remove(&name);
        lock(&self.captures).remove(&workload);
        lock(&self.keeper).forget(&name);
        if let Some(originals) = &self.originals {
            originals.forget(workload);
        }
        self.place.remove(&name);
    }

    fn open_door(self: &Arc<Self>, name: &Name, facts: Vec<Fact>) -> io::Result<()> {
        let capture = self.capture_of(name);
        let mut doors = lock(&self.doors);
        let mut keeper = lock(&self.keeper);
        keeper.set(name, &capture);
        keeper.tokens(name, facts);
        drop(keeper);
        if doors.contains_key(name) {
            return Ok(());
        }
        let listener = door::bind(&self.place, name, self.account)?;
        let (sender, receiver) = watch::channel(capture);
        let questions = Arc::default();
        let opened = door::Opened {
            name: name.clone(),
            tracers: Arc::clone(self),
            capture: receiver,
            questions: Arc::clone(&questions),
        };
        self.tasks.spawn("runner.telemetry.door", opened.run(listener));
        doors.insert(name.clone(), Door { capture: sender, questions });
        Ok(())
    }

    fn capture_of(&self, name: &Name) -> Arc<Capture> {
        match name {
            Name::Managed(id) => lock(&self.captures).get(id).cloned().unwrap_or_default(),
            Name::Observed(_) => Arc::default(),
        }
    }

    /// The file that a tracer reads at its start. Without it the tracer begins with the defaults.
    fn write_config(&self, name: &Name) -> Option<PathBuf> {
        let path = self.place.config(name);
        let text = self.capture_of(name).to_tracer().to_text();
        match crate::durable::write_bytes(&path, text.as_bytes(), 0o644) {
            Ok(()) => Some(path),
            Err(err) => {
                tracing::warn!(error = %err, "write the settings of a tracer");
                None
            }
        }
    }

    fn look_for_observed(self: &Arc<Self>) {
        for (name, facts) in self.place.known() {
            if matches!(name, Name::Observed(_))
                && !lock(&self.doors).contains_key(&name)
                && let Err(err) = self.open_door(&name, facts)
            {
                tracing::warn!(?name, error = %err, "open the socket for an observed application");
            }
        }
    }

    /// A connection may end and come again; a process that is gone will not.
    async fn look_for_ended(&self) {
        let now_us = now_us(&self.seams);
        self.with_keeper(move |keeper| {
            for (instance, memory::Process { pid, start }) in keeper.silent() {
                let lives = |found: inspect::Inspected| !found.ended && found.start == start;
                if !inspect::inspect(pid).is_some_and(lives) {
                    keeper.gone(instance, now_us);
                }
            }
        })
        .await;
    }

    /// Before the runner ends.
    pub(crate) fn flush_now(&self) {
        if let Err(err) = flush(&self.keeper, now_us(&self.seams)) {
            tracing::warn!(code = err.code(), error = %err, "keep telemetry");
        }
    }

    /// Said once for each trouble, and in every heartbeat while it lasts.
    fn fail(&self, err: &SpoolError) {
        let cause = std::error::Error::source(err).map(|cause| format!(": {cause}"));
        let text = format!("{err}{} ({})", cause.unwrap_or_default(), err.code());
        let before = lock(&self.trouble).replace((text.clone(), self.seams.tick()));
        if before.is_none_or(|(before, _)| before != text) {
            tracing::warn!(code = err.code(), reason = text, "keep telemetry");
        }
    }

    /// For the heartbeat: whether telemetry is kept, else why not.
    pub(crate) fn condition(tracers: Option<&Arc<Self>>) -> wire::Condition {
        let none = || Some("the spool could not be opened (MP-TEL-04)".to_owned());
        let trouble = tracers.map_or_else(none, |tracers| tracers.trouble());
        wire::Condition {
            component: "telemetry".to_owned(),
            ok: trouble.is_none(),
            reason: trouble.unwrap_or_default(),
        }
    }

    fn trouble(&self) -> Option<String> {
        let trouble = lock(&self.trouble);
        let (text, at) = trouble.as_ref()?;
        let fresh = self.seams.tick().saturating_sub(*at) < TROUBLE_STAYS_MS;
        fresh.then(|| text.clone())
    }

    async fn flush_for_ever(&self) {
        let mut clock = tokio::time::interval(FLUSH);
        clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            clock.tick().await;
            let (keeper, now_us) = (Arc::clone(&self.keeper), now_us(&self.seams));
            let flushed = tokio::task::spawn_blocking(move || flush(&keeper, now_us)).await;
            if let Some(originals) = self.originals.clone() {
                drop(tokio::task::spawn_blocking(move || originals.tidy(now_us)).await);
            }
            match flushed {
                Ok(Ok(true)) => self.grown.notify_one(),
                Ok(Ok(false)) => {}
                Ok(Err(err)) => self.fail(&err),
                Err(_) => return,
            }
        }
    }
}

/// `GET /in-flight/{workload}` over the data connection: what its tracers say, as one JSON array.
pub(crate) async fn answer_in_flight(
    tracers: Option<&Arc<Tracers>>,
    workload: &str,
) -> Response<DataBody> {
    let found = match (tracers, workload.parse::<Uuid>()) {
        (Some(tracers), Ok(id)) => tracers.in_flight(&Name::Managed(id)).await,
        _ => None,
    };
    let (status, body) = if let Some(answers) = found {
        (StatusCode::OK, json!(answers))
    } else {
        let message = "this runtime has no tracer of such a workload";
        (StatusCode::NOT_FOUND, json!({"code": "MP-TEL-34", "message": message}))
    };
    let body = Full::new(Bytes::from(body.to_string()));
    let mut response = Response::new(body.map_err(|never| match never {}).boxed());
    *response.status_mut() = status;
    response
}

/// Closes what is open and waits for the disk, not holding the keeper meanwhile.
fn flush(keeper: &Mutex<Keeper>, now_us: u64) -> Result<bool, SpoolError> {
    let mut keeper = lock(keeper);
    let grown = keeper.close_all(now_us);
    let files = keeper.spool().to_flush()?;
    drop(keeper);
    flush_files(files)?;
    grown.map_err(cause)
}

/// What kept a batch from being kept.
fn cause(unkept: Unkept) -> SpoolError {
    let none = || SpoolError::Io {
        path: PathBuf::from("telemetry/spool"),
        source: io::ErrorKind::StorageFull.into(),
    };
    unkept.error.unwrap_or_else(none)
}

fn flush_files(files: Vec<File>) -> Result<(), SpoolError> {
    files
        .into_iter()
        .try_for_each(|file| file.sync_data())
        .map_err(|source| SpoolError::Io { path: PathBuf::from("telemetry/spool"), source })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn now_us(seams: &Seams) -> u64 {
    micros(seams.now())
}

/// Microseconds since 1970.
pub(crate) fn micros(at: jiff::Timestamp) -> u64 {
    u64::try_from(at.as_microsecond()).unwrap_or(0)
}
