//! Tasks with names, and how they end.
//!
//! Every task of the control plane is spawned here: it has a name for the logs and is tracked, so that shutdown can
//! wait for it. Two tokens tell tasks to end: `soft` (finish what you are doing, take nothing new) and, when the second
//! signal comes or the grace is over, `hard` (drop everything).
//!
//! A *critical* task is one without which the process is useless, such as a listener. When one ends before anybody asked
//! for shutdown, by returning or by panicking, the process ends with its name: a supervisor starts a whole process
//! again, nobody repairs half of one.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long tasks may take to finish after the soft signal (style.md: "second or 60 s hard").
pub const GRACE: Duration = Duration::from_secs(60);

/// A critical task ended while nobody had asked for shutdown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{task}` ended: {reason}")]
pub struct Ended {
    pub task: &'static str,
    pub reason: String,
}

#[derive(Clone)]
pub struct Lifecycle {
    soft: CancellationToken,
    hard: CancellationToken,
    tracker: TaskTracker,
    ended: Arc<watch::Sender<Option<Ended>>>,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self::new()
    }
}

impl Lifecycle {
    pub fn new() -> Self {
        Self::under(CancellationToken::new())
    }

    /// A life that ends softly when `soft` is cancelled.
    pub fn under(soft: CancellationToken) -> Self {
        Self {
            soft,
            hard: CancellationToken::new(),
            tracker: TaskTracker::new(),
            ended: Arc::new(watch::Sender::new(None)),
        }
    }

    /// Cancelled when no new work should begin.
    pub fn soft(&self) -> &CancellationToken {
        &self.soft
    }

    /// Cancelled when even work in flight must be dropped.
    pub fn hard(&self) -> &CancellationToken {
        &self.hard
    }

    /// Spawns a task that may end whenever it likes; a panic is logged.
    pub fn spawn<F>(&self, name: &'static str, task: F) -> JoinHandle<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let hard = self.hard.clone();
        let inner = self.start(async move {
            tokio::select! {
                () = hard.cancelled() => {}
                () = task => {}
            }
        });
        self.start(async move {
            if let Err(err) = inner.await
                && err.is_panic()
            {
                tracing::error!(task = name, "a task panicked");
            }
        })
    }

    /// Spawns a task that must live as long as the process: its end before shutdown ends everything.
    pub fn spawn_critical<F, E>(&self, name: &'static str, task: F) -> JoinHandle<()>
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: std::error::Error + Send + 'static,
    {
        let life = self.clone();
        let inner = self.start(async move {
            tokio::select! {
                () = life.hard.cancelled() => Ok(()),
                outcome = task => outcome,
            }
        });
        let life = self.clone();
        self.start(async move {
            let reason = match inner.await {
                Ok(Ok(())) if life.soft.is_cancelled() => return,
                Ok(Ok(())) => "it returned".to_owned(),
                Ok(Err(err)) => chain(&err),
                Err(err) if err.is_panic() => "it panicked".to_owned(),
                Err(_) => return,
            };
            tracing::error!(task = name, reason, "a critical task ended");
            life.ended.send_if_modified(|ended| {
                let first = ended.is_none();
                if first {
                    *ended = Some(Ended { task: name, reason });
                }
                first
            });
            life.soft.cancel();
        })
    }

    /// Waits for the soft signal or a critical end, then for the tasks; after `grace` they are dropped.
    pub async fn finish(&self, grace: Duration) -> Result<(), Ended> {
        self.soft.cancelled().await;
        self.tracker.close();
        if tokio::time::timeout(grace, self.tracker.wait()).await.is_err() {
            tracing::warn!(
                grace_s = grace.as_secs(),
                "tasks did not finish in time and are dropped"
            );
            self.hard.cancel();
            self.tracker.wait().await;
        }
        match self.ended.borrow().clone() {
            Some(ended) => Err(ended),
            None => Ok(()),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that spawns")]
    fn start<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        tokio::spawn(self.tracker.track_future(task))
    }
}

/// Spawns `task` in `life`; the same as `Lifecycle::spawn`, in the order in which people say it.
pub fn spawn<F>(name: &'static str, life: &Lifecycle, task: F) -> JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    life.spawn(name, task)
}

/// The message of an error and of everything beneath it, on one line.
pub fn chain(err: &dyn std::error::Error) -> String {
    let mut text = err.to_string();
    let mut next = err.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn the_end_of_a_critical_task_ends_the_process() {
        let life = Lifecycle::new();
        let token = life.soft().clone();
        life.spawn("other", async move { token.cancelled().await });
        life.spawn_critical("listener", async { Err(std::io::Error::other("port taken")) });
        let ended = life.finish(GRACE).await.unwrap_err();
        assert_eq!(ended, Ended { task: "listener", reason: "port taken".to_owned() });
    }

    #[tokio::test]
    async fn a_panic_of_a_critical_task_ends_the_process_too() {
        let life = Lifecycle::new();
        life.spawn_critical::<_, std::io::Error>("engine", async { panic!("bug") });
        assert_eq!(life.finish(GRACE).await.unwrap_err().task, "engine");
    }

    #[tokio::test]
    async fn an_asked_for_end_is_no_failure() {
        let life = Lifecycle::new();
        let token = life.soft().clone();
        life.spawn_critical::<_, std::io::Error>("listener", async move {
            token.cancelled().await;
            Ok(())
        });
        life.soft().cancel();
        assert_eq!(life.finish(GRACE).await, Ok(()));
    }

    #[tokio::test]
    async fn what_does_not_finish_in_time_is_dropped() {
        let life = Lifecycle::new();
        life.spawn("stuck", std::future::pending());
        life.soft().cancel();
        assert_eq!(life.finish(SHORT).await, Ok(()));
    }
}
