//! The release that serves: kept running, started again with back-off after a crash, stopped when asked.
//!
//! It has the floor only in stages in which no candidate has had its go: everything but `Switching` and `Going`, and
//! `Abandoning` once the candidate is gone. A serving instance passes through the same check as a candidate, but gets
//! its go at once: nothing else is there to keep serving meanwhile.

use super::{Action, Event, Life, Report, Signal, View, stop};
use crate::record::{Record, Serving, Stage, Stop};

/// The first wait after a crash; doubles each time.
const BACK_OFF_MS: u64 = 500;
const BACK_OFF_MAX_MS: u64 = 60_000;
/// A workload that ran this long is healthy again: its next crash waits the shortest time.
const HEALTHY_MS: u64 = 120_000;

pub(super) fn decide(record: &Record, view: &View) -> Vec<Action> {
    let Some(serving) = &record.serving else { return Vec::new() };
    match record.stage {
        Stage::Switching { .. } | Stage::Going { .. } => return Vec::new(),
        Stage::Abandoning { .. } if view.candidate.is_running() => return Vec::new(),
        _ => {}
    }
    let Some(number) = serving.instance else {
        if view.now < serving.start_at {
            return Vec::new();
        }
        let number = record.counter + 1;
        let serving = Serving { instance: Some(number), since: view.now, ..serving.clone() };
        let target = serving.target.clone();
        let next = Record { counter: number, serving: Some(serving), ..record.clone() };
        return vec![Action::Save(Box::new(next)), Action::Spawn { number, target }];
    };
    let late = view.now.saturating_sub(serving.since) > serving.target.startup_ms;
    match &view.serving.life {
        Life::Absent => vec![Action::Spawn { number, target: serving.target.clone() }],
        Life::Ended { reason, .. } => ended(record, serving, view, reason),
        Life::Running(Report::Failed { .. }) => vec![Action::Signal(number, Signal::Kill)],
        Life::Running(_) if serving.stop.is_some() => stop(number, &view.serving, view),
        Life::Running(Report::Starting | Report::Checked) if late => {
            let serving = Serving { stop: Some(Stop::Late), ..serving.clone() };
            vec![Action::Save(Box::new(Record { serving: Some(serving), ..record.clone() }))]
        }
        Life::Running(Report::Checked) if !view.serving.went => vec![Action::Go(number)],
        Life::Running(_) => Vec::new(),
    }
}

/// It ended: by itself, or because a restart was asked for.
fn ended(record: &Record, serving: &Serving, view: &View, reason: &str) -> Vec<Action> {
    let Some(number) = serving.instance else { return Vec::new() };
    let restarts = serving.restarts.saturating_add(1);
    let again = Serving { instance: None, restarts, stop: None, ..serving.clone() };
    if matches!(serving.stop, Some(Stop::Restart | Stop::Switch)) {
        let again = Serving { start_at: view.now, ..again };
        return vec![Action::Save(Box::new(Record { serving: Some(again), ..record.clone() }))];
    }
    let healthy = view.now.saturating_sub(serving.since) > HEALTHY_MS;
    let crashes = if healthy { 0 } else { serving.crashes };
    let again = Serving {
        crashes: crashes.saturating_add(1),
        start_at: view.now + back_off_ms(crashes),
        ..again
    };
    let reason = match serving.stop {
        Some(Stop::Late) => {
            format!("not ready within {} s", serving.target.startup_ms / 1000)
        }
        _ => reason.to_owned(),
    };
    let target = serving.target.clone();
    vec![
        Action::Tell(Event::Exit { target, number, reason, restarts }),
        Action::Save(Box::new(Record { serving: Some(again), ..record.clone() })),
    ]
}

fn back_off_ms(crashes: u32) -> u64 {
    BACK_OFF_MS.saturating_mul(1 << crashes.min(16)).min(BACK_OFF_MAX_MS)
}

/// Stops it for good, or until the intent is to run again.
pub(super) fn halt(record: &Record, view: &View) -> Vec<Action> {
    let Some(serving) = &record.serving else { return Vec::new() };
    let Some(number) = serving.instance else { return Vec::new() };
    if view.serving.is_running() {
        return stop(number, &view.serving, view);
    }
    let start_at = view.now;
    let serving = Serving { instance: None, crashes: 0, start_at, stop: None, ..serving.clone() };
    vec![Action::Save(Box::new(Record { serving: Some(serving), ..record.clone() }))]
}
