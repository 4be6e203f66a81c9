//! Named, tracked tasks: the only place that spawns.
//!
//! A task ends by itself or is dropped when the runner's shutdown token is cancelled; none of them holds anything that
//! must be finished (every durable step is a file that is there or not), so there is no grace period.

use std::future::Future;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[derive(Clone, Debug)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    shutdown: CancellationToken,
}

impl Tasks {
    pub(crate) fn new(shutdown: CancellationToken) -> Self {
        Self { tracker: TaskTracker::new(), shutdown }
    }

    pub(crate) fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }

    /// Runs `task` until it ends or the runner does. A panic is logged with the task's name.
    pub(crate) fn spawn<F>(&self, name: &'static str, task: F) -> JoinHandle<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let shutdown = self.shutdown.clone();
        let watched = self.tracker.spawn(async move {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => {}
                () = task => {}
            }
        });
        let abort = watched.abort_handle();
        self.tracker.spawn(async move {
            // Aborting the outer task aborts the inner one.
            let _guard = AbortOnDrop(abort);
            if let Err(err) = watched.await
                && err.is_panic()
            {
                tracing::error!(task = name, "a task panicked");
            }
        })
    }

    /// Waits until every task is gone; `shutdown` was cancelled before.
    pub(crate) async fn finish(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
