//! The journal of one coupling: how far it is, what it made, and what it was made from.
//!
//! ```text
//! Config -> PlugCoupled -> SocketCoupled -> Result -> Coupled <-> Updating
//!    \____________\______________\____________\_________\__________\-> Decoupling -> (deleted)
//! Creating -> Created -> Deleting -> (deleted)      of one plug or socket on its own
//! ```
//! It is written before the first effect, with everything that is about to be made in its inventory, so a crash can leave an
//! entry without an object and never an object without an entry. It lives in one Secret of the operator's namespace and carries
//! no ownerReference (an owner in another namespace counts as absent, and the garbage collector would delete the inventory). The
//! form on disk is this type as JSON, compressed and sealed by `seal`; `format` guards it. `Debug` shows no value.

use std::collections::BTreeMap;
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
    pub phase: Phase,
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
    Creating,
    Created,
    Deleting,
}

impl Phase {
    pub const ALL: &[Self] = &[
        Self::Config,
        Self::PlugCoupled,
        Self::SocketCoupled,
        Self::Result,
        Self::Coupled,
        Self::Updating,
        Self::Decoupling,
        Self::Creating,
        Self::Created,
        Self::Deleting,
    ];

    /// As it stands in labels and statuses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Config => "Config",
            Self::PlugCoupled => "PlugCoupled",
            Self::SocketCoupled => "SocketCoupled",
            Self::Result => "Result",
            Self::Coupled => "Coupled",
            Self::Updating => "Updating",
            Self::Decoupling => "Decoupling",
            Self::Creating => "Creating",
            Self::Created => "Created",
            Self::Deleting => "Deleting",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|phase| phase.as_str() == text)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    Plug,
    Socket,
}

impl Side {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plug => "plug",
            Self::Socket => "socket",
        }
    }
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
    /// Set when only fields of somebody else's object are ours: undone by an empty apply of this field manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
    /// Every attempt to make it was refused so far: who may not make it need not be able to delete it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untouched: bool,
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
    /// Calls of this pass that were answered and must not be made again, with the hash they were made for.
    #[serde(default)]
    pub done: BTreeMap<String, String>,
    /// When waiting for results began, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<i64>,
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
    /// What the apparatus of a side gave as result in its answer to an event.
    #[serde(default)]
    pub plug_given: Values,
    #[serde(default)]
    pub socket_given: Values,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("plug", &self.plug)
            .field("socket", &self.socket)
            .field("phase", &self.phase)
            .field("pass", &self.pass)
            .field("done", &self.done.keys())
            .field("inventory", &self.inventory)
            .finish_non_exhaustive()
    }
}
