//! What one commit of a source may cost: entries, bytes, time. Beyond any of them the commit is refused as a whole.
//!
//! The numbers are those of the design ("50,000 entries, 256 MiB, 60 s"); a test lowers them instead of building a
//! two-gigabyte repository.

use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Files and folders of the commit's tree.
    pub entries: usize,
    /// Bytes of the pack that is received, and again of all files of the tree.
    pub total_bytes: u64,
    /// One file that is read. Routes, style sheets and samples are far smaller; a jar belongs in a Maven repository.
    pub file_bytes: u64,
    /// Fetch and walk together.
    pub time: Duration,
    /// Folders deep; beyond this nobody wrote it by hand.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 50_000,
            total_bytes: 256 * 1024 * 1024,
            file_bytes: 8 * 1024 * 1024,
            time: Duration::from_secs(60),
            depth: 64,
        }
    }
}
