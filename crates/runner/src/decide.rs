//! What to do next for one workload: a pure function of its record and of what is seen.
//!
//! The reconciler looks at everything, asks `decide`, does the few actions it returns, and asks again until there are
//! none. It takes no hint about what changed. Within a list the order is the whole point: what is to be told is told
//! (journaled) before the record says that it happened, and the record is saved before an effect that must not be
//! repeated blindly. So a runner that is killed between any two actions and started again comes to the same end; `sweep`
//! tries every such point.
//!
//! The rule that must never break: never two sets of routes of one workload run at once, and never two JVMs of one
//! release. A candidate gets its go when the serving instance has said that its routes have stopped and its port is free
//! (or has ended); the rest of that one's way out goes on beside it, and `Going` ends only when it is gone. A serving
//! instance is started and let go only in stages in which no candidate has had its go.
//!
//! Nothing here reads a clock, a file or a process; `workload` does, around it.

mod candidate;
mod serving;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod tests;

use domain::deployment::Phase;

use crate::clock::Tick;
use crate::record::{Intent, Number, Outcome, Record, Stage, Stop, Target};

/// How long a checked candidate waits for the workloads it uses. They may wait for each other in a circle.
pub(crate) const HOLD_MS: u64 = 30_000;
/// What a stop may take beyond Camel's own shutdown time, before it is killed.
pub(crate) const STOP_EXTRA_MS: u64 = 5_000;

/// What the doer saw of one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) life: Life,
    /// When this runner sent SIGTERM; an earlier runner's does not count, sending it again does no harm.
    pub(crate) term_at: Option<Tick>,
    /// Whether its go file exists.
    pub(crate) went: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Never started, as far as anything shows.
    Absent,
    Running(Report),
    Ended {
        how: Ending,
        code: String,
        reason: String,
    },
}

/// Whether an end says anything about the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By its own words or exit code: another start gives the same.
    Itself,
    /// By a signal, or nobody knows: the system ran out of memory, the machine restarted, somebody killed it.
    Killed,
}

/// The instance's own words, from its status file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    Starting,
    Checked,
    Ready,
    /// Its routes have stopped and its port is free; the process is about to end.
    Stopped,
    Failed {
        code: String,
        reason: String,
    },
}

/// How far the files of `wanted` are, since this runner started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Preparation {
    None,
    Underway { generation: u64 },
    Ready { generation: u64 },
    Failed { generation: u64, code: String, reason: String },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) now: Tick,
    pub(crate) serving: Seen,
    pub(crate) candidate: Seen,
    pub(crate) preparation: Preparation,
    /// Whether every workload in `uses` is ready.
    pub(crate) uses_ready: bool,
    pub(crate) shutdown_ms: u64,
}

/// What a control plane wants of this workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) generation: u64,
    /// `None` when only the intent matters.
    pub(crate) target: Option<Target>,
    pub(crate) intent: Intent,
    pub(crate) uses: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Journal an event for the control plane.
    Tell(Event),
    /// Write the record; everything after it relies on it.
    Save(Box<Record>),
    /// Fetch and unpack what this target needs, in the background.
    Prepare(Target),
    Spawn {
        number: Number,
        target: Target,
    },
    Go(Number),
    Signal(Number, Signal),
    /// Delete everything in the inventory, the record last.
    Delete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    Terminate,
    Kill,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Phase {
        target: Target,
        phase: Phase,
        /// Code and reason of a failure.
        cause: Option<(String, String)>,
        /// The instance whose last lines explain it.
        log_of: Option<Number>,
    },
    Exit {
        target: Target,
        number: Number,
        reason: String,
        restarts: u32,
    },
}

/// Takes what the control plane asks into the record. Empty when it says nothing new.
pub(crate) fn accept(record: &Record, asked: &Asked, now: Tick) -> Vec<Action> {
    if asked.generation < record.newest {
        return Vec::new();
    }
    let mut next = Record { newest: asked.generation, intent: asked.intent, ..record.clone() };
    let mut actions = Vec::new();
    if let Some(target) = &asked.target
        && next.latest.as_ref() != Some(&target.spec)
    {
        if let Some(older) = next.wanted.take()
            && next.stage == Stage::Idle
        {
            actions.push(phase(&older, Phase::Superseded));
        }
        next.stage = superseded(next.stage, now);
        actions.push(phase(target, Phase::Accepted));
        next.latest = Some(target.spec.clone());
        next.wanted = Some(target.clone());
        next.uses.clone_from(&asked.uses);
        next.trouble = None;
        next.failed = None;
        (next.kills, next.again_at) = (0, now);
    }
    if next != *record {
        actions.push(Action::Save(Box::new(next)));
    }
    actions
}

/// Asks for a restart of what serves, or of the newest deployment when that failed and nothing serves. Asking twice is one
/// restart. `None` when there is nothing that could run.
pub(crate) fn restart(record: &Record, now: Tick) -> Option<Vec<Action>> {
    let mut next = record.clone();
    match (&mut next.serving, &mut next.failed) {
        (Some(serving), _) if serving.instance.is_some() => {
            serving.stop = serving.stop.or(Some(Stop::Restart));
            serving.crashes = 0;
        }
        (Some(serving), _) => {
            serving.start_at = now;
            serving.crashes = 0;
        }
        (None, failed) => {
            next.wanted = Some(next.wanted.take().or_else(|| failed.take())?);
            (next.kills, next.again_at) = (0, now);
        }
    }
    Some(if next == *record { Vec::new() } else { vec![Action::Save(Box::new(next))] })
}

/// A candidate that is not ready makes way for a newer one.
fn superseded(stage: Stage, now: Tick) -> Stage {
    let (target, candidate, switched) = match stage {
        Stage::Idle => return Stage::Idle,
        Stage::Checking { target, candidate, .. } | Stage::Holding { target, candidate, .. } => {
            (target, candidate, false)
        }
        Stage::Switching { target, candidate, .. } | Stage::Going { target, candidate, .. } => {
            (target, candidate, true)
        }
        // A failure that is already certain is still told.
        Stage::Abandoning { target, candidate, since, outcome: Outcome::Stopped, switched } => {
            let outcome = Outcome::Superseded;
            return Stage::Abandoning { target, candidate, since, outcome, switched };
        }
        abandoning @ Stage::Abandoning { .. } => return abandoning,
    };
    Stage::Abandoning { target, candidate, since: now, outcome: Outcome::Superseded, switched }
}

/// The next few things to do; empty when there is nothing to do but wait.
pub(crate) fn decide(record: &Record, view: &View) -> Vec<Action> {
    if record.intent != Intent::Run {
        return halt(record, view);
    }
    let actions = candidate::decide(record, view);
    if actions.is_empty() { serving::decide(record, view) } else { actions }
}

/// Brings everything of this workload to an end; deletes it when it is to be removed.
fn halt(record: &Record, view: &View) -> Vec<Action> {
    if let Stage::Checking { target, candidate, .. }
    | Stage::Holding { target, candidate, .. }
    | Stage::Switching { target, candidate, .. }
    | Stage::Going { target, candidate, .. } = &record.stage
    {
        let switched = matches!(record.stage, Stage::Switching { .. } | Stage::Going { .. });
        let (target, candidate) = (target.clone(), *candidate);
        let outcome = Outcome::Stopped;
        let stage = Stage::Abandoning { target, candidate, since: view.now, outcome, switched };
        return vec![Action::Save(Box::new(Record { stage, ..record.clone() }))];
    }
    let mut actions = Vec::new();
    if matches!(record.stage, Stage::Abandoning { .. }) {
        actions.extend(candidate::abandon(record, view));
    }
    if actions.is_empty() {
        actions.extend(serving::halt(record, view));
    }
    let over = record.stage == Stage::Idle
        && record.serving.as_ref().is_none_or(|serving| serving.instance.is_none());
    if actions.is_empty() && over && record.intent == Intent::Remove {
        actions.push(Action::Delete);
    }
    actions
}

/// Ends a running instance: SIGTERM at once, SIGKILL when it takes too long. Empty while waiting or when it has ended.
fn stop(number: Number, seen: &Seen, view: &View) -> Vec<Action> {
    if !seen.is_running() {
        return Vec::new();
    }
    match seen.term_at {
        None => vec![Action::Signal(number, Signal::Terminate)],
        Some(at) if view.now.saturating_sub(at) > view.shutdown_ms + STOP_EXTRA_MS => {
            vec![Action::Signal(number, Signal::Kill)]
        }
        Some(_) => Vec::new(),
    }
}

impl Seen {
    pub(crate) const ABSENT: Self = Self { life: Life::Absent, term_at: None, went: false };

    fn is_running(&self) -> bool {
        matches!(self.life, Life::Running(_))
    }

    /// Whether its routes may run.
    fn is_live(&self) -> bool {
        self.is_running() && self.life != Life::Running(Report::Stopped)
    }
}

fn phase(target: &Target, phase: Phase) -> Action {
    Action::Tell(Event::Phase { target: target.clone(), phase, cause: None, log_of: None })
}
