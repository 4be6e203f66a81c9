//! Between the wire and the store: exhaustive, bounded, without a decision.
//!
//! A runner is not trusted with the size or the shape of what it says; what does not read is skipped and logged, because
//! refusing it would only make the runner say it again for ever.

use std::collections::{BTreeMap, HashMap};

use domain::deployment::Phase;
use domain::id::WorkloadId;
use jiff::Timestamp;
use link::wire;
use store::runtime::Condition;
use store::workload::Seen;

use crate::app::deployment::PhaseEvent;
use crate::rest::metrics::RUNNER;

/// Longer text is cut: it is for reading.
const LONGEST: usize = 4096;
/// More conditions than a runner has parts.
const CONDITIONS: usize = 64;

pub(super) fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.chars().take(LONGEST).collect())
}

pub(super) fn instant(ms: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(ms).ok()
}

pub(super) fn phase(phase: &wire::Phase, at_ms: i64) -> Option<PhaseEvent> {
    Some(PhaseEvent {
        deployment: phase.deployment_id.parse().ok()?,
        workload: phase.workload_id.parse().ok()?,
        generation: phase.generation,
        phase: Phase::parse(&phase.phase)?,
        code: text(&phase.code),
        reason: text(&phase.reason),
        log: phase.log.iter().filter_map(|line| text(line)).collect(),
        url: text(&phase.url),
        at: instant(at_ms)?,
    })
}

pub(super) fn seen(state: &wire::WorkloadState, at: Timestamp) -> Option<(WorkloadId, Seen)> {
    let number = |value: u32| (value > 0).then_some(value);
    let seen = Seen {
        state: text(&state.state)?,
        deployment: state.deployment_id.parse().ok(),
        generation: state.generation,
        pid: number(state.pid),
        rss_bytes: (state.rss_bytes > 0).then_some(state.rss_bytes),
        cpu_ms: (state.cpu_ms > 0).then_some(state.cpu_ms),
        restarts: state.restarts,
        started_at: (state.started_ms > 0).then(|| instant(state.started_ms)).flatten(),
        url: text(&state.url),
        reason: text(&state.reason),
        at,
    };
    Some((state.workload_id.parse().ok()?, seen))
}

/// Those that the metrics show; a runner says nothing else here that is kept.
pub(super) fn figures(figures: &[wire::Figure]) -> BTreeMap<String, f64> {
    let known = |figure: &&wire::Figure| {
        figure.value.is_finite() && RUNNER.iter().any(|(name, _, _)| *name == figure.name)
    };
    let said = figures.iter().filter(known);
    said.map(|figure| (figure.name.clone(), figure.value)).collect()
}

pub(super) fn conditions(conditions: &[wire::Condition]) -> Vec<Condition> {
    let convert = |condition: &wire::Condition| {
        let wire::Condition { component, ok, reason } = condition;
        Some(Condition {
            component: text(component)?,
            ok: *ok,
            reason: text(reason).unwrap_or_default(),
        })
    };
    conditions.iter().take(CONDITIONS).filter_map(convert).collect()
}

pub(super) fn desired(
    rows: Vec<store::desired::Desired>,
    captures: &HashMap<WorkloadId, String>,
    routes: &HashMap<WorkloadId, String>,
) -> wire::Desired {
    let workload = |row: store::desired::Desired| wire::DesiredWorkload {
        workload_id: row.workload.to_string(),
        generation: row.generation,
        spec: row.specification.map(|digest| digest.to_string()).unwrap_or_default(),
        run: row.run,
        capture: captures.get(&row.workload).cloned().unwrap_or_default(),
        routes: routes.get(&row.workload).cloned().unwrap_or_default(),
    };
    wire::Desired { whole: true, workloads: rows.into_iter().map(workload).collect() }
}

pub(super) fn command(row: store::command::Command) -> wire::Command {
    wire::Command {
        seq: row.seq,
        id: row.id.to_string(),
        lane: row.lane,
        kind: row.kind,
        body: row.body,
        deadline_ms: row.deadline.as_millisecond(),
    }
}
