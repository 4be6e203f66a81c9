//! `messages [QUERY]`: what went through the routes, the newest first; `--live` shows it as it arrives.
//!
//! The ids of the last list are kept in a file beside the contexts, so that every verb about a message takes `@1` for its
//! first row. They belong to one control plane: with another one in use, `@1` says so instead of meaning something else.

mod missing;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::get::plain;
use crate::arguments::message::MessagesArguments;
use crate::client::Client;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::files;
use crate::output::table::{Cell, Table};
use crate::output::{Format, Output, Tone};

const FIELDS: &str = "id short startedAt integration environment runtime route outcome durationUs steps node errorClass error \
    fingerprint attributes { name value } flags repairedBy";

/// The format of the file; another one is as good as none.
const FORMAT: u32 = 1;

#[derive(Default, Serialize, Deserialize)]
struct LastList {
    format: u32,
    server: String,
    ids: Vec<String>,
}

fn last_list(environment: &Environment) -> PathBuf {
    environment.config_home().join("last-messages.json")
}

/// `@2` as the id of the second row of the last list, the end of an id as the row of that list which it is of; anything else as
/// it is.
pub fn id(text: &str, client: &Client, environment: &Environment) -> Outcome<String> {
    let known = std::fs::read(last_list(environment)).unwrap_or_default();
    let last: LastList = serde_json::from_slice(&known).unwrap_or_default();
    let Some(row) = text.strip_prefix('@') else {
        let is_of_here = last.format == FORMAT && last.server == client.server;
        let listed = is_of_here.then(|| ending(&last.ids, text)).flatten();
        return Ok(listed.unwrap_or_else(|| text.to_owned()));
    };
    let no = |why: &str| {
        Failure::new("MP-CLI-60", Exit::NotFound, format!("`{text}` names no message: {why}"))
            .next("list messages first: midplane messages")
    };
    let row: usize = row.parse().map_err(|_| no("after `@` comes the number of a row"))?;
    if last.format != FORMAT || last.ids.is_empty() {
        return Err(no("there is no last list"));
    }
    if last.server != client.server {
        return Err(no(&format!("the last list is of {}", last.server)));
    }
    let found = row.checked_sub(1).and_then(|at| last.ids.get(at));
    found.cloned().ok_or_else(|| no(&format!("the last list has {} rows", last.ids.len())))
}

/// The one id that ends so: what was seen a moment ago is meant, whatever else has the same end.
fn ending(ids: &[String], text: &str) -> Option<String> {
    let (bits, width) = telemetry::id::parse_end(text).ok()?;
    if text.chars().count() < telemetry::id::SHORT_LEN || width >= 128 {
        return None;
    }
    let mut same = ids.iter().filter(|id| {
        let id: Option<telemetry::id::MessageId> = id.parse().ok();
        id.is_some_and(|id| id.to_u128() & ((1 << width) - 1) == bits)
    });
    let first = same.next()?;
    same.next().is_none().then(|| first.clone())
}

pub async fn run(
    arguments: MessagesArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let client = Client::of(&arguments.client, environment)?;
    let query = query(&arguments);
    if arguments.in_flight {
        return in_flight(&client, &arguments, environment, output).await;
    }
    if let Some(of) = &arguments.missing {
        return missing::run(&client, of.as_deref(), &query, &arguments, output).await;
    }
    if arguments.live {
        return live(&client, &query, &arguments, output).await;
    }
    let after =
        arguments.before.as_deref().map(|text| id(text, &client, environment)).transpose()?;
    let document = format!(
        "query($query: String!, $first: Int!, $after: String) {{ messages(query: $query, first: $first, after: $after) {{ \
        nodes {{ {FIELDS} }} next partial columns notes }} }}"
    );
    let variables = json!({"query": query, "first": arguments.first, "after": after});
    let mut data =
        client.request(&document, variables).await.map_err(|err| underline(err, &query))?;
    let list = data["messages"].take();
    let empty = Vec::new();
    let rows = list["nodes"].as_array().unwrap_or(&empty);
    remember(rows, &client, environment)?;
    match arguments.output {
        Format::Json => output.json(&list)?,
        Format::Yaml => output.yaml(&list)?,
        Format::Table => table(&list, rows, &query, output)?,
    }
    Ok(Exit::Done)
}

/// The words as typed, within what the context names. A name in the text is more exact than the context's.
fn query(arguments: &MessagesArguments) -> String {
    let mut query = arguments.query.join(" ");
    if let Some(name) = &arguments.client.environment
        && !query.contains("env:")
        && !query.contains("environment:")
    {
        query = format!("env:\"{name}\" {query}");
    }
    query
}

fn remember(rows: &[Value], client: &Client, environment: &Environment) -> Outcome {
    let ids = rows.iter().map(|row| plain(&row["id"])).collect();
    let last = LastList { format: FORMAT, server: client.server.clone(), ids };
    let bytes =
        serde_json::to_vec(&last).map_err(|err| Failure::internal("keep the list", &err))?;
    files::replace(&last_list(environment), &bytes, files::PRIVATE)
}

fn table(list: &Value, rows: &[Value], query: &str, output: &Output) -> Outcome {
    for note in list["notes"].as_array().into_iter().flatten() {
        output.remark(&format!("note: {}", plain(note)));
    }
    if rows.is_empty() {
        output.remark(&nothing(list, query));
        return Ok(());
    }
    let columns: Vec<String> =
        list["columns"].as_array().into_iter().flatten().map(plain).collect();
    output.write(&shown(rows, &columns).render(output, ""))?;
    if let Some(next) = list["next"].as_str() {
        output.remark(&format!("older ones: midplane messages --before {next} '{query}'"));
    }
    Ok(())
}

fn nothing(list: &Value, query: &str) -> String {
    match list["next"].as_str() {
        Some(next) => {
            format!(
                "nothing yet; the search goes on with: midplane messages --before {next} '{query}'"
            )
        }
        None if query.is_empty() => {
            "no message was seen yet; a route that is called shows up here within a second"
                .to_owned()
        }
        None => "no message matches; leave a condition out, or look further back with since:7d"
            .to_owned(),
    }
}

fn shown(rows: &[Value], columns: &[String]) -> Table {
    let mut titles: Vec<String> =
        ["ID", "STARTED", "INTEGRATION/ROUTE", "OUTCOME", "TIME", "FAILED AT"]
            .map(str::to_owned)
            .to_vec();
    titles.extend(columns.iter().cloned());
    titles.push("ERROR".to_owned());
    let mut table = Table::titled(titles);
    for row in rows {
        table.row(cells(row, columns));
    }
    table
}

fn cells(row: &Value, columns: &[String]) -> Vec<Cell> {
    let outcome = plain(&row["outcome"]);
    let mut cells = vec![
        Cell::toned(plain(&row["short"]), Tone::Strong),
        Cell::from(clock(&row["startedAt"])),
        Cell::from(format!("{}/{}", plain(&row["integration"]), plain(&row["route"]))),
        Cell::toned(outcome.clone(), tone(&outcome)),
        Cell::from(time(row["durationUs"].as_i64().unwrap_or(0))),
        Cell::from(telemetry::title::node(&plain(&row["node"])).to_owned()),
    ];
    for column in columns {
        let value = row["attributes"].as_array().into_iter().flatten();
        let value =
            value.filter(|one| one["name"] == **column).map(|one| plain(&one["value"])).next();
        cells.push(Cell::from(value.unwrap_or_default()));
    }
    let error = plain(&row["error"]);
    let error = if error.is_empty() { plain(&row["errorClass"]) } else { error };
    cells.push(Cell::from(error.lines().next().unwrap_or_default().to_owned()));
    cells
}

pub fn tone(outcome: &str) -> Tone {
    match outcome {
        "failed" => Tone::Bad,
        "handled" => Tone::Waiting,
        "completed" => Tone::Good,
        _ => Tone::Plain,
    }
}

/// The time of day; a day's name would say more than anybody needs in a list of the last hour.
pub fn clock(started_at: &Value) -> String {
    let text = started_at.as_str().unwrap_or_default();
    let today = crate::environment::now().to_string();
    match (text.get(..10), text.get(5..10), text.get(11..19)) {
        (Some(day), _, Some(time)) if today.starts_with(day) => time.to_owned(),
        (_, Some(day), Some(time)) => format!("{day} {time}"),
        _ => text.to_owned(),
    }
}

/// Microseconds as people read them: `0.3 ms`, `14 ms`, `1.2 s`.
pub fn time(us: i64) -> String {
    let us = us.max(0);
    match us {
        0..=9_999 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        10_000..=999_999 => format!("{} ms", us / 1_000),
        1_000_000..=59_999_999 => format!("{}.{} s", us / 1_000_000, us % 1_000_000 / 100_000),
        _ => format!("{} min {} s", us / 60_000_000, us % 60_000_000 / 1_000_000),
    }
}

/// A query that cannot be read is shown with the place underlined.
fn underline(failure: Failure, query: &str) -> Failure {
    if !failure.code.starts_with("MP-QUERY") {
        return failure;
    }
    match telemetry::query::parse(query, crate::environment::now()) {
        Err(err) => failure.because_text(err.underline(query)),
        Ok(_) => failure,
    }
}

async fn live(
    client: &Client,
    query: &str,
    arguments: &MessagesArguments,
    output: &Output,
) -> Outcome<Exit> {
    let document = format!(
        "subscription($query: String!) {{ messages(query: $query) {{ message {{ {FIELDS} }} missed }} }}"
    );
    let mut events = client.subscribe(&document, json!({"query": query})).await?;
    output.remark("waiting for messages; Ctrl-C ends");
    while let Some(mut data) = events.next().await.map_err(|err| underline(err, query))? {
        if let Some(missed) = data["messages"]["missed"].as_u64() {
            output.remark(&format!("{missed} messages came too fast to be shown"));
            continue;
        }
        let event = data["messages"]["message"].take();
        match arguments.output {
            Format::Json | Format::Yaml => output.line(&event.to_string())?,
            Format::Table => output.line(&line(&event, output))?,
        }
    }
    Ok(Exit::Done)
}

async fn in_flight(
    client: &Client,
    arguments: &MessagesArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let document = "query($environment: String) { messagesInFlight(environment: $environment) { total notes \
        nodes { id short startedAt integration environment route node ageUs nodeAgeUs thread steps } } }";
    let variables = json!({"environment": client.environment});
    let found = client.request(document, variables).await?["messagesInFlight"].take();
    let empty = Vec::new();
    let rows = found["nodes"].as_array().unwrap_or(&empty);
    remember(rows, client, environment)?;
    match arguments.output {
        Format::Json => output.json(&found)?,
        Format::Yaml => output.yaml(&found)?,
        Format::Table => {
            for note in found["notes"].as_array().into_iter().flatten() {
                output.remark(&format!("not asked: {}", plain(note)));
            }
            if rows.is_empty() {
                output.remark("nothing is being worked on");
                return Ok(Exit::Done);
            }
            let mut table =
                Table::new(&["ID", "AGE", "INTEGRATION/ROUTE", "AT", "FOR", "STEPS", "THREAD"]);
            for row in rows {
                table.row(vec![
                    Cell::toned(plain(&row["short"]), Tone::Strong),
                    Cell::from(time(row["ageUs"].as_i64().unwrap_or(0))),
                    Cell::from(format!("{}/{}", plain(&row["integration"]), plain(&row["route"]))),
                    Cell::from(plain(&row["node"])),
                    Cell::from(time(row["nodeAgeUs"].as_i64().unwrap_or(0))),
                    Cell::from(plain(&row["steps"])),
                    Cell::from(plain(&row["thread"])),
                ]);
            }
            output.write(&table.render(output, ""))?;
            let total = found["total"].as_u64().unwrap_or(0);
            if total > rows.len() as u64 {
                output.remark(&format!("the oldest of {total}"));
            }
        }
    }
    Ok(Exit::Done)
}

/// A row of the live tail: columns cannot be as wide as rows that did not come yet.
fn line(row: &Value, output: &Output) -> String {
    let outcome = plain(&row["outcome"]);
    let place = format!("{}/{}", plain(&row["integration"]), plain(&row["route"]));
    let attributes: Vec<String> = row["attributes"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| format!("{}={}", plain(&one["name"]), plain(&one["value"])))
        .collect();
    let error = plain(&row["error"]);
    let parts = [
        output.paint(&plain(&row["short"]), Tone::Strong),
        clock(&row["startedAt"]),
        format!("{place:<24}"),
        output.paint(&format!("{outcome:<9}"), tone(&outcome)),
        format!("{:>8}", time(row["durationUs"].as_i64().unwrap_or(0))),
        attributes.join(" "),
        error.lines().next().unwrap_or_default().to_owned(),
    ];
    parts.join("  ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_an_id_means_the_row_that_was_listed() {
        let ids: Vec<String> = [(1, 0x8A_1F00), (2, 0x18A_1F00), (3, 7)]
            .map(|(at, low)| telemetry::id::MessageId::from_halves(at, low).to_string())
            .to_vec();
        let end = |id: &str, length: usize| id[id.len() - length..].to_lowercase();
        assert_eq!(ending(&ids, &end(&ids[2], 4)), Some(ids[2].clone()));
        assert_eq!(ending(&ids, &end(&ids[0], 4)), None, "two rows end so");
        assert_eq!(ending(&ids, &end(&ids[0], 6)), Some(ids[0].clone()));
        assert_eq!(ending(&ids, &end(&ids[2], 3)), None, "too short to mean one");
        assert_eq!((ending(&ids, "no id!"), ending(&[], "8A1F")), (None, None));
    }

    #[test]
    fn durations_read_as_people_say_them() {
        let shown: Vec<String> =
            [0, 90, 900, 2_100, 14_000, 999_999, 1_250_000, 61_000_000].map(time).to_vec();
        assert_eq!(
            shown,
            ["0.0 ms", "0.0 ms", "0.9 ms", "2.1 ms", "14 ms", "999 ms", "1.2 s", "1 min 1 s"]
        );
    }

    #[test]
    fn a_list_reads_like_the_transcript() {
        let row = json!({
            "short": "8A1F", "startedAt": "2020-11-26T12:04:11.5Z", "integration": "orders", "route": "intake",
            "outcome": "failed", "durationUs": 14_200, "node": "throwException1",
            "attributes": [{"name": "orderId", "value": "A-17"}], "error": "no price for sku `TEA-10`\nmore",
        });
        let output = Output { colours: false, width: None };
        let text = shown(&[row], &["orderId".to_owned()]).render(&output, "");
        assert_eq!(
            text,
            "ID    STARTED         INTEGRATION/ROUTE  OUTCOME  TIME   FAILED AT        orderId  ERROR\n\
             8A1F  11-26 12:04:11  orders/intake      failed   14 ms  throwException1  A-17     no price for sku `TEA-10`\n"
        );
    }
}
