//! Plugs and sockets looked at as files, without a cluster.
//!
//! ```text
//! files ── manifest ──> Set ── lint ──> findings          what is wrong with what is written
//!                        └──── render, diff (with `world`) what the operator would do with it
//! ```
//! The rules are the operator's own (`core`, the schema of `k8s`, `template`), never a second version of them. Files are handed in as
//! text: nothing here opens one.

pub mod finding;
pub mod lint;
pub mod manifest;

mod asked;
mod schema;
mod side;
