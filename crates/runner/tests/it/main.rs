//! The runner against a control plane in the same process: an ordinary type behind the link's real server, over
//! loopback TLS, with real certificates. What it runs are real JVMs on the real base library.
//!
//! `bench` is that control plane and what a test asks of a runner; each other module is one promise.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failing helper fails its test")]

mod bench;
mod deliver;
mod deploy;
mod isolation;
mod logs;
mod originals;
mod sandbox;
mod survive;
mod telemetry;
mod trouble;
