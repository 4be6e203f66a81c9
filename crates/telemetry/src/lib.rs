//! Telemetry of Midplane: what is known of every message, from the tracer's socket to the store's door.
//!
//! ```text
//! tracer -> frame -> redact, sample -> block -> spool -> link -> ingest -> store -> query
//! ```
//!
//! The unit is the finished message with its steps, never the single step: that is what keeps a step at a few bytes. One block
//! codec serves the disk, the wire and the archive. Nothing here opens a socket or a database; the spool is the only part that
//! touches a disk, and it is told which.

pub mod admit;
pub mod block;
pub mod capture;
pub mod cause;
pub mod fingerprint;
pub mod frame;
pub mod generate;
pub mod id;
pub mod ledger;
pub mod model;
pub mod query;
pub mod redact;
pub mod sample;
pub mod spool;
pub mod title;
