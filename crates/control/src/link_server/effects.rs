//! What a runner's words change beyond the link: deployments move, workloads were seen, releases get their lock.
//!
//! One place that names the neighbours, so that the handler reads as the protocol does.

use domain::deployment::Phase;
use domain::id::{DeploymentId, RuntimeId, WorkloadId};
use jiff::{SignedDuration, Timestamp};
use store::deployment::Moved;
use store::workload::Seen;
use store::{Tx, bus};

use crate::app::Error;

/// A removal younger than this may not have reached the runner when it made the report.
const REMOVAL_SETTLES: SignedDuration = SignedDuration::from_secs(30);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PhaseEvent {
    pub(super) deployment: DeploymentId,
    pub(super) workload: WorkloadId,
    pub(super) generation: u64,
    pub(super) phase: Phase,
    pub(super) code: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) log: Vec<String>,
    pub(super) url: Option<String>,
    pub(super) at: Timestamp,
}

/// Moves a deployment forward; a repeated, late or foreign event changes nothing.
pub(super) async fn phase(
    tx: &mut Tx,
    runtime: RuntimeId,
    event: &PhaseEvent,
) -> Result<(), Error> {
    let workload =
        store::workload::find_for_update(tx, event.workload).await.map_err(Error::internal)?;
    let deployment =
        store::deployment::find(tx, event.deployment).await.map_err(Error::internal)?;
    let (Some(workload), Some(deployment)) = (workload, deployment) else { return Ok(()) };
    let same = deployment.workload == workload.id && workload.runtime == runtime;
    let Some(phase) = deployment.phase.advance(event.phase).filter(|_| same) else {
        return Ok(());
    };
    let moved = Moved {
        code: event.code.as_deref(),
        reason: event.reason.as_deref(),
        log: &event.log,
        url: event.url.as_deref(),
    };
    let advanced =
        store::deployment::advance(tx, deployment.id, deployment.phase, phase, &moved, event.at)
            .await
            .map_err(Error::internal)?;
    if advanced {
        bus::publish(tx, "deployment", deployment.id.0).await.map_err(Error::internal)?;
    }
    Ok(())
}

/// Stores what the runner said of its workloads, all of them.
pub(super) async fn report(
    tx: &mut Tx,
    runtime: RuntimeId,
    reported: &[(WorkloadId, Seen)],
    now: Timestamp,
) -> Result<(), Error> {
    for (id, seen) in reported {
        let changed =
            store::workload::update_seen(tx, runtime, *id, seen).await.map_err(Error::internal)?;
        if changed {
            bus::publish(tx, "workload", id.0).await.map_err(Error::internal)?;
        }
    }
    let present: Vec<uuid::Uuid> =
        reported.iter().filter(|(_, seen)| seen.state != "absent").map(|(id, _)| id.0).collect();
    store::desired::forget_removed(tx, runtime, &present, now - REMOVAL_SETTLES)
        .await
        .map_err(Error::internal)
}
