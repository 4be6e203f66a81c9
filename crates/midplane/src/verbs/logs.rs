//! `logs [NAME...]`: what workloads wrote, oldest first, with the integration's name in front when there are several.
//!
//! The lines come over the runtime's data connection through the GraphQL subscription. A stack trace belongs to its line and
//! is printed below it, indented. With `-f` a broken stream is taken up again where it ended, until Ctrl-C.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::get::plain;
use crate::arguments::client::LogsArguments;
use crate::client::Client;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Format, Output, Tone};

const QUERY: &str = "subscription($workloads: [ID!], $follow: Boolean, $sinceMs: Int, $tail: Int, $level: String, $grep: String, \
    $previous: Boolean) { logs(workloads: $workloads, follow: $follow, sinceMs: $sinceMs, tail: $tail, level: $level, grep: $grep, \
    previous: $previous) { integration time level logger message stack } }";

/// Enough to see what happened, and fits a screen or two.
const TAIL: u32 = 100;
/// A control plane that restarts is back within this.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

pub async fn run(
    arguments: LogsArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let client = Client::of(&arguments.client, environment)?;
    let workloads = client.workloads().await?;
    let mut chosen: Vec<&Value> = Vec::new();
    for name in &arguments.names {
        let known = workloads.iter().filter(|workload| workload["integration"] == **name).count();
        if known == 0 {
            client.workload(name).await?;
        }
    }
    for workload in &workloads {
        let name = workload["integration"].as_str().unwrap_or_default();
        if arguments.names.is_empty() || arguments.names.iter().any(|wanted| wanted == name) {
            chosen.push(workload);
        }
    }
    if chosen.is_empty() {
        output.remark("nothing runs yet, so nothing is logged");
        return Ok(Exit::Done);
    }
    let width =
        chosen.iter().map(|it| plain(&it["integration"]).chars().count()).max().unwrap_or(0);
    let prefix = if chosen.len() > 1 { Some(width) } else { None };
    let ids: Vec<&str> = chosen.iter().filter_map(|it| it["id"].as_str()).collect();
    let mut since = arguments.since;
    let mut tail = arguments.tail.or_else(|| since.is_none().then_some(TAIL));
    loop {
        let variables = json!({
            "workloads": ids, "follow": arguments.follow, "sinceMs": since, "tail": tail,
            "level": arguments.level.map(crate::arguments::client::Level::as_str), "grep": arguments.grep, "previous": arguments.previous,
        });
        let started = std::time::Instant::now();
        let ended = stream(&client, variables, &arguments, prefix, output).await;
        match ended {
            Ok(()) if !arguments.follow => return Ok(Exit::Done),
            Err(failure) if !arguments.follow || failure.exit != Exit::Unreachable => {
                return Err(failure);
            }
            // Taken up again from when it broke; a line may be seen twice, none is missed.
            Ok(()) | Err(_) => {
                tokio::time::sleep(AGAIN_AFTER).await;
                tail = None;
                since = Some(
                    u64::try_from(
                        (started.elapsed().min(Duration::from_secs(2)) + AGAIN_AFTER).as_millis(),
                    )
                    .unwrap_or(0),
                );
            }
        }
    }
}

async fn stream(
    client: &Client,
    variables: Value,
    arguments: &LogsArguments,
    prefix: Option<usize>,
    output: &Output,
) -> Result<(), Failure> {
    let mut lines = client.subscribe(QUERY, variables).await?;
    while let Some(mut data) = lines.next().await? {
        let line = data["logs"].take();
        match arguments.output {
            Format::Json | Format::Yaml => output.line(&line.to_string())?,
            Format::Table => output.write(&render(&line, prefix, output))?,
        }
    }
    Ok(())
}

fn render(line: &Value, prefix: Option<usize>, output: &Output) -> String {
    let name = plain(&line["integration"]);
    let front = prefix.map_or_else(String::new, |width| {
        format!("{} ", output.paint(&format!("{name:<width$} |"), Tone::Quiet))
    });
    let level = plain(&line["level"]);
    let tone = match level.as_str() {
        "ERROR" | "FATAL" | "ERR" => Tone::Bad,
        "WARN" => Tone::Waiting,
        "DEBUG" | "TRACE" => Tone::Quiet,
        _ => Tone::Plain,
    };
    let time = line["time"].as_str().unwrap_or_default();
    let time = time.get(11..23).unwrap_or(time);
    let logger = plain(&line["logger"]);
    let logger = logger.rsplit('.').next().unwrap_or_default();
    let logger = if logger.is_empty() {
        String::new()
    } else {
        format!("{} ", output.paint(logger, Tone::Quiet))
    };
    let mut text = String::new();
    let message = line["message"].as_str().unwrap_or_default();
    for (at, part) in
        message.lines().chain(if message.is_empty() { Some("") } else { None }).enumerate()
    {
        if at == 0 {
            let _ = writeln!(
                text,
                "{front}{} {} {logger}{part}",
                output.paint(time, Tone::Quiet),
                output.paint(&format!("{level:<5}"), tone)
            );
        } else {
            let _ = writeln!(text, "{front}    {part}");
        }
    }
    for part in line["stack"].as_str().unwrap_or_default().lines() {
        let _ = writeln!(text, "{front}    {part}");
    }
    text
}
