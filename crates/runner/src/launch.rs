//! From a specification to what is started: the launch file, the arguments and the environment. Pure.
//!
//! A workload's environment is this list and nothing else: PATH, HOME, LANG, TZ, the URLs of its neighbours and its
//! secrets. Secrets that are files are written by the caller; their paths appear as the properties `midplane.file.<path>`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use provision::archive::{self, LibraryView};
use serde_json::json;

use crate::folder::InstancePlace;
use crate::specification::{Kind, Profile, Specification};

/// Camel's own shutdown time; `decide` adds some before it kills.
pub(crate) const SHUTDOWN_S: u64 = 20;
/// One log file, and how many there are: 32 MiB for each instance, and at most five instances are kept.
const LOG_FILE_BYTES: u64 = 8 << 20;
const LOG_FILES: u32 = 4;
const MAIN_CLASS: &str = "io.midplane.launcher.Launcher";

/// Where this workload's neighbours answer: integration name to URL.
pub(crate) type Neighbours = BTreeMap<String, String>;

pub(crate) struct Given<'a> {
    pub(crate) specification: &'a Specification,
    pub(crate) place: &'a InstancePlace,
    pub(crate) work: &'a Path,
    pub(crate) bundle: &'a Path,
    /// `None`: it serves no HTTP.
    pub(crate) port: Option<u16>,
    pub(crate) neighbours: &'a Neighbours,
}

/// The document `launch.json`.
pub(crate) fn document(given: &Given<'_>) -> serde_json::Value {
    let specification = given.specification;
    let mut properties = specification.properties.clone();
    for (name, url) in given.neighbours {
        properties.insert(format!("midplane.url.{name}"), url.clone());
    }
    for path in specification.secrets.iter().filter_map(|secret| secret.file.as_ref()) {
        let file = given.work.join(path).display().to_string();
        properties.insert(format!("midplane.file.{path}"), file);
    }
    let kind = match specification.kind {
        Kind::Main => "main",
        Kind::Spring => "spring",
    };
    json!({
        "format": 1,
        "deployment": specification.deployment,
        "kind": kind,
        "name": specification.integration,
        "bundle": given.bundle,
        "work": given.work,
        "routes": specification.routes,
        "properties": properties,
        "port": given.port,
        "host": "127.0.0.1",
        "status": given.place.status(),
        "go": given.place.go(),
        "control": given.place.control(),
        "log": {
            "dir": given.place.log_folder(),
            "file": log_file(&specification.integration),
            "max_bytes": LOG_FILE_BYTES,
            "files": LOG_FILES,
            "level": specification.log_level,
        },
        "shutdown_s": SHUTDOWN_S,
    })
}

pub(crate) fn log_file(integration: &str) -> String {
    format!("{integration}.log")
}

/// The arguments of `java`, which limit memory and processors; `limit` is the net under them.
pub(crate) fn arguments(
    specification: &Specification,
    view: &LibraryView,
    extra_jars: &[PathBuf],
    java_version: u32,
    launch: &Path,
) -> Vec<OsString> {
    let (profile, memory_mib) = size(specification);
    let flags = archive::flags(profile, memory_mib, view.archive.as_ref(), java_version);
    let mut arguments: Vec<OsString> = flags.into_iter().map(OsString::from).collect();
    if let Some(millis) = specification.cpu_millis {
        arguments.push(format!("-XX:ActiveProcessorCount={}", millis.div_ceil(1000).max(1)).into());
    }
    let mut class_path = OsString::from(&view.class_path);
    for jar in extra_jars {
        class_path.push(":");
        class_path.push(jar);
    }
    arguments.extend(["-cp".into(), class_path, MAIN_CLASS.into(), launch.into()]);
    arguments
}

/// The profile, and how many MiB the specification allows all of the process.
pub(crate) fn size(specification: &Specification) -> (archive::Profile, Option<u32>) {
    let profile = match specification.profile {
        Profile::Small => archive::Profile::Small,
        Profile::Throughput => archive::Profile::Throughput,
    };
    let mib = |bytes: u64| u32::try_from(bytes >> 20).unwrap_or(u32::MAX);
    (profile, specification.memory_bytes.map(mib))
}

/// The environment but for the secrets.
pub(crate) fn environment(
    work: &Path,
    timezone: Option<&str>,
    neighbours: &Neighbours,
) -> Vec<(OsString, OsString)> {
    let mut environment: Vec<(OsString, OsString)> =
        vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into()), ("HOME".into(), work.into())];
    environment
        .extend(archive::ENVIRONMENT.iter().map(|(name, value)| (name.into(), value.into())));
    if let Some(timezone) = timezone {
        environment.push(("TZ".into(), timezone.into()));
    }
    for (name, url) in neighbours {
        environment.push((variable(name).into(), url.into()));
    }
    environment
}

/// `midplane.url.tea-shop` as Camel looks it up in the environment.
fn variable(integration: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("MIDPLANE_URL_{}", integration.chars().map(plain).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neighbour_is_found_by_property_and_by_variable() {
        let neighbours =
            Neighbours::from([("tea-shop".to_owned(), "http://127.0.0.1:1".to_owned())]);
        let environment = environment(Path::new("/w"), None, &neighbours);
        let names: Vec<_> = environment.iter().filter_map(|(name, _)| name.to_str()).collect();
        assert_eq!(names, ["PATH", "HOME", "LANG", "MALLOC_ARENA_MAX", "MIDPLANE_URL_TEA_SHOP"]);
    }
}
