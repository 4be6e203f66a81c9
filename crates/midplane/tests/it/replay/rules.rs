//! What can go in again, and what is said first: each rule of replay on messages of an integration of its own.
//!
//! `feed` gives every other route a message of the kind in question; what those routes recorded is replayed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::super::support::product::Product;
use super::super::support::{text, until};

const ROUTES: &str = r#"- beans:
    - {name: object, type: java.util.Random}
    - {name: stream, type: java.io.PipedInputStream}
    - {name: latest, type: org.apache.camel.processor.aggregate.UseLatestAggregationStrategy}
    - {name: seen, type: org.apache.camel.support.processor.idempotent.MemoryIdempotentRepository}
- route:
    id: feed
    from:
      uri: direct:feed
      steps:
        - setHeader: {name: count, simple: {expression: "7", resultType: java.lang.Long}}
        - setHeader: {name: thing, simple: "${ref:object}"}
        - to: seda:typed
        - to: seda:once
        - setBody: {simple: "${ref:object}"}
        - to: seda:objects
# Without stream caching on either side, or it is cached by the time it gets there and goes in again.
- route:
    id: feed-stream
    streamCache: "false"
    from: {uri: "direct:feed-stream", steps: [setBody: {simple: "${ref:stream}"}, to: "seda:streams"]}
- route: {id: streams, streamCache: "false", from: {uri: "seda:streams", steps: [log: a stream]}}
- route: {id: typed, from: {uri: "seda:typed", steps: [setBody: {simple: "${header.count.class.name}"}]}}
- route: {id: drop, from: {uri: "direct:drop", steps: [to: "file:dropped?fileName=tea.txt"]}}
- route: {id: filed, from: {uri: "file:dropped?initialDelay=100&delay=200&move=.done", steps: [log: "read ${body}"]}}
- route: {id: objects, from: {uri: "seda:objects", steps: [log: an object]}}
- route:
    id: once
    from:
      uri: seda:once
      steps:
        - idempotentConsumer:
            simple: "${body}"
            idempotentRepository: seen
            steps:
              - aggregate:
                  correlationExpression: {constant: all}
                  aggregationStrategy: latest
                  completionSize: 1
                  steps: [log: counted]
"#;

pub(super) fn hold(product: &Product) {
    let folder = product.tea().join("rules");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("rules.camel.yaml"), ROUTES).unwrap();
    product.in_tea("git add rules && git commit -q -m 'Rules' && git push -q 2>&1");
    product.until_state("rules", "RUNNING");
    product.must(&["send", "rules/feed", "--body", "tea"]);
    product.must(&["send", "rules/feed-stream", "--body", "tea"]);
    product.must(&["send", "rules/drop", "--body", "tea"]);
    headers_keep_their_type_and_what_cannot_go_back_is_named(product);
    refused(product, "objects", "object");
    refused(product, "streams", "stream");
    what_remembers_other_messages_is_warned_of(product);
    a_file_that_was_read_is_not_moved_again(product);
}

fn message_of(product: &Product, route: &str) -> String {
    let mut found = Value::Null;
    until(&format!("a message of {route}"), Duration::from_secs(30), || {
        let query = format!("integration:rules route:{route} -is:replay");
        let list = product.json(&["messages", &query, "-o", "json"]);
        found = list["nodes"][0]["id"].clone();
        if found.is_string() { Ok(()) } else { Err(list.to_string()) }
    });
    found.as_str().unwrap().to_owned()
}

fn headers_keep_their_type_and_what_cannot_go_back_is_named(product: &Product) {
    let id = message_of(product, "typed");
    let done = product.midplane(&["replay", &id, "--yes", "--answer"]);
    let said = text(&done);
    // A number that fits comes back as the smaller kind; what matters is that it is none of letters.
    let is_number = said.contains("java.lang.Long") || said.contains("java.lang.Integer");
    assert!(done.status.success() && is_number, "{said}");
    assert!(said.contains("headers left out: thing (an object)"), "{said}");
}

fn refused(product: &Product, route: &str, why: &str) {
    let id = message_of(product, route);
    let refused = product.midplane(&["replay", &id, "--yes"]);
    let said = text(&refused);
    assert!(!refused.status.success() && said.contains("MP-RPL-07"), "{route}: {said}");
    assert!(said.contains(why), "{route}: {said}");
    // Whoever gives a body of their own is not held up by it.
    product.must(&["replay", &id, "--yes", "--body", "tea"]);
}

fn what_remembers_other_messages_is_warned_of(product: &Product) {
    let id = message_of(product, "once");
    let done = product.midplane(&["replay", &id, "--yes"]);
    let said = text(&done);
    assert!(done.status.success() && said.contains("it filters duplicates"), "{said}");
    assert!(said.contains("it joins messages"), "{said}");
}

/// What a polling consumer does when it is done with a message (move, delete, mark as read) belongs to the consumer, not to the route.
fn a_file_that_was_read_is_not_moved_again(product: &Product) {
    let id = message_of(product, "filed");
    let mut moved = None;
    until("the file is moved when it was read", Duration::from_secs(10), || {
        moved = find(&product.home.data(), Path::new(".done/tea.txt"));
        moved.as_ref().map(drop).ok_or_else(|| "there is no .done/tea.txt".to_owned())
    });
    let moved = moved.unwrap();
    std::fs::remove_file(&moved).unwrap();
    let folder = moved.ancestors().nth(2).unwrap();
    let before = names(folder);
    let said = product.must(&["replay", &id, "--yes"]);
    assert!(said.contains("completed"), "what was read of a small file is kept: {said}");
    assert!(!moved.exists(), "the replay moved what is not there");
    assert_eq!(names(folder), before);
    assert!(names(moved.parent().unwrap()).is_empty());
}

fn names(folder: &Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

/// The first file below `folder` whose path ends like this.
pub(super) fn find(folder: &Path, end: &Path) -> Option<PathBuf> {
    let mut entries = std::fs::read_dir(folder).ok()?.flatten();
    entries.find_map(|entry| {
        let path = entry.path();
        if path.ends_with(end) {
            return Some(path);
        }
        if entry.file_type().ok()?.is_dir() { find(&path, end) } else { None }
    })
}
