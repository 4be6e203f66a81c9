//! `bench deploy`: from `git push` to the new text served, and what happens in between.
//!
//! A price in the tea shop's price list is changed, committed and pushed; a prober asks `prices` for it all the time. The clock starts when
//! the branch has moved in the bare repository (its hook still prints). The gap is the longest time between two good answers around
//! the change. Every phase that the deployment went through is a figure of its own (`step_*`), so that each millisecond has a name.
//! Commands are timed by the server from before the INSERT to the acknowledgement, with both fsyncs; two bare fsyncs of
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
use super::session::{Session, git, wait_until};

const COMMANDS: usize = 100;

/// The way of a push: each step ends with a phase of the deployment, the last one with the first new answer.
const STEPS: &[(&str, &str)] = &[
    ("step_moved_to_asked_ms", "asked"),
    ("step_asked_to_accepted_ms", "accepted"),
    ("step_accepted_to_fetched_ms", "fetched"),
    ("step_fetched_to_resolved_ms", "resolved"),
    ("step_resolved_to_checked_ms", "checked"),
    ("step_checked_to_stopping_ms", "stopping"),
    ("step_stopping_to_starting_ms", "starting"),
    ("step_starting_to_served_ms", "served"),
];

pub(crate) fn run(binary: &Path, runs: usize) -> Result<Report> {
    let session = Session::start(binary)?;
    let clone = session.folder.path().join("clone");
    git(
        session.folder.path(),
        &["clone", "-q", &session.data().join("git/demo.git").to_string_lossy(), "clone"],
    )?;
    let pushes: Vec<Push> =
        (0..runs).map(|round| push_once(&session, &clone, round)).collect::<Result<_>>()?;
    let mut report = Report::new("deploy");
    report.note("each push, ms after the branch had moved:".to_owned());
    for push in &pushes {
        let phases: Vec<_> =
            push.phases.iter().map(|(name, at)| format!("{name} {at:.0}")).collect();
        report.note(format!("  {}   gap {:.0}", phases.join("  "), push.gap_ms));
    }
    let of = |figure: fn(&Push) -> f64| median(pushes.iter().map(figure).collect());
    report.figure("push_to_ready_p50_s", of(|push| push.at("served") / 1000.0), Some(1.5));
    report.figure("http_gap_p50_ms", of(|push| push.gap_ms), Some(300.0));
    // Noticed is a moment after moved, which nobody but the server sees: this says a little too much.
    report.figure("noticed_to_bundle_p50_s", of(|push| push.at("fetched") / 1000.0), Some(0.5));
    let mut from = "moved";
    for (key, to) in STEPS {
        let step = |push: &Push| push.at(to) - push.at(from);
        report.figure(key, median(pushes.iter().map(step).collect()), None);
        from = to;
    }
    commands(&session, &mut report)?;
    Ok(report)
}

struct Push {
    gap_ms: f64,
    /// `moved`, each phase and `served`, in ms after the branch had moved.
    phases: Vec<(String, f64)>,
}

impl Push {
    fn at(&self, name: &str) -> f64 {
        self.phases.iter().find(|(phase, _)| phase == name).map_or(f64::NAN, |(_, at)| *at)
    }
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
    let mut phases = vec![("moved".to_owned(), 0.0)];
    let told = settled(session)?;
    phases.extend(told.into_iter().map(|(name, at)| (name, at - moved_wall)));
    phases.push(("served".to_owned(), first.duration_since(moved_at).as_secs_f64() * 1000.0));
    Ok(Push { gap_ms: gap.as_secs_f64() * 1000.0, phases })
}

/// The phases, once the deployment is ready: that is told a moment after its route answers.
fn settled(session: &Session) -> Result<Vec<(String, f64)>> {
    let mut found = phases(session);
    wait_until("the deployment to be ready", || {
        found = phases(session);
        !matches!(&found, Ok(all) if all.iter().all(|(name, _)| name != "ready"))
    })?;
    found
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
    let latest = "{ integration(name: \"prices\") { workloads { deployment { id } } } }";
    let latest = session.graphql(latest, json!({}))?;
    let id = &latest["integration"]["workloads"][0]["deployment"]["id"];
    let query = "query($id: ID!) { deployment(id: $id) { phases { phase at } } }";
    let answer = session.graphql(query, json!({"id": id}))?;
    let phases = answer["deployment"]["phases"].as_array().context("phases")?.clone();
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
pub(super) fn wall_ms() -> f64 {
    jiff::Timestamp::now().as_duration().as_secs_f64() * 1000.0
}
