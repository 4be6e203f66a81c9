//! Where telemetry lies in the runner's folder.
//!
//! ```text
//! telemetry/spool/              blocks that wait for the control plane
//! telemetry/originals/          messages as they were before they were masked, sealed
//! telemetry/known/<instance>.*  what was known of a tracer's totals
//! telemetry/doors/<door>.json   the tokens of a workload or an observed application, 0600
//! t/<door>.sock .conf           its socket, and its settings
//! ```
//! A door's name is short, because the address of a socket may have 107 bytes. Where the folder itself is too deep, sockets are in a
//! folder of `/tmp` that only we can write to.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Fact, Name};
use crate::{durable, folder};

/// `sun_path` is 108 bytes with its end.
const LONGEST_ADDRESS: usize = 107;
/// Starts of a workload that may still run; older tokens are forgotten.
const TOKENS: usize = 8;
const TOKEN_BYTES: usize = 24;
const FORMAT: u32 = 1;

#[derive(Clone, Debug)]
pub(super) struct Place {
    root: PathBuf,
    sockets: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Doors {
    format: u32,
    /// Of an observed application.
    name: Option<String>,
    workload: Option<Uuid>,
    facts: Vec<Fact>,
}

impl Place {
    pub(super) fn new(root: &Path) -> Self {
        let own = root.join("t");
        let longest = own.join(format!("{:016x}.sock", 0)).as_os_str().len();
        let sockets = if longest > LONGEST_ADDRESS {
            let name = hex::encode(&Sha256::digest(root.as_os_str().as_encoded_bytes())[..8]);
            Path::new("/tmp").join(format!("midplane-{name}"))
        } else {
            own
        };
        Self { root: root.join("telemetry"), sockets }
    }

    pub(super) fn prepare(&self, shared: bool) -> io::Result<()> {
        folder::make(&self.root, 0o700)?;
        for name in ["doors", "known"] {
            folder::make(&self.root.join(name), 0o700)?;
        }
        folder::make(&self.sockets, if shared { 0o711 } else { 0o700 })?;
        let found = fs::symlink_metadata(&self.sockets)?;
        if found.is_dir() && found.uid() == rustix::process::geteuid().as_raw() {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the folder for sockets is somebody else's",
        ))
    }

    pub(super) fn spool(&self) -> PathBuf {
        self.root.join("spool")
    }

    pub(super) fn originals(&self) -> PathBuf {
        self.root.join("originals")
    }

    pub(super) fn known_of(&self, instance: u64, part: &str) -> PathBuf {
        self.root.join("known").join(format!("{instance:016x}.{part}"))
    }

    pub(super) fn known_folder(&self) -> PathBuf {
        self.root.join("known")
    }

    pub(super) fn lines_read(&self, workload: Uuid) -> PathBuf {
        self.root.join("known").join(format!("lines-{workload}"))
    }

    pub(super) fn socket(&self, name: &Name) -> PathBuf {
        self.sockets.join(format!("{}.sock", door(name)))
    }

    pub(super) fn config(&self, name: &Name) -> PathBuf {
        self.sockets.join(format!("{}.conf", door(name)))
    }

    fn tokens(&self, name: &Name) -> PathBuf {
        self.root.join("doors").join(format!("{}.json", door(name)))
    }

    /// Every door there is, with its tokens. What cannot be read is left out: its tracer is refused and says so.
    pub(super) fn known(&self) -> Vec<(Name, Vec<Fact>)> {
        let entries = fs::read_dir(self.root.join("doors")).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| {
                let doors: Doors = durable::read(&entry.path(), FORMAT).ok()??;
                let name = match (doors.workload, doors.name) {
                    (Some(id), _) => Name::Managed(id),
                    (None, Some(name)) => Name::Observed(name),
                    (None, None) => return None,
                };
                Some((name, doors.facts))
            })
            .collect()
    }

    /// Writes down a new token, and gives all of them, the new one last.
    pub(super) fn add(&self, name: &Name, fact: Fact) -> io::Result<Vec<Fact>> {
        let path = self.tokens(name);
        let known: Option<Doors> = durable::read(&path, FORMAT).ok().flatten();
        let mut facts = known.map(|doors| doors.facts).unwrap_or_default();
        facts.push(Fact { token: token()?, ..fact });
        let old = facts.len().saturating_sub(TOKENS);
        let facts = facts.split_off(old);
        let (workload, observed) = match name {
            Name::Managed(id) => (Some(*id), None),
            Name::Observed(name) => (None, Some(name.clone())),
        };
        let doors = Doors { format: FORMAT, name: observed, workload, facts };
        durable::write(&path, &doors)?;
        Ok(doors.facts)
    }

    pub(super) fn remove(&self, name: &Name) {
        for path in [self.tokens(name), self.socket(name), self.config(name)] {
            // What is not there is removed.
            let _ = fs::remove_file(path);
        }
    }
}

/// What a person has to set so that an application which we did not start is observed. A running runner opens its door within
/// seconds; the same name keeps its token.
pub fn observe(root: &Path, name: &str) -> io::Result<String> {
    let place = Place::new(root);
    place.prepare(rustix::process::geteuid().is_root())?;
    let door = Name::Observed(name.to_owned());
    let known = durable::read::<Doors>(&place.tokens(&door), FORMAT).ok().flatten();
    let facts = match known {
        Some(doors) if !doors.facts.is_empty() => doors.facts,
        _ => place.add(&door, Fact { integration: name.to_owned(), ..Fact::default() })?,
    };
    let token = facts.last().map(|fact| fact.token.clone()).unwrap_or_default();
    Ok(format!("unix:{},token={token}", place.socket(&door).display()))
}

fn token() -> io::Result<String> {
    let mut bytes = [0; TOKEN_BYTES];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| io::Error::other("no randomness"))?;
    Ok(hex::encode(bytes))
}

fn door(name: &Name) -> String {
    let text = match name {
        Name::Managed(id) => format!("workload {id}"),
        Name::Observed(name) => format!("observed {name}"),
    };
    hex::encode(&Sha256::digest(text)[..8])
}
