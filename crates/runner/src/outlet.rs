//! What the runner tells the control plane: every event is journaled here before anything relies on it.

use domain::deployment::Phase;
use link::journal::{Journal, JournalError};
use link::wire;
use uuid::Uuid;

use crate::artifacts::{FULL, is_full};
use crate::chain::chain;
use crate::clock::Seams;
use crate::record::Target;

#[derive(Clone)]
pub(crate) struct Outlet {
    journal: Journal,
    seams: Seams,
}

/// Why something ended or failed, with the last lines of its log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) code: String,
    pub(crate) reason: String,
    pub(crate) log: Vec<String>,
    /// With ready, when it serves HTTP.
    pub(crate) url: String,
}

impl Outlet {
    pub(crate) fn new(journal: Journal, seams: Seams) -> Self {
        Self { journal, seams }
    }

    /// Why nothing can be journaled now, with its code.
    pub(crate) fn trouble(&self) -> Option<String> {
        let err = self.journal.trouble()?;
        Some(format!("{} ({})", chain(&err), journal_code(&err)))
    }

    /// Commands that have no journaled result yet.
    pub(crate) fn pending_commands(&self) -> Vec<wire::Command> {
        self.journal.pending_commands()
    }

    pub(crate) async fn phase(
        &self,
        workload: Uuid,
        target: &Target,
        phase: Phase,
        told: Told,
    ) -> Result<(), JournalError> {
        let Told { code, reason, log, url } = told;
        self.event(wire::event::Event::Phase(wire::Phase {
            deployment_id: target.deployment.to_string(),
            workload_id: workload.to_string(),
            generation: target.generation,
            phase: phase.as_str().to_owned(),
            code,
            reason,
            log,
            url,
        }))
        .await
    }

    pub(crate) async fn exit(
        &self,
        workload: Uuid,
        generation: u64,
        reason: String,
        restarts: u32,
        log: Vec<String>,
    ) -> Result<(), JournalError> {
        let workload_id = workload.to_string();
        let exit = wire::Exit { workload_id, generation, reason, restarts, log };
        self.event(wire::event::Event::Exit(exit)).await
    }

    pub(crate) async fn result(&self, result: wire::CommandResult) -> Result<(), JournalError> {
        self.event(wire::event::Event::Result(result)).await
    }

    async fn event(&self, event: wire::event::Event) -> Result<(), JournalError> {
        self.journal.event(self.seams.now(), event).await.map(|_| ())
    }
}

pub(crate) fn journal_code(err: &JournalError) -> &'static str {
    match err {
        JournalError::Io { source, .. } if is_full(source) => FULL,
        other => other.code(),
    }
}
