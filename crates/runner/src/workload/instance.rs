//! One start of a JVM: how it is started, what is seen of it, and how it ends.
//!
//! Everything that says something about an instance is in its folder, so a runner that has just started sees as much as
//! the one that was killed. `process.json` is written before anything else happens to a new process; when even that is
//! missing the process is looked for by its arguments.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;

use super::secrets;
use crate::artifacts::{Failure, disk_code};
use crate::clock::Tick;
use crate::decide::{Ending, Life, Report, Seen};
use crate::folder::{self, InstancePlace, Place};
use crate::http_routes::serves_http;
use crate::launch::{self, Given, Neighbours};
use crate::library::{self, Library};
use crate::prepare::release_lock;
use crate::privilege::give;
use crate::process::{self, Handle, Identity, inspect};
use crate::shared::Shared;
use crate::specification::Specification;
use crate::tracer::Fact;
use crate::{beneath, durable, holds, limit, status};

/// What this runner knows of an instance beyond its folder.
#[derive(Debug)]
pub(super) struct Instance {
    place: InstancePlace,
    state: State,
    term_at: Option<Tick>,
}

#[derive(Debug)]
enum State {
    Absent,
    Alive { handle: Handle, started_ms: i64 },
    Ended { how: Ending, code: String, reason: String },
}

impl Instance {
    /// Looks for an instance that this runner may not have started itself.
    pub(super) fn find(place: InstancePlace, shared: &Shared) -> Self {
        let boot = &shared.settings.seams.boot;
        let known = durable::read::<Identity>(&place.process(), Identity::FORMAT).ok().flatten();
        let known = known.or_else(|| {
            let pid = process::find(&place.launch())?;
            let identity = identify(pid, shared)?;
            durable::write(&place.process(), &identity).ok()?;
            Some(identity)
        });
        let state = match known {
            Some(identity) => match process::adopt(&identity, boot) {
                Some(handle) => State::Alive { handle, started_ms: identity.started_ms },
                None => gone(&place),
            },
            // It has spoken, so it was started; that its pid was never written down says nothing else.
            None if place.status().exists() => gone(&place),
            None => State::Absent,
        };
        Self { place, state, term_at: None }
    }

    pub(super) fn see(&mut self) -> Seen {
        if let State::Alive { handle, .. } = &self.state
            && handle.has_ended()
        {
            let exit = handle.reap();
            self.state = end(&self.place, process::how(exit), process::ending(exit));
        }
        let life = match &self.state {
            State::Absent => Life::Absent,
            State::Alive { .. } => {
                Life::Running(status::read(&self.place.status()).unwrap_or(Report::Starting))
            }
            State::Ended { how, code, reason } => {
                Life::Ended { how: *how, code: code.clone(), reason: reason.clone() }
            }
        };
        Seen { life, term_at: self.term_at, went: self.place.go().exists() }
    }

    pub(super) fn handle(&self) -> Option<&Handle> {
        match &self.state {
            State::Alive { handle, .. } => Some(handle),
            State::Absent | State::Ended { .. } => None,
        }
    }

    pub(super) fn started_ms(&self) -> i64 {
        match &self.state {
            State::Alive { started_ms, .. } => *started_ms,
            State::Absent | State::Ended { .. } => 0,
        }
    }

    pub(super) fn place(&self) -> &InstancePlace {
        &self.place
    }

    pub(super) fn terminate(&mut self, now: Tick) -> io::Result<()> {
        self.term_at = Some(now);
        self.handle().map_or(Ok(()), Handle::terminate)
    }

    pub(super) fn kill(&mut self, now: Tick) -> io::Result<()> {
        self.term_at = Some(self.term_at.unwrap_or(now));
        self.handle().map_or(Ok(()), Handle::kill)
    }

    /// Lets it start its routes. Repeating it does no harm.
    pub(super) fn go(&self) -> io::Result<()> {
        File::create(self.place.go())?.set_permissions(fs::Permissions::from_mode(0o644))
    }

    /// Starts the JVM. A failure is remembered as its end.
    pub(super) fn spawn(&mut self, start: &Start<'_>) {
        self.state = match start.run(&self.place) {
            Ok((handle, started_ms)) => match handle {
                Some(handle) => State::Alive { handle, started_ms },
                None => end(&self.place, Ending::Killed, "the process ended at once".to_owned()),
            },
            Err(Failure::Refused { code, reason } | Failure::Transient { code, reason }) => {
                State::Ended { how: Ending::Itself, code, reason }
            }
        };
    }
}

fn gone(place: &InstancePlace) -> State {
    end(place, Ending::Killed, "the process ended while the runner was away".to_owned())
}

/// What the workload said itself comes before what the system says.
fn end(place: &InstancePlace, how: Ending, otherwise: String) -> State {
    match status::read(&place.status()) {
        Some(Report::Failed { code, reason }) => State::Ended { how: Ending::Itself, code, reason },
        _ => State::Ended { how, code: "MP-RUN-30".to_owned(), reason: otherwise },
    }
}

fn identify(pid: i32, shared: &Shared) -> Option<Identity> {
    let seams = &shared.settings.seams;
    Some(Identity {
        format: Identity::FORMAT,
        pid,
        start: inspect::inspect(pid)?.start,
        boot: seams.boot.to_string(),
        started_ms: seams.now().as_millisecond(),
    })
}

/// Everything a start needs.
pub(super) struct Start<'a> {
    pub(super) shared: &'a Shared,
    pub(super) library: &'a Library,
    pub(super) place: &'a Place,
    pub(super) specification: &'a Specification,
    pub(super) port: u16,
    pub(super) neighbours: &'a Neighbours,
}

impl Start<'_> {
    fn run(&self, place: &InstancePlace) -> Result<(Option<Handle>, i64), Failure> {
        let disk = |err: io::Error| Failure::disk("prepare the workload's folder", &err);
        self.folders(place).map_err(disk)?;
        let work = self.place.work();
        beneath::link(&work, "lib", &self.library.view.dir).map_err(disk)?;
        let mut environment =
            launch::environment(&work, self.shared.settings.timezone.as_deref(), self.neighbours);
        environment.extend(secrets::open(self.shared, self.place, self.specification)?);
        environment.extend(self.tracer());
        let bundle = self.shared.folder.bundle(&self.specification.release.bundle);
        let given = Given {
            specification: self.specification,
            place,
            work: &work,
            bundle: &bundle,
            port: serves_http(self.specification, &bundle).then_some(self.port),
            neighbours: self.neighbours,
        };
        let document = launch::document(&given).to_string();
        durable::write_bytes(&place.launch(), document.as_bytes(), 0o644).map_err(disk)?;
        fs::set_permissions(place.launch(), fs::Permissions::from_mode(0o644)).map_err(disk)?;
        let arguments = launch::arguments(
            self.specification,
            &self.library.view,
            &self.extra_jars()?,
            self.library.java.version,
            &place.launch(),
        );
        let (profile, memory_mib) = launch::size(self.specification);
        let ceiling = limit::ceiling_bytes(profile, memory_mib);
        let (program, arguments) = limit::wrap(ceiling, &self.library.java.java(), arguments);
        let start = process::Start {
            program,
            arguments,
            environment,
            folder: work,
            stdout: append(&place.stdout()).map_err(disk)?,
            stderr: append(&place.stderr()).map_err(disk)?,
            account: self.shared.account,
        };
        let pid = process::start(start).map_err(|err| Failure::Transient {
            code: "MP-RUN-34".to_owned(),
            reason: format!("start {}: {err}", self.library.java.java().display()),
        })?;
        let Some(identity) = identify(pid, self.shared) else { return Ok((None, 0)) };
        if let Err(err) = durable::write(&place.process(), &identity) {
            // It is found again by its arguments; the disk's trouble is told by the next record.
            tracing::warn!(pid, code = disk_code(&err), error = %err, "write down a new process");
        }
        Ok((process::adopt(&identity, &self.shared.settings.seams.boot), identity.started_ms))
    }

    /// A workload that cannot be traced still runs.
    fn tracer(&self) -> Option<(OsString, OsString)> {
        let tracers = self.shared.tracers.as_ref()?;
        let fact = Fact::of(self.specification);
        let workload = self.specification.workload;
        tracers.follow_logs(workload, self.place.clone(), fact.clone());
        if tracers.is_off(workload) {
            return None;
        }
        tracers
            .variable(workload, fact)
            .inspect_err(
                |err| tracing::warn!(%workload, error = %err, "open the socket for a tracer"),
            )
            .ok()
    }

    fn folders(&self, place: &InstancePlace) -> io::Result<()> {
        let pass = self.shared.pass();
        folder::make(self.place.root(), pass)?;
        folder::make(&self.place.instances(), pass)?;
        folder::make(place.root(), pass)?;
        folder::make(&place.control(), pass)?;
        // Listed by the workload; what lies in it is for the workload's user alone.
        folder::make(&place.orders(), if self.shared.account.is_some() { 0o755 } else { 0o700 })?;
        holds::give(self.place, place)?;
        for own in [self.place.work(), place.status_folder(), place.log_folder()] {
            folder::make(&own, 0o700)?;
            give(&own, self.shared.account)?;
        }
        Ok(())
    }

    fn extra_jars(&self) -> Result<Vec<PathBuf>, Failure> {
        let store = library::fetcher(&self.shared.settings).store();
        let lock = release_lock(self.shared, self.specification)?;
        let jars = lock.map(|lock| lock.jars).unwrap_or_default();
        Ok(jars.iter().map(|jar| store.join(jar.path())).collect())
    }
}

fn append(path: &std::path::Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}
