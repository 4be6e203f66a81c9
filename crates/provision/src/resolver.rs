//! Finds the jars beyond the base library: the caller's side of the resolver program.
//!
//! Request file -> a JVM over Camel's own Maven tooling -> answer file. Its process is killed at the
//! deadline, with its process group. What it finds lands in the same `cache/m2` as everything else and comes back as a lock:
//! on another machine the same release then needs no resolver, only [`crate::maven::fetch_all`]. As root it runs under an
//! account of its own (`apart`).

mod apart;

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
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
pub use apart::Account;

/// How often the process is looked at; resolving takes seconds.
const POLL: Duration = Duration::from_millis(20);

/// What to resolve, for one release.
#[derive(Clone, Debug)]
pub struct ResolveRequest {
    /// `4.18.0`
    pub camel: String,
    /// `camel:kafka` or `mvn:group:artifact:version`
    pub coordinates: Vec<String>,
    /// Whom the program runs as; `None`: ourselves.
    pub account: Option<Account>,
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
    let repository = match request.account {
        Some(account) => {
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o711)).map_err(io(&folder))?;
            apart::prepare(work.path(), &fetcher.store(), account).map_err(io(work.path()))?
        }
        None => fetcher.store(),
    };
    let place = Place {
        home: work.path(),
        repository: &repository,
        input: &work.path().join("request.json"),
        output: &work.path().join("answer.json"),
        extra_ca: extra_ca(fetcher, request, work.path())?,
    };
    let text = describe(base, fetcher, request, &place)?.to_string();
    fs::write(place.input, text).map_err(io(place.input))?;
    if let Some(account) = request.account {
        fs::set_permissions(place.input, fs::Permissions::from_mode(0o400))
            .and_then(|()| apart::give(place.input, account))
            .map_err(io(place.input))?;
    }
    let stderr = run(java, jars, resolver_class_path, &place, request.account, deadline)?;
    let output = place.output;
    let answer =
        fs::read(output).map_err(|_| ResolveError::Failed { message: last_line(&stderr) })?;
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
    let lock = Lock::parse(&lock.canonical()).map_err(ResolveError::Answer)?;
    if request.account.is_some() {
        apart::take_over(&repository, &fetcher.store(), &lock.jars)
            .map_err(io(&fetcher.store()))?;
    }
    Ok(lock)
}

/// The files of one run.
struct Place<'a> {
    home: &'a Path,
    repository: &'a Path,
    input: &'a Path,
    output: &'a Path,
    extra_ca: Option<PathBuf>,
}

/// A copy that the program's account can read; certificates are no secret.
fn extra_ca(
    fetcher: &Fetcher,
    request: &ResolveRequest,
    work: &Path,
) -> Result<Option<PathBuf>, ResolveError> {
    let Some(given) = &fetcher.network.extra_ca else { return Ok(None) };
    let Some(account) = request.account else { return Ok(Some(given.clone())) };
    let copy = work.join("extra-ca.pem");
    fs::copy(given, &copy)
        .and_then(|_| apart::give(&copy, account))
        .map_err(|source| ResolveError::Io { path: given.clone(), source })?;
    Ok(Some(copy))
}

fn describe(
    base: &Lock,
    fetcher: &Fetcher,
    request: &ResolveRequest,
    place: &Place<'_>,
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
        "local": place.repository,
        "sources": sources,
        "proxy": fetcher.network.proxy.as_deref().and_then(|url| {
            proxy(url, fetcher.network.no_proxy.as_deref())
        }),
        "extra_ca": place.extra_ca,
        "home": place.home,
        "output": place.output,
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
    place: &Place<'_>,
    account: Option<Account>,
    deadline: Duration,
) -> Result<String, ResolveError> {
    let stderr = place.home.join("stderr");
    let io = |source| ResolveError::Io { path: stderr.clone(), source };
    let log = fs::File::create(&stderr).map_err(io)?;
    let all = class_path.iter().chain([&jars.resolver]);
    let mut command = Command::new(java.java());
    command
        .env_clear()
        .args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-XX:-UsePerfData"])
        .args(["-Dslf4j.internal.verbosity=ERROR", "-cp"])
        .arg(std::env::join_paths(all).unwrap_or_default())
        .args([RESOLVER_CLASS.as_ref(), place.input.as_os_str()])
        .current_dir(place.home)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .process_group(0);
    if let Some(account) = account {
        command.gid(account.gid).uid(account.uid);
    }
    let mut child =
        command.spawn().map_err(|source| ResolveError::Start { path: java.java(), source })?;
    let started = Instant::now();
    let ended = loop {
        if child.try_wait().map_err(io)?.is_some() {
            break true;
        }
        if started.elapsed() > deadline {
            break false;
        }
        std::thread::sleep(POLL);
    };
    // Also what it may have started itself: its files are read next.
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    let _ = group
        .map(|group| rustix::process::kill_process_group(group, rustix::process::Signal::KILL));
    let _ = child.wait();
    if ended {
        Ok(fs::read_to_string(&stderr).unwrap_or_default())
    } else {
        Err(ResolveError::TooSlow(deadline))
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
