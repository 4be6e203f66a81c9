//! Workloads: what a runner reports of them, and the removals it carried out.
//!
//! A report decides nothing. It is the last word about what runs, shown beside what was asked; the next heartbeat
//! corrects whatever a lost one left wrong.

use domain::id::{RuntimeId, WorkloadId};
use jiff::{SignedDuration, Timestamp};
use store::runtime::Heard;
use store::workload::Seen;
use store::{Tx, bus};

use super::Error;

/// A workload was seen in another state than before; the id is the workload's.
pub const TOPIC: &str = "workload";

/// A removal younger than this may not have reached the runner when it made the report.
const REMOVAL_SETTLES: SignedDuration = SignedDuration::from_secs(30);

/// What a heartbeat says.
///
/// Rows are taken in the order in which everybody takes them, or two would wait for each other: workloads by their id, then the
/// runtime, which numbers its commands.
pub async fn heard(
    tx: &mut Tx,
    runtime: RuntimeId,
    mut reported: Vec<(WorkloadId, Seen)>,
    heard: &Heard<'_>,
) -> Result<(), Error> {
    reported.sort_by_key(|(id, _)| *id);
    report(tx, runtime, &reported, heard.at).await?;
    Ok(store::runtime::heard(tx, runtime, heard).await?)
}

/// Stores what the runner of `runtime` said of its workloads: all of them, those that are not named are gone.
pub async fn report(
    tx: &mut Tx,
    runtime: RuntimeId,
    reported: &[(WorkloadId, Seen)],
    now: Timestamp,
) -> Result<(), Error> {
    for (id, seen) in reported {
        if store::workload::update_seen(tx, runtime, *id, seen).await? {
            bus::publish(tx, TOPIC, id.0).await?;
        }
    }
    let present: Vec<uuid::Uuid> =
        reported.iter().filter(|(_, seen)| seen.state != "absent").map(|(id, _)| id.0).collect();
    Ok(store::desired::forget_removed(tx, runtime, &present, now - REMOVAL_SETTLES).await?)
}
