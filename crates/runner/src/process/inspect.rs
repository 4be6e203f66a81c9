//! Looks at processes: start time, resident memory, arguments. `/proc` on Linux, `ps` elsewhere.

use std::path::Path;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Inspected {
    pub(crate) start: String,
    /// A zombie: over, only not yet reaped.
    pub(crate) ended: bool,
}

#[cfg(target_os = "linux")]
pub(crate) fn inspect(pid: i32) -> Option<Inspected> {
    stat(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The name in parentheses may hold anything, so fields are counted from its end: state is the 3rd, start time the 22nd.
#[cfg(target_os = "linux")]
fn stat(text: &str) -> Option<Inspected> {
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?;
    let start = fields.nth(18)?.to_owned();
    Some(Inspected { start, ended: matches!(state, "Z" | "X" | "x") })
}

#[cfg(target_os = "linux")]
pub(crate) fn rss_bytes(pid: i32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let pages: u64 = text.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(pages * u64::try_from(rustix::param::page_size()).ok()?)
}

/// User and system time, the 14th and 15th field in ticks.
#[cfg(target_os = "linux")]
pub(crate) fn cpu_ms(pid: i32) -> Option<u64> {
    ticks(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?).map(|ticks| ticks * TICK_MS)
}

/// `sysconf(_SC_CLK_TCK)` is 100 on every Linux that Rust runs on.
#[cfg(target_os = "linux")]
const TICK_MS: u64 = 10;

#[cfg(target_os = "linux")]
fn ticks(text: &str) -> Option<u64> {
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let mut number = || fields.next()?.parse::<u64>().ok();
    Some(number()? + number()?)
}

#[cfg(target_os = "linux")]
pub(crate) fn by_argument(path: &Path) -> Option<i32> {
    use std::os::unix::ffi::OsStrExt;
    let wanted = path.as_os_str().as_bytes();
    let mut found: Vec<i32> = std::fs::read_dir("/proc")
        .ok()?
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            line.split(|byte| *byte == 0).any(|argument| argument == wanted)
        })
        .filter(|pid| inspect(*pid).is_some_and(|found| !found.ended))
        .collect();
    // A script that runs java as its child comes first: it leads the group.
    found.sort_unstable();
    found.into_iter().find(|pid| leads(*pid))
}

#[cfg(target_os = "linux")]
fn leads(pid: i32) -> bool {
    let pid = rustix::process::Pid::from_raw(pid);
    pid.is_some_and(|pid| rustix::process::getpgid(Some(pid)).is_ok_and(|group| group == pid))
}

#[cfg(not(target_os = "linux"))]
fn ps(arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new("/bin/ps").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn inspect(pid: i32) -> Option<Inspected> {
    let text = ps(&["-o", "state=,lstart=", "-p", &pid.to_string()])?;
    let (state, start) = text.split_once(char::is_whitespace)?;
    Some(Inspected { start: start.trim().to_owned(), ended: state.starts_with('Z') })
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn rss_bytes(pid: i32) -> Option<u64> {
    let kib: u64 = ps(&["-o", "rss=", "-p", &pid.to_string()])?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn cpu_ms(pid: i32) -> Option<u64> {
    // `[[dd-]hh:]mm:ss[.cc]`
    let text = ps(&["-o", "time=", "-p", &pid.to_string()])?;
    let parts = text.trim().rsplit([':', '-']);
    let seconds = parts.zip([1.0, 60.0, 3_600.0, 86_400.0]);
    let sum: f64 = seconds.map(|(part, unit)| part.parse::<f64>().unwrap_or(0.0) * unit).sum();
    Some((sum * 1_000.0) as u64)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn by_argument(path: &Path) -> Option<i32> {
    let wanted = path.to_str()?;
    let all = ps(&["-axo", "pid=,pgid=,command="])?;
    all.lines().find_map(|line| {
        let mut fields = line.split_ascii_whitespace();
        let (pid, group) = (fields.next()?, fields.next()?);
        (pid == group && line.contains(wanted)).then(|| pid.parse().ok())?
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let rest = "S 1 2 2 0 -1 4194304 1 0 0 0 31 11 0 0 20 0 1 0 4711 0 0";
        let found = stat(&format!("42 (a) b) {rest}")).unwrap();
        assert_eq!(found, Inspected { start: "4711".into(), ended: false });
        assert_eq!(ticks(&format!("42 (a) b) {rest}")), Some(42));
        let me = i32::try_from(std::process::id()).unwrap();
        assert!(inspect(me).is_some_and(|found| !found.ended));
        assert!(rss_bytes(me).unwrap() > 100_000);
    }
}
