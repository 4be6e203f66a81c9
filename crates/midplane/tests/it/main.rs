//! The binary as its users run it: help and error texts, and (`e2e_`) the whole product with nothing replaced.
//!
//! Each end-to-end test has a home folder of its own, ports chosen by the kernel, and the machine's shared cache of downloads. One
//! `up` is shared by the claims that only read or push (`first_hour`); faults get their own. Every JVM start is recorded by the
//! `java` that the test hands in, outside Midplane's reach.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests end the test like tests do"
)]

mod chaos;
mod console;
mod errors;
mod faults;
mod first_hour;
mod help;
mod jvms;
mod lifecycle;
mod messages;
mod operator;
mod recording;
mod replay;
mod replicas;
mod support;
mod unprivileged;
