//! What the person who runs the operator decides; the rest of the core takes it as an argument.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

#[derive(Clone)]
pub struct Settings {
    /// Where the journals live.
    pub namespace: String,
    /// Those whose plugs and sockets are known; empty: all.
    pub namespaces: Vec<String>,
    /// Keys the hashes in statuses, so that a status does not let a reader guess a secret. Survives rotation of the sealing key.
    pub hash_key: Zeroizing<[u8; 32]>,
    /// As the Go operator: a plug couples to a socket of another namespace unless its `validation` forbids it.
    pub open_consent: bool,
    /// As the Go operator: templates see the other side's whole `spec`.
    pub open_specs: bool,
    /// As the Go operator: results stand in the plug's status in clear.
    pub plain_results: bool,
    /// How long undoing may fail before the `midplane.io/force` annotation gives up what is left.
    pub force_after: Duration,
}

impl Settings {
    pub fn new(namespace: &str, hash_key: [u8; 32]) -> Self {
        Self {
            namespace: namespace.to_owned(),
            namespaces: Vec::new(),
            hash_key: Zeroizing::new(hash_key),
            open_consent: false,
            open_specs: false,
            plain_results: false,
            // Longer than the five minutes that public apparatuses are known to take for one call.
            force_after: Duration::from_secs(600),
        }
    }

    /// Whether what is not found in a namespace is not there.
    pub fn serves(&self, namespace: &str) -> bool {
        self.namespaces.is_empty() || self.namespaces.iter().any(|one| one == namespace)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("namespace", &self.namespace)
            .field("namespaces", &self.namespaces)
            .field("open_consent", &self.open_consent)
            .field("open_specs", &self.open_specs)
            .field("plain_results", &self.plain_results)
            .field("force_after", &self.force_after)
            .finish_non_exhaustive()
    }
}
