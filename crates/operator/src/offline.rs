//! Plugs and sockets looked at as files, without a cluster.
//!
//! ```text
//! files ── manifest ──> Set ── lint ──> findings                what is wrong with what is written
//!                        ├──── render ──> what would be made, and from where
//!                        └──── diff ────> what another socket would change
//! ```
//! The rules are the operator's own (`core` in a `world` in memory, the schema of `k8s`, `template`), never a second version of them.
//! Files are handed in as text: nothing here opens one. What only a cluster knows (rights, objects that are not among the files,
//! answers of an apparatus) is absent, and where it matters the operator's own message says so.

pub mod diff;
pub mod finding;
pub mod lint;
pub mod manifest;
pub mod render;

mod asked;
mod schema;
mod side;
mod stage;
