//! Records: all that a runner tells of its workloads.
//!
//! A [`Batch`] is the unit that is encoded, spooled, sent and acknowledged. All its records come from one workload, named once by its
//! [`Origin`]; the names that repeat (routes, nodes, classes, headers) live once in its [`Names`] and records hold a [`Name`], a
//! number. So a reader that maps names to its own numbers does so once for each batch, not once for each step.
//!
//! Times are microseconds since 1970 in `_us` fields and durations are microseconds. Nothing here is checked against anything:
//! [`crate::block`] refuses a name that its batch does not hold, whoever stores decides about clocks.

pub mod account;
pub mod histogram;
pub mod message;
pub mod names;
pub mod payload;
pub mod record;
pub mod route;

pub use account::{DropReport, LossReason, Lost, Produced, Reason, Stage};
pub use histogram::Histogram;
pub use message::{
    CamelId, Correlation, Fault, Message, MessageFlags, Outcome, Parent, Step, StepFlags, Trace,
};
pub use names::{Name, Names};
pub use payload::{Body, Header, HeaderValue, Payload, PayloadFlags, Point, Unavailable};
pub use record::{Batch, Kind, Origin, Record, Sequence};
pub use route::{Level, Log, LogSource, Rollup, RouteModel, RouteNode};
