//! `bench deploy`: from `git push` to the new text served, and what happens in between.
//!
//! A price in the tea shop's price list is changed, committed and pushed; a prober asks `prices` for it all the time. The clock starts when
//! the branch has moved in the bare repository (its hook still prints). The gap is the longest time between two good answers around
//! the change. Commands are timed by the server from before the INSERT to the acknowledgement, with both fsyncs; two bare fsyncs of
//! files on the same disk in the same run are the limit they are compared with.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::json;

use super::report::{Report, median};
use super::session::{self, Session, git, wait_until};

const COMMANDS: usize = 100;

pub(crate) fn run(runs: usize) -> Result<Report> {
    let binary = session::build()?;
    let session = Session::start(&binary)?;
    let clone = session.folder.path().join("clone");
    git(
        session.folder.path(),
        &["clone", "-q", &session.data().join("git/demo.git").to_string_lossy(), "clone"],
    )?;
    let (mut ready, mut gap, mut bundle, mut rows) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..runs {
        let push = push_once(&session, &clone, round)?;
        ready.push(push.ready_s);
        gap.push(push.gap_ms);
        bundle.push(push.bundle_s);
        rows.push(push.phases);
    }
    let mut report = Report::new("deploy");
    report.note("phases of each push, ms after the branch had moved:".to_owned());
    for row in rows {
        report.note(format!("  {row}"));
    }
    report.figure("push_to_ready_p50_s", median(ready), Some(1.5));
    report.figure("http_gap_p50_ms", median(gap), Some(300.0));
    report.figure("noticed_to_bundle_p50_s", median(bundle), Some(0.5));
    commands(&session, &mut report)?;
    Ok(report)
}

struct Push {
    ready_s: f64,
    gap_ms: f64,
    bundle_s: f64,
    phases: String,
}

fn push_once(session: &Session, clone: &Path, round: usize) -> Result<Push> {
    let url = format!("{}/prices/TEA-01", session.url("prices")?);
    let price = format!("{}.{:02}", 10 + round, round + 11);
    let list = clone.join("prices/price-list.xml");
    let text = fs::read_to_string(&list).context("read the price list")?;
    fs::write(&list, with_price(&text, "TEA-01", &price)?)?;
    git(clone, &["commit", "-q", "-a", "-m", &format!("Price TEA-01 at {price}")])?;

    let branch = session.data().join("git/demo.git/refs/heads/main");
    let before = fs::read_to_string(&branch).unwrap_or_default();
    let done = AtomicBool::new(false);
    let (moved_at, moved_wall, answers, mut pushing) = std::thread::scope(|scope| -> Result<_> {
        let prober = scope.spawn(|| probe(&url, &done));
        let pushing = Command::new("git")
            .args(["push", "-q"])
            .current_dir(clone)
            .stderr(Stdio::null())
            .spawn()
            .context("start git push")?;
        let moved = wait_until("the branch to move", || {
            fs::read_to_string(&branch).unwrap_or_default() != before
        });
        let (moved_at, moved_wall) = (Instant::now(), wall_ms());
        let served = moved.and_then(|()| {
            wait_until("the new price", || ask(&url).is_some_and(|body| body.contains(&price)))
        });
        // A little longer, so that the gap's end is inside the recording.
        std::thread::sleep(Duration::from_millis(300));
        done.store(true, Ordering::Relaxed);
        let answers = prober.join().unwrap_or_default();
        served.map(|()| (moved_at, moved_wall, answers, pushing))
    })?;
    pushing.wait()?;
    let first = answers
        .iter()
        .find(|(_, body)| body.contains(&price))
        .context("the prober saw the new price")?
        .0;
    let gap = answers
        .windows(2)
        .map(|pair| pair[1].0.duration_since(pair[0].0))
        .max()
        .unwrap_or_default();
    let phases = phases(session)?;
    let after =
        |name: &str| phases.iter().find(|(phase, _)| phase == name).map(|(_, at)| at - moved_wall);
    Ok(Push {
        ready_s: first.duration_since(moved_at).as_secs_f64(),
        gap_ms: gap.as_secs_f64() * 1000.0,
        bundle_s: (after("fetched").unwrap_or(f64::NAN) - after("asked").unwrap_or(0.0)) / 1000.0,
        phases: phases
            .iter()
            .map(|(phase, at)| format!("{phase} {:.0}", at - moved_wall))
            .collect::<Vec<_>>()
            .join("  "),
    })
}

/// Asks without pause; keeps when each good answer came, and what it said.
fn probe(url: &str, done: &AtomicBool) -> Vec<(Instant, String)> {
    let mut answers = Vec::new();
    while !done.load(Ordering::Relaxed) {
        if let Some(body) = ask(url) {
            answers.push((Instant::now(), body));
        }
        std::thread::sleep(Duration::from_millis(3));
    }
    answers
}

fn ask(url: &str) -> Option<String> {
    ureq::get(url).call().ok()?.body_mut().read_to_string().ok()
}

/// Name and wall-clock milliseconds of each phase of the newest deployment of `prices`.
fn phases(session: &Session) -> Result<Vec<(String, f64)>> {
    let query =
        "{ integration(name: \"prices\") { workloads { deployment { phases { phase at } } } } }";
    let answer = session.graphql(query, json!({}))?;
    let phases = answer["integration"]["workloads"][0]["deployment"]["phases"]
        .as_array()
        .context("phases")?
        .clone();
    phases
        .iter()
        .map(|phase| {
            let name = phase["phase"].as_str().context("phase")?.to_lowercase();
            let at: jiff::Timestamp = phase["at"].as_str().context("at")?.parse()?;
            Ok((name, at.as_duration().as_secs_f64() * 1000.0))
        })
        .collect()
}

fn with_price(list: &str, sku: &str, price: &str) -> Result<String> {
    let line =
        list.lines().find(|line| line.contains(sku)).context("the price list names the sku")?;
    let (before, rest) = line.split_once("eur=\"").context("the line has a price")?;
    let (_, after) = rest.split_once('"').context("the price ends")?;
    Ok(list.replace(line, &format!("{before}eur=\"{price}\"{after}")))
}

fn commands(session: &Session, report: &mut Report) -> Result<()> {
    let (mut acks, mut fsyncs) = (Vec::new(), Vec::new());
    let (mut left, mut right) =
        (File::create(session.data().join("a"))?, File::create(session.data().join("b"))?);
    for _ in 0..COMMANDS {
        let query = "mutation { pingRuntime(name: \"laptop\") { acknowledgedMs } }";
        let answer = session.graphql(query, json!({}))?;
        acks.push(answer["pingRuntime"]["acknowledgedMs"].as_f64().context("acknowledgedMs")?);
        let since = Instant::now();
        for file in [&mut left, &mut right] {
            file.write_all(&[7; 256])?;
            file.sync_data()?;
        }
        fsyncs.push(since.elapsed().as_secs_f64() * 1000.0);
    }
    let (ack, bare) = (median(acks), median(fsyncs));
    report.figure("command_ack_p50_ms", ack, Some(5.0));
    report.peer("two_fsyncs_p50_ms", bare);
    report.ratio("command_ack_vs_fsyncs", ack / bare, Some(4.0));
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a bench compares its clock with the server's on the same machine"
)]
fn wall_ms() -> f64 {
    jiff::Timestamp::now().as_duration().as_secs_f64() * 1000.0
}
