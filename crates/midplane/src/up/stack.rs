//! All that `up` has started, and the order in which it ends.
//!
//! ```text
//! everything:      server, runner, workloads, demo's database, database
//! keep workloads:  server, runner,                             database      (workloads and their database live on)
//! ```
//! A stack is filled while things come up, so that Ctrl-C in the middle of a start ends exactly what was begun.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::Signal;

use super::database::{Database, blocking};
use super::supervise::Supervised;
use crate::process::Identity;

/// Open requests and fetches of the server, the runner's journal: well under this.
const GRACE: Duration = Duration::from_secs(10);
/// Camel finishes messages in flight; the launcher gives up after 20 s.
pub const WORKLOAD_GRACE: Duration = Duration::from_secs(25);

#[derive(Default)]
pub struct Stack {
    pub database: Option<Database>,
    pub demo_database: Option<Database>,
    pub server: Option<Supervised>,
    pub runner: Option<Supervised>,
    pub runner_data: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    Everything,
    KeepWorkloads,
}

impl Stack {
    pub fn children(&self) -> BTreeMap<String, Identity> {
        let databases = [("postgresql", &self.database), ("demo-postgresql", &self.demo_database)]
            .into_iter()
            .filter_map(|(name, database)| Some((name, database.as_ref()?.identity()?)));
        let programs = [&self.server, &self.runner]
            .into_iter()
            .flatten()
            .filter_map(|it| Some((it.name, it.identity()?)));
        databases.chain(programs).map(|(name, identity)| (name.to_owned(), identity)).collect()
    }

    /// Ends what `extent` says; returns the workloads that were stopped, or why they could not be.
    pub async fn stop(&mut self, extent: Extent) -> Result<Vec<String>, String> {
        let server = self.server.take();
        let runner = self.runner.take();
        let end = async |child: Option<Supervised>| {
            if let Some(child) = child {
                child.stop(Signal::TERM, GRACE).await;
            }
        };
        tokio::join!(end(server), end(runner));
        let stopped = if extent == Extent::Everything {
            stop_workloads(self.runner_data.clone()).await
        } else {
            Ok(Vec::new())
        };
        if let Some(database) = self.demo_database.take() {
            match extent {
                Extent::Everything => database.stop().await,
                Extent::KeepWorkloads => database.leave().await,
            }
        }
        if let Some(database) = self.database.take() {
            database.stop().await;
        }
        stopped
    }
}

/// Ends the workloads of a runner that does not run.
pub async fn stop_workloads(runner_data: PathBuf) -> Result<Vec<String>, String> {
    if !runner_data.exists() {
        return Ok(Vec::new());
    }
    match blocking(move || runner::stop_workloads(&runner_data, WORKLOAD_GRACE)).await {
        Ok(Ok(names)) => Ok(names),
        Ok(Err(err)) => Err(err.to_string()),
        Err(failure) => Err(failure.message),
    }
}
