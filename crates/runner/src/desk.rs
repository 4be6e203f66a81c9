//! The reconciler above the workloads: compares the desired state with what it knows and gives orders.
//!
//! It owns the ports and the workloads' tasks. The newest desired state replaces an unread one. A specification that is
//! new is fetched first (it is small, and says which deployment this is); all those that arrive together are fetched
//! before the first is ordered, so that ports are given by name and not by luck. What could not be fetched is tried again.
//! Workloads on disk are taken up before anything is heard: without a control plane the last desired state goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use link::wire;
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use crate::artifacts::{FULL, Failure};
use crate::decide::Asked;
use crate::durable::{self, Unreadable};
use crate::ports::{self, Claim};
use crate::record::{Intent, Record, Stage};
use crate::shared::Shared;
use crate::specification::Specification;
use crate::workload::{INBOX, Order, Workload};
use crate::{guard, sweep};

/// After a specification that could not be fetched.
const RETRY: Duration = Duration::from_secs(2);
/// Unused bundles and specifications are looked for this often.
const SWEEP: Duration = Duration::from_secs(600);
/// Orders that people give: a handful.
pub(crate) const REQUESTS: usize = 64;

/// What the rest of the runner asks of the desk.
pub(crate) enum Request {
    /// Answers whether there was something to restart.
    Restart { workload: Uuid, answer: oneshot::Sender<bool> },
    /// Hold routes back as this document says, or let them go.
    Hold { workload: Uuid, document: String },
}

/// Conditions that only the desk knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Troubles {
    /// Removals held back by the guard.
    pub(crate) prune: Option<String>,
    /// No port left, or a specification that cannot be obeyed.
    pub(crate) ports: Option<String>,
    pub(crate) specifications: Option<String>,
}

pub(crate) struct Desk {
    shared: Arc<Shared>,
    workloads: BTreeMap<Uuid, Known>,
    troubles: watch::Sender<Troubles>,
}

struct Known {
    port: u16,
    folder: PathBuf,
    orders: mpsc::Sender<Order>,
    /// What was ordered last, so that it is not ordered again.
    last: Option<(u64, String, bool)>,
    /// The document of held routes that was handed on last.
    routes: String,
}

impl Desk {
    /// Takes up every workload that has a record.
    pub(crate) fn open(
        shared: Arc<Shared>,
        troubles: watch::Sender<Troubles>,
    ) -> Result<Self, Unreadable> {
        let mut desk = Self { shared, workloads: BTreeMap::new(), troubles };
        for mut record in desk.records()? {
            let seams = &desk.shared.settings.seams;
            record.rebase(&seams.boot, seams.tick());
            desk.take_up(record);
        }
        Ok(desk)
    }

    fn records(&self) -> Result<Vec<Record>, Unreadable> {
        let folder = self.shared.folder.records();
        let io = |source| Unreadable::Io { path: folder.clone(), source };
        let mut records = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(io)? {
            let path = entry.map_err(io)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                records.extend(durable::read(&path, Record::FORMAT)?);
            }
        }
        Ok(records)
    }

    fn take_up(&mut self, record: Record) {
        let (orders, inbox) = mpsc::channel(INBOX);
        let id = record.workload;
        let known = Known {
            port: record.port,
            folder: record.folder.clone(),
            orders,
            last: None,
            routes: String::new(),
        };
        self.workloads.insert(id, known);
        let workload = Workload::new(self.shared.clone(), record, inbox);
        self.shared.tasks.spawn("runner.workload", workload.run());
    }

    pub(crate) async fn run(
        mut self,
        mut desired: watch::Receiver<Option<wire::Desired>>,
        mut requests: mpsc::Receiver<Request>,
    ) {
        let mut sweep = tokio::time::interval(SWEEP);
        let mut retry = false;
        loop {
            tokio::select! {
                changed = desired.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    retry = self.reconcile_newest(&mut desired).await;
                }
                () = tokio::time::sleep(RETRY), if retry => {
                    retry = self.reconcile_newest(&mut desired).await;
                }
                request = requests.recv() => match request {
                    Some(request) => self.answer(request).await,
                    None => return,
                },
                () = self.ended() => {
                    self.workloads.retain(|_, known| !known.orders.is_closed());
                    retry = self.reconcile_newest(&mut desired).await;
                }
                _ = sweep.tick() => self.sweep(),
            }
        }
    }

    /// Until the task of a workload has ended. It may have left an order unread, one that came while it deleted the last of
    /// its workload; so the desired state is gone through again.
    async fn ended(&self) {
        let ends = self.workloads.values().map(|known| Box::pin(known.orders.closed()));
        let ends: Vec<_> = ends.collect();
        if ends.is_empty() {
            std::future::pending::<()>().await;
        }
        futures::future::select_all(ends).await;
    }

    async fn reconcile_newest(
        &mut self,
        desired: &mut watch::Receiver<Option<wire::Desired>>,
    ) -> bool {
        let newest = desired.borrow_and_update().clone();
        match newest {
            Some(newest) => !self.reconcile(newest).await,
            None => false,
        }
    }

    /// True when everything could be ordered.
    async fn reconcile(&mut self, desired: wire::Desired) -> bool {
        self.workloads.retain(|_, known| !known.orders.is_closed());
        let mut troubles = Troubles::default();
        let mut listed = BTreeSet::new();
        let mut arrived = Vec::new();
        let mut complete = true;
        for wanted in desired.workloads {
            let Ok(id) = wanted.workload_id.parse::<Uuid>() else { continue };
            listed.insert(id);
            let key = (wanted.generation, wanted.spec.clone(), wanted.run);
            complete &= self.hold(id, &wanted.routes).await;
            if self.workloads.get(&id).is_some_and(|known| known.last.as_ref() == Some(&key)) {
                continue;
            }
            if wanted.spec.is_empty() {
                complete &= self.order(id, wanted.generation, None, Intent::Remove, key).await;
                continue;
            }
            match self.shared.artifacts.specification(&wanted.spec).await {
                Ok(specification) if specification.workload == id => {
                    let hidden = specification.path().is_none();
                    let name = specification.integration.clone();
                    arrived.push((Claim { hidden, name }, (id, wanted, specification)));
                }
                Ok(_) => {
                    let text = format!("{} is of another workload (MP-RUN-23)", wanted.spec);
                    troubles.specifications = Some(text);
                }
                Err(Failure::Refused { code, reason }) => {
                    troubles.specifications = Some(format!("{reason} ({code})"));
                }
                Err(Failure::Transient { code, reason }) => {
                    tracing::warn!(code, reason, "fetch a specification");
                    if code == FULL {
                        self.shared.disk.send_replace(Some(format!("{reason} ({code})")));
                    }
                    complete = false;
                }
            }
        }
        ports::order(&mut arrived);
        for (_, (id, wanted, specification)) in arrived {
            if !self.workloads.contains_key(&id)
                && let Err(trouble) = self.found(&specification)
            {
                troubles.ports = Some(trouble);
                complete = false;
                continue;
            }
            // Before the order: a start copies what is held.
            complete &= self.hold(id, &wanted.routes).await;
            let key = (wanted.generation, wanted.spec.clone(), wanted.run);
            let intent = if wanted.run { Intent::Run } else { Intent::Stop };
            let target = Some((specification, wanted.spec));
            complete &= self.order(id, wanted.generation, target, intent, key).await;
        }
        if desired.whole {
            troubles.prune = self.prune(&listed).await;
        }
        self.troubles.send_if_modified(|before| {
            let changed = *before != troubles;
            *before = troubles;
            changed
        });
        complete
    }

    /// Removes what a whole desired state no longer lists; the text says what was held back.
    async fn prune(&mut self, listed: &BTreeSet<Uuid>) -> Option<String> {
        let missing: Vec<Uuid> =
            self.workloads.keys().filter(|id| !listed.contains(id)).copied().collect();
        if !guard::allows(missing.len(), self.workloads.len()) {
            return Some(format!(
                "{} of {} workloads are no longer wanted: too many to remove without being told each by name (MP-RUN-28)",
                missing.len(),
                self.workloads.len()
            ));
        }
        for id in missing {
            let newest = self.shared.board.get(id).map_or(0, |line| line.newest);
            let key = (newest, String::new(), false);
            if self.workloads.get(&id).is_some_and(|known| known.last.as_ref() != Some(&key)) {
                self.order(id, newest, None, Intent::Remove, key).await;
            }
        }
        None
    }

    /// False when the workload's task has just ended: then it is taken for a new one the next time.
    async fn order(
        &mut self,
        id: Uuid,
        generation: u64,
        target: Option<(Specification, String)>,
        intent: Intent,
        key: (u64, String, bool),
    ) -> bool {
        let Some(known) = self.workloads.get_mut(&id) else { return true };
        let uses = target.as_ref().map(|(found, _)| found.uses.clone()).unwrap_or_default();
        let target = target.map(|(specification, spec)| specification.target(&spec));
        let asked = Asked { generation, target, intent, uses };
        let sent = known.orders.send(Order::Ask(asked)).await.is_ok();
        if sent {
            known.last = Some(key);
        }
        sent
    }

    /// Hands on which routes are held back. False when the workload's task has just ended.
    async fn hold(&mut self, id: Uuid, document: &str) -> bool {
        let Some(known) = self.workloads.get_mut(&id) else { return true };
        if document.is_empty() || known.routes == document {
            return true;
        }
        let sent = known.orders.send(Order::Hold(document.to_owned())).await.is_ok();
        if sent {
            document.clone_into(&mut known.routes);
        }
        sent
    }

    /// A workload that was not known: gives it a folder and a port, and writes its record before anything else.
    fn found(&mut self, specification: &Specification) -> Result<(), String> {
        let given = self.workloads.values().map(|known| known.port).collect();
        let range = &self.shared.settings.ports;
        let port = ports::choose(range, &given, ports::is_free).ok_or_else(|| {
            format!("no free port in {}-{} (MP-RUN-29)", range.start(), range.end())
        })?;
        let record = Record {
            format: Record::FORMAT,
            boot: self.shared.settings.seams.boot.to_string(),
            workload: specification.workload,
            integration: specification.integration.clone(),
            project: specification.project.clone(),
            environment: specification.environment.clone(),
            folder: self.folder_for(specification),
            port,
            intent: Intent::Stop,
            newest: 0,
            latest: None,
            wanted: None,
            failed: None,
            serving: None,
            stage: Stage::Idle,
            counter: 0,
            uses: Vec::new(),
            kills: 0,
            again_at: 0,
            trouble: None,
        };
        durable::write(&self.shared.folder.record(record.workload), &record).map_err(|err| {
            format!("write a record: {err} ({})", crate::artifacts::disk_code(&err))
        })?;
        self.take_up(record);
        Ok(())
    }

    /// The integration's name, as people look for it; with a part of the id when another environment has it already.
    fn folder_for(&self, specification: &Specification) -> PathBuf {
        let plain = PathBuf::from(&specification.integration);
        let taken = self.workloads.values().any(|known| known.folder == plain)
            || self.shared.folder.workloads().join(&plain).exists();
        if taken {
            let id = specification.workload.simple().to_string();
            let end = &id[id.len() - 12..];
            PathBuf::from(format!("{}-{end}", specification.integration))
        } else {
            plain
        }
    }

    async fn answer(&mut self, request: Request) {
        match request {
            Request::Restart { workload, answer } => match self.workloads.get(&workload) {
                Some(known) => {
                    // A closed inbox drops the answer, which its receiver takes for a no.
                    let _ = known.orders.send(Order::Restart(answer)).await;
                }
                None => drop(answer.send(false)),
            },
            Request::Hold { workload, document } => {
                self.hold(workload, &document).await;
            }
        }
    }

    /// Deletes what no record needs: old specifications, then what none of the remaining ones names.
    fn sweep(&self) {
        let Ok(records) = self.records() else { return };
        let specs = records.iter().flat_map(|record| {
            let failed = record.failed.as_ref().map(|target| target.spec.as_str());
            record.specs().chain(failed).chain(record.latest.as_deref())
        });
        if let Err(err) = sweep::sweep(&self.shared.folder, &specs.collect(), SWEEP) {
            tracing::warn!(error = %err, "delete what no workload needs any more");
        }
    }
}
