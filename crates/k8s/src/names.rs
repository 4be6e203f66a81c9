//! Names that stand in objects of a cluster, and therefore never change.
//!
//! Those of the Go integration-operator are kept, so that a cluster can be taken over in place.

pub const GROUP: &str = "integration.rock8s.com";
pub const VERSION: &str = "v1beta1";
pub const API_VERSION: &str = "integration.rock8s.com/v1beta1";

/// Keeps a plug or socket until it is decoupled and cleaned up.
pub const FINALIZER: &str = "integration.rock8s.com/finalizer";

/// Ours, in `managedFields`.
pub const FIELD_MANAGER: &str = "midplane-operator";
/// The lease of our leader, in the operator's namespace.
pub const LEASE: &str = "midplane-operator";

/// The Go operator's, in `managedFields`.
pub const GO_FIELD_MANAGER: &str = "integration-operator";
/// The lease of the Go operator's leader.
pub const GO_LEASE: &str = "cb0904ca.rock8s.com";

/// On a plug, socket or deferred resource: any value but `false` stops all work on it.
pub const PAUSED: &str = "midplane.io/paused";
/// On a plug or socket that is being deleted: give up on what cannot be undone in time.
pub const FORCE: &str = "midplane.io/force";

/// On what the operator made: the plug and the socket it was made for, as `NAMESPACE.NAME`.
pub const PLUG_LABEL: &str = "midplane.io/plug";
pub const SOCKET_LABEL: &str = "midplane.io/socket";
/// Marks the operator's own Secrets: couplings and its key.
pub const KIND_LABEL: &str = "midplane.io/kind";
