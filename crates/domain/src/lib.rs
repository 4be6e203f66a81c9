//! Rules of Midplane: what may be, and what follows from what.
//!
//! Everything here is a plain function or an enum with data. Nothing does IO, reads a clock, mints an id or
//! serialises: rows, wire messages and GraphQL types convert at their own edge. That is what lets the rules be
//! tested in milliseconds, and the programs around them be replayed from a seed.

pub mod alert;
pub mod bulk_replay;
pub mod capture;
pub mod deployment;
pub mod digest;
pub mod enrolment;
pub mod failure;
pub mod id;
pub mod integration;
pub mod name;
pub mod permission;
pub mod prune;
pub mod release;
pub mod replay;
pub mod route_hold;
pub mod runtime;
pub mod source;
