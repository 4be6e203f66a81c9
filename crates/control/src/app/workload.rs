//! Workloads: what a runner reports of them, and the removals it carried out.
//!
//! A report decides nothing. It is the last word about what runs, shown beside what was asked; the next heartbeat
//! corrects whatever a lost one left wrong.

use domain::id::{RuntimeId, WorkloadId};
use jiff::{SignedDuration, Timestamp};
use store::workload::Seen;
use store::{Tx, bus};

use super::Error;

/// A workload was seen in another state than before; the id is the workload's.
pub const TOPIC: &str = "workload";

/// A removal younger than this may not have reached the runner when it made the report.
const REMOVAL_SETTLES: SignedDuration = SignedDuration::from_secs(30);

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
