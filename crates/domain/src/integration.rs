//! The one state that an integration has in an environment, with a reason and the next action.
//!
//! It is derived, never stored: from the latest deployment, what the runner reports to be running, whether a roll-back
//! holds newer commits, and whether the runtime is there at all. The order of the questions is the rule.

use crate::deployment::Phase;
use crate::runtime;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Running,
    Updating,
    /// The latest deployment failed; the earlier release still runs when there was one.
    Failed,
    /// Rolled back: later commits become releases but do not deploy until `resume`.
    Held,
    Stopped,
    RuntimeLost,
}

/// What the rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub runtime: runtime::State,
    pub asked: Asked,
    pub latest: Phase,
    /// The latest commit's release was refused, so it has no deployment.
    pub refused: bool,
    pub workload: Workload,
    pub held: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Run,
    Stop,
}

/// What the runner's last heartbeat said of the workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    Absent,
    Starting,
    Ready,
    /// It ended by itself and is being started again with back-off.
    Crashed,
}

impl State {
    pub fn of(seen: Seen) -> Self {
        match seen {
            Seen {
                runtime: runtime::State::Lost | runtime::State::Locked | runtime::State::Revoked,
                ..
            } => Self::RuntimeLost,
            Seen { asked: Asked::Stop, .. } => Self::Stopped,
            Seen { latest: Phase::Failed | Phase::RolledBack, .. }
            | Seen { workload: Workload::Crashed, .. } => Self::Failed,
            Seen { latest, .. } if !latest.is_final() => Self::Updating,
            // What is held does not follow commits, so it does not matter that one was refused.
            Seen { held: true, .. } => Self::Held,
            Seen { refused: true, .. } => Self::Failed,
            Seen { workload: Workload::Absent | Workload::Starting, .. } => Self::Updating,
            Seen { workload: Workload::Ready, .. } => Self::Running,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Updating => "updating",
            Self::Failed => "failed",
            Self::Held => "held",
            Self::Stopped => "stopped",
            Self::RuntimeLost => "runtime_lost",
        }
    }
}
