//! What the tracer adds to the start of a workload: the demo's `prices` as a runner starts it, with and without an address.
//!
//! Until the first answer of the route, with the class-data archive; the two take turns.

use std::path::Path;

use anyhow::Result;

use crate::bench::jvm::{Costs, Plan};
use crate::bench::report::{Report, median};

pub(super) fn run(socket: &Path, runs: usize, report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let plan = Plan::prepare(folder.path())?;
    let address = format!("unix:{}", socket.display());
    let (mut traced, mut bare) = (Costs::default(), Costs::default());
    // A start is short and differs by tens of milliseconds: more of them than of the other figures.
    for round in 0..=2 * runs {
        // The first round warms the disk cache and is not counted.
        let (mut left, mut right) = (Costs::default(), Costs::default());
        plan.once(plan.ours(2 * round, Some(&address))?, &mut left)?;
        plan.once(plan.ours(2 * round + 1, None)?, &mut right)?;
        if round > 0 {
            traced.add(left);
            bare.add(right);
        }
    }
    let added =
        |of: fn(&Costs) -> &Vec<f64>| median(of(&traced).clone()) - median(of(&bare).clone());
    report.figure("startup_added_ms", added(|costs| &costs.cpu_ms), Some(40.0));
    report.figure("startup_added_wall_ms", added(|costs| &costs.wall_ms), None);
    report.figure("startup_added_rss_mb", added(|costs| &costs.rss_mb), None);
    report.peer("untraced_start_cpu_ms", median(bare.cpu_ms));
    report.peer("untraced_start_wall_ms", median(bare.wall_ms));
    Ok(())
}
