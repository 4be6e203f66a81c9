//! Fetches one branch of one repository into a bare mirror that nobody else reads.
//!
//! ```text
//! ls-refs -> id unchanged? done : shallow fetch (depth 1, this ref only, no tags) -> commit
//! ```
//! The mirror keeps packs between fetches so that a push costs milliseconds; it holds nothing that cannot be fetched again, so
//! it is thrown away when it is large, worn or damaged. Options are isolated: no configuration of the machine or the user, no
//! hooks, no filters, no submodules, no LFS. `file://` runs `git upload-pack`, which is why it needs `git` and refuses
//! repositories of another owner.
//!
//! Everything here blocks; the engine runs it on a blocking thread. Bytes are counted as they arrive (`gitops::meter`), the
//! time-out raises the same interrupt flag. Reading files out of the commit is `gitops::walk`.

use std::error::Error as _;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::source::Address;
use gix::ObjectId;
use gix::protocol::transport::client::blocking_io::http;
use gix::remote::Direction;
use gix::remote::fetch::{Shallow, Tags};

use super::guard::{Allowed, Resolver};
use super::limits::Limits;
use super::meter::Meter;
use super::refusal::Refusal;
use crate::settings::{Settings, Sources};

/// Each push adds a pack and negotiation looks into every one.
const MOST_PACKS: usize = 50;
/// Fifty pushes of a large demo stay below this.
const MOST_MIRROR_BYTES: u64 = 64 * 1024 * 1024;
/// A host that does not answer the first packet within this is away.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Where the mirror keeps the one branch, whatever its name is.
const HEAD: &str = "refs/midplane/head";

/// What may be reached, and through what. Made once from the server's settings.
#[derive(Clone, Default)]
pub struct Reach {
    pub allow_files: bool,
    pub allowed: Allowed,
    /// `http://host:port` of a proxy; its host is reached without judgement. It finds the target's name itself, so what it
    /// may reach is the proxy's own policy; a target written as an address is judged here.
    pub proxy: Option<String>,
    /// Hosts that are reached without it, and judged.
    pub no_proxy: Option<String>,
    pub extra_ca: Vec<reqwest::Certificate>,
}

#[derive(Debug, thiserror::Error)]
pub enum BadReach {
    #[error("read the extra certificate authorities")]
    ExtraCa(#[source] reqwest::Error),
    #[error("read the address of the proxy")]
    Proxy(#[source] reqwest::Error),
}

impl Reach {
    pub fn of(settings: &Settings) -> Result<Self, BadReach> {
        let Sources { private_hosts, proxy, no_proxy, extra_ca } = &settings.sources;
        let extra_ca = match extra_ca {
            Some(pem) => reqwest::Certificate::from_pem_bundle(pem).map_err(BadReach::ExtraCa)?,
            None => Vec::new(),
        };
        if let Some(proxy) = proxy {
            reqwest::Proxy::all(proxy).map_err(BadReach::Proxy)?;
        }
        Ok(Self {
            allow_files: settings.http.ip().is_loopback(),
            allowed: Allowed::new(private_hosts.iter().cloned()),
            proxy: proxy.clone(),
            no_proxy: no_proxy.clone(),
            extra_ca,
        })
    }
}

/// What to fetch.
#[derive(Clone)]
pub struct Wanted {
    pub address: Address,
    pub url: String,
    pub branch: String,
    pub token: Option<Arc<zeroize::Zeroizing<String>>>,
    /// The commit that was applied last.
    pub known: Option<ObjectId>,
}

pub enum Fetched {
    Unchanged,
    Commit { repository: gix::Repository, id: ObjectId },
}

/// Asks for the branch's commit and fetches it when it is not `known`.
pub fn fetch(
    wanted: &Wanted,
    mirror: &Path,
    reach: &Reach,
    limits: &Limits,
    interrupt: &Arc<AtomicBool>,
) -> Result<Fetched, Refusal> {
    check_address(wanted, reach)?;
    let _alone = alone(mirror).map_err(|err| Refusal::Damaged(err.to_string()))?;
    release_locks(mirror);
    discard_worn(mirror);
    match attempt(wanted, mirror, reach, limits, interrupt) {
        // Half-written after a crash, or read by a newer format: the mirror is a cache, so begin anew, once.
        Err(Refusal::Damaged(_)) if mirror.exists() && !interrupt.load(Ordering::Relaxed) => {
            std::fs::remove_dir_all(mirror).ok();
            attempt(wanted, mirror, reach, limits, interrupt)
        }
        outcome => outcome,
    }
}

fn check_address(wanted: &Wanted, reach: &Reach) -> Result<(), Refusal> {
    match &wanted.address {
        Address::File { .. } if !reach.allow_files => Err(Refusal::FileNotAllowed),
        Address::File { path } => match std::fs::metadata(path) {
            Ok(_) => Ok(()),
            Err(_) => Err(Refusal::NotFound(wanted.url.clone())),
        },
        Address::Http { host, .. } if !reach.allowed.contains(host) => {
            Err(Refusal::Address(format!("`http://` is not encrypted; use `https://{host}/`")))
        }
        Address::Http { .. } if wanted.token.is_some() => Err(Refusal::Address(
            "a token is never sent over `http://`, which is not encrypted".to_owned(),
        )),
        Address::Https { .. } | Address::Http { .. } => {
            let host = wanted.address.host().unwrap_or_default();
            reach.allowed.literal(host).map_err(|err| Refusal::Address(err.to_string()))
        }
    }
}

fn attempt(
    wanted: &Wanted,
    mirror: &Path,
    reach: &Reach,
    limits: &Limits,
    interrupt: &Arc<AtomicBool>,
) -> Result<Fetched, Refusal> {
    let repository = open(mirror, limits)?;
    let meter = Meter::new(limits.total_bytes, interrupt.clone());
    let explain = |err: gix::Error| explain(&err, wanted, mirror, limits, &meter, interrupt);
    let spec = format!("+refs/heads/{}:{HEAD}", wanted.branch);
    let no_branch = || Refusal::NoBranch(wanted.branch.clone());
    let remote = repository
        .remote_at(wanted.url.as_str())
        .map_err(&explain)?
        .with_refspecs([spec.as_str()], Direction::Fetch)
        .map_err(|_| no_branch())?
        .with_fetch_tags(Tags::None);
    let mut connection = remote.connect(Direction::Fetch).map_err(&explain)?;
    let token = wanted.token.clone();
    connection.set_credentials(move |action| answer_credentials(action, token.as_deref()));
    if wanted.address.host().is_some() {
        connection.set_transport_options(Box::new(http_options(reach, limits)));
    }
    let prepared = connection
        .prepare_fetch(meter.clone(), gix::remote::ref_map::Options::default())
        .map_err(&explain)?;
    let id = prepared
        .ref_map()
        .mappings
        .iter()
        .find_map(|mapping| mapping.remote.as_id())
        .ok_or_else(no_branch)?
        .to_owned();
    if Some(id) == wanted.known {
        return Ok(Fetched::Unchanged);
    }
    prepared
        .with_shallow(Shallow::DepthAtRemote(NonZeroU32::MIN))
        .receive(meter.clone(), interrupt)
        .map_err(&explain)?;
    // The pack that was just written is not in the handle's list yet.
    let repository = open(mirror, limits)?;
    Ok(Fetched::Commit { repository, id })
}

fn open(mirror: &Path, limits: &Limits) -> Result<gix::Repository, Refusal> {
    let damaged = |err: gix::Error| Refusal::Damaged(one_line(&err));
    // A single object beyond the limit is refused before it is inflated in memory.
    let limit = format!("gitoxide.objects.allocLimit={}", largest_object(limits));
    let options = gix::open::Options::isolated()
        .config_overrides([limit.as_str(), "core.logAllRefUpdates=false", "gc.auto=0"])
        .open_path_as_is(true);
    if mirror.join("HEAD").exists() {
        return Ok(options.open(mirror).map_err(damaged)?.to_thread_local());
    }
    std::fs::remove_dir_all(mirror).ok();
    std::fs::create_dir_all(mirror).map_err(|err| Refusal::Damaged(err.to_string()))?;
    let made = gix::ThreadSafeRepository::init_opts(
        mirror,
        gix::create::Kind::Bare,
        gix::create::Options::default(),
        options,
    );
    Ok(made.map_err(damaged)?.to_thread_local())
}

/// Eight times the largest file that is read: pictures and archives beside integrations may be there.
fn largest_object(limits: &Limits) -> u64 {
    limits.file_bytes.saturating_mul(8)
}

/// Waits until nobody else fetches into the mirror; the kernel gives this up with the process.
fn alone(mirror: &Path) -> std::io::Result<std::fs::File> {
    if let Some(folder) = mirror.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let file = std::fs::File::create(mirror.with_extension("alone"))?;
    file.lock()?;
    Ok(file)
}

/// Git's own locks are files, which stay when their process is killed; then nothing could ever be fetched again.
fn release_locks(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if path.extension().is_some_and(|extension| extension == "lock") {
            std::fs::remove_file(&path).ok();
        } else if is_folder && entry.file_name() != "objects" {
            release_locks(&path);
        }
    }
}

/// Throws the mirror away when it holds too many packs or too many bytes.
fn discard_worn(mirror: &Path) {
    let Ok(entries) = std::fs::read_dir(mirror.join("objects/pack")) else { return };
    let packs: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "pack"))
        .collect();
    let bytes: u64 = packs.iter().filter_map(|path| Some(path.metadata().ok()?.len())).sum();
    if packs.len() >= MOST_PACKS || bytes > MOST_MIRROR_BYTES {
        std::fs::remove_dir_all(mirror).ok();
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that gix asks of its caller")]
fn answer_credentials(
    action: gix::credentials::helper::Action,
    token: Option<&zeroize::Zeroizing<String>>,
) -> gix::Result<Option<gix::credentials::protocol::Outcome>> {
    use gix::credentials::helper::Action;
    Ok(match (action, token) {
        (Action::Get(context), Some(token)) => Some(gix::credentials::protocol::Outcome {
            identity: gix::sec::identity::Account {
                // The user that GitHub, GitLab and Gitea all take beside a token.
                username: "oauth2".to_owned(),
                password: token.to_string(),
                oauth_refresh_token: None,
            },
            next: context.into(),
        }),
        (Action::Get(_) | Action::Store(_) | Action::Erase(_), _) => None,
    })
}

fn http_options(reach: &Reach, limits: &Limits) -> http::Options {
    // TLS needs a provider of cryptography; when the process chose one already, that one stays.
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let (reach, time) = (reach.clone(), limits.time);
    let configure = move |builder: reqwest::blocking::ClientBuilder| {
        let mut allowed = reach.allowed.clone();
        let mut builder = builder.no_proxy().timeout(time).connect_timeout(CONNECT_TIMEOUT);
        if let Some(proxy) = &reach.proxy {
            let proxy = reqwest::Proxy::all(proxy.as_str()).map_err(gix::Error::from_error)?;
            let past = reach.no_proxy.as_deref().and_then(reqwest::NoProxy::from_string);
            builder = builder.proxy(proxy.no_proxy(past));
            allowed = allowed.with_proxy(reach.proxy.as_deref());
        }
        if !reach.extra_ca.is_empty() {
            builder = builder.tls_certs_merge(reach.extra_ca.clone());
        }
        Ok(builder.dns_resolver(Arc::new(Resolver { allowed })))
    };
    http::Options {
        follow_redirects: http::options::FollowRedirects::None,
        backend: Some(Arc::new(Mutex::new(http::reqwest::Options {
            configure_client: Some(Box::new(configure)),
            configure_request: None,
        }))),
        ..http::Options::default()
    }
}

/// Turns gix's chain of causes into one of our refusals.
fn explain(
    err: &gix::Error,
    wanted: &Wanted,
    mirror: &Path,
    limits: &Limits,
    meter: &Meter,
    interrupt: &AtomicBool,
) -> Refusal {
    if meter.exceeded() {
        return Refusal::TooLarge(limits.total_bytes);
    }
    if interrupt.load(Ordering::Relaxed) {
        return Refusal::TooSlow(limits.time.as_secs());
    }
    let text = one_line(err);
    // The one message of gix that says an allocation limit was met (`Exn` carries no type for it).
    if text.contains("too large to fit in memory") {
        return Refusal::ObjectTooLarge(largest_object(limits));
    }
    match &wanted.address {
        Address::File { path } => explain_file(text, path, mirror),
        Address::Https { .. } | Address::Http { .. } => explain_http(text),
    }
}

/// The content type that a Git server answers with. gix names it where something else came, which a redirect is too.
const ADVERTISEMENT: &str = "application/x-git-upload-pack-advertisement";

fn explain_http(text: String) -> Refusal {
    let status = |code: &str| text.contains(&format!("HTTP status {code}"));
    if text.contains("--allow-private-host") {
        Refusal::Address(text)
    } else if text.contains(ADVERTISEMENT) {
        let answers = "this address: a page or a redirect answers, and redirects are not followed";
        Refusal::NotFound(answers.to_owned())
    } else if status("404") || status("410") {
        Refusal::NotFound("this address".to_owned())
    } else if status("401") || status("403") || text.to_lowercase().contains("credential") {
        Refusal::Credentials
    } else {
        Refusal::Unreachable(text)
    }
}

fn explain_file(text: String, path: &str, mirror: &Path) -> Refusal {
    use std::os::unix::fs::MetadataExt as _;
    // The mirror is a folder that this process made, so its owner is who we are.
    let owner = |path: &Path| std::fs::metadata(path).ok().map(|found| found.uid());
    if text.contains("git-upload-pack") || text.contains("upload-pack` ") {
        return Refusal::NoGit;
    }
    if !Path::new(path).join("HEAD").exists() && !Path::new(path).join(".git").exists() {
        return Refusal::NotFound(format!("`{path}`"));
    }
    if owner(Path::new(path)) != owner(mirror) {
        return Refusal::OtherOwner(format!("`{path}`"));
    }
    Refusal::Unreachable(text)
}

/// The chain of causes in one line, cut where nobody reads on.
fn one_line(err: &gix::Error) -> String {
    let mut text = err.to_string();
    let mut source = err.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect()
}
