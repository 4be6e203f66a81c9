//! Whatever is killed in a replay: done once, or reported as not done.
//!
//! Each kill has an original of its own, so its replays and its lines are known. A moment after the replay was asked for, one of server,
//! runner and workload ends by SIGKILL; then everybody comes back by themselves. Whoever is killed again and again comes back ever later,
//! so every few kills `up` is started again over the same workloads.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::REPLAY;
use super::pushed::Pushed;
use crate::bench::report::Report;
use crate::bench::session::{signal, wait_until};
use crate::say;

/// From the question over the command and its delivery to the answer.
const LATEST_MS: u64 = 60;
/// It may be begun for a minute, and a JVM has to come back.
const ENDED_WITHIN: Duration = Duration::from_secs(180);
/// Three of each: the last ones wait for less than a second.
const KILLS_OF_ONE_UP: usize = 9;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Victim {
    Server,
    Runner,
    Workload,
}

/// What became of one.
#[derive(Default)]
struct Tally {
    doubled: u32,
    lost: u32,
    completed: u32,
    not_done: u32,
    never_asked: u32,
}

pub(super) fn measure(
    pushed: &mut Pushed<'_>,
    binary: &Path,
    kills: usize,
    seed: u64,
    report: &mut Report,
) -> Result<()> {
    let mut originals = Vec::with_capacity(kills);
    for number in 0..kills {
        originals.push(pushed.send(&format!("kill-{number}"))?);
    }
    for message in originals.iter().rev().take(4) {
        pushed.until_recorded(message)?;
    }
    let mut random = Random(seed | 1);
    let mut unknown = 0;
    let mut ended = Vec::with_capacity(kills);
    for (number, message) in originals.iter().enumerate() {
        if number > 0 && number % KILLS_OF_ONE_UP == 0 {
            pushed.start_again(binary)?;
            say::line(format_args!("{number} of {kills} kills"));
        }
        let victim = [Victim::Server, Victim::Runner, Victim::Workload][number % 3];
        pushed.until_recorded(message)?;
        let wait = Duration::from_millis(random.below(LATEST_MS));
        kill_within(pushed, message, victim, wait)?;
        match settle(pushed, message)? {
            Some(replays) => ended.push((number, replays)),
            None => unknown += 1,
        }
    }
    let lines = pushed.lines()?;
    let mut tally = Tally { lost: unknown, ..Tally::default() };
    for (number, replays) in ended {
        judge(&mut tally, &lines, &format!("kill-{number}"), &replays);
    }
    let Tally { doubled, lost, completed, not_done, never_asked } = tally;
    report.note(format!(
        "{kills} kills: {completed} done, {not_done} reported as not done, {never_asked} never accepted"
    ));
    report.figure("doubled", f64::from(doubled), Some(0.0));
    report.figure("lost", f64::from(lost), Some(0.0));
    report.figure("killed", f64::from(u32::try_from(kills)?), None);
    Ok(())
}

fn kill_within(pushed: &Pushed<'_>, message: &str, victim: Victim, wait: Duration) -> Result<()> {
    // A server that has just come back may not have heard of it yet.
    pushed.until_ready(None)?;
    let workload = pushed.pid().context("the workload's process")?;
    let pid = match victim {
        Victim::Server => child(pushed, "server")?,
        Victim::Runner => child(pushed, "runner")?,
        Victim::Workload => workload,
    };
    std::thread::scope(|scope| {
        // Whoever asked may never hear of it: what counts is what the API says afterwards.
        scope.spawn(|| pushed.session.graphql(REPLAY, json!({"message": message})));
        std::thread::sleep(wait);
        signal(pid, "KILL")
    })?;
    match victim {
        Victim::Workload => pushed.until_back(workload),
        Victim::Server => {
            wait_until("the server to be back", || {
                child(pushed, "server").is_ok_and(|now| now != pid)
            })?;
            pushed.until_ready(None)
        }
        Victim::Runner => {
            wait_until("the runner to be back", || {
                child(pushed, "runner").is_ok_and(|now| now != pid)
            })?;
            pushed.until_ready(None)
        }
    }
}

/// What `up` keeps alive, by name.
fn child(pushed: &Pushed<'_>, name: &str) -> Result<u32> {
    let text = std::fs::read(pushed.session.data().join("up.json")).context("read up.json")?;
    let running: Value = serde_json::from_slice(&text).context("read up.json")?;
    let pid = running["children"][name]["pid"].as_u64();
    let pid = pid.with_context(|| format!("`up` has no {name}"))?;
    Ok(u32::try_from(pid)?)
}

/// Its replays, when all have ended. None: one of them never did.
fn settle(pushed: &Pushed<'_>, message: &str) -> Result<Option<Vec<(String, String)>>> {
    let since = Instant::now();
    loop {
        if let Some(replays) = pushed.replays(message)? {
            ensure!(replays.len() <= 1, "one question made {} replays", replays.len());
            return Ok(Some(replays));
        }
        if since.elapsed() > ENDED_WITHIN {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn judge(
    tally: &mut Tally,
    lines: &HashMap<String, usize>,
    line: &str,
    replays: &[(String, String)],
) {
    // One line is the original's.
    let more = lines.get(line).copied().unwrap_or(0).saturating_sub(1);
    tally.doubled += u32::from(more > 1);
    match replays {
        [] => {
            tally.never_asked += 1;
            tally.doubled += u32::from(more == 1);
        }
        [(outcome, code), ..] if outcome == "not_done" => {
            tally.not_done += 1;
            // Whoever believes it and asks again would do it twice.
            tally.doubled += u32::from(more == 1 && code != "MP-RPL-04");
        }
        [..] => {
            tally.completed += 1;
            tally.lost += u32::from(more == 0);
        }
    }
}

/// Numbers that a seed repeats; nobody's secrets depend on them (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: usize, replays: &[(&str, &str)], doubled: u32, lost: u32) {
        let mut tally = Tally::default();
        let replays: Vec<_> =
            replays.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect();
        judge(&mut tally, &HashMap::from([("k".to_owned(), lines)]), "k", &replays);
        assert_eq!((tally.doubled, tally.lost), (doubled, lost), "{lines} lines");
    }

    #[test]
    fn what_is_said_is_what_was_done() {
        check(2, &[("completed", "")], 0, 0);
        check(1, &[("completed", "")], 0, 1);
        check(3, &[("completed", "")], 1, 0);
        check(1, &[("not_done", "MP-RPL-03")], 0, 0);
        check(2, &[("not_done", "MP-RPL-03")], 1, 0);
        check(2, &[("not_done", "MP-RPL-04")], 0, 0);
        check(1, &[], 0, 0);
        check(2, &[], 1, 0);
    }
}
