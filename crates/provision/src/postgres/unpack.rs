//! Unpacks the fetched jar: a zip holding one `.txz`, streamed from xz through tar into a folder.
//!
//! The folder appears under its name only when complete (unpacked beside it, then renamed). Headers
//! and static libraries are left out; links inside the archive point within `lib` and stay.

use std::fs::{self, File, Permissions};
use std::io::{BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::PostgresError;

/// The archive unpacks to 60 MB (linux) or 200 MB (macOS, two architectures in one).
const MAX_UNPACKED: u64 = 1 << 30;

pub(super) fn unpack(jar: &Path, home: &Path) -> Result<(), PostgresError> {
    let broken = |what: String| PostgresError::Unpack { archive: jar.to_owned(), what };
    let file = File::open(jar).map_err(PostgresError::io("open", jar))?;
    let mut zip = zip::ZipArchive::new(file).map_err(|err| broken(err.to_string()))?;
    let name = zip
        .file_names()
        .find(|name| Path::new(name).extension().is_some_and(|ending| ending == "txz"))
        .map(str::to_owned)
        .ok_or_else(|| broken("it holds no `.txz`".to_owned()))?;
    let packed = zip.by_name(&name).map_err(|err| broken(err.to_string()))?;
    let xz = lzma_rust2::XzReader::new(BufReader::with_capacity(1 << 16, packed), false);
    let mut tar = tar::Archive::new(xz.take(MAX_UNPACKED));
    tar.set_preserve_permissions(true);
    tar.set_preserve_mtime(false);

    let parent = home.parent().unwrap_or(home);
    let fresh = tempfile::Builder::new()
        .prefix(".unpacking-")
        .tempdir_in(parent)
        .map_err(PostgresError::io("make a folder in", parent))?;
    let entries = tar.entries().map_err(|err| broken(err.to_string()))?;
    for entry in entries {
        let mut entry = entry.map_err(|err| broken(err.to_string()))?;
        let path = entry.path().map_err(|err| broken(err.to_string()))?.into_owned();
        if path.starts_with("include") || path.extension().is_some_and(|ending| ending == "a") {
            continue;
        }
        // `unpack_in` refuses absolute and parent paths.
        entry
            .unpack_in(fresh.path())
            .map_err(|err| broken(format!("{err} at {}", path.display())))?;
    }
    // Another account may have to run them.
    let readable = Permissions::from_mode(0o755);
    for folder in ["", "bin", "lib", "share"] {
        let folder = fresh.path().join(folder);
        if folder.is_dir() {
            fs::set_permissions(&folder, readable.clone())
                .map_err(PostgresError::io("open up", &folder))?;
        }
    }
    let _ = fs::remove_dir_all(home);
    fs::rename(fresh.keep(), home).map_err(PostgresError::io("rename to", home))
}
