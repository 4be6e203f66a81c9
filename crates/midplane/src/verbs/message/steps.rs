//! The steps of a message as lines: number, what it is, how long it took, what is worth knowing.

use std::collections::HashMap;

use serde_json::Value;

use super::numbered::{self, Line, Node, Show};
use super::place;
use crate::output::{Output, Tone};
use crate::verbs::get::plain;
use crate::verbs::messages::time;

/// A line before it is aligned.
struct Text {
    front: String,
    time: String,
    remark: String,
    tone: Tone,
}

/// The lines, and the number of the step that failed.
pub(super) struct Rendered {
    pub(super) text: String,
    pub(super) failed: Option<String>,
}

pub(super) fn render(found: &Value, is_whole: bool, output: &Output) -> Rendered {
    let empty = Vec::new();
    let steps = found["steps"].as_array().unwrap_or(&empty);
    let top = numbered::tree(steps);
    let lines = numbered::lines(&top, if is_whole { Show::All } else { Show::Different });
    let called = called(found);
    let mut failed = None;
    let mut texts: Vec<Text> = Vec::new();
    // An exchange that an aggregation made begins at a node; where it came from is said all the same.
    let has_start = steps.first().is_some_and(|step| plain(&step["node"]) == "from");
    let from = plain(&found["from"]);
    if !has_start && !from.is_empty() {
        texts.push(Text {
            front: format!("-  from {}", telemetry::title::spoken(&from)),
            time: String::new(),
            remark: carried(&found["start"]),
            tone: Tone::Plain,
        });
    }
    for line in &lines {
        texts.push(match line {
            Line::Step { number, depth, node, rounds } => {
                let is_cause = found["failedStep"].as_u64() == Some(node.sequence);
                if is_cause {
                    failed = Some(number.clone());
                }
                Text {
                    front: format!("{}{number}  {}", " ".repeat(depth * 3), name(node.step)),
                    time: took(node),
                    remark: remark(found, node, *rounds, is_cause, &called),
                    tone: if node.step["failed"] == true { Tone::Bad } else { Tone::Plain },
                }
            }
            Line::Rounds { from, to, depth, count } => {
                let which = if count == &1 { from.clone() } else { format!("{from} - {to}") };
                Text {
                    front: format!("{}{which}  went the same way", " ".repeat(depth * 3)),
                    time: String::new(),
                    remark: String::new(),
                    tone: Tone::Quiet,
                }
            }
        });
    }
    let mut text = aligned(&texts, output);
    let total = found["stepsTotal"].as_u64().unwrap_or(0);
    if total > steps.len() as u64 {
        text += &format!("  ... {} of {total} steps are shown\n", steps.len());
    }
    Rendered { text, failed }
}

fn aligned(texts: &[Text], output: &Output) -> String {
    let width = |of: fn(&Text) -> &String| {
        texts.iter().map(|text| of(text).chars().count()).max().unwrap_or(0)
    };
    let (front_width, time_width) = (width(|text| &text.front), width(|text| &text.time));
    let mut all = String::new();
    for text in texts {
        let pad = " ".repeat(front_width.saturating_sub(text.front.chars().count()));
        let front = output.paint(&text.front, text.tone);
        let line = format!("  {front}{pad}  {:>time_width$}   {}", text.time, text.remark);
        all += line.trim_end();
        all.push('\n');
    }
    all
}

/// The start of a route lasts as long as the route, which is said above: here it is how long the first step waited.
fn took(node: &Node<'_>) -> String {
    let us = |value: &Value| value.as_i64().unwrap_or(0);
    if plain(&node.step["node"]) != "from" {
        return time(us(&node.step["durationUs"]));
    }
    node.within
        .first()
        .map(|first| time(us(&first.step["startUs"]) - us(&node.step["startUs"])))
        .unwrap_or_default()
}

fn called(found: &Value) -> HashMap<u64, String> {
    found["related"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|one| one["relation"] == "called")
        .filter_map(|one| Some((one["step"].as_u64()?, place(&one["message"]))))
        .collect()
}

fn remark(
    found: &Value,
    node: &Node<'_>,
    rounds: usize,
    is_cause: bool,
    called: &HashMap<u64, String>,
) -> String {
    let mut remarks = Vec::new();
    if plain(&node.step["node"]) == "from" {
        remarks.push(carried(&found["start"]));
    }
    remarks.extend(node.step["remark"].as_str().map(str::to_owned));
    if rounds > 0 {
        remarks.push(format!("{rounds} iteration{}", if rounds == 1 { "" } else { "s" }));
    }
    match node.step["redelivery"].as_u64().unwrap_or(0) {
        0 => {}
        times => remarks.push(format!("attempt {}", times + 1)),
    }
    if is_cause {
        let error = plain(&found["message"]["error"]);
        remarks.push(error.lines().next().unwrap_or_default().to_owned());
    }
    remarks.extend(called.get(&node.sequence).map(|other| format!("-> {other}")));
    remarks.retain(|remark| !remark.is_empty());
    remarks.join("   ")
}

/// `6 headers, body 212 B json`
fn carried(start: &Value) -> String {
    let Some(headers) = start["headers"].as_u64() else { return String::new() };
    let mut text = format!("{headers} header{}", if headers == 1 { "" } else { "s" });
    let Some(bytes) = start["bytes"].as_u64() else { return text };
    if bytes == 0 {
        return format!("{text}, no body");
    }
    text += &format!(", body {}", crate::output::time::bytes(bytes));
    let content = plain(&start["contentType"]);
    let content = content.split(';').next().unwrap_or_default();
    let kind = content.rsplit(['/', '+']).next().unwrap_or_default().trim();
    if !kind.is_empty() {
        text += &format!(" {kind}");
    }
    text
}

/// `to sql insert orders`
pub(super) fn name(step: &Value) -> String {
    plain(&step["title"])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn step(sequence: u32, parent: u32, iteration: u32, node: &str, title: &str) -> Value {
        json!({"sequence": sequence, "parent": parent, "iteration": iteration, "route": "intake", "node": node,
            "title": title, "startUs": sequence * 100, "durationUs": 2_100, "failed": false, "redelivery": 0, "flags": 0})
    }

    #[track_caller]
    fn check(found: &Value, wanted: &[&str]) {
        let text = render(found, false, &Output { colours: false, width: None }).text;
        let squeezed: Vec<String> = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(squeezed, wanted);
    }

    #[test]
    fn steps_are_numbered_like_the_transcript() {
        let mut steps = vec![
            step(1, 0, 0, "from", "from rest POST /orders"),
            step(2, 1, 0, "unmarshal#1", "unmarshal json"),
            step(3, 1, 0, "split#1", "split $.lines[*]"),
            step(4, 3, 1, "toD#1", "toD http prices/TEA-1"),
            step(5, 3, 2, "toD#1", "toD http prices/TEA-10"),
            step(6, 3, 2, "throwException#1", "throwException"),
        ];
        steps[4]["remark"] = json!("404");
        steps[5]["failed"] = json!(true);
        let found = json!({
            "from": "rest:post:/orders", "stepsTotal": 6, "failedStep": 6, "steps": steps,
            "start": {"headers": 6, "bytes": 212, "contentType": "application/json; charset=utf-8"},
            "message": {"error": "no price for sku `TEA-10`"},
            "related": [{"relation": "called", "step": 5,
                "message": {"integration": "prices", "route": "lookup", "short": "77C2"}}],
        });
        check(
            &found,
            &[
                "1 from rest POST /orders 0.1 ms 6 headers, body 212 B json",
                "2 unmarshal json 2.1 ms",
                "3 split $.lines[*] 2.1 ms 2 iterations",
                "3.1.1 toD http prices/TEA-1 2.1 ms",
                "3.2.1 toD http prices/TEA-10 2.1 ms 404 -> prices/lookup 77C2",
                "3.2.2 throwException 2.1 ms no price for sku `TEA-10`",
            ],
        );
        let rendered = render(&found, false, &Output { colours: false, width: None });
        assert_eq!(rendered.failed.as_deref(), Some("3.2.2"));
    }

    #[test]
    fn the_start_of_a_called_route_is_no_line_and_equal_rounds_are_one() {
        let mut steps =
            vec![step(1, 0, 0, "from", "from timer t"), step(2, 1, 0, "split#1", "split")];
        for round in 1..=4 {
            let at = 3 * round;
            steps.push(step(at, 2, round, "to#1", "to direct line"));
            steps.push(step(at + 1, at, 0, "from", "from direct line"));
            steps.push(step(at + 2, at + 1, 0, "log#1", "log"));
        }
        steps[13]["failed"] = json!(true);
        let found = json!({"stepsTotal": 14, "steps": steps});
        check(
            &found,
            &[
                "1 from timer t 0.1 ms",
                "2 split 2.1 ms 4 iterations",
                "2.1 to direct line 2.1 ms",
                "2.1.1 log 2.1 ms",
                "2.2 - 2.3 went the same way",
                "2.4 to direct line 2.1 ms",
                "2.4.1 log 2.1 ms",
            ],
        );
    }

    #[test]
    fn a_message_that_begins_at_a_node_still_says_where_from() {
        let found = json!({"from": "direct:in", "stepsTotal": 9, "steps": [step(1, 0, 0, "to#1", "to log out")]});
        check(&found, &["- from direct in", "1 to log out 2.1 ms", "... 1 of 9 steps are shown"]);
    }
}
