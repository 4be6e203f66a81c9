//! The key-encryption key: 32 random bytes in a file that only the server may read.
//!
//! It seals data keys and nothing else. It is named by the first bytes of its SHA-256, so that a row tells which key it
//! needs. A file `kek.previous` beside it is read too, for the time in which data keys are moved to a new one.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::LessSafeKey;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::system::System;

#[derive(Debug, thiserror::Error)]
pub enum KekError {
    #[error("read `{path}`")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("write `{path}`")]
    Write { path: PathBuf, source: std::io::Error },
    #[error("`{0}` is not 64 hexadecimal digits")]
    Malformed(PathBuf),
}

struct Loaded {
    id: String,
    key: LessSafeKey,
}

pub struct Kek {
    current: Loaded,
    previous: Option<Loaded>,
}

impl Kek {
    /// Reads the key, or makes it on the first start.
    pub fn open(path: &Path, system: &System) -> Result<Self, KekError> {
        let current = match load(path)? {
            Some(loaded) => loaded,
            None => make(path, system)?,
        };
        Ok(Self { current, previous: load(&path.with_extension("previous"))? })
    }

    /// What rows call the present key.
    pub fn id(&self) -> &str {
        &self.current.id
    }

    pub(super) fn seal_key(&self, system: &System, associated: &str, bytes: &[u8; 32]) -> Vec<u8> {
        super::seal_with(&self.current.key, system, associated, bytes)
    }

    /// `None` when the key called `id` is not here or the bytes do not open.
    pub(super) fn open_key(
        &self,
        id: &str,
        associated: &str,
        sealed: &[u8],
    ) -> Option<Zeroizing<[u8; 32]>> {
        let known = [Some(&self.current), self.previous.as_ref()];
        let loaded = known.into_iter().flatten().find(|loaded| loaded.id == id)?;
        let plain = super::open_with(&loaded.key, associated, sealed).ok()?;
        Some(Zeroizing::new(plain.as_slice().try_into().ok()?))
    }
}

fn load(path: &Path) -> Result<Option<Loaded>, KekError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(KekError::Read { path: path.to_owned(), source }),
    };
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim(), bytes.as_mut_slice())
        .map_err(|_| KekError::Malformed(path.to_owned()))?;
    Ok(Some(loaded(&bytes)))
}

fn loaded(bytes: &[u8; 32]) -> Loaded {
    let id = hex::encode(&Sha256::digest(bytes)[..8]);
    Loaded { id, key: super::key(bytes) }
}

/// Linked into place, so that of two servers starting at once one key wins and both read it.
fn make(path: &Path, system: &System) -> Result<Loaded, KekError> {
    let failed = |source| KekError::Write { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let bytes = Zeroizing::new(system.random::<32>());
    let text = Zeroizing::new(hex::encode(bytes.as_slice()));
    let fresh = path.with_extension(system.new_id().to_string());
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)
        .map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    let linked = std::fs::hard_link(&fresh, path);
    std::fs::remove_file(&fresh).map_err(failed)?;
    match linked {
        Ok(()) => Ok(loaded(&bytes)),
        Err(err) if err.kind() == std::io::ErrorKind::AlreadyExists => {
            load(path)?.ok_or_else(|| KekError::Malformed(path.to_owned()))
        }
        Err(source) => Err(failed(source)),
    }
}
