//! The tracer in a real JVM with real Camel, heard over its socket as a runner hears it.
//!
//! Many routes share one start of a JVM. What happened to a message is compared as a path: the keys of the nodes in the order of
//! their steps, with what ran within a step in parentheses.
//!
//! ```text
//! intake(split#1(0:log#1 1:log#1) to#1!)
//! ```
//!
//! `0:` is the round of a split, multicast or loop, `~1` the first redelivery, `!` failed, `?` had no end, `-` let nothing through.

mod faults;
mod inputs;
mod log;
mod paths;
mod peer;
mod sampling;
mod versions;
