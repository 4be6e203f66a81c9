//! What the workloads of this runner show each other and the control plane.
//!
//! Every workload's task writes its own line; everybody may read all of them. `uses` is decided from it, the neighbours'
//! URLs come from it, and the heartbeat is a copy of it. The one lock of the runner hides in here and is never held
//! across an await.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use uuid::Uuid;

use crate::launch::Neighbours;
use crate::record::Number;

/// Which environment of which project; names of integrations are unique within one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) project: String,
    pub(crate) environment: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) scope: Scope,
    pub(crate) integration: String,
    /// Below `workloads/`.
    pub(crate) folder: PathBuf,
    /// The instance that serves.
    pub(crate) instance: Option<Number>,
    pub(crate) port: u16,
    pub(crate) deployment: Option<Uuid>,
    /// Of what runs now.
    pub(crate) generation: u64,
    /// The newest accepted one.
    pub(crate) newest: u64,
    pub(crate) state: State,
    pub(crate) pid: Option<i32>,
    pub(crate) restarts: u32,
    pub(crate) started_ms: i64,
    /// With the path, when it serves HTTP.
    pub(crate) url: Option<String>,
    pub(crate) reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Absent,
    Starting,
    Ready,
    Crashed,
    Stopped,
}

impl State {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Crashed => "crashed",
            Self::Stopped => "stopped",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Board {
    lines: Mutex<BTreeMap<Uuid, Line>>,
    changed: watch::Sender<u64>,
}

impl Default for Board {
    fn default() -> Self {
        Self { lines: Mutex::default(), changed: watch::Sender::new(0) }
    }
}

impl Board {
    fn lines(&self) -> MutexGuard<'_, BTreeMap<Uuid, Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn put(&self, workload: Uuid, line: Line) {
        let before = self.lines().insert(workload, line.clone());
        if before.as_ref() != Some(&line) {
            self.changed.send_modify(|count| *count += 1);
        }
    }

    pub(crate) fn take(&self, workload: Uuid) {
        if self.lines().remove(&workload).is_some() {
            self.changed.send_modify(|count| *count += 1);
        }
    }

    pub(crate) fn all(&self) -> BTreeMap<Uuid, Line> {
        self.lines().clone()
    }

    pub(crate) fn get(&self, workload: Uuid) -> Option<Line> {
        self.lines().get(&workload).cloned()
    }

    pub(crate) fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// The base URL of every workload of the same environment and project.
    pub(crate) fn neighbours(&self, scope: &Scope) -> Neighbours {
        let lines = self.lines();
        let near = lines.values().filter(|line| line.scope == *scope);
        near.map(|line| (line.integration.clone(), format!("http://127.0.0.1:{}", line.port)))
            .collect()
    }

    /// Whether all of `uses` are ready. One that is not on this runner is not waited for.
    pub(crate) fn are_ready(&self, scope: &Scope, uses: &[String]) -> bool {
        let lines = self.lines();
        let mut near = lines.values().filter(|line| line.scope == *scope);
        near.all(|line| !uses.contains(&line.integration) || line.state == State::Ready)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(environment: &str, integration: &str, state: State) -> Line {
        let scope = Scope { project: "demo".into(), environment: environment.into() };
        Line {
            scope,
            integration: integration.into(),
            folder: PathBuf::new(),
            instance: None,
            port: 1,
            deployment: None,
            generation: 0,
            newest: 0,
            state,
            pid: None,
            restarts: 0,
            started_ms: 0,
            url: None,
            reason: String::new(),
        }
    }

    #[test]
    fn only_neighbours_of_the_same_environment_count() {
        let board = Board::default();
        let changed = board.changed();
        board.put(Uuid::from_u128(1), line("dev", "prices", State::Starting));
        board.put(Uuid::from_u128(2), line("prod", "prices", State::Ready));
        let scope = |environment: &str| line(environment, "", State::Ready).scope;
        let uses = ["prices".to_owned(), "elsewhere".to_owned()];
        assert!(!board.are_ready(&scope("dev"), &uses));
        assert!(board.are_ready(&scope("prod"), &uses));
        board.put(Uuid::from_u128(1), line("dev", "prices", State::Ready));
        assert!(board.are_ready(&scope("dev"), &uses));
        assert_eq!(board.neighbours(&scope("dev")).len(), 1);
        assert_eq!(*changed.borrow(), 3);
    }
}
