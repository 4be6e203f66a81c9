//! `bench live`: from a message's end in the workload to a person's terminal, and to an answer of the search.
//!
//! A Midplane of its own runs the demo; a prober asks `prices` as somebody does who clicks all the time. One subscriber is
//! `midplane messages --live`, another reader lists the newest messages again and again. A message ends at its start and its duration by
//! the clock of its JVM, which is this machine's; what is measured is everything after that. The search is asked every few
//! milliseconds, which is part of its figure.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::deploy::wall_ms;
use super::report::Report;
use super::session::{Session, wait_until};

/// A percentile of a thousand is ten of them.
const LEAST: usize = 1_000;
/// Fast enough for that in a minute, slow enough to leave the machine idle.
const CLICK: Duration = Duration::from_millis(25);
const LOOK: Duration = Duration::from_millis(5);
/// Connections, plans and just-in-time compilers warm up.
const WARM_UP: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(300);

/// Milliseconds from the end of each message to when it was seen.
type Seen = HashMap<String, f64>;

pub(crate) fn run(binary: &Path) -> Result<Report> {
    let session = Session::start(binary)?;
    let url = format!("{}/prices/TEA-01", session.url("prices")?);
    let done = AtomicBool::new(false);
    let (live, found) = std::thread::scope(|scope| -> Result<(Seen, Seen)> {
        let clicking = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let _ = ureq::get(&url).call();
                std::thread::sleep(CLICK);
            }
        });
        let watched = watch(binary, &session).and_then(|mut tail| {
            std::thread::sleep(WARM_UP);
            let searching = scope.spawn(|| search(&session, &done));
            let live = tail.read(LEAST);
            done.store(true, Ordering::Relaxed);
            let found = searching.join().map_err(|_| anyhow::anyhow!("the search ended"))?;
            Ok((live?, found?))
        });
        done.store(true, Ordering::Relaxed);
        let _ = clicking.join();
        watched
    })?;
    ensure!(found.len() > LEAST / 2, "the search saw {} messages", found.len());
    let mut report = Report::new("live");
    report.note(format!(
        "{} messages in the live tail, {} found by a search",
        live.len(),
        found.len()
    ));
    report.figure("live_p99_ms", percentile(&live, 99), Some(300.0));
    report.figure("searchable_p99_ms", percentile(&found, 99), Some(1_500.0));
    report.figure("live_p50_ms", percentile(&live, 50), None);
    report.figure("searchable_p50_ms", percentile(&found, 50), None);
    Ok(report)
}

fn percentile(seen: &Seen, percent: usize) -> f64 {
    let mut all: Vec<f64> = seen.values().copied().collect();
    all.sort_by(f64::total_cmp);
    all.get((all.len() * percent / 100).min(all.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}

/// The id of a message, and how long ago it ended.
fn ended(row: &Value) -> Option<(String, f64)> {
    let id = row["id"].as_str()?.to_owned();
    let started: jiff::Timestamp = row["startedAt"].as_str()?.parse().ok()?;
    let duration_ms = row["durationUs"].as_f64()? / 1_000.0;
    let started_ms = started.as_duration().as_secs_f64() * 1_000.0;
    Some((id, wall_ms() - started_ms - duration_ms))
}

/// `midplane messages --live`, as a person runs it.
struct Tail {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

fn watch(binary: &Path, session: &Session) -> Result<Tail> {
    let mut child = Command::new(binary)
        .args(["messages", "--live", "--output", "json"])
        .env("XDG_CONFIG_HOME", session.folder.path().join("config"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("start `midplane messages --live`")?;
    let lines = BufReader::new(child.stdout.take().context("read the live tail")?);
    Ok(Tail { child, lines })
}

impl Tail {
    /// As many messages as `least`; what came before is read over.
    fn read(&mut self, least: usize) -> Result<Seen> {
        let mut seen = Seen::new();
        let since = std::time::Instant::now();
        let mut line = String::new();
        while seen.len() < least {
            ensure!(since.elapsed() < LONGEST, "{} messages in five minutes", seen.len());
            line.clear();
            ensure!(self.lines.read_line(&mut line)? > 0, "the live tail ended");
            let row: Value = serde_json::from_str(&line)?;
            // What piled up in the pipe while everything warmed up was seen later than it was written.
            if let Some((id, ms)) = ended(&row).filter(|_| since.elapsed() > Duration::from_secs(1))
            {
                ensure!(seen.insert(id.clone(), ms).is_none(), "message {id} came twice");
            }
        }
        Ok(seen)
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn search(session: &Session, done: &AtomicBool) -> Result<Seen> {
    let query =
        "query { messages(query: \"since:1m\", first: 200) { nodes { id startedAt durationUs } } }";
    let mut seen = Seen::new();
    let mut is_first = true;
    wait_until("a message to be found", || {
        session
            .graphql(query, json!({}))
            .is_ok_and(|found| !found["messages"]["nodes"][0].is_null())
    })?;
    while !done.load(Ordering::Relaxed) {
        let found = session.graphql(query, json!({}))?;
        for row in found["messages"]["nodes"].as_array().into_iter().flatten() {
            let Some((id, ms)) = ended(row) else { continue };
            // What was there before the first look is of no known age.
            seen.entry(id).or_insert(if is_first { f64::NEG_INFINITY } else { ms });
        }
        is_first = false;
        std::thread::sleep(LOOK);
    }
    seen.retain(|_, ms| ms.is_finite());
    Ok(seen)
}
