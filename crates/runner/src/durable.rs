//! Files that must survive a power cut: versioned JSON, written beside, fsynced, renamed.
//!
//! Every document starts with `format`. The current and the previous format are read, a newer one is refused by code
//! (there is one format so far, so there is no previous one). A reader sees the whole document of before or of after,
//! never half of one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A record is a few KiB; whatever is larger is not ours.
const MAX_BYTES: u64 = 4 << 20;

#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("`{}` has format {format}, this version of midplane reads up to {newest}", path.display())]
    Newer { path: PathBuf, format: u64, newest: u32 },
    #[error("`{}` is damaged: {why}", path.display())]
    Damaged { path: PathBuf, why: String },
    #[error("read `{}`", path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl Unreadable {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Newer { .. } => "MP-RUN-20",
            Self::Damaged { .. } => "MP-RUN-21",
            Self::Io { .. } => "MP-RUN-22",
        }
    }
}

/// Writes `value` so that it is there after a power cut, or the earlier document is.
pub(crate) fn write(path: &Path, value: &impl Serialize) -> io::Result<()> {
    write_bytes(path, &serde_json::to_vec(value)?, 0o600)
}

pub(crate) fn write_bytes(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let beside = beside(path);
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&beside, path)?;
    sync_parent(path)
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}

pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

/// The document at `path`; `None` when there is none.
pub(crate) fn read<T: DeserializeOwned>(path: &Path, newest: u32) -> Result<Option<T>, Unreadable> {
    let io = |source| Unreadable::Io { path: path.to_owned(), source };
    let damaged = |why: String| Unreadable::Damaged { path: path.to_owned(), why };
    match fs::metadata(path) {
        Ok(found) if found.len() > MAX_BYTES => return Err(damaged("too large".to_owned())),
        Ok(_) => {}
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(err) => return Err(io(err)),
    }
    let bytes = fs::read(path).map_err(io)?;
    let json: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|err| damaged(err.to_string()))?;
    match json.get("format").and_then(serde_json::Value::as_u64) {
        Some(format) if format > u64::from(newest) => {
            Err(Unreadable::Newer { path: path.to_owned(), format, newest })
        }
        Some(_) => serde_json::from_value(json).map(Some).map_err(|err| damaged(err.to_string())),
        None => Err(damaged("no `format`".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_format_is_refused_and_damage_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let code = || read::<serde_json::Value>(&path, 1).map_err(|err| err.code());
        assert_eq!(code(), Ok(None));
        write(&path, &serde_json::json!({"format": 1, "a": 2})).unwrap();
        assert_eq!(code().unwrap().unwrap()["a"], 2);
        write(&path, &serde_json::json!({"format": 2})).unwrap();
        assert_eq!(code(), Err("MP-RUN-20"));
        write(&path, &serde_json::json!({"a": 2})).unwrap();
        assert_eq!(code(), Err("MP-RUN-21"));
        fs::write(&path, b"{\"format\":1,").unwrap();
        assert_eq!(code(), Err("MP-RUN-21"));
    }
}
