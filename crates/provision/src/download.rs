//! One verified HTTP download: a URL, a SHA-256 known beforehand, a file.
//!
//! `absent -> <file>.part (locked, grows, resumes by Range) -> checked -> renamed to <file>`. A file
//! that bears the final name has therefore always been verified once. Several processes may want the
//! same file at the same time: the `.part` file itself carries an advisory lock, so one of them
//! transfers and the others find the result.
//!
//! The digest comes from this repository or from a release's lock, never from the host that serves
//! the bytes; plain `http` mirrors are thus allowed. Proxy and extra certificates are arguments
//! ([`Network`]); nothing here reads the environment, prints, or decides what to fetch from where.

mod client;
#[cfg(test)]
mod tests;

pub use client::{Client, Network, Reading};

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

/// A transfer that breaks is resumed this often; beyond it the network is down, not shaky.
const ATTEMPTS: u32 = 5;

/// Without a known size nothing larger is taken: the largest thing we fetch is 71 MB.
const MAX_UNKNOWN_SIZE: u64 = 1 << 30;

/// Large enough that progress and hashing cost nothing, small enough for the stack of a worker.
const CHUNK: usize = 64 * 1024;

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Want<'a> {
    pub url: &'a str,
    /// Lower-case hexadecimal.
    pub sha256: &'a str,
    /// Bytes, where known; a longer answer is cut off as soon as it is noticed.
    pub size: Option<u64>,
    /// Value of an `Authorization` header, for a mirror that asks for one.
    pub authorization: Option<&'a str>,
}

#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    #[error("`{url}` does not exist there")]
    NotFound { url: String },
    #[error("`{url}` was answered with status {status}")]
    Refused { url: String, status: u16 },
    #[error("transfer `{url}`")]
    Network { url: String, source: Box<ureq::Error> },
    #[error("`{url}` has SHA-256 {got}, wanted {wanted}")]
    Checksum { url: String, wanted: String, got: String },
    #[error("`{url}` is larger than the {limit} bytes it may have")]
    TooLarge { url: String, limit: u64 },
    #[error("write `{}`", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("read the extra certificates `{}`", path.display())]
    ExtraCa { path: PathBuf, source: Box<ureq::Error> },
    #[error("the proxy `{proxy}` is not a URL")]
    Proxy { proxy: String },
}

impl DownloadError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "MP-UP-71",
            Self::Refused { .. } | Self::Network { .. } => "MP-UP-72",
            Self::Checksum { .. } | Self::TooLarge { .. } => "MP-UP-73",
            Self::Io { .. } => "MP-UP-74",
            Self::ExtraCa { .. } | Self::Proxy { .. } => "MP-UP-75",
        }
    }

    /// Whether another try may succeed: the transfer broke, or the host was busy.
    fn is_passing(&self) -> bool {
        match self {
            Self::Network { .. } => true,
            Self::Refused { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            Self::NotFound { .. }
            | Self::Checksum { .. }
            | Self::TooLarge { .. }
            | Self::Io { .. }
            | Self::ExtraCa { .. }
            | Self::Proxy { .. } => false,
        }
    }
}

/// How a wanted file came to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// It was there with the right digest: no request was made.
    Present,
    Transferred,
}

impl Client {
    /// Makes `dest` the wanted file. `progress` gets the bytes that are there so far, from zero; it
    /// is called from this thread, about every [`CHUNK`].
    pub fn fetch(
        &self,
        want: &Want<'_>,
        dest: &Path,
        progress: &dyn Fn(u64),
    ) -> Result<Fetched, DownloadError> {
        if digest_of(dest).is_some_and(|have| have == want.sha256) {
            return Ok(Fetched::Present);
        }
        if let Some(parent) = dest.parent() {
            fs::create_dir_all(parent).map_err(|source| at(parent, source))?;
        }
        let Some(mut part) = lock_part(dest, want)? else { return Ok(Fetched::Present) };
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.transfer(want, &mut part, progress) {
                Ok(()) => break,
                Err(err) if err.is_passing() && attempt < ATTEMPTS => {
                    std::thread::sleep(Duration::from_millis(200) * 2u32.pow(attempt - 1));
                }
                Err(err) => {
                    if matches!(
                        err,
                        DownloadError::Checksum { .. } | DownloadError::TooLarge { .. }
                    ) {
                        // What is known to be wrong must not be resumed.
                        let _ = fs::remove_file(&part.path);
                    }
                    return Err(err);
                }
            }
        }
        part.file.sync_all().map_err(|source| at(&part.path, source))?;
        fs::rename(&part.path, dest).map_err(|source| at(dest, source))?;
        Ok(Fetched::Transferred)
    }

    /// One request, continued from what the part file holds, and the check of the whole.
    fn transfer(
        &self,
        want: &Want<'_>,
        part: &mut Part,
        progress: &dyn Fn(u64),
    ) -> Result<(), DownloadError> {
        let limit = want.size.unwrap_or(MAX_UNKNOWN_SIZE);
        let (mut hash, mut have) = part.rehash()?;
        if have > limit {
            (hash, have) = part.restart()?;
        }
        if want.size != Some(have) {
            let mut answer = self.get(want, have)?;
            if have > 0 && answer.start != have {
                (hash, have) = part.restart()?;
            }
            progress(have);
            let mut chunk = vec![0; CHUNK];
            loop {
                let read = answer.body.read(&mut chunk).map_err(|err| {
                    let source = Box::new(ureq::Error::Io(err));
                    DownloadError::Network { url: want.url.to_owned(), source }
                })?;
                if read == 0 {
                    break;
                }
                have += read as u64;
                if have > limit {
                    return Err(DownloadError::TooLarge { url: want.url.to_owned(), limit });
                }
                hash.update(&chunk[..read]);
                part.file.write_all(&chunk[..read]).map_err(|err| at(&part.path, err))?;
                progress(have);
            }
        }
        if want.size.is_some_and(|size| have < size) {
            let source = io::Error::new(io::ErrorKind::UnexpectedEof, "the answer ended early");
            let source = Box::new(ureq::Error::Io(source));
            return Err(DownloadError::Network { url: want.url.to_owned(), source });
        }
        let got = hex::encode(hash.finalize());
        if got == want.sha256 {
            return Ok(());
        }
        let wanted = want.sha256.to_owned();
        Err(DownloadError::Checksum { url: want.url.to_owned(), wanted, got })
    }
}

/// SHA-256 of a file in hexadecimal, or `None` where there is none to read.
pub fn digest_of(path: &Path) -> Option<String> {
    let mut file = File::open(path).ok()?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk).ok()? {
            0 => return Some(hex::encode(hash.finalize())),
            read => hash.update(&chunk[..read]),
        }
    }
}

/// The growing file; its lock lives as long as this does.
struct Part {
    path: PathBuf,
    file: File,
}

impl Part {
    fn rehash(&mut self) -> Result<(Sha256, u64), DownloadError> {
        let mut hash = Sha256::new();
        self.file.rewind().map_err(|err| at(&self.path, err))?;
        let have = io::copy(&mut self.file, &mut hash).map_err(|err| at(&self.path, err))?;
        Ok((hash, have))
    }

    fn restart(&mut self) -> Result<(Sha256, u64), DownloadError> {
        self.file.set_len(0).map_err(|err| at(&self.path, err))?;
        self.file.seek(SeekFrom::Start(0)).map_err(|err| at(&self.path, err))?;
        Ok((Sha256::new(), 0))
    }
}

/// Waits for the part file; `None` when somebody else finished the file meanwhile.
///
/// The winner renames the very inode that the others wait on, or removes it; so whoever gets the
/// lock looks whether the name still leads to what was locked.
fn lock_part(dest: &Path, want: &Want<'_>) -> Result<Option<Part>, DownloadError> {
    let mut path = dest.as_os_str().to_owned();
    path.push(".part");
    let path = PathBuf::from(path);
    loop {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|source| at(&path, source))?;
        file.lock().map_err(|source| at(&path, source))?;
        let mine = file.metadata().map_err(|source| at(&path, source))?.ino();
        let named = fs::metadata(&path).ok().map(|meta| meta.ino());
        if named == Some(mine) {
            if digest_of(dest).is_some_and(|have| have == want.sha256) {
                let _ = fs::remove_file(&path);
                return Ok(None);
            }
            return Ok(Some(Part { path, file }));
        }
        if digest_of(dest).is_some_and(|have| have == want.sha256) {
            return Ok(None);
        }
    }
}

fn at(path: &Path, source: io::Error) -> DownloadError {
    DownloadError::Io { path: path.to_owned(), source }
}
