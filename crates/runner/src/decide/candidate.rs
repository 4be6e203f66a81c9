//! The way of a candidate: from a wanted deployment to the release that serves, or back out.
//!
//! Each function handles one stage and returns the actions up to the next saved record. A stage that waits returns
//! nothing; then the serving instance has its turn.

use domain::deployment::Phase;

use super::{Action, Ending, Event, HOLD_MS, Life, Preparation, Report, Signal, View, phase, stop};
use crate::record::{Number, Outcome, Record, Serving, Stage, Stop, Target};

/// Starts of one deployment after its JVM was killed on its way to ready. With the waits between them (0, 0.5, 1, 2 and
/// 4 s) that is more than a person or a passing shortage of memory does, and soon over when the memory never suffices.
const MAX_KILLS: u32 = 5;
/// Before the second of them; doubles each time. The first is at once.
const AGAIN_MS: u64 = 500;

pub(super) fn decide(record: &Record, view: &View) -> Vec<Action> {
    match &record.stage {
        Stage::Idle => begin(record, view),
        Stage::Checking { target, candidate, since } => {
            checking(record, view, target, *candidate, *since)
        }
        Stage::Holding { target, candidate, since } => {
            holding(record, view, target, *candidate, *since)
        }
        Stage::Switching { target, candidate, .. } => switching(record, view, target, *candidate),
        Stage::Going { target, candidate, since } => {
            going(record, view, target, *candidate, *since)
        }
        Stage::Abandoning { .. } => abandon(record, view),
    }
}

fn begin(record: &Record, view: &View) -> Vec<Action> {
    let Some(target) = &record.wanted else { return Vec::new() };
    if view.now < record.again_at {
        return Vec::new();
    }
    match &view.preparation {
        Preparation::Ready { generation } if *generation == target.generation => {
            let candidate = record.counter + 1;
            let stage = Stage::Checking { target: target.clone(), candidate, since: view.now };
            let next = Record { counter: candidate, stage, ..record.clone() };
            vec![
                Action::Save(Box::new(next)),
                Action::Spawn { number: candidate, target: target.clone() },
            ]
        }
        Preparation::Failed { generation, code, reason } if *generation == target.generation => {
            let (trouble, failed_now) = (Some(reason.clone()), Some(target.clone()));
            let next = Record { wanted: None, trouble, failed: failed_now, ..record.clone() };
            vec![failed(target, Phase::Failed, code, reason, None), Action::Save(Box::new(next))]
        }
        Preparation::Underway { generation } if *generation == target.generation => Vec::new(),
        _ => vec![Action::Prepare(target.clone())],
    }
}

fn checking(
    record: &Record,
    view: &View,
    target: &Target,
    candidate: Number,
    since: u64,
) -> Vec<Action> {
    if let Some(actions) = is_over(record, view) {
        return actions;
    }
    match &view.candidate.life {
        Life::Absent => vec![Action::Spawn { number: candidate, target: target.clone() }],
        Life::Running(Report::Checked | Report::Ready) => {
            let stage = Stage::Holding { target: target.clone(), candidate, since: view.now };
            vec![
                phase(target, Phase::Checked),
                Action::Save(Box::new(Record { stage, ..record.clone() })),
            ]
        }
        Life::Running(Report::Starting | Report::Stopped) if late(since, target, view) => {
            let reason = format!("not checked within {} s", target.startup_ms / 1000);
            give_up(record, view, "MP-RUN-31", &reason)
        }
        Life::Running(_) | Life::Ended { .. } => Vec::new(),
    }
}

fn holding(
    record: &Record,
    view: &View,
    target: &Target,
    candidate: Number,
    since: u64,
) -> Vec<Action> {
    if let Some(actions) = is_over(record, view) {
        return actions;
    }
    if !view.uses_ready && view.now.saturating_sub(since) < HOLD_MS {
        return Vec::new();
    }
    let mut actions = Vec::new();
    let mut next = record.clone();
    if let Some(serving) = &mut next.serving
        && serving.instance.is_some()
    {
        serving.stop = Some(Stop::Switch);
        actions.push(phase(target, Phase::Stopping));
    }
    next.stage = Stage::Switching { target: target.clone(), candidate, since: view.now };
    actions.push(Action::Save(Box::new(next)));
    actions
}

fn switching(record: &Record, view: &View, target: &Target, candidate: Number) -> Vec<Action> {
    if let Some(actions) = is_over(record, view) {
        return actions;
    }
    if view.serving.is_live() {
        return leave(record, view);
    }
    let stage = Stage::Going { target: target.clone(), candidate, since: view.now };
    let next = Record { stage, ..record.clone() };
    // Nobody answers now, so the go comes before anything that costs an fsync. A runner killed in between finds both
    // instances as they are and gives the go again.
    vec![Action::Go(candidate), Action::Save(Box::new(next)), phase(target, Phase::Starting)]
}

/// What to do when the candidate has failed or ended; `None` while it lives.
fn is_over(record: &Record, view: &View) -> Option<Vec<Action>> {
    match &view.candidate.life {
        Life::Running(Report::Failed { code, reason }) => Some(give_up(record, view, code, reason)),
        Life::Ended { how, code, reason } => Some(ended(record, view, *how, code, reason)),
        Life::Absent | Life::Running(_) => None,
    }
}

/// The candidate's process is over. When it was killed, that says nothing about its release: the deployment begins
/// again, a bounded number of times. An earlier release that was stopped for it serves again meanwhile.
fn ended(record: &Record, view: &View, how: Ending, code: &str, reason: &str) -> Vec<Action> {
    let (Some(target), Some(number)) = (record.stage.target(), record.stage.candidate()) else {
        return Vec::new();
    };
    if how == Ending::Itself {
        return give_up(record, view, code, reason);
    }
    if record.kills >= MAX_KILLS {
        let reason = format!("killed {} times on its way to ready: {reason}", record.kills + 1);
        return give_up(record, view, "MP-RUN-32", &reason);
    }
    let wait = if record.kills == 0 { 0 } else { AGAIN_MS << (record.kills - 1) };
    let next = Record {
        kills: record.kills + 1,
        again_at: view.now + wait,
        stage: Stage::Idle,
        wanted: Some(target.clone()),
        ..record.clone()
    };
    let reason = format!("{reason}; it is started again ({} of {MAX_KILLS})", next.kills);
    let restarts = next.kills;
    vec![
        Action::Tell(Event::Exit { target: target.clone(), number, reason, restarts }),
        Action::Save(Box::new(next)),
    ]
}

/// The earlier release on its way out, which its process ends some time after its routes.
fn leave(record: &Record, view: &View) -> Vec<Action> {
    let number = record.serving.as_ref().and_then(|serving| serving.instance);
    number.map(|number| stop(number, &view.serving, view)).unwrap_or_default()
}

fn going(
    record: &Record,
    view: &View,
    target: &Target,
    candidate: Number,
    since: u64,
) -> Vec<Action> {
    if let Some(actions) = is_over(record, view) {
        return actions;
    }
    match &view.candidate.life {
        // Saved as going, but its process and its files are nowhere.
        Life::Absent => ended(record, view, Ending::Killed, "MP-RUN-32", "its process is gone"),
        Life::Running(Report::Ready) if view.serving.is_running() => leave(record, view),
        Life::Running(Report::Ready) => {
            let next = Record {
                wanted: record.wanted.clone().filter(|wanted| wanted != target),
                serving: Some(Serving {
                    target: target.clone(),
                    instance: Some(candidate),
                    since,
                    crashes: 0,
                    restarts: 0,
                    start_at: since,
                    stop: None,
                }),
                stage: Stage::Idle,
                trouble: None,
                failed: None,
                ..record.clone()
            };
            vec![phase(target, Phase::Ready), Action::Save(Box::new(next))]
        }
        Life::Running(_) if !view.candidate.went => vec![Action::Go(candidate)],
        Life::Running(_) if late(since, target, view) => {
            let reason = format!("not ready within {} s", target.startup_ms / 1000);
            give_up(record, view, "MP-RUN-33", &reason)
        }
        Life::Running(_) | Life::Ended { .. } => leave(record, view),
    }
}

/// Waits for the candidate's end, then tells the outcome. After a switch that is only known when the earlier release is
/// back, so this returns nothing until then and lets the serving instance be started.
pub(super) fn abandon(record: &Record, view: &View) -> Vec<Action> {
    let Stage::Abandoning { target, candidate, outcome, switched, .. } = &record.stage else {
        return Vec::new();
    };
    if view.candidate.is_running() {
        // One without go has nothing in flight.
        if !view.candidate.went {
            return vec![Action::Signal(*candidate, Signal::Kill)];
        }
        return stop(*candidate, &view.candidate, view);
    }
    let idle = Record { stage: Stage::Idle, ..record.clone() };
    match outcome {
        Outcome::Superseded => vec![phase(target, Phase::Superseded), Action::Save(Box::new(idle))],
        Outcome::Stopped => vec![Action::Save(Box::new(idle))],
        Outcome::Failed { code, reason } => {
            let wanted = record.wanted.clone().filter(|wanted| wanted != target);
            let trouble = Some(reason.clone());
            let newest = (record.latest.as_ref() == Some(&target.spec)).then(|| target.clone());
            let idle = Record { wanted, trouble, failed: newest, ..idle };
            let told = |phase, reason: &str| {
                vec![
                    failed(target, phase, code, reason, Some(*candidate)),
                    Action::Save(Box::new(idle.clone())),
                ]
            };
            let running = record.intent == crate::record::Intent::Run;
            match &record.serving {
                Some(serving) if *switched && running => match &view.serving.life {
                    // Not there yet, or still on its way out from before: `serving` starts it again.
                    _ if serving.instance.is_none() || serving.stop.is_some() => Vec::new(),
                    Life::Running(Report::Ready) => told(Phase::RolledBack, reason),
                    Life::Ended { reason: second, .. }
                    | Life::Running(Report::Failed { reason: second, .. }) => {
                        let both = format!(
                            "{reason}; the earlier release did not start again either: {second}"
                        );
                        told(Phase::Failed, &both)
                    }
                    Life::Absent | Life::Running(_) => Vec::new(),
                },
                _ => told(Phase::Failed, reason),
            }
        }
    }
}

fn give_up(record: &Record, view: &View, code: &str, reason: &str) -> Vec<Action> {
    let switched = matches!(record.stage, Stage::Switching { .. } | Stage::Going { .. });
    let (Some(target), Some(candidate)) = (record.stage.target(), record.stage.candidate()) else {
        return Vec::new();
    };
    let outcome = Outcome::Failed { code: code.to_owned(), reason: reason.to_owned() };
    let target = target.clone();
    let stage = Stage::Abandoning { target, candidate, since: view.now, outcome, switched };
    vec![Action::Save(Box::new(Record { stage, ..record.clone() }))]
}

fn late(since: u64, target: &Target, view: &View) -> bool {
    view.now.saturating_sub(since) > target.startup_ms
}

fn failed(
    target: &Target,
    phase: Phase,
    code: &str,
    reason: &str,
    log_of: Option<Number>,
) -> Action {
    let cause = Some((code.to_owned(), reason.to_owned()));
    Action::Tell(Event::Phase { target: target.clone(), phase, cause, log_of })
}
