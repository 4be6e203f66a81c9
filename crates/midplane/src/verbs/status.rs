//! `status`: one screen. Runtimes, then each integration with state, release, commit, URL and last deployment, then what to do: for
//! what does not run as it should, and for failures that the last deployment may have dealt with.

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
    let open = open_failures(&client, &workloads).await?;
    let whole = json!({
        "server": client.server, "runtimes": runtimes, "workloads": workloads, "sources": sources, "openFailures": open,
    });
    match arguments.output {
        Format::Json => output.json(&whole)?,
        Format::Yaml => output.yaml(&whole)?,
        Format::Table => {
            output.write(&screen(output, &client.server, &runtimes, &workloads, &sources))?;
            output.write(&hints(&open))?;
        }
    }
    Ok(Exit::Done)
}

/// Deployments that one request asks about: each is a field of its own, and a document has at most 20 at its root.
const AT_ONCE: usize = 20;
/// Routes that are spoken of; `midplane failures` lists all.
const MOST_HINTS: usize = 3;

/// Open failures of the routes that the last deployment of each workload changed. Who may not read messages has none.
async fn open_failures(client: &Client, workloads: &[Value]) -> Outcome<Vec<Value>> {
    let ids: Vec<&str> =
        workloads.iter().filter_map(|workload| workload["deployment"]["id"].as_str()).collect();
    let mut open = Vec::new();
    for ids in ids.chunks(AT_ONCE) {
        let (mut declared, mut asked) = (Vec::new(), String::new());
        let mut variables = serde_json::Map::new();
        for (at, id) in ids.iter().enumerate() {
            declared.push(format!("$d{at}: ID!"));
            let _ = write!(
                asked,
                "d{at}: deployment(id: $d{at}) {{ integration environment openFailures {{ integration route count last short }} }} "
            );
            variables.insert(format!("d{at}"), json!(id));
        }
        let document = format!("query({}) {{ {asked}}}", declared.join(", "));
        let data = match client.request(&document, Value::Object(variables)).await {
            Err(refused) if refused.exit == Exit::Refused => return Ok(Vec::new()),
            answered => answered?,
        };
        for at in 0..ids.len() {
            let deployment = &data[format!("d{at}")];
            for one in deployment["openFailures"].as_array().into_iter().flatten() {
                let mut one = one.clone();
                one["deployed"] = deployment["integration"].clone();
                one["environment"] = deployment["environment"].clone();
                open.push(one);
            }
        }
    }
    // A route that calls two integrations which were both deployed is one route.
    open.sort_by_key(|one| std::cmp::Reverse(one["count"].as_u64()));
    let mut seen = std::collections::BTreeSet::new();
    open.retain(|one| seen.insert((place(one), plain(&one["environment"]))));
    Ok(open)
}

fn place(open: &Value) -> String {
    format!("{}/{}", plain(&open["integration"]), plain(&open["route"]))
}

fn hints(open: &[Value]) -> String {
    let lines = open.iter().take(MOST_HINTS).map(|one| {
        let count = one["count"].as_u64().unwrap_or(0);
        domain::failure::hint(count, &place(one), &plain(&one["short"])) + "\n"
    });
    let lines: String = lines.collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_that_can_be_tried_are_the_last_lines() {
        let open =
            json!([{"integration": "orders", "route": "intake", "count": 17, "short": "8A1F"}]);
        assert_eq!(
            hints(open.as_array().unwrap()),
            "\n17 open failures on orders/intake; try one: midplane replay 8A1F --dry-run\n"
        );
        assert_eq!(hints(&[]), "");
    }
}
