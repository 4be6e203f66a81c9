//! `message ID`: one message, step by step, with what probably went wrong; `message diff A [B]` lays two side by side.
//!
//! Steps are numbered as a book is (`numbered`). A call that another integration answered leads to that message.

mod diff;
mod numbered;
mod save;
mod steps;

use serde_json::{Value, json};

use super::get::plain;
use super::messages::{id, time, tone};
use crate::arguments::message::{MessageArguments, MessageVerb};
use crate::client::Client;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::{Format, Output, Tone};

pub(super) const ROW: &str = "id short startedAt integration environment runtime release route outcome durationUs steps node \
    errorClass error attributes { name value } flags replayOf repairedBy";
pub(super) const STEP: &str = "sequence parent iteration route node kind label title remark startUs durationUs failed flags redelivery detail";

/// Lines of a stack trace that usually say enough.
const STACK_LINES: usize = 6;

/// A trace may hold thousands; a screen does not.
const MOST_BESIDE: usize = 5;

pub async fn run(
    arguments: MessageArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    match arguments.verb {
        Some(MessageVerb::Diff { left, right, output: format, client }) => {
            let client = Client::of(&client, environment)?;
            let left = id(&left, &client, environment)?;
            let right = right.map(|text| id(&text, &client, environment)).transpose()?;
            return diff::run(&client, &left, right.as_deref(), format, output).await;
        }
        Some(MessageVerb::Save { id: wanted, file, client }) => {
            let client = Client::of(&client, environment)?;
            let wanted = id(&wanted, &client, environment)?;
            return save::run(&client, &wanted, &file, output).await;
        }
        None => {}
    }
    let client = Client::of(&arguments.client, environment)?;
    let wanted = id(arguments.id.as_deref().unwrap_or_default(), &client, environment)?;
    let mut found = request(&client, &wanted).await?;
    if arguments.payload {
        found["payloads"] = payloads(&client, &wanted).await?;
    }
    if arguments.log {
        found["log"] = log(&client, &wanted).await?;
    }
    match arguments.output {
        Format::Json => output.json(&found)?,
        Format::Yaml => output.yaml(&found)?,
        Format::Table => {
            let typed = arguments.id.as_deref().unwrap_or_default();
            let shown = Shown { typed, steps: arguments.steps, stack: arguments.stack };
            output.write(&render(&found, &shown, output))?;
        }
    }
    Ok(Exit::Done)
}

async fn request(client: &Client, id: &str) -> Outcome<Value> {
    let document = format!(
        "query($id: String!) {{ message(id: $id) {{ message {{ {ROW} }} exchange breadcrumb traceId from start {{ headers bytes contentType class }} \
        commit {{ short author subject }} steps {{ {STEP} }} stepsTotal failedStep outerClass outerMessage stack \
        likelyCause {{ likely look next }} claimedStart }} \
        relatedMessages(id: $id) {{ relation step message {{ {ROW} }} }} }}"
    );
    let mut data = client.request(&document, json!({"id": id})).await?;
    let mut found = data["message"].take();
    found["related"] = data["relatedMessages"].take();
    Ok(found)
}

/// How the steps of a message are numbered, and how they are counted.
pub(super) async fn numbers(client: &Client, id: &str) -> Outcome<Vec<(String, u64)>> {
    let document = "query($id: String!) { message(id: $id) { steps { sequence parent iteration route node failed flags redelivery } } }";
    let found = client.request(document, json!({"id": id})).await?["message"].take();
    let steps = found["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let tree = numbered::tree(steps);
    let lines = numbered::lines(&tree, numbered::Show::All);
    let number = |line| match line {
        numbered::Line::Step { number, node, .. } => Some((number, node.sequence)),
        numbered::Line::Rounds { .. } => None,
    };
    Ok(lines.into_iter().filter_map(number).collect())
}

async fn payloads(client: &Client, id: &str) -> Outcome<Value> {
    let document = "query($id: String!) { messagePayloads(id: $id) { step point contentType class size masked truncated \
        unavailable body bodyBase64 headers { name kind value } } }";
    Ok(client.request(document, json!({"id": id})).await?["messagePayloads"].take())
}

async fn log(client: &Client, id: &str) -> Outcome<Value> {
    let document = "query($id: String!) { messageLog(id: $id) { at level logger thread route node text stack } }";
    Ok(client.request(document, json!({"id": id})).await?["messageLog"].take())
}

/// `orders/intake  orderId A-17  failed after 14 ms   release 4f2c (ana: first teas)   runtime laptop`
pub(super) fn headline(found: &Value, output: &Output) -> String {
    let row = &found["message"];
    let outcome = plain(&row["outcome"]);
    let mut text = format!("{}/{}", plain(&row["integration"]), plain(&row["route"]));
    for attribute in row["attributes"].as_array().into_iter().flatten() {
        text += &format!("  {} {}", plain(&attribute["name"]), plain(&attribute["value"]));
    }
    let after = time(row["durationUs"].as_i64().unwrap_or(0));
    text += &format!("  {}", output.paint(&format!("{outcome} after {after}"), tone(&outcome)));
    let commit = &found["commit"];
    if commit.is_object() {
        let (short, author) = (plain(&commit["short"]), plain(&commit["author"]));
        text += &format!("   release {short} ({author}: {})", plain(&commit["subject"]));
    } else if !plain(&row["release"]).is_empty() {
        text += &format!("   release {}", plain(&row["release"]).get(..8).unwrap_or_default());
    }
    format!("{text}   runtime {}\n", plain(&row["runtime"]))
}

/// How a message is shown.
struct Shown<'a> {
    /// As the message was named: hints name it the same way.
    typed: &'a str,
    /// All rounds of a split, not those alone that differ.
    steps: bool,
    /// The whole stack.
    stack: bool,
}

fn render(found: &Value, shown: &Shown<'_>, output: &Output) -> String {
    let row = &found["message"];
    let mut text = headline(found, output);
    if let Some(claimed) = found["claimedStart"].as_str() {
        text += &format!("the workload's clock said {claimed}; shown under the time of receipt\n");
    }
    let steps = steps::render(found, shown.steps, output);
    text += &steps.text;
    for one in found["payloads"].as_array().into_iter().flatten() {
        text += &payload(one, output);
    }
    for line in found["log"].as_array().into_iter().flatten() {
        let at = plain(&line["at"]);
        let at = at.get(11..23).unwrap_or(&at);
        text +=
            &format!("{at} {:<5} {}\n", plain(&line["level"]).to_uppercase(), plain(&line["text"]));
    }
    text += &relatives(found);
    if !plain(&row["errorClass"]).is_empty() {
        text += &failure(found, shown, steps.failed.as_deref(), output);
    }
    text
}

/// Who called and who was called, and some of the rest of the same trace.
fn relatives(found: &Value) -> String {
    let all = || found["related"].as_array().into_iter().flatten();
    let near = all().filter(|one| one["relation"] != "together");
    // What a step called stands beside the step.
    let near = near.filter(|one| one["relation"] != "called" || one["step"].is_null());
    let beside = || all().filter(|one| one["relation"] == "together");
    let line = |one: &Value| format!("{}: {}\n", plain(&one["relation"]), place(&one["message"]));
    let mut text: String = near.chain(beside().take(MOST_BESIDE)).map(line).collect();
    let more = beside().count().saturating_sub(MOST_BESIDE);
    if more > 0 {
        text += &format!("together: {more} more of the same trace (-o json lists them)\n");
    }
    text
}

/// `prices/lookup 77C2`
pub(super) fn place(row: &Value) -> String {
    format!("{}/{} {}", plain(&row["integration"]), plain(&row["route"]), plain(&row["short"]))
}

fn failure(found: &Value, shown: &Shown<'_>, step: Option<&str>, output: &Output) -> String {
    let row = &found["message"];
    let mut text = String::new();
    let cause = &found["likelyCause"];
    let (class, error) = (plain(&row["errorClass"]), plain(&row["error"]));
    if let Some(by) = row["repairedBy"].as_str() {
        text += &output.paint(&format!("repaired by message {by}\n"), Tone::Good);
    }
    // The line of the step says the rest.
    if !cause.is_object() || step.is_none() || error.lines().nth(1).is_some() {
        text += &output.paint(&format!("{class}: {error}\n"), Tone::Bad);
    }
    if cause.is_object() {
        let said = |field: &str| words(&plain(&cause[field]), found, shown.typed, step);
        text += &format!("likely cause: {}; see {}\n", said("likely"), said("look"));
        text += &format!("next: {}\n", said("next"));
    }
    let stack = found["stack"].as_str().unwrap_or_default();
    if shown.stack {
        text += &format!("{}\n", stack.trim_end());
    } else if !cause.is_object() && !stack.is_empty() {
        text += &telemetry::cause::fold(stack, STACK_LINES);
    }
    text
}

/// A hint in the words of this list: steps by their number, the message as it was named.
fn words(hint: &str, found: &Value, typed: &str, step: Option<&str>) -> String {
    let id = plain(&found["message"]["id"]);
    let hint = if typed.is_empty() { hint.to_owned() } else { hint.replace(&id, typed) };
    let node = plain(&found["message"]["node"]);
    let node = telemetry::title::node(&node);
    match step {
        Some(number) if !node.is_empty() => {
            hint.replace(&format!("step {node}"), &format!("step {number}"))
        }
        _ => hint,
    }
}

fn payload(one: &Value, output: &Output) -> String {
    let point = plain(&one["point"]);
    let size = one["size"].as_u64().unwrap_or(0);
    let mut marks = Vec::new();
    if one["masked"] == true {
        marks.push("masked".to_owned());
    }
    if one["truncated"] == true {
        marks.push("cut".to_owned());
    }
    if let Some(why) = one["unavailable"].as_str() {
        marks.push(format!("not kept: {why}"));
    }
    let title = format!(
        "carried at {point} of step {}: {} {} {}",
        plain(&one["step"]),
        plain(&one["contentType"]),
        crate::output::time::bytes(size),
        marks.join(", ")
    );
    let mut text = format!("{}\n", output.paint(title.trim_end(), Tone::Strong));
    for header in one["headers"].as_array().into_iter().flatten() {
        text += &format!("  {}: {}\n", plain(&header["name"]), plain(&header["value"]));
    }
    if let Some(body) = one["body"].as_str() {
        for line in body.lines() {
            text += &format!("  {line}\n");
        }
    } else if let Some(base64) = one["bodyBase64"].as_str() {
        text += &format!("  {base64}\n");
    }
    text
}
