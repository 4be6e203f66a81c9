//! Does what `decide` returned, in its order, and stops at the first thing that cannot be done.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::sync::Arc;

use domain::deployment::Phase;
use link::journal::JournalError;
use tokio::sync::watch;

use super::instance::{Instance, Start};
use super::{Preparing, Workload, secrets};
use crate::artifacts::{Failure, disk_code, load_specification};
use crate::chain::chain;
use crate::decide::{Action, Event, Signal};
use crate::http_routes::serves_http;
use crate::outlet::{Told, journal_code};
use crate::record::{Number, Record, Stage, Target};
use crate::{durable, logs, prepare};

/// Ended instances whose folders (their logs) are kept.
const KEEP_ENDED: usize = 3;
/// Lines of its log that a failure brings along.
const LAST_LINES: usize = 20;
/// Of stdout and of stderr, for each instance.
const OUTPUT_BYTES: u64 = 8 << 20;

pub(super) enum Done {
    All,
    /// A JVM cannot be started yet; nothing after that was done.
    WaitForLibrary,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum Stuck {
    #[error("{doing} ({}): {source}", disk_code(source))]
    Disk { doing: &'static str, source: io::Error },
    #[error("journal an event ({}): {}", journal_code(.0), chain(.0))]
    Journal(#[from] JournalError),
    #[error("{0}")]
    Specification(#[from] Failure),
}

impl Workload {
    pub(super) async fn perform(&mut self, actions: Vec<Action>) -> Result<Done, Stuck> {
        for action in actions {
            match action {
                Action::Tell(event) => self.tell(event).await?,
                Action::Save(record) => self.save(*record)?,
                Action::Prepare(target) => self.prepare(target),
                Action::Spawn { number, target } => {
                    if !self.spawn(number, &target)? {
                        return Ok(Done::WaitForLibrary);
                    }
                }
                Action::Go(number) => self
                    .instance(number)
                    .go()
                    .map_err(|source| Stuck::Disk { doing: "write the go file", source })?,
                Action::Signal(number, signal) => self.signal(number, signal),
                Action::Delete => self.delete()?,
            }
        }
        Ok(Done::All)
    }

    async fn tell(&mut self, event: Event) -> Result<(), Stuck> {
        let workload = self.record.workload;
        match event {
            Event::Phase { target, phase, cause, log_of } => {
                let mut told = Told::default();
                if let Some((code, reason)) = cause {
                    tracing::warn!(
                        integration = self.record.integration,
                        generation = target.generation,
                        phase = phase.as_str(),
                        code,
                        reason,
                        "deployment"
                    );
                    (told.code, told.reason) = (code, reason);
                } else {
                    tracing::info!(
                        integration = self.record.integration,
                        generation = target.generation,
                        phase = phase.as_str(),
                        "deployment"
                    );
                }
                if let Some(number) = log_of {
                    told.log = self.last_lines(number);
                }
                if phase == Phase::Ready {
                    told.url = self.url_of(&target).unwrap_or_default();
                }
                self.shared.outlet.phase(workload, &target, phase, told).await?;
            }
            Event::Exit { target, number, reason, restarts } => {
                tracing::warn!(integration = self.record.integration, reason, restarts, "ended");
                let log = self.last_lines(number);
                let generation = target.generation;
                self.shared.outlet.exit(workload, generation, reason, restarts, log).await?;
            }
        }
        Ok(())
    }

    fn last_lines(&self, number: Number) -> Vec<String> {
        logs::last_lines(&self.place.instance(number), &self.record.integration, LAST_LINES)
    }

    fn save(&mut self, record: Record) -> Result<(), Stuck> {
        let path = self.shared.folder.record(record.workload);
        let saved = durable::write(&path, &record);
        let trouble = saved.as_ref().err().map(|err| format!("{} ({})", err, disk_code(err)));
        self.shared.disk.send_if_modified(|disk| {
            let changed = *disk != trouble;
            *disk = trouble;
            changed
        });
        saved.map_err(|source| Stuck::Disk { doing: "write the workload's record", source })?;
        self.record = record;
        Ok(())
    }

    fn prepare(&mut self, target: Target) {
        let (done, outcome) = watch::channel(None);
        let (note_to, note) = watch::channel(String::new());
        let (shared, workload) = (self.shared.clone(), self.record.workload);
        let generation = target.generation;
        let task = self.shared.tasks.spawn("runner.prepare", async move {
            let outcome = prepare::prepare(shared, workload, target, note_to).await;
            done.send_replace(Some(outcome));
        });
        self.preparation = Some(Preparing { generation, task, outcome, note });
    }

    /// False when there is no Java or base library yet.
    fn spawn(&mut self, number: Number, target: &Target) -> Result<bool, Stuck> {
        let Some(library) = self.shared.library.borrow().ready() else { return Ok(false) };
        let specification = load_specification(&self.shared.folder.spec(&target.spec))?;
        let mut instance = Instance::find(self.place.instance(number), &self.shared);
        if instance.handle().is_none() {
            let neighbours = self.shared.board.neighbours(&self.scope);
            instance.spawn(&Start {
                shared: &self.shared,
                library: &library,
                place: &self.place,
                specification: &specification,
                port: self.record.port,
                neighbours: &neighbours,
            });
        }
        self.instances.insert(number, instance);
        Ok(true)
    }

    fn signal(&mut self, number: Number, signal: Signal) {
        let now = self.shared.settings.seams.tick();
        let instance = self.instance(number);
        let sent = match signal {
            Signal::Terminate => instance.terminate(now),
            Signal::Kill => instance.kill(now),
        };
        if let Err(err) = sent {
            tracing::warn!(number, error = %err, "signal a workload");
        }
    }

    /// The inventory (the record) goes last, so that a removal that was cut off is finished by the next runner.
    fn delete(&mut self) -> Result<(), Stuck> {
        let gone = |result: io::Result<()>| match result {
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.map_err(|source| Stuck::Disk { doing: "delete the workload", source }),
        };
        gone(fs::remove_dir_all(self.place.root()))?;
        let record = self.shared.folder.record(self.record.workload);
        gone(fs::remove_file(&record))?;
        gone(durable::sync_parent(&record))?;
        self.shared.board.take(self.record.workload);
        if let Some(tracers) = &self.shared.tracers {
            tracers.forget(self.record.workload);
        }
        tracing::info!(integration = self.record.integration, "removed");
        Ok(())
    }

    /// When nothing is under way: forgets old instances and caps what the living print.
    pub(super) fn tidy(&mut self) {
        let keep: BTreeSet<Number> = self.record.instances().collect();
        self.instances.retain(|number, _| keep.contains(number));
        for instance in self.instances.values() {
            for output in [instance.place().stdout(), instance.place().stderr()] {
                logs::cap(&output, OUTPUT_BYTES);
            }
        }
        if self.tidied.as_ref() != self.record.latest.as_ref()
            && self.record.stage == Stage::Idle
            && let Some(serving) = &self.record.serving
            && let Ok(specification) =
                load_specification(&self.shared.folder.spec(&serving.target.spec))
        {
            secrets::forget_others(&self.place, &specification);
            self.tidied.clone_from(&self.record.latest);
        }
        let mut ended: Vec<Number> =
            self.place.numbers().into_iter().filter(|number| !keep.contains(number)).collect();
        ended.truncate(ended.len().saturating_sub(KEEP_ENDED));
        for number in ended {
            if let Err(err) = fs::remove_dir_all(self.place.instance(number).root()) {
                tracing::warn!(number, error = %err, "delete an old instance's folder");
            }
        }
    }

    pub(super) fn url_of(&self, target: &Target) -> Option<String> {
        let specification = load_specification(&self.shared.folder.spec(&target.spec)).ok()?;
        let bundle = self.shared.folder.bundle(&specification.release.bundle);
        let path = specification.path().unwrap_or_default();
        serves_http(&specification, &bundle)
            .then(|| format!("http://127.0.0.1:{}{path}", self.record.port))
    }

    pub(super) fn shared(&self) -> &Arc<crate::shared::Shared> {
        &self.shared
    }
}
