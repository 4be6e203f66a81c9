//! Ends all workloads of a folder, for `down` and for Ctrl-C in the foreground.
//!
//! No runner may run on the folder (its lock is held meanwhile), so nobody starts again what is being stopped. The
//! records are only told that nothing runs: what is wanted stays wanted, and the next runner starts it.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::clock::Seams;
use crate::durable;
use crate::folder::Folder;
use crate::process::{self, Handle, Identity};
use crate::record::{Record, Stage};
use crate::run::{Error, lock};

/// How often an ending process is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Blocks for at most `grace` and a moment. Returns the integrations that ran.
pub fn stop_workloads(data: &Path, grace: Duration) -> Result<Vec<String>, Error> {
    let folder = Folder::new(data);
    if !folder.records().is_dir() {
        return Ok(Vec::new());
    }
    let _lock = lock(&folder)?;
    let seams = Seams::system();
    let mut running: Vec<(Record, Vec<Handle>)> = Vec::new();
    let io = |source| Error::Folder { path: data.to_owned(), source };
    for entry in std::fs::read_dir(folder.records()).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let Some(record) = durable::read::<Record>(&path, Record::FORMAT)? else { continue };
        let handles = handles(&folder, &record, &seams);
        running.push((record, handles));
    }
    for handle in running.iter().flat_map(|(_, handles)| handles) {
        if let Err(err) = handle.terminate() {
            tracing::warn!(pid = handle.pid(), error = %err, "stop a workload");
        }
    }
    let deadline = Instant::now() + grace;
    while running.iter().flat_map(|(_, handles)| handles).any(|handle| !handle.has_ended()) {
        if Instant::now() > deadline {
            running.iter().flat_map(|(_, handles)| handles).for_each(|handle| {
                let _ = handle.kill();
            });
            break;
        }
        std::thread::sleep(LOOK);
    }
    let mut names = Vec::new();
    for (record, handles) in running {
        if !handles.is_empty() {
            names.push(record.integration.clone());
        }
        for handle in handles {
            handle.reap();
        }
        let path = folder.record(record.workload);
        durable::write(&path, &stopped(record)).map_err(io)?;
    }
    names.sort_unstable();
    Ok(names)
}

/// Every instance that may live: those in the record, and one that was started a moment before it could be written.
fn handles(folder: &Folder, record: &Record, seams: &Seams) -> Vec<Handle> {
    let place = folder.workload(&record.folder);
    let find = |number| {
        let instance = place.instance(number);
        let known = durable::read::<Identity>(&instance.process(), Identity::FORMAT).ok().flatten();
        let identity = known.or_else(|| {
            let pid = process::find(&instance.launch())?;
            let start = process::inspect::inspect(pid)?.start;
            let (format, boot) = (Identity::FORMAT, seams.boot.to_string());
            Some(Identity { format, pid, start, boot, started_ms: 0 })
        })?;
        process::adopt(&identity, &seams.boot)
    };
    place.numbers().into_iter().filter_map(find).collect()
}

/// A deployment that was under way begins again with the next runner.
fn stopped(mut record: Record) -> Record {
    if let Some(serving) = &mut record.serving {
        serving.instance = None;
        serving.stop = None;
        serving.start_at = 0;
        serving.crashes = 0;
    }
    if !matches!(record.stage, Stage::Abandoning { .. }) {
        record.stage = Stage::Idle;
    }
    record
}
