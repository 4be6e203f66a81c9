//! A PostgreSQL that `up` keeps alive: started or adopted, looked after, ended last.
//!
//! `provision::postgres` knows how; this adds the watch. A server that died is started again at once, because PostgreSQL recovers by
//! itself and everything waits for it; only a start that fails backs off. Leaving one running (`--keep-workloads`, SIGTERM) is
//! simply not stopping it: the next `up` adopts it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use provision::postgres::{Cluster, PostgresError, Running};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::supervise::Note;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::process::Identity;

/// A start takes 0.1 s, crash recovery of a large log a while.
const START: Duration = Duration::from_mins(1);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// Checkpoint and flush at the end.
const STOP: Duration = Duration::from_secs(20);
const BACK_OFF: Duration = Duration::from_millis(500);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(10);

pub struct Database {
    pub cluster: Cluster,
    running: Arc<Mutex<Running>>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

pub fn failure(err: &PostgresError) -> Failure {
    let mut failure = Failure::new(err.code(), Exit::Internal, err.to_string());
    if let Some(source) = std::error::Error::source(err) {
        failure = failure.because(source);
    }
    failure.next("run `midplane doctor`; it looks at PostgreSQL and says what to do")
}

/// Runs blocking work of `provision` beside the reactor.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Outcome<T> {
    tokio::task::spawn_blocking(work).await.map_err(|err| Failure::internal("finish a task", &err))
}

pub async fn start(
    name: &'static str,
    cluster: Cluster,
    notes: mpsc::Sender<Note>,
) -> Outcome<Database> {
    let own = cluster.clone();
    let running = blocking(move || own.start(START)).await?.map_err(|err| failure(&err))?;
    let running = Arc::new(Mutex::new(running));
    let (stop, stopped) = watch::channel(false);
    let task = spawn(keep(name, cluster.clone(), Arc::clone(&running), notes, stopped));
    Ok(Database { cluster, running, stop, task })
}

#[expect(
    clippy::disallowed_methods,
    reason = "`up` has a handful of tasks, each held by its `Database`"
)]
fn spawn(future: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(future)
}

impl Database {
    pub fn identity(&self) -> Option<Identity> {
        let pid = self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pid();
        Identity::of(u32::try_from(pid).ok()?)
    }

    /// Ends the server cleanly.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
        let running = self.running;
        let _ = blocking(move || {
            running.lock().unwrap_or_else(std::sync::PoisonError::into_inner).stop(STOP)
        })
        .await;
    }

    /// Leaves the server running and stops looking after it.
    pub async fn leave(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

async fn keep(
    name: &'static str,
    cluster: Cluster,
    running: Arc<Mutex<Running>>,
    notes: mpsc::Sender<Note>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut wait = BACK_OFF;
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            _ = stopped.changed() => return,
        }
        if !running.lock().unwrap_or_else(std::sync::PoisonError::into_inner).exited() {
            continue;
        }
        let own = cluster.clone();
        let again = blocking(move || own.start(START)).await;
        let (status, last_lines, again_in) = match again {
            Ok(Ok(fresh)) => {
                *running.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = fresh;
                wait = BACK_OFF;
                ("ended, and runs again".to_owned(), Vec::new(), Duration::ZERO)
            }
            Ok(Err(err)) => ("cannot be started".to_owned(), vec![err.to_string()], wait),
            Err(failure) => ("cannot be started".to_owned(), vec![failure.message], wait),
        };
        let _ = notes.try_send(Note { name, status, again_in, last_lines });
        if !again_in.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = stopped.changed() => return,
            }
            wait = (wait * 2).min(LONGEST_BACK_OFF);
        }
    }
}
