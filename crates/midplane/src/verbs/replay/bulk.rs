//! `replay QUERY` and `replays`: many messages, a canary first, paused when too many fail.
//!
//! The control plane does it, so leaving the wait with Ctrl-C changes nothing. A dry run of many tries them one after the other, in
//! one sandbox, and counts what would become of them.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{effects, plan};
use crate::arguments::replay::{ReplayArguments, ReplaysArguments, ReplaysVerb};
use crate::client::Client;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::table::{Cell, Table};
use crate::output::{Format, Output, Tone};
use crate::verbs::get::plain;
use crate::verbs::runtime::confirm;
use crate::verbs::send::DRY;

const BULK: &str = "id query state reason canary perSecond stopAfter by askedAt endedAt total begun completed handled failed unknown \
    notDone refused refusals { code reason count }";
const LOOK_AGAIN: Duration = Duration::from_millis(300);
/// Progress is told this often to somebody who waits.
const TELL: Duration = Duration::from_secs(5);
/// Groups of failures that somebody still knows of.
const REACH: SignedDuration = SignedDuration::from_hours(24 * 7);
/// A dry run of many stops here; what so many show, the others show as well.
const MOST_DRY: u32 = 200;

/// `route:intake outcome:failed`; an id holds neither.
pub fn is_query(text: &str) -> bool {
    text.contains(':') || text.trim().contains(' ')
}

pub async fn run(client: &Client, arguments: ReplayArguments, output: &Output) -> Outcome<Exit> {
    let single = arguments.edit
        || arguments.content.body.is_some()
        || !arguments.content.headers.is_empty()
        || arguments.route.is_some()
        || arguments.endpoint.is_some();
    if single {
        let text = "many messages are replayed unedited, each at its own route";
        return Err(Failure::new("MP-CLI-59", Exit::Usage, text)
            .next("name one message to edit it: midplane replay ID --edit"));
    }
    let query = group(client, &arguments.id).await?;
    let some = newest(client, &query).await?;
    if arguments.dry.dry_run {
        return dry(client, &arguments, &some, output).await;
    }
    let repeats = if let Some(first) = some.first() {
        let plan = plan(client, first).await?;
        let numbers = super::super::message::numbers(client, first).await?;
        let done = effects(&plan, &numbers);
        if let Some(done) = &done {
            output.remark(&format!("already done by the originals, as by {first}: {done}"));
            confirm("Repeat them for all?", arguments.yes)?;
        }
        done.is_some()
    } else {
        false
    };
    let document = format!(
        "mutation($query: String!, $canary: Int, $rate: Int!, $stop: Int!, $repeat: Boolean!) {{ startBulkReplay(query: $query, \
         canary: $canary, perSecond: $rate, stopAfter: $stop, repeatEffects: $repeat) {{ {BULK} }} }}"
    );
    let variables = json!({
        "query": query, "canary": arguments.bulk.canary, "rate": arguments.bulk.rate,
        "stop": arguments.bulk.stop_after, "repeat": repeats || arguments.yes,
    });
    let started = client.request(&document, variables).await?["startBulkReplay"].take();
    let mut now = wait(client, started, output).await?;
    let passed = now["state"] == "paused"
        && now["canary"].is_u64()
        && now["completed"] == now["begun"]
        && now["begun"] == now["canary"];
    if passed {
        output.remark(&line(&now));
        confirm("Replay the others?", arguments.yes)?;
        now = wait(client, change(client, &plain(&now["id"]), "RESUME").await?, output).await?;
    }
    show(&now, arguments.output, output)
}

/// A group of failures by the first characters of its fingerprint: `group:7f`.
async fn group(client: &Client, text: &str) -> Outcome<String> {
    let mut words = Vec::new();
    for word in text.split(' ') {
        let Some(start) = word.strip_prefix("group:") else {
            words.push(word.to_owned());
            continue;
        };
        let document = "query($since: String!) { failureGroups(since: $since) { fingerprint } }";
        let since = crate::environment::now() - REACH;
        let found = client.request(document, json!({"since": since.to_string()})).await?;
        let groups = found["failureGroups"].as_array().into_iter().flatten();
        let mut fitting: Vec<String> = groups
            .map(|one| plain(&one["fingerprint"]))
            .filter(|one| one.starts_with(&start.to_lowercase()))
            .collect();
        fitting.sort();
        fitting.dedup();
        match fitting.as_slice() {
            [one] => words.push(format!("fingerprint:{one}")),
            other => {
                let text = format!("{} groups of failures begin with `{start}`", other.len());
                return Err(Failure::new("MP-CLI-59", Exit::Usage, text)
                    .next("write more of the fingerprint, as midplane message shows it"));
            }
        }
    }
    Ok(words.join(" "))
}

/// Ids of the newest that match and are no replays.
async fn newest(client: &Client, query: &str) -> Outcome<Vec<String>> {
    let document = "query($query: String!, $first: Int!) { messages(query: $query, first: $first) { nodes { id } } }";
    // A period stands outside of brackets.
    let is_bounded = query.contains("since:") || query.contains("until:");
    let query = if is_bounded { query.to_owned() } else { format!("({query})") };
    let query = format!("{query} -is:replay replayed:open");
    let variables = json!({"query": query, "first": MOST_DRY});
    let found = client.request(document, variables).await?["messages"].take();
    Ok(found["nodes"].as_array().into_iter().flatten().map(|one| plain(&one["id"])).collect())
}

async fn dry(
    client: &Client,
    arguments: &ReplayArguments,
    messages: &[String],
    output: &Output,
) -> Outcome<Exit> {
    let most = arguments.bulk.canary.unwrap_or(MOST_DRY);
    let document = format!(
        "mutation($message: ID!) {{ dryReplay(message: $message, replies: []) {{ {DRY} }} }}"
    );
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut bad = 0;
    for id in messages.iter().take(usize::try_from(most).unwrap_or(usize::MAX)) {
        let tried = client.request(&document, json!({"message": id})).await;
        let text = match tried {
            Ok(mut data) => {
                let report = data["dryReplay"].take();
                match report["stoppedAt"].as_str() {
                    Some(at) => format!("would stop at {at}: {}", plain(&report["stoppedBecause"])),
                    None if report["outcome"] == "failed" => {
                        format!("would fail: {}", plain(&report["error"]))
                    }
                    None => "would complete".to_owned(),
                }
            }
            Err(failure) => format!("cannot be tried: {}", failure.message),
        };
        bad += u32::from(text != "would complete");
        *counts.entry(text).or_default() += 1;
        if arguments.bulk.stop_after > 0 && bad >= arguments.bulk.stop_after {
            break;
        }
    }
    let told: Vec<Value> =
        counts.iter().map(|(text, count)| json!({"outcome": text, "count": count})).collect();
    match arguments.output {
        Format::Json => output.json(&told.into())?,
        Format::Yaml => output.yaml(&told.into())?,
        Format::Table => {
            output.line(&format!("nothing left this machine; of {} messages", messages.len()))?;
            for (text, count) in &counts {
                output.line(&format!("  {count} {text}"))?;
            }
        }
    }
    Ok(if bad > 0 { Exit::Fault } else { Exit::Done })
}

async fn wait(client: &Client, started: Value, output: &Output) -> Outcome<Value> {
    let document = format!("query($id: ID!) {{ bulkReplay(id: $id) {{ {BULK} }} }}");
    let mut now = started;
    let mut told = std::time::Instant::now();
    while now["state"] == "running" {
        tokio::time::sleep(LOOK_AGAIN).await;
        now = client.request(&document, json!({"id": now["id"]})).await?["bulkReplay"].take();
        if told.elapsed() > TELL {
            output.remark(&line(&now));
            told = std::time::Instant::now();
        }
    }
    Ok(now)
}

async fn change(client: &Client, id: &str, action: &str) -> Outcome<Value> {
    let document = format!(
        "mutation($id: ID!, $action: BulkReplayAction!) {{ changeBulkReplay(id: $id, action: $action) {{ {BULK} }} }}"
    );
    let variables = json!({"id": id, "action": action});
    Ok(client.request(&document, variables).await?["changeBulkReplay"].take())
}

/// `8C30 ended: 17 of 17, 17 completed`
fn line(bulk: &Value) -> String {
    let id = plain(&bulk["id"]);
    let short = id.get(id.len().saturating_sub(8)..).unwrap_or_default();
    let mut text = format!(
        "{short} {}: {} of {}, {} completed",
        plain(&bulk["state"]),
        plain(&bulk["begun"]),
        plain(&bulk["total"]),
        plain(&bulk["completed"])
    );
    for (name, what) in [
        ("handled", "handled"),
        ("failed", "failed"),
        ("unknown", "done with an outcome that is not known"),
        ("notDone", "not done"),
        ("refused", "left out"),
    ] {
        if bulk[name].as_u64().unwrap_or(0) > 0 {
            text += &format!(", {} {what}", plain(&bulk[name]));
        }
    }
    if let Some(reason) = bulk["reason"].as_str() {
        text += &format!(" ({reason})");
    }
    text
}

fn show(bulk: &Value, format: Format, output: &Output) -> Outcome<Exit> {
    let is_good = ["failed", "unknown", "notDone", "refused"].iter().all(|name| bulk[*name] == 0);
    match format {
        Format::Json => output.json(bulk)?,
        Format::Yaml => output.yaml(bulk)?,
        Format::Table => {
            let tone = if is_good { Tone::Good } else { Tone::Bad };
            output.line(&output.paint(&line(bulk), tone))?;
            for one in bulk["refusals"].as_array().into_iter().flatten() {
                output.line(&format!(
                    "  {} left out: {} ({})",
                    plain(&one["count"]),
                    plain(&one["reason"]),
                    plain(&one["code"])
                ))?;
            }
            if bulk["state"] == "paused" {
                let id = plain(&bulk["id"]);
                output.remark(&format!("go on: midplane replays resume {id}"));
            }
        }
    }
    Ok(if is_good { Exit::Done } else { Exit::Fault })
}

pub async fn verb(verb: ReplaysVerb, environment: &Environment, output: &Output) -> Outcome<Exit> {
    let (arguments, action) = match verb {
        ReplaysVerb::List { output: format, client } => {
            let client = Client::of(&client, environment)?;
            return list(&client, format, output).await;
        }
        ReplaysVerb::Show(arguments) => (arguments, None),
        ReplaysVerb::Pause(arguments) => (arguments, Some("PAUSE")),
        ReplaysVerb::Resume(arguments) => (arguments, Some("RESUME")),
        ReplaysVerb::Cancel(arguments) => (arguments, Some("CANCEL")),
    };
    let ReplaysArguments { id, output: format, client } = arguments;
    let client = Client::of(&client, environment)?;
    let found = named(&client, &id).await?;
    let Some(action) = action else { return show(&found, format, output) };
    let now = change(&client, &plain(&found["id"]), action).await?;
    show(&now, format, output)
}

async fn all(client: &Client) -> Outcome<Value> {
    let document = format!("query {{ bulkReplays {{ {BULK} }} }}");
    Ok(client.request(&document, json!({})).await?["bulkReplays"].take())
}

async fn named(client: &Client, text: &str) -> Outcome<Value> {
    if text.len() == 36 {
        let document = format!("query($id: ID!) {{ bulkReplay(id: $id) {{ {BULK} }} }}");
        return Ok(client.request(&document, json!({"id": text})).await?["bulkReplay"].take());
    }
    let all = all(client).await?;
    let mut fitting = all.as_array().into_iter().flatten();
    let found = fitting.find(|one| plain(&one["id"]).ends_with(text) && !text.is_empty());
    found.cloned().ok_or_else(|| {
        Failure::new("MP-CLI-59", Exit::NotFound, format!("there is no bulk replay `{text}`"))
            .next("midplane replays list")
    })
}

async fn list(client: &Client, format: Format, output: &Output) -> Outcome<Exit> {
    let all = all(client).await?;
    match format {
        Format::Json => output.json(&all)?,
        Format::Yaml => output.yaml(&all)?,
        Format::Table => {
            let mut table = Table::new(&["ID", "STATE", "BEGUN", "COMPLETED", "BY", "QUERY"]);
            for one in all.as_array().into_iter().flatten() {
                let id = plain(&one["id"]);
                let short = id.get(id.len().saturating_sub(8)..).unwrap_or_default().to_owned();
                let begun = format!("{}/{}", plain(&one["begun"]), plain(&one["total"]));
                table.row(vec![
                    Cell::from(short),
                    Cell::from(plain(&one["state"])),
                    Cell::from(begun),
                    Cell::from(plain(&one["completed"])),
                    Cell::from(plain(&one["by"])),
                    Cell::from(plain(&one["query"])),
                ]);
            }
            output.write(&table.render(output, ""))?;
        }
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_told_from_an_id() {
        for id in ["@1", "8A1F", "01J0000000000000000000008A"] {
            assert!(!is_query(id), "{id}");
        }
        for query in ["route:intake", "outcome:failed since:1h", "green tea"] {
            assert!(is_query(query), "{query}");
        }
    }

    #[test]
    fn a_line_says_only_what_there_was() {
        let bulk = json!({"id": "00000000-0000-0000-0000-0000000000a1", "state": "ended", "begun": 17, "total": 17,
            "completed": 16, "handled": 0, "failed": 1, "notDone": 0, "refused": 0, "reason": null});
        assert_eq!(line(&bulk), "000000a1 ended: 17 of 17, 16 completed, 1 failed");
    }
}
