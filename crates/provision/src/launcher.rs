//! Compiles the Java of this product: the launcher of workloads, the tracer and the resolver.
//!
//! The sources are part of the binary; the found JDK's `javac` turns them into jars in the cache,
//! once per source text and JDK (about two seconds each). So a build of Midplane needs no Java, and no
//! class file is checked in. Entries and files carry one fixed time: a class-data archive is tied to
//! the jar it was made with.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::java::Java;
use crate::maven::FIXED_MTIME;

/// The class a workload starts with.
pub const MAIN_CLASS: &str = "io.midplane.launcher.Launcher";
/// The class the resolver starts with.
pub const RESOLVER_CLASS: &str = "io.midplane.resolver.Resolver";

/// Counts up when this file changes what it makes out of the same sources.
const FORMAT: u32 = 1;

/// Camel 4 runs on 17 and newer, and so must these.
const RELEASE: &str = "17";
/// An application that we did not start may be of Camel 3 on Java 11.
const TRACER_RELEASE: &str = "11";

macro_rules! sources {
    ($folder:literal, $($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("../../../tracer/", $folder, "/", $path)))),+]
    };
}

const LAUNCHER: &[(&str, &str)] = sources!(
    "launcher",
    "io/midplane/launcher/Answer.java",
    "io/midplane/launcher/Carried.java",
    "io/midplane/launcher/Control.java",
    "io/midplane/launcher/Delivery.java",
    "io/midplane/launcher/DryRun.java",
    "io/midplane/launcher/Durable.java",
    "io/midplane/launcher/Failure.java",
    "io/midplane/launcher/Gate.java",
    "io/midplane/launcher/Handover.java",
    "io/midplane/launcher/Holds.java",
    "io/midplane/launcher/HttpServer.java",
    "io/midplane/launcher/Launcher.java",
    "io/midplane/launcher/MainWorkload.java",
    "io/midplane/launcher/Order.java",
    "io/midplane/launcher/Orders.java",
    "io/midplane/launcher/Outside.java",
    "io/midplane/launcher/Readiness.java",
    "io/midplane/launcher/Sandbox.java",
    "io/midplane/launcher/Settings.java",
    "io/midplane/launcher/SpringWorkload.java",
    "io/midplane/launcher/Status.java",
    "io/midplane/launcher/StubResolver.java",
    "io/midplane/launcher/Training.java",
    "io/midplane/launcher/WarmUp.java",
    "io/midplane/launcher/WatchedNode.java",
    "io/midplane/launcher/Workload.java",
    "io/midplane/launcher/log/JsonLine.java",
    "io/midplane/launcher/log/JsonLog.java",
    "io/midplane/launcher/log/JsonLogProvider.java",
    "io/midplane/launcher/log/JulBridge.java",
    "io/midplane/launcher/log/RollingFile.java",
);

const RESOLVER: &[(&str, &str)] = sources!("resolver", "io/midplane/resolver/Resolver.java");

/// What is no class and stands in the jar as it is.
const TRACER_FILES: &[(&str, &str)] = sources!(
    "core",
    "META-INF/beans.xml",
    "META-INF/services/org.apache.camel.spi.ContextServicePlugin",
    "META-INF/services/org/apache/camel/TypeConverterLoader",
);

const TRACER: &[(&str, &str)] = sources!(
    "core",
    "io/midplane/tracer/Address.java",
    "io/midplane/tracer/Addressee.java",
    "io/midplane/tracer/BoundaryFactory.java",
    "io/midplane/tracer/Buffers.java",
    "io/midplane/tracer/ConverterEntry.java",
    "io/midplane/tracer/Clock.java",
    "io/midplane/tracer/Counters.java",
    "io/midplane/tracer/Current.java",
    "io/midplane/tracer/Detached.java",
    "io/midplane/tracer/Details.java",
    "io/midplane/tracer/Done.java",
    "io/midplane/tracer/Encoder.java",
    "io/midplane/tracer/Errors.java",
    "io/midplane/tracer/Facts.java",
    "io/midplane/tracer/Flights.java",
    "io/midplane/tracer/Governor.java",
    "io/midplane/tracer/Installer.java",
    "io/midplane/tracer/JsonPath.java",
    "io/midplane/tracer/JsonView.java",
    "io/midplane/tracer/Link.java",
    "io/midplane/tracer/Mdc.java",
    "io/midplane/tracer/NodeInfo.java",
    "io/midplane/tracer/NodeInterceptor.java",
    "io/midplane/tracer/Notifier.java",
    "io/midplane/tracer/PluginEntry.java",
    "io/midplane/tracer/Propagation.java",
    "io/midplane/tracer/Quiet.java",
    "io/midplane/tracer/Replayed.java",
    "io/midplane/tracer/RootTrack.java",
    "io/midplane/tracer/RouteInfo.java",
    "io/midplane/tracer/Routes.java",
    "io/midplane/tracer/Settings.java",
    "io/midplane/tracer/Snapshot.java",
    "io/midplane/tracer/Spoken.java",
    "io/midplane/tracer/Structure.java",
    "io/midplane/tracer/TracedNode.java",
    "io/midplane/tracer/Tracer.java",
    "io/midplane/tracer/Track.java",
    "io/midplane/tracer/wire/Buffer.java",
    "io/midplane/tracer/wire/Connection.java",
    "io/midplane/tracer/wire/Frames.java",
    "io/midplane/tracer/wire/Inbox.java",
    "io/midplane/tracer/wire/Ring.java",
    "io/midplane/tracer/wire/Shipper.java",
    "io/midplane/tracer/wire/Source.java",
    "io/midplane/tracer/wire/Words.java",
);

/// The jars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jars {
    pub launcher: PathBuf,
    pub tracer: PathBuf,
    pub resolver: PathBuf,
}

/// What one jar is made of.
struct Source {
    name: &'static str,
    release: &'static str,
    classes: &'static [(&'static str, &'static str)],
    files: &'static [(&'static str, &'static str)],
}

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("use the folder `{}`", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("start `{}`", path.display())]
    Compiler { path: PathBuf, source: io::Error },
    #[error("`{}` refused our own sources: {output}", path.display())]
    Refused { path: PathBuf, output: String },
    #[error("write the jar `{}`", path.display())]
    Jar { path: PathBuf, source: zip::result::ZipError },
}

impl BuildError {
    pub fn code(&self) -> &'static str {
        "MP-RUN-09"
    }
}

/// The jars for this JDK, compiled now if they are not in the cache.
pub fn build(
    java: &Java,
    cache: &Path,
    base_jars: &[PathBuf],
    resolver_jars: &[PathBuf],
) -> Result<Jars, BuildError> {
    let source = Source { name: "launcher", release: RELEASE, classes: LAUNCHER, files: &[] };
    let launcher = compile(&source, java, cache, base_jars)?;
    let tracer = tracer(java, cache, base_jars)?;
    let source = Source { name: "resolver", release: RELEASE, classes: RESOLVER, files: &[] };
    let resolver = compile(&source, java, cache, resolver_jars)?;
    Ok(Jars { launcher, tracer, resolver })
}

/// The tracer's jar alone, for an application that Midplane did not start.
pub fn tracer(java: &Java, cache: &Path, base_jars: &[PathBuf]) -> Result<PathBuf, BuildError> {
    let source =
        Source { name: "tracer", release: TRACER_RELEASE, classes: TRACER, files: TRACER_FILES };
    compile(&source, java, cache, base_jars)
}

fn compile(
    source: &Source,
    java: &Java,
    cache: &Path,
    class_path: &[PathBuf],
) -> Result<PathBuf, BuildError> {
    let Source { name, release, classes: sources, files } = source;
    let mut hash = Sha256::new();
    hash.update(format!("{FORMAT} {release} {}\n", java.id));
    for (path, text) in sources.iter().chain(*files) {
        hash.update(format!("{path} {}\n{text}", text.len()));
    }
    let folder = cache.join("launcher");
    let key = hex::encode(&hash.finalize()[..8]);
    let jar = folder.join(format!("{name}-{key}.jar"));
    if jar.is_file() {
        return Ok(jar);
    }
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| BuildError::Io { path, source }
    };
    fs::create_dir_all(&folder).map_err(io(&folder))?;
    let lock_path = folder.join(format!("{name}-{key}.lock"));
    let lock = File::create(&lock_path).map_err(io(&lock_path))?;
    lock.lock().map_err(io(&lock_path))?;
    if jar.is_file() {
        return Ok(jar); // somebody else made it while we waited
    }
    let work = tempfile::tempdir_in(&folder).map_err(io(&folder))?;
    let classes = work.path().join("classes");
    fs::create_dir(&classes).map_err(io(&classes))?;
    run_javac(java, release, sources, class_path, work.path(), &classes)?;
    for (path, text) in *files {
        let to = classes.join(path);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(io(parent))?;
        }
        fs::write(&to, text).map_err(io(&to))?;
    }
    let made = work.path().join("made.jar");
    write_jar(&classes, &made).map_err(|source| BuildError::Jar { path: made.clone(), source })?;
    let file = File::options().append(true).open(&made).map_err(io(&made))?;
    file.set_modified(SystemTime::UNIX_EPOCH + FIXED_MTIME).map_err(io(&made))?;
    file.sync_all().map_err(io(&made))?;
    fs::rename(&made, &jar).map_err(io(&jar))?;
    Ok(jar)
}

fn run_javac(
    java: &Java,
    release: &str,
    sources: &[(&str, &str)],
    class_path: &[PathBuf],
    work: &Path,
    classes: &Path,
) -> Result<(), BuildError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| BuildError::Io { path, source }
    };
    let mut files = Vec::new();
    for (path, text) in sources {
        let to = work.join("src").join(path);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(io(parent))?;
        }
        fs::write(&to, text).map_err(io(&to))?;
        files.push(to);
    }
    let class_path = std::env::join_paths(class_path).unwrap_or_default();
    let output = Command::new(java.javac())
        .env_clear() // JDK_JAVAC_OPTIONS of the user must not change what is made
        .args([
            "--release",
            release,
            "-proc:none",
            "-nowarn",
            "-g:source,lines",
            "-encoding",
            "UTF-8",
        ])
        .args(["-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC", "-J-Xshare:auto"])
        .arg("-cp")
        .arg(class_path)
        .arg("-d")
        .arg(classes)
        .args(&files)
        .stdin(Stdio::null())
        .output()
        .map_err(|source| BuildError::Compiler { path: java.javac(), source })?;
    if output.status.success() {
        return Ok(());
    }
    let output =
        String::from_utf8_lossy(&output.stderr).lines().take(10).collect::<Vec<_>>().join("; ");
    Err(BuildError::Refused { path: java.javac(), output })
}

/// Writes every class in sorted order with the format's oldest time, so that equal classes make equal jars.
fn write_jar(classes: &Path, jar: &Path) -> zip::result::ZipResult<()> {
    let mut zip = zip::ZipWriter::new(File::create(jar)?);
    let options = zip::write::SimpleFileOptions::default()
        .last_modified_time(zip::DateTime::default())
        .compression_method(zip::CompressionMethod::Deflated);
    let mut folders = vec![PathBuf::new()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(classes.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    for path in files {
        zip.start_file(path.to_string_lossy(), options)?;
        zip.write_all(&fs::read(classes.join(&path))?)?;
    }
    zip.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_file_is_embedded() {
        let tracer: Vec<_> = TRACER.iter().chain(TRACER_FILES).copied().collect();
        for (folder, sources) in [("launcher", LAUNCHER), ("core", &tracer), ("resolver", RESOLVER)]
        {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tracer").join(folder);
            let mut found = Vec::new();
            let mut folders = vec![root.clone()];
            while let Some(folder) = folders.pop() {
                for entry in fs::read_dir(folder).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        folders.push(path);
                    } else if path.extension().is_some_and(|end| end == "java")
                        || path.starts_with(root.join("META-INF"))
                    {
                        found
                            .push(path.strip_prefix(&root).unwrap().to_string_lossy().into_owned());
                    }
                }
            }
            found.sort();
            let mut embedded: Vec<_> = sources.iter().map(|(path, _)| (*path).to_owned()).collect();
            embedded.sort();
            assert_eq!(embedded, found);
        }
    }
}
