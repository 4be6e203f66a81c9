//! The library view of workloads and its class-data archive.
//!
//! A view is one flat folder of hard links: the base library's jars, the launcher, the tracer and the archive.
//! It is made once per (base library, launcher, tracer, JVM) by training runs: a small integration that
//! touches what most integrations touch goes through check and go and is stopped. Workloads then
//! start in a third of the time, because their classes are mapped instead of parsed.
//!
//! ```text
//! common.jsa    the classes that nearly every workload loads, side by side
//! workload.jsa  on top of it: what many use (SQL, JSON, XSLT, Spring's JDBC, ...)
//! ```
//! Two layers, because the system maps an archive in pieces of 64 KiB: in one layer, where classes lie as they were hashed,
//! a workload that uses half of them keeps all of it resident (20 MB more).
//!
//! The JVM compares class-path strings and modification times with those of the training, so every
//! workload uses the same relative strings (`lib/...`, with a link `lib` in its working directory),
//! jars carry one fixed time, and more jars may be appended but never put in front. An archive that
//! does not fit is ignored by the JVM, never an error.

mod training;

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::java::Java;
use crate::launcher::Jars;
use crate::lock::Lock;
pub use training::TrainError;

/// From this version on the archive is an AOT cache (JEP 514), made in one step.
const AOT_SINCE: u32 = 25;

/// From this version on the JVM warns of what Netty does with memory.
const UNSAFE_WARNS_SINCE: u32 = 24;

/// Chunks of 256 KiB instead of 4 MiB, which Netty fills with zeros, one for each of its threads.
const NETTY_CHUNK: &str = "-Dio.netty.allocator.maxOrder=5";

/// Heap of a small workload without `resources.memory`: the demo's largest needs half of it.
const SMALL_HEAP_MIB: u32 = 64;
/// Heap of a throughput workload without `resources.memory`.
const THROUGHPUT_HEAP_MIB: u32 = 512;
/// What a small workload needs beside its heap: classes, code, threads, buffers (measured 60 to 70).
const BESIDE_HEAP_MIB: u32 = 72;
/// From this heap on a second collector thread pays off.
const G1_FROM_MIB: u32 = 1024;

/// Counts up when the layout of a view or its training changes.
const FORMAT: u32 = 3;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryView {
    /// Link this as `lib` into the working directory of a workload.
    pub dir: PathBuf,
    /// Relative; append `:<absolute jar>` for more jars, never prepend.
    pub class_path: String,
    /// `None`: this JVM could not make one.
    pub archive: Option<Archive>,
}

/// As the JVM takes it: the layers from below, with a colon between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// `None`: this JVM keeps everything in one.
    pub common: Option<PathBuf>,
    pub whole: PathBuf,
}

impl Archive {
    fn in_folder(dir: &Path) -> Option<Self> {
        let file = |name| Some(dir.join(name)).filter(|path| path.is_file());
        Some(Self { common: file(training::COMMON), whole: file(training::ARCHIVE)? })
    }
}

impl fmt::Display for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(common) = &self.common {
            write!(f, "{}:", common.display())?;
        }
        write!(f, "{}", self.whole.display())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Starts fast and stays small: one compiler, one collector thread, a small heap.
    Small,
    /// For routes that are busy all day: both compilers, a larger heap.
    Throughput,
}

/// What the environment of a workload's JVM holds in any case: file names are UTF-8, and the C library
/// keeps two arenas instead of eight per core (10 MB of a small workload).
pub const ENVIRONMENT: &[(&str, &str)] = &[("LANG", "C.UTF-8"), ("MALLOC_ARENA_MAX", "2")];

/// The flags of a workload's JVM. `memory_mib` is `resources.memory`, all of the process.
pub fn flags(
    profile: Profile,
    memory_mib: Option<u32>,
    archive: Option<&Archive>,
    jvm_major: u32,
) -> Vec<String> {
    let mut flags: Vec<String> =
        ["-XX:-UsePerfData", "-XX:+ExitOnOutOfMemoryError", "-Dfile.encoding=UTF-8"]
            .map(str::to_owned)
            .into();
    let heap = heap_mib(profile, memory_mib);
    flags.push(format!("-Xmx{heap}m"));
    match profile {
        Profile::Small => {
            flags.push(format!("-Xms{}m", heap.min(16)));
            // A small nursery is collected more often and never grows to a third of the heap.
            flags.push(format!("-Xmn{}m", (heap / 16).clamp(4, 16)));
            flags.push("-XX:+UseSerialGC".to_owned());
            flags.push("-XX:TieredStopAtLevel=1".to_owned());
            // One thread that compiles what was called 600 times instead of 200: a start compiles half as much, and each
            // compiling thread keeps 2 MB.
            flags.push("-XX:CICompilerCount=1".to_owned());
            flags.push("-XX:CompileThresholdScaling=3".to_owned());
            flags.push("-XX:ReservedCodeCacheSize=32m".to_owned());
            // Grows by itself; the default of 65,536 buckets is half a MiB.
            flags.push("-XX:StringTableSize=8192".to_owned());
            flags.push(NETTY_CHUNK.to_owned());
        }
        Profile::Throughput if heap >= G1_FROM_MIB => flags.push("-XX:+UseG1GC".to_owned()),
        Profile::Throughput => flags.push("-XX:+UseSerialGC".to_owned()),
    }
    if jvm_major >= UNSAFE_WARNS_SINCE {
        flags.push("--sun-misc-unsafe-memory-access=allow".to_owned()); // Netty uses it; a warning at each start
    }
    if let Some(archive) = archive {
        // At a random address each class would be patched at each start: 300 ms, and no page shared.
        flags.push("-XX:+UnlockDiagnosticVMOptions".to_owned());
        flags.push("-XX:ArchiveRelocationMode=0".to_owned());
        // A stale archive must cost its time, not a line on stdout at every start.
        if jvm_major >= AOT_SINCE {
            flags.push(format!("-XX:AOTCache={archive}"));
            flags.push("-Xlog:aot=off".to_owned());
        } else {
            flags.push("-Xshare:auto".to_owned()); // the newer kind refuses to be named beside it
            flags.push(format!("-XX:SharedArchiveFile={archive}"));
            flags.push("-Xlog:cds=off".to_owned());
        }
    }
    flags
}

fn heap_mib(profile: Profile, memory_mib: Option<u32>) -> u32 {
    match (profile, memory_mib) {
        (Profile::Small, None) => SMALL_HEAP_MIB,
        (Profile::Throughput, None) => THROUGHPUT_HEAP_MIB,
        (_, Some(memory)) => (memory.saturating_sub(BESIDE_HEAP_MIB)).max(memory / 4).max(16),
    }
}

/// What all of the process needs when it uses its heap to the full.
pub fn nominal_mib(profile: Profile, memory_mib: Option<u32>) -> u32 {
    heap_mib(profile, memory_mib).saturating_add(BESIDE_HEAP_MIB).max(memory_mib.unwrap_or(0))
}

/// The view for this base library, launcher and JVM; made and trained now if it is not in the cache.
///
/// `jars` are those of `lock`, in its order. Takes some seconds the first time and is safe to call from
/// several processes at once: one trains, the others wait.
pub fn train(
    java: &Java,
    cache: &Path,
    lock: &Lock,
    jars: &[PathBuf],
    ours: &Jars,
) -> Result<LibraryView, TrainError> {
    let name = |jar: &Path| jar.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let ours_names = format!("{} {}", name(&ours.launcher), name(&ours.tracer));
    let trained = training::BUNDLE.iter().chain(training::COMMON_BUNDLE);
    let training: String = trained.map(|(_, text)| *text).collect();
    let key = format!("{FORMAT} {} {} {ours_names} {training}", lock.digest(), java.id);
    let key = hex::encode(&Sha256::digest(key)[..8]);
    let folder = cache.join("library");
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| TrainError::Io { path, source }
    };
    fs::create_dir_all(&folder).map_err(io(&folder))?;
    let dir = folder.join(&key);
    if !dir.is_dir() {
        let lock_path = folder.join(format!("{key}.lock"));
        let guard = File::create(&lock_path).map_err(io(&lock_path))?;
        guard.lock().map_err(io(&lock_path))?;
        if !dir.is_dir() {
            make(java, &folder, lock, jars, ours, &dir)?;
        }
    }
    Ok(LibraryView { class_path: class_path(lock), archive: Archive::in_folder(&dir), dir })
}

/// Links everything into a folder beside, trains there and renames it: a view is whole or absent.
fn make(
    java: &Java,
    folder: &Path,
    lock: &Lock,
    jars: &[PathBuf],
    ours: &Jars,
    dir: &Path,
) -> Result<(), TrainError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| TrainError::Io { path, source }
    };
    let work = tempfile::Builder::new().prefix("train-").tempdir_in(folder).map_err(io(folder))?;
    let lib = work.path().join("lib");
    fs::create_dir(&lib).map_err(io(&lib))?;
    for (jar, from) in lock.jars.iter().zip(jars) {
        let to = lib.join(jar.file_name());
        link(from, &to).map_err(io(&to))?;
    }
    for (from, name) in [(&ours.launcher, "launcher.jar"), (&ours.tracer, "tracer.jar")] {
        let to = lib.join(name);
        link(from, &to).map_err(io(&to))?;
    }
    training::run(java, work.path(), &class_path(lock))?;
    readable(&lib).map_err(io(&lib))?;
    fs::rename(&lib, dir).map_err(io(dir))
}

fn class_path(lock: &Lock) -> String {
    let mut names: Vec<_> =
        lock.jars.iter().map(|jar| format!("lib/{}", jar.file_name())).collect();
    // The tracer is always there: without an address it does nothing, and a shorter class path would void the archive.
    names.extend(["lib/launcher.jar".to_owned(), "lib/tracer.jar".to_owned()]);
    names.join(":")
}

/// A hard link, or a copy with the same time where links cannot go.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to)?;
    let modified = fs::metadata(from)?.modified()?;
    File::options().append(true).open(to)?.set_modified(modified)
}

/// Workloads may run as another user; nothing in here is secret.
fn readable(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let mode = fs::metadata(&path)?.permissions().mode();
        if mode & 0o444 != 0o444 {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode | 0o444))?;
        }
    }
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(profile: Profile, memory: Option<u32>, jvm: u32, wanted: &[&str], unwanted: &[&str]) {
        let common = (jvm < AOT_SINCE).then(|| "/x/c.jsa".into());
        let archive = Archive { common, whole: "/x/a.jsa".into() };
        let flags = flags(profile, memory, Some(&archive), jvm);
        for want in wanted {
            assert!(flags.iter().any(|flag| flag == want), "{want} in {flags:?}");
        }
        for unwanted in unwanted {
            assert!(!flags.iter().any(|flag| flag.contains(unwanted)), "{unwanted} in {flags:?}");
        }
    }

    #[test]
    fn a_profile_decides_compilers_and_heap() {
        let small = ["-Xmx64m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];
        check(Profile::Small, None, 17, &small, &["AOT"]);
        check(Profile::Small, Some(256), 17, &["-Xmx184m"], &[]);
        check(Profile::Small, Some(64), 17, &["-Xmx16m"], &[]);
        check(Profile::Throughput, None, 21, &["-Xmx512m", "-XX:+UseSerialGC"], &["Tiered"]);
        check(Profile::Throughput, Some(4096), 21, &["-Xmx4024m", "-XX:+UseG1GC"], &["Serial"]);
    }

    #[test]
    fn java_25_uses_its_own_kind_of_archive() {
        check(
            Profile::Small,
            None,
            17,
            &["-XX:SharedArchiveFile=/x/c.jsa:/x/a.jsa"],
            &["AOTCache"],
        );
        check(Profile::Small, None, 25, &["-XX:AOTCache=/x/a.jsa"], &["SharedArchive", "Xshare"]);
        let none = flags(Profile::Small, None, None, 17);
        assert!(!none.iter().any(|flag| flag.contains("Archive")));
    }
}
