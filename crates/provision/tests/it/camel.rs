//! The launcher on a real JVM with real Camel: check, go, stop, and every way to fail in between.
//!
//! Uses the shared cache of this machine (jars, compiled launcher, trained archive), so only the very
//! first run is slow. Each workload lives in a folder and on a port of its own.

mod failures;
mod lifecycle;
mod logs;
mod resolving;
pub(crate) mod workload;
