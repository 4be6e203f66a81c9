//! The C library's heap, set up for a process that lives long and should stay small: the runner.
//!
//! glibc gives each thread an arena of its own, and learns from the first large buffer that is freed to keep such
//! buffers: good for throughput, bad for a program that mostly waits. Its settings are read when a process starts and
//! cannot be changed later without `unsafe`, so the runner starts itself once more with them; process id, files and
//! arguments stay. What an administrator set already holds. Other C libraries have no such settings and need none.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::environment::variable;

/// One arena: the runner's work is done by one thread at a time. Buffers from 64 KiB on are the system's again when they
/// are freed, and so is what is free at the heap's end.
const SETTINGS: &[(&str, &str)] = &[
    ("MALLOC_ARENA_MAX", "1"),
    ("MALLOC_MMAP_THRESHOLD_", "65536"),
    ("MALLOC_TRIM_THRESHOLD_", "131072"),
];

/// Returns when there is nothing to set, or when it cannot be set: a larger heap is no failure.
pub fn keep_small() {
    if !cfg!(all(target_os = "linux", target_env = "gnu"))
        || SETTINGS.iter().any(|(name, _)| variable(name).is_some())
    {
        return;
    }
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_else(|| OsString::from("midplane"));
    // The very file that runs, also when another one was put in its place.
    let error = Command::new("/proc/self/exe")
        .arg0(name)
        .args(arguments)
        .envs(SETTINGS.iter().copied())
        .exec();
    tracing::debug!(%error, "start again with a small heap");
}
