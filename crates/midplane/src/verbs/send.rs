//! `send INTEGRATION/ROUTE`: one new message, delivered once, and what became of it.
//!
//! The wait looks at the row that the control plane keeps; leaving it with Ctrl-C changes nothing about the message.

mod content;
pub mod dry;

use std::time::Duration;

use serde_json::{Value, json};

pub use content::{Content, edit, of_arguments, of_plan};

use super::get::plain;
use super::messages::time;
use crate::arguments::replay::SendArguments;
use crate::client::Client;
use crate::client::select::name_of;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::{Format, Output, Tone};

pub const REPLAY: &str = "id kind integration environment route endpoint original source by askedAt beginBefore \
    outcome code reason message durationUs errorClass reply endedAt filled";
pub const DRY: &str = "outcome durationUs errorClass error reply stoppedAt stoppedBecause stoppedStep suggestion \
    stubs { uri what bytes answered step title } steps { route kind label failed } differsAt then now changed weaker source filled";
/// Of a recorded message: what it came to beside its original, for which one needs to see what messages carry.
pub const CHANGES: &str = "changes { part path left right }";
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// Beyond the time in which it may begin: a route may work for a while, and nobody sits there longer.
const PATIENCE: Duration = Duration::from_mins(5);

pub async fn run(
    arguments: SendArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let SendArguments { target, endpoint, content, dry, answer, within, output: format, client } =
        arguments;
    let (integration, route) = match &endpoint {
        Some(_) => (target.as_str(), None),
        None => super::route::split(&target).map(|(name, route)| (name, Some(route)))?,
    };
    let content = of_arguments(&content)?;
    let client = Client::of(&client, environment)?;
    let workload = client.workload(integration).await?;
    if dry.dry_run {
        let query = format!(
            "mutation($integration: String!, $project: String, $environment: String, $route: String!, \
             $content: ReplayContentInput!, $replies: [DryRunReplyInput!]!) {{ drySend(integration: $integration, \
             project: $project, environment: $environment, route: $route, content: $content, replies: $replies) {{ {DRY} }} }}"
        );
        let variables = json!({
            "integration": workload["integration"], "project": workload["project"],
            "environment": name_of(&workload["environment"]), "route": route,
            "content": content.to_json(), "replies": dry::replies(&dry, &[])?,
        });
        let report = client.request(&query, variables).await?["drySend"].take();
        let shown = dry::Shown { numbers: &[], answer };
        return dry::tell(&report, &shown, format, output);
    }
    let query = format!(
        "mutation($integration: String!, $project: String, $environment: String, $route: String, $endpoint: String, \
         $content: ReplayContentInput!, $within: Int!, $reply: Boolean!) {{ sendMessage(integration: $integration, \
         project: $project, environment: $environment, route: $route, endpoint: $endpoint, content: $content, \
         withinSeconds: $within, wantsReply: $reply) {{ {REPLAY} }} }}"
    );
    let variables = json!({
        "integration": workload["integration"], "project": workload["project"],
        "environment": name_of(&workload["environment"]), "route": route, "endpoint": endpoint,
        "content": content.to_json(), "within": seconds(within), "reply": answer,
    });
    let asked = client.request(&query, variables).await?["sendMessage"].take();
    let done = wait(&client, asked).await?;
    finish(&done, format, answer, "", output)
}

/// What went in where something was masked; none: nothing was, or it was left out.
fn filled(done: &Value) -> Option<String> {
    match (done["source"].as_str(), done["filled"].as_u64()) {
        (Some("original"), _) => Some("replayed from".to_owned()),
        (_, Some(1)) => Some("1 masked value filled in from".to_owned()),
        (_, Some(count @ 2..)) => Some(format!("{count} masked values filled in from")),
        _ => None,
    }
}

/// Whole seconds of a span in milliseconds.
pub fn seconds(span: u64) -> i32 {
    i32::try_from(span.div_ceil(1000)).unwrap_or(i32::MAX)
}

/// Until its runtime has said what became of it.
pub async fn wait(client: &Client, asked: Value) -> Outcome<Value> {
    let started = std::time::Instant::now();
    let query = format!("query($id: ID!) {{ replay(id: $id) {{ {REPLAY} }} }}");
    let mut now = asked;
    while now["outcome"].is_null() && started.elapsed() < PATIENCE {
        tokio::time::sleep(LOOK_AGAIN).await;
        now = client.request(&query, json!({"id": now["id"]})).await?["replay"].take();
    }
    Ok(now)
}

/// Prints what became of it; `more` follows on the same line.
pub fn finish(
    done: &Value,
    format: Format,
    reply: bool,
    more: &str,
    output: &Output,
) -> Outcome<Exit> {
    match format {
        Format::Json => output.json(done)?,
        Format::Yaml => output.yaml(done)?,
        Format::Table => {}
    }
    let outcome = plain(&done["outcome"]);
    if outcome == "not_done" {
        let code = done["code"].as_str().unwrap_or("MP-RPL-03").to_owned();
        let next = match (code.as_str(), done["original"].as_str()) {
            ("MP-RPL-08" | "MP-RPL-30" | "MP-RPL-31", Some(id)) => {
                format!("midplane replay {id} --edit, or --body @FILE, with values of your own")
            }
            _ => "midplane status shows whether its workload runs".to_owned(),
        };
        let text = format!("not done: {}", plain(&done["reason"]));
        return Err(Failure::new(&code, Exit::Conflict, text).next(next));
    }
    if outcome.is_empty() {
        let text = format!(
            "its runtime has not said yet what became of it; it is not begun after {}",
            plain(&done["beginBefore"])
        );
        return Err(Failure::new("MP-CLI-57", Exit::Unreachable, text)
            .next("the runtime says so itself when it is back: midplane status"));
    }
    if outcome == "unknown" {
        let code = done["code"].as_str().unwrap_or("MP-RPL-18").to_owned();
        let text = format!("done, outcome not known: {}", plain(&done["reason"]));
        let next = done["message"].as_str().map_or_else(
            || "midplane messages is:replay shows what it did".to_owned(),
            |message| format!("midplane message {message}"),
        );
        return Err(Failure::new(&code, Exit::Fault, text).next(next));
    }
    if format == Format::Table {
        let took = time(done["durationUs"].as_i64().unwrap_or(0));
        let message = plain(&done["message"]);
        let short = message.get(message.len().saturating_sub(4)..).unwrap_or_default();
        let tone = if outcome == "failed" { Tone::Bad } else { Tone::Good };
        let name =
            if short.is_empty() { "it".to_owned() } else { output.paint(short, Tone::Strong) };
        output.line(&format!("{name} {} in {took}{more}", output.paint(&outcome, tone)))?;
        if let Some(filled) = filled(done) {
            output.line(&format!("{filled} the original kept on the runner"))?;
        }
        if outcome == "failed" {
            output.line(&format!("{}: {}", plain(&done["errorClass"]), plain(&done["reason"])))?;
        }
        if let Some(text) = done["reply"].as_str().filter(|_| reply) {
            output.line(text)?;
        }
    }
    Ok(if outcome == "failed" { Exit::Fault } else { Exit::Done })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_what_went_in_where_something_was_masked() {
        let said = |source: &str, count: u64| filled(&json!({"source": source, "filled": count}));
        assert_eq!(said("original", 2).as_deref(), Some("replayed from"));
        assert_eq!(said("edited", 2).as_deref(), Some("2 masked values filled in from"));
        assert_eq!((said("edited", 0), said("recorded", 0)), (None, None));
    }
}
