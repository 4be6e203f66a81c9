//! Finds the jars beyond the base library: the caller's side of the resolver program.
//!
//! Request file -> a JVM over Camel's own Maven tooling -> answer file. Its process is killed at the
//! deadline. What it finds lands in the same `cache/m2` as everything else and comes back as a lock:
//! on another machine the same release then needs no resolver, only [`crate::maven::fetch_all`].

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::java::Java;
use crate::launcher::{Jars, RESOLVER_CLASS};
use crate::lock::{Jar, Lock, LockError};
use crate::maven::{Fetcher, Mirror, SettingsError};

/// How often the process is looked at; resolving takes seconds.
const POLL: Duration = Duration::from_millis(20);

/// What to resolve, for one release.
#[derive(Clone, Debug)]
pub struct ResolveRequest {
    /// `4.18.0`
    pub camel: String,
    /// `camel:kafka` or `mvn:group:artifact:version`
    pub coordinates: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    #[error("not to be had: `{}`", coordinates.join("`, `"))]
    Missing { coordinates: Vec<String> },
    #[error("fetch `{}`: {message}", coordinates.join("`, `"))]
    Transfer { coordinates: Vec<String>, message: String },
    #[error("resolve the dependencies: {message}")]
    Failed { message: String },
    #[error("resolve the dependencies: not finished after {0:?}")]
    TooSlow(Duration),
    #[error("use the folder `{}`", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("start `{}`", path.display())]
    Start { path: PathBuf, source: io::Error },
    #[error("read what the resolver found")]
    Answer(#[source] LockError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

impl ResolveError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "MP-RUN-10",
            Self::Transfer { .. } => "MP-RUN-11",
            Self::Failed { .. } | Self::Answer(_) => "MP-RUN-12",
            Self::TooSlow(_) => "MP-RUN-13",
            Self::Io { .. } | Self::Start { .. } => "MP-RUN-07",
            Self::Settings(_) => "MP-RUN-08",
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    jars: Vec<Found>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Found {
    coordinates: String,
    sha256: String,
    size: u64,
}

#[derive(Deserialize)]
struct Failure {
    kind: String,
    coordinates: Vec<String>,
    message: Option<String>,
}

/// The closure of the request without what `base` has. The jars are in `fetcher.store()` afterwards.
pub fn resolve(
    java: &Java,
    jars: &Jars,
    resolver_class_path: &[PathBuf],
    base: &Lock,
    fetcher: &Fetcher,
    request: &ResolveRequest,
    deadline: Duration,
) -> Result<Lock, ResolveError> {
    let folder = fetcher.cache.join("tmp");
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| ResolveError::Io { path, source }
    };
    fs::create_dir_all(&folder).map_err(io(&folder))?;
    let work =
        tempfile::Builder::new().prefix("resolve-").tempdir_in(&folder).map_err(io(&folder))?;
    let (input, output) = (work.path().join("request.json"), work.path().join("answer.json"));
    let text = describe(base, fetcher, request, work.path(), &output)?.to_string();
    fs::write(&input, text).map_err(io(&input))?;
    let stderr = run(java, jars, resolver_class_path, work.path(), &input, deadline)?;
    let answer =
        fs::read(&output).map_err(|_| ResolveError::Failed { message: last_line(&stderr) })?;
    let answer: Answer = serde_json::from_slice(&answer)
        .map_err(|err| ResolveError::Answer(LockError::Malformed(err)))?;
    if let Some(Failure { kind, coordinates, message }) = answer.error {
        let message = message.unwrap_or_default();
        return Err(match kind.as_str() {
            "missing" => ResolveError::Missing { coordinates },
            "transfer" => ResolveError::Transfer { coordinates, message },
            _ => ResolveError::Failed { message },
        });
    }
    let found = answer.jars.into_iter().map(|found| {
        let Found { coordinates, sha256, size } = found;
        Jar { coordinates, sha256, size }
    });
    let lock = Lock::new(&request.camel, found.collect());
    Lock::parse(&lock.canonical()).map_err(ResolveError::Answer)
}

fn describe(
    base: &Lock,
    fetcher: &Fetcher,
    request: &ResolveRequest,
    home: &Path,
    output: &Path,
) -> Result<Value, ResolveError> {
    let subtract: Vec<_> = base
        .jars
        .iter()
        .map(|jar| jar.coordinates.splitn(3, ':').take(2).collect::<Vec<_>>().join(":"))
        .collect();
    let sources: Vec<_> = fetcher.sources()?.iter().map(source).collect();
    Ok(json!({
        "camel": request.camel,
        "coordinates": request.coordinates,
        "subtract": subtract,
        "local": fetcher.store(),
        "sources": sources,
        "proxy": fetcher.network.proxy.as_deref().and_then(|url| {
            proxy(url, fetcher.network.no_proxy.as_deref())
        }),
        "extra_ca": fetcher.network.extra_ca,
        "home": home,
        "output": output,
    }))
}

fn source(mirror: &Mirror) -> Value {
    let pair = mirror.authorization.as_deref().and_then(|value| {
        let bytes = base64::engine::general_purpose::STANDARD.decode(value.strip_prefix("Basic ")?);
        let pair = String::from_utf8(bytes.ok()?).ok()?;
        pair.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
    });
    let (username, password) = pair.unzip();
    json!({ "url": mirror.url, "username": username, "password": password })
}

/// `http://user:password@host:port` in parts; Java takes them one by one.
fn proxy(url: &str, no_proxy: Option<&str>) -> Option<Value> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/');
    let (login, address) =
        rest.rsplit_once('@').map_or((None, rest), |(login, address)| (Some(login), address));
    let (host, port) = address.rsplit_once(':')?;
    let (username, password) =
        login.map(|login| login.split_once(':').unwrap_or((login, ""))).unzip();
    let direct = no_proxy.map(|hosts| {
        let hosts = hosts.split(',').map(str::trim).filter(|host| !host.is_empty());
        let star =
            |host: &str| if host.starts_with('.') { format!("*{host}") } else { host.to_owned() };
        hosts.map(star).collect::<Vec<_>>().join("|")
    });
    Some(json!({
        "host": host, "port": port.parse::<u16>().ok()?,
        "username": username, "password": password, "no_proxy": direct,
    }))
}

/// Runs the program to its end and returns what it said on stderr.
fn run(
    java: &Java,
    jars: &Jars,
    class_path: &[PathBuf],
    work: &Path,
    input: &Path,
    deadline: Duration,
) -> Result<String, ResolveError> {
    let stderr = work.join("stderr");
    let io = |source| ResolveError::Io { path: stderr.clone(), source };
    let log = fs::File::create(&stderr).map_err(io)?;
    let all = class_path.iter().chain([&jars.resolver]);
    let mut child = Command::new(java.java())
        .env_clear()
        .args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-XX:-UsePerfData"])
        .args(["-Dslf4j.internal.verbosity=ERROR", "-cp"])
        .arg(std::env::join_paths(all).unwrap_or_default())
        .args([RESOLVER_CLASS.as_ref(), input.as_os_str()])
        .current_dir(work)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .map_err(|source| ResolveError::Start { path: java.java(), source })?;
    let started = Instant::now();
    loop {
        if child.try_wait().map_err(io)?.is_some() {
            return Ok(fs::read_to_string(&stderr).unwrap_or_default());
        }
        if started.elapsed() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            return Err(ResolveError::TooSlow(deadline));
        }
        std::thread::sleep(POLL);
    }
}

fn last_line(stderr: &str) -> String {
    let line = stderr
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty() && !line.trim_start().starts_with("at "));
    line.unwrap_or("the resolver ended without an answer").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_taken_apart() {
        let parts = proxy("http://u:p@proxy:3128/", Some("localhost, .corp")).unwrap();
        assert_eq!(
            parts,
            json!({"host": "proxy", "port": 3128, "username": "u", "password": "p", "no_proxy": "localhost|*.corp"})
        );
        assert_eq!(proxy("http://proxy", None), None);
    }
}
