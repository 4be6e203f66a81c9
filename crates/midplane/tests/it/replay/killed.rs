//! A bulk replay in which server, runner and workload are killed one after the other: each message goes in once more, or is told as
//! not done.
//!
//! `noted` writes each body into a file, so what was done can be counted outside of what the product says of itself.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::support::product::Product;
use super::super::support::{text, until};
use super::rules::find;

const ROUTES: &str = r#"- route:
    id: note
    from:
      uri: timer:note
      parameters: {delay: 86400000}
      steps:
        - setBody: {simple: {expression: "${body}\n", trim: false}}
        - to: {uri: "file:.?fileName=noted.txt&fileExist=Append"}
"#;

const MESSAGES: usize = 24;
/// Slow enough that all three are killed before the last one began.
const PER_SECOND: u32 = 4;

pub(super) fn hold(product: &Product) {
    let folder = product.tea().join("noted");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("noted.camel.yaml"), ROUTES).unwrap();
    product.in_tea("git add noted && git commit -q -m 'Note' && git push -q 2>&1");
    product.until_state("noted", "RUNNING");
    for number in 0..MESSAGES {
        product.must(&["send", "noted/note", "--body", &format!("n-{number}")]);
    }
    until("all originals are recorded", Duration::from_secs(30), || {
        let list = product.json(&["messages", "integration:noted", "-o", "json"]);
        let found = list["nodes"].as_array().map_or(0, Vec::len);
        if found == MESSAGES { Ok(()) } else { Err(found.to_string()) }
    });
    let start = "mutation($rate: Int!) { startBulkReplay(query: \"integration:noted\", perSecond: $rate, stopAfter: 0, \
                 repeatEffects: true) { id } }";
    let started = product.graphql(start, &json!({"rate": PER_SECOND}));
    let id = started["startBulkReplay"]["id"].as_str().unwrap().to_owned();

    until_begun(product, &id, 4);
    product.kill(product.child("server").unwrap());
    until_begun(product, &id, 10);
    product.kill(product.child("runner").unwrap());
    until_begun(product, &id, 16);
    let workload = product.workload("noted")["pid"].as_u64().unwrap();
    product.kill(u32::try_from(workload).unwrap());

    let ended = until_bulk(product, &id, "it ended", |bulk| bulk["state"] == "ended");
    let count = |name: &str| usize::try_from(ended[name].as_u64().unwrap()).unwrap();
    let all = ["completed", "handled", "failed", "unknown", "notDone", "refused"];
    assert_eq!(all.iter().map(|name| count(name)).sum::<usize>(), MESSAGES, "{ended}");
    assert_eq!((count("total"), count("failed"), count("refused")), (MESSAGES, 0, 0), "{ended}");
    let lines = lines(product);
    let twice = lines.values().filter(|count| **count == 2).count();
    assert!(lines.len() == MESSAGES && lines.values().all(|count| *count <= 2), "{lines:?}");
    let done = count("completed")..=count("completed") + count("unknown");
    assert!(done.contains(&twice), "{twice} went in again: {ended}");
}

fn lines(product: &Product) -> HashMap<String, usize> {
    let file = find(&product.home.data(), std::path::Path::new("noted/work/noted.txt")).unwrap();
    let mut lines = HashMap::new();
    for line in std::fs::read_to_string(file).unwrap().lines() {
        *lines.entry(line.to_owned()).or_default() += 1;
    }
    lines
}

fn until_begun(product: &Product, id: &str, least: u64) {
    until_bulk(product, id, "enough have begun", |bulk| {
        bulk["begun"].as_u64().is_some_and(|begun| begun >= least)
    });
}

/// The server may be away.
fn until_bulk(product: &Product, id: &str, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
    let mut found = Value::Null;
    until(what, Duration::from_secs(120), || {
        let shown = product.midplane(&["replays", "show", id, "-o", "json"]);
        found = serde_json::from_slice(&shown.stdout).map_err(|_| text(&shown))?;
        if holds(&found) { Ok(()) } else { Err(found.to_string()) }
    });
    found
}
