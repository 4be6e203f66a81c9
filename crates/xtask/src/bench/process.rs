//! What the kernel says of a process: resident memory, CPU time, children.
//!
//! Linux only: `/proc`. Memory of one process is `VmRSS`; of several together the sum of `Pss`, because they share a class-data archive.

use std::fs;

use anyhow::{Context, Result};

/// `sysconf(_SC_CLK_TCK)` on every Linux that Rust runs on.
const TICKS_PER_SECOND: f64 = 100.0;

pub(crate) fn rss_mb(pid: u32) -> Result<f64> {
    status_mb(pid, "VmRSS:")
}

/// What of it no file holds: heap, stacks, relocated data. The rest are pages of the program, which the system drops at will.
pub(crate) fn anonymous_mb(pid: u32) -> Result<f64> {
    status_mb(pid, "RssAnon:")
}

fn status_mb(pid: u32, key: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))
        .with_context(|| format!("read process {pid}"))?;
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix(key))
        .and_then(|rest| rest.trim().strip_suffix(" kB"))
        .and_then(|kib| kib.trim().parse::<f64>().ok())
        .with_context(|| format!("read the memory of process {pid}"))?;
    Ok(kib / 1024.0)
}

/// Its share of memory: pages that several processes map count once over all of them (`Pss`). The right measure for a sum.
pub(crate) fn pss_mb(pid: u32) -> Result<f64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))
        .with_context(|| format!("read process {pid}"))?;
    let kib = rollup
        .lines()
        .find_map(|line| line.strip_prefix("Pss:"))
        .and_then(|rest| rest.trim().strip_suffix(" kB"))
        .and_then(|kib| kib.trim().parse::<f64>().ok())
        .with_context(|| format!("read the memory of process {pid}"))?;
    Ok(kib / 1024.0)
}

/// User and system time so far, in seconds.
pub(crate) fn cpu_s(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))
        .with_context(|| format!("read process {pid}"))?;
    // The name may hold spaces and parentheses: fields are counted after the last one. utime is field 14, stime 15.
    let fields: Vec<_> = stat
        .rsplit_once(')')
        .map(|(_, rest)| rest.split_whitespace().collect())
        .unwrap_or_default();
    let ticks: f64 =
        [11, 12].iter().filter_map(|&index: &usize| fields.get(index)?.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS_PER_SECOND)
}

/// Processes whose command line contains every one of `words`.
pub(crate) fn find(words: &[&str]) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let mut found: Vec<u32> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            words.iter().all(|word| line.contains(word))
        })
        .collect();
    found.sort_unstable();
    found
}
