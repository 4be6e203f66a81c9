//! A workload's secrets: opened when it starts, never written anywhere but where the workload reads them.
//!
//! A variable goes into the environment of the one process. A file goes into the working directory, mode 0400, owned by
//! the workload's user. Which files were ever written is remembered beside the working directory (names only), so that
//! one that is no longer mounted can be deleted: not before the deployment without it is settled, because the earlier
//! release may still be running, or come back.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use domain::id::OrganizationId;
use serde::{Deserialize, Serialize};

use crate::artifacts::Failure;
use crate::chain::chain;
use crate::folder::Place;
use crate::shared::Shared;
use crate::specification::Specification;
use crate::{beneath, durable};

#[derive(Serialize, Deserialize)]
struct Written {
    format: u32,
    paths: BTreeSet<String>,
}

impl Written {
    const FORMAT: u32 = 1;

    fn read(place: &Place) -> Self {
        let found = durable::read(&list(place), Self::FORMAT).ok().flatten();
        found.unwrap_or(Self { format: Self::FORMAT, paths: BTreeSet::new() })
    }
}

fn list(place: &Place) -> PathBuf {
    place.root().join("secrets.json")
}

/// Writes the files and returns the variables.
pub(super) fn open(
    shared: &Shared,
    place: &Place,
    specification: &Specification,
) -> Result<Vec<(OsString, OsString)>, Failure> {
    let disk = |err: std::io::Error| Failure::disk("write a secret's file", &err);
    let mut written = Written::read(place);
    let before = written.paths.len();
    written.paths.extend(specification.secrets.iter().filter_map(|secret| secret.file.clone()));
    if written.paths.len() != before {
        durable::write(&list(place), &written).map_err(disk)?;
    }
    let mut variables = Vec::new();
    for secret in &specification.secrets {
        let name = &secret.name;
        let associated = link::seal::associated(
            OrganizationId(specification.organization),
            &specification.environment,
            &specification.integration,
            name,
            specification.generation,
        );
        let sealed = fs::read(shared.folder.sealed(&secret.sealed))
            .map_err(|err| Failure::disk("read a sealed secret", &err))?;
        let value =
            link::seal::open(shared.sealing_key(), &associated, &sealed).map_err(|err| {
                Failure::Refused {
                    code: "MP-RUN-27".to_owned(),
                    reason: format!("open the secret `{name}`: {}", chain(&err)),
                }
            })?;
        if let Some(file) = &secret.file {
            beneath::write(&place.work(), Path::new(file), &value, shared.account).map_err(disk)?;
        }
        if let Some(variable) = &secret.env {
            variables.push((variable.into(), OsString::from_vec(value.to_vec())));
        }
    }
    Ok(variables)
}

/// Deletes files of secrets that the settled release does not mount.
pub(super) fn forget_others(place: &Place, specification: &Specification) {
    let mut written = Written::read(place);
    let mounted: BTreeSet<&String> =
        specification.secrets.iter().filter_map(|secret| secret.file.as_ref()).collect();
    let others: Vec<String> =
        written.paths.iter().filter(|path| !mounted.contains(path)).cloned().collect();
    if others.is_empty() {
        return;
    }
    for path in others {
        match beneath::remove(&place.work(), Path::new(&path)) {
            Ok(()) => {
                written.paths.remove(&path);
            }
            Err(err) => tracing::warn!(path, error = %err, "delete the file of an earlier secret"),
        }
    }
    // What cannot be noted down is only deleted again the next time.
    let _ = durable::write(&list(place), &written);
}
