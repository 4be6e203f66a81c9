//! The base library as the control plane knows it: its digest, and what is in it.
//!
//! Runtimes fetch the jars (`provision::base_library`); the control plane only reads the same lock file, to pin its digest in
//! releases and to know which artefacts need no resolving. It never fetches an artefact.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use domain::digest::Digest;
use sha2::Digest as _;

const LOCK: &str = include_str!("../../../provision/base/4.18.0.lock.json");

/// The Camel line of new releases.
pub(crate) const CAMEL: &str = "4.18.0";

#[derive(Debug)]
pub(crate) struct Base {
    pub(crate) digest: Digest,
    /// `group:artifact:version`
    pub(crate) coordinates: BTreeSet<String>,
}

#[derive(serde::Deserialize)]
struct Lock {
    jars: Vec<Jar>,
}

#[derive(serde::Deserialize, serde::Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct Jar {
    coordinates: String,
    sha256: String,
    size: u64,
}

pub(crate) fn base() -> &'static Base {
    static BASE: LazyLock<Base> = LazyLock::new(|| {
        let lock: Lock = serde_json::from_str(LOCK).unwrap_or(Lock { jars: Vec::new() });
        let mut jars = lock.jars;
        jars.sort_unstable();
        // The canonical form: keys sorted, no spaces.
        let text = serde_json::to_string(&jars).unwrap_or_default();
        let text = format!(r#"{{"camel":"{CAMEL}","format":1,"jars":{text}}}"#);
        Base {
            digest: Digest(sha2::Sha256::digest(text).into()),
            coordinates: jars.into_iter().map(|jar| jar.coordinates).collect(),
        }
    });
    &BASE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_one_that_runtimes_compute() {
        assert_eq!(base().digest.hex(), provision::base_library::digest());
        assert!(base().coordinates.iter().any(|jar| jar.contains(":camel-core")));
    }
}
