//! A runner from start to shutdown: opens what it has, starts its tasks, keeps the link.
//!
//! The order matters: the lock first (two runners on one folder would start everything twice), then the records (a newer
//! format is refused before anything is touched), then the workloads, and the link last. Shutdown drops the tasks; the
//! JVMs stay and the next runner adopts them.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use link::client::{Client, IdentityError};
use link::journal::{Journal, JournalError};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::artifacts::Artifacts;
use crate::board::Board;
use crate::command::{self, Commands};
use crate::desk::{self, Desk, Troubles};
use crate::durable::Unreadable;
use crate::folder::Folder;
use crate::library;
use crate::logs::Logs;
use crate::outlet::Outlet;
use crate::settings::Settings;
use crate::shared::Shared;
use crate::tasks::Tasks;
use crate::tracer::Tracers;
use crate::uplink::Uplink;

/// A change of state is told at once, but not more often than this: a crash loop would flood the link.
const NUDGE: Duration = Duration::from_millis(20);

/// A process that its predecessor was just starting holds a copy of the lock until it has become what it is to be.
const LOCK_PATIENCE: Duration = Duration::from_secs(1);
const LOCK_POLL: Duration = Duration::from_millis(10);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("`{}` is not the folder of a runner: run `midplane runner join` first", path.display())]
    NotJoined { path: PathBuf },
    #[error("another runner uses `{}`", path.display())]
    Running { path: PathBuf },
    #[error("use the folder `{}`", path.display())]
    Folder { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    State(#[from] Unreadable),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Identity(IdentityError),
    #[error("the join token is not readable")]
    Token(#[source] link::token::NotAToken),
    #[error(transparent)]
    Join(#[from] link::client::JoinError),
}

impl Error {
    pub fn code(&self) -> &str {
        match self {
            Self::NotJoined { .. } => "MP-RUN-64",
            Self::Running { .. } => "MP-RUN-65",
            Self::Folder { source, .. } => crate::artifacts::disk_code(source),
            Self::State(err) => err.code(),
            Self::Journal(err) => err.code(),
            Self::Identity(err) => err.code(),
            Self::Token(_) => "MP-ENROL-01",
            Self::Join(err) => err.code(),
        }
    }
}

/// Holds the folder's lock for as long as it lives.
pub(crate) fn lock(folder: &Folder) -> Result<File, Error> {
    let path = folder.lock();
    let io = |source| Error::Folder { path: path.clone(), source };
    let file = File::create(&path).map_err(io)?;
    let end = Instant::now() + LOCK_PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(std::fs::TryLockError::WouldBlock) if Instant::now() < end => {
                std::thread::sleep(LOCK_POLL);
            }
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(Error::Running { path: folder.root().to_owned() });
            }
            Err(std::fs::TryLockError::Error(source)) => return Err(io(source)),
        }
    }
}

/// Runs until `shutdown`. Workloads keep running afterwards.
pub async fn run(settings: Settings, shutdown: CancellationToken) -> Result<(), Error> {
    let folder = Folder::new(&settings.data);
    let account = settings.workload_user.account();
    let io = |source| Error::Folder { path: settings.data.clone(), source };
    folder.prepare(account.is_some()).map_err(io)?;
    let _lock = lock(&folder)?;
    // What workloads create in their own folders is theirs; everything of ours states its mode.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));

    let settings = Arc::new(settings);
    let journal = Journal::open(&settings.data)?;
    let client = client(&settings, journal.clone())?;
    let tasks = Tasks::new(shutdown.child_token());
    let waiting = library::State::Waiting { doing: "starting".to_owned(), failure: None };
    let (library_state, library) = watch::channel(waiting);
    let limits = settings.spool;
    let tracers = match Tracers::open(&settings.data, account, &settings.seams, &tasks, limits) {
        Ok(tracers) => Some(tracers),
        Err(err) => {
            let cause = std::error::Error::source(&err).map(ToString::to_string);
            tracing::warn!(code = err.code(), error = %err, cause, "workloads run untraced");
            None
        }
    };
    let shared = Arc::new(Shared {
        outlet: Outlet::new(journal, settings.seams.clone()),
        artifacts: Artifacts::new(client.clone(), folder.clone()),
        settings: settings.clone(),
        folder,
        account,
        library,
        board: Board::default(),
        identity: client.identity(),
        tasks: tasks.clone(),
        tracers: tracers.clone(),
        disk: watch::Sender::new(None),
    });

    if let Some(tracers) = &tracers {
        tracers.start();
    }

    let (troubles, troubles_seen) = watch::channel(Troubles::default());
    let desk = Desk::open(shared.clone(), troubles)?;
    let (requests, requests_in) = mpsc::channel(desk::REQUESTS);
    let (commands, commands_in) = mpsc::channel(command::QUEUE);
    let (desired, desired_in) = watch::channel(None);
    let keep = library::keep(settings.clone(), library_state, tasks.shutdown().clone());
    tasks.spawn("runner.library", keep);
    tasks.spawn("runner.desk", desk.run(desired_in, requests_in));
    tasks.spawn("runner.commands", Commands::new(shared.clone(), requests).run(commands_in));
    tasks.spawn("runner.nudge", nudge(shared.clone(), client.clone()));

    if let Some(tracers) = &tracers {
        let shipping = client.clone().ship(tracers.shipper(), tasks.shutdown().clone());
        tasks.spawn("runner.telemetry.ship", async move { drop(shipping.await) });
    }

    let uplink = Uplink {
        logs: Logs::new(shared.clone()),
        shared,
        commands,
        desired,
        troubles: troubles_seen,
        skew_ms: client.skew_ms(),
    };
    client.run(Arc::new(uplink), shutdown).await;
    tasks.shutdown().cancel();
    tasks.finish().await;
    if let Some(tracers) = tracers {
        tracers.flush_now();
    }
    Ok(())
}

fn client(settings: &Settings, journal: Journal) -> Result<Arc<Client>, Error> {
    let client = link::client::Settings {
        dir: settings.data.clone(),
        build: settings.build.clone(),
        capabilities: capabilities(),
        network: settings.link.clone(),
        seams: settings.seams.link(),
    };
    match Client::new(client, journal) {
        Ok(client) => Ok(Arc::new(client.at(settings.address.clone()))),
        Err(IdentityError::NotJoined) => Err(Error::NotJoined { path: settings.data.clone() }),
        Err(err) => Err(Error::Identity(err)),
    }
}

pub(crate) fn capabilities() -> Vec<String> {
    let camel = format!("camel:{}", provision::base_library::CAMEL);
    let fixed = ["runtime:process", "purpose:run", "purpose:build", "logs"];
    fixed.into_iter().map(str::to_owned).chain([camel]).collect()
}

/// A heartbeat at once when something changed.
async fn nudge(shared: Arc<Shared>, client: Arc<Client>) {
    let mut board = shared.board.changed();
    let mut library = shared.library.clone();
    loop {
        tokio::select! {
            changed = board.changed() => if changed.is_err() { return },
            changed = library.changed() => if changed.is_err() { board.changed().await.ok(); },
        }
        client.nudge();
        tokio::time::sleep(NUDGE).await;
    }
}
