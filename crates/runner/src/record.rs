//! What the runner remembers of one workload: the durable half of the reconciler's input.
//!
//! ```text
//! stage: Idle -> Checking -> Holding -> Switching -> Going -> Idle (serving = the new release)
//!                    \___________\__________\__________\-> Abandoning -> Idle (serving = the earlier one)
//! ```
//! `serving` is the release that is to run; a candidate becomes it when it is ready, never before. `wanted` is a
//! deployment that has no outcome yet. An instance is one start of a JVM, named by a number that is never used twice for
//! a workload; which process it is stands in the instance's own folder, so a record says nothing about pids.
//!
//! The record is its own file format (`format: 1`, see `durable`): a separate row type would be the same list of fields
//! twice. Times are milliseconds since boot (`clock::Tick`), because a wall clock may jump by an hour.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Tick;

/// One start of a JVM of this workload.
pub(crate) type Number = u64;

/// A release of this workload as a deployment asked for it. Everything else is in the specification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    /// The deployment's own, as its specification has it.
    pub(crate) generation: u64,
    pub(crate) deployment: Uuid,
    /// `sha256:..` of the specification, which lies in `specs/`.
    pub(crate) spec: String,
    /// How long a start may take, in milliseconds.
    pub(crate) startup_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) format: u32,
    /// The boot of the machine that the ticks below count from.
    pub(crate) boot: String,
    pub(crate) workload: Uuid,
    pub(crate) integration: String,
    pub(crate) project: String,
    pub(crate) environment: String,
    /// The workload's folder below `workloads/`; with `format` the inventory of what a removal deletes.
    pub(crate) folder: PathBuf,
    /// The stable loopback port.
    pub(crate) port: u16,
    pub(crate) intent: Intent,
    /// The newest generation of the desired state ever accepted; anything older is ignored. Stopping and starting raise
    /// it as well, so it may be ahead of every deployment's.
    pub(crate) newest: u64,
    /// The specification of the newest deployment ever accepted: seeing it again asks for nothing new.
    pub(crate) latest: Option<String>,
    pub(crate) wanted: Option<Target>,
    /// The newest deployment, when it failed: a restart tries it again if nothing else is there to restart.
    pub(crate) failed: Option<Target>,
    pub(crate) serving: Option<Serving>,
    pub(crate) stage: Stage,
    /// The last instance number that was given out.
    pub(crate) counter: Number,
    /// Names of integrations of the environment that must be ready first.
    pub(crate) uses: Vec<String>,
    /// Candidates of `wanted` that were killed on their way to ready, and when the next one may start.
    #[serde(default)]
    pub(crate) kills: u32,
    #[serde(default)]
    pub(crate) again_at: Tick,
    /// Why the newest deployment did not become what runs, for the status.
    pub(crate) trouble: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Intent {
    Run,
    Stop,
    Remove,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Serving {
    pub(crate) target: Target,
    pub(crate) instance: Option<Number>,
    /// When the instance was started.
    pub(crate) since: Tick,
    /// Crashes since the last two healthy minutes.
    pub(crate) crashes: u32,
    /// Starts after a crash or a restart, over the life of this release.
    pub(crate) restarts: u32,
    pub(crate) start_at: Tick,
    pub(crate) stop: Option<Stop>,
}

/// Why the serving instance is being stopped, although it is to run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stop {
    /// Somebody asked for a restart.
    Restart,
    /// It was not ready in time after a start.
    Late,
    /// It makes way for a candidate. When that one fails first, it is started again.
    Switch,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub(crate) enum Stage {
    Idle,
    /// The candidate builds its routes; nothing of it is started.
    Checking {
        target: Target,
        candidate: Number,
        since: Tick,
    },
    /// Checked; waits for the workloads it uses.
    Holding {
        target: Target,
        candidate: Number,
        since: Tick,
    },
    /// The routes of the earlier release are being stopped. The candidate has no go yet, or has it a moment before the
    /// next stage is written.
    Switching {
        target: Target,
        candidate: Number,
        since: Tick,
    },
    /// The routes of the earlier release have stopped and the candidate has its go. This stage ends when the candidate is
    /// ready and the earlier process is gone.
    Going {
        target: Target,
        candidate: Number,
        since: Tick,
    },
    /// The candidate is to end, and then `outcome` is told.
    Abandoning {
        target: Target,
        candidate: Number,
        since: Tick,
        outcome: Outcome,
        switched: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Outcome {
    Failed {
        code: String,
        reason: String,
    },
    Superseded,
    /// Stopped by the user before it was ready; the deployment goes on when it is started again.
    Stopped,
}

impl Record {
    pub(crate) const FORMAT: u32 = 1;

    /// The instances whose folders must stay.
    pub(crate) fn instances(&self) -> impl Iterator<Item = Number> {
        let serving = self.serving.as_ref().and_then(|serving| serving.instance);
        serving.into_iter().chain(self.stage.candidate())
    }

    /// The specifications (`sha256:..`) that must stay.
    pub(crate) fn specs(&self) -> impl Iterator<Item = &str> {
        let serving = self.serving.as_ref().map(|serving| serving.target.spec.as_str());
        let wanted = self.wanted.as_ref().map(|target| target.spec.as_str());
        let staged = self.stage.target().map(|target| target.spec.as_str());
        serving.into_iter().chain(wanted).chain(staged)
    }
}

impl Record {
    /// After a reboot nothing of the earlier boot lives and its ticks mean nothing: every wait begins again.
    pub(crate) fn rebase(&mut self, boot: &str, now: Tick) {
        if self.boot == boot {
            return;
        }
        boot.clone_into(&mut self.boot);
        if let Some(serving) = &mut self.serving {
            serving.since = now;
            serving.start_at = now;
        }
        self.again_at = now;
        if let Some(since) = self.stage.since_mut() {
            *since = now;
        }
    }
}

impl Stage {
    fn since_mut(&mut self) -> Option<&mut Tick> {
        match self {
            Self::Idle => None,
            Self::Checking { since, .. }
            | Self::Holding { since, .. }
            | Self::Switching { since, .. }
            | Self::Going { since, .. }
            | Self::Abandoning { since, .. } => Some(since),
        }
    }

    pub(crate) fn candidate(&self) -> Option<Number> {
        match self {
            Self::Idle => None,
            Self::Checking { candidate, .. }
            | Self::Holding { candidate, .. }
            | Self::Switching { candidate, .. }
            | Self::Going { candidate, .. }
            | Self::Abandoning { candidate, .. } => Some(*candidate),
        }
    }

    pub(crate) fn target(&self) -> Option<&Target> {
        match self {
            Self::Idle => None,
            Self::Checking { target, .. }
            | Self::Holding { target, .. }
            | Self::Switching { target, .. }
            | Self::Going { target, .. }
            | Self::Abandoning { target, .. } => Some(target),
        }
    }
}
