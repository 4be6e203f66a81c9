//! `cargo xtask bench NAME`: figures, paired with the peer or the physical limit of the same run.
//!
//! A bench runs the release build as a user would and reads clocks and `/proc` from outside. Every figure is a median of several
//! runs. With `--json` the last line is `{"bench":..,"figures":{..},"peer":{..},"ratio":{..}}`; ratios stand in `figures` too. No test calls this.

mod chaos;
mod console;
mod deploy;
mod footprint;
mod jvm;
mod live;
mod operator;
mod process;
mod replay;
mod report;
pub(crate) mod session;
mod spool;
mod telemetry;
mod tracer;

use anyhow::{Result, bail};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// `chaos`, `console`, `deploy`, `footprint`, `jvm` (the JVM part of footprint alone), `spool`, `fill`, `ingest`, `search` or `live` (the store of
    /// messages), `operator`, `replay`,
    /// `tracer`.
    name: String,
    /// End with one line of JSON.
    #[arg(long)]
    json: bool,
    /// `operator`: how many plugs on one socket; other than 1000, only for a quick look.
    #[arg(long, default_value_t = 1_000)]
    plugs: usize,
    /// `operator`, `replay`: only these parts. `console`: only `page`, `detail`, `search`, `diagram` or `tail`. `tracer`: one part of it: `work`, `stock`,
    /// `nodes`, `http` or `start`.
    #[arg(long, value_delimiter = ',', value_name = "PART")]
    only: Vec<String>,
    /// How often each figure is measured.
    #[arg(long, default_value_t = 7)]
    runs: usize,
    /// How many steps `fill` and `ingest` store; `console`: how many its search looks through, 0 for those of the demo alone [default: 5000000]
    #[arg(long)]
    steps: Option<u64>,
    /// `console`: how long the live tail is watched.
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// `console`: messages a second in the live tail.
    #[arg(long, default_value_t = 1_000)]
    rate: u64,
    /// How many messages `chaos` makes [default: 10000000], and `replay` replays at once [default: 10000]
    #[arg(long)]
    messages: Option<u64>,
    /// `chaos`, `replay`: what its faults are drawn from [default: 42]
    #[arg(long)]
    seed: Option<u64>,
    /// `replay`: how often something is killed in a replay
    #[arg(long, default_value_t = 40)]
    kills: usize,
    /// Measure this binary instead of building the optimised one; its figures mean nothing when it is a debug build.
    #[arg(long, value_name = "PATH")]
    binary: Option<std::path::PathBuf>,
}

pub(crate) fn run(arguments: Arguments) -> Result<()> {
    let report = match arguments.name.as_str() {
        "chaos" => {
            let binary = session::binary(arguments.binary)?;
            chaos::run(&binary, arguments.messages, arguments.seed)?
        }
        "console" => {
            crate::console::build()?;
            crate::console::browser()?;
            let wanted = console::Wanted {
                only: arguments.only,
                runs: arguments.runs,
                steps: arguments.steps,
                tail: console::tail::Wanted { seconds: arguments.seconds, rate: arguments.rate },
            };
            console::run(&session::binary(arguments.binary)?, &wanted)?
        }
        "deploy" => deploy::run(&session::binary(arguments.binary)?, arguments.runs)?,
        "footprint" => footprint::run(&session::binary(arguments.binary)?, arguments.runs)?,
        "jvm" => {
            let mut report = report::Report::new("jvm");
            jvm::measure(arguments.runs, &mut report)?;
            report
        }
        "spool" => spool::run(&session::binary(arguments.binary)?, arguments.runs)?,
        "fill" => telemetry::fill(arguments.steps.unwrap_or(5_000_000))?,
        "ingest" => telemetry::ingest(arguments.steps)?,
        "search" => telemetry::search(arguments.runs)?,
        "live" => live::run(&session::binary(arguments.binary)?)?,
        "operator" => {
            let selection = operator::Selection::of(&arguments.only)?;
            operator::run(&session::binary(arguments.binary)?, arguments.plugs, &selection)?
        }
        "replay" => {
            let Arguments { only, runs, messages, kills, seed, .. } = &arguments;
            let amount = replay::Amount::of(only, *runs, *messages, *kills, *seed)?;
            replay::run(&session::binary(arguments.binary)?, &amount)?
        }
        "tracer" => tracer::run(arguments.runs, arguments.only.first().map(String::as_str))?,
        unknown => {
            bail!(
                "there is no bench `{unknown}`; there is chaos, console, deploy, footprint, jvm, spool, fill, ingest, search, live, operator, replay and tracer"
            )
        }
    };
    report.print(arguments.json);
    Ok(())
}
