//! Finds PostgreSQL's binaries on this machine, or fetches them.
//!
//! Found: `PATH` and the folders where distributions keep versions side by side. Fetched: the
//! `embedded-postgres-binaries` of Maven Central, a jar that holds a `.txz`, pinned below; no
//! checksum of the serving host is trusted. See [`super`] for which of them wins.
//!
//! The fetched ones hold `initdb`, `pg_ctl`, `postgres` and the contributed extensions, and neither
//! `psql` nor `pg_dump`; nothing here may depend on those.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{PostgresError, unpack};
use crate::download::{Client, Network, Want};

/// The release that is fetched.
pub const VERSION: &str = "18.6.0";
const FETCHED_MAJOR: u32 = 18;

/// `security_invoker` views and the grants on `public` that we rely on came with 15.
const MINIMUM_MAJOR: u32 = 15;

const CENTRAL: &str = "https://repo1.maven.org/maven2";

struct Pin {
    platform: &'static str,
    sha256: &'static str,
    size: u64,
}

const PINS: &[Pin] = &[
    Pin {
        platform: "linux-amd64",
        sha256: "008ee189eaa7ca2b58bd01dd950291e638b998392cf982297acd4779ec898ac1",
        size: 15_119_738,
    },
    Pin {
        platform: "linux-arm64v8",
        sha256: "5f54e016723afa6213925a8acb939bac52944b1d348f65c7a20f0cd2928c31be",
        size: 14_142_322,
    },
    Pin {
        platform: "darwin-amd64",
        sha256: "690941008aac9ee360820fde9bb7870a4f3dcac5e9e2f9e45e42333a436ad0f9",
        size: 71_185_174,
    },
    Pin {
        platform: "darwin-arm64v8",
        sha256: "8f6ed6f38195b50a40712ada8b2a12060b6193c1a6977a6eb5cff053bb5a1b89",
        size: 71_185_174,
    },
];

/// Where folders of one major each lie below a common one; `*` is one path element.
const SIDE_BY_SIDE: &[(&str, &str)] = &[
    ("/usr/lib/postgresql", "bin"),
    ("/usr", "bin"), // /usr/pgsql-16/bin
    ("/opt/homebrew/opt", "bin"),
    ("/usr/local/opt", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "bin"),
];

#[derive(Clone, Debug, Default)]
pub struct Search {
    /// A `bin` folder given by the user; nothing else is then looked at.
    pub explicit: Option<PathBuf>,
    pub path: Option<OsString>,
    pub cache: PathBuf,
    /// Base URLs of Maven repositories, tried in order before Maven Central.
    pub mirrors: Vec<String>,
    pub network: Network,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Found,
    Cached,
    Fetched,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    /// The `bin` folder.
    pub folder: PathBuf,
    pub major: u32,
    /// As the binary says it: `18.6`.
    pub version: String,
    pub origin: Origin,
}

impl Binaries {
    /// Chooses for the cluster in `folder` (which may not exist yet); `progress` gets bytes so far
    /// and in total when something is fetched.
    pub fn choose(
        search: &Search,
        folder: &Path,
        progress: &dyn Fn(u64, u64),
    ) -> Result<Self, PostgresError> {
        let wanted = super::cluster::major_of(folder)?;
        let fits = |binaries: &Self| wanted.is_none_or(|major| binaries.major == major);
        let other = |major| PostgresError::OtherMajor { folder: folder.to_owned(), major };
        if let Some(explicit) = &search.explicit {
            let not = || PostgresError::NotBinaries { folder: explicit.clone() };
            let binaries = look(explicit, Origin::Found).ok_or_else(not)?;
            return match wanted {
                Some(major) if binaries.major != major => Err(other(major)),
                Some(_) | None => Ok(binaries),
            };
        }
        if let Some(binaries) = cached(&search.cache).filter(fits) {
            return Ok(binaries);
        }
        if let Some(binaries) = found(search.path.as_ref()).into_iter().find(fits) {
            return Ok(binaries);
        }
        match wanted {
            Some(major) if major != FETCHED_MAJOR => Err(other(major)),
            Some(_) | None => Self::fetch(search, progress),
        }
    }

    /// Fetches the pinned release, whatever else the machine has.
    pub fn fetch(search: &Search, progress: &dyn Fn(u64, u64)) -> Result<Self, PostgresError> {
        let platform = platform();
        let Some(pin) = PINS.iter().find(|pin| pin.platform == platform) else {
            return Err(PostgresError::NotFound { platform });
        };
        let home = home(&search.cache);
        let jar = home.with_extension("jar");
        let folder = search.cache.join("postgresql");
        fs::create_dir_all(&folder).map_err(PostgresError::io("make", &folder))?;
        // Held over transfer and unpacking, so that several starts at once make one copy.
        let lock_path = home.with_extension("lock");
        let lock = File::create(&lock_path).map_err(PostgresError::io("make", &lock_path))?;
        lock.lock().map_err(PostgresError::io("lock", &lock_path))?;
        if let Some(binaries) = cached(&search.cache) {
            return Ok(binaries);
        }
        let client = Client::new(&search.network)?;
        let bases = search.mirrors.iter().map(String::as_str).chain([CENTRAL]);
        let mut outcome = Err(PostgresError::NotFound { platform: platform.clone() });
        for base in bases {
            let artifact = format!("embedded-postgres-binaries-{platform}");
            let base = base.trim_end_matches('/');
            let url = format!(
                "{base}/io/zonky/test/postgres/{artifact}/{VERSION}/{artifact}-{VERSION}.jar"
            );
            let want =
                Want { url: &url, sha256: pin.sha256, size: Some(pin.size), authorization: None };
            outcome =
                client.fetch(&want, &jar, &|bytes| progress(bytes, pin.size)).map_err(Into::into);
            if outcome.is_ok() {
                break;
            }
        }
        outcome?;
        unpack::unpack(&jar, &home)?;
        let _ = fs::remove_file(&jar);
        let bin = home.join("bin");
        let not = || PostgresError::NotBinaries { folder: bin.clone() };
        look(&bin, Origin::Fetched).ok_or_else(not)
    }
}

/// This machine as the artefacts are named.
pub(super) fn platform() -> String {
    let system = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64v8",
        other => other,
    };
    // The binaries need glibc.
    let libc = if cfg!(target_env = "musl") { "-musl" } else { "" };
    format!("{system}-{arch}{libc}")
}

fn home(cache: &Path) -> PathBuf {
    cache.join("postgresql").join(format!("{VERSION}-{}", platform()))
}

fn cached(cache: &Path) -> Option<Binaries> {
    look(&home(cache).join("bin"), Origin::Cached)
}

/// Everything usable on this machine, highest major first, `PATH` first among equals.
fn found(path: Option<&OsString>) -> Vec<Binaries> {
    let mut folders: Vec<PathBuf> =
        path.map(|path| std::env::split_paths(path).collect()).unwrap_or_default();
    for (root, bin) in SIDE_BY_SIDE {
        let Ok(entries) = fs::read_dir(root) else { continue };
        let mut versions: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        versions.retain(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with("postgresql")
                || name.starts_with("pgsql-")
                || name.parse::<u32>().is_ok()
        });
        folders.extend(versions.into_iter().map(|path| path.join(bin)));
    }
    let mut all: Vec<Binaries> = Vec::new();
    for folder in folders {
        let Ok(server) = folder.join("postgres").canonicalize() else { continue };
        let Some(folder) = server.parent() else { continue };
        if all.iter().any(|known| known.folder == folder) {
            continue;
        }
        all.extend(look(folder, Origin::Found));
    }
    all.sort_by_key(|binaries| std::cmp::Reverse(binaries.major));
    all
}

/// What lies in a `bin` folder, if it is usable.
fn look(folder: &Path, origin: Origin) -> Option<Binaries> {
    if !folder.join("initdb").is_file() {
        return None;
    }
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, version) = parse_version(&text)?;
    (major >= MINIMUM_MAJOR).then(|| Binaries { folder: folder.to_owned(), major, version, origin })
}

/// `postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)` -> (15, "15.13"); betas are not taken.
fn parse_version(text: &str) -> Option<(u32, String)> {
    let version = text.strip_prefix("postgres (PostgreSQL) ")?.split_whitespace().next()?;
    let (major, minor) = version.split_once('.')?;
    minor.parse::<u32>().ok()?;
    Some((major.parse().ok()?, version.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_distributions_print_them() {
        let check = |text, want: Option<(u32, &str)>| {
            assert_eq!(parse_version(text), want.map(|(major, text)| (major, text.to_owned())));
        };
        check("postgres (PostgreSQL) 18.6\n", Some((18, "18.6")));
        check("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)\n", Some((15, "15.13")));
        check("postgres (PostgreSQL) 19beta1\n", None);
        check("postgres: command not found", None);
    }

    #[test]
    fn every_platform_is_pinned_by_a_digest() {
        for pin in PINS {
            assert!(pin.sha256.len() == 64 && pin.sha256.bytes().all(|b| b.is_ascii_hexdigit()));
        }
    }
}
