//! What is recorded of a real workload's messages changes while it runs, and what it works on can be looked at.
//!
//! One integration, pushed as a user does: a route that ticks, and one whose single message takes longer than the test. Its process is
//! the same from the first claim to the last.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::product::Product;
use super::support::{get, text, until};

const SOON: Duration = Duration::from_secs(60);

const ROUTES: &str = r#"- route:
    id: tick
    from:
      uri: timer:tick
      parameters: {period: 200, delay: 0}
      steps:
        - setBody: {constant: '{"id":"A-17","card":"4111 1111 1111 1111"}'}
        - to: seda:kept
- route: {id: kept, from: {uri: 'seda:kept', steps: [{log: ticked}]}}
- route:
    id: slow
    from:
      uri: timer:slow
      parameters: {delay: 0, repeatCount: 1}
      steps:
        - delay: {constant: '900000'}
"#;

#[test]
fn e2e_what_is_recorded_changes_without_a_restart_and_windows_end_by_themselves() {
    let product = Product::start();
    let tea = product.tea();
    std::fs::create_dir(tea.join("ticker")).unwrap();
    std::fs::write(tea.join("ticker/ticker.camel.yaml"), ROUTES).unwrap();
    product.in_tea("git add ticker && git commit -q -m 'A ticker' && git push -q");
    let pid = product.until_state("ticker", "running")["pid"].clone();
    what_is_worked_on_is_shown(&product);
    until("bodies are recorded", SOON, || records(&product, true));
    product.must(&["capture", "ticker", "--timings"]);
    until("bodies are not recorded any more", SOON, || records(&product, false));
    product.must(&["capture", "ticker", "--bodies", "--for", "8s"]);
    until("bodies are recorded for a while", SOON, || records(&product, true));
    until("the while is over", SOON, || records(&product, false));
    a_file_shows_what_would_be_kept(&product);
    masks_are_hashes_when_that_is_asked_for(&product);
    the_metrics_show_what_workloads_and_runners_cost(&product);
    assert_eq!(product.workload("ticker")["pid"], pid, "it was started again");
    assert_eq!(product.workload("ticker")["restarts"], 0);
}

fn what_is_worked_on_is_shown(product: &Product) {
    let mut found = Value::Null;
    until("the slow message is shown in flight", SOON, || {
        let flights = product.json(&["messages", "--in-flight", "-o", "json"]);
        let rows = flights["nodes"].as_array().cloned().unwrap_or_default();
        found = rows.into_iter().find(|row| row["route"] == "slow").unwrap_or_default();
        if found.is_null() { Err(flights.to_string()) } else { Ok(()) }
    });
    assert_eq!((&found["integration"], &found["node"]), (&json!("ticker"), &json!("delay#1")));
    assert!(found["ageUs"].as_u64() > found["nodeAgeUs"].as_u64().map(|age| age.saturating_sub(1)));
    assert!(found["thread"].as_str().is_some_and(|thread| !thread.is_empty()));
    let table = product.must(&["messages", "--in-flight"]);
    assert!(table.contains("ticker/slow"), "{table}");
}

/// Whether the newest message has what it carried.
fn records(product: &Product, wanted: bool) -> Result<(), String> {
    let payloads = newest(product)?;
    let has = payloads.as_array().is_some_and(|all| all.iter().any(|one| one["body"].is_string()));
    if has == wanted { Ok(()) } else { Err(payloads.to_string()) }
}

/// What the newest message that is a second old carried: what it carried comes in a block of its own.
fn newest(product: &Product) -> Result<Value, String> {
    let list =
        "query { messages(query: \"integration:ticker route:kept\", first: 10) { nodes { id } } }";
    let list = product.graphql(list, &json!({}));
    let Some(id) = list["messages"]["nodes"][9]["id"].as_str() else {
        return Err(list.to_string());
    };
    let document = "query($id: ID!) { messagePayloads(id: $id) { point body } }";
    Ok(product.graphql(document, &json!({"id": id}))["messagePayloads"].clone())
}

fn a_file_shows_what_would_be_kept(product: &Product) {
    let file = product.home.path().join("body.json");
    std::fs::write(&file, r#"{"id":"A-17","card":"4111 1111 1111 1111","password":"hunter2"}"#)
        .unwrap();
    let said = product.json(&["redact", "test", file.to_str().unwrap(), "-o", "json"]);
    let kept = said["kept"].as_str().unwrap();
    assert!(kept.contains("A-17") && !kept.contains("4111") && !kept.contains("hunter2"), "{said}");
    assert_eq!(said["hidden"].as_array().unwrap().len(), 2, "{said}");
    let nothing = product.midplane(&["redact", "test", "no-such-file"]);
    assert!(!nothing.status.success() && !text(&nothing).contains("hunter2"));
}

fn the_metrics_show_what_workloads_and_runners_cost(product: &Product) {
    let url = format!("{}/metrics", product.ready["http"].as_str().unwrap());
    let token = std::fs::read_to_string(product.home.data().join("server/admin-token")).unwrap();
    let wanted = [
        "midplane_workload_cpu_seconds_total{integration=\"ticker\"",
        "midplane_workload_resident_memory_bytes{integration=\"ticker\"",
        "midplane_runner_messages_total{runtime=\"laptop\"}",
        "midplane_runner_resident_memory_bytes{runtime=\"laptop\"}",
        "midplane_runner_tracers{runtime=\"laptop\"}",
    ];
    until("the metrics are more than nothing", SOON, || {
        let (_, page) = get(&url, token.trim()).ok_or("no answer")?;
        for name in wanted {
            let value = page.lines().find(|line| line.starts_with(name));
            let value = value.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
            if value.is_none_or(|value| value <= 0.0) {
                return Err(format!("{name}: {value:?}"));
            }
        }
        Ok(())
    });
}

/// Equal values have equal hashes, which only this organization's key makes.
fn masks_are_hashes_when_that_is_asked_for(product: &Product) {
    let document = "mutation($settings: String!) { setCapture(settings: $settings) { settings } }";
    let settings = json!({"hashMasks": true}).to_string();
    product.graphql(document, &json!({"settings": settings}));
    product.must(&["capture", "ticker", "--bodies"]);
    let mut bodies = Vec::new();
    until("masks are hashes", SOON, || {
        let payloads = newest(product)?;
        let text = payloads.to_string();
        let mask = text.split("[masked card ").nth(1).and_then(|rest| rest.split(']').next());
        match mask {
            Some(hash) if bodies.is_empty() || bodies[0] == hash => bodies.push(hash.to_owned()),
            Some(hash) => return Err(format!("{hash} is not {}", bodies[0])),
            None => return Err(text),
        }
        if bodies.len() > 3 { Ok(()) } else { Err(String::new()) }
    });
}
