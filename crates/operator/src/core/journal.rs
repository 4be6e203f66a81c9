//! The journal of one coupling: how far it is, what it made, and what it was made from.
//!
//! ```text
//! Config -> PlugCoupled -> SocketCoupled -> Result -> Coupled <-> Updating
//!    \____________\______________\____________\_________\__________\-> Decoupling -> (deleted)
//! ```
//! It is written before the first effect, with everything that is about to be made in its inventory, so a crash can leave an
//! entry without an object and never an object without an entry. It lives in one Secret of the operator's namespace and carries
//! no ownerReference (an owner in another namespace counts as absent, and the garbage collector would delete the inventory). The
//! form on disk is this type as JSON, compressed and sealed by `seal`; `format` guards it. `Debug` shows no value.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::object::{Account, Identity, ObjectRef};
use crate::core::request::Values;

/// Written into every journal; a newer one is not read.
pub const FORMAT: u32 = 1;

/// What the watch of the journals (metadata only) knows about one, from its labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub name: String,
    pub resource_version: String,
    pub plug_uid: Option<String>,
    pub socket_uid: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Phase {
    /// Consent is given, both configurations are computed; nothing has been done yet.
    Config,
    PlugCoupled,
    SocketCoupled,
    Result,
    Coupled,
    Updating,
    Decoupling,
    /// The journal of one plug or socket on its own: `created` and `deleted`.
    Alone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    Plug,
    Socket,
}

/// One object that this coupling made or is about to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    pub object: ObjectRef,
    pub side: Side,
    pub account: Account,
    /// It stays when the coupling ends.
    pub retain: bool,
    /// An object with another uid is not ours and stays. Unknown between the journal and the effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Journal {
    pub format: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plug: Option<Identity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub socket: Option<Identity>,
    pub phase: Phase,
    /// Counts coupling and every update; part of each event id.
    pub pass: u64,
    pub hash: String,
    #[serde(default)]
    pub result_hash: String,
    /// Steps of this pass that are done and must not be done again.
    #[serde(default)]
    pub done: BTreeSet<String>,
    #[serde(default)]
    pub inventory: Vec<Made>,
    pub snapshot: Snapshot,
}

/// What the coupling was last made from: enough to undo it when every source is gone.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    #[serde(default)]
    pub plug: Value,
    #[serde(default)]
    pub socket: Value,
    #[serde(default)]
    pub plug_config: Values,
    #[serde(default)]
    pub socket_config: Values,
    #[serde(default)]
    pub plug_result: Values,
    #[serde(default)]
    pub socket_result: Values,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("plug", &self.plug)
            .field("socket", &self.socket)
            .field("phase", &self.phase)
            .field("pass", &self.pass)
            .field("done", &self.done)
            .field("inventory", &self.inventory)
            .finish_non_exhaustive()
    }
}
