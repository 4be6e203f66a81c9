//! `bench replay`: messages repaired, measured from outside on a Midplane with the demo.
//!
//! ```text
//! single    an order of the demo replayed, warm                              replay_p50_ms
//! dry       the same tried in a sandbox: its JVM killed before, and not      dry_cold_p50_ms, dry_warm_p50_ms
//! bulk      messages sent one by one, then all of them replayed at once      bulk_ratio, bulk_vs_http_ratio
//! kills     server, runner or workload killed at random in a replay          doubled, lost, killed
//! escapes   the tests that send a route along every way out of a sandbox     escapes
//! ```
//! `--only single,dry` selects. What is asked goes through the API, as the command line's questions do. Bulk and kills use an integration
//! of their own whose one effect is a line in a file, so that what was done can be counted. A replay that says that it was not done must
//! have left no line, unless it says that the workload ended while it worked on it (MP-RPL-04).

mod bulk;
mod kills;
mod pushed;

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use self::pushed::Pushed;
use super::process;
use super::report::{Report, median};
use super::session::{Session, signal, wait_until};
use crate::{cargo, up};

const ORDER: &str = r#"{"id":"BENCH-1","customer":"Ada","lines":[{"sku":"TEA-01","qty":2},{"sku":"TEA-02","qty":1}]}"#;
/// Just-in-time compilers, plans and connections warm up.
const WARM_UP: usize = 10;
/// A median of more costs no time that matters.
const SINGLES: usize = 30;

const REPLAY: &str = "mutation($message: ID!) { replayMessage(message: $message, repeatEffects: true, withinSeconds: 60) { \
                      id outcome code reason } }";
const DRY: &str =
    "mutation($message: ID!) { dryReplay(message: $message) { outcome stoppedAt error } }";

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Single,
    Dry,
    Bulk,
    Kills,
    Escapes,
}

/// How much of it is done.
#[derive(Clone, Debug)]
pub(crate) struct Amount {
    parts: Vec<Part>,
    runs: usize,
    messages: usize,
    kills: usize,
    seed: u64,
}

impl Amount {
    /// Of names as a person writes them; none means all.
    pub(crate) fn of(
        names: &[String],
        runs: usize,
        messages: Option<u64>,
        kills: usize,
        seed: Option<u64>,
    ) -> Result<Self> {
        let part = |name: &String| {
            <Part as clap::ValueEnum>::from_str(name, true)
                .map_err(|_| anyhow::anyhow!("`{name}` is no part of this bench"))
        };
        Ok(Self {
            parts: names.iter().map(part).collect::<Result<_>>()?,
            runs,
            messages: usize::try_from(messages.unwrap_or(10_000))?,
            kills,
            seed: seed.unwrap_or(42),
        })
    }

    fn has(&self, part: Part) -> bool {
        self.parts.is_empty() || self.parts.contains(&part)
    }
}

pub(crate) fn run(binary: &Path, amount: &Amount) -> Result<Report> {
    let mut report = Report::new("replay");
    let needs_up = [Part::Single, Part::Dry, Part::Bulk, Part::Kills];
    if needs_up.into_iter().any(|part| amount.has(part)) {
        let mut session = Session::start(binary)?;
        if amount.has(Part::Single) || amount.has(Part::Dry) {
            let message = order(&session)?;
            if amount.has(Part::Single) {
                report.figure("replay_p50_ms", single(&session, &message)?, Some(50.0));
            }
            if amount.has(Part::Dry) {
                let (cold, warm) = dry(&session, &message, amount.runs)?;
                report.figure("dry_cold_p50_ms", cold, Some(1_500.0));
                report.figure("dry_warm_p50_ms", warm, Some(100.0));
            }
        }
        if amount.has(Part::Bulk) || amount.has(Part::Kills) {
            let mut pushed = Pushed::new(&mut session)?;
            if amount.has(Part::Bulk) {
                bulk::measure(&pushed, amount.messages, &mut report)?;
            }
            if amount.has(Part::Kills) {
                kills::measure(&mut pushed, binary, amount.kills, amount.seed, &mut report)?;
            }
        }
    }
    if amount.has(Part::Escapes) {
        report.figure("escapes", escapes()?, Some(0.0));
    }
    Ok(report)
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1_000.0
}

/// An order that was taken and recorded.
fn order(session: &Session) -> Result<String> {
    wait_until("the orders to be served", || {
        session
            .url("orders")
            .is_ok_and(|url| ureq::post(&url).content_type("application/json").send(ORDER).is_ok())
    })?;
    let send = "mutation($content: ReplayContentInput!) { sendMessage(integration: \"orders\", route: \"take\", content: $content) { \
                outcome reason message } }";
    let sent = session.graphql(send, json!({"content": {"body": ORDER}}))?["sendMessage"].take();
    ensure!(sent["outcome"] == "completed", "the order was not taken: {sent}");
    let message = sent["message"].as_str().context("the order has a message")?.to_owned();
    recorded(session, &message)?;
    Ok(message)
}

/// Waits until a message can be replayed.
fn recorded(session: &Session, message: &str) -> Result<()> {
    let query = "query($message: ID!) { replayPlan(message: $message) { refusal } }";
    wait_until("a message to be recorded", || {
        let plan = session.graphql(query, json!({"message": message}));
        plan.is_ok_and(|plan| plan["replayPlan"]["refusal"].is_null())
    })
}

fn single(session: &Session, message: &str) -> Result<f64> {
    let mut took = Vec::new();
    for _ in 0..WARM_UP + SINGLES {
        let since = Instant::now();
        let done = session.graphql(REPLAY, json!({"message": message}))?["replayMessage"].take();
        took.push(ms(since));
        ensure!(done["outcome"] == "completed", "the replay did not complete: {done}");
    }
    Ok(median(took.split_off(WARM_UP)))
}

fn dry(session: &Session, message: &str, runs: usize) -> Result<(f64, f64)> {
    let try_out = || -> Result<f64> {
        let since = Instant::now();
        let report = session.graphql(DRY, json!({"message": message}))?["dryReplay"].take();
        ensure!(report["outcome"].is_string(), "the dry run said {report}");
        Ok(ms(since))
    };
    // The first one may make the class-data archive, which is made once for each release.
    try_out()?;
    let folder = session.data().to_string_lossy().into_owned();
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let living = || process::find(&[&folder, "/sandboxes/"]);
        for pid in living() {
            // One that ended by itself meanwhile is as good.
            let _ = signal(pid, "KILL");
        }
        wait_until("the sandbox to be gone", || living().is_empty())?;
        cold.push(try_out()?);
        for _ in 0..3 {
            warm.push(try_out()?);
        }
    }
    Ok((median(cold), median(warm)))
}

/// How many of the ways out of a sandbox lead out, by the tests that try them all on real Camel.
fn escapes() -> Result<f64> {
    up::fetch_parts()?;
    let output = cargo::linting(&[
        "test",
        // Another selection of packages would build other features of the same libraries.
        "--workspace",
        "--locked",
        "--quiet",
        "--test",
        "it",
        "sandbox::camel_",
    ])
    .stderr(Stdio::inherit())
    .output()
    .context("start cargo test")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let count = |word: &str| -> f64 {
        let results = text.lines().filter(|line| line.starts_with("test result:"));
        let parts = results.flat_map(|line| line.split(['.', ';']));
        parts.filter_map(|part| part.trim().strip_suffix(word)?.trim().parse::<f64>().ok()).sum()
    };
    ensure!(count("passed") + count("failed") > 0.0, "no test of a sandbox ran");
    Ok(count("failed"))
}

/// How long a thing that is counted may take altogether, beyond what each waits for itself.
const LONGEST: Duration = Duration::from_secs(3_600);

/// The API's answer, however long it is away: it is killed as well.
fn patiently(session: &Session, query: &str, variables: &Value) -> Result<Value> {
    let mut last = None;
    wait_until("the API to answer", || match session.graphql(query, variables.clone()) {
        Ok(answer) => {
            last = Some(answer);
            true
        }
        Err(_) => false,
    })?;
    last.context("the API answered")
}
