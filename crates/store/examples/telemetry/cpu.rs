//! Seconds of CPU, from `/proc`.

/// Ticks of a second (`getconf CLK_TCK`), the same on every Linux that we run on.
const TICKS: f64 = 100.0;

/// This process with all of its threads.
pub(crate) fn own_s() -> f64 {
    ticks(std::process::id().cast_signed(), 2) as f64 / TICKS
}

/// The postmaster and its children, ended ones too.
pub(crate) fn postgres_s(postmaster: i32) -> f64 {
    (ticks(postmaster, 4) + ticks_of_children(postmaster)) as f64 / TICKS
}

/// This thread alone, to the nanosecond.
pub(crate) fn thread_s() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// What `work` costs this thread is added to `sum`.
pub(crate) fn adding<T>(sum: &mut f64, work: impl FnOnce() -> T) -> T {
    let before = thread_s();
    let done = work();
    *sum += thread_s() - before;
    done
}

/// The first `count` of utime, stime, cutime, cstime.
fn ticks(pid: i32, count: usize) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after = text.rsplit_once(") ").map_or("", |(_, rest)| rest);
    after.split(' ').skip(11).take(count).filter_map(|it| it.parse::<u64>().ok()).sum()
}

fn ticks_of_children(parent: i32) -> u64 {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let after = text.rsplit_once(") ").map_or("", |(_, rest)| rest);
        after.split(' ').nth(1).and_then(|it| it.parse().ok()) == Some(parent)
    })
    .map(|pid| ticks(pid, 2))
    .sum()
}
