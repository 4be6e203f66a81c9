//! Steps numbered as the chapters of a book are: `5.2.1` is the first step of the second round of step 5.
//!
//! ```text
//! flat list (sequence, parent, iteration) -> tree -> numbers
//! ```
//! The start of a route is a step that lasts as long as the route and holds its nodes. The message's own is line 1, and
//! its nodes count on from 2; that of a route behind `direct:` or of a Kamelet is left out, its nodes are those of the
//! step that called it. A round that is nothing but one such call is numbered as the call: `5.2`, then `5.2.1`.

use std::collections::HashMap;

use serde_json::Value;

use crate::verbs::get::plain;

/// A step at its place in the tree.
pub(super) struct Node<'a> {
    pub(super) step: &'a Value,
    pub(super) sequence: u64,
    /// The round of the step around it, 0 if that has none.
    iteration: u64,
    pub(super) within: Vec<Self>,
}

/// A line of the list: a step with its number, or how many rounds are left out.
pub(super) enum Line<'a> {
    Step {
        number: String,
        depth: usize,
        node: &'a Node<'a>,
        rounds: usize,
    },
    /// Rounds from the first to the last of these, which went as one that is shown.
    Rounds {
        from: String,
        to: String,
        depth: usize,
        count: usize,
    },
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

/// The steps at the top, each with those inside of it. Starts of routes are folded into what called them.
pub(super) fn tree(steps: &[Value]) -> Vec<Node<'_>> {
    let mut within: HashMap<u64, Vec<&Value>> = HashMap::new();
    let known: std::collections::HashSet<u64> =
        steps.iter().map(|step| number(&step["sequence"])).collect();
    for step in steps {
        let parent = number(&step["parent"]);
        // A page may begin in the middle: what is not there holds nothing.
        let parent = if known.contains(&parent) { parent } else { 0 };
        within.entry(parent).or_default().push(step);
    }
    grow(0, 0, true, &within)
}

fn grow<'a>(
    parent: u64,
    iteration: u64,
    is_top: bool,
    within: &HashMap<u64, Vec<&'a Value>>,
) -> Vec<Node<'a>> {
    let mut nodes = Vec::new();
    for step in within.get(&parent).into_iter().flatten() {
        let sequence = number(&step["sequence"]);
        let own = match number(&step["iteration"]) {
            0 => iteration,
            round => round,
        };
        // A parent stands before its children, so this ends; nothing of a server is trusted to.
        if sequence <= parent {
            continue;
        }
        let is_start = plain(&step["node"]) == "from";
        if is_start && !(is_top && nodes.is_empty()) {
            nodes.extend(grow(sequence, own, false, within));
        } else {
            let inside = grow(sequence, 0, false, within);
            nodes.push(Node { step, sequence, iteration: own, within: inside });
        }
    }
    nodes
}

/// Which rounds are shown when not all of them are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Show {
    All,
    /// The first of each path, and every one in which something failed.
    Different,
}

/// The lines in their order. The start of the message's own route, if it is there, is line 1 and holds the others.
pub(super) fn lines<'a>(top: &'a [Node<'a>], show: Show) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    let mut at = 0;
    for node in top {
        at += 1;
        if plain(&node.step["node"]) == "from" && at == 1 {
            lines.push(Line::Step { number: at.to_string(), depth: 0, node, rounds: 0 });
            for inner in &node.within {
                at += 1;
                put(inner, at.to_string(), 0, show, &mut lines);
            }
        } else {
            put(node, at.to_string(), 0, show, &mut lines);
        }
    }
    lines
}

fn put<'a>(
    node: &'a Node<'a>,
    number: String,
    depth: usize,
    show: Show,
    lines: &mut Vec<Line<'a>>,
) {
    let rounds = rounds(&node.within);
    let many = rounds.iter().filter(|(iteration, _)| *iteration > 0).count();
    lines.push(Line::Step { number: number.clone(), depth, node, rounds: many });
    let mut seen: Vec<String> = Vec::new();
    let mut left_out: Option<(u64, u64)> = None;
    let mut at = 0;
    for (iteration, nodes) in rounds {
        if iteration == 0 {
            for inner in nodes {
                at += 1;
                put(inner, format!("{number}.{at}"), depth + 1, show, lines);
            }
            continue;
        }
        let way = way(nodes);
        if show == Show::Different && seen.contains(&way) {
            left_out = Some((left_out.map_or(iteration, |(from, _)| from), iteration));
            continue;
        }
        flush(&mut left_out, &number, depth, lines);
        seen.push(way);
        round(nodes, &format!("{number}.{iteration}"), depth + 1, show, lines);
    }
    flush(&mut left_out, &number, depth, lines);
}

fn round<'a>(
    nodes: &'a [Node<'a>],
    number: &str,
    depth: usize,
    show: Show,
    lines: &mut Vec<Line<'a>>,
) {
    match nodes {
        [only] if !only.within.is_empty() => put(only, number.to_owned(), depth, show, lines),
        _ => {
            for (at, inner) in nodes.iter().enumerate() {
                put(inner, format!("{number}.{}", at + 1), depth, show, lines);
            }
        }
    }
}

fn flush(left_out: &mut Option<(u64, u64)>, number: &str, depth: usize, lines: &mut Vec<Line<'_>>) {
    if let Some((from, to)) = left_out.take() {
        let count = usize::try_from(to - from + 1).unwrap_or(usize::MAX);
        let (from, to) = (format!("{number}.{from}"), format!("{number}.{to}"));
        lines.push(Line::Rounds { from, to, depth: depth + 1, count });
    }
}

/// Neighbours of one round together.
fn rounds<'a>(nodes: &'a [Node<'a>]) -> Vec<(u64, &'a [Node<'a>])> {
    nodes
        .chunk_by(|a, b| a.iteration == b.iteration)
        .map(|chunk| (chunk.first().map_or(0, |node| node.iteration), chunk))
        .collect()
}

/// Which nodes a round visited, and how that went: equal for rounds that went the same way.
fn way(nodes: &[Node<'_>]) -> String {
    let mut way = String::new();
    for node in nodes {
        let step = node.step;
        way += &plain(&step["route"]);
        way.push('/');
        way += &plain(&step["node"]);
        if step["failed"] == true {
            // No two failures are the same until somebody looked at both.
            way += &format!("!{}", node.sequence);
        }
        way += if number(&step["redelivery"]) > 0 { "~" } else { "" };
        way += if number(&step["flags"]) & FILTERED > 0 { "|" } else { "" };
        way.push('(');
        way += &self::way(&node.within);
        way.push(')');
    }
    way
}

const FILTERED: u64 = telemetry::model::StepFlags::FILTERED.0 as u64;
