//! The record of JVM starts, kept by the `java` of the tests, and a watch that two JVMs of one deployment never live at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::support::home::Home;

/// One start: when (ns since 1970), which process, which launch file.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) pid: u32,
    pub(crate) launch: PathBuf,
}

pub(crate) fn starts(home: &Home) -> Vec<Start> {
    let text = std::fs::read_to_string(home.path().join("jvm-starts")).unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            let mut parts = line.splitn(3, ' ');
            let _at = parts.next()?;
            Some(Start { pid: parts.next()?.parse().ok()?, launch: parts.next()?.into() })
        })
        .collect()
}

/// The workload's folder of a launch file.
pub(crate) fn workload(launch: &Path) -> String {
    launch
        .ancestors()
        .nth(3)
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

pub(crate) fn alive(start: &Start) -> bool {
    let line = std::fs::read(format!("/proc/{}/cmdline", start.pid)).unwrap_or_default();
    String::from_utf8_lossy(&line).contains(start.launch.to_str().unwrap_or("?"))
}

/// Live JVMs of each workload, by pid.
pub(crate) fn live(home: &Home) -> BTreeMap<String, Vec<u32>> {
    let mut found: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for start in starts(home).iter().filter(|start| alive(start)) {
        found.entry(workload(&start.launch)).or_default().push(start.pid);
    }
    found
}

/// Looks all the time, from outside, until dropped.
pub(crate) struct Watch {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<(usize, Vec<String>)>>,
}

impl Watch {
    pub(crate) fn over(home: &Home) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (ended, path) = (Arc::clone(&stop), home.path().to_path_buf());
        let thread = std::thread::spawn(move || {
            let (mut seen, mut offences) = (0, Vec::new());
            while !ended.load(Ordering::Relaxed) {
                let text = std::fs::read_to_string(path.join("jvm-starts")).unwrap_or_default();
                let mut deployments: BTreeMap<String, Vec<u32>> = BTreeMap::new();
                for line in text.lines() {
                    let mut parts = line.splitn(3, ' ').skip(1);
                    let (Some(pid), Some(launch)) = (parts.next(), parts.next()) else { continue };
                    let start = Start { pid: pid.parse().unwrap_or(0), launch: launch.into() };
                    if let Some(deployment) = deployment(&start.launch).filter(|_| alive(&start)) {
                        deployments.entry(deployment).or_default().push(start.pid);
                    }
                }
                seen += deployments.len();
                offences.extend(
                    deployments
                        .into_iter()
                        .filter(|(_, pids)| pids.len() > 1)
                        .map(|(id, pids)| format!("{id}: {pids:?}")),
                );
                std::thread::sleep(Duration::from_millis(20));
            }
            (seen, offences)
        });
        Self { stop, thread: Some(thread) }
    }

    #[track_caller]
    pub(crate) fn saw_no_twins(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let (seen, offences) = self.thread.take().unwrap().join().unwrap();
        assert!(seen > 0, "the watch told no JVM's deployment");
        assert!(offences.is_empty(), "two JVMs of one deployment: {offences:?}");
    }
}

/// Whether a JVM is as far as that, or farther, by the two files through which it talks with its runner.
pub(crate) fn has_come_to(start: &Start, moment: &str) -> bool {
    let folder = start.launch.parent().unwrap_or(&start.launch);
    let status = std::fs::read_to_string(folder.join("status/status.json")).unwrap_or_default();
    match moment {
        "begun" => true,
        "starting" => !status.is_empty(),
        "checked" => status.contains("\"checked\"") || status.contains("\"ready\""),
        "let go" => folder.join("go").exists(),
        _ => false,
    }
}

/// Which deployment a start belongs to, as its launch file says.
pub(crate) fn deployment(launch: &Path) -> Option<String> {
    let text = std::fs::read(launch).ok()?;
    let record: serde_json::Value = serde_json::from_slice(&text).ok()?;
    record["deployment"].as_str().map(str::to_owned)
}
