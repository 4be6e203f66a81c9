//! Routes that are held back: what the control plane wants of them, and what the workload says became of it.
//!
//! ```text
//! desired state or `route` command -> workloads/<folder>/routes.json -> instances/<n>/control/routes.json -> the launcher
//!                                                        instances/<n>/status/routes.json <- its answer
//! ```
//! The document is opaque here but for its revision: a newer one replaces an older one, whichever way it came. A start copies
//! it before the JVM exists, so a stopped route stays stopped through restarts, updates and a control plane that is away.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;

use crate::folder::{self, InstancePlace, Place};
use crate::{durable, status};

/// A route's name and a word each; a workload has some dozens.
const MAX_BYTES: u64 = 256 << 10;

#[derive(Deserialize)]
struct Head {
    format: u32,
    revision: u64,
}

/// The revision of a document; `None` when it is not one that this version knows.
pub(crate) fn revision(document: &str) -> Option<u64> {
    let head: Head = serde_json::from_str(document).ok()?;
    (head.format == 1).then_some(head.revision)
}

/// Keeps `document` if it is newer than what is kept. False: it is not. `mode` is that of the workload's folder, which may
/// not be there yet.
pub(crate) fn keep(place: &Place, document: &str, mode: u32) -> io::Result<bool> {
    let Some(new) = revision(document) else { return Ok(false) };
    let before = fs::read_to_string(place.routes()).ok().and_then(|text| revision(&text));
    if before.is_some_and(|before| before >= new) {
        return Ok(false);
    }
    folder::make(place.root(), mode)?;
    durable::write_bytes(&place.routes(), document.as_bytes(), 0o600)?;
    Ok(true)
}

/// Gives an instance what is kept; nothing when nothing is.
pub(crate) fn give(place: &Place, instance: &InstancePlace) -> io::Result<()> {
    let document = match fs::read(place.routes()) {
        Ok(document) => document,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(err) => return Err(err),
    };
    // Names of routes are no secret, and the workload's user reads it.
    let path = instance.control().join("routes.json");
    durable::write_bytes(&path, &document, 0o644)
}

/// What a workload says of its held routes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Applied {
    pub(crate) revision: u64,
    pub(crate) routes: BTreeMap<String, Route>,
    /// The routes that there are, when one of the others is not.
    #[serde(default)]
    pub(crate) known: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Route {
    /// Camel's own word: `Started`, `Stopped`, `Suspended`.
    pub(crate) state: Option<String>,
    pub(crate) failure: Option<String>,
}

pub(crate) fn applied(path: &Path) -> Option<Applied> {
    let mut bytes = Vec::new();
    status::open_plain(path).ok()?.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Folder;

    #[test]
    fn only_a_newer_document_replaces_one() {
        let folder = tempfile::tempdir().unwrap();
        let place = Folder::new(folder.path()).workload(Path::new("orders"));
        let keep = |revision: u64| {
            let text = format!(r#"{{"format":1,"revision":{revision},"routes":{{}}}}"#);
            super::keep(&place, &text, 0o700).unwrap()
        };
        assert!(keep(2));
        assert!(!keep(2));
        assert!(!keep(1));
        assert!(keep(3));
        let newer_format = r#"{"format":2,"revision":9}"#;
        assert!(!super::keep(&place, newer_format, 0o700).unwrap());
        assert!(!super::keep(&place, "", 0o700).unwrap());
    }
}
