//! The file of a backup: frames in gzip, closed by a digest of all of them.
//!
//! It is written beside its name and renamed when complete, so a file with the right name is whole.
//! Reading and writing block; a backup is made by an administrator's command, not by the server.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Error;

/// PostgreSQL sends one row in one piece, and a value of ours is far below this.
const MAX_FRAME: usize = 256 * 1024 * 1024;

pub(super) struct Writer {
    path: PathBuf,
    fresh: PathBuf,
    gzip: GzEncoder<BufWriter<File>>,
    digest: Context,
}

impl Writer {
    pub(super) fn create(path: &Path) -> Result<Self, Error> {
        let mut fresh = path.as_os_str().to_owned();
        fresh.push(".part");
        let fresh = PathBuf::from(fresh);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&fresh)
            .map_err(|source| at(&fresh, source))?;
        let gzip = GzEncoder::new(BufWriter::new(file), Compression::fast());
        Ok(Self { path: path.to_owned(), fresh, gzip, digest: Context::new(&SHA256) })
    }

    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), Error> {
        let bytes = serde_json::to_vec(value).map_err(|err| at(&self.fresh, err.into()))?;
        self.frame(&bytes)
    }

    pub(super) fn frame(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
        for part in [&length[..], bytes] {
            self.digest.update(part);
            self.gzip.write_all(part).map_err(|source| at(&self.fresh, source))?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), Error> {
        let digest = self.digest.finish();
        let finished = self
            .gzip
            .write_all(digest.as_ref())
            .and_then(|()| self.gzip.finish())
            .and_then(|file| file.into_inner().map_err(io::IntoInnerError::into_error))
            .and_then(|file| file.sync_all());
        finished
            .and_then(|()| std::fs::rename(&self.fresh, &self.path))
            .map_err(|source| at(&self.path, source))
    }
}

pub(super) struct Reader {
    path: PathBuf,
    gzip: GzDecoder<BufReader<File>>,
    digest: Context,
}

impl Reader {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(|source| at(path, source))?;
        let gzip = GzDecoder::new(BufReader::new(file));
        Ok(Self { path: path.to_owned(), gzip, digest: Context::new(&SHA256) })
    }

    /// The first frame; a file without one is something else.
    pub(super) fn json<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        let not = || Error::NotABackup { path: self.path.display().to_string() };
        let mut length = [0; 4];
        self.gzip.read_exact(&mut length).map_err(|_| not())?;
        // Far more than a head has; random bytes hardly begin with so small a number.
        let size = Some(u32::from_be_bytes(length) as usize).filter(|size| *size < 1024);
        let mut frame = vec![0; size.ok_or_else(not)?];
        self.gzip.read_exact(&mut frame).map_err(|_| not())?;
        let value = serde_json::from_slice(&frame).map_err(|_| not())?;
        self.digest.update(&length);
        self.digest.update(&frame);
        Ok(value)
    }

    pub(super) fn need_frame(&mut self) -> Result<Vec<u8>, Error> {
        let mut length = [0; 4];
        self.gzip.read_exact(&mut length).map_err(|_| self.damaged("it ends early"))?;
        let size = u32::from_be_bytes(length) as usize;
        if size > MAX_FRAME {
            return Err(self.damaged("a part is too large"));
        }
        let mut frame = vec![0; size];
        self.gzip.read_exact(&mut frame).map_err(|_| self.damaged("it ends early"))?;
        self.digest.update(&length);
        self.digest.update(&frame);
        Ok(frame)
    }

    /// Checks the digest and that nothing follows.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        let mut digest = Vec::new();
        let read = (&mut self.gzip).take(33).read_to_end(&mut digest);
        let want = self.digest.clone().finish();
        if read.is_ok() && digest == want.as_ref() {
            return Ok(());
        }
        Err(self.damaged("its checksum does not fit"))
    }

    pub(super) fn damaged(&self, what: &'static str) -> Error {
        Error::Damaged { path: self.path.display().to_string(), what }
    }
}

fn at(path: &Path, source: io::Error) -> Error {
    Error::File { path: path.display().to_string(), source }
}
