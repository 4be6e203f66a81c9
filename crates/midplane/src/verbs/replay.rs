//! `replay ID`: a recorded message again, edited or not, after what the original has done was shown.
//!
//! `plan -> (edit) -> confirm what is done twice -> replay -> compare with the original`. The comparison is the one of `message
//! diff`, as soon as the new message is stored.

pub mod bulk;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::get::plain;
use super::messages::id;
use super::runtime::confirm;
use super::send::{self, CHANGES, Content, DRY, REPLAY};
use crate::arguments::replay::ReplayArguments;
use crate::client::Client;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// A new message is stored within seconds, or the comparison is left out.
const STORED_WITHIN: Duration = Duration::from_secs(4);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

pub async fn run(
    arguments: ReplayArguments,
    environment: &Environment,
    output: &Output,
) -> Outcome<Exit> {
    let client = Client::of(&arguments.client, environment)?;
    if bulk::is_query(&arguments.id) {
        return bulk::run(&client, arguments, output).await;
    }
    let wanted = id(&arguments.id, &client, environment)?;
    let plan = plan(&client, &wanted).await?;
    let edited = edited(&arguments, &plan)?;
    if edited.is_none() && !plan["refusal"].is_null() {
        let code = plan["refusalCode"].as_str().unwrap_or("MP-RPL-07").to_owned();
        return Err(Failure::new(&code, Exit::Conflict, plain(&plan["refusal"]))
            .next(format!("midplane replay {} --edit, or --body @FILE", arguments.id)));
    }
    let numbers = super::message::numbers(&client, &plain(&plan["message"])).await?;
    if arguments.dry.dry_run {
        let query = format!(
            "mutation($message: ID!, $route: String, $content: ReplayContentInput, $replies: [DryRunReplyInput!]!) {{ \
             dryReplay(message: $message, route: $route, content: $content, replies: $replies) {{ {DRY} {CHANGES} }} }}"
        );
        let variables = json!({
            "message": plan["message"], "route": arguments.route,
            "content": edited.as_ref().map(Content::to_json),
            "replies": send::dry::replies(&arguments.dry, &numbers)?,
        });
        let report = client.request(&query, variables).await?["dryReplay"].take();
        let shown = send::dry::Shown { numbers: &numbers, answer: arguments.answer };
        return send::dry::tell(&report, &shown, arguments.output, output);
    }
    tell(&plan, output);
    if let Some(done) = effects(&plan, &numbers) {
        output.remark(&format!("already done by the original: {done}"));
        confirm("Repeat them?", arguments.yes)?;
    }
    let query = format!(
        "mutation($message: ID!, $route: String, $endpoint: String, $content: ReplayContentInput, $within: Int!, \
         $reply: Boolean!) {{ replayMessage(message: $message, route: $route, endpoint: $endpoint, content: $content, \
         repeatEffects: true, withinSeconds: $within, wantsReply: $reply) {{ {REPLAY} }} }}"
    );
    let variables = json!({
        "message": plan["message"], "route": arguments.route, "endpoint": arguments.endpoint,
        "content": edited.as_ref().map(Content::to_json),
        "within": send::seconds(arguments.within), "reply": arguments.answer,
    });
    let asked = client.request(&query, variables).await?["replayMessage"].take();
    let done = send::wait(&client, asked).await?;
    let more = compared(&client, &done).await;
    send::finish(&done, arguments.output, arguments.answer, &more, output)
}

pub(super) async fn plan(client: &Client, wanted: &str) -> Outcome<Value> {
    let query = "query($message: ID!) { replayPlan(message: $message) { message integration environment route \
                 effects { step what atUs } refusalCode refusal body bodyBase64 headers { name kind value } masked leftOut then now changed warnings startedAt } }";
    Ok(client.request(query, json!({"message": wanted})).await?["replayPlan"].take())
}

/// What goes in instead of what was recorded: flags replace the part that they name.
fn edited(arguments: &ReplayArguments, plan: &Value) -> Outcome<Option<Content>> {
    let recorded = send::of_plan(plan);
    if arguments.edit {
        if !plan["bodyBase64"].is_null() {
            return Err(Failure::new("MP-CLI-56", Exit::Usage, "its body is not text")
                .next("give another one: --body @FILE"));
        }
        return send::edit(&recorded).map(Some);
    }
    let given = send::of_arguments(&arguments.content)?;
    if given == Content::default() {
        return Ok(None);
    }
    let mut headers = recorded.headers;
    headers.retain(|(name, ..)| !given.headers.iter().any(|(other, ..)| other == name));
    headers.extend(given.headers);
    Ok(Some(Content { body: given.body.or(recorded.body), headers }))
}

fn tell(plan: &Value, output: &Output) {
    let (then, now) = (plain(&plan["then"]), plain(&plan["now"]));
    if !then.is_empty() && !now.is_empty() && then != now {
        let change = match plan["changed"].as_bool() {
            Some(true) => ", this route changed",
            Some(false) => ", this route did not change",
            None => "",
        };
        output.remark(&format!("then release {then}, now {now}{change}"));
    }
    if plan["masked"] == true {
        output.remark(
            "part of it was masked; its runner fills that in, if it still has the original",
        );
    }
    let left_out: Vec<String> =
        plan["leftOut"].as_array().into_iter().flatten().map(plain).collect();
    if !left_out.is_empty() {
        output.remark(&format!("headers left out: {}", left_out.join(", ")));
    }
    for warning in plan["warnings"].as_array().into_iter().flatten() {
        output.remark(&format!("note: {}", plain(warning)));
    }
}

/// `step 4 sql insert orders (12:04:11)`
fn effects(plan: &Value, numbers: &send::dry::Numbers) -> Option<String> {
    let effects = plan["effects"].as_array()?;
    let started = plan["startedAt"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let text = |one: &Value| {
        let step = one["step"].as_u64().unwrap_or(0);
        let number = numbers.iter().find(|(_, other)| *other == step);
        let number = number.map_or_else(|| step.to_string(), |(number, _)| number.clone());
        let after = SignedDuration::from_micros(one["atUs"].as_i64().unwrap_or(0));
        let at = started.map(|started| (started + after).to_string());
        let at = at.as_deref().and_then(|text| text.get(11..19));
        let at = at.map(|at| format!(" ({at})")).unwrap_or_default();
        format!("step {number} {}{at}", plain(&one["what"]))
    };
    let all: Vec<String> = effects.iter().map(text).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// `; repairs 8A1F; path differs at step 5.2.2`
async fn compared(client: &Client, done: &Value) -> String {
    let (Some(original), Some(message)) = (done["original"].as_str(), done["message"].as_str())
    else {
        return String::new();
    };
    let short = original.get(original.len().saturating_sub(4)..).unwrap_or_default();
    let ids = json!({"id": done["id"]});
    let asked =
        client.request("query($id: ID!) { replay(id: $id) { changes { part } } }", ids).await;
    let changed = asked.ok().and_then(|data| send::dry::changed(&data["replay"]["changes"]));
    let changed = changed.map(|text| format!("; {text}")).unwrap_or_default();
    let query = "query($left: String!, $right: String) { messageDiff(left: $left, right: $right) { left { message { outcome } } \
                 lines { side left { sequence node } right { sequence node } } } }";
    let started = std::time::Instant::now();
    while started.elapsed() < STORED_WITHIN {
        let variables = json!({"left": original, "right": message});
        if let Ok(data) = client.request(query, variables).await {
            let diff = &data["messageDiff"];
            let verb = verb(&diff["left"]["message"], done);
            let at = match differing(diff) {
                None => "same path".to_owned(),
                Some((side, step)) => {
                    let of = if side == "left" { original } else { message };
                    let numbers = super::message::numbers(client, of).await.unwrap_or_default();
                    at(step, &numbers)
                }
            };
            return format!("; {verb} {short}{changed}; {at}");
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    format!("; repeats {short}{changed}")
}

/// What a replay did for its original.
fn verb(original: &Value, done: &Value) -> &'static str {
    let failed = matches!(original["outcome"].as_str(), Some("failed" | "handled"));
    if failed && done["outcome"] != "failed" { "repairs" } else { "repeats" }
}

/// The first step that only one of the two has, and which of them.
fn differing(diff: &Value) -> Option<(&str, &Value)> {
    diff["lines"].as_array()?.iter().find_map(|line| {
        let side = line["side"].as_str().filter(|side| matches!(*side, "left" | "right"))?;
        Some((side, &line[side]))
    })
}

/// `path differs at step 5.2.2 (throwException)`
fn at(step: &Value, numbers: &[(String, u64)]) -> String {
    let count = step["sequence"].as_u64();
    let number = numbers.iter().find(|(_, other)| Some(*other) == count);
    let number = number.map_or_else(|| plain(&step["sequence"]), |(number, _)| number.clone());
    format!("path differs at step {number} ({})", telemetry::title::node(&plain(&step["node"])))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_step_that_differs_is_named() {
        let both = json!({"side": "both", "left": {"sequence": 1, "node": "a"}, "right": {"sequence": 1, "node": "a"}});
        let right = json!({"side": "right", "left": null, "right": {"sequence": 2, "node": "b"}});
        assert_eq!(differing(&json!({"lines": [both]})), None);
        let diff = json!({"lines": [both, right]});
        let (side, step) = differing(&diff).unwrap();
        assert_eq!((side, &*at(step, &[])), ("right", "path differs at step 2 (b)"));
        assert_eq!(at(step, &[("1.1".to_owned(), 2)]), "path differs at step 1.1 (b)");
    }

    #[test]
    fn effects_are_listed_only_when_there_are_some() {
        assert_eq!(effects(&json!({"effects": []}), &[]), None);
        let plan = json!({"startedAt": "2026-01-02T12:04:10Z", "effects": [
            {"step": 4, "what": "sql insert orders", "atUs": 1_000_000}, {"step": 6, "what": "jms a", "atUs": 0}]});
        let numbers = [("3".to_owned(), 4), ("4.1".to_owned(), 6)];
        assert_eq!(
            effects(&plan, &numbers).unwrap(),
            "step 3 sql insert orders (12:04:11); step 4.1 jms a (12:04:10)"
        );
    }
}
