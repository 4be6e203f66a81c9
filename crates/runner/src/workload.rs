//! One workload's task: it looks, asks `decide`, does, and waits for the next thing to look at.
//!
//! The task owns the record and the processes; everybody else reads `Board`. It is woken by an order, by the end of a
//! process, by a finished preparation, by a neighbour's change while it holds a candidate back, and by a timer: every
//! few milliseconds while a start is under way, every few seconds otherwise. Being woken says nothing about what changed.
//!
//! A step that fails (a full disk) drops the rest of its list and is tried again a second later; what runs keeps running.

mod board;
mod instance;
mod perform;
mod secrets;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::artifacts::disk_code;
use crate::board::Scope;
use crate::decide::{self, Asked, Life, Preparation, Report, Seen, View};
use crate::folder::Place;
use crate::prepare;
use crate::record::{Intent, Number, Record, Stage};
use crate::shared::Shared;
use crate::tracer::Fact;
use crate::{holds, launch};
use instance::Instance;

/// A status file is polled this often while a start is under way: a few microseconds of work.
const HOT: Duration = Duration::from_millis(5);
/// While one release makes way for the next nobody answers; the launcher polls its go file at the same pace. The end of a
/// process wakes the task by itself, and watching the two files instead of asking would save one millisecond.
const SWITCH: Duration = Duration::from_millis(2);
/// Otherwise: output files are capped this often, and nothing else depends on it.
const IDLE: Duration = Duration::from_secs(5);
/// After a step that failed.
const STUCK: Duration = Duration::from_secs(1);
/// Orders come one at a time from the reconciler; more than a few waiting means that this task hangs.
pub(crate) const INBOX: usize = 16;

pub(crate) enum Order {
    Ask(Asked),
    /// Answers whether there is something to restart.
    Restart(oneshot::Sender<bool>),
    /// A document of held routes (`holds`).
    Hold(String),
}

pub(crate) struct Workload {
    shared: Arc<Shared>,
    place: Place,
    scope: Scope,
    record: Record,
    instances: BTreeMap<Number, Instance>,
    preparation: Option<Preparing>,
    inbox: mpsc::Receiver<Order>,
    /// Why the last step could not be done.
    stuck: Option<String>,
    /// The URL of what serves, and the specification that says so.
    url: (String, Option<String>),
    /// The newest deployment after which files of earlier secrets were deleted.
    tidied: Option<String>,
}

struct Preparing {
    generation: u64,
    task: JoinHandle<()>,
    outcome: watch::Receiver<Option<prepare::Outcome>>,
    note: watch::Receiver<String>,
}

impl Drop for Preparing {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Whether there is more to do for this workload.
enum Next {
    Again,
    Wait(Duration),
    Gone,
}

impl Workload {
    pub(crate) fn new(shared: Arc<Shared>, record: Record, inbox: mpsc::Receiver<Order>) -> Self {
        let place = shared.folder.workload(&record.folder);
        let scope =
            Scope { project: record.project.clone(), environment: record.environment.clone() };
        if let Some(tracers) = &shared.tracers {
            let fact = Fact {
                workload: Some(record.workload),
                integration: record.integration.clone(),
                environment: record.environment.clone(),
                ..Fact::default()
            };
            tracers.adopt_logs(record.workload, place.clone(), fact);
        }
        let mut workload = Self {
            shared,
            place,
            scope,
            record,
            instances: BTreeMap::new(),
            preparation: None,
            inbox,
            stuck: None,
            url: (String::new(), None),
            tidied: None,
        };
        workload.publish(None);
        workload
    }

    /// Until the workload is removed. Dropping the future leaves its processes alone.
    pub(crate) async fn run(mut self) {
        loop {
            match self.step().await {
                Next::Again => {}
                Next::Gone => break,
                Next::Wait(time) => {
                    if !self.wait(time).await {
                        break;
                    }
                }
            }
        }
    }

    async fn step(&mut self) -> Next {
        let view = self.look();
        self.publish(Some(&view));
        let actions = decide::decide(&self.record, &view);
        if actions.is_empty() {
            let patience = self.patience(&view);
            if patience == IDLE {
                self.tidy();
            }
            return Next::Wait(patience);
        }
        let deleted = actions.contains(&decide::Action::Delete);
        match self.perform(actions).await {
            Ok(perform::Done::All) if deleted => Next::Gone,
            Ok(perform::Done::All) => {
                self.stuck = None;
                Next::Again
            }
            Ok(perform::Done::WaitForLibrary) => Next::Wait(IDLE),
            Err(err) => {
                tracing::warn!(integration = self.record.integration, error = %err, "a step failed");
                self.stuck = Some(err.to_string());
                Next::Wait(STUCK)
            }
        }
    }

    fn look(&mut self) -> View {
        let serving = self.record.serving.as_ref().and_then(|serving| serving.instance);
        let candidate = self.record.stage.candidate();
        View {
            now: self.shared.settings.seams.tick(),
            serving: self.see(serving),
            candidate: self.see(candidate),
            preparation: self.prepared(),
            uses_ready: self.shared.board.are_ready(&self.scope, &self.record.uses),
            shutdown_ms: launch::SHUTDOWN_S * 1000,
        }
    }

    fn see(&mut self, number: Option<Number>) -> Seen {
        number.map_or(Seen::ABSENT, |number| self.instance(number).see())
    }

    fn instance(&mut self, number: Number) -> &mut Instance {
        let (shared, place) = (&self.shared, &self.place);
        self.instances
            .entry(number)
            .or_insert_with(|| Instance::find(place.instance(number), shared))
    }

    fn prepared(&self) -> Preparation {
        let Some(preparing) = &self.preparation else { return Preparation::None };
        let generation = preparing.generation;
        match &*preparing.outcome.borrow() {
            None => Preparation::Underway { generation },
            Some(Ok(())) => Preparation::Ready { generation },
            Some(Err((code, reason))) => {
                let (code, reason) = (code.clone(), reason.clone());
                Preparation::Failed { generation, code, reason }
            }
        }
    }

    /// How long nothing can happen that nobody would tell.
    fn patience(&self, view: &View) -> Duration {
        match self.record.stage {
            Stage::Idle => {}
            Stage::Switching { .. } => return SWITCH,
            _ => return HOT,
        }
        if self.record.wanted.is_some() && view.now < self.record.again_at {
            let wait = self.record.again_at - view.now;
            return Duration::from_millis(wait).clamp(HOT, IDLE);
        }
        let Some(serving) = &self.record.serving else { return IDLE };
        match &view.serving.life {
            Life::Running(Report::Ready) if serving.stop.is_none() => IDLE,
            Life::Running(_) => HOT,
            Life::Absent | Life::Ended { .. } if self.record.intent == Intent::Run => {
                let wait = serving.start_at.saturating_sub(view.now);
                Duration::from_millis(wait).clamp(HOT, IDLE)
            }
            Life::Absent | Life::Ended { .. } => IDLE,
        }
    }

    /// False when the runner no longer holds this workload.
    async fn wait(&mut self, time: Duration) -> bool {
        let holding = matches!(self.record.stage, Stage::Holding { .. });
        let waiting = self.stuck.is_none() && self.shared.library.borrow().ready().is_none();
        let mut board = self.shared.board.changed();
        let mut library = self.shared.library.clone();
        library.mark_unchanged();
        let order = {
            let ends = self.instances.values().filter_map(Instance::handle).map(|handle| {
                let ended: std::pin::Pin<Box<dyn Future<Output = ()> + Send>> =
                    Box::pin(handle.ended());
                ended
            });
            let mut ends: Vec<_> = ends.collect();
            ends.push(Box::pin(std::future::pending()));
            let prepared = async {
                if let Some(preparing) = &mut self.preparation {
                    // An outcome that is there already was looked at before this wait.
                    let known = preparing.outcome.borrow_and_update().is_some();
                    if !known && preparing.outcome.changed().await.is_ok() {
                        return;
                    }
                }
                std::future::pending::<()>().await;
            };
            tokio::select! {
                biased;
                order = self.inbox.recv() => match order {
                    Some(order) => Some(order),
                    None => return false,
                },
                _ = futures::future::select_all(ends) => None,
                () = prepared => None,
                _ = board.changed(), if holding => None,
                _ = library.changed(), if waiting => None,
                () = tokio::time::sleep(time) => None,
            }
        };
        if let Some(order) = order {
            self.obey(order).await;
        }
        true
    }

    /// Keeps the document for the next start, and gives it to what runs.
    fn hold(&mut self, document: &str) {
        let mode = self.shared.pass();
        let kept = holds::keep(&self.place, document, mode).and_then(|is_newer| {
            let mut running =
                self.instances.values().filter(|one| is_newer && one.handle().is_some());
            running.try_for_each(|one| holds::give(&self.place, one.place()))
        });
        if let Err(err) = kept {
            tracing::warn!(integration = self.record.integration, error = %err, "hold routes back");
            self.stuck = Some(format!("hold routes back: {err} ({})", disk_code(&err)));
        }
    }

    async fn obey(&mut self, order: Order) {
        let now = self.shared.settings.seams.tick();
        let actions = match order {
            Order::Ask(asked) => decide::accept(&self.record, &asked, now),
            Order::Restart(answer) => {
                let actions = decide::restart(&self.record, now);
                let _ = answer.send(actions.is_some());
                actions.unwrap_or_default()
            }
            Order::Hold(document) => {
                self.hold(&document);
                return;
            }
        };
        if let Err(err) = self.perform(actions).await {
            // The reconciler asks again with the next desired state, which it repeats.
            tracing::warn!(integration = self.record.integration, error = %err, "take an order");
            self.stuck = Some(err.to_string());
        }
    }
}
