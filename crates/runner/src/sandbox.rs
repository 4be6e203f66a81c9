//! Dry runs: the release that serves, in a JVM of its own that can reach nothing.
//!
//! ```text
//! command `dry` -> sandboxes/<workload>/instances/<n> (jailed, no secrets, empty folder) -> order -> answer with every stub
//! ```
//! Never the live JVM. The launcher puts a stub in the place of every component that is not reviewed as local
//! (`camel::sandbox`); what beans, scripts and programs open by themselves meets a process without network, without files of
//! this machine and without privileges (`jail`). Where such a process cannot be made, only releases that hold no code are tried
//! (`plain`), with still fewer components that are themselves.
//!
//! A sandbox is kept for the next dry run of the same release, and ends by itself when nobody asks for a while. What it did is
//! forgotten with it, so a command that comes twice does no harm.

mod jail;
mod outside;
mod plain;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use link::wire;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{Mutex, OnceCell};
use uuid::Uuid;

use crate::artifacts::{Failure, load_specification};
use crate::chain::chain;
use crate::command::{Answer, parse, refuse};
use crate::decide::Report;
use crate::deliver::{Used, told as told_of, write_order};
use crate::folder::{self, InstancePlace, Place};
use crate::launch::{self, Given};
use crate::library::{self, Library};
use crate::originals::{Asked, Filled};
use crate::prepare::release_lock;
use crate::privilege::give;
use crate::process::{self, Handle, Identity, inspect};
use crate::record::Record;
use crate::shared::Shared;
use crate::specification::Specification;
use crate::{beneath, durable, limit, status};

use outside::Outside;

/// A start without an archive on a busy machine.
const START: Duration = Duration::from_secs(60);
/// A message that takes longer says nothing that one waits for.
const RUN: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(5);
/// What stands in for a secret: there must be something, and it must open nothing.
const NO_SECRET: &str = "sandbox";
/// Steps and stubs are cut by the launcher, at some hundred bytes each.
const MAX_ANSWER: u64 = 1 << 20;

#[derive(Deserialize)]
struct Dry {
    workload: Uuid,
    #[serde(flatten)]
    asked: Asked,
    /// `host:port` of what may really be asked (`outside`).
    #[serde(default)]
    hosts: Vec<String>,
}

/// The sandboxes that live, one for each workload.
#[derive(Default)]
pub(crate) struct Sandboxes {
    living: Mutex<HashMap<Uuid, Arc<Mutex<Option<Sandbox>>>>>,
    /// That a jail can be made on this machine. What stands against one is looked at each time: it may have been a machine without
    /// memory for a moment.
    has_jail: OnceCell<()>,
}

struct Sandbox {
    spec: String,
    is_jailed: bool,
    place: InstancePlace,
    handle: Handle,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Err(err) = self.handle.kill() {
            tracing::warn!(error = %err, "end a sandbox");
        }
        // A killed process is gone within milliseconds; one that is not stays a zombie until the runner ends.
        for _ in 0..100 {
            if self.handle.has_ended() {
                self.handle.reap();
                return;
            }
            std::thread::sleep(LOOK);
        }
    }
}

impl Sandboxes {
    /// One dry run; those of the same workload wait for each other.
    pub(crate) async fn run(&self, shared: &Arc<Shared>, command: &wire::Command) -> Answer {
        let Dry { workload, asked, hosts } = parse(&command.body)?;
        let id: Uuid = command
            .id
            .parse()
            .map_err(|_| ("MP-RUN-51".to_owned(), "the command has no id".to_owned()))?;
        let mut filled = asked.fill(shared, workload).await?;
        filled.order["format"] = 1.into();
        filled.order["begin_before_ms"] = i64::MAX.into();
        let slot = self.living.lock().await.entry(workload).or_default().clone();
        let mut slot = slot.lock().await;
        let spec = serving(shared, workload)?;
        if slot.as_ref().is_none_or(|one| one.spec != spec || one.handle.has_ended()) {
            *slot = None;
            let tried = self.has_jail.get_or_try_init(|| jail_works(shared)).await;
            let obstacle = tried.err();
            *slot = Some(start(shared, workload, spec, obstacle).await?);
        }
        let Some(sandbox) = slot.as_ref() else {
            return refuse("MP-RPL-21", "the sandbox is gone".to_owned());
        };
        let answer = sandbox.deliver(shared, workload, id, filled, hosts).await;
        if answer.is_err() {
            // Whatever it is doing, nothing may follow from it.
            *slot = None;
        }
        answer
    }
}

/// Tries whether a jail can be made here, or says why not.
async fn jail_works(shared: &Arc<Shared>) -> Result<(), String> {
    let shared = shared.clone();
    let tried = tokio::task::spawn_blocking(move || {
        jail::obstacle(&shared.settings.unshare, &shared.folder.sandboxes(), shared.account)
    });
    let found = tried.await.unwrap_or_else(|err| Some(err.to_string()));
    let Some(obstacle) = found else { return Ok(()) };
    tracing::warn!(obstacle, "no jail can be made for dry runs");
    Err(obstacle)
}

/// The specification of what serves.
fn serving(shared: &Shared, workload: Uuid) -> Result<String, (String, String)> {
    let record = durable::read::<Record>(&shared.folder.record(workload), Record::FORMAT);
    let serving = record.ok().flatten().and_then(|record| record.serving);
    let none = || ("MP-RPL-10".to_owned(), "this runtime has no release of it that ran".to_owned());
    serving.map(|serving| serving.target.spec).ok_or_else(none)
}

fn told(failure: Failure) -> (String, String) {
    match failure {
        Failure::Refused { code, reason } | Failure::Transient { code, reason } => (code, reason),
    }
}

fn disk(err: &io::Error) -> (String, String) {
    told(Failure::disk("prepare a sandbox", err))
}

async fn start(
    shared: &Arc<Shared>,
    workload: Uuid,
    spec: String,
    obstacle: Option<String>,
) -> Result<Sandbox, (String, String)> {
    let Some(library) = shared.library.borrow().ready() else {
        return Err(("MP-RPL-21".to_owned(), "Java and Camel are not there yet".to_owned()));
    };
    let specification = load_specification(&shared.folder.spec(&spec)).map_err(told)?;
    let bundle = shared.folder.bundle(&specification.release.bundle);
    if let Some(obstacle) = &obstacle
        && let Some(code) = plain::code_in(&specification, &bundle)
    {
        let text = format!(
            "the release holds {code}, which stubs alone do not keep in, and no jail can be made on this machine: {obstacle}"
        );
        return Err(("MP-RPL-20".to_owned(), text));
    }
    let is_jailed = obstacle.is_none();
    let place = shared.folder.sandbox(workload);
    let number = place.numbers().last().map_or(1, |last| last + 1);
    let instance = place.instance(number);
    let made =
        Made { shared, library: &library, specification: &specification, place: &place, is_jailed };
    let handle = made.start(&instance)?;
    let sandbox = Sandbox { spec, is_jailed, place: instance, handle };
    let end = Instant::now() + START;
    loop {
        match status::read(&sandbox.place.status()) {
            Some(Report::Ready) => return Ok(sandbox),
            Some(Report::Failed { reason, .. }) => {
                return Err(("MP-RPL-21".to_owned(), format!("it does not start there: {reason}")));
            }
            spoken if sandbox.handle.has_ended() => {
                let last = last_words(&sandbox.place);
                let code = if spoken.is_none() { "MP-RPL-20" } else { "MP-RPL-21" };
                return Err((code.to_owned(), format!("no sandbox could be made: {last}")));
            }
            _ if Instant::now() > end => {
                return Err(("MP-RPL-21".to_owned(), "it did not start in time".to_owned()));
            }
            _ => tokio::time::sleep(LOOK).await,
        }
    }
}

/// What the jail said before there was a JVM.
fn last_words(place: &InstancePlace) -> String {
    let mut text = String::new();
    let read = status::open_plain(&place.stderr())
        .and_then(|file| file.take(16 << 10).read_to_string(&mut text));
    let line = text.lines().rev().find(|line| !line.is_empty() && !line.starts_with(' '));
    match (read, line) {
        (Ok(_), Some(line)) => line.chars().take(300).collect(),
        _ => "its process ended".to_owned(),
    }
}

/// Everything that a start needs.
struct Made<'a> {
    shared: &'a Shared,
    library: &'a Library,
    specification: &'a Specification,
    place: &'a Place,
    is_jailed: bool,
}

impl Made<'_> {
    fn start(&self, place: &InstancePlace) -> Result<Handle, (String, String)> {
        self.folders(place).map_err(|err| disk(&err))?;
        let work = self.place.work();
        beneath::link(&work, "lib", &self.library.view.dir).map_err(|err| disk(&err))?;
        let shared = self.shared;
        let line = shared.board.get(self.specification.workload);
        let neighbours = line.map(|line| shared.board.neighbours(&line.scope)).unwrap_or_default();
        let timezone = shared.settings.timezone.as_deref();
        let mut environment = launch::environment(&work, timezone, &neighbours);
        for secret in &self.specification.secrets {
            if let Some(variable) = &secret.env {
                environment.push((variable.into(), NO_SECRET.into()));
            }
            if let Some(file) = &secret.file {
                beneath::write(&work, Path::new(file), NO_SECRET.as_bytes(), shared.account)
                    .map_err(|err| disk(&err))?;
            }
        }
        let bundle = shared.folder.bundle(&self.specification.release.bundle);
        let given = Given {
            specification: self.specification,
            place,
            work: &work,
            bundle: &bundle,
            port: None,
            neighbours: &neighbours,
        };
        let mut document = launch::document(&given);
        document["sandbox"] = json!(if self.is_jailed {
            camel::sandbox::local_schemes()
        } else {
            camel::sandbox::plain_schemes()
        });
        durable::write_bytes(&place.launch(), document.to_string().as_bytes(), 0o644)
            .map_err(|err| disk(&err))?;
        // Its routes need no second word.
        File::create(place.go())
            .and_then(|file| file.set_permissions(fs::Permissions::from_mode(0o644)))
            .map_err(|err| disk(&err))?;
        let (program, arguments) = self.command(place, &bundle)?;
        let start = process::Start {
            program,
            arguments,
            environment,
            folder: work,
            stdout: append(&place.stdout()).map_err(|err| disk(&err))?,
            stderr: append(&place.stderr()).map_err(|err| disk(&err))?,
            account: shared.account,
        };
        let failed = |err: io::Error| {
            ("MP-RPL-20".to_owned(), format!("no sandbox can be made on this machine: {err}"))
        };
        let pid = process::start(start).map_err(failed)?;
        let gone = || ("MP-RPL-20".to_owned(), last_words(place));
        let found = inspect::inspect(pid).ok_or_else(gone)?;
        let seams = &shared.settings.seams;
        let identity = Identity {
            format: Identity::FORMAT,
            pid,
            start: found.start,
            boot: seams.boot.to_string(),
            started_ms: seams.now().as_millisecond(),
        };
        process::adopt(&identity, &seams.boot).ok_or_else(gone)
    }

    fn command(
        &self,
        place: &InstancePlace,
        bundle: &Path,
    ) -> Result<(PathBuf, Vec<OsString>), (String, String)> {
        let store = library::fetcher(&self.shared.settings).store();
        let lock = release_lock(self.shared, self.specification).map_err(told)?;
        let jars: Vec<PathBuf> = lock
            .map(|lock| lock.jars.iter().map(|jar| store.join(jar.path())).collect())
            .unwrap_or_default();
        let java = &self.library.java;
        let arguments = launch::arguments(
            self.specification,
            &self.library.view,
            &jars,
            java.version,
            &place.launch(),
        );
        let (profile, memory_mib) = launch::size(self.specification);
        let ceiling = limit::ceiling_bytes(profile, memory_mib);
        let (program, arguments) = limit::wrap(ceiling, &java.java(), arguments);
        if !self.is_jailed {
            return Ok((program, arguments));
        }
        let mut readable =
            vec![self.library.view.dir.clone(), bundle.to_owned(), place.root().to_owned()];
        readable.extend(jail::java_home(&java.java()));
        readable.extend(jars);
        let jail = jail::Jail {
            root: self.place.root().join("root"),
            readable,
            writable: vec![place.status_folder(), place.log_folder(), self.place.work()],
            folder: self.place.work(),
        };
        Ok(jail.wrap(&self.shared.settings.unshare, &program, arguments))
    }

    /// All of an earlier sandbox is deleted: a dry run finds nothing that another one left.
    fn folders(&self, place: &InstancePlace) -> io::Result<()> {
        let (shared, pass) = (self.shared, self.shared.pass());
        match fs::remove_dir_all(self.place.root()) {
            Err(err) if err.kind() != io::ErrorKind::NotFound => return Err(err),
            _ => {}
        }
        folder::make(&shared.folder.sandboxes(), pass)?;
        for ours in [self.place.root(), &self.place.instances(), place.root(), &place.control()] {
            folder::make(ours, pass)?;
        }
        folder::make(&place.orders(), if shared.account.is_some() { 0o755 } else { 0o700 })?;
        folder::make(&self.place.root().join("root"), 0o755)?;
        for own in [self.place.work(), place.status_folder(), place.log_folder()] {
            folder::make(&own, 0o700)?;
            give(&own, shared.account)?;
        }
        Ok(())
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

impl Sandbox {
    async fn deliver(
        &self,
        shared: &Arc<Shared>,
        workload: Uuid,
        id: Uuid,
        filled: Filled,
        hosts: Vec<String>,
    ) -> Answer {
        let mut outside = Outside::new(hosts);
        let Filled { order, source, count, hidden } = filled;
        write_order(&self.place.order(id), &order.to_string(), shared.account)
            .map_err(|err| disk(&err))?;
        let end = Instant::now() + RUN;
        let bytes = loop {
            let ended = self.handle.has_ended();
            if let Ok(file) = status::open_plain(&self.place.answer(id)) {
                let mut bytes = Vec::new();
                file.take(MAX_ANSWER).read_to_end(&mut bytes).map_err(|err| disk(&err))?;
                break bytes;
            }
            if ended {
                let text = format!("the sandbox ended: {}", last_words(&self.place));
                return refuse("MP-RPL-22", hidden.text(text));
            }
            if Instant::now() > end {
                let text = format!("it did not end within {} s, and was ended", RUN.as_secs());
                return refuse("MP-RPL-22", text);
            }
            outside.look(&self.place, id, shared.account).await.map_err(|err| disk(&err))?;
            tokio::time::sleep(LOOK).await;
        };
        outside.forget(&self.place, id);
        let _ = fs::remove_file(self.place.order(id));
        let used = Used { source, filled: count };
        let told = told_of(shared, workload, &bytes, used, &hidden)?;
        Ok(if self.is_jailed { told } else { weaker(&told) })
    }
}

/// Ends what an earlier runner left: its sandboxes have nobody to answer to.
pub(crate) fn sweep(shared: &Shared) {
    let entries = fs::read_dir(shared.folder.sandboxes()).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name();
        let Some(workload) = name.to_str().and_then(|name| name.parse::<Uuid>().ok()) else {
            continue;
        };
        let place = shared.folder.sandbox(workload);
        for number in place.numbers() {
            let Some(pid) = process::find(&place.instance(number).launch()) else { continue };
            let group = rustix::process::Pid::from_raw(pid);
            if let Some(group) = group {
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            }
        }
        if let Err(err) = fs::remove_dir_all(place.root()) {
            tracing::warn!(error = %chain(&err), "delete an earlier sandbox");
        }
    }
}

/// Says in a report that nothing but stubs kept it in.
fn weaker(told: &[u8]) -> Vec<u8> {
    let mut report: Value = serde_json::from_slice(told).unwrap_or_default();
    report["weaker"] =
        "no jail can be made on this machine; the release holds no code, and stubs kept it in"
            .into();
    report.to_string().into_bytes()
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
