//! `status`: one screen. Runtimes, then each integration with state, release, commit, URL and last deployment, then what to do.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::get::plain;
use crate::arguments::client::{Kind, StatusArguments};
use crate::client::Client;
use crate::client::select::name_of;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::table::{Cell, Table, human};
use crate::output::time::ago;
use crate::output::{Format, Output, Tone};

pub async fn run(
    arguments: StatusArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let client = Client::of(&arguments.client, environment)?;
    let (runtimes, workloads, sources) = tokio::try_join!(
        client.list(Kind::Runtime),
        client.workloads(),
        client.list(Kind::Source)
    )?;
    let whole = json!({"server": client.server, "runtimes": runtimes, "workloads": workloads, "sources": sources});
    match arguments.output {
        Format::Json => output.json(&whole)?,
        Format::Yaml => output.yaml(&whole)?,
        Format::Table => {
            output.write(&screen(output, &client.server, &runtimes, &workloads, &sources))?;
        }
    }
    Ok(Exit::Done)
}

fn screen(
    output: &Output,
    server: &str,
    runtimes: &[Value],
    workloads: &[Value],
    sources: &[Value],
) -> String {
    let now = crate::environment::now();
    let mut text = format!("control plane  {server}\n");
    for runtime in runtimes {
        let state = human(&plain(&runtime["state"]));
        let seen = ago(runtime["lastSeenAt"].as_str(), now);
        let seen = if seen.is_empty() { "never seen".to_owned() } else { format!("seen {seen}") };
        let state = output.paint(&state, Tone::of_state(&state));
        let _ = writeln!(text, "runtime {:<6} {state}, {seen}", plain(&runtime["name"]));
        for condition in
            runtime["conditions"].as_array().into_iter().flatten().filter(|it| it["ok"] == false)
        {
            let line =
                format!("  {}: {}", plain(&condition["component"]), plain(&condition["reason"]));
            let _ = writeln!(text, "{}", output.paint(&line, Tone::Waiting));
        }
    }
    for source in sources.iter().filter(|source| !plain(&source["reason"]).is_empty()) {
        let line = format!("source {}: {}", plain(&source["name"]), plain(&source["reason"]));
        let _ = writeln!(text, "{}", output.paint(&line, Tone::Waiting));
    }
    text.push('\n');
    if workloads.is_empty() {
        text.push_str("no integration runs yet; push one to a source (`midplane get sources`)\n");
        return text;
    }
    let several_environments = workloads
        .iter()
        .any(|workload| name_of(&workload["environment"]) != name_of(&workloads[0]["environment"]));
    let mut table =
        Table::new(&["INTEGRATION", "STATE", "RELEASE", "URL", "DEPLOYED", "AUTHOR", "COMMIT"]);
    for workload in workloads {
        let release = &workload["release"];
        let name = plain(&workload["integration"]);
        let name = if several_environments {
            format!("{name} ({})", name_of(&workload["environment"]))
        } else {
            name
        };
        table.row(vec![
            name.into(),
            Cell::state(&plain(&workload["state"])),
            plain(&release["short"]).into(),
            plain(&workload["url"]).into(),
            ago(workload["deployment"]["createdAt"].as_str(), now).into(),
            plain(&release["author"]).into(),
            plain(&release["subject"]).into(),
        ]);
    }
    text.push_str(&table.render(output, ""));
    for workload in workloads {
        let (reason, next) = (plain(&workload["reason"]), plain(&workload["nextAction"]));
        let state = human(&plain(&workload["state"]));
        if state == "Running" || (reason.is_empty() && next.is_empty()) {
            continue;
        }
        let name = plain(&workload["integration"]);
        let _ = writeln!(
            text,
            "\n{} {}: {reason}",
            output.paint(&name, Tone::Strong),
            state.to_lowercase()
        );
        if !next.is_empty() {
            let _ = writeln!(text, "  next: {next}");
        }
    }
    text
}
