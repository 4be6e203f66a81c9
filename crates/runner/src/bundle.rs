//! A release's bundle on disk: unpacked once per digest, read-only, shared by every instance that runs it.
//!
//! It is unpacked beside its place and renamed, so a folder named by a digest is whole. Its files lose every write bit; a
//! workload's user can read them and change nothing. What a bundle may contain was decided by `link::bundle::decode`
//! (no absolute path, no `..`, no links).

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use link::bundle::{Mode, Unpacked};

use crate::folder;

/// Writes the entries to `place`; does nothing when it is there.
pub(crate) fn unpack(entries: &[Unpacked<'_>], place: &Path) -> io::Result<()> {
    if place.exists() {
        return Ok(());
    }
    let beside = place.with_extension("new");
    remove(&beside)?;
    folder::make(&beside, 0o755)?;
    for entry in entries {
        let path = beside.join(&entry.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(entry.bytes)?;
        let mode = match entry.mode {
            Mode::Plain => 0o444,
            Mode::Executable => 0o555,
        };
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        file.sync_all()?;
    }
    chmod_folders(&beside, 0o555)?;
    // A folder without write bit cannot be renamed by a plain user (its `..` changes): the top is closed afterwards.
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o755))?;
    fs::rename(&beside, place)?;
    fs::set_permissions(place, fs::Permissions::from_mode(0o555))?;
    crate::durable::sync_parent(place)
}

fn chmod_folders(folder: &Path, mode: u32) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            chmod_folders(&entry.path(), mode)?;
        }
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(mode))
}

/// Deletes a bundle, whose folders are read-only.
pub(crate) fn remove(place: &Path) -> io::Result<()> {
    if !place.exists() {
        return Ok(());
    }
    chmod_folders(place, 0o755)?;
    fs::remove_dir_all(place)
}

/// Deletes what no release needs; `keep` holds file names.
pub(crate) fn sweep(bundles: &Path, keep: &BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(bundles)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_none_or(|name| !keep.contains(name)) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_read_only_and_can_still_be_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("aa");
        let path = "routes/a.yaml".to_owned();
        let entry = Unpacked { path, mode: Mode::Plain, bytes: b"- from: x" };
        unpack(std::slice::from_ref(&entry), &place).unwrap();
        unpack(&[entry], &place).unwrap();
        let file = place.join("routes/a.yaml");
        assert_eq!(fs::read(&file).unwrap(), b"- from: x");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o444);
        assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o222, 0);
        sweep(folder.path(), &BTreeSet::from(["aa".to_owned()])).unwrap();
        assert!(place.exists());
        sweep(folder.path(), &BTreeSet::new()).unwrap();
        assert!(!place.exists());
    }
}
