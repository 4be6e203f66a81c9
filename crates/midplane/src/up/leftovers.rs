//! What an `up` that ended without a word left behind, and how it is cleared away.
//!
//! Server and runner notice that their supervisor is gone and leave by themselves; this waits for that and then insists. The
//! databases are adopted by the next `up`; only `down` ends them. Workloads are never touched here.

use std::path::Path;
use std::time::Duration;

use super::data::DataFolder;
use crate::process::Identity;

/// Server and runner see the end of their standard input at once and finish what they were at.
const LEAVE_BY_THEMSELVES: Duration = Duration::from_secs(5);
const GRACE: Duration = Duration::from_secs(10);

/// Ends the programs of the last run; true when there were any.
pub async fn end(data: &DataFolder) -> bool {
    let Some(last) = data.last() else { return false };
    let mut any = false;
    for name in ["server", "runner"] {
        if let Some(identity) = last.children.get(name).filter(|identity| identity.is_alive()) {
            any = true;
            if !identity.ended(LEAVE_BY_THEMSELVES).await {
                identity.end(GRACE).await;
            }
        }
    }
    any
}

/// Ends the databases of the last run; true when there were any.
pub async fn end_databases(data: &DataFolder) -> bool {
    let mut any = false;
    for folder in [data.demo_postgres(), data.postgres()] {
        if let Some(identity) = postmaster(&folder) {
            any = true;
            // SIGINT is PostgreSQL's fast, clean end.
            identity.signal(rustix::process::Signal::INT);
            if !identity.ended(GRACE).await {
                identity.end(GRACE).await;
            }
        }
    }
    any
}

/// The live server of a cluster's folder.
fn postmaster(folder: &Path) -> Option<Identity> {
    let text = std::fs::read_to_string(folder.join("cluster/postmaster.pid")).ok()?;
    let identity = Identity::of(text.lines().next()?.trim().parse().ok()?)?;
    let name = crate::process::name(identity.pid)?;
    name.contains("postgres").then_some(identity)
}
