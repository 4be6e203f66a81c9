//! A record, the batch that carries it, and where it came from.

use domain::id::{DeploymentId, WorkloadId};

use crate::id::TracerInstance;

use super::{DropReport, Log, Lost, Message, Names, Payload, Produced, Rollup, RouteModel};

/// Numbers a batch of one agent: the epoch is one start of the agent, the sequence counts up from 1 in it.
///
/// Whoever stores keeps (agent, epoch, sequence) beside the rows, so a batch that is sent twice is stored once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence {
    pub epoch: u64,
    pub number: u64,
}

/// Whose records a batch holds. The organization and the runtime are those of the link's certificate and stand nowhere in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// What the control plane calls the workload; none if Midplane observes it and does not manage it.
    pub workload: Option<WorkloadId>,
    pub deployment: Option<DeploymentId>,
    /// The integration's name, or the name under which an application is observed.
    pub integration: String,
    /// Empty for an observed workload.
    pub environment: String,
    /// The digest of the release's bundle in hexadecimal; empty for an observed workload.
    pub release: String,
    /// Which run of the workload's JVM; 0 if the records do not come from a tracer (lines of the log, losses).
    pub tracer: TracerInstance,
    /// The first half of the ids of traces that begin in this run: the tracer's whole number, of which `tracer` is the low half.
    pub trace_base: u64,
}

/// Records of one workload, in the order in which they came.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    pub origin: Origin,
    /// When the batch was closed by the clock of the runner: what a record whose own clock is wrong is stored under.
    pub closed_us: u64,
    pub names: Names,
    pub records: Vec<Record>,
}

/// What is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    Route(RouteModel),
    Message(Message),
    Payload(Payload),
    Log(Log),
    Rollup(Rollup),
    Produced(Produced),
    Dropped(DropReport),
    Lost(Lost),
}

/// What a record is, without what it says. The numbers are those of the block and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Route = 1,
    Message = 2,
    Payload = 3,
    Log = 4,
    /// Kept for the number: nothing makes these, and what an old block has of them is not stored. Figures come with heartbeats.
    Metric = 5,
    Rollup = 6,
    Produced = 7,
    Dropped = 8,
    Lost = 9,
}

impl Kind {
    pub const ALL: [Self; 9] = [
        Self::Route,
        Self::Message,
        Self::Payload,
        Self::Log,
        Self::Metric,
        Self::Rollup,
        Self::Produced,
        Self::Dropped,
        Self::Lost,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Message => "message",
            Self::Payload => "payload",
            Self::Log => "log",
            Self::Metric => "metric",
            Self::Rollup => "rollup",
            Self::Produced => "produced",
            Self::Dropped => "dropped",
            Self::Lost => "lost",
        }
    }

    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u64 == number)
    }
}

impl Record {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Route(_) => Kind::Route,
            Self::Message(_) => Kind::Message,
            Self::Payload(_) => Kind::Payload,
            Self::Log(_) => Kind::Log,
            Self::Rollup(_) => Kind::Rollup,
            Self::Produced(_) => Kind::Produced,
            Self::Dropped(_) => Kind::Dropped,
            Self::Lost(_) => Kind::Lost,
        }
    }
}
