//! Deletes artifacts that no workload needs: old specifications, then bundles, locks and sealed secrets that no
//! remaining specification names.
//!
//! A specification is fetched a moment before the record that names it is written, so one younger than the pause between
//! two sweeps is left alone, and everything that it names with it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use crate::artifacts::load_specification;
use crate::bundle;
use crate::folder::Folder;

/// `needed` are digests of specifications, `sha256:..`.
pub(crate) fn sweep(folder: &Folder, needed: &BTreeSet<&str>, young: Duration) -> io::Result<()> {
    let needed: BTreeSet<OsString> = needed
        .iter()
        .filter_map(|digest| folder.spec(digest).file_name().map(Into::into))
        .collect();
    let mut bundles = BTreeSet::new();
    let mut others = BTreeSet::new();
    for entry in fs::read_dir(folder.specs())? {
        let entry = entry?;
        let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
        if !needed.contains(&entry.file_name()) && age > young {
            fs::remove_file(entry.path())?;
            continue;
        }
        if let Ok(specification) = load_specification(&entry.path()) {
            let release = &specification.release;
            bundles.insert(release.bundle.trim_start_matches("sha256:").to_owned());
            others.extend(release.lock.as_ref().map(|lock| folder.release_lock(lock)));
            let sealed = specification.secrets.iter().map(|secret| folder.sealed(&secret.sealed));
            others.extend(sealed);
        }
    }
    for path in [folder.locks(), folder.all_sealed()] {
        remove_others(&path, &others)?;
    }
    bundle::sweep(&folder.bundles(), &bundles)
}

fn remove_others(folder: &Path, keep: &BTreeSet<std::path::PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        // A fetch that is under way has a suffix.
        if !keep.contains(&path) && path.extension().is_none_or(|extension| extension != "part") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
