//! A workload's line on the board: its state in the words of the wire, and one line of reason.

use super::Workload;
use crate::board::{Line, State};
use crate::decide::{Life, Report, View};
use crate::record::{Intent, Stage};

impl Workload {
    /// Without a view nothing has been looked at yet.
    pub(super) fn publish(&mut self, view: Option<&View>) {
        let serving = self.record.serving.clone();
        if let Some(serving) = &serving
            && self.url.0 != serving.target.spec
        {
            self.url = (serving.target.spec.clone(), self.url_of(&serving.target));
        }
        let instance = serving.as_ref().and_then(|serving| serving.instance);
        let running = instance.and_then(|number| self.instances.get(&number));
        let state = self.state(view);
        let line = Line {
            scope: self.scope.clone(),
            integration: self.record.integration.clone(),
            folder: self.record.folder.clone(),
            instance,
            port: self.record.port,
            deployment: serving.as_ref().map(|serving| serving.target.deployment),
            generation: serving.as_ref().map_or(0, |serving| serving.target.generation),
            newest: self.record.newest,
            state,
            pid: running.and_then(|instance| instance.handle()).map(crate::process::Handle::pid),
            restarts: serving.as_ref().map_or(0, |serving| serving.restarts),
            started_ms: running.map_or(0, super::instance::Instance::started_ms),
            url: self.url.1.clone(),
            reason: self.reason(state, view),
        };
        self.shared().board.put(self.record.workload, line);
    }

    fn state(&self, view: Option<&View>) -> State {
        let Some(view) = view else { return State::Starting };
        let alive = matches!(view.serving.life, Life::Running(_));
        match (&self.record.serving, &view.serving.life) {
            _ if self.record.intent != Intent::Run && !alive => State::Stopped,
            (Some(_), Life::Running(Report::Ready)) => State::Ready,
            (Some(serving), Life::Absent | Life::Ended { .. })
                if serving.crashes > 0 && self.record.stage == Stage::Idle =>
            {
                State::Crashed
            }
            (Some(_), _) => State::Starting,
            (None, _) if self.record.wanted.is_some() => State::Starting,
            (None, _) => State::Absent,
        }
    }

    fn reason(&self, state: State, view: Option<&View>) -> String {
        if let Some(stuck) = &self.stuck {
            return stuck.clone();
        }
        if let Some(preparing) = &self.preparation
            && self.record.wanted.is_some()
            && !preparing.note.borrow().is_empty()
        {
            return preparing.note.borrow().clone();
        }
        if matches!(self.record.stage, Stage::Holding { .. }) && view.is_some_and(|v| !v.uses_ready)
        {
            return format!("waits for {}", self.record.uses.join(", "));
        }
        let crashes = self.record.serving.as_ref().map_or(0, |serving| serving.crashes);
        if state == State::Crashed {
            return format!("ended {crashes} times in a row, starting again");
        }
        self.record.trouble.clone().unwrap_or_default()
    }
}
