//! `up.json`: what a running `up` tells about itself to `down`, `doctor`, the hook and the next `up`.
//!
//! It stays behind when `up` ends: its addresses are used again when a port was left to chance, because the runner and the users'
//! contexts know them. Whether it speaks of a living process is decided by `Identity`, never by the file's existence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::process::Identity;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Running {
    pub format: u32,
    pub up: Identity,
    pub http: String,
    /// host:port
    pub link: String,
    /// Path of the demo's repository.
    #[serde(default)]
    pub git: Option<String>,
    pub context: String,
    pub ready: bool,
    pub detached: bool,
    /// The processes that `up` keeps alive, by name.
    #[serde(default)]
    pub children: BTreeMap<String, Identity>,
}
