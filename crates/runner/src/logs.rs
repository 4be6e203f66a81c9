//! Logs of workloads: files on this machine, read on request, never sent by themselves.
//!
//! ```text
//! instances/<n>/log/<integration>.log[.1 ..]   JSON lines, rolled by the JVM itself
//! instances/<n>/stdout.log stderr.log          what the process prints, appended; old bytes are punched out
//! ```
//! The JVM never writes to a pipe, so nothing that happens to the runner or to a reader can hold it up, and what it wrote
//! while the runner was away is there. `log/` belongs to the workload: files in it are opened without following links.

mod entry;
mod lines;
mod merge;
mod query;
mod rolling;
mod serve;
mod stream;
mod tail;

use std::fs::OpenOptions;
use std::path::Path;

pub(crate) use merge::Merge;
pub(crate) use query::Query;
pub(crate) use serve::Logs;
pub(crate) use tail::last_lines;

/// Space is given back in steps, so that a busy printer does not cause a call for every line.
const STEP_BYTES: u64 = 1 << 20;

/// Frees the beginning of an output file that has grown beyond `limit`. Offsets stay as they are, so the process goes on
/// appending and a reader goes on reading; where the file system has no holes, the file starts again from nothing.
pub(crate) fn cap(path: &Path, limit: u64) {
    use std::os::unix::fs::MetadataExt;
    let Ok(found) = std::fs::metadata(path) else { return };
    // `blocks` counts what is on disk; the length only grows.
    if found.blocks() * 512 <= limit + STEP_BYTES {
        return;
    }
    let Ok(file) = OpenOptions::new().write(true).open(path) else { return };
    let free = found.len().saturating_sub(limit) / STEP_BYTES * STEP_BYTES;
    if punch(&file, free).is_err() {
        let _ = file.set_len(0);
    }
}

#[cfg(target_os = "linux")]
fn punch(file: &std::fs::File, free: u64) -> rustix::io::Result<()> {
    use rustix::fs::FallocateFlags;
    let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    rustix::fs::fallocate(file, flags, 0, free)
}

#[cfg(not(target_os = "linux"))]
fn punch(_file: &std::fs::File, _free: u64) -> rustix::io::Result<()> {
    Err(rustix::io::Errno::NOTSUP)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn an_output_file_gives_space_back_and_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stdout.log");
        let mut file = OpenOptions::new().append(true).create(true).open(&path).unwrap();
        file.write_all(&vec![b'x'; 8 << 20]).unwrap();
        cap(&path, 2 << 20);
        file.write_all(b"the end\n").unwrap();
        let found = std::fs::metadata(&path).unwrap();
        assert!(found.blocks() * 512 < 4 << 20, "{} blocks", found.blocks());
        assert!(std::fs::read(&path).unwrap().ends_with(b"xthe end\n"));
    }
}
