//! This machine: variables, folders, versions. The one place of this crate that reads the environment.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use provision::download::Network;
use provision::java::JavaSearch;
use provision::maven::Fetcher;
use provision::postgres::Search;

pub(crate) fn variable(name: &str) -> Option<String> {
    variable_os(name)?.into_string().ok()
}

pub(crate) fn variable_os(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn folder(name: &str) -> Option<PathBuf> {
    variable_os(name).map(PathBuf::from)
}

/// Where downloads are kept: the same folder that `midplane` uses.
pub(crate) fn cache() -> PathBuf {
    if let Some(named) = folder("MIDPLANE_CACHE") {
        return named;
    }
    if is_root() {
        return PathBuf::from("/var/cache/midplane");
    }
    folder("XDG_CACHE_HOME")
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")))
        .unwrap_or_else(|| PathBuf::from(".cache"))
        .join("midplane")
}

/// As root everything is readable to the accounts of PostgreSQL and the workloads, so it cannot lie below `/root`.
pub(crate) fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

pub(crate) fn network() -> Network {
    Network::from_variables(variable)
}

pub(crate) fn java() -> JavaSearch {
    JavaSearch {
        explicit: folder("MIDPLANE_JAVA"),
        java_home: folder("JAVA_HOME"),
        path: variable_os("PATH"),
        home: std::env::home_dir(),
        roots: Vec::new(),
    }
}

pub(crate) fn fetcher() -> Fetcher {
    Fetcher {
        cache: cache(),
        m2_home: std::env::home_dir().map(|home| home.join(".m2")),
        mirrors: Vec::new(),
        network: network(),
    }
}

pub(crate) fn postgres() -> Search {
    Search {
        explicit: None,
        path: variable_os("PATH"),
        cache: cache(),
        mirrors: Vec::new(),
        network: network(),
    }
}

/// The first version number in what `program --version` prints.
pub(crate) fn version(program: &str) -> Option<String> {
    let output = Command::new(program)
        .arg("--version")
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split_whitespace()
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()))
        .map(str::to_owned)
}

/// Major and minor of what `program --version` prints, also with a `v` before it.
pub(crate) fn version_of(program: &str) -> Option<(u32, u32)> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut parts = text.trim().trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}
