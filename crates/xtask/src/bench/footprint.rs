//! `bench footprint`: memory at rest, how fast a second `up` finds its workloads, and what a JVM costs.
//!
//! The demo runs; ten seconds after it is ready the processes are weighed. The JVM figures compare a workload's start with a plain
//! `java -cp 'lib/*' org.apache.camel.main.Main` of the same routes (`jvm.rs`).

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::report::{Report, median};
use super::session::Session;
use super::{jvm, process};

pub(crate) fn run(binary: &Path, runs: usize) -> Result<Report> {
    let mut report = Report::new("footprint");
    jvm::measure(runs, &mut report)?;

    let mut session = Session::start(binary)?;
    // Caches, connection pools and the JIT settle; the demo's burst is over.
    std::thread::sleep(Duration::from_secs(10));
    let data = session.data();
    let data = data.to_string_lossy();
    let one = |role: &[&str]| -> Result<u32> {
        let mut words = vec!["midplane", &data];
        words.extend(role);
        let found = process::find(&words);
        Ok(*found.first().with_context(|| format!("find the process {role:?}"))?)
    };
    let (mut server, mut runner, mut demo, mut apart) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut server_anonymous, mut runner_anonymous) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let (a_server, a_runner) = (one(&[" server "])?, one(&[" runner ", " run"])?);
        server.push(process::rss_mb(a_server)?);
        server_anonymous.push(process::anonymous_mb(a_server)?);
        runner.push(process::rss_mb(a_runner)?);
        runner_anonymous.push(process::anonymous_mb(a_runner)?);
        let jvms = process::find(&["io.midplane.launcher.Launcher", &data]);
        demo.push(jvms.iter().map(|&pid| process::pss_mb(pid)).sum::<Result<f64>>()?);
        apart.push(jvms.iter().map(|&pid| process::rss_mb(pid)).sum::<Result<f64>>()?);
        std::thread::sleep(Duration::from_millis(500));
    }
    report.figure("server_rss_mb", median(server), Some(60.0));
    report.figure("server_anonymous_mb", median(server_anonymous), None);
    report.figure("runner_rss_mb", median(runner), Some(15.0));
    report.figure("runner_anonymous_mb", median(runner_anonymous), None);
    report.figure("demo_rss_mb", median(demo), Some(400.0));
    report.figure("demo_rss_counted_apart_mb", median(apart), None);

    let mut readopt = Vec::new();
    for _ in 0..runs.min(5) {
        let before = process::find(&["io.midplane.launcher.Launcher", &data]);
        session.restart(binary)?;
        anyhow::ensure!(
            before == process::find(&["io.midplane.launcher.Launcher", &data]),
            "a second `up` restarted a workload"
        );
        readopt.push(session.ready_in.as_secs_f64());
    }
    report.figure("readopt_s", median(readopt), Some(3.0));
    Ok(report)
}
