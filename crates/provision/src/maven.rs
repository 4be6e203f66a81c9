//! Fetches the jars of a lock: from the user's own Maven repository, or over HTTP.
//!
//! For each jar: present in `cache/m2` -> in `~/.m2/repository` with the right digest (copied) ->
//! each mirror in turn. Eight at once; the first failure that is not "does not exist" ends the whole,
//! while absent ones are collected, so that the message names all of them.
//!
//! No Maven is needed and no POM is read: a lock is closed. Every file's modification time is set
//! to one fixed instant, because the JVM ties a class-data archive to it.

mod settings;
#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use crate::download::{Client, DownloadError, Network, Want, digest_of};
use crate::lock::Jar;
pub use settings::{Mirror, SettingsError};

/// The repository that everybody means.
pub const CENTRAL: &str = "https://repo1.maven.org/maven2";

/// Small jars are bound by round trips; beyond eight connections a mirror begins to refuse.
const PARALLEL: usize = 8;

/// 2020-01-01T00:00:00Z. Any fixed instant does; jars cannot represent one before 1980.
pub(crate) const FIXED_MTIME: Duration = Duration::from_secs(1_577_836_800);

/// Where jars come from and go to. Nothing is read from the environment.
#[derive(Clone, Debug, Default)]
pub struct Fetcher {
    /// Jars land in `cache/m2`, laid out as a Maven repository.
    pub cache: PathBuf,
    /// `~/.m2`: its `repository` is used after the check, its `settings.xml` names mirrors.
    pub m2_home: Option<PathBuf>,
    /// Base URLs to use instead of those of `settings.xml`; empty leaves the choice to it.
    pub mirrors: Vec<String>,
    pub network: Network,
}

/// How far a fetch is. Jars that were there already count and are not reported: when nothing is fetched, nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub done_jars: usize,
    pub total_jars: usize,
    pub done_bytes: u64,
    pub total_bytes: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("not to be had from {}: `{}`", sources.join(", "), coordinates.join("`, `"))]
    Missing { coordinates: Vec<String>, sources: Vec<String> },
    #[error("fetch `{coordinates}`")]
    Transfer { coordinates: String, source: DownloadError },
    #[error("use the repository of `{}`", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("reach a Maven repository")]
    Network(#[source] DownloadError),
}

impl FetchError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "MP-RUN-04",
            Self::Transfer { source: DownloadError::Checksum { .. }, .. } => "MP-RUN-06",
            Self::Transfer { source: DownloadError::Io { source, .. }, .. }
            | Self::Io { source, .. }
                if source.kind() == io::ErrorKind::StorageFull =>
            {
                "MP-RUN-24"
            }
            Self::Transfer { .. } | Self::Network(_) => "MP-RUN-05",
            Self::Io { .. } => "MP-RUN-07",
            Self::Settings(_) => "MP-RUN-08",
        }
    }
}

impl Fetcher {
    /// The folder that holds the jars.
    pub fn store(&self) -> PathBuf {
        self.cache.join("m2")
    }

    /// The repositories to ask, in order.
    pub fn sources(&self) -> Result<Vec<Mirror>, SettingsError> {
        if !self.mirrors.is_empty() {
            return Ok(self.mirrors.iter().map(|url| Mirror::open(url)).collect());
        }
        let found = match &self.m2_home {
            Some(home) => settings::mirrors_of_central(&home.join("settings.xml"))?,
            None => Vec::new(),
        };
        Ok(if found.is_empty() { vec![Mirror::open(CENTRAL)] } else { found })
    }
}

/// Makes every jar present and returns their absolute paths in the order given.
pub fn fetch_all(
    jars: &[Jar],
    fetcher: &Fetcher,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<PathBuf>, FetchError> {
    let sources = fetcher.sources()?;
    let client = Client::new(&fetcher.network).map_err(FetchError::Network)?;
    let run = Run {
        jars,
        fetcher,
        sources: &sources,
        client: &client,
        progress,
        next: AtomicUsize::new(0),
        done_jars: AtomicUsize::new(0),
        done_bytes: AtomicU64::new(0),
        missing: Mutex::new(Vec::new()),
        failure: Mutex::new(None),
    };
    std::thread::scope(|scope| {
        for _ in 0..PARALLEL.min(jars.len()) {
            scope.spawn(|| run.work());
        }
    });
    if let Some(err) = run.failure.into_inner().unwrap_or_default() {
        return Err(err);
    }
    let mut missing = run.missing.into_inner().unwrap_or_default();
    if !missing.is_empty() {
        missing.sort();
        let sources = sources.into_iter().map(|mirror| mirror.url).collect();
        return Err(FetchError::Missing { coordinates: missing, sources });
    }
    let store = fetcher.store();
    Ok(jars.iter().map(|jar| store.join(jar.path())).collect())
}

/// Where a jar was.
enum Found {
    Here,
    Fetched,
    /// No source has it.
    Nowhere,
}

/// One call of [`fetch_all`], shared by its threads.
struct Run<'a> {
    jars: &'a [Jar],
    fetcher: &'a Fetcher,
    sources: &'a [Mirror],
    client: &'a Client,
    progress: &'a (dyn Fn(Progress) + Sync),
    next: AtomicUsize,
    done_jars: AtomicUsize,
    done_bytes: AtomicU64,
    missing: Mutex<Vec<String>>,
    failure: Mutex<Option<FetchError>>,
}

impl Run<'_> {
    fn work(&self) {
        while let Some(jar) = self.jars.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            match self.fetch(jar) {
                Ok(Found::Here) => {
                    self.done_jars.fetch_add(1, Ordering::Relaxed);
                }
                Ok(Found::Fetched) => {
                    self.done_jars.fetch_add(1, Ordering::Relaxed);
                    self.report();
                }
                Ok(Found::Nowhere) => {
                    if let Ok(mut missing) = self.missing.lock() {
                        missing.push(jar.coordinates.clone());
                    }
                }
                Err(err) => {
                    self.next.store(self.jars.len(), Ordering::Relaxed);
                    if let Ok(mut failure) = self.failure.lock() {
                        failure.get_or_insert(err);
                    }
                }
            }
        }
    }

    fn report(&self) {
        (self.progress)(Progress {
            done_jars: self.done_jars.load(Ordering::Relaxed),
            total_jars: self.jars.len(),
            done_bytes: self.done_bytes.load(Ordering::Relaxed),
            total_bytes: self.jars.iter().map(|jar| jar.size).sum(),
        });
    }

    /// Makes the jar present.
    fn fetch(&self, jar: &Jar) -> Result<Found, FetchError> {
        let dest = self.fetcher.store().join(jar.path());
        if present(&dest, jar) || self.copied(&dest, jar)? {
            self.done_bytes.fetch_add(jar.size, Ordering::Relaxed);
            return fix_mtime(&dest).map(|()| Found::Here);
        }
        let mut refused = None;
        for mirror in self.sources {
            match self.transfer(mirror, jar, &dest) {
                Ok(()) => return fix_mtime(&dest).map(|()| Found::Fetched),
                Err(DownloadError::NotFound { .. }) => {}
                Err(err) => refused = Some(err),
            }
        }
        match refused {
            None => Ok(Found::Nowhere),
            Some(source) => {
                Err(FetchError::Transfer { coordinates: jar.coordinates.clone(), source })
            }
        }
    }

    /// Takes the jar from `~/.m2/repository`, if it is there and the right one.
    fn copied(&self, dest: &Path, jar: &Jar) -> Result<bool, FetchError> {
        let Some(home) = &self.fetcher.m2_home else { return Ok(false) };
        let from = home.join("repository").join(jar.path());
        if !present(&from, jar) {
            return Ok(false);
        }
        let io = |source| FetchError::Io { path: dest.to_owned(), source };
        let folder = dest.parent().unwrap_or(dest);
        fs::create_dir_all(folder).map_err(io)?;
        let mut to = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
        io::copy(&mut File::open(&from).map_err(io)?, &mut to).map_err(io)?;
        if digest_of(to.path()).as_deref() != Some(jar.sha256.as_str()) {
            return Ok(false); // it changed under our hands
        }
        make_readable(to.path()).map_err(io)?;
        to.persist(dest).map_err(|err| io(err.error))?;
        Ok(true)
    }

    fn transfer(&self, mirror: &Mirror, jar: &Jar, dest: &Path) -> Result<(), DownloadError> {
        let url = format!("{}/{}", mirror.url.trim_end_matches('/'), jar.path());
        let want = Want {
            url: &url,
            sha256: &jar.sha256,
            size: Some(jar.size),
            authorization: mirror.authorization.as_deref(),
        };
        let counted = AtomicU64::new(0);
        let fetched = self.client.fetch(&want, dest, &|have| {
            // A transfer that starts again counts down first: the sum stays the truth.
            let before = counted.swap(have, Ordering::Relaxed);
            self.done_bytes.fetch_add(have.wrapping_sub(before), Ordering::Relaxed);
            self.report();
        });
        let short = if fetched.is_ok() { jar.size } else { 0 }.wrapping_sub(counted.into_inner());
        self.done_bytes.fetch_add(short, Ordering::Relaxed);
        fetched.map(|_| ())
    }
}

/// Whether this file is the jar.
fn present(path: &Path, jar: &Jar) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.len() == jar.size)
        && digest_of(path).is_some_and(|digest| digest == jar.sha256)
}

/// Temporary files are private; what lies in the cache is for other users too (public jars only).
fn make_readable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

/// Sets the one modification time; a file of another owner is left as it is.
fn fix_mtime(path: &Path) -> Result<(), FetchError> {
    let io = |source| FetchError::Io { path: path.to_owned(), source };
    let fixed = SystemTime::UNIX_EPOCH + FIXED_MTIME;
    if fs::metadata(path).and_then(|meta| meta.modified()).map_err(io)? == fixed {
        return Ok(());
    }
    match File::options().append(true).open(path).and_then(|file| file.set_modified(fixed)) {
        Err(err) if err.kind() != io::ErrorKind::PermissionDenied => Err(io(err)),
        _ => Ok(()),
    }
}
