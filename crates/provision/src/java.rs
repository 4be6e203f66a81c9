//! Finds a JDK: Java 17 to 25 with a compiler.
//!
//! Explicit path -> `JAVA_HOME` -> the lowest fit among PATH, `/usr/lib/jvm`, SDKMAN and macOS. An
//! explicit one that does not fit is an error; a `JAVA_HOME` that does not fit is passed over, since
//! it is often left behind by something else. Nothing is executed: every JDK since 9 describes itself
//! in a `release` file.
//!
//! A JDK and not a JRE, because the launcher is compiled on this machine. Lowest fit, because that is
//! what Camel 4 is built for and what our figures were measured on.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Camel 4 needs 17.
const LOWEST: u32 = 17;
/// The highest one that the launcher and its class-data archive were tried on.
const HIGHEST: u32 = 25;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Java {
    pub home: PathBuf,
    /// `17`
    pub version: u32,
    /// `17.0.15`
    pub full: String,
    /// Tells one build of a JVM from another; part of the key of everything compiled or archived.
    pub id: String,
}

impl Java {
    pub fn java(&self) -> PathBuf {
        self.home.join("bin/java")
    }

    pub fn javac(&self) -> PathBuf {
        self.home.join("bin/javac")
    }
}

/// Where to look. The binary fills it from its arguments and environment.
#[derive(Clone, Debug, Default)]
pub struct JavaSearch {
    /// `--java`: a JDK's folder or its `java`.
    pub explicit: Option<PathBuf>,
    pub java_home: Option<PathBuf>,
    /// The value of `PATH`.
    pub path: Option<OsString>,
    /// The user's home folder (SDKMAN lives there).
    pub home: Option<PathBuf>,
    /// Folders of JDKs to look into beside those that every system has.
    pub roots: Vec<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
pub enum JavaError {
    #[error(
        "no Java {LOWEST} to {HIGHEST} with a compiler was found{}; install it with: {install}",
        seen(found)
    )]
    NotFound { found: Vec<String>, install: String },
    #[error("`{}` is not a Java installation", path.display())]
    NotJava { path: PathBuf },
    #[error("`{}` is Java {full}, which is not {LOWEST} to {HIGHEST}; install one with: {install}", path.display())]
    Unfit { path: PathBuf, full: String, install: String },
    #[error("`{}` is Java {full} without a compiler (a JRE); install the JDK with: {install}", path.display())]
    NoCompiler { path: PathBuf, full: String, install: String },
}

fn seen(found: &[String]) -> String {
    if found.is_empty() { String::new() } else { format!(" (seen: {})", found.join(", ")) }
}

impl JavaError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "MP-RUN-01",
            Self::NotJava { .. } | Self::Unfit { .. } => "MP-RUN-02",
            Self::NoCompiler { .. } => "MP-RUN-03",
        }
    }
}

pub fn find(search: &JavaSearch) -> Result<Java, JavaError> {
    if let Some(explicit) = &search.explicit {
        let not_java = || JavaError::NotJava { path: explicit.clone() };
        return fit(describe(explicit).ok_or_else(not_java)?);
    }
    if let Some(found) = search.java_home.as_deref().and_then(describe)
        && let Ok(java) = fit(found)
    {
        return Ok(java);
    }
    let mut fits = BTreeMap::new();
    let mut others = Vec::new();
    let mut without_compiler = None;
    for home in candidates(search) {
        let Some(found) = describe(&home) else { continue };
        let line = format!("Java {} in {}", found.full, found.home.display());
        match fit(found) {
            Ok(java) => {
                fits.entry((java.version, java.home.clone())).or_insert(java);
            }
            Err(err) => {
                if matches!(err, JavaError::NoCompiler { .. }) {
                    without_compiler.get_or_insert(err);
                }
                if !others.contains(&line) {
                    others.push(line);
                }
            }
        }
    }
    match (fits.into_values().next(), without_compiler) {
        (Some(java), _) => Ok(java),
        (None, Some(err)) => Err(err),
        (None, None) => Err(JavaError::NotFound { found: others, install: install_command() }),
    }
}

fn fit(java: Java) -> Result<Java, JavaError> {
    let (path, full) = (java.home.clone(), java.full.clone());
    if !(LOWEST..=HIGHEST).contains(&java.version) {
        return Err(JavaError::Unfit { path, full, install: install_command() });
    }
    if !java.javac().is_file() {
        return Err(JavaError::NoCompiler { path, full, install: install_command() });
    }
    Ok(java)
}

fn candidates(search: &JavaSearch) -> Vec<PathBuf> {
    let mut homes = Vec::new();
    for folder in search.path.iter().flat_map(std::env::split_paths) {
        homes.push(folder.join("java"));
    }
    let mut roots = search.roots.clone();
    roots.push(PathBuf::from("/usr/lib/jvm"));
    if let Some(home) = &search.home {
        roots.push(home.join(".sdkman/candidates/java"));
        roots.push(home.join("Library/Java/JavaVirtualMachines"));
    }
    roots.push(PathBuf::from("/Library/Java/JavaVirtualMachines"));
    for root in roots {
        let mut found: Vec<_> = fs::read_dir(root).into_iter().flatten().flatten().collect();
        found.sort_by_key(fs::DirEntry::file_name);
        for entry in found {
            homes.push(entry.path());
            homes.push(entry.path().join("Contents/Home"));
        }
    }
    homes
}

/// What `path` (a home folder, or a `java` in one) says of itself; `None` if it is no Java.
fn describe(path: &Path) -> Option<Java> {
    let real = fs::canonicalize(path).ok()?;
    let home = if real.is_dir() { real } else { real.parent()?.parent()?.to_owned() };
    if !home.join("bin/java").is_file() {
        return None;
    }
    let release = fs::read_to_string(home.join("release")).ok()?;
    let field = |name: &str| {
        let line = release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
        Some(line.trim().trim_matches('"').to_owned())
    };
    let full = field("JAVA_VERSION")?;
    let version = major(&full)?;
    let id = hex::encode(&Sha256::digest(format!("{}\n{release}", home.display()))[..6]);
    Some(Java { home, version, full, id })
}

/// `17.0.15` -> 17, `1.8.0_292` -> 8, `25` -> 25
fn major(full: &str) -> Option<u32> {
    let mut parts = full.split(['.', '_', '-', '+']);
    match parts.next()?.parse().ok()? {
        1 => parts.next()?.parse().ok(),
        version => Some(version),
    }
}

/// The command that installs a JDK on this system.
pub fn install_command() -> String {
    if cfg!(target_os = "macos") {
        return "brew install openjdk@17".to_owned();
    }
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    install_for(&release).to_owned()
}

fn install_for(os_release: &str) -> &'static str {
    let field = |name: &str| {
        let value = os_release.lines().find_map(|line| line.strip_prefix(name));
        value.unwrap_or_default().trim_matches('"').to_owned()
    };
    let names = format!("{} {}", field("ID="), field("ID_LIKE="));
    let is = |name: &str| names.split_whitespace().any(|word| word == name);
    if is("debian") && field("VERSION_ID=").parse::<u32>().is_ok_and(|version| version >= 13) {
        "sudo apt-get install -y openjdk-21-jdk-headless"
    } else if is("debian") || is("ubuntu") {
        "sudo apt-get install -y openjdk-17-jdk-headless"
    } else if is("fedora") {
        "sudo dnf install -y java-21-openjdk-devel"
    } else if is("rhel") || is("centos") {
        "sudo dnf install -y java-17-openjdk-devel"
    } else if is("alpine") {
        "sudo apk add openjdk17-jdk"
    } else if is("arch") {
        "sudo pacman -S jdk17-openjdk"
    } else if is("suse") || is("opensuse") {
        "sudo zypper install -y java-17-openjdk-devel"
    } else {
        "see https://adoptium.net/temurin/releases/?version=17"
    }
}
