//! The system's limit on a workload's memory: a net under what the flags of its JVM say.
//!
//! The flags keep heap, code and threads within `resources.memory`; they know nothing of the buffers of native libraries and
//! of leaks. `RLIMIT_DATA` counts the private memory that a process may write to, needs neither a privilege nor a control
//! group, and cannot be raised by the workload. A shell sets it on its way to becoming the JVM: nothing else can be run
//! between fork and exec without `unsafe`, and from outside it takes a privilege that containers lack. A JVM that meets
//! it ends and says so.
//!
//! Control groups are left to whoever starts the runner: `MemoryMax` of its systemd unit holds for all workloads together.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use provision::archive::{self, Profile};

/// What runs beside the flags' sum in a healthy JVM is measured in tens of MiB; less headroom would end good workloads.
const HEADROOM_MIB: u32 = 128;

/// What this system does about memory, for people.
pub(crate) const HOLDS: &str = if cfg!(target_os = "linux") {
    "limited by the JVM's flags, and by RLIMIT_DATA half as much above them"
} else {
    "limited by the JVM's flags only; this system has no limit that can be set from outside"
};

/// The limit of one workload: half as much again as its flags allow, and never just above them.
pub(crate) fn ceiling_bytes(profile: Profile, memory_mib: Option<u32>) -> u64 {
    let nominal = archive::nominal_mib(profile, memory_mib);
    u64::from(nominal.saturating_add((nominal / 2).max(HEADROOM_MIB))) << 20
}

/// What to start instead of `program` so that it is limited. A shell that knows no such limit starts it all the same.
pub(crate) fn wrap(
    bytes: u64,
    program: &Path,
    arguments: Vec<OsString>,
) -> (PathBuf, Vec<OsString>) {
    if !cfg!(target_os = "linux") {
        return (program.to_owned(), arguments);
    }
    // What shells put into the environment by themselves is taken out again.
    let script = format!(
        "ulimit -d {} 2>/dev/null; unset PWD OLDPWD SHLVL; exec \"$0\" \"$@\"",
        bytes >> 10
    );
    let mut all: Vec<OsString> = vec!["-c".into(), script.into(), program.into()];
    all.extend(arguments);
    (PathBuf::from("/bin/sh"), all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_net_hangs_well_below_the_flags() {
        let mib = |profile, memory| ceiling_bytes(profile, memory) >> 20;
        assert_eq!(mib(Profile::Small, None), 136 + 128);
        assert_eq!(mib(Profile::Small, Some(64)), 88 + 128);
        assert_eq!(mib(Profile::Throughput, Some(4096)), 4096 + 2048);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_program_becomes_what_was_started_under_its_limit() {
        let arguments = ["-c", "ulimit -d; ulimit -H -d; echo $0 $1", "a b", "c"];
        let arguments = arguments.map(OsString::from).to_vec();
        let (program, arguments) = wrap(264 << 20, Path::new("/bin/sh"), arguments);
        let output = std::process::Command::new(program).args(arguments).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "270336\n270336\na b c\n");
    }
}
