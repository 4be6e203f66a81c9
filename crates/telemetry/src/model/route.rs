//! What is not a message: the shape of a route, its counts, a line of a log.

use crate::id::MessageId;

use super::{Histogram, Name};

/// The nodes of a route as they were built. Sent once for each hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteModel {
    pub route: Name,
    /// Over types, explicit ids and nesting, never over ids that Camel counts.
    pub structure: u64,
    pub from: Option<Name>,
    pub description: Option<Name>,
    /// Parents before their children.
    pub nodes: Vec<RouteNode>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteNode {
    pub node: Name,
    /// `to`, `split`, `choice`
    pub kind: Name,
    /// The place of the parent in the list of nodes, from 1; 0 at the top.
    pub parent: u32,
    /// What the node says (`${body.sku}`, `sql:insert into ..`), without secrets.
    pub label: Option<Name>,
    /// The line in the route's file, 0 if it is not known.
    pub line: u32,
}

/// What went through a node, or a whole route, in one minute. Never sampled, never dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollup {
    pub route: Name,
    /// None for the route as a whole.
    pub node: Option<Name>,
    /// The start of the minute in seconds since 1970.
    pub minute_s: u64,
    pub count: u64,
    pub failed: u64,
    pub handled: u64,
    pub duration_sum_us: u64,
    pub duration_max_us: u64,
    pub durations: Histogram,
}

/// The numbers are those of the block and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Trace = 0,
    Debug = 1,
    Info = 2,
    Warn = 3,
    Error = 4,
}

impl Level {
    pub const ALL: [Self; 5] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error];

    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// The numbers are those of the block and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogSource {
    /// Through the workload's logger.
    Logger = 0,
    /// Written to its output, past any logger.
    Output = 1,
    /// By the runner about the workload.
    Runner = 2,
}

impl LogSource {
    pub const ALL: [Self; 3] = [Self::Logger, Self::Output, Self::Runner];
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    pub at_us: u64,
    pub level: Level,
    pub source: LogSource,
    pub logger: Option<Name>,
    pub thread: Option<Name>,
    /// The message that was worked on, if the tracer knew.
    pub message: Option<MessageId>,
    pub route: Option<Name>,
    pub node: Option<Name>,
    pub text: String,
    /// A stack trace.
    pub stack: Option<Name>,
}
