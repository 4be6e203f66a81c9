//! What became of every record: made, let go on purpose, or lost.
//!
//! Counts are since the last report of the same kind, so adding up all stored reports of an agent and epoch gives the whole:
//! `produced = stored + dropped + lost + in flight`. Because a batch is stored once however often it is sent, the sum is exact.

use super::{Kind, Name};

/// Where a record was let go. The numbers are those of the block and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// In the workload's JVM.
    Tracer = 0,
    /// Between the tracer's socket and the spool.
    Runner = 1,
    Spool = 2,
    Link = 3,
    Ingest = 4,
    Store = 5,
}

impl Stage {
    pub const ALL: [Self; 6] =
        [Self::Tracer, Self::Runner, Self::Spool, Self::Link, Self::Ingest, Self::Store];

    pub fn name(self) -> &'static str {
        match self {
            Self::Tracer => "tracer",
            Self::Runner => "runner",
            Self::Spool => "spool",
            Self::Link => "link",
            Self::Ingest => "ingest",
            Self::Store => "store",
        }
    }
}

/// Why a record was let go. The numbers are those of the block and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The route's sampling rate left it out.
    SampledHead = 0,
    /// It was neither failed, slow nor needed as a reference.
    SampledTail = 1,
    /// The ring in the JVM was full.
    RingFull = 2,
    /// The spool reached its cap of bytes.
    SpoolFull = 3,
    /// The spool held it longer than its cap of age.
    TooOld = 4,
    TooLarge = 5,
    /// It could not be redacted, so it is not kept.
    Redaction = 6,
    /// The organization's quota.
    Quota = 7,
    /// The store said no for good.
    Rejected = 8,
    /// The disk did not take it.
    DiskFull = 9,
    /// It was not what the protocol says.
    Malformed = 10,
    /// More came than could be worked on.
    Overload = 11,
    /// The level of capture does not ask for it.
    NotAsked = 12,
}

impl Reason {
    pub const ALL: [Self; 13] = [
        Self::SampledHead,
        Self::SampledTail,
        Self::RingFull,
        Self::SpoolFull,
        Self::TooOld,
        Self::TooLarge,
        Self::Redaction,
        Self::Quota,
        Self::Rejected,
        Self::DiskFull,
        Self::Malformed,
        Self::Overload,
        Self::NotAsked,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::SampledHead => "sampled_head",
            Self::SampledTail => "sampled_tail",
            Self::RingFull => "ring_full",
            Self::SpoolFull => "spool_full",
            Self::TooOld => "too_old",
            Self::TooLarge => "too_large",
            Self::Redaction => "redaction_error",
            Self::Quota => "quota",
            Self::Rejected => "rejected",
            Self::DiskFull => "disk_full",
            Self::Malformed => "malformed",
            Self::Overload => "overload",
            Self::NotAsked => "not_asked",
        }
    }

    /// Chosen by a setting, not by need: no banner says that something is missing.
    pub fn is_wanted(self) -> bool {
        matches!(self, Self::SampledHead | Self::SampledTail | Self::NotAsked)
    }
}

/// How many records of a kind were made since the last report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Produced {
    pub from_us: u64,
    pub to_us: u64,
    pub kind: Kind,
    pub count: u64,
}

/// How many records of a kind were let go since the last report of this stage and reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DropReport {
    pub from_us: u64,
    pub to_us: u64,
    pub route: Option<Name>,
    pub kind: Kind,
    pub stage: Stage,
    pub reason: Reason,
    pub count: u64,
}

/// The numbers are those of the block and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LossReason {
    /// The JVM ended without saying goodbye: what its ring held is gone.
    ProcessDied = 0,
    /// The runner or its machine stopped between two flushes of the spool.
    RunnerDied = 1,
    /// A segment of the spool does not read back.
    SpoolDamaged = 2,
    /// A connection between tracer and runner ended while they were on their way.
    Connection = 3,
}

impl LossReason {
    pub const ALL: [Self; 4] =
        [Self::ProcessDied, Self::RunnerDied, Self::SpoolDamaged, Self::Connection];

    pub fn name(self) -> &'static str {
        match self {
            Self::ProcessDied => "process_died",
            Self::RunnerDied => "runner_died",
            Self::SpoolDamaged => "spool_damaged",
            Self::Connection => "connection",
        }
    }
}

/// Records that are gone, with how many at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    pub from_us: u64,
    pub to_us: u64,
    pub kind: Kind,
    pub reason: LossReason,
    /// No more than this many; exact if `is_exact`.
    pub at_most: u64,
    pub is_exact: bool,
}
