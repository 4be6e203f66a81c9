//! One workload's socket: who may come in, and a session for each who does.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use telemetry::capture::Capture;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use super::memory::Process;
use super::place::Place;
use super::{Name, Tracers, session};
use crate::privilege::{Account, give};
use crate::process::inspect;

/// Two starts of a workload overlap while one takes over; the others are strangers or repetitions.
const SESSIONS: usize = 8;
/// After an accept that failed, for want of file descriptors.
const BREATHE: Duration = Duration::from_millis(200);

/// What a connected tracer can be asked.
pub(super) type Questions = Arc<Mutex<Vec<mpsc::Sender<oneshot::Sender<Value>>>>>;

pub(super) struct Opened {
    pub(super) name: Name,
    pub(super) tracers: Arc<Tracers>,
    pub(super) capture: watch::Receiver<Arc<Capture>>,
    pub(super) questions: Questions,
}

/// A socket that is left from before is replaced: the folder is ours alone.
pub(super) fn bind(
    place: &Place,
    name: &Name,
    account: Option<Account>,
) -> io::Result<UnixListener> {
    let path = place.socket(name);
    match std::fs::remove_file(&path) {
        Err(err) if err.kind() != io::ErrorKind::NotFound => return Err(err),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(&path)?;
    // An observed application may run as anybody; its token is what it has to know.
    let mode = if matches!(name, Name::Observed(_)) { 0o666 } else { 0o600 };
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))?;
    if matches!(name, Name::Managed(_)) {
        give(&path, account)?;
    }
    Ok(listener)
}

impl Opened {
    /// Until the runner stops or the workload is removed.
    pub(super) async fn run(self, listener: UnixListener) {
        let places = Arc::new(Semaphore::new(SESSIONS));
        let mut capture = self.capture.clone();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                // The sender is gone: so is the door.
                () = async { while capture.changed().await.is_ok() {} } => return,
            };
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(BREATHE).await;
                continue;
            };
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
            let Some(process) = self.admit(&stream) else { continue };
            let (asker, asked) = mpsc::channel(1);
            let session = session::Session {
                name: self.name.clone(),
                tracers: Arc::clone(&self.tracers),
                capture: self.capture.clone(),
                asked,
                process,
                admitted: None,
            };
            super::lock(&self.questions).push(asker);
            self.tracers.tasks.spawn("runner.telemetry.session", async move {
                session.run(stream).await;
                drop(place);
            });
        }
    }

    /// The process at the other end, if the kernel says that it may be here and which it is.
    #[expect(clippy::option_option, reason = "whether it may, and then whether it is known")]
    fn admit(&self, stream: &UnixStream) -> Option<Option<Process>> {
        let peer = stream.peer_cred().ok()?;
        let own = rustix::process::geteuid().as_raw();
        let expected = self.tracers.account.map_or(own, |account| account.uid);
        let known =
            matches!(self.name, Name::Observed(_)) || peer.uid() == expected || peer.uid() == own;
        if !known {
            tracing::warn!(name = ?self.name, uid = peer.uid(), "a stranger at the socket of a workload");
        }
        known.then(|| {
            // Of another namespace there is no number. One that is gone already is told apart from all that come.
            let pid = peer.pid().filter(|pid| *pid > 0)?;
            let start = inspect::inspect(pid).map(|found| found.start).unwrap_or_default();
            Some(Process { pid, start })
        })
    }
}
