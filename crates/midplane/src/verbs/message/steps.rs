//! The steps of a message as numbered lines.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::place;
use crate::output::{Output, Tone};
use crate::verbs::get::plain;
use crate::verbs::messages::time;

struct Line {
    number: String,
    depth: usize,
    name: String,
    time: String,
    remark: String,
    is_failed: bool,
}

pub(super) fn render(found: &Value, output: &Output) -> String {
    let lines = lines(found);
    let width = |of: fn(&Line) -> usize| lines.iter().map(of).max().unwrap_or(0);
    let name_width =
        width(|line| line.depth * 3 + line.number.len() + 2 + line.name.chars().count());
    let time_width = width(|line| line.time.len());
    let mut text = String::new();
    for line in &lines {
        let front = format!("{}{}  {}", " ".repeat(line.depth * 3), line.number, line.name);
        let pad = name_width.saturating_sub(front.chars().count());
        let front = if line.is_failed { output.paint(&front, Tone::Bad) } else { front };
        let shown =
            format!("  {front}{}  {:>time_width$}   {}", " ".repeat(pad), line.time, line.remark);
        text += shown.trim_end();
        text.push('\n');
    }
    let total = found["stepsTotal"].as_u64().unwrap_or(0);
    let kept = found["steps"].as_array().map_or(0, Vec::len) as u64;
    if total > kept {
        text += &format!("  ... {kept} of {total} steps are shown\n");
    }
    text
}

fn lines(found: &Value) -> Vec<Line> {
    let empty = Vec::new();
    let steps = found["steps"].as_array().unwrap_or(&empty);
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let mut rounds: HashMap<u64, HashSet<u64>> = HashMap::new();
    for step in steps {
        let iteration = number(&step["iteration"]);
        if iteration > 0 {
            rounds.entry(number(&step["parent"])).or_default().insert(iteration);
        }
    }
    let called: HashMap<u64, String> = found["related"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|one| one["relation"] == "called")
        .filter_map(|one| Some((one["step"].as_u64()?, place(&one["message"]))))
        .collect();
    let mut lines = Vec::new();
    // The start of the route is the first line, though no step.
    let from = plain(&found["from"]);
    let mut next_in: HashMap<(u64, u64), u64> = HashMap::new();
    if !from.is_empty() {
        let name = format!("from {}", spoken(&from));
        lines.push(Line {
            number: "1".to_owned(),
            depth: 0,
            name,
            time: String::new(),
            remark: String::new(),
            is_failed: false,
        });
        next_in.insert((0, 0), 1);
    }
    let mut numbers: HashMap<u64, (String, usize)> = HashMap::new();
    for step in steps {
        let (sequence, parent) = (number(&step["sequence"]), number(&step["parent"]));
        let iteration = number(&step["iteration"]);
        let place_in = next_in.entry((parent, iteration)).or_insert(0);
        *place_in += 1;
        let (front, depth) = match numbers.get(&parent) {
            Some((front, depth)) if iteration > 0 => (format!("{front}.{iteration}."), depth + 1),
            Some((front, depth)) => (format!("{front}."), depth + 1),
            None => (String::new(), 0),
        };
        let own = format!("{front}{place_in}");
        numbers.insert(sequence, (own.clone(), depth));
        let mut remarks = Vec::new();
        remarks.extend(step["detail"].as_str().map(str::to_owned));
        if let Some(rounds) = rounds.get(&sequence) {
            let s = if rounds.len() == 1 { "" } else { "s" };
            remarks.push(format!("{} iteration{s}", rounds.len()));
        }
        match number(&step["redelivery"]) {
            0 => {}
            times => remarks.push(format!("tried again, {times}")),
        }
        if step["failed"] == true && found["failedStep"] == step["sequence"] {
            let error = plain(&found["message"]["error"]);
            remarks.push(error.lines().next().unwrap_or_default().to_owned());
        }
        remarks.extend(called.get(&sequence).map(|other| format!("-> {other}")));
        lines.push(Line {
            number: own,
            depth,
            name: name(step),
            time: time(step["durationUs"].as_i64().unwrap_or(0)),
            remark: remarks.join("   "),
            is_failed: step["failed"] == true,
        });
    }
    lines
}

/// `to sql insert orders`: what it is and what it says; else its key.
pub(super) fn name(step: &Value) -> String {
    let (kind, label) = (plain(&step["kind"]), plain(&step["label"]));
    match (kind.is_empty(), label.is_empty()) {
        (true, _) => plain(&step["node"]),
        (false, true) => kind,
        (false, false) if label.starts_with(&kind) => label,
        (false, false) => format!("{kind} {}", spoken(&label)),
    }
}

/// `rest:post:/orders` reads better without the colons before the path.
fn spoken(address: &str) -> String {
    match address.split_once(':') {
        Some((scheme, rest)) if scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') => {
            format!("{scheme} {}", rest.trim_start_matches('/'))
        }
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn steps_are_numbered_like_the_transcript() {
        let step = |sequence: u32, parent: u32, iteration: u32, kind: &str, label: &str| {
            json!({"sequence": sequence, "parent": parent, "iteration": iteration, "node": "n", "kind": kind,
                "label": label, "durationUs": 2_100, "failed": sequence == 6, "redelivery": 0,
                "detail": if sequence == 5 { json!("404") } else { json!(null) }})
        };
        let found = json!({
            "from": "rest:post:/orders", "stepsTotal": 6, "failedStep": 6,
            "message": {"error": "no price for sku `TEA-10`"},
            "steps": [
                step(1, 0, 0, "unmarshal", "json"), step(2, 0, 0, "split", "lines"),
                step(3, 2, 1, "toD", "http:prices/TEA-1"), step(4, 2, 1, "log", ""),
                step(5, 2, 2, "toD", "http:prices/TEA-10"), step(6, 2, 2, "throwException", ""),
            ],
            "related": [{"relation": "called", "step": 5,
                "message": {"integration": "prices", "route": "lookup", "short": "77C2"}}],
        });
        let text = render(&found, &Output { colours: false, width: None });
        let squeezed: Vec<String> = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            squeezed,
            [
                "1 from rest post:/orders",
                "2 unmarshal json 2.1 ms",
                "3 split lines 2.1 ms 2 iterations",
                "3.1.1 toD http prices/TEA-1 2.1 ms",
                "3.1.2 log 2.1 ms",
                "3.2.1 toD http prices/TEA-10 2.1 ms 404 -> prices/lookup 77C2",
                "3.2.2 throwException 2.1 ms no price for sku `TEA-10`",
            ]
        );
    }
}
